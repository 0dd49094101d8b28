"""A prediction is plain data: its fields, their order, and the way there and back."""

from __future__ import annotations

import json
import pickle
from dataclasses import FrozenInstanceError, fields

import pytest

from affectone.errors import ConfigError
from affectone.recognition import Prediction

ANSWER = Prediction(
    file="a.wav",
    channel=1,
    label="sad",
    confidence=0.75,
    scores={"happy": 0.25, "sad": 0.75},
    unsure=False,
    voice={"female": 0.5, "male": 0.5},
    speech_seconds=1.5,
    duration_seconds=2.0,
    model="edge@0.1.0",
    adapted=False,
    warnings=("named .wav but holds AIFF",),
)
FIELDS = [
    *("file", "channel", "label", "confidence", "scores", "unsure", "reason", "voice", "intensity"),
    *("agreement", "speech_seconds", "duration_seconds", "model", "adapted", "warnings", "error"),
]


def test_the_fields_are_those_of_the_documentation_in_its_order() -> None:
    assert [field.name for field in fields(Prediction)] == FIELDS


def test_to_dict_keeps_the_order() -> None:
    assert list(ANSWER.to_dict()) == FIELDS


@pytest.mark.parametrize("prediction", [ANSWER, Prediction.failed("a.wav", "a.wav: is empty")])
def test_json_and_back_gives_the_same_prediction(prediction: Prediction) -> None:
    assert Prediction.from_dict(json.loads(json.dumps(prediction.to_dict(), allow_nan=False))) == prediction


def test_on_an_error_all_but_file_and_error_is_null() -> None:
    row = Prediction.failed("a.wav", "a.wav: is empty").to_dict()
    assert {name: value for name, value in row.items() if value is not None} == {
        "file": "a.wav",
        "error": "a.wav: is empty",
    }


def test_pickling_keeps_it_equal() -> None:
    assert pickle.loads(pickle.dumps(ANSWER)) == ANSWER  # noqa: S301 - our own bytes


def test_it_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        ANSWER.label = "happy"  # type: ignore[misc]


def test_to_dict_shares_nothing_with_the_prediction() -> None:
    ANSWER.to_dict()["scores"]["sad"] = 0.0
    assert ANSWER.scores["sad"] == 0.75


def test_an_unknown_field_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown field of a prediction 'lable'; did you mean 'label'"):
        Prediction.from_dict({"file": "a.wav", "lable": "sad"})


def test_a_row_without_a_file_is_refused() -> None:
    with pytest.raises(ConfigError, match="needs the field 'file'"):
        Prediction.from_dict({"label": "sad"})


def test_equal_predictions_have_equal_hashes() -> None:
    assert len({ANSWER, Prediction.from_dict(ANSWER.to_dict())}) == 1
