"""How many requests are heard at once, how many may wait, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from time import monotonic
from typing import Any, TypeVar

from affectone.serving.metrics import Metrics
from affectone.serving.problems import ProblemError
from affectone.serving.watch import StoppedError, Watch, check_wanted
from affectone.units import Seconds

__all__ = ["Gate"]

T = TypeVar("T")

SIDE_BY_SIDE = 4
"""Requests heard at once for each core of the models: while one decodes or waits, others are heard, and their
windows run together."""
NEWEST = 0.1
"""Weight of the newest request in the running mean of how long one takes."""


class Gate:
    """Lets requests in while there is room, and hears them in threads.

    Parameters
    ----------
    workers : int
        Cores of the models.
    queue : int
        Requests that may wait beside those that are heard.
    seconds : float
        Time for each.
    metrics : Metrics
    """

    def __init__(self, workers: int, queue: int, seconds: Seconds, metrics: Metrics) -> None:
        self._threads = SIDE_BY_SIDE * workers
        self._room, self._seconds, self._metrics = self._threads + queue, seconds, metrics
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="affectone-request")
        self._inside, self._mean = 0, 1.0

    @contextmanager
    def entered(self) -> Iterator[Deadline]:
        """Let one request in.

        Raises
        ------
        ProblemError
            429, where there is no room.
        """
        if self._inside >= self._room:
            wait = self._mean * self._inside / self._threads
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"{self._inside} requests are heard or wait already; ask again later",
                retry_after=wait,
            )
        self._inside += 1
        begun = monotonic()
        try:
            with self._metrics.waiting.track_inprogress():
                yield Deadline(self._seconds)
        finally:
            self._inside -= 1
            self._mean += NEWEST * (monotonic() - begun - self._mean)

    async def hear(
        self, work: Callable[[], T], watch: Watch, deadline: Deadline, gone: Coroutine[Any, Any, None]
    ) -> T:
        """Do work in a thread, until it is done, its time is over or nobody waits for it.

        Raises
        ------
        ProblemError
            504, where the time is over.
        StoppedError
            Where `gone` has ended first.
        """

        def in_turn() -> T:
            with watch.kept():
                check_wanted()
                return work()

        working = asyncio.get_running_loop().run_in_executor(self._pool, in_turn)
        leaving = asyncio.create_task(gone)
        try:
            async with deadline.kept():
                either: tuple[asyncio.Future[Any], ...] = (working, leaving)
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            raise StoppedError
        finally:
            watch.stop.set()
            leaving.cancel()
            # Until it has noticed that nobody waits, it holds its place.
            self._inside += 1
            working.add_done_callback(self._left)

    def _left(self, working: asyncio.Future[Any]) -> None:
        self._inside -= 1
        if not working.cancelled():
            working.exception()  # Looked at, or asyncio would complain of it.

    def close(self) -> None:
        """Wait for what is heard."""
        self._pool.shutdown(cancel_futures=True)


class Deadline:
    """When a request's time is over.

    Parameters
    ----------
    seconds : float
        From now.
    """

    def __init__(self, seconds: Seconds) -> None:
        self._seconds, self._at = seconds, monotonic() + seconds

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Do what is within, until the time is over.

        Raises
        ------
        ProblemError
            504.
        """
        try:
            async with asyncio.timeout(self._at - monotonic()) as limit:
                yield
        except TimeoutError:
            if not limit.expired():
                raise
            words = f"this took more than the {self._seconds:g} s that a request has"
            raise ProblemError(HTTPStatus.GATEWAY_TIMEOUT, words) from None
