"""Recordings of strangers, decoded in processes of their own and within limits."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from threading import Event, Lock
from typing import Any

import numpy as np

from affectone import errors
from affectone.audio.decoders import Decoder
from affectone.audio.signal import FloatArray, sound_rate
from affectone.audio.sources import DecodedElsewhere, source_name
from affectone.errors import AudioDecodeError, AudioError
from affectone.serving.decoder_process import DAMAGE, ERROR, OPENED, decode, decode_live
from affectone.serving.watch import StoppedError, Watch
from affectone.units import Seconds

__all__ = ["DecodeLimits", "LiveDecoder", "Recording", "TooLongError", "processes"]

PIECE = 2**20
PATIENCE = 0.2
"""Seconds after which a wait for sound looks whether anybody still wants it."""
CHILDREN = Lock()
"""Held while a process is started or forgotten: starting one asks all others whether they have ended, and
the pipe of one that is forgotten meanwhile is another's by then, who waits for ever for what was read."""


class TooLongError(Exception):
    """A recording lasts longer than the request may ask for."""


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What decoding one recording may take.

    Parameters
    ----------
    memory : int
        In bytes.
    cpu_seconds : int
        Of a processor's time.
    seconds : float
        Of sound.
    channels : int
    """

    memory: int
    cpu_seconds: int
    seconds: Seconds
    channels: int = 32


@cache
def processes() -> BaseContext:
    """Return what makes processes: copies of one that has loaded the decoders, where copies are safe.

    On macOS the system's frameworks do not outlive a copy.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    # The main program, too, or each process would load it anew.
    context.set_forkserver_preload(["__main__", "affectone.serving.decoder_process"])
    return context


class Recording(DecodedElsewhere):
    """What somebody sent: bytes that are decoded in another process, each time they are asked for.

    Parameters
    ----------
    pieces : callable
        Returns an iterator over the bytes, from their beginning.
    name : str
        As the sender calls it. It is said in answers, and never is a file's name here.
    raw : str or None
        What headerless samples are.
    limits : DecodeLimits
    watch : Watch
    """

    def __init__(
        self,
        pieces: Callable[[], Iterator[bytes]],
        name: str,
        raw: str | None,
        limits: DecodeLimits,
        watch: Watch,
    ) -> None:
        self.name, self._pieces, self._raw = name, pieces, raw
        self._limits, self._watch = limits, watch

    def open(self) -> tuple[Decoder, list[str]]:
        """Return a decoder at the beginning, and warnings.

        Raises
        ------
        AudioError
            If it cannot be decoded within the limits.
        TooLongError
            If its header states more seconds than are allowed.
        StoppedError
            If nobody wants it any more.
        """
        limits = self._limits
        child = _Child(decode, limits, self._watch.stop, self.name, self._raw)
        try:
            child.give(self._pieces())
            decoder = _ChildDecoder(child, source_name(self), limits, self._watch)
        except BaseException:
            child.close()
            raise
        return decoder, decoder.warnings


class _Child:
    """A process that decodes one recording."""

    def __init__(
        self, target: Callable[..., None], limits: DecodeLimits, stop: Event, *arguments: object
    ) -> None:
        self._stop = stop
        self._connection, theirs = processes().Pipe()
        self._process: BaseProcess = processes().Process(  # type: ignore[attr-defined]
            target=target, args=(theirs, limits.memory, limits.cpu_seconds, *arguments), daemon=True
        )
        with CHILDREN:
            self._process.start()
        theirs.close()

    @property
    def connection(self) -> Connection:
        return self._connection

    def give(self, pieces: Iterator[bytes]) -> None:
        """Send the recording; where the process has ended, it is told when it is asked for sound."""
        with suppress(OSError):
            for piece in pieces:
                for start in range(0, len(piece), PIECE):
                    self._connection.send_bytes(piece[start : start + PIECE])
                if self._stop.is_set():
                    raise StoppedError
            self._connection.send_bytes(b"")

    def next(self, name: str) -> tuple[bytes, bytes]:
        """Wait for the next message and return its kind and the rest.

        Raises
        ------
        AudioError
            If that is an error, or the process has ended.
        StoppedError
        """
        while not self._connection.poll(PATIENCE):
            if self._stop.is_set():
                raise StoppedError
        try:
            message = self._connection.recv_bytes()
        except (EOFError, OSError):
            raise AudioDecodeError(
                f"{name}: decoding it broke off: it took more time or memory than is allowed here, or is "
                "made to break decoders"
            ) from None
        kind, rest = message[:1], message[1:]
        if kind == ERROR:
            told = json.loads(rest)
            raise _error(told["kind"])(told["words"])
        return kind, rest

    def close(self) -> None:
        """End the process and forget it."""
        self._connection.close()
        self._process.kill()
        wait([self._process.sentinel])
        with CHILDREN:
            self._process.join()
            self._process.close()


