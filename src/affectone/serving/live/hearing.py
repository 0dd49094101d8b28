"""Hears what comes through a socket, in a thread of its own, and tells what was heard."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any, Protocol

from affectone.audio._soundfile import decoded
from affectone.audio.raw import RawFormat
from affectone.audio.signal import FloatArray
from affectone.errors import AudioDecodeError
from affectone.recognition import LiveSession, Recognizer
from affectone.serving.decoding import DecodeLimits, LiveDecoder, TooLongError
from affectone.serving.live.hello import MOST_CHANNELS, Hello
from affectone.serving.watch import StoppedError
from affectone.units import Seconds

__all__ = ["Coming", "coming", "hear"]

MOST_WAITING = 64
"""Messages that wait to be heard; whoever sends more has to wait, too."""
PATIENCE = 0.2

Tell = Callable[[dict[str, Any]], None]


class Coming(Protocol):
    """Sound that comes: `give` and `blocks` belong to two threads."""

    def give(self, piece: bytes) -> None:
        """Take a message; an empty one is the end."""
        ...

    def blocks(self) -> Iterator[tuple[int, FloatArray]]:
        """Yield the rate, and samples of shape (channels, samples), as they are known."""
        ...

    def close(self) -> None:
        """Let go of what decodes."""
        ...


def coming(hello: Hello, limits: DecodeLimits, stop: Event) -> Coming:
    """Return what takes the sound that was announced."""
    if hello.encoded:
        return LiveDecoder(hello.format, hello.channels, limits, stop)
    return _Samples(RawFormat(hello.format, hello.sample_rate or 0, hello.channels), stop)


class _Samples:
    """Samples without a header, in messages of any length."""

    def __init__(self, raw: RawFormat, stop: Event) -> None:
        self._raw, self._stop = raw, stop
        self._waiting: queue.Queue[bytes] = queue.Queue(MOST_WAITING)

    def give(self, piece: bytes) -> None:
        while not self._stop.is_set():
            try:
                self._waiting.put(piece, timeout=PATIENCE)
            except queue.Full:
                continue
            return

    def blocks(self) -> Iterator[tuple[int, FloatArray]]:
        left = b""
        while piece := self._next():
            data = left + piece
            whole = len(data) - len(data) % self._raw.frame_bytes
            left = data[whole:]
            if whole:
                yield self._raw.sample_rate, decoded(self._raw, data[:whole])

    def _next(self) -> bytes:
        while not self._stop.is_set():
            try:
                return self._waiting.get(timeout=PATIENCE)
            except queue.Empty:
                continue
        raise StoppedError

    def close(self) -> None:
        """Do nothing."""


def hear(source: Coming, hello: Hello, recognizer: Recognizer, longest: Seconds, tell: Tell) -> Seconds:
    """Hear sound to its end and tell of steps, segments and how much was heard; return that.

    Parameters
    ----------
    source : Coming
    hello : Hello
    recognizer : Recognizer
    longest : float
        Seconds that may come.
    tell : callable
        Takes a message.

    Raises
    ------
    AffectoneError
        If it is no sound that can be heard.
    TooLongError
    StoppedError
    """
    session: LiveSession | None = None
    told = 0
    for rate, samples in source.blocks():
        if session is None:
            session = _session(hello, recognizer, rate, len(samples))
        for kind, one in session.events(samples):
            tell({"type": kind, **one.to_dict()})
        if session.seconds > longest:
            raise TooLongError(f"{hello.name}: a socket takes {longest:g} s of sound")
        if int(session.seconds) > told:
            told = int(session.seconds)
            tell({"type": "heard", "seconds": session.seconds})
    if session is None:
        tell({"type": "end", "seconds": 0.0})
        return 0.0
    for kind, one in session.last_events():
        tell({"type": kind, **one.to_dict()})
    tell({"type": "end", "seconds": session.seconds})
    return session.seconds


def _session(hello: Hello, recognizer: Recognizer, rate: int, channels: int) -> LiveSession:
    if channels > MOST_CHANNELS:
        raise AudioDecodeError(f"{hello.name}: has {channels} channels; a socket takes {MOST_CHANNELS}")
    return recognizer.stream(
        rate, channels=channels, names=hello.names, window=hello.window, hop=hello.hop, file=hello.name
    )
