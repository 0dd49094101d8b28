"""Decodes one recording in a process of its own: it may crash, hang or ask for all memory, and harms nobody.

What it says is bytes and JSON, never a pickle: nothing that a broken decoder says is run by who listens. The
first byte of a message says what follows.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any, BinaryIO, cast

import numpy as np

# Loaded before a process is forked for a recording, so that each of them begins at once.
from affectone.audio import _pyav, _soundfile  # noqa: F401
from affectone.audio.decoders import Decoder, decoder_for
from affectone.audio.live import heard_pieces
from affectone.audio.raw import raw_format
from affectone.audio.signal import FloatArray
from affectone.audio.sources import open_bytes, read_error, source_name
from affectone.errors import AudioError

__all__ = ["DAMAGE", "ERROR", "OPENED", "SOUND", "decode", "decode_live"]

OPENED, SOUND, DAMAGE, ERROR = b"o", b"s", b"d", b"e"
"""Of the messages: the recording is open, samples, its end with what was found broken, an error."""


def decode(connection: Connection, memory: int, cpu_seconds: int, name: str, raw: str | None) -> None:
    """Read a recording's bytes from a connection, and answer with its sound.

    Parameters
    ----------
    connection : Connection
        The bytes come in messages; an empty one is their end.
    memory : int
        Bytes that decoding may take.
    cpu_seconds : int
        Time of a processor that it may take.
    name : str
        Of the recording.
    raw : str or None
        What headerless samples are.
    """
    limit(memory, cpu_seconds)
    _answer(connection, _decoded(connection, name, raw), name)


def decode_live(connection: Connection, memory: int, cpu_seconds: int, form: str, channels: int) -> None:
    """Read pieces of sound as they are recorded, and answer with samples as soon as they are known.

    Parameters
    ----------
    connection : Connection
        An empty message is the end.
    memory, cpu_seconds : int
        As `decode` takes them.
    form : str
        One of `affectone.audio.live.PIECES`.
    channels : int
        Of packets.
    """
    limit(memory, cpu_seconds)
    _answer(connection, _decoded_live(connection, form, channels), form)


def _answer(connection: Connection, messages: Iterator[bytes], name: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, EOFError):  # Nobody listens any more.
        try:
            for message in messages:
                connection.send_bytes(message)
        except AudioError as error:
            connection.send_bytes(told(ERROR, {"kind": type(error).__name__, "words": str(error)}))
        except MemoryError:
            words = f"{name}: decoding it takes more memory than is allowed here"
            connection.send_bytes(told(ERROR, {"kind": "AudioDecodeError", "words": words}))


def told(kind: bytes, content: dict[str, Any]) -> bytes:
    """Return a message other than sound."""
    return kind + json.dumps(content).encode()


def sound(samples: FloatArray) -> bytes:
    """Return a message of samples, shape (channels, samples)."""
    return SOUND + np.ascontiguousarray(samples, np.float32).tobytes()


def limit(memory: int, cpu_seconds: int) -> None:
    """Bound what this process may take from now on, where the system knows such limits."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # macOS counts what all libraries reserve.
        with open("/proc/self/statm", encoding="ascii") as numbers:
            taken = int(numbers.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + memory, taken + memory))


class _Arriving:
    """A recording's bytes as a file object that is read once."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection, self.name = connection, name

    def read(self, count: int) -> bytes:
        """Return the next bytes, as many as come together."""
        return self._connection.recv_bytes()


def _decoded(connection: Connection, name: str, raw: str | None) -> Iterator[bytes]:
    opened = open_bytes(cast(BinaryIO, _Arriving(connection, name)))
    try:
        decoder, warnings = decoder_for(opened, raw_format(raw))
        try:
            yield told(OPENED, _about(decoder, warnings))
            for chunk in decoder.chunks():
                yield sound(chunk)
            yield told(DAMAGE, {"damage": decoder.damage})
        finally:
            decoder.close()
    except OSError as error:
        raise read_error(error, source_name(name)) from error
    finally:
        opened.close()


def _decoded_live(connection: Connection, form: str, channels: int) -> Iterator[bytes]:
    begun = False
    for rate, samples in heard_pieces(connection.recv_bytes, form, channels):
        if not begun:
            begun = True
            yield told(OPENED, {"sample_rate": rate, "channels": len(samples)})
        yield sound(samples)
    yield told(DAMAGE, {"damage": None})


def _about(decoder: Decoder, warnings: list[str]) -> dict[str, Any]:
    return {
        "format": decoder.format,
        "subtype": decoder.subtype,
        "sample_rate": decoder.sample_rate,
        "channels": decoder.channels,
        "promised_frames": decoder.promised_frames,
        "slack_seconds": decoder.slack_seconds,
        "warnings": warnings,
    }
