"""Small archives as a batch writes them, whose right answers can be worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LABELS = ("neutral", "happy", "sad", "angry")


def segment(
    file: str,
    start: float,
    speech: float,
    label: str | None,
    *,
    who: str | None = "customer",
    channel: int | None = 1,
    labels: Sequence[str] = LABELS,
    score: float = 1.0,
    **others: Any,
) -> dict[str, Any]:
    """Return a row: the label has `score`, and the others share the rest evenly."""
    rest = (1 - score) / (len(labels) - 1)
    scores = {f"score_{one}": None if label is None else rest for one in labels}
    if label is not None:
        scores[f"score_{label}"] = score
    row = {
        "file": file,
        "start": start,
        "end": start + speech,
        "channel": channel,
        "speaker": who,
        "label": label,
        "confidence": None if label is None else score,
        "unsure": label is None,
        "speech_seconds": speech if label else 0.0,
        "duration_seconds": speech,
        "adapted": False,
        "warnings": "",
    }
    return row | scores | others


def recording(file: str, duration: float = 100.0, channels: int = 2, **carried: Any) -> dict[str, Any]:
    """Return the row of a recording that is done."""
    known = {"channels": channels, "duration_seconds": duration, "speech_seconds": 0.0, "rows": 1}
    return {"file": file, "warnings": "", **known, **carried}


def write_archive(
    folder: Path,
    files: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    *,
    columns: Mapping[str, str] | None = None,
    labels: Sequence[str] = LABELS,
    model: str = "base@1",
    parts: int = 1,
    task: str = "timeline",
    failures: Sequence[Mapping[str, Any]] = (),
    schema: int = 1,
) -> Path:
    """Write what `affectone batch` writes; recordings go to the parts in turn."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from affectone.batch.schema import failures_schema, files_schema, rows_schema

    columns = dict(columns or {})
    kinds = {
        "string": pa.string(),
        "timestamp[us]": pa.timestamp("us"),
        "timestamp[us, tz=Europe/Berlin]": pa.timestamp("us", tz="Europe/Berlin"),
        "timestamp[us, tz=+02:00]": pa.timestamp("us", tz="+02:00"),
        "date32[day]": pa.date32(),
        "int64": pa.int64(),
        "double": pa.float64(),
    }
    carried = [pa.field(name, kinds[kind]) for name, kind in columns.items()]

    def write(name: str, table: pa.Schema, some: Sequence[Mapping[str, Any]]) -> None:
        whole = pa.schema([*table, *carried])
        # Not from rows of dicts: two columns may differ in capitals alone.
        values = [pa.array([row.get(one.name) for row in some], one.type) for one in whole]
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_arrays(values, schema=whole), path)

    folder.mkdir(parents=True, exist_ok=True)
    told = {"schema": schema, "affectone": "0", "task": task, "settings": {}, "columns": columns}
    (folder / "batch.json").write_text(json.dumps(told), encoding="utf-8")
    given = {row["file"]: {name: row.get(name) for name in columns} for row in files}
    over_time = task == "timeline"
    kind = "segments" if over_time else "predictions"
    for part in range(parts if files else 0):
        mine = files[part::parts]
        names = {row["file"] for row in mine}
        said = [{**row, **given[row["file"]]} for row in rows if row["file"] in names]
        place = f"model={model}/part-{part:05d}.parquet"
        write(f"{kind}/{place}", rows_schema(labels, ("female", "male"), over_time=over_time), said)
        write(f"files/{place}", files_schema(), mine)
    if failures:
        write("failures.parquet", failures_schema(), failures)
    return folder
