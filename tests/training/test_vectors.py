"""Networks on numbers of whole clips: standardised by training rows, resumed, exported, and answering."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import soundfile as sf
import torch

import affectone
from affectone.corpora import Split
from affectone.models.nets import NETWORKS, Network, VectorNetwork
from affectone.training import vectors
from affectone.training.calibration import probabilities
from affectone.training.classic.measured import MeasuredClips
from affectone.training.config import TrainConfig
from affectone.training.deep import DeepSession
from affectone.training.kinds import open_session
from affectone.training.module import EmotionModule, build_network
from affectone.training.quiet import quiet
from affectone.training.release import release_model
from affectone.training.vectors import VectorSession

pytestmark = pytest.mark.train

CLIPS, WIDTH = 48, 13
TRAIN, TEST = np.arange(36), np.arange(36, 48)
NOBODY = TEST[:0]
SPLIT = Split(TRAIN, NOBODY, TEST)
SETTINGS = {
    **{"model": "lstm", "features": "mfcc13", "epochs": 12, "batch_size": 12, "averaging": 0.5},
    **{"mixup_share": 0.0, "network": {"width": 32}, "learning_rate": 0.01},
}
Values = npt.NDArray[np.float32]
Make = Callable[..., VectorSession]


def numbers() -> Values:
    """Return clips whose emotions lift two numbers each, of very different size and spread."""
    values = np.random.default_rng(8).normal(0, 0.3, (CLIPS, WIDTH))
    for row in range(CLIPS):
        values[row, 3 * (row % 4) : 3 * (row % 4) + 2] += 2
    return (values * 10 ** np.linspace(-2, 2, WIDTH) - 300).astype(np.float32)


@pytest.fixture
def session(make_clips: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return a maker of sessions over made-up numbers."""
    world = make_clips(speakers=12)

    def make(values: Values | None = None, **settings: Any) -> VectorSession:
        rows = numbers() if values is None else values
        measured = MeasuredClips(rows, [f"{row:064x}" for row in range(CLIPS)])
        monkeypatch.setattr(vectors, "measured_clips", lambda *_, **__: measured)
        table = world.manifest.assign(path=[str(row) for row in range(CLIPS)], corpus="savee")
        config = TrainConfig.model_validate(SETTINGS | settings)
        return VectorSession(config, pd.DataFrame(table), cache=Path("unused"), jobs=1)

    return make


def fitted(made: VectorSession, folder: Path) -> Network:
    with quiet():
        return made.fit(SPLIT, folder, seed=0).model


def same(one: Network, other: Network) -> bool:
    theirs = other.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in one.state_dict().items())


def test_it_learns(session: Make, tmp_path: Path) -> None:
    made = session(epochs=40)
    model = fitted(made, tmp_path)
    answers = made.predict(model, TEST).emotion.argmax(axis=1)
    assert (answers == made.targets.emotion[TEST]).mean() > 0.8


