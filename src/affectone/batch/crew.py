"""`Crew`: processes of this machine that work on recordings, each with one thread and a model of its own.

A recording that brings its process down, or takes too long, is lost alone: a new process takes the place.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Self

from affectone.batch.worker import Failure, Item, Job, Outcome, Worker
from affectone.errors import AffectoneError
from affectone.units import Seconds
from affectone.workers import follow_first_process

if TYPE_CHECKING:
    from pebble import ProcessPool

__all__ = ["CRASHED", "TIMED_OUT", "Crew"]

CRASHED, TIMED_OUT = "WorkerCrashed", "WorkerTimeout"
"""Kinds of failure that no recording says of itself."""
AHEAD = 8
"""Recordings that wait for each process: enough that none idles, few enough that little is held."""
ATTEMPTS = 2
"""A process may be ended from outside, as where memory runs out; what it worked on is tried once more."""
STARTS = 3
"""How often all processes are begun anew where they end before anything was done."""


@dataclass(slots=True)
class _Begun:
    """A recording that was given to a process, and how often."""

    item: Item
    attempts: int
    future: Future[Outcome]


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
        self._job = job
        self._processes = processes
        self._timeout = timeout
        self._under_way: dict[int, _Begun] = {}
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def work(self, items: Iterable[Item]) -> Iterator[Outcome]:
        """Yield what comes of each item. Items are taken only as fast as they are worked on.

        Raises
        ------
        AffectoneError
            If the model cannot be loaded, or processes end before they work.
        """
        waiting = iter(items)
        for item in islice(waiting, AHEAD * self._processes):
            self._give(item)
        in_vain = 0
        while self._under_way:
            begun = self._done.get()
            try:
                outcome = self._outcome(begun)
            except BrokenProcessPool:
                in_vain += 1
                self._start_anew(in_vain)
                continue
            if outcome is None:
                self._give(begun.item, begun.attempts + 1)
                continue
            in_vain = 0
            del self._under_way[begun.item.row]
            for item in islice(waiting, 1):
                self._give(item)
            yield outcome

    def _start(self) -> None:
        from pebble import ProcessPool

        self._done: SimpleQueue[_Begun] = SimpleQueue()
        self._pool: ProcessPool = ProcessPool(
            self._processes,
            initializer=_begin,
            initargs=(self._job,),
            context=multiprocessing.get_context("spawn"),
        )

    def _stop(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def _start_anew(self, in_vain: int) -> None:
        """Give all that is under way to new processes: one that ended between two recordings broke all."""
        self._stop()
        if in_vain == STARTS:
            raise AffectoneError(
                "the processes end before they have done anything. Memory may have run out, or the script "
                "that started them has no 'if __name__ == \"__main__\":'"
            )
        self._start()
        for begun in list(self._under_way.values()):
            self._give(begun.item, begun.attempts)

    def _give(self, item: Item, attempts: int = 1) -> None:
        future: Future[Outcome]
        try:
            future = self._pool.schedule(_work, args=(item,), timeout=self._timeout)
        except RuntimeError:  # It broke just now; whoever waits for the outcome hears of it.
            future = Future()
            future.set_exception(BrokenProcessPool())
        begun = self._under_way[item.row] = _Begun(item, attempts, future)
        done = self._done
        future.add_done_callback(lambda _: done.put(begun))

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
            # Also where a process ended so early that pebble had not read which recording it had begun.
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
    follow_first_process()
    _Process.job = job


def _work(item: Item) -> Outcome:
    # Made with the first recording and not before: what keeps it from being made is then an error of the run.
    if _Process.worker is None:
        _Process.worker = Worker(_Process.job)
    return _Process.worker(item)
