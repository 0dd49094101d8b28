"""`run_batch`: work through an archive, on one machine or on a cluster, and go on where work was cut off."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from affectone import __version__
from affectone.audio import RawFormat
from affectone.batch.adaptation import Groups
from affectone.batch.archive import Archive, find_recordings
from affectone.batch.engines import ENGINES, Engine, Means
from affectone.batch.places import Place
from affectone.batch.results import About, Results, sole_user
from affectone.batch.schema import SCHEMA, carried_names
from affectone.batch.tasks import StatesTask, Task
from affectone.batch.worker import Job
from affectone.errors import AudioNotFoundError, ConfigError, unknown_name
from affectone.models import find_model
from affectone.models.runner import whole_number
from affectone.recognition import DEFAULT_MODEL, MOST_JOBS, Recognizer
from affectone.recognition.adaptation import StateSums
from affectone.registry import require_extra
from affectone.units import Seconds, is_number

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ARCHIVE", "NOTHING", "Summary", "Watch", "run_batch"]

NOTHING, ARCHIVE = "none", "archive"
"""What ``adapt`` takes beside the name of a column."""
MISSING = AudioNotFoundError.__name__
WHOLE = "archive"
"""The one group of an archive that is adapted to as a whole."""


class Watch(Protocol):
    """Is told how work goes on."""

    def begin(self, label: str, total: int, done: int) -> None:
        """Hear of a walk through so many recordings, some of which are done."""

    def advance(self, seconds: Seconds) -> None:
        """Hear of one more recording, and how long it is."""


class _Nobody:
    def begin(self, label: str, total: int, done: int) -> None: ...

    def advance(self, seconds: Seconds) -> None: ...


@dataclass(frozen=True, slots=True)
class Summary:
    """How an archive stands after a run.

    Parameters
    ----------
    files : int
        In the input.
    done, failed : int
        Of these.
    failures : mapping of str to int
        Kind -> how many of these.
    new : int
        Recordings that this run worked on.
    problems : tuple of str
        What of the input could not be listed.
    examples : mapping of str to str
        Kind -> why one of them failed.
    """

    files: int
    done: int
    failed: int
    failures: Mapping[str, int]
    new: int
    problems: tuple[str, ...]
    examples: Mapping[str, str] = field(default_factory=dict, compare=False)


def run_batch(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    task: Task,
    *,
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    labels: str | None = None,
    adapt: str = NOTHING,
    raw: RawFormat | None = None,
    engine: str = "local",
    address: str | None = None,
    jobs: int | None = None,
    timeout: Seconds = 3600.0,
    checkpoint: Seconds = 15.0,
    retry: bool = False,
    watch: Watch | None = None,
) -> Summary:
    """Work on every recording of an archive, and write its rows as Parquet.

    Run it again, and only what is missing is done. Whenever a run ends, by whatever, each recording's rows
    are there whole and once, or not at all.

    Parameters
    ----------
    source : str or path
        As `find_recordings` takes it.
    output : str or path
        A folder, or an address of object storage.
    task : Task
        `PredictTask`, `TimelineTask` or `FeaturesTask`.
    model, labels : str, optional
        As `Recognizer` takes them. A folder has to be there on every machine of a cluster.
    adapt : str, default "none"
        ``"archive"`` adapts the model to all recordings together, the name of a carried column to those that
        have the same value there: all are heard twice then. What a group is adapted to is kept, and taken for
        recordings that come later.
    raw : RawFormat, optional
        What headerless samples are.
    engine : "local" or "ray", default "local"
        Processes on this machine, or actors of a Ray cluster.
    address : str, optional
        Of the cluster.
    jobs : int, optional
        Processes or actors, at most.
    timeout : float, default 3600
        Seconds after which a recording is given up.
    checkpoint : float, default 15
        Seconds after which what is done is written, with the next recording that ends.
    retry : bool, default False
        Try again what failed in earlier runs.
    watch : Watch, optional
        Is told how work goes on.

    Returns
    -------
    Summary

    Raises
    ------
    ConfigError
        If a setting is unknown or out of range, other work was begun in that folder, or the model cannot do
        what is asked for.
    AudioNotFoundError
        If there is no recording.
    AffectoneError
        If another run is at work there, or the model cannot be loaded.
    OSError
        If results cannot be written.
    MissingExtraError
        Without the extra `batch`, or `ray`.
    """
    require_extra("batch", "working through an archive")
    if engine not in ENGINES:
        raise ConfigError(unknown_name("engine", engine, ENGINES))
    if address is not None and engine != "ray":
        raise ConfigError("an address belongs to the engine ray")
    if jobs is not None:
        whole_number("jobs", jobs, MOST_JOBS)
    for name, value in (("timeout", timeout), ("checkpoint", checkpoint)):
        if not (is_number(value) and value > 0):
            raise ConfigError(f"{name} must be a number of seconds above 0; got {value!r}")
    title, job, empty = _job(task, model, labels, raw, adapt)
    archive = find_recordings(source)
    groups = _groups(archive, adapt)
    place = Place(output)
    if place.local is not None and place.local.exists() and not place.local.is_dir():
        raise ConfigError(f"{place.name} is a file; name a folder")
    told = {**task.settings(), "labels": labels, "adapt": adapt, "raw": None if raw is None else str(raw)}
    about = About(task, told, *title)
    run = _Run(place, archive, ENGINES[engine], Means(jobs, timeout, address), checkpoint, watch or _Nobody())
    with sole_user(place):
        results = Results(place, about, archive)
        begun = time.monotonic()
        started = datetime.now(UTC).isoformat(timespec="seconds")
        pending = run.pending(results, retry)
        if groups is not None and empty is not None:
            job = run.adapted(job, groups, pending, str(about.model), empty)
        new, seconds = run.work(job, groups, pending, results)
        known = {
            "started": started,
            "engine": engine,
            "jobs": jobs,
            "files": new,
            "audio_hours": seconds / 3600,
        }
        return _summed_up(results, about, archive, known | {"seconds": time.monotonic() - begun})


def _job(
    task: Task, model: str | os.PathLike[str], labels: str | None, raw: RawFormat | None, adapt: str
) -> tuple[tuple[str | None, str | None], Job, StateSums | None]:
    """Check what the model is asked for; return its title and hash, the job, and empty sums to adapt by."""
    if not task.hears:
        if adapt != NOTHING or labels is not None:
            raise ConfigError("features are measured without a model: leave out labels and adapt")
        return (None, None), Job(task, "", raw=raw), None
    artefact = find_model(model)
    task.check(artefact)
    # A folder is named as a path that leads there from wherever a process works.
    name = os.fspath(model) if artefact.packaged or not os.path.isdir(model) else str(Path(model).resolve())
    recognizer = Recognizer(name, labels=labels)
    empty = None if adapt == NOTHING else recognizer.state_sums()  # Refuses a model that cannot be adapted.
    return (artefact.title, artefact.card.sha256), Job(task, name, labels, raw), empty


def _groups(archive: Archive, adapt: str) -> pa.Array | None:
    """Return the group of each recording; null is adapted to nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if adapt == NOTHING:
        return None
    if adapt == ARCHIVE:
        return pa.array([WHOLE] * len(archive), pa.string())
    names = archive.carried.names
    name = adapt if adapt in names else carried_names([adapt])[0]
    if name not in names:
        raise ConfigError(unknown_name("column to adapt by", adapt, (NOTHING, ARCHIVE, *names)))
    try:
        texts = archive.table.column(name).cast(pa.string()).combine_chunks()
    except pa.ArrowException:
        raise ConfigError(f"adapt by {adapt!r}: its values are no text, numbers or times") from None
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


