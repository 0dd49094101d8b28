"""`affectone features`: what is measured in recordings, as one file."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affectone.audio import find_audio, source_name
from affectone.audio.contents import Unreadable
from affectone.cli.inputs import STDIN, named_path, refuse_overwriting
from affectone.cli.output import UnwritableError, open_output
from affectone.cli.status import NOTHING_DONE, complain, status_of, unwritable
from affectone.errors import AudioError, ConfigError, unknown_name
from affectone.files import check_place, is_utf8
from affectone.recognition import MOST_JOBS

if TYPE_CHECKING:
    from affectone.features import ClipFeatures, Features, Settings

__all__ = ["features", "listed", "settings_of"]

TABLES = (".parquet", ".csv")
SKIPPED = ("path", "why")
WARNED = 20
"""Recordings whose warnings are told."""


class Level(StrEnum):
    """What a row is about."""

    CLIP = "clip"
    FRAMES = "frames"


class OnError(StrEnum):
    """What a recording that cannot be measured does."""

    STOP = "stop"
    SKIP = "skip"


def features(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH", help="Files and folders, or one manifest (.parquet, .csv).")
    ],
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SETS", help="What to measure, such as mfcc,chroma; or one preset."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", parser=named_path, help="Ends in .parquet, .csv or .npz."
        ),
    ] = None,
    level: Annotated[
        Level, typer.Option(help="One row for a recording, or one for each of its frames.")
    ] = Level.CLIP,
    functionals: Annotated[
        list[str] | None,
        typer.Option(metavar="NAMES", help="How frames become one number, such as mean,std."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--setting", metavar="NAME=VALUE", help="Such as n_mfcc=20. Repeat for more."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=MOST_JOBS, help="Processes that measure (default: all cores).")
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", parser=named_path, help="Where what was measured is kept (~/.cache/affectone)."
        ),
    ] = None,
    on_error: Annotated[
        OnError, typer.Option(help="What a recording that cannot be measured does.")
    ] = OnError.STOP,
) -> int:
    """Measure recordings: MFCC, chroma, pitch and more, as one table or npz."""
    from affectone.features import extract_many, write_features

    output = _checked(output, listed(sets))
    sources = _sources(paths, skip=on_error is OnError.SKIP)
    skipped_to = output.with_name(f"{output.name}.skipped.csv")
    for place in (output, skipped_to):
        refuse_overwriting(place, map(Path, [*paths, *sources.ids.values()]))
    found = extract_many(
        sources.ids.values(),
        listed(sets),
        settings=settings_of(settings or []),
        level=level.value,
        functionals=None if functionals is None else listed(functionals),
        jobs=jobs,
        cache=cache,
        on_error=on_error.value,
        tell=complain,
    )
    try:
        done = write_features(sources.rows(found), output)
    except OSError as error:
        raise UnwritableError(unwritable(str(output), error)) from error
    finally:
        found.close()
    if on_error is OnError.SKIP:
        # Also an empty one: a list of an earlier run would mislead.
        _write_skipped(skipped_to, sources.skipped)
    elif done:
        _forget_skipped(skipped_to)
    complain(f"{output}: {sources.told}" if done else f"nothing could be measured; {output} was not written")
    return status_of(done, len(sources.skipped)) if done else NOTHING_DONE


def listed(texts: Iterable[str] | None) -> list[str]:
    """Return names from lists with commas."""
    return [name.strip() for text in texts or () for name in text.split(",") if name.strip()]


def _checked(output: Path | None, sets: Sequence[str]) -> Path:
    """Refuse, before an hour of measuring, what cannot be done."""
    from affectone.features import FEATURES, PRESETS, features_suffix

    if not sets:
        known = ", ".join(entry.name for entry in (*FEATURES, *PRESETS))
        raise ConfigError(f"--set is needed, such as --set mfcc,chroma; known: {known}")
    if output is None:
        raise ConfigError("-o FILE is needed: its name ends in .parquet, .csv or .npz")
    features_suffix(output)
    check_place(output)
    if not os.path.isdir(output.parent):
        raise ConfigError(f"-o {output}: there is no folder {output.parent}")
    return output


def settings_of(pairs: Sequence[str]) -> Settings:
    """Read ``--setting NAME=VALUE``; numbers are numbers, and none is None."""
    from affectone.features import Settings

    given: dict[str, Any] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not (name and sign and value):
            raise ConfigError(f"--setting wants NAME=VALUE, such as n_mfcc=20; got {pair!r}")
        if name not in Settings.model_fields:
            raise ConfigError(unknown_name("setting", name, Settings.model_fields))
        if name in given:
            raise ConfigError(f"--setting {name} is given twice")
        given[name] = _value(value)
    return Settings(**given)


def _value(text: str) -> object:
    if text.lower() == "none":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


@dataclass
class _Sources:
    """What is measured, and what is told of it."""

    skip: bool
    ids: dict[str, str] = field(default_factory=dict)
    """Id of each recording -> its path."""
    skipped: list[tuple[str, str]] = field(default_factory=list)
    """Path and reason."""
    warned: int = 0
    told: str = ""

    def pass_over(self, path: str, why: str) -> None:
        """Name what cannot be measured and keep it for the list, or raise."""
        if not self.skip:
            raise AudioError(f"{source_name(path)}: {why}")
        complain(f"skipped {source_name(path)}: {why}")
        self.skipped.append((path, why))

    def rows(
        self, found: Iterator[ClipFeatures | Features | Unreadable]
    ) -> Iterator[tuple[str, str, ClipFeatures | Features]]:
        """Yield what could be measured with its id and path, and tell of the rest."""
        measured = 0
        for (id, path), one in zip(self.ids.items(), found, strict=True):
            if isinstance(one, Unreadable):
                self.pass_over(path, one.why)
                continue
            self._warn(path, one.warnings)
            measured += 1
            self.told = (
                f"{measured} {'recording' if measured == 1 else 'recordings'}, {len(one.names)} features"
            )
            yield id, path, one
        if self.warned > WARNED:
            complain(f"{self.warned - WARNED} more have warnings; affectone doctor tells them")

    def _warn(self, path: str, warnings: Sequence[str]) -> None:
        self.warned += bool(warnings)
        if warnings and self.warned <= WARNED:
            complain(f"{source_name(path)}: {'; '.join(warnings)}")


def _sources(paths: Sequence[str], skip: bool) -> _Sources:
    """Read a manifest, or expand folders."""
    if "" in paths:
        raise ConfigError("a PATH is empty; it must be a file, a folder or a manifest")
    if STDIN in paths:
        raise ConfigError("features are measured of files and folders, not of standard input")
    tables = [path for path in paths if Path(path).suffix.lower() in TABLES and not os.path.isdir(path)]
    if not tables:
        return _of_paths(paths, skip)
    if len(paths) > 1:
        raise ConfigError(f"a manifest stands alone; leave out {tables[0]} or the other paths")
    return _of_manifest(tables[0], skip)


def _of_paths(paths: Sequence[str], skip: bool) -> _Sources:
    sources = _Sources(skip)
    for path in paths:
        found, problems = find_audio(path)
        for problem in problems:
            one = Unreadable.of(Path(path), problem)
            sources.pass_over(path, one.why)
        for recording in map(str, found):
            if is_utf8(recording):
                sources.ids[recording] = recording
            else:
                sources.pass_over(recording, "its name is no UTF-8, as a table needs it; rename it")
    return sources


def _of_manifest(path: str, skip: bool) -> _Sources:
    from affectone.corpora.manifest import read_manifest

    manifest = read_manifest(path)
    return _Sources(skip, dict(zip(manifest["id"], manifest["path"], strict=True)))


def _write_skipped(file: Path, skipped: Sequence[tuple[str, str]]) -> None:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(SKIPPED)
    writer.writerows(skipped)
    with open_output(file) as place:
        place.write(lines.getvalue())


def _forget_skipped(file: Path) -> None:
    """Remove the list of an earlier run, if it is one: nothing was skipped now."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if file.is_file() and file.read_text("utf-8").startswith(f"{','.join(SKIPPED)}\n"):
            file.unlink()
