"""`affectone corpora split`: what is in each part of every fold, and the protocol as a file."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Iterator
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

SHOWN = 40
"""A table has so many folds."""


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
    view = None if labels is None else label_view(labels)
    if output is not None:
        _check_output(output, view)
    from affectone.corpora import find_protocol, read_manifest, save_protocol

    find = find_protocol(protocol)
    report = _Report.of(read_manifest(manifest), find, view)
    if output is not None:
        report = dataclasses.replace(report, protocol=save_protocol(report.protocol, output))
    with open_output(None) as place:
        if wanted is SplitFormat.JSON:
            place.write_json(report.summary())
        else:
            _write(place, report.summary())
    return ALL_DONE


def _check_output(output: Path, view: LabelView | None) -> None:
    """Refuse what cannot be written, or would not say what it is about."""
    from affectone.corpora.protocol import is_protocol_file

    if output.suffix.lower() != ".json":
        raise ConfigError(f"-o wants a name that ends in .json; got {output}")
    if not os.path.isdir(output.parent):
        raise ConfigError(f"-o {output}: there is no folder {output.parent}")
    if os.path.exists(output) and not is_protocol_file(output):
        raise ConfigError(f"-o {output} is there and is no protocol; name another file")
    if view is not None and any(label != place for label, place in view.places.items()):
        raise ConfigError(
            f"a protocol's file names common labels, and the view {view.name} joins some; leave out -o, or "
            f"--labels: the folds are of the same people with any labels"
        )


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
            protocol = _labelled(protocol, view)
        return cls(kept, protocol, splits, notes)

    def summary(self) -> dict[str, Any]:
        """Return everything that is shown."""
        counts = _Counts(self.manifest)
        return {
            "protocol": self.protocol.name,
            "source": self.protocol.source,
            "sha256": self.protocol.digest,
            "kind": self.protocol.kind,
            "corpora": list(self.protocol.corpora),
            "labels": counts.labels,
            "speaker_independent": not self.protocol.may_leak,
            "folds": [
                {"fold": number} | {part: counts.of(rows) for part, rows in fold.parts.items()}
                for number, fold in enumerate(self.splits.folds, start=1)
            ],
            "warnings": list(self.splits.warnings),
            "notes": list(self.notes),
        }


def _labelled(protocol: Protocol, view: LabelView) -> Protocol:
    """Return a protocol about the labels that a view keeps; what a view joins is in no file."""
    if any(label not in COMMON for label in view.labels):
        return protocol
    labels = tuple(label for label in view.labels if label in (protocol.labels or view.labels))
    return dataclasses.replace(protocol, labels=labels)


def _in_order(labels: pd.Series) -> list[str]:
    """Return the labels that occur: common ones in their order, before those of a view."""
    found = sorted(labels.unique())
    return [
        *(label for label in COMMON if label in found),
        *(label for label in found if label not in COMMON),
    ]


class _Counts:
    """Counts what is in some rows of a manifest, in a time that does for thousands of folds."""

    def __init__(self, manifest: pd.DataFrame) -> None:
        import numpy as np
        import pandas as pd

        from affectone.corpora import speaker_keys

        self.labels = _in_order(manifest["emotion"])
        self._emotions = manifest["emotion"].map(self.labels.index).to_numpy()
        self._people, names = pd.factorize(speaker_keys(manifest))
        # Of a speaker who is given two sexes, one is taken by name and not by the order of rows.
        known = pd.DataFrame({"person": self._people, "sex": manifest["sex"].to_numpy()}).dropna()
        known = known.sort_values("sex").drop_duplicates("person")
        sexes = np.full(len(names), "unknown", dtype=object)
        sexes[known["person"]] = known["sex"]
        self._sexes, self._kinds = pd.factorize(sexes)
        self._durations = manifest["duration"].to_numpy()

    def of(self, rows: Any) -> dict[str, Any]:
        """Return how many clips, speakers, sexes and labels there are; hours where all are known."""
        import numpy as np

        people = np.flatnonzero(np.bincount(self._people[rows]))
        sexes = np.bincount(self._sexes[people], minlength=len(self._kinds))
        classes = np.bincount(self._emotions[rows], minlength=len(self.labels))
        with np.errstate(over="ignore"):
            hours = float(self._durations[rows].sum()) / 3600
        return {
            "clips": len(rows),
            "speakers": len(people),
            "sexes": {kind: count for kind, count in zip(self._kinds, sexes.tolist(), strict=True) if count},
            "classes": {
                label: count for label, count in zip(self.labels, classes.tolist(), strict=True) if count
            },
            "hours": round(hours, 3) if math.isfinite(hours) else None,
        }


def _write(place: Output, summary: dict[str, Any]) -> None:
    from rich.table import Table

    shown = _parts(summary["folds"][:SHOWN])
    sexes = [
        sex for sex in ("female", "male", "unknown") if any(sex in part["sexes"] for _, _, part in shown)
    ]
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("fold", justify="right", no_wrap=True)
    table.add_column("part", no_wrap=True)
    for column in ("clips", "hours", "speakers", *sexes):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("classes", overflow="fold")
    for number, name, part in shown:
        hours = "-" if part["hours"] is None else f"{part['hours']:.2f}"
        counts = (part["clips"], hours, part["speakers"], *(part["sexes"].get(sex, 0) for sex in sexes))
        classes = ", ".join(f"{label} {count}" for label, count in part["classes"].items())
        table.add_row(str(number), name, *map(str, counts), cell(classes))
    place.write_table(table)
    place.write("\n")
    place.write_table(_facts(summary))


def _parts(folds: list[dict[str, Any]]) -> list[tuple[int, str, dict[str, Any]]]:
    """Return number, name and content of the parts that are not empty."""
    return [
        (fold["fold"], part, fold[part])
        for fold in folds
        for part in ("training", "validation", "test")
        if fold[part]["clips"]
    ]


def _facts(summary: dict[str, Any]) -> Any:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, words in _true_of_all(summary):
        table.add_row(cell(name), cell(words))
    return table


def _true_of_all(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    folds = summary["folds"]
    if len(folds) > SHOWN:
        tested = sum(fold["test"]["clips"] for fold in folds)
        words = f"{len(folds)}, which test {tested} clips; the first {SHOWN} are shown, --format json has all"
        yield "folds", words
    for name in ("protocol", "source", "sha256"):
        yield name, summary[name]
    yield "speaker-independent", "yes" if summary["speaker_independent"] else "no"
    for name in ("warning", "note"):
        for words in summary[f"{name}s"]:
            yield name, words
