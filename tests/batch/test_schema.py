"""The columns of the tables: their names, their types, and what is carried through beside them."""

from __future__ import annotations

import pytest

pytest.importorskip("pyarrow")

import pyarrow as pa

from affectone.batch.schema import (
    SCHEMA,
    carried_names,
    failures_schema,
    features_schema,
    files_schema,
    rows_schema,
)
from affectone.recognition.rows import columns

LABELS, VOICES = ("neutral", "angry"), ("female", "male")


def types_of(schema: pa.Schema) -> dict[str, str]:
    return {field.name: str(field.type) for field in schema}


def test_predictions() -> None:
    """Whoever changes this list raises `SCHEMA`."""
    assert SCHEMA == 1
    assert types_of(rows_schema(LABELS, VOICES, over_time=False)) == {
        "file": "string",
        "channel": "int32",
        "label": "string",
        "confidence": "double",
        "score_neutral": "double",
        "score_angry": "double",
        "unsure": "bool",
        "reason": "string",
        "voice_female": "double",
        "voice_male": "double",
        "intensity": "double",
        "agreement": "double",
        "speech_seconds": "double",
        "duration_seconds": "double",
        "adapted": "bool",
        "warnings": "string",
    }


def test_segments_are_predictions_with_times_and_speaker() -> None:
    segments = types_of(rows_schema(LABELS, VOICES, over_time=True))
    assert list(segments)[:5] == ["file", "start", "end", "channel", "speaker"]
    assert {name: segments[name] for name in ("start", "end", "speaker")} == {
        "start": "double",
        "end": "double",
        "speaker": "string",
    }
    predictions = types_of(rows_schema(LABELS, VOICES, over_time=False))
    assert {name: kind for name, kind in segments.items() if name in predictions} == predictions


def test_every_field_of_a_prediction_stands_somewhere() -> None:
    told = {*types_of(rows_schema(LABELS, VOICES, over_time=False)), "model", "error"}
    assert told == set(columns(LABELS, VOICES))


def test_features_are_single_numbers() -> None:
    assert types_of(features_schema(["rms"], over_time=False)) == {"file": "string", "rms": "float"}
    assert types_of(features_schema(["rms"], over_time=True)) == {
        "file": "string",
        "time": "double",
        "rms": "float",
    }


def test_what_is_known_of_each_recording() -> None:
    assert types_of(files_schema()) == {
        "file": "string",
        "channels": "int32",
        "duration_seconds": "double",
        "speech_seconds": "double",
        "rows": "int32",
        "warnings": "string",
    }
    assert types_of(failures_schema()) == dict.fromkeys(("file", "model", "kind", "reason"), "string")


def test_carried_columns_keep_their_names_where_these_are_free() -> None:
    assert carried_names(["queue", "Agent", "group", "row", "path", "url"]) == [
        *("queue", "Agent", "group", "row", "path", "url")
    ]


@pytest.mark.parametrize(
    "name",
    ["file", "model", "Label", "start", "speaker", "time", "kind", "where", "rows", "score_x", "VOICE_x"],
)
def test_a_carried_column_gives_way_to_ours(name: str) -> None:
    assert carried_names([name]) == [f"input_{name}"]


@pytest.mark.parametrize("over_time", [False, True])
def test_no_column_of_ours_can_be_carried(over_time: bool) -> None:
    names = rows_schema(LABELS, VOICES, over_time=over_time).names
    assert not set(carried_names(names)) & set(names)