def test_the_scale_is_that_of_training_rows_and_in_the_network(session: Make, tmp_path: Path) -> None:
    values = numbers()
    values[TEST] = 1e6
    model = fitted(session(values), tmp_path)
    assert isinstance(model, VectorNetwork)
    known = numbers()[TRAIN].astype(np.float64)
    np.testing.assert_allclose(model.mean, known.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(model.divisor, known.std(axis=0), rtol=1e-6)


def test_nothing_of_other_rows_changes_a_network(session: Make, tmp_path: Path) -> None:
    values = numbers()
    values[TEST] = 0
    one, other = fitted(session(), tmp_path / "one"), fitted(session(values), tmp_path / "other")
    assert same(one, other)


def test_a_network_sees_standardised_numbers_as_steps_of_one_band() -> None:
    seen: list[torch.Tensor] = []
    network = build_network(TrainConfig.model_validate(SETTINGS))
    network.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    whole = VectorNetwork(network.eval(), torch.arange(13.0), torch.full((13,), 2.0))
    whole(torch.arange(13.0)[None] + torch.tensor([[2.0], [-4.0]]))
    assert [tuple(part.shape) for part in seen] == [(2, 13, 1)]
    assert seen[0][:, :, 0].tolist() == [[1.0] * 13, [-2.0] * 13]


def test_alone_and_among_many_a_clip_has_the_same_scores(session: Make, tmp_path: Path) -> None:
    made = session(epochs=1)
    model = fitted(made, tmp_path)
    together = made.predict(model, np.arange(CLIPS)).emotion
    alone = np.concatenate([made.predict(model, np.array([row])).emotion for row in range(CLIPS)])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_more_clips_than_are_scored_at_once_keep_their_order(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = session(epochs=1)
    model = fitted(made, tmp_path)
    whole = made.predict(model, np.arange(CLIPS)).emotion
    monkeypatch.setattr("affectone.training.fit.MOST_SCORED", 5)
    np.testing.assert_allclose(made.predict(model, np.arange(CLIPS)).emotion, whole, atol=1e-5)


def test_an_interrupted_run_goes_on_to_the_same_weights(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = fitted(session(), tmp_path / "whole")
    ordinary = EmotionModule.training_step

    def cut(self: EmotionModule, *given: Any) -> Any:
        if self.current_epoch == 7:
            raise InterruptedError
        return ordinary(self, *given)

    with monkeypatch.context() as patch:
        patch.setattr(EmotionModule, "training_step", cut)
        with pytest.raises(InterruptedError):
            fitted(session(), tmp_path / "cut")
    assert same(fitted(session(), tmp_path / "cut"), undisturbed)


@pytest.mark.parametrize("model", [entry.name for entry in NETWORKS])
def test_every_network_reads_them_and_is_exported(session: Make, tmp_path: Path, model: str) -> None:
    made = session(model=model, network={}, epochs=1)
    exported = made.export(fitted(made, tmp_path), tmp_path / "model.onnx", TEST)
    assert exported.parity["torch_to_float32"] < 1e-3
    assert exported.parity["torch_to_int8"] < 0.02


@pytest.fixture(scope="module")
def recordings(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Return a manifest of ten people's recordings: the angry ones are higher."""
    folder = tmp_path_factory.mktemp("recordings")
    rng = np.random.default_rng(3)
    rows = []
    for number in range(40):
        speaker, angry = number // 4, number % 2
        pitch = (110, 200)[speaker % 2] * (1 + 0.4 * angry) + number
        sound = tiny.spoken_clip(0.7 + 0.01 * number, pitch=pitch, level=0.2 + 0.3 * angry)
        path = folder / f"{number}.wav"
        sf.write(path, sound + 0.02 * (1 + angry) * rng.standard_normal(sound.size), 16000)
        sex = ("male", "female")[speaker % 2]
        rows.append((f"own/{number}", str(path), "own", f"s{speaker}", sex, ("happy", "angry")[angry]))
    table = pd.DataFrame(rows, columns=["id", "path", "corpus", "speaker", "sex", "emotion"])
    return table.assign(votes=None, language="en")


def test_a_model_to_keep_answers_from_a_recording(
    recordings: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    settings = SETTINGS | {"labels": ["happy", "angry"], "epochs": 60, "validation_share": 0.2}
    with quiet():
        made = open_session(TrainConfig.model_validate(settings), recordings, cache=folder / "cache", jobs=1)
        assert isinstance(made, VectorSession)
        card = release_model(
            made,
            name="mfcc",
            version="1.0",
            summary="",
            arguments=["train"],
            folder=folder / "run",
            tell=print,
        )
    assert card.input == "features:mfcc13"
    assert card.features is not None
    assert card.parity["torch_to_float32"] < 1e-3
    recognizer = affectone.Recognizer(folder / "run" / "model")
    answers = [recognizer.predict(path).scores for path in recordings["path"]]
    found = np.array([[scores[name] for name in card.labels] for scores in answers])
    with quiet():
        model = made.learn(Split(np.arange(32), NOBODY, NOBODY), folder / "run" / "final", 0)
    logits = made.predict(model, np.arange(40)).emotion
    np.testing.assert_allclose(found, probabilities(logits, card.calibration.temperature), atol=0.03)
    assert np.ptp(found[:, 0]) > 0.3


def test_frames_are_another_sessions(recordings: pd.DataFrame, tmp_path: Path) -> None:
    config = TrainConfig.model_validate({"features": {"copies": 0}, "labels": ["happy", "angry"]})
    made = open_session(config, recordings, cache=tmp_path, jobs=1)
    assert type(made) is DeepSession
    assert made.measured is None
