"""Many items over all cores: results in order as they come, with a progress bar, and Ctrl-C at any time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import islice
from types import FrameType
from typing import TypeVar

from affectone.errors import AffectoneError

__all__ = ["all_cores", "follow_first_process", "over_workers"]

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_AT_ONCE = 16
"""Items that a process takes at once: more saves little, and the bar would stand still."""
AHEAD = 16
"""Turns that each worker may be ahead of who listens: with more, memory would grow with the items."""
TURNS = 4
"""How often each process comes back for more, at least: the last ones end at about the same time."""
SENDING = 2
"""Seconds after which a process that shall end sends no answer any more, or waits for work in vain."""


def all_cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def over_workers(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    jobs: int,
    label: str,
    threads: bool = False,
    prepare: Callable[[], None] | None = None,
    at_once: int = MOST_AT_ONCE,
) -> Generator[Result, None, None]:
    """Yield what `work` makes of each item, in the order of the items, as soon as it is known.

    Only as much is worked ahead as keeps the workers busy, so that few results are held.
    Processes are spawned, so a script that calls this keeps its own work under
    ``if __name__ == "__main__":``. Whoever stops listening, or presses Ctrl-C, ends them at once.

    Parameters
    ----------
    work : callable
        At the top level of a module, or a `functools.partial` of such a function.
    items : sequence
    jobs : int
        Workers; with one, or one item, all is done in this process.
    label : str
        What the progress bar says. There is one only where standard error is a terminal.
    threads : bool, default False
        Threads instead of processes, for work that waits for the disk or lets other threads run.
    prepare : callable, optional
        Called in each new process.
    at_once : int
        Items that a worker takes at once, at most: fewer where a result is large.

    Raises
    ------
    AffectoneError
        If a process ends without an answer.
    Exception
        What `work` raises.
    """
    jobs = min(jobs, len(items))
    if jobs <= 1:
        yield from _shown(map(work, items), len(items), label)
        return
    at_once = max(1, min(at_once, len(items) // (TURNS * jobs)))
    with _threads(jobs) if threads else _processes(jobs, prepare) as pool:
        try:
            done = _in_order(pool, work if threads else partial(_do, work), items, at_once, AHEAD * jobs)
            yield from _shown(done, len(items), label)
        except BrokenProcessPool:
            raise AffectoneError(
                f"{label}: a worker process ended without an answer. Memory may have run out, or the script "
                f"that started it has no 'if __name__ == \"__main__\":'; with one job there are no processes"
            ) from None


def _in_order(
    pool: Executor, work: Callable[[Item], Result], items: Sequence[Item], at_once: int, ahead: int
) -> Iterator[Result]:
    turns = (items[start : start + at_once] for start in range(0, len(items), at_once))
    begun = deque(pool.submit(_each, work, turn) for turn in islice(turns, ahead))
    while begun:
        results = begun.popleft().result()
        begun.extend(pool.submit(_each, work, turn) for turn in islice(turns, 1))
        yield from results


def _each(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [work(item) for item in items]


@contextmanager
def _threads(jobs: int) -> Iterator[Executor]:
    with ThreadPoolExecutor(jobs) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _processes(jobs: int, prepare: Callable[[], None] | None) -> Iterator[Executor]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(prepare,)) as pool:
        try:
            yield pool
        except BaseException:
            begun = list((pool._processes or {}).values())
            pool.shutdown(wait=False, cancel_futures=True)
            for process in begun:
                process.terminate()
            raise


class _Process:
    """What a worker process knows of itself."""

    ended = False
    working = False


def _begin(prepare: Callable[[], None] | None) -> None:
    follow_first_process()
    signal.signal(signal.SIGTERM, _end)
    if prepare is not None:
        prepare()


def _end(signum: int, frame: FrameType | None) -> None:
    # At once while working: an hour of sound may be in it, and a library's callback swallows exceptions.
    if _Process.working:
        os._exit(1)
    # Else an answer may be on its way: half of one would keep the first process waiting for the rest.
    _Process.ended = True
    signal.alarm(SENDING)


def follow_first_process() -> None:
    """Make a process of a pool end with the one that began it, even a killed one, and not by Ctrl-C."""
    # A terminal sends Ctrl-C to all processes; the first one ends the others, and no traceback is shown.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(work: Callable[[Item], Result], item: Item) -> Result:
    if _Process.ended:
        os._exit(1)
    _Process.working = True
    try:
        return work(item)
    finally:
        _Process.working = False


def _shown(results: Iterator[Result], total: int, label: str) -> Iterator[Result]:
    if not sys.stderr.isatty():
        yield from results
        return
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(results, description=label, total=total, console=console, transient=True)
