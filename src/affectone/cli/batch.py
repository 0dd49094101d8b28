"""`affectone batch`: every recording of an archive, on this machine or on a cluster."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affectone.cli.features import Level, listed, settings_of
from affectone.cli.inputs import named_place, raw_format
from affectone.cli.output import UnwritableError
from affectone.cli.recognizers import ChannelChoice, LabelsOption, RawOption
from affectone.cli.status import complain, status_of, unwritable
from affectone.cli.timeline import NamesOption, SpeakersOption, named
from affectone.errors import ConfigError
from affectone.recognition import DEFAULT_MODEL, MOST_JOBS

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from affectone.batch import Task
    from affectone.batch.run import Watch

__all__ = ["batch"]

EACH = 60.0
"""Seconds between two lines of progress where no terminal is."""


class TaskChoice(StrEnum):
    """What is done with each recording."""

    PREDICT = "predict"
    TIMELINE = "timeline"
    FEATURES = "features"


class EngineChoice(StrEnum):
    """Who does it."""

    LOCAL = "local"
    RAY = "ray"


def batch(
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="A folder, a glob in quotes, a manifest (.csv, .parquet, .jsonl), or an address as s3://...",
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="DIR", parser=named_place, help="Folder of the results, or an address."
        ),
    ],
    task: Annotated[TaskChoice, typer.Option(help="What is done with each recording.")] = TaskChoice.PREDICT,
    engine: Annotated[
        EngineChoice, typer.Option(help="Processes of this machine, or actors of a Ray cluster.")
    ] = EngineChoice.LOCAL,
    address: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Of the cluster, such as ray://head:10001 or auto.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Name of a model (affectone models list), or its folder (default: base)."),
    ] = None,
    labels: LabelsOption = None,
    adapt: Annotated[
        str,
        typer.Option(
            metavar="none|archive|COLUMN",
            help="Fit the model to all recordings, or to those with the same value in a column.",
        ),
    ] = "none",
    channels: Annotated[
        ChannelChoice | None,
        typer.Option(help="All channels together, or each by itself (timeline: split, else mix)."),
    ] = None,
    channel_names: NamesOption = None,
    window: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="How much is heard at once (timeline: 3).")
    ] = None,
    hop: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="From one window to the next (timeline: 1).")
    ] = None,
    speakers: SpeakersOption = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="SETS", help="Features to measure, as mfcc,chroma.")
    ] = None,
    level: Annotated[
        Level | None, typer.Option(help="Features of a recording (the default), or of each frame.")
    ] = None,
    functionals: Annotated[
        list[str] | None, typer.Option(metavar="NAMES", help="How frames become one number, as mean,std.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--setting", metavar="NAME=VALUE", help="Of features, as n_mfcc=20.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_JOBS, help="Processes or actors at most (default: all cores)."),
    ] = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", help="A recording that takes longer is given up.")
    ] = 3600.0,
    checkpoint: Annotated[
        float, typer.Option(metavar="SECONDS", help="How often what is done is written.")
    ] = 15.0,
    retry: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed in earlier runs.")
    ] = False,
    raw: RawOption = None,
) -> int:
    """Work through an archive of recordings into Parquet; run it again, and only what is missing is done."""
    from affectone.batch import run_batch

    over_time = {"window": window, "hop": hop, "names": named(channel_names), "speakers": speakers}
    if model is not None and task is TaskChoice.FEATURES:
        raise ConfigError("--model goes with --task predict or timeline: features need none")
    measured = {"sets": sets, "level": level, "functionals": functionals, "settings": settings}
    asked = _task(task, channels, over_time, measured)
    with _shown() as watch:
        try:
            found = run_batch(
                source,
                output,
                asked,
                model=model or DEFAULT_MODEL,
                labels=labels,
                adapt=adapt,
                raw=raw_format(raw),
                engine=engine.value,
                address=address,
                jobs=jobs,
                timeout=timeout,
                checkpoint=checkpoint,
                retry=retry,
                watch=watch,
            )
        except KeyboardInterrupt:
            complain(f"{output}: stopped; the same line goes on where it was")
            raise
        except OSError as error:
            raise UnwritableError(unwritable(output, error)) from error
    for problem in found.problems:
        complain(problem)
    for kind, reason in sorted(found.examples.items()):
        complain(f"{kind}: {reason}")
    complain(f"{output}: {found.done:,} of {found.files:,} recordings are done{_failed(found.failures)}")
    return status_of(found.done, found.failed + len(found.problems))


def _task(
    task: TaskChoice, channels: ChannelChoice | None, over_time: dict[str, Any], measured: dict[str, Any]
) -> Task:
    """Return the task, with what of it was given; what belongs to another task is refused."""
    from affectone.batch import FeaturesTask, PredictTask, TimelineTask

    given = {name: value for name, value in over_time.items() if value is not None}
    if task is not TaskChoice.TIMELINE and given:
        raise ConfigError(f"{_flag(next(iter(given)))} goes with --task timeline")
    wanted = {name: value for name, value in measured.items() if value}
    if task is not TaskChoice.FEATURES:
        if wanted:
            raise ConfigError(f"{_flag(next(iter(wanted)))} goes with --task features")
        heard: dict[str, Any] = {} if channels is None else {"channels": channels.value}
        return PredictTask(**heard) if task is TaskChoice.PREDICT else TimelineTask(**heard, **_plain(given))
    if channels is not None:
        raise ConfigError("--channels goes with --task predict or timeline: features are those of the mean")
    if not wanted.get("sets"):
        raise ConfigError("--set is needed, such as --set mfcc,chroma")
    return FeaturesTask.of(
        listed(wanted["sets"]),
        settings=settings_of(wanted.get("settings", [])),
        level=wanted["level"].value if "level" in wanted else "clip",
        functionals=listed(wanted["functionals"]) if "functionals" in wanted else None,
    )


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    return given | ({"names": tuple(given["names"])} if "names" in given else {})


def _flag(name: str) -> str:
    return {"names": "--channel-names", "sets": "--set", "settings": "--setting"}.get(name, f"--{name}")


def _failed(failures: Mapping[str, int]) -> str:
    if not failures:
        return ""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(failures.items()))
    told = "failures.parquet has all, --retry-failed tries them again"
    return f"; {sum(failures.values()):,} failed ({kinds}); {told}"


@contextmanager
def _shown() -> Iterator[Watch]:
    """Lend a bar on standard error if that is a terminal, else a line each minute for who reads the log."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        yield _Bar(progress)


