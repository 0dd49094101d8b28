"""A network that learns from another one's answers: what it is told, and of whom it hears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import softmax

from affectone.corpora import Split
from affectone.errors import ConfigError, LeakError
from affectone.labels import EIGHT
from affectone.training import deep
from affectone.training.config import TrainConfig, read_config
from affectone.training.deep import DeepSession
from affectone.training.kinds import check_model, open_session
from affectone.training.quiet import quiet
from affectone.training.targets import Targets, make_targets

SMALL = {"epochs": 2, "batch_size": 8, "features": {"bands": 32}}
TAUGHT = {"config": SMALL | {"model": "cnn1d"}, "share": 0.75, "temperature": 3.0}
TRAIN, VALIDATION, TEST = np.arange(8), np.arange(8, 12), np.arange(12, 16)


@pytest.fixture
def session(make_clips: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., DeepSession]:
    """Return a maker of sessions over made-up frames; a path is the row that its frames are in."""
    world = make_clips(speakers=4)

    def frames(paths: Sequence[str], *_: object) -> list[Any]:
        return [world.clips[int(path)] for path in paths]

    def make(emotions: dict[int, str] | None = None, **settings: Any) -> DeepSession:
        table = world.manifest.assign(path=[str(row) for row in range(len(world.clips))], corpus="savee")
        for row, emotion in (emotions or {}).items():
            table.loc[row, "emotion"] = emotion
        config = TrainConfig.model_validate(SMALL | {"model": "cnn1d", "teacher": TAUGHT} | settings)
        made = open_session(config, table, cache=Path("unused"), jobs=1)
        assert isinstance(made, DeepSession)
        return made

    monkeypatch.setattr(deep, "cached_frames", frames)
    return make


def weights(made: DeepSession, folder: Path, split: Split) -> dict[str, torch.Tensor]:
    with quiet():
        return made.learn(split, folder, 0).state_dict()


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Targets]:
    """Return the targets that networks were trained on, the teacher's first."""
    heard: list[Targets] = []
    fit = deep.fit_network

    def listen(config: TrainConfig, clips: Any, targets: Targets, **how: Any) -> Any:
        heard.append(targets)
        return fit(config, clips, targets, **how)

    monkeypatch.setattr(deep, "fit_network", listen)
    return heard


def test_the_training_rows_are_told_what_the_teacher_says_and_no_others(
    session: Callable[..., DeepSession], told: list[Targets], tmp_path: Path
) -> None:
    made = session()
    split = Split(TRAIN, VALIDATION, TEST)
    weights(made, tmp_path, split)
    of_teacher, of_student = told
    assert not of_teacher.taught.any()
    assert not of_student.taught[8:].any()

    alone = session(teacher=None, **TAUGHT["config"])  # type: ignore[arg-type]
    with quiet():
        logits = alone.predict(alone.learn(split, tmp_path / "alone", 0), TRAIN).emotion
    expected = softmax(np.where(made.targets.allowed[TRAIN], logits, -np.inf) / 3.0, axis=1)
    np.testing.assert_allclose(of_student.taught[TRAIN], expected, atol=1e-6)


def test_it_learns_something_else_than_without(session: Callable[..., DeepSession], tmp_path: Path) -> None:
    split = Split(TRAIN, VALIDATION, TEST)
    taught = weights(session(), tmp_path / "taught", split)
    assert not equal(taught, weights(session(teacher=None), tmp_path / "plain", split))


def test_neither_hears_who_is_tested(session: Callable[..., DeepSession], tmp_path: Path) -> None:
    split = Split(TRAIN, VALIDATION, TEST)
    spoilt = session({12: "angry", 13: "angry", 14: "angry", 15: "sad"})
    found = [weights(made, tmp_path / str(place), split) for place, made in enumerate((session(), spoilt))]
    assert equal(*found)


def test_a_teacher_may_not_share_speakers_with_the_test(
    session: Callable[..., DeepSession], tmp_path: Path
) -> None:
    with pytest.raises(LeakError):
        session().fit(Split(np.arange(10), VALIDATION[2:], TEST), tmp_path, seed=0)


def test_a_resumed_training_asks_the_same_teacher(
    session: Callable[..., DeepSession], tmp_path: Path
) -> None:
    split = Split(TRAIN, VALIDATION, TEST)
    whole = weights(session(), tmp_path / "whole", split)
    with quiet():  # Ended after the teacher was trained.
        session(teacher=None, **TAUGHT["config"]).learn(split, tmp_path / "cut" / "teacher", 0)  # type: ignore[arg-type]
    assert equal(whole, weights(session(), tmp_path / "cut", split))


def test_its_labels_and_seed_are_those_of_the_run(session: Callable[..., DeepSession]) -> None:
    made = session(labels=("sad", "happy", "angry", "neutral"))
    assert made._teacher is not None
    assert made._teacher.config.labels == made.config.labels
    assert made._teacher.targets.emotion.tolist() == made.targets.emotion.tolist()


def test_a_target_is_a_share_of_each(make_clips: Callable[..., Any]) -> None:
    manifest = make_clips(speakers=1).manifest.assign(
        votes=['{"happy": 0.75, "sad": 0.25}', None, None, None]
    )
    targets = make_targets(manifest, EIGHT, {"made": ("neutral", "happy", "sad", "angry")})
    targets.taught[:2, [0, 2]] = (0.25, 0.75)  # neutral and happy
    found = targets.distribution(0.5, 0.4)
    place = {name: EIGHT.index(name) for name in ("neutral", "happy", "sad", "angry")}
    first = {"neutral": 0.6 * 0.5 + 0.4 * 0.25, "happy": 0.6 * 0.375 + 0.4 * 0.75, "sad": 0.6 * 0.125}
    for name, share in first.items():
        assert found[0, place[name]] == pytest.approx(share)
    assert found[1, place["happy"]] == pytest.approx(0.6 + 0.4 * 0.75)
    assert found[2].tolist() == np.eye(8)[place["sad"]].tolist()
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-6)
    assert targets.distribution(0.5).tolist() == targets.distribution(0.5, 0.0).tolist()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"config": {"epoch": 3}},
            "unknown setting 'teacher.config.epoch'; did you mean 'teacher.config.epochs'",
        ),
        ({"config": {}, "shares": 0.5}, "unknown setting 'teacher.shares'; did you mean 'teacher.share'"),
        ({"config": {}, "share": 0}, "teacher.share: Input should be greater than 0"),
        ({"config": {}, "temperature": 0}, "teacher.temperature: Input should be greater than 0"),
        ({"share": 0.5}, "teacher.config: Field required"),
        ({"config": {"teacher": {"config": {}}}}, "a teacher has no teacher of its own"),
    ],
)
def test_settings_that_are_no_good(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_config(None, teacher=given)
    assert words in str(refusal.value)


def test_a_teacher_that_cannot_be_made_is_told_at_once() -> None:
    config = read_config(None, teacher={"config": {"model": "cnn1d", "network": {"depht": 3}}})
    with pytest.raises(ConfigError, match=r"unknown setting 'network\.depht'"):
        check_model(config)


def test_without_one_the_digest_is_what_it_was() -> None:
    plain = read_config(None)
    assert isinstance(plain, TrainConfig)
    assert "teacher" not in plain.model_dump(exclude={"teacher"})
    taught = read_config(None, teacher={"config": {}})
    other = read_config(None, teacher={"config": {}, "share": 0.6})
    assert len({plain.digest, taught.digest, other.digest}) == 3
