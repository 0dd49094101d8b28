"""Predictions as a table, JSON, JSON lines or CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from enum import StrEnum
from typing import Any

from affectone.cli.output import Output, cell
from affectone.recognition import Prediction

__all__ = ["PredictionFormat", "csv_columns", "csv_row", "write_predictions"]

BAR = 10


class PredictionFormat(StrEnum):
    """How `affectone predict` answers."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def write_predictions(
    output: Output,
    predictions: Iterable[Prediction],
    wanted: PredictionFormat,
    *,
    labels: Sequence[str],
    voices: Sequence[str],
) -> None:
    """Write predictions in a format, each as soon as it is ready where the format allows that.

    Parameters
    ----------
    output : Output
    predictions : iterable of Prediction
    wanted : PredictionFormat
    labels, voices : sequence of str
        The model's, in its order: the columns of CSV.
    """
    if wanted is PredictionFormat.TABLE:
        _write_table(output, predictions)
    elif wanted is PredictionFormat.CSV:
        columns = csv_columns(labels, voices)
        writer = csv.writer(_Lines(output), lineterminator=_Lines.END)
        writer.writerow(columns)
        writer.writerows(csv_row(prediction, columns) for prediction in predictions)
    elif wanted is PredictionFormat.JSONL:
        for prediction in predictions:
            output.write(_json(prediction) + "\n")
    else:
        _write_list(output, predictions)


class _Lines:
    """Ends lines of CSV with a newline alone.

    A writer that is told to do so itself leaves a carriage return in a cell unquoted (Python 3.11 and 3.12),
    and readers take that for the end of a line.
    """

    END = "\r\n"

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, line: str) -> None:
        self._output.write(line.removesuffix(self.END) + "\n")


def csv_columns(labels: Sequence[str], voices: Sequence[str]) -> list[str]:
    """Return the columns of CSV: the fields of a prediction, with one column per score."""
    flat = {
        "scores": [f"score_{label}" for label in labels],
        "voice": [f"voice_{voice}" for voice in voices],
    }
    return [column for field in fields(Prediction) for column in flat.get(field.name, [field.name])]


def csv_row(prediction: Prediction, columns: Sequence[str]) -> list[str]:
    """Return one line of CSV; what is null stays empty."""
    row = prediction.to_dict()
    for label, score in (row.pop("scores") or {}).items():
        row[f"score_{label}"] = score
    for voice, score in (row.pop("voice") or {}).items():
        row[f"voice_{voice}"] = score
    row["warnings"] = "; ".join(row["warnings"] or ())
    return [_cell(row.get(column)) for column in columns]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(prediction: Prediction) -> str:
    return json.dumps(prediction.to_dict(), allow_nan=False)


def _write_list(output: Output, predictions: Iterable[Prediction]) -> None:
    """Write one JSON list without holding it."""
    before = "["
    for prediction in predictions:
        output.write(f"{before}\n  {_json(prediction)}")
        before = ","
    output.write("[]\n" if before == "[" else "\n]\n")


def _write_table(output: Output, predictions: Iterable[Prediction]) -> None:
    from rich.table import Table

    rows = list(predictions)
    by_channel = any(row.channel is not None for row in rows)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("file", overflow="fold")
    if by_channel:
        table.add_column("channel", justify="right")
    for column in ("emotion", "confidence", "voice", "note"):
        table.add_column(column, overflow="fold")
    for row in rows:
        channel = [_cell(row.channel)] if by_channel else []
        cells = [row.file, *channel, row.label or "-", *_measured(row, output.shows_blocks), _note(row)]
        table.add_row(*map(cell, cells))
    if rows:
        output.write_table(table)


def _measured(row: Prediction, blocks: bool) -> Iterator[str]:
    full, empty = "█░" if blocks else "#."
    bars = round(BAR * (row.confidence or 0))
    yield "" if row.confidence is None else f"{full * bars}{empty * (BAR - bars)} {row.confidence:4.0%}"
    voice = max(row.voice, key=row.voice.__getitem__) if row.voice else None
    yield f"{voice} {row.voice[voice]:.0%}" if row.voice and voice else ""


def _note(row: Prediction) -> str:
    if row.error is not None:
        return f"error: {row.error.removeprefix(row.file + ': ')}"
    unsure = f"unsure: {row.reason}" if row.label and row.unsure else row.reason
    return "; ".join(filter(None, (unsure, *row.warnings)))
