"""Answers in other labels than the model's: sums of its scores, over what has a place."""

from __future__ import annotations

import pickle
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.errors import ConfigError
from affectone.labels import COMMON, EIGHT, LabelSet, label_view
from affectone.recognition import Prediction, Recognizer
from affectone.recognition.view import ScoreView

FloatArray = npt.NDArray[np.float32]
RATE = 16000


@pytest.fixture(scope="module")
def clip(tiny: ModuleType) -> FloatArray:
    found: FloatArray = tiny.spoken_clip(2.0)
    return found


@pytest.fixture(scope="module")
def whole(recognizer: Recognizer, clip: FloatArray) -> Prediction:
    """Return the answer in the model's own labels."""
    return recognizer.predict(clip, sample_rate=RATE)


def seen(model: Path, view: str, sound: FloatArray) -> Prediction:
    return Recognizer(model, labels=view).predict(sound, sample_rate=RATE)


def test_a_restriction_divides_by_what_is_left(tiny_model: Path, clip: FloatArray, whole: Prediction) -> None:
    four = {label: whole.scores[label] for label in ("neutral", "happy", "sad", "angry")}
    expected = {label: score / sum(four.values()) for label, score in four.items()}
    scores = seen(tiny_model, "4", clip).scores
    assert list(scores) == list(four)
    assert scores == pytest.approx(expected, abs=1e-12)


def test_joined_labels_are_summed(tiny_model: Path, clip: FloatArray, whole: Prediction) -> None:
    joined = {
        "positive": whole.scores["happy"],
        "negative": sum(whole.scores[label] for label in ("sad", "angry", "fearful", "disgust")),
        "neutral": whole.scores["neutral"] + whole.scores["calm"],
    }
    expected = {label: score / (1 - whole.scores["surprised"]) for label, score in joined.items()}
    assert seen(tiny_model, "valence", clip).scores == pytest.approx(expected, abs=1e-12)


def test_label_and_confidence_are_of_the_new_scores(tiny_model: Path, clip: FloatArray) -> None:
    answer = seen(tiny_model, "sad,fearful", clip)
    assert answer.label == max(answer.scores, key=lambda label: answer.scores[label])
    assert answer.confidence == answer.scores[answer.label]


def test_what_is_no_score_stays_as_it_was(tiny_model: Path, clip: FloatArray, whole: Prediction) -> None:
    changed = {"label", "confidence", "scores", "unsure", "reason"}
    was, now = whole.to_dict(), seen(tiny_model, "4", clip).to_dict()
    assert {name: now[name] for name in now if name not in changed} == {
        name: was[name] for name in was if name not in changed
    }


@pytest.mark.parametrize(("share", "reason"), [(0.99, None), (1.01, "low confidence")])
def test_doubt_is_the_models_threshold_on_the_new_confidence(
    tiny: ModuleType, tmp_path: Path, clip: FloatArray, share: float, reason: str | None
) -> None:
    confidence = seen(tiny.write_model(tmp_path, "first"), "6", clip).confidence
    fitted = {"temperature": tiny.TEMPERATURE, "voice_temperature": tiny.VOICE_TEMPERATURE}
    fitted |= {"fitted_on": "nothing", "ece_before": 0.0, "ece_after": 0.0, "threshold": share * confidence}
    answer = seen(tiny.write_model(tmp_path, "second", calibration=fitted), "6", clip)
    assert (answer.reason, answer.unsure) == (reason, reason is not None)


def test_the_order_is_the_views_whatever_the_models(
    tiny: ModuleType, tmp_path: Path, tiny_model: Path, clip: FloatArray
) -> None:
    turned = tiny.write_model(tmp_path, "turned", list(tiny.ROWS)[::-1])
    one, other = (seen(model, "6", clip) for model in (tiny_model, turned))
    assert list(one.scores) == list(other.scores)
    assert one.scores == pytest.approx(dict(other.scores), abs=1e-9)


def test_the_labels_are_those_it_answers_with(tiny_model: Path) -> None:
    assert Recognizer(tiny_model, labels="valence").labels == label_view("valence").labels
    assert Recognizer(tiny_model, labels=label_view("4")).labels == label_view("4").labels
    assert Recognizer(tiny_model).labels == EIGHT


def test_silence_has_no_scores_in_any_view(tiny_model: Path) -> None:
    answer = seen(tiny_model, "4", np.zeros(RATE, np.float32))
    assert (answer.label, dict(answer.scores), answer.reason) == (None, {}, "no speech")


def test_many_recordings_are_answered_in_the_view(tiny_model: Path, clip: FloatArray) -> None:
    recognizer = Recognizer(tiny_model, labels="4")
    (answer,) = recognizer.predict_many([(clip, RATE)])
    assert answer == recognizer.predict(clip, sample_rate=RATE)


def test_a_recogniser_with_a_view_pickles(tiny_model: Path, clip: FloatArray) -> None:
    recognizer = Recognizer(tiny_model, labels="valence")
    copy = pickle.loads(pickle.dumps(recognizer))  # noqa: S301 - our own bytes
    assert copy.predict(clip, sample_rate=RATE) == recognizer.predict(clip, sample_rate=RATE)


@given(
    st.lists(st.floats(0, 1, allow_subnormal=False), min_size=10, max_size=10).filter(
        lambda row: sum(row) > 1e-3
    ),
    st.sampled_from(["4", "6", "7", "8", "valence", "bored,other"]),
)
def test_scores_sum_to_1_and_keep_their_ratios(row: list[float], name: str) -> None:
    view = label_view(name)
    given_scores = np.array(row) / sum(row)
    scores = ScoreView(view, COMMON, "model").scores(given_scores)
    assert scores.sum() == pytest.approx(1)
    sums = [
        sum(p for label, p in zip(COMMON, given_scores, strict=True) if view.of(label) == place)
        for place in view.labels
    ]
    assert scores * sum(sums) == pytest.approx(np.array(sums)) or sum(sums) == 0


def test_where_nothing_that_was_asked_for_is_probable_all_are_alike() -> None:
    view = ScoreView(label_view("happy,sad"), EIGHT, "model")
    assert view.scores(np.eye(8)[0]).tolist() == [0.5, 0.5]


def test_a_label_the_model_knows_nothing_of_is_named(tiny_model: Path) -> None:
    words = r"tiny@0\.0\.1 knows nothing that is bored, .* label view 'sad,bored' asks for; it knows"
    with pytest.raises(ConfigError, match=words):
        Recognizer(tiny_model, labels="sad,bored")


def test_one_of_the_labels_that_are_joined_is_enough() -> None:
    three = LabelSet(("sad", "happy", "calm"))
    scores = ScoreView(label_view("valence"), three, "model").scores(np.array([0.2, 0.3, 0.5]))
    assert scores.tolist() == [0.3, 0.2, 0.5]


@pytest.mark.parametrize("labels", ["5", 4, ["happy", "sad"]])
def test_what_is_no_view_is_refused(tiny_model: Path, labels: object) -> None:
    with pytest.raises(ConfigError, match="unknown label view"):
        Recognizer(tiny_model, labels=labels)  # type: ignore[arg-type]