@dataclass(frozen=True)
class _Run:
    """One walk or two through an archive."""

    place: Place
    archive: Archive
    engine: Engine
    means: Means
    checkpoint: Seconds
    watch: Watch

    def pending(self, results: Results, retry: bool) -> pa.Array:
        """Return the rows of the archive that are to be done."""
        import pyarrow as pa
        import pyarrow.compute as pc

        # What was not there may have come meanwhile, and looking costs nothing.
        failed = {name for name, failure in results.failed.items() if failure.kind != MISSING}
        known = results.done if retry else results.done.union(failed)
        left = pc.invert(pc.is_in(self.archive.table.column("file"), pa.array(known, pa.string())))
        return pc.indices_nonzero(left)

    def adapted(self, job: Job, groups: pa.Array, pending: pa.Array, model: str, empty: StateSums) -> Job:
        """Hear what is needed to adapt to the groups of what is pending; return the job with it."""
        import pyarrow as pa
        import pyarrow.compute as pc

        known = Groups(self.place, model)
        wanted = pc.unique(groups.take(pending)).drop_null()
        new = pa.array([name for name in wanted.to_pylist() if name not in known.scales], pa.string())
        within = pc.is_in(groups, new)
        heard = pc.is_in(self.archive.table.column("file"), pa.array(known.heard, pa.string()))
        rows = pc.indices_nonzero(pc.and_not(within, heard))
        listening = replace(job, task=StatesTask(getattr(job.task, "channels", "mix")))
        self.watch.begin("adapting", pc.sum(within).as_py() or 0, len(known.heard))
        with self._checkpoints(known.flush) as due:
            for outcome in self._outcomes(listening, None, rows):
                file = self.archive.table.column("file")[outcome.row].as_py()
                known.add(groups[outcome.row].as_py(), file, outcome.answer)
                self.watch.advance(0.0)
                due()
        if len(new) or known.heard:
            known.settle(empty, new.to_pylist())
        return replace(job, scales=known.scales)

    def work(
        self, job: Job, groups: pa.Array | None, pending: pa.Array, results: Results
    ) -> tuple[int, Seconds]:
        """Do what is pending; return how many recordings that were, and how long they are."""
        self.watch.begin(job.task.name, len(self.archive), len(self.archive) - len(pending))
        count, heard = 0, 0.0
        with self._checkpoints(results.flush) as due:
            for outcome in self._outcomes(job, groups, pending):
                results.add(outcome)
                seconds = 0.0 if outcome.answer is None else outcome.answer.duration_seconds
                self.watch.advance(seconds)
                count, heard = count + 1, heard + seconds
                due(results.full)
        return count, heard

    def _outcomes(self, job: Job, groups: pa.Array | None, rows: pa.Array) -> Iterator[Any]:
        import pyarrow as pa

        if not len(rows):
            return
        where = self.archive.table.column("where").take(rows)
        chosen = pa.nulls(len(rows), pa.string()) if groups is None else groups.take(rows)
        items = pa.table({"row": rows.cast(pa.int64()), "where": where, "group": chosen})
        with self.engine(job, items, self.means) as outcomes:
            yield from outcomes

    @contextmanager
    def _checkpoints(self, flush: Callable[[], None]) -> Iterator[Callable[..., None]]:
        """Lend what writes when it is time to; what is held in the end is written, also after an error."""
        written = time.monotonic()

        def due(at_once: bool = False) -> None:
            nonlocal written
            if at_once or time.monotonic() - written >= self.checkpoint:
                flush()
                written = time.monotonic()

        try:
            yield due
        finally:
            flush()


