"""Between who hears a recording and who waits for it: whether anybody does, and how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Event

from affectone.units import Seconds

__all__ = ["StoppedError", "Watch", "check_wanted"]


class StoppedError(Exception):
    """Nobody wants the answer any more: the time is over, the job was cancelled, the server ends."""


@dataclass(slots=True)
class Watch:
    """One recording that is heard.

    Parameters
    ----------
    stop : threading.Event
        Set when nobody wants the answer any more.
    heard, total : float
        Seconds of sound so far, and altogether if that is known.
    """

    stop: Event = field(default_factory=Event)
    heard: Seconds = 0.0
    total: Seconds | None = None

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Let `check_wanted` look here, in this thread."""
        token = _WATCH.set(self)
        try:
            yield
        finally:
            _WATCH.reset(token)


_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


def check_wanted() -> None:
    """Raise `StoppedError` if nobody wants what this thread works on."""
    watch = _WATCH.get()
    if watch is not None and watch.stop.is_set():
        raise StoppedError
