"""`affectone corpora plot`: pictures of what a manifest holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from affectone.cli.inputs import named_path
from affectone.cli.plot.place import save_picture
from affectone.cli.plot.speaker import example
from affectone.cli.status import complain, status_of
from affectone.errors import AffectoneError, ConfigError, CorpusError, unknown_name
from affectone.labels import label_view
from affectone.registry import require_extra
from affectone.views import PICTURE_SUFFIXES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["plot"]


class PictureKind(StrEnum):
    """What is drawn."""

    ALL = "all"
    COUNTS = "counts"
    DURATIONS = "durations"
    EXAMPLES = "examples"


ALL_KINDS = (PictureKind.COUNTS, PictureKind.DURATIONS, PictureKind.EXAMPLES)


class PictureFormat(StrEnum):
    """What the pictures in a folder are."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


def plot(
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST", parser=named_path, help="What scan wrote.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            parser=named_path,
            help="A folder, or a name that ends in .png, .svg or .pdf.",
        ),
    ] = None,
    kind: Annotated[PictureKind, typer.Option(help="Which picture.")] = PictureKind.ALL,
    labels: Annotated[
        str | None,
        typer.Option(metavar="VIEW", help="Draw 4, 6, 7, 8, valence, or labels as sad,happy alone."),
    ] = None,
    wanted: Annotated[
        PictureFormat | None, typer.Option("--format", help="Of the pictures in a folder; png by default.")
    ] = None,
) -> int:
    """Draw how many clips there are, how long they are, and what one of each emotion looks like."""
    places = _places(output, kind, wanted)
    view = None if labels is None else label_view(labels)
    require_extra("data", "a manifest")
    require_extra("plots", "a picture")
    from affectone.corpora import read_manifest, restrict

    table = read_manifest(manifest)
    if table.empty:
        raise CorpusError(f"{manifest} has no clips to draw")
    if view is not None:
        table = restrict(table, view)
    failed = [kind for kind, path in places.items() if not _drawn(kind, table, path)]
    return status_of(len(places) - len(failed), len(failed))


def _places(
    output: Path | None, kind: PictureKind, wanted: PictureFormat | None
) -> Mapping[PictureKind, Path]:
    """Return where each picture goes."""
    if output is None:
        raise ConfigError(
            "-o OUT is needed: a folder for the pictures, or a name that ends in .png, .svg or .pdf"
        )
    suffix = output.suffix.lower()
    if os.path.isdir(output) or not suffix:
        kinds = ALL_KINDS if kind is PictureKind.ALL else (kind,)
        return {each: output / f"{each}.{wanted or PictureFormat.PNG}" for each in kinds}
    if suffix not in PICTURE_SUFFIXES:
        words = unknown_name("picture format", suffix, PICTURE_SUFFIXES)
        raise ConfigError(f"{output}: {words}; if it is a folder, make it first")
    if kind is PictureKind.ALL:
        raise ConfigError(f"{output} is one picture: say which by --kind counts, durations or examples")
    if wanted is not None and wanted != suffix[1:]:
        raise ConfigError(f"--format {wanted} and the name {output} differ; leave out one of them")
    return {kind: output}


def _drawn(kind: PictureKind, table: pd.DataFrame, path: Path) -> bool:
    """Draw one picture and tell where it is, or why it is not."""
    draw: dict[PictureKind, Callable[[pd.DataFrame], Figure]] = {
        PictureKind.COUNTS: _counts,
        PictureKind.DURATIONS: _durations,
        PictureKind.EXAMPLES: _examples,
    }
    try:
        save_picture(draw[kind](table), path)
    except AffectoneError as error:
        complain(f"no picture of {kind}: {error}")
        return False
    complain(f"{path}: {kind} of {len(table):,} clips")
    return True


def _counts(table: pd.DataFrame) -> Figure:
    from affectone.views import counts_figure

    sexes = [sex if isinstance(sex, str) else None for sex in table["sex"]]
    return counts_figure(table["corpus"].tolist(), table["emotion"].tolist(), sexes)


def _durations(table: pd.DataFrame) -> Figure:
    from affectone.views import durations_figure

    unknown = int(table["duration"].isna().sum())
    if unknown == len(table):
        raise CorpusError("no clip has a duration; affectone corpora scan listens to them and adds it")
    if unknown:
        complain(f"{unknown:,} of {len(table):,} clips have no duration and are left out of durations")
    return durations_figure(table["corpus"].tolist(), table["emotion"].tolist(), table["duration"].to_numpy())


def _examples(table: pd.DataFrame) -> Figure:
    from affectone.corpora.examples import choose_examples
    from affectone.views import examples_figure
    from affectone.views.theme import ordered

    chosen = {str(clip["emotion"]): clip for clip in choose_examples(table).to_dict("records")}
    return examples_figure([example(label, chosen[label]) for label in ordered(chosen)])
