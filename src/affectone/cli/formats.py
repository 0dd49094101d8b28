"""Predictions as a table, JSON, JSON lines or CSV."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from affectone.cli.output import Output, cell
from affectone.recognition import Prediction
from affectone.recognition.rows import columns, flat, write_csv

__all__ = ["PredictionFormat", "bar", "measured", "note", "write_predictions"]

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
        write_csv(output, columns(labels, voices), (flat(prediction.to_dict()) for prediction in predictions))
    elif wanted is PredictionFormat.JSONL:
        for prediction in predictions:
            output.write(_json(prediction) + "\n")
    else:
        _write_list(output, predictions)


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
        channel = ["" if row.channel is None else str(row.channel)] if by_channel else []
        cells = [row.file, *channel, row.label or "-", *measured(row, output.shows_blocks), note(row)]
        table.add_row(*map(cell, cells))
    if rows:
        output.write_table(table)


def measured(row: Prediction, blocks: bool) -> Iterator[str]:
    """Yield how sure the answer is, and what the voice sounds like."""
    yield bar(row.confidence, blocks)
    voice = max(row.voice, key=row.voice.__getitem__) if row.voice else None
    yield f"{voice} {row.voice[voice]:.0%}" if row.voice and voice else ""


def bar(share: float | None, blocks: bool) -> str:
    """Return a probability as a bar and in per cent; nothing for None."""
    if share is None:
        return ""
    full, empty = "█░" if blocks else "#."
    bars = round(BAR * share)
    return f"{full * bars}{empty * (BAR - bars)} {share:4.0%}"


def note(row: Prediction) -> str:
    """Return why there is no answer, why it is unsure, and what was wrong with the sound."""
    if row.error is not None:
        return f"error: {row.error.removeprefix(row.file + ': ')}"
    unsure = f"unsure: {row.reason}" if row.label and row.unsure else row.reason
    return "; ".join(filter(None, (unsure, *row.warnings)))
