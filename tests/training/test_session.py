"""A manifest made ready for training, and the threshold and command that a card tells."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from affectone.corpora import Split
from affectone.errors import ConfigError, CorpusError, LeakError, ModelError
from affectone.training import deep
from affectone.training.config import TrainConfig
from affectone.training.deep import DeepSession
from affectone.training.logits import Logits
from affectone.training.quiet import quiet
from affectone.training.release import _shown, unsure_threshold

SETTINGS = {"epochs": 2, "batch_size": 8, "features": {"bands": 32}}
EMPTY = np.array([], dtype=np.int64)


@pytest.fixture
def session(make_clips: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., DeepSession]:
    """Return a maker of sessions over made-up frames; a path is the row that its frames are in."""
    world = make_clips(speakers=4)

    def frames(paths: Sequence[str], *_: object) -> list[Any]:
        return [world.clips[int(path)] for path in paths]

    def make(changes: dict[str, list[Any]] | None = None, **settings: Any) -> DeepSession:
        table = world.manifest.assign(path=[str(row) for row in range(len(world.clips))], corpus="savee")
        for column, values in (changes or {}).items():
            table[column] = pd.Series(values)
        config = TrainConfig.model_validate(SETTINGS | settings)
        return DeepSession(config, table, cache=Path("unused"), jobs=1)

    monkeypatch.setattr(deep, "cached_frames", frames)
    return make


EMOTIONS = ["neutral", "happy", "sad", "angry"] * 4
CORPORA = ["savee"] * 8 + ["crema_d"] * 8


def test_a_corpus_allows_the_labels_it_has_in_the_models_order(session: Callable[..., DeepSession]) -> None:
    emotions = [*["sad", "happy"] * 4, *["angry", "disgust"] * 4]
    made = session({"emotion": emotions, "corpus": CORPORA})
    assert made.allowed == {"savee": ("happy", "sad"), "crema_d": ("angry", "disgust")}
    assert made.targets.allowed.sum(axis=1).tolist() == [2] * 16


def test_clips_of_other_emotions_are_left_out_with_their_frames(session: Callable[..., DeepSession]) -> None:
    made = session({"emotion": ["bored", "sad", "happy", "bored"] * 4})
    assert made.manifest["path"].tolist() == [str(row) for row in range(16) if row % 4 in (1, 2)]
    assert len(made.clips) == len(made.targets.emotion) == 8
    assert made.clips[0] is session().clips[1]


def test_classes_are_weighed_as_the_training_rows_have_them(session: Callable[..., DeepSession]) -> None:
    train = np.array([0, 1, 5, 9])  # Once neutral, three times happy.
    found = session().targets_of(train).weight
    np.testing.assert_allclose(found[train], [2, 2 / 3, 2 / 3, 2 / 3], rtol=1e-6)
    spoilt = session({"emotion": [EMOTIONS[row] if row in train else "angry" for row in range(16)]})
    assert spoilt.targets_of(train).weight.tolist() == found.tolist()
    assert spoilt.targets.weight.tolist() != session().targets.weight.tolist()


def test_no_clip_left_is_refused(session: Callable[..., DeepSession]) -> None:
    with pytest.raises(CorpusError) as refusal:
        session(labels=("calm", "disgust"))
    assert str(refusal.value) == "no clip has one of the labels calm, disgust"


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"model": "resnet_900"}, ModelError, "unknown model 'resnet_900'"),
        ({"network": {"depht": 3}}, ConfigError, "unknown setting 'network.depht'"),
    ],
)
def test_a_network_that_cannot_be_built_is_told_before_frames_are_computed(
    session: Callable[..., DeepSession],
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    monkeypatch.setattr(deep, "cached_frames", lambda *_: pytest.fail("frames were computed"))
    with pytest.raises(error, match=words):
        session(**settings)


def test_answers_that_a_corpus_lacks_are_impossible(session: Callable[..., DeepSession]) -> None:
    made = session({"corpus": CORPORA, "emotion": [*["happy", "sad"] * 4, *["neutral", "angry"] * 4]})
    masked = made.masked(np.zeros((2, 8), np.float32), np.array([15, 0]))
    names = [[made.labels[index] for index in np.flatnonzero(row == 0)] for row in masked]
    assert names == [["neutral", "angry"], ["happy", "sad"]]
    assert masked.min() < -1000


def split(train: slice, validation: slice) -> Split:
    rows = np.arange(16)
    return Split(rows[train], rows[validation], EMPTY)


@pytest.mark.train
def test_one_recording_on_two_sides_is_refused(session: Callable[..., DeepSession], tmp_path: Path) -> None:
    made = session()
    made.clips[9] = dataclasses.replace(made.clips[9], content_hash=made.clips[2].content_hash)
    split = Split(np.arange(8), EMPTY, np.arange(8, 16))
    one, other = made.manifest["id"][[2, 9]]
    with pytest.raises(LeakError, match=f"equal audio in both training and test: {one} and {other}"):
        made.fit(split, tmp_path, seed=0)


def test_a_model_to_keep_is_not_calibrated_on_a_recording_it_learned(
    session: Callable[..., DeepSession], tmp_path: Path
) -> None:
    made = session()
    made.clips[9] = dataclasses.replace(made.clips[9], content_hash=made.clips[2].content_hash)
    with pytest.raises(LeakError, match="equal audio in both training and validation: "):
        made.fit(Split(np.arange(8), np.arange(8, 16), EMPTY), tmp_path, seed=0)


@pytest.mark.parametrize("column", ["content_hash", "recording"])
def test_what_a_scan_heard_is_guarded_though_the_files_differ(
    session: Callable[..., DeepSession], tmp_path: Path, column: str
) -> None:
    sounds = [f"sound {number}" for number in range(16)]
    sounds[9] = sounds[2]
    made = session({column: sounds})
    with pytest.raises(LeakError, match="in both training and test: made/0_sad_0 and made/2_happy_0"):
        made.fit(Split(np.arange(8), EMPTY, np.arange(8, 16)), tmp_path, seed=0)


def test_bytes_stand_for_the_sound_of_clips_that_nobody_heard(session: Callable[..., DeepSession]) -> None:
    made = session({"content_hash": ["sound", *[None] * 15]})
    assert made.heard["content_hash"].tolist() == [
        "sound",
        *(f"bytes {clip.content_hash}" for clip in made.clips[1:]),
    ]


def test_clips_of_other_labels_are_known_to_be_left_out(session: Callable[..., DeepSession]) -> None:
    made = session({"emotion": ["bored", "sad", "happy", "bored"] * 4})
    assert made.left_out["emotion"].tolist() == ["bored"] * 8


def test_a_split_that_may_leak_is_fitted(
    session: Callable[..., DeepSession], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = session()
    fitted = object()
    monkeypatch.setattr(deep, "fit_network", lambda *_, **__: fitted)
    shared = Split(np.arange(0, 16, 2), EMPTY, np.arange(1, 16, 2))
    with pytest.raises(LeakError, match="speakers in both training and test"):
        made.fit(shared, tmp_path, seed=0)
    assert made.fit(shared, tmp_path, seed=0, may_leak=True).model is fitted


def test_validation_speakers_fit_the_temperatures(
    session: Callable[..., DeepSession], tmp_path: Path
) -> None:
    with quiet():
        fitted = session().fit(split(slice(8), slice(8, 16)), tmp_path, seed=0)
    assert fitted.validation is not None
    assert fitted.validation.emotion.shape == (8, 8)
    assert fitted.temperature is not None
    assert fitted.voice_temperature is not None
    assert fitted.temperature > 0
    assert fitted.voice_temperature > 0


@pytest.mark.train
def test_without_them_there_is_no_temperature(session: Callable[..., DeepSession], tmp_path: Path) -> None:
    with quiet():
        fitted = session().fit(split(slice(16), slice(0)), tmp_path, seed=0)
    assert (fitted.temperature, fitted.voice_temperature, fitted.validation) == (None, None, None)


@pytest.mark.train
def test_voices_that_nobody_knows_leave_their_logits_as_they_are(
    session: Callable[..., DeepSession], tmp_path: Path
) -> None:
    with quiet():
        fitted = session({"sex": [None] * 16}).fit(split(slice(8), slice(8, 16)), tmp_path, seed=0)
    assert fitted.voice_temperature == 1.0


def test_the_temperature_is_fitted_over_the_labels_that_a_corpus_has(
    session: Callable[..., DeepSession], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # A label that the corpus lacks shouts: it must not make the answers look unsure.
    made = session()
    target = made.targets.emotion
    sure = np.zeros((16, 8), np.float32)
    sure[np.arange(16), target] = 2.0
    loud = sure + 50.0 * ~made.targets.allowed
    found = []
    for logits in (sure, loud.astype(np.float32)):
        monkeypatch.setattr(deep, "fit_network", lambda *_, **__: None)
        monkeypatch.setattr(
            deep,
            "predict_logits",
            lambda _, clips, given=logits: Logits(given[: len(clips)], np.zeros((len(clips), 2), np.float32)),
        )
        rows = np.arange(16)
        found.append(made.fit(Split(EMPTY, rows, EMPTY), tmp_path, seed=0).temperature)
    assert found[0] == pytest.approx(found[1])


@pytest.mark.parametrize(
    ("corpora", "allowed"), [(["crema_d"] * 16, True), (CORPORA, False), (["savee"] * 16, False)]
)
def test_one_corpus_that_forbids_commerce_forbids_it(
    session: Callable[..., DeepSession], corpora: list[str], allowed: bool
) -> None:
    assert session({"corpus": corpora}).licences_allow_commerce is allowed


@pytest.mark.parametrize(
    ("confidence", "right", "threshold"),
    [
        # Of the two under 0.4 both were wrong, of the three under 0.5 two, of the four under 0.6 two.
        ([0.3, 0.4, 0.5, 0.6, 0.9], [False, False, True, True, True], 0.5),
        ([0.9, 0.6, 0.5, 0.4, 0.3], [True, True, True, False, False], 0.5),
        ([0.3, 0.4, 0.5], [True, True, True], 0.0),
        ([0.3, 0.4, 0.5], [False, False, False], 0.5),
    ],
)
def test_the_threshold_of_being_unsure(confidence: list[float], right: list[bool], threshold: float) -> None:
    assert unsure_threshold(np.array(confidence), np.array(right)) == threshold


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ("ravdess=/data/me/secret", "ravdess=PATH"),
        ("ravdess=../odd=name", "ravdess=PATH"),
        ("--corpus=crema_d=data/crema", "--corpus=crema_d=PATH"),
        ("--output=/data/me/run", "--output=PATH"),
        ("/data/me/run.toml", "PATH"),
        ("runs/edge", "runs/edge"),
        ("--epochs=3", "--epochs=3"),
        ("--protocol", "--protocol"),
    ],
)
def test_a_card_does_not_tell_where_things_lie(argument: str, shown: str) -> None:
    assert _shown(argument) == shown
