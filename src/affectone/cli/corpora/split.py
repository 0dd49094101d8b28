"""`affectone corpora split`: what is in each part of every fold, and the protocol as a file."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affectone.cli.inputs import named_path
from affectone.cli.output import Output, cell, open_output
from affectone.cli.status import ALL_DONE
from affectone.errors import ConfigError
from affectone.labels import COMMON, LabelView, label_view

if TYPE_CHECKING:
    import pandas as pd

    from affectone.corpora import Protocol, Splits

__all__ = ["split"]


class SplitFormat(StrEnum):
    """How the folds are written."""

    TABLE = "table"
    JSON = "json"


def split(
    manifest: Annotated[
        Path, typer.Argument(metavar="MANIFEST", parser=named_path, help="A table that scan made.")
    ],
    protocol: Annotated[
        str,
        typer.Option(
            metavar="P",
            help="A protocol's name or file, or for any manifest: group5, loso, leave-corpus-out, random.",
        ),
    ],
    labels: Annotated[
        str | None,
        typer.Option(metavar="VIEW", help="Labels to keep: 4, 6, 7, 8, valence, or a list as happy,sad."),
    ] = None,
    wanted: Annotated[
        SplitFormat, typer.Option("--format", help="How to write what is in each part.")
    ] = SplitFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE.json",
            parser=named_path,
            help="Write the protocol, too; --protocol FILE.json reads it.",
        ),
    ] = None,
) -> int:
    """Split a manifest by a protocol, and show every part."""
    if output is not None and output.suffix.lower() != ".json":
        raise ConfigError(f"-o wants a name that ends in .json; got {output}")
    view = None if labels is None else label_view(labels)
    from affectone.corpora import find_protocol, read_manifest, save_protocol

    find = find_protocol(protocol)
    report = _Report.of(read_manifest(manifest), find, view)
    if output is not None:
        save_protocol(report.protocol, output)
    with open_output(None) as place:
        if wanted is SplitFormat.JSON:
            place.write_json(report.summary())
        else:
            _write(place, report.summary())
    return ALL_DONE


@dataclasses.dataclass(frozen=True)
class _Report:
    manifest: pd.DataFrame
    protocol: Protocol
    splits: Splits
    notes: tuple[str, ...]

    @classmethod
    def of(cls, table: pd.DataFrame, find: Any, view: LabelView | None) -> _Report:
        """Lay a protocol over the clips that have a place in a view."""
        from affectone.corpora import restrict, select_clips, split_manifest

        protocol = find(table if view is None else restrict(table, view))
        selected = select_clips(table, protocol)
        kept, notes = selected.manifest, (*protocol.notes, *selected.notes)
        if view is not None:
            kept = restrict(kept, view)
        left_out = table[~table["id"].isin(kept["id"])]
        splits = split_manifest(kept, protocol, left_out=left_out)
        if view is not None and len(kept) < len(selected.manifest):
            protocol, more = _labelled(protocol, view)
            notes += more
        return cls(kept, protocol, splits, notes)

    def summary(self) -> dict[str, Any]:
        """Return everything that is shown."""
        return {
            "protocol": self.protocol.name,
            "source": self.protocol.source,
            "sha256": self.protocol.digest,
            "kind": self.protocol.kind,
            "corpora": list(self.protocol.corpora),
            "labels": _in_order(self.manifest["emotion"]),
            "speaker_independent": not self.protocol.may_leak,
            "folds": [
                {"fold": number}
                | {part: _part(self.manifest.iloc[rows]) for part, rows in fold.parts.items()}
                for number, fold in enumerate(self.splits.folds, start=1)
            ],
            "warnings": list(self.splits.warnings),
            "notes": list(self.notes),
        }


def _labelled(protocol: Protocol, view: LabelView) -> tuple[Protocol, tuple[str, ...]]:
    """Return a protocol about a view's labels; a file can only say so of labels that are common ones."""
    if any(label not in COMMON or view.of(label) != label for label in view.labels):
        return protocol, (f"the labels are those of {view.name}; a protocol's file holds the folds alone",)
    labels = tuple(label for label in view.labels if label in (protocol.labels or view.labels))
    return dataclasses.replace(protocol, labels=labels), ()


def _in_order(labels: pd.Series) -> list[str]:
    """Return the labels that occur: common ones in their order, before those of a view."""
    found = sorted(labels.unique())
    return [
        *(label for label in COMMON if label in found),
        *(label for label in found if label not in COMMON),
    ]


def _part(rows: pd.DataFrame) -> dict[str, Any]:
    from affectone.corpora import speaker_keys

    counts = rows["emotion"].value_counts()
    people = rows.assign(speaker=speaker_keys(rows)).sort_values("sex").drop_duplicates("speaker")
    known = rows["duration"].dropna()
    return {
        "clips": len(rows),
        "speakers": len(people),
        "sexes": {
            str(sex): int(count) for sex, count in people["sex"].fillna("unknown").value_counts().items()
        },
        "classes": {label: int(counts[label]) for label in _in_order(rows["emotion"])},
        "hours": round(float(known.sum()) / 3600, 3) if len(known) == len(rows) else None,
    }


def _write(place: Output, summary: dict[str, Any]) -> None:
    from rich.table import Table

    sexes = [
        sex
        for sex in ("female", "male", "unknown")
        if any(sex in part["sexes"] for _, _, part in _parts(summary))
    ]
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("fold", justify="right")
    table.add_column("part")
    for column in ("clips", "hours", "speakers", *sexes, *summary["labels"]):
        table.add_column(column, justify="right")
    for number, name, part in _parts(summary):
        counts = [part["sexes"].get(sex, 0) for sex in sexes]
        counts += [part["classes"].get(label, 0) for label in summary["labels"]]
        hours = "-" if part["hours"] is None else f"{part['hours']:.2f}"
        table.add_row(str(number), name, str(part["clips"]), hours, str(part["speakers"]), *map(str, counts))
    place.write_table(table)
    place.write("\n")
    place.write_table(_facts(summary))


def _parts(summary: dict[str, Any]) -> list[tuple[int, str, dict[str, Any]]]:
    """Return number, name and content of the parts that are not empty."""
    return [
        (fold["fold"], part, fold[part])
        for fold in summary["folds"]
        for part in ("training", "validation", "test")
        if fold[part]["clips"]
    ]


def _facts(summary: dict[str, Any]) -> Any:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    independent = "yes" if summary["speaker_independent"] else "no"
    rows = [("protocol", summary["protocol"]), ("source", summary["source"]), ("sha256", summary["sha256"])]
    rows += [("speaker-independent", independent)]
    rows += [("warning", words) for words in summary["warnings"]]
    for name, words in [*rows, *(("note", words) for words in summary["notes"])]:
        table.add_row(cell(name), cell(words))
    return table
