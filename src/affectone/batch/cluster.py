"""Ray Data over actors that each hold a process with the model.

Each actor works through a crew of one process, so that a recording that brings a process down is lost alone
here as well. An actor that is lost itself is Ray's to replace: its recordings are worked on again. An actor
leads the walk, too: Ray Data does not run in a client that is connected by a ``ray://`` address.
"""

from __future__ import annotations

import logging
import os
import pickle
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from affectone.batch.crew import Crew
from affectone.batch.engines import Means, items_of
from affectone.batch.worker import Job, Outcome
from affectone.errors import AffectoneError
from affectone.registry import require_extra

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["over_ray"]

BLOCKS, SMALLEST, LARGEST = 4096, 4, 256
"""About so many blocks of an archive, of so many recordings each: what an actor takes at once."""


ANSWERING = 10.0
"""Seconds within which a cluster's address has to answer."""


CONNECTIONS = 3
"""Times that a cluster is asked for a connection before it is given up."""


@contextmanager
def over_ray(job: Job, items: pa.Table, means: Means) -> Iterator[Iterator[Outcome]]:
    """Lend the outcomes of a table of items, worked on by a cluster.

    Raises
    ------
    MissingExtraError
        Without the extra `ray`.
    AffectoneError
        If there is no cluster at that address, or the run fails in it.
    """
    require_extra("ray", "the engine ray")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    ours = not ray.is_initialized()
    if ours:
        _connect(means)
    try:
        yield _outcomes(job, items, means)
    finally:
        if ours:
            ray.shutdown()


def _connect(means: Means) -> None:
    import ray

    # A cluster knows what it has; one that is started here gets as many processors as actors were asked for.
    # Without a word Ray would join whatever cluster runs on this machine.
    where: dict[str, Any] = {"address": "local", "num_cpus": means.processes, "include_dashboard": False}
    if means.address is not None:
        _check_answering(means.address)
        where = {"address": means.address}
    named = means.address or "this machine"
    for left in reversed(range(CONNECTIONS)):
        try:
            ray.init(logging_level=logging.ERROR, log_to_driver=False, **where)
            return
        except (ConnectionError, ValueError, RuntimeError) as error:
            # A head forks a process for each client, and gRPC crashes some of them (grpc/grpc#43055).
            if left and isinstance(error, ConnectionAbortedError):
                continue
            raise AffectoneError(f"ray: no cluster at {named}: {_last_words(error)}") from None


def _check_answering(address: str) -> None:
    """Refuse an address at which nothing answers: Ray itself would try for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdecimal():  # Such as "auto".
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWERING).close()
    except (OSError, OverflowError) as error:
        raise AffectoneError(f"ray: no cluster at {address}: {error}") from None


def _outcomes(job: Job, items: pa.Table, means: Means) -> Iterator[Outcome]:
    import ray
    from ray.exceptions import RayError

    # It only waits: no processor is kept from the actors that work.
    walk: Any = ray.remote(num_cpus=0)(_Walk).remote(job, items, means)
    try:
        while (block := ray.get(walk.next.remote())) is not None:
            for outcome in block:
                yield pickle.loads(outcome)  # noqa: S301 - our own actor's
    except RayError as error:
        cause = getattr(error, "cause", None)
        if isinstance(cause, AffectoneError):
            raise cause from None
        raise AffectoneError(f"ray: {_last_words(error)}") from error
    finally:
        ray.kill(walk)


class _Walk:
    """Leads actors through blocks of items.

    Parameters
    ----------
    job : Job
    items : pyarrow.Table
    means : Means
    """

    def __init__(self, job: Job, items: pa.Table, means: Means) -> None:
        import ray
        from ray.data import ActorPoolStrategy, DataContext

        DataContext.get_current().enable_progress_bars = False
        size = min(LARGEST, max(SMALLEST, items.num_rows // BLOCKS))
        blocks = [items.slice(start, size).combine_chunks() for start in range(0, items.num_rows, size)]
        worked = ray.data.from_arrow(blocks).map_batches(
            _Actor,
            fn_constructor_args=(job, means.timeout),
            batch_size=None,
            batch_format="pyarrow",
            compute=ActorPoolStrategy(min_size=1, max_size=means.processes),
            num_cpus=1,
        )
        self._found: Iterator[Any] = iter(worked.iter_batches(batch_size=None, batch_format="pyarrow"))

    def next(self) -> list[bytes] | None:
        """Return the outcomes of the next block that is done, in any order of blocks; None at the end."""
        block = next(self._found, None)
        outcomes: list[bytes] | None = None if block is None else block.column("outcome").to_pylist()
        return outcomes


class _Actor:
    """Works on blocks of items.

    Parameters
    ----------
    job : Job
    timeout : float
    """

    def __init__(self, job: Job, timeout: float) -> None:
        self._crew = Crew(job, 1, timeout)

    def __call__(self, block: pa.Table) -> pa.Table:
        import pyarrow as pa

        outcomes = [pickle.dumps(outcome) for outcome in self._crew.work(items_of(block))]
        return pa.table({"outcome": pa.array(outcomes, pa.binary())})


def _last_words(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__
