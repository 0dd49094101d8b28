"""From one recording to its rows: the one function that every engine calls."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from affectone.audio import AudioSource, RawFormat
from affectone.batch.places import is_url, opened_url
from affectone.batch.tasks import Answer, Task
from affectone.errors import AffectoneError
from affectone.models.runner import StateScale
from affectone.recognition import Recognizer

__all__ = ["Failure", "Item", "Job", "Outcome", "Worker"]


@dataclass(frozen=True, slots=True)
class Job:
    """What is done with each recording of an archive. Plain data that goes to other processes and machines.

    Parameters
    ----------
    task : Task
    model : str
        Its name, or its folder, which every machine has to have.
    labels : str or None
        The view that is answered in.
    raw : RawFormat or None
        What headerless samples are.
    scales : mapping of str to StateScale
        Group of recordings -> what the model is adapted to for them.
    """

    task: Task
    model: str
    labels: str | None = None
    raw: RawFormat | None = None
    scales: Mapping[str, StateScale] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """One recording: its row in the archive, where it is, and the group it is adapted with."""

    row: int
    where: str
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a recording has no rows: the kind, which programs look at, and words."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one recording; either an answer or a failure."""

    row: int
    answer: Answer | None = None
    failure: Failure | None = None


class Worker:
    """Holds the model and works on one recording after the other.

    Parameters
    ----------
    job : Job

    Raises
    ------
    AffectoneError
        If the model cannot be loaded.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._recognizer = Recognizer(job.model, labels=job.labels) if job.task.hears else None

    def __call__(self, item: Item) -> Outcome:
        """Work on a recording. Whatever is wrong with it becomes a failure: the others go on."""
        try:
            with _opened(item.where) as source:
                answer = self._job.task.answer(self._adapted(item.group), source, self._job.raw)
        except AffectoneError as error:
            return Outcome(item.row, failure=Failure(type(error).__name__, str(error)))
        except Exception as error:  # Storage and decoders have errors of their own; none ends an archive.
            words = f"{item.where}: {type(error).__name__}: {error}"
            return Outcome(item.row, failure=Failure(type(error).__name__, words))
        return Outcome(item.row, answer)

    def _adapted(self, group: str | None) -> Recognizer | None:
        scale = None if group is None else self._job.scales.get(group)
        if self._recognizer is None or scale is None:
            return self._recognizer
        return self._recognizer.adapted_to(scale)


@contextlib.contextmanager
def _opened(where: str) -> Iterator[AudioSource]:
    """Open what an address names; a path is opened by whoever decodes it."""
    if not is_url(where):
        yield where
        return
    system, path = opened_url(where)
    with system.open(path, "rb") as handle:
        handle.name = where
        yield handle
