"""A model beside its listeners: by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

from affectone.corpora import Fold, Protocol
from affectone.evaluation import summarise
from affectone.evaluation.listeners import jensen_shannon, listener_results

PROTOCOL = Protocol("made:two2", "by hand", ("made",), (Fold(("made/a",)), Fold(("made/b",))))
# emotion, predicted, votes, how many listened, scores of happy and of sad
ROWS: list[tuple[str, str, dict[str, float] | None, float, float]] = [
    ("happy", "happy", {"happy": 0.9, "sad": 0.1}, 10, 0.9),
    ("happy", "sad", {"happy": 0.3, "sad": 0.7}, 10, 0.3),
    ("sad", "sad", {"sad": 1.0}, 10, 0.2),
    ("sad", "sad", {"happy": 0.5, "sad": 0.5}, 10, 0.4),
    ("sad", "happy", {"happy": 0.2, "sad": 0.25, "bored": 0.55}, 20, 0.6),
    ("happy", "happy", None, float("nan"), 1.0),
]


def table_of(**changes: object) -> pd.DataFrame:
    columns = {
        "id": [f"made/{number}" for number in range(len(ROWS))],
        "corpus": "made",
        "speaker": ["a", "b"] * 3,
        "sex": ["female", "male"] * 3,
        "age": 30.0,
        "emotion": [row[0] for row in ROWS],
        "predicted": [row[1] for row in ROWS],
        "votes": [json.dumps(row[2]) if row[2] else None for row in ROWS],
        "raters": [row[3] for row in ROWS],
        "agreement": [max(row[2].values()) if row[2] else None for row in ROWS],
        "confidence": 0.9,
        "predicted_voice": "female",
        "temperature": 1.5,
        "score_happy": [row[4] for row in ROWS],
        "score_sad": [1 - row[4] for row in ROWS],
        "seed": 0,
        "fold": [1, 2] * 3,
    }
    return pd.DataFrame(columns | changes)


def found(table: pd.DataFrame | None = None) -> dict[str, Any]:
    return listener_results(table_of() if table is None else table)["made"]


def test_people_by_hand() -> None:
    # Votes for the label meant: 9 + 3 + 10 + 5 of 40, and 5 of 20.
    assert found()["people"] == {
        "clips": 5,
        "ratings": 60,
        "per_rating": round(100 * 32 / 60, 2),
        "per_rating_uar": round(100 * (12 / 20 + 20 / 40) / 2, 2),
        "plurality": round(100 * 2.5 / 5, 2),
    }


def test_a_model_against_what_was_heard() -> None:
    # A tie and a label that no clip was meant to have are left out: happy, sad, sad remain; all are right.
    score = found()["perceived"]
    assert (score["clips"], score["wa_pooled"], score["uar_pooled"]) == (3, 100.0, 100.0)
    assert score["labels"] == ("happy", "sad")
    against_meant = summarise(table_of(), PROTOCOL)["scores"][0]
    assert (against_meant["clips"], against_meant["wa_pooled"]) == (6, 66.67)


def test_bands_of_agreement_are_half_open() -> None:
    bands = {band.pop("agreement"): band for band in found()["by_agreement"]}
    empty = {"clips": 0, "wa_intended": None, "clips_perceived": 0, "wa_perceived": None}
    assert bands == {
        "under 0.4": empty,
        "0.4 to 0.6": {"clips": 2, "wa_intended": 50.0, "clips_perceived": 0, "wa_perceived": None},
        "0.6 to 0.8": {"clips": 1, "wa_intended": 0.0, "clips_perceived": 1, "wa_perceived": 100.0},
        "0.8 and over": {"clips": 2, "wa_intended": 100.0, "clips_perceived": 2, "wa_perceived": 100.0},
    }
    edge = found(table_of(agreement=[0.8, 0.6, 0.4, 0.39, 0.79, None]))["by_agreement"]
    assert [band["clips"] for band in edge] == [1, 1, 2, 1]


def test_probabilities_against_the_votes_by_hand() -> None:
    distributions = found()["distributions"]
    assert distributions["clips"] == 5
    assert distributions["mean_score_of_perceived"] == round((0.9 + 0.7 + 0.8) / 3, 4)
    shares = np.array([[0.9, 0.1], [0.3, 0.7], [0.0, 1.0], [0.5, 0.5], [0.2 / 0.45, 0.25 / 0.45]])
    scores = np.array([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [0.4, 0.6], [0.6, 0.4]])
    expected = np.mean([jensenshannon(a, b, base=2) ** 2 for a, b in zip(shares, scores, strict=True)])
    assert distributions["jensen_shannon"] == pytest.approx(expected, abs=5e-5)


def test_clips_without_probabilities_are_not_compared_with_votes() -> None:
    silent = [0.9, 0.3, 0.2, 0.4, 0.0, 1.0]
    distributions = found(table_of(score_happy=silent, score_sad=[0.1, 0.7, 0.8, 0.6, 0.0, 0.0]))[
        "distributions"
    ]
    assert distributions["clips"] == 4
    assert distributions["jensen_shannon"] < 0.2


def test_a_label_without_a_column_has_no_probability() -> None:
    table = table_of(score_happy=1.0).drop(columns="score_sad")
    assert found(table)["distributions"]["mean_score_of_perceived"] == pytest.approx(1 / 3, abs=1e-4)


def test_predictions_without_probabilities_say_nothing_of_distributions() -> None:
    table = table_of().drop(columns=["score_happy", "score_sad"])
    assert found(table)["distributions"] is None
    assert found(table)["perceived"] == found()["perceived"]


def test_seeds_count_no_clips() -> None:
    both = pd.concat([table_of(), table_of(seed=1)], ignore_index=True)
    assert found(both)["people"] == found()["people"]
    assert found(both)["by_agreement"] == found()["by_agreement"]
    assert found(both)["distributions"] == found()["distributions"]
    assert found(both)["perceived"]["clips"] == 3


def test_a_corpus_nobody_voted_on_has_no_listeners() -> None:
    silent = table_of(corpus="silent", votes=None, raters=None, agreement=None)
    both = pd.concat([table_of().astype({"votes": "str"}), silent.astype({"votes": "str"})])
    assert set(listener_results(both)) == {"made"}
    assert listener_results(silent) == {}


def test_a_table_made_before_votes_were_kept_has_no_listeners() -> None:
    old = table_of().drop(columns=["votes", "raters", "agreement", "score_happy", "score_sad"])
    assert summarise(old, PROTOCOL)["listeners"] == {}


def test_where_listeners_only_disagree_nothing_is_perceived() -> None:
    torn = json.dumps({"happy": 0.5, "sad": 0.5})
    results = found(table_of(votes=torn, raters=4.0, agreement=0.5))
    assert results["perceived"] is None
    assert results["distributions"]["mean_score_of_perceived"] is None
    assert results["people"]["plurality"] == 50.0


def test_a_summary_with_listeners_can_be_written_as_json() -> None:
    result = summarise(table_of(), PROTOCOL)
    assert json.loads(json.dumps(result, allow_nan=False))["listeners"]["made"]["people"]["clips"] == 5


WEIGHTS = arrays(np.float64, (3, 4), elements=st.floats(0, 1)).filter(
    lambda rows: (rows.sum(axis=1) > 0.1).all()
)


@given(one=WEIGHTS, other=WEIGHTS)
def test_the_divergence_is_scipys(one: np.ndarray, other: np.ndarray) -> None:
    # By its parts: jensenshannon takes the root, and rounding puts some equal distributions below zero.
    middle = (one / one.sum(axis=1, keepdims=True) + other / other.sum(axis=1, keepdims=True)) / 2
    expected = (entropy(one, middle, base=2, axis=1) + entropy(other, middle, base=2, axis=1)) / 2
    np.testing.assert_allclose(jensen_shannon(one, other), expected, atol=1e-9)
    np.testing.assert_allclose(jensen_shannon(one, other), jensen_shannon(other, one), atol=1e-12)


def test_the_divergence_goes_from_equal_to_apart() -> None:
    one = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert jensen_shannon(one, np.array([[1.0, 0.0], [0.0, 1.0]])).tolist() == [0.0, 1.0]
