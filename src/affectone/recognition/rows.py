"""Answers as rows of a table: one cell a field, one column a score."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol

from affectone.recognition.prediction import Prediction

__all__ = ["columns", "flat", "write_csv"]


class _Writable(Protocol):
    def write(self, text: str, /) -> object: ...


def columns(labels: Sequence[str], voices: Sequence[str]) -> list[str]:
    """Return the columns of a table: the fields of a prediction, with one column per score."""
    several = {
        "scores": [f"score_{label}" for label in labels],
        "voice": [f"voice_{voice}" for voice in voices],
    }
    return [column for field in fields(Prediction) for column in several.get(field.name, [field.name])]


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `Prediction.to_dict` gives with a key per score, and the warnings as one text."""
    told = dict(row)
    for label, score in (told.pop("scores") or {}).items():
        told[f"score_{label}"] = score
    for voice, score in (told.pop("voice") or {}).items():
        told[f"voice_{voice}"] = score
    told["warnings"] = "; ".join(told["warnings"] or ())
    return told


def write_csv(place: _Writable, names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as CSV, each as it comes; what is null stays empty."""
    writer = csv.writer(_Lines(place), lineterminator=_Lines.END)
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)


class _Lines:
    """Ends lines of CSV with a newline alone.

    A writer that is told to do so itself leaves a carriage return in a cell unquoted (Python 3.11 and 3.12),
    and readers take that for the end of a line.
    """

    END = "\r\n"

    def __init__(self, place: _Writable) -> None:
        self._place = place

    def write(self, line: str) -> None:
        self._place.write(line.removesuffix(self.END) + "\n")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
