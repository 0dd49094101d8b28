"""`Crew`: processes of this machine that work on recordings, each with one thread and a model of its own.

A recording that brings its process down, or takes too long, is lost alone: a new process takes the place.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Self

from affectone.batch.worker import Failure, Item, Job, Outcome, Worker
from affectone.units import Seconds

if TYPE_CHECKING:
    from pebble import ProcessFuture

__all__ = ["CRASHED", "TIMED_OUT", "Crew"]

CRASHED, TIMED_OUT = "WorkerCrashed", "WorkerTimeout"
"""Kinds of failure that no recording says of itself."""
AHEAD = 8
"""Recordings that wait for each process: enough that none idles, few enough that little is held."""
ATTEMPTS = 2
"""A process may be ended from outside, as where memory runs out; what it worked on is tried once more."""


@dataclass(slots=True)
class _Begun:
    """A recording that was given to a process, and how often."""

    item: Item
    future: ProcessFuture[Outcome]
    attempts: int


class Crew:
    """Works on recordings in processes. Results come as they are ready, in any order.

    Parameters
    ----------
    job : Job
    processes : int
    timeout : float
        Seconds after which a recording is given up.
    """

    def __init__(self, job: Job, processes: int, timeout: Seconds) -> None:
        from pebble import ProcessPool

        self._timeout = timeout
        self._most = AHEAD * processes
        self._done: SimpleQueue[_Begun] = SimpleQueue()
        self._pool = ProcessPool(
            processes,
            initializer=_begin,
            initargs=(job,),
            context=multiprocessing.get_context("spawn"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def work(self, items: Iterable[Item]) -> Iterator[Outcome]:
        """Yield what comes of each item. Items are taken only as fast as they are worked on.

        Raises
        ------
        AffectoneError
            If the model cannot be loaded.
        """
        waiting = iter(items)
        under_way = sum(1 for item in islice(waiting, self._most) if self._give(item))
        while under_way:
            begun = self._done.get()
            outcome = self._outcome(begun)
            if outcome is None:
                self._give(begun.item, begun.attempts + 1)
                continue
            under_way += sum(1 for item in islice(waiting, 1) if self._give(item)) - 1
            yield outcome

    def _give(self, item: Item, attempts: int = 1) -> bool:
        begun = _Begun(item, self._pool.schedule(_work, args=(item,), timeout=self._timeout), attempts)
        begun.future.add_done_callback(lambda _: self._done.put(begun))
        return True

    def _outcome(self, begun: _Begun) -> Outcome | None:
        """Return what came of a recording; None where it is worth another try."""
        from pebble import ProcessExpired

        try:
            return begun.future.result()
        except ProcessExpired as error:
            if begun.attempts < ATTEMPTS:
                return None
            words = f"{begun.item.where}: the process that worked on it ended{_how(error.exitcode)}"
            return Outcome(begun.item.row, failure=Failure(CRASHED, words))
        except TimeoutError:
            words = f"{begun.item.where}: took more than {self._timeout:g} s and was given up"
            return Outcome(begun.item.row, failure=Failure(TIMED_OUT, words))


def _how(exitcode: int | None) -> str:
    if exitcode is None:
        return ""
    if exitcode < 0:
        return f" by signal {-exitcode}" + (
            ", as where memory runs out" if exitcode == -signal.SIGKILL else ""
        )
    return f" with status {exitcode}"


class _Process:
    """What a process of a crew knows of itself."""

    job: Job
    worker: Worker | None = None


def _begin(job: Job) -> None:
    # A terminal sends Ctrl-C to all processes; the first one ends the others, and no traceback is shown.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()
    _Process.job = job


def _follow() -> None:
    """End with the first process, also where that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(item: Item) -> Outcome:
    # Made with the first recording and not before: what keeps it from being made is then an error of the run.
    if _Process.worker is None:
        _Process.worker = Worker(_Process.job)
    return _Process.worker(item)
