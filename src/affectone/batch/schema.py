"""What the tables of an archive hold: their columns and types, under one number that changes with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from affectone.recognition.rows import columns

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SCHEMA", "carried_names", "failures_schema", "features_schema", "files_schema", "rows_schema"]

SCHEMA = 1
"""Raised whenever a column changes its name, type or meaning."""

FILES = ("file", "channels", "duration_seconds", "speech_seconds", "rows", "warnings")
FAILURES = ("file", "model", "kind", "reason")
PLACE = ("file", "start", "end", "channel", "speaker")
"""First columns of a segment; a prediction has those without times and speaker."""
ELSEWHERE = ("file", "channel", "model", "error")
"""Fields of a prediction that stand before the others, in the folder's name, or in the table of failures."""

OURS = frozenset({*FILES, *FAILURES, *PLACE, "time", "where", *columns((), ())})
SCORES = ("score_", "voice_")
"""No column that is carried through has one of these names, or begins so."""

TEXTS = frozenset({"file", "speaker", "label", "reason", "warnings"})
COUNTS = frozenset({"channel", "channels", "rows"})
TRUTHS = frozenset({"unsure", "adapted"})


def carried_names(names: Iterable[str]) -> list[str]:
    """Return what the columns of an input are called beside ours: another name where it would be one of ours.

    Examples
    --------
    >>> carried_names(["queue", "label", "score_card"])
    ['queue', 'input_label', 'input_score_card']
    """
    return [
        f"input_{name}" if name.lower() in OURS or name.lower().startswith(SCORES) else name for name in names
    ]


def rows_schema(labels: Sequence[str], voices: Sequence[str], *, over_time: bool) -> pa.Schema:
    """Return the columns of predictions or, over time, of segments."""
    first = PLACE if over_time else ("file", "channel")
    return _schema([*first, *(name for name in columns(labels, voices) if name not in ELSEWHERE)])


def features_schema(names: Iterable[str], *, over_time: bool) -> pa.Schema:
    """Return the columns of features: one row a recording or, over time, one a frame."""
    import pyarrow as pa

    first = [("file", pa.string()), *([("time", pa.float64())] if over_time else [])]
    return pa.schema([*first, *((name, pa.float32()) for name in names)])


def files_schema() -> pa.Schema:
    """Return the columns of what is known of each recording that is done."""
    return _schema(FILES)


def failures_schema() -> pa.Schema:
    """Return the columns of the recordings that could not be done."""
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in FAILURES])


def _schema(names: Iterable[str]) -> pa.Schema:
    import pyarrow as pa

    kinds = ((TEXTS, pa.string()), (COUNTS, pa.int32()), (TRUTHS, pa.bool_()))
    return pa.schema(
        [(name, next((kind for some, kind in kinds if name in some), pa.float64())) for name in names]
    )