def _summed_up(results: Results, about: About, archive: Archive, run: dict[str, Any]) -> Summary:
    """Write the summary of the folder, and return how the input stands."""
    found = _of_these(results, archive, run["files"])
    failures = Counter(failure.kind for failure in results.failed.values())
    totals = results.totals()
    hours = {name.replace("_seconds", "_hours"): totals[name] / 3600 for name in totals if name != "rows"}
    runs = results.read_summary().get("runs", [])
    results.write_summary(
        {
            "schema": SCHEMA,
            "affectone": __version__,
            "task": about.task.name,
            "model": about.model,
            "files": len(archive),
            "done": len(results.done),
            "failed": len(results.failed),
            "missing": found.files - found.done - found.failed,
            "failures": dict(sorted(failures.items())),
            "rows": int(totals["rows"]),
            **hours,
            "runs": [*runs, run] if run["files"] else runs,
        }
    )
    return found


def _of_these(results: Results, archive: Archive, new: int) -> Summary:
    """Return how the recordings of the input stand; the folder may hold others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names = archive.table.column("file")
    done = pc.sum(pc.is_in(names, pa.array(results.done, pa.string()))).as_py() or 0
    here = names.filter(pc.is_in(names, pa.array(results.failed, pa.string()))).to_pylist()
    failures = [results.failed[name] for name in here]
    counts = Counter(failure.kind for failure in failures)
    examples = {failure.kind: failure.reason for failure in reversed(failures)}
    return Summary(len(archive), done, len(failures), dict(counts), new, archive.problems, examples)
