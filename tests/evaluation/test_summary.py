"""What a result file says, beyond the scores: by hand."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from affectone.corpora import Fold, Protocol
from affectone.evaluation import summarise
from affectone.evaluation.predictions import joined_cells

PROTOCOL = Protocol("made:two2", "by hand", ("made",), (Fold(("made/a",)), Fold(("made/b",))))
AGES = (20.0, 29.0, 30.0, 44.0, 45.0, 59.0, 60.0, 90.0)


def table_of(**changes: object) -> pd.DataFrame:
    """Return eight clips of two speakers: the first speaker's are right, the second's are wrong."""
    columns = {
        "id": [f"made/{number}" for number in range(8)],
        "corpus": "made",
        "speaker": ["a", "b"] * 4,
        "sex": ["female", "male"] * 4,
        "age": AGES,
        "emotion": ["happy", "happy", "sad", "sad"] * 2,
        "predicted": ["happy", "sad", "sad", "happy"] * 2,
        "confidence": [0.9, 0.7] * 4,
        "predicted_voice": "female",
        "temperature": 1.5,
        "seed": 0,
        "fold": [1, 2] * 4,
    }
    return pd.DataFrame(columns | changes)


def test_what_was_run() -> None:
    found = summarise(table_of(), PROTOCOL)
    assert (found["protocol"], found["protocol_source"]) == ("made:two2", "by hand")
    assert found["protocol_sha256"] == PROTOCOL.digest
    assert (found["training_corpora"], found["seeds"]) == (["made"], [0])


@pytest.mark.parametrize(
    ("name", "independent"),
    [("made:loso4", True), ("made:emobox-shared", False), ("made:random", False), ("shared:loso4", True)],
)
def test_shared_speakers_are_told(name: str, independent: bool) -> None:
    protocol = Protocol(name, "by hand", ("made",), PROTOCOL.folds)
    assert summarise(table_of(), protocol)["speaker_independent"] is independent


def test_slices_by_sex() -> None:
    assert summarise(table_of(), PROTOCOL)["slices"]["made"]["sex"] == {"female": 100.0, "male": 0.0}


def test_slices_by_age_have_half_open_bands() -> None:
    found = summarise(table_of(), PROTOCOL)["slices"]["made"]["age_band"]
    # In each band the younger one is right and the older one is wrong.
    assert found == dict.fromkeys(["30-44", "45-59", "60 and over", "under 30"], 50.0)
    ages = table_of(predicted=table_of()["emotion"], age=[29.0] * 4 + [60.0] * 4)
    assert set(summarise(ages, PROTOCOL)["slices"]["made"]["age_band"]) == {"under 30", "60 and over"}
    edges = table_of(age=[30.0] * 4 + [45.0] * 4)
    assert set(summarise(edges, PROTOCOL)["slices"]["made"]["age_band"]) == {"30-44", "45-59"}


def test_unknown_ages_and_sexes_make_no_slice() -> None:
    found = summarise(table_of(age=[float("nan")] * 8, sex=[None] * 8), PROTOCOL)
    assert found["slices"]["made"] == {"sex": {}, "age_band": {}}


def test_slices_by_ethnicity_where_it_is_known() -> None:
    told = table_of(ethnicity=["asian", "hispanic", "asian", None] * 2)
    silent = table_of(corpus="other", ethnicity=None)
    found = summarise(pd.concat([told, silent], ignore_index=True), PROTOCOL)["slices"]
    assert found["made"]["ethnicity"] == {"asian": 100.0, "hispanic": 0.0}
    assert set(found["other"]) == {"sex", "age_band"}


def test_cells_of_an_earlier_release_have_no_slices_by_ethnicity() -> None:
    older, newer = table_of(), table_of(ethnicity="asian", seed=1)
    table = joined_cells([older, newer])
    assert len(table) == 16
    assert summarise(table, PROTOCOL)["slices"]["made"] == summarise(older, PROTOCOL)["slices"]["made"]


def test_the_calibration_by_hand() -> None:
    # Those at 0.9 were all right, those at 0.7 all wrong.
    found = summarise(table_of(), PROTOCOL)["calibration_error"]
    assert found == {"ece": pytest.approx((0.1 + 0.7) / 2), "accuracy": 0.5, "mean_confidence": 0.8}


def test_cells_that_were_not_calibrated_have_no_calibration() -> None:
    assert summarise(table_of(temperature=None), PROTOCOL)["calibration_error"] is None
    half = table_of(temperature=[1.5, None] * 4)
    assert summarise(half, PROTOCOL)["calibration_error"]["accuracy"] == 1.0


def test_corpora_are_scored_apart() -> None:
    both = pd.concat([table_of(), table_of(corpus="other", predicted="happy")], ignore_index=True)
    scores = {score["corpus"]: score["uar_pooled"] for score in summarise(both, PROTOCOL)["scores"]}
    assert scores == {"made": 50.0, "other": 50.0}
    assert set(summarise(both, PROTOCOL)["slices"]) == {"made", "other"}


def test_it_can_be_written_as_json() -> None:
    found = summarise(table_of(), PROTOCOL)
    assert json.loads(json.dumps(found, allow_nan=False))["scores"][0]["clips"] == 8


def test_what_a_confidence_is_worth() -> None:
    # Half of the clips have 0.9 and are right, half have 0.7 and are wrong.
    curve = {row["threshold"]: row for row in summarise(table_of(), PROTOCOL)["by_confidence"]}
    assert curve[0.7] == {"threshold": 0.7, "answered": 1.0, "right_above": 0.5, "right_below": None}
    assert curve[0.8] == {"threshold": 0.8, "answered": 0.5, "right_above": 1.0, "right_below": 0.0}
    assert curve[0.9] == curve[0.8] | {"threshold": 0.9}


def test_uncalibrated_confidences_have_no_curve() -> None:
    assert summarise(table_of(temperature=None), PROTOCOL)["by_confidence"] == []