class _Pace:
    """How many recordings are done, how many a second, and how much sound a second."""

    label = ""
    total = done = 0
    _begun = _heard = 0.0
    _files = 0

    def begin(self, label: str, total: int, done: int) -> None:
        self.label, self.total, self.done = label, total, done
        self._begun = time.monotonic()
        self._files, self._heard = 0, 0.0

    def advance(self, seconds: float) -> None:
        self.done += 1
        self._files, self._heard = self._files + 1, self._heard + seconds

    def __str__(self) -> str:
        lasted = max(time.monotonic() - self._begun, 1e-3)
        heard = f", {self._heard / lasted / 3600:.3f} h of audio/s" if self._heard else ""
        return f"{self._files / lasted:.1f} files/s{heard}"

    def left(self) -> str:
        """Return about how many minutes are left."""
        lasted = time.monotonic() - self._begun
        return f"{(self.total - self.done) * lasted / max(self._files, 1) / 60:.0f} min left"


class _Bar(_Pace):
    """A bar on a terminal, with the time left."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._walk: TaskID | None = None

    def begin(self, label: str, total: int, done: int) -> None:
        super().begin(label, total, done)
        if self._walk is not None:
            self._progress.remove_task(self._walk)
        self._walk = self._progress.add_task(label, total=total, completed=done, pace="")

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        if self._walk is not None:
            self._progress.update(self._walk, advance=1, pace=str(self))


class _Lines(_Pace):
    """A line each minute."""

    def begin(self, label: str, total: int, done: int) -> None:
        super().begin(label, total, done)
        self._told = time.monotonic()

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        if time.monotonic() - self._told >= EACH:
            self._told = time.monotonic()
            complain(f"{self.label}: {self.done:,} of {self.total:,}, {self}, {self.left()}")
