"""`affectone corpora scan`: labelled recordings as one manifest."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affectone.cli.inputs import named_path
from affectone.cli.output import Output, UnwritableError, cell, open_output
from affectone.cli.roots import parse_roots
from affectone.cli.status import NOTHING_DONE, complain, status_of, unwritable
from affectone.errors import ConfigError, CorpusError
from affectone.labels import label_view
from affectone.recognition import MOST_JOBS

if TYPE_CHECKING:
    import pandas as pd

    from affectone.corpora.corpus import Skipped

__all__ = ["scan"]

SHOWN = 20
"""Skipped files that are named on standard error."""
SUFFIXES = (".parquet", ".csv")
HEADER = "path,why"
"""The first line of a list of skipped files."""


class SummaryFormat(StrEnum):
    """How the summary is written."""

    TABLE = "table"
    JSON = "json"


def scan(
    corpora: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=ROOT",
            help="A corpus and a folder above its clips; folder=FOLDER or table=FILE for your own.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="MANIFEST", parser=named_path, help="The table, .parquet or .csv."
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=MOST_JOBS, help="Processes that listen (default: all cores).")
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", parser=named_path, help="Where what was heard is kept (~/.cache/affectone)."
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(metavar="VIEW", help="Labels to keep: 4, 6, 7, 8, valence, or a list as happy,sad."),
    ] = None,
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="YOURS=LABEL", help="What a label of yours means. Repeat for more."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="COLUMN=YOURS", help="What a column of your table is called."),
    ] = None,
    speaker: Annotated[
        str | None, typer.Option(metavar="REGEX", help="Finds the speaker in paths of your own.")
    ] = None,
    keep: Annotated[
        bool,
        typer.Option(
            "--own-labels", help="Keep your labels as they are; of a folder, the first one below it."
        ),
    ] = False,
    name: Annotated[str | None, typer.Option(help="Name of your own corpus (default: mine).")] = None,
    skipped: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", parser=named_path, help="List all files that were passed over."),
    ] = None,
    wanted: Annotated[
        SummaryFormat, typer.Option("--format", help="How to write the summary.")
    ] = SummaryFormat.TABLE,
) -> int:
    """Read labelled recordings into one table, and listen to each."""
    roots = parse_roots(corpora)
    output = _checked(output, roots)
    _check_skipped(skipped, output, roots)
    view = None if labels is None else label_view(labels)
    if view is not None and keep:
        raise ConfigError(
            "--labels keeps some of the common labels, and --own-labels has others; give one of the two"
        )
    from affectone.corpora.manifest import restrict
    from affectone.corpora.own import parse_own
    from affectone.corpora.scan import scan_corpora

    own = parse_own(maps or [], columns or [], speaker, name, keep=keep)
    found = scan_corpora(roots, own=own, cache=cache, jobs=jobs)
    _tell(found.notes, found.skipped)
    if skipped is not None:
        _write_skipped(skipped, found.skipped)
    if found.manifest.empty:
        complain(f"no clip could be listened to; {output} was not written")
        return NOTHING_DONE
    manifest = found.manifest if view is None else restrict(found.manifest, view)
    _write_manifest(manifest, output)
    with open_output(None) as place:
        summary = _summary(manifest, found.left_out)
        if wanted is SummaryFormat.JSON:
            place.write_json({"manifest": str(output), "corpora": summary})
        else:
            _write_table(place, summary)
    return status_of(len(manifest), found.failed)


def _checked(output: Path | None, roots: Mapping[str, Path]) -> Path:
    """Refuse, before an hour of listening, a place that the manifest cannot or must not have."""
    if output is None:
        raise ConfigError("-o MANIFEST is needed: the table to write, .parquet or .csv")
    if output.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"-o {output}: the name of a manifest ends in .parquet or .csv")
    if not os.path.isdir(output.parent):
        raise ConfigError(f"-o {output}: there is no folder {output.parent}")
    if any(_same(output, root) for root in roots.values()):
        raise ConfigError(f"-o {output} is one of the inputs; it would be overwritten")
    if os.path.lexists(output):
        from affectone.corpora.manifest import read_manifest

        try:
            read_manifest(output)
        except CorpusError:
            raise ConfigError(f"-o {output} is there and is no manifest; name another file") from None
    return output


def _check_skipped(skipped: Path | None, output: Path, roots: Mapping[str, Path]) -> None:
    """Refuse a place where the list of skipped files would replace something else than an older one."""
    if skipped is None:
        return
    if not os.path.isdir(skipped.parent):
        raise ConfigError(f"--skipped {skipped}: there is no folder {skipped.parent}")
    if os.path.realpath(skipped) == os.path.realpath(output) or _same(skipped, output):
        raise ConfigError(f"--skipped {skipped} is the manifest of -o, too; name another file")
    if any(_same(skipped, root) for root in roots.values()):
        raise ConfigError(f"--skipped {skipped} is one of the inputs; it would be overwritten")
    if os.path.isdir(skipped) or (os.path.isfile(skipped) and not _lists_skipped(skipped)):
        raise ConfigError(f"--skipped {skipped} is there and is no list of skipped files; name another file")


def _lists_skipped(file: Path) -> bool:
    try:
        with file.open("rb") as lines:
            return lines.readline(len(HEADER) + 2).decode(errors="replace").strip() == HEADER
    except OSError:
        return False


def _same(output: Path, root: Path) -> bool:
    return os.path.exists(output) and os.path.exists(root) and os.path.samefile(output, root)


def _tell(notes: Sequence[str], skipped: Sequence[Skipped]) -> None:
    for note in notes:
        complain(note)
    for skip in skipped[:SHOWN]:
        complain(f"skipped {skip.path}: {skip.why}")
    if len(skipped) > SHOWN:
        complain(f"skipped {len(skipped) - SHOWN} more; --skipped FILE.csv lists them all")


def _write_skipped(file: Path, skipped: Sequence[Skipped]) -> None:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(HEADER.split(","))
    writer.writerows([skip.path, skip.why] for skip in skipped)
    with open_output(file) as place:
        place.write(lines.getvalue())


def _write_manifest(manifest: pd.DataFrame, output: Path) -> None:
    from affectone.corpora.manifest import write_manifest

    try:
        write_manifest(manifest, output)
    except OSError as error:
        raise UnwritableError(unwritable(str(output), error)) from error


def _summary(manifest: pd.DataFrame, left_out: Mapping[str, int]) -> list[dict[str, Any]]:
    names = dict.fromkeys([*manifest["corpus"], *left_out])
    return [_line(name, manifest[manifest["corpus"] == name], left_out.get(name, 0)) for name in names]


def _line(name: str, rows: pd.DataFrame, left_out: int) -> dict[str, Any]:
    from affectone.corpora.kept import in_label_order

    counts = rows["emotion"].value_counts()
    ordered = in_label_order(counts.index)
    return {
        "corpus": name,
        "clips": len(rows),
        "speakers": int(rows["speaker"].nunique()),
        "hours": round(float(rows["duration"].sum()) / 3600, 3),
        "classes": {label: int(counts[label]) for label in ordered},
        "repeats": int((rows["recording"] != rows["id"]).sum()),
        "skipped": left_out,
    }


def _write_table(place: Output, summary: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("corpus", no_wrap=True)
    for column in ("clips", "speakers", "hours", "repeats", "skipped"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("classes", overflow="fold")
    for line in [*summary, *_total(summary)]:
        classes = ", ".join(f"{label} {count}" for label, count in line["classes"].items())
        numbers = (line["clips"], line["speakers"], f"{line['hours']:.2f}", line["repeats"], line["skipped"])
        table.add_row(*map(cell, (line["corpus"], *map(str, numbers), classes)))
    place.write_table(table)


def _total(summary: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    if len(summary) > 1:
        counted = ("clips", "speakers", "hours", "repeats", "skipped")
        yield {"corpus": "all", "classes": {}} | {key: sum(line[key] for line in summary) for key in counted}
