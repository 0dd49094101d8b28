"""Engines: who calls the worker for each recording. All give the same outcomes, in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from affectone.batch.crew import Crew
from affectone.batch.worker import Item, Job, Outcome
from affectone.units import Seconds
from affectone.workers import all_cores

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ENGINES", "Engine", "Means", "items_of"]

READ_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Means:
    """What an engine may use.

    Parameters
    ----------
    processes : int or None
        At most; None leaves it to the engine: every core of this machine, or what a cluster gives.
    timeout : float
        Seconds after which a recording is given up.
    address : str or None
        Of a cluster; None starts one on this machine, unless this process is connected to one.
    """

    processes: int | None
    timeout: Seconds
    address: str | None = None


Engine: TypeAlias = Callable[[Job, "pa.Table", Means], AbstractContextManager[Iterator[Outcome]]]
"""Is given a table of items (row, where, group), and lends their outcomes."""


def items_of(table: pa.Table) -> Iterator[Item]:
    """Yield the items of a table, few at a time: an archive has more than one wants to hold as objects."""
    for batch in table.to_batches(READ_AT_ONCE):
        for told in batch.to_pylist():
            yield Item(**told)


@contextmanager
def local(job: Job, items: pa.Table, means: Means) -> Iterator[Iterator[Outcome]]:
    """Work in processes of this machine, with one thread each."""
    processes = min(means.processes or all_cores(), max(1, items.num_rows))
    with Crew(job, processes, means.timeout) as crew:
        yield crew.work(items_of(items))


@contextmanager
def ray(job: Job, items: pa.Table, means: Means) -> Iterator[Iterator[Outcome]]:
    """Work in actors of a Ray cluster."""
    from affectone.batch.cluster import over_ray

    with over_ray(job, items, means) as outcomes:
        yield outcomes


ENGINES: dict[str, Engine] = {"local": local, "ray": ray}
