"""`affectone predict --labels`: the same recordings, answered in other labels."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from affectone.labels import label_view
from affectone.models import store
from affectone.recognition import Prediction, Recognizer


@pytest.mark.parametrize("view", ["4", "6", "7", "8", "valence", "sad, happy"])
def test_the_answer_is_what_python_answers(affectone, clip: Path, view: str) -> None:
    result = affectone("predict", clip, "--labels", view, "--format", "json")
    (row,) = json.loads(result.stdout)
    expected = Recognizer(store.PACKAGED / "base", labels=view).predict(clip)
    assert (result.exit_code, result.stderr) == (0, "")
    assert Prediction.from_dict(row) == expected


def test_csv_has_one_column_per_label_of_the_view(affectone, clip: Path) -> None:
    result = affectone("predict", clip, "--labels", "valence", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(result.stdout))
    scores = [column for column in row if column.startswith("score_")]
    assert scores == [f"score_{label}" for label in label_view("valence").labels]
    assert sum(float(row[column]) for column in scores) == pytest.approx(1)


def test_the_table_shows_the_views_label(affectone, clip: Path) -> None:
    expected = Recognizer(store.PACKAGED / "base", labels="valence").predict(clip)
    line = affectone("predict", clip, "--labels", "valence").stdout.splitlines()[1]
    assert f" {expected.label} " in line