class _ChildDecoder:
    """A recording in another process, as decoders are asked for it."""

    def __init__(self, child: _Child, name: str, limits: DecodeLimits, watch: Watch) -> None:
        self._child, self._name, self._limits, self._watch = child, name, limits, watch
        kind, rest = child.next(name)
        if kind != OPENED:
            raise AudioDecodeError(f"{name}: the decoder said something else than expected")
        about: dict[str, Any] = json.loads(rest)
        self.format: str = about["format"]
        self.subtype: str = about["subtype"]
        self.sample_rate: int = sound_rate(about["sample_rate"], name)
        self.channels: int = about["channels"]
        self.promised_frames: int | None = about["promised_frames"]
        self.slack_seconds: float = about["slack_seconds"]
        self.warnings: list[str] = about["warnings"]
        self.damage: str | None = None
        if self.channels > limits.channels:
            raise AudioDecodeError(
                f"{name}: has {self.channels} channels; {limits.channels} at most are heard here"
            )
        watch.heard = 0.0
        if self.promised_frames is not None and self.sample_rate > 0:
            watch.total = self.promised_frames / self.sample_rate
            self._check_length(watch.total)

    def chunks(self) -> Iterator[FloatArray]:
        """Yield the sound as it comes."""
        while True:
            kind, rest = self._child.next(self._name)
            if kind == DAMAGE:
                self.damage = json.loads(rest)["damage"]
                return
            samples = np.frombuffer(rest, np.float32).reshape(self.channels, -1)
            self._watch.heard += samples.shape[1] / self.sample_rate
            self._check_length(self._watch.heard)
            if self._watch.stop.is_set():
                raise StoppedError
            yield samples

    def _check_length(self, seconds: Seconds) -> None:
        if seconds > self._limits.seconds:
            raise TooLongError(
                f"{self._name}: lasts more than the {self._limits.seconds:g} s that are heard at once"
            )

    def close(self) -> None:
        """End the process."""
        self._child.close()


class LiveDecoder:
    """Pieces of a recording that is being made, decoded in another process.

    `give` and `blocks` belong to two threads.

    Parameters
    ----------
    form : str
        One of `affectone.audio.live.PIECES`.
    channels : int
        Of packets, which do not say it themselves.
    limits : DecodeLimits
    stop : threading.Event
    """

    def __init__(self, form: str, channels: int, limits: DecodeLimits, stop: Event) -> None:
        self._form = form
        self._child = _Child(decode_live, limits, stop, form, channels)

    def give(self, piece: bytes) -> None:
        """Send a piece; nothing is the end."""
        with suppress(OSError):  # Told by `blocks`.
            self._child.connection.send_bytes(piece)

    def blocks(self) -> Iterator[tuple[int, FloatArray]]:
        """Yield the rate, and samples of shape (channels, samples), as they are known.

        Raises
        ------
        AudioError
            If the pieces cannot be decoded.
        StoppedError
        """
        rate = channels = 0
        while True:
            kind, rest = self._child.next(self._form)
            if kind == DAMAGE:
                return
            if kind == OPENED:
                about = json.loads(rest)
                rate, channels = about["sample_rate"], about["channels"]
                continue
            yield rate, np.frombuffer(rest, np.float32).reshape(channels, -1)

    def close(self) -> None:
        """End the process."""
        self._child.close()


def _error(kind: str) -> type[AudioError]:
    """Return an error of ours by its name."""
    known = getattr(errors, kind, None)
    return known if isinstance(known, type) and issubclass(known, AudioError) else AudioDecodeError
