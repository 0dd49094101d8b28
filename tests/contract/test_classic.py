"""Over every classic model: it learns, its ONNX file agrees, and names, seeds and batches change nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("torch")

from affectone.errors import ConfigError
from affectone.labels import EIGHT, VOICES, LabelSet
from affectone.models.classic import CLASSIC, classic_settings
from affectone.models.nets import NETWORKS
from affectone.models.runner import FEATURES, OUTPUTS
from affectone.training.calibration import probabilities
from affectone.training.classic.export import export_classic
from affectone.training.classic.fit import FittedClassic, fit_classic
from affectone.training.targets import Targets

NAMES = [entry.name for entry in CLASSIC]
QUICK = {"gradient_boosting": {"rounds": 20}, "random_forest": {"trees": 30}}
"""Fewer trees than by default tell two emotions, too."""
TOLD_APART = ("happy", "sad")
CLIPS, LEARNED = 90, 60

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class World:
    """Clips of two emotions and two voices, on features of very different sizes."""

    features: Values
    emotions: list[str]
    voices: list[str]

    def targets(self, labels: LabelSet) -> Targets:
        emotion = np.array([labels.index(name) for name in self.emotions])
        voice = np.array([VOICES.index(name) for name in self.voices])
        size = (len(emotion), len(labels))
        everything = np.ones(size, np.bool_)
        return Targets(
            emotion,
            voice,
            everything,
            np.zeros(size, np.float32),
            np.ones(len(emotion), np.float32),
            np.full((len(emotion), 2), np.nan, np.float32),
            np.zeros(size, np.float32),
        )


@pytest.fixture(scope="module")
def world() -> World:
    rng = np.random.default_rng(5)
    emotions, voices = rng.integers(0, 2, CLIPS), rng.integers(0, 2, CLIPS)
    values = rng.normal(0, 1, (CLIPS, 12))
    values[:, :4] += 4.0 * emotions[:, None]
    values[:, 4:6] += 4.0 * voices[:, None]
    sizes = np.logspace(-4, 3, 12)
    return World(
        (values * sizes).astype(np.float32),
        [TOLD_APART[index] for index in emotions],
        [VOICES[index] for index in voices],
    )


def fitted(name: str, world: World, labels: LabelSet = EIGHT, seed: int = 0) -> FittedClassic:
    """Fit a model to the first sixty clips."""
    from threadpoolctl import threadpool_limits

    rows = np.arange(LEARNED)
    with threadpool_limits(1):
        settings = classic_settings(name, QUICK.get(name, {}))
        return fit_classic(
            settings, world.features[:LEARNED], world.targets(labels).take(rows), labels, seed=seed
        )


@pytest.fixture(scope="module", params=NAMES)
def model(request: pytest.FixtureRequest, world: World) -> tuple[str, FittedClassic]:
    return request.param, fitted(request.param, world)


def named(model: FittedClassic, features: Values, labels: LabelSet = EIGHT) -> list[str]:
    return [labels[index] for index in model.logits(features).emotion.argmax(axis=1)]


def run(file: Path, features: Values) -> list[Any]:
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return list(session.run(list(OUTPUTS), {FEATURES: features}))


def test_it_tells_the_emotion_and_the_voice_of_new_clips(
    model: tuple[str, FittedClassic], world: World
) -> None:
    new = world.features[LEARNED:]
    right = [one == other for one, other in zip(named(model[1], new), world.emotions[LEARNED:], strict=True)]
    assert np.mean(right) >= 0.9
    voices = [VOICES[index] for index in model[1].logits(new).voice.argmax(axis=1)]
    assert np.mean([one == other for one, other in zip(voices, world.voices[LEARNED:], strict=True)]) >= 0.9


def test_labels_that_no_clip_had_are_impossible(model: tuple[str, FittedClassic], world: World) -> None:
    shares = probabilities(model[1].logits(world.features).emotion, 1.0)
    absent = [index for index, name in enumerate(EIGHT) if name not in TOLD_APART]
    assert shares[:, absent].max() == 0
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_onnxruntime_answers_as_scikit_learn_does(
    model: tuple[str, FittedClassic], world: World, tmp_path: Path
) -> None:
    new = world.features[LEARNED:]
    exported = export_classic(model[1], tmp_path / "model.onnx", new)
    assert exported.parity["sklearn_to_onnx"] < 1e-4
    emotion, voice, embedding = run(tmp_path / "model.onnx", new)
    wanted = model[1].logits(new)
    # Also where answers are nearly certain, which would hide differences of logits.
    for temperature in (1.0, 20.0):
        for found, expected in ((emotion, wanted.emotion), (voice, wanted.voice)):
            np.testing.assert_allclose(
                probabilities(found, temperature), probabilities(expected, temperature), atol=1e-4
            )
    scale = model[1].scale.pooled
    np.testing.assert_allclose(embedding, (new - scale.mean) / scale.std, rtol=1e-4, atol=1e-5)


def test_a_clip_scores_the_same_alone_and_in_a_batch(
    model: tuple[str, FittedClassic], world: World, tmp_path: Path
) -> None:
    new = world.features[LEARNED:]
    together = model[1].logits(new).emotion
    alone = np.concatenate([model[1].logits(row[None]).emotion for row in new])
    np.testing.assert_allclose(alone, together, rtol=1e-5, atol=1e-5)
    export_classic(model[1], tmp_path / "model.onnx", new)
    in_batch = run(tmp_path / "model.onnx", new)[0]
    one_by_one = np.concatenate([run(tmp_path / "model.onnx", row[None])[0] for row in new[:5]])
    np.testing.assert_allclose(one_by_one, in_batch[:5], rtol=1e-5, atol=1e-5)


def test_another_order_of_labels_gives_the_same_names(model: tuple[str, FittedClassic], world: World) -> None:
    shuffled = LabelSet(tuple(reversed(EIGHT.names)))
    other = fitted(model[0], world, shuffled)
    new = world.features[LEARNED:]
    assert named(other, new, shuffled) == named(model[1], new)


def test_equal_seeds_give_equal_models(model: tuple[str, FittedClassic], world: World) -> None:
    again = fitted(model[0], world)
    np.testing.assert_array_equal(
        again.logits(world.features).emotion, model[1].logits(world.features).emotion
    )


@pytest.mark.parametrize("name", ["mlp", "random_forest"])
def test_another_seed_gives_another_model(name: str, world: World) -> None:
    one, other = (fitted(name, world, seed=seed).logits(world.features).emotion for seed in (0, 1))
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", NAMES)
def test_a_misspelt_setting_is_answered_with_the_right_one(name: str) -> None:
    setting = next(iter(CLASSIC.get(name).model_fields))
    with pytest.raises(ConfigError) as refusal:
        classic_settings(name, {setting + "_": 1})
    assert str(refusal.value).startswith(
        f"unknown setting of {name} 'classifier.{setting}_'; did you mean 'classifier.{setting}'? known: "
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_value_that_means_nothing_is_refused(name: str) -> None:
    setting = next(iter(CLASSIC.get(name).model_fields))
    with pytest.raises(ConfigError, match=rf"^classifier\.{setting}.*: .*got "):
        classic_settings(name, {setting: -1})


def test_clips_of_rare_emotions_weigh_more_where_they_can(world: World) -> None:
    # Ten clips against one, not told apart by anything: the weights alone decide.
    rng = np.random.default_rng(3)
    features = rng.normal(0, 1, (220, 3)).astype(np.float32)
    emotion = np.repeat([2, 3], [200, 20])
    size = (220, 8)
    for weight, mostly in ((np.ones(220), True), (np.repeat([0.55, 5.5], [200, 20]), False)):
        targets = Targets(
            emotion,
            np.full(220, -1),
            np.ones(size, np.bool_),
            np.zeros(size, np.float32),
            weight.astype("f4"),
            np.full((220, 2), np.nan, np.float32),
            np.zeros(size, np.float32),
        )
        model = fit_classic(classic_settings("logistic_regression", {}), features, targets, EIGHT, seed=0)
        share = np.mean(model.logits(features).emotion.argmax(axis=1) == 2)
        assert bool(share > 0.9) is mostly


def test_networks_and_classic_models_share_no_name() -> None:
    assert not {entry.name for entry in NETWORKS} & set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_how_to_has_each_model_with_its_settings(name: str, repo_root: Path) -> None:
    told = {
        setting: json.dumps(value) for setting, value in CLASSIC.get(name)().model_dump(mode="json").items()
    }
    settings = ", ".join(f"`{setting} = {value}`" for setting, value in told.items())
    lines = (repo_root / "docs" / "how-to" / "train.md").read_text("utf-8").splitlines()
    (row,) = [line for line in lines if line.startswith(f"| `{name}` |")]
    assert row.endswith(f"| {settings} |")
