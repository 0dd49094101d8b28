"""Networks on the states of an encoder that was tuned first; the encoder is small and random."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

pytest.importorskip("transformers")

import affectone
from affectone.audio.augment import Augmentation
from affectone.corpora import Split
from affectone.corpora.protocol import Fold, Protocol
from affectone.errors import ConfigError, LeakError, ModelIntegrityError
from affectone.evaluation.protocol_run import run_protocol
from affectone.features.encoder.base import LEVEL
from affectone.models.card import ModelCard
from affectone.models.nets import StateStatistics
from affectone.models.runner import OnnxRunner
from affectone.models.store import read_artefact
from affectone.training.cache import ClipFrames
from affectone.training.config import TrainConfig, read_config
from affectone.training.deliver import export_run
from affectone.training.kinds import check_adaptable, open_session
from affectone.training.module import EmotionModule
from affectone.training.quiet import quiet
from affectone.training.release import release_model
from affectone.training.run_folder import claimed_folder
from affectone.training.speech import speech_of
from affectone.training.statistics import published_statistics
from affectone.training.tuned import Tuned, TunedSession, TunedStates
from affectone.training.tuning import WEIGHTS, Waves, states_of, tuned_encoder

pytestmark = [pytest.mark.train, pytest.mark.usefixtures("random_encoder")]

TUNING = {"epochs": 2, "batch_size": 8, "rate": 1e-3, "share": 1.0}
CONFIG: dict[str, Any] = {
    **{"model": "pooled_mlp", "labels": ["happy", "angry"], "epochs": 15, "batch_size": 8},
    **{"network": {"width": 16}, "averaging": 0.5, "mixup_share": 0.0, "learning_rate": 0.01},
    **{"validation_share": 0.2, "augment": {"steps": []}, "tuning": TUNING},
    **{"features": {"encoder": "moonshine-base", "layers": [0, 1], "copies": 0}},
}
TRAIN, VALIDATION, TEST = np.arange(24), np.arange(24, 32), np.arange(32, 40)
SPLIT = Split(TRAIN, VALIDATION, TEST)
QUIETER_STEPS = {"steps": [{"kind": "gain", "decibels": [-6.0, -3.0]}]}
QUIETER = Augmentation.read(QUIETER_STEPS)
Open = Callable[..., TunedSession]


@pytest.fixture
def untraced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take states of the encoder itself, for tests that ask nothing of its graph, which takes seconds."""

    def read(self: TunedStates, paths: Sequence[str], _: Path) -> list[ClipFrames]:
        waves = [torch.from_numpy(speech_of(path).copy())[None] for path in paths]
        with torch.inference_mode():
            rows = [self._tuned(wave)[0].numpy().astype(np.float16) for wave in waves]
        return [ClipFrames((row,), path) for row, path in zip(rows, paths, strict=True)]

    monkeypatch.setattr(TunedStates, "_read", read)


@pytest.fixture
def opened(table: pd.DataFrame, tmp_path: Path) -> Open:
    """Return a maker of sessions over the recordings, some of which may have other labels."""

    def make(emotions: dict[int, str] | None = None, **settings: Any) -> TunedSession:
        clips = table.copy()
        for row, emotion in (emotions or {}).items():
            clips.loc[row, "emotion"] = emotion
        made = open_session(
            TrainConfig.model_validate(CONFIG | settings), clips, cache=tmp_path / "cache", jobs=1
        )
        assert isinstance(made, TunedSession)
        return made

    return make


def learnt(session: TunedSession, folder: Path, split: Split = SPLIT, seed: int = 0) -> Tuned:
    with quiet():
        return session.learn(split, folder, seed)


def encoder_of(model: Tuned) -> dict[str, torch.Tensor]:
    return model.session._tuned.state_dict()


def changed(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> list[str]:
    assert one.keys() == other.keys()
    return [name for name in one if not torch.equal(one[name], other[name])]


@pytest.mark.usefixtures("untraced")
def test_every_part_of_the_encoder_learns_and_the_network_after_it(opened: Open, tmp_path: Path) -> None:
    session = opened()
    model = learnt(session, tmp_path)
    published = published_statistics(states_of(session._settings))
    learns = {name for name, _ in published.named_parameters()}
    assert learns - set(changed(encoder_of(model), published.state_dict())) == set()
    assert not model.session._tuned.training
    right = session.predict(model, TRAIN).emotion.argmax(axis=1) == session.targets.emotion[TRAIN]
    assert right.mean() > 0.9


@pytest.mark.usefixtures("untraced")
def test_the_rates_are_those_of_the_settings(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[list[float]] = []

    def listen(module: EmotionModule) -> None:
        groups = module.optimizers().param_groups  # type: ignore[union-attr]
        rates.append([group["max_lr"] for group in groups])

    monkeypatch.setattr(EmotionModule, "on_train_start", listen)
    learnt(opened(), tmp_path)
    assert rates == [[0.01, 1e-3], [0.01]]


def test_the_states_are_those_of_the_tuned_encoder(opened: Open, table: pd.DataFrame, tmp_path: Path) -> None:
    session = opened()
    model = learnt(session, tmp_path)
    published = published_statistics(states_of(session._settings))
    tuned = tuned_encoder(session._settings, tmp_path / "encoder")
    for row in (0, 33):
        wave = torch.from_numpy(speech_of(table["path"][row]).copy())[None]
        with torch.inference_mode():
            expected, before = (module(wave)[0].numpy() for module in (tuned, published))
        found = model.session.clips[row].copies[0]
        np.testing.assert_allclose(found, expected, atol=0.05, rtol=0.02)  # Its weights are of 8 bits.
        assert np.abs(found - expected).mean() < 0.2 * np.abs(before - expected).mean()
    rows = np.array([0, 33])
    plain, quieter = session.predict(model, rows), session.predict_changed(model, rows, QUIETER)
    np.testing.assert_allclose(quieter.emotion, plain.emotion, atol=0.05)  # Levels make no difference.


def test_copies_are_those_of_clips_that_are_learned_from(opened: Open, tmp_path: Path) -> None:
    features = CONFIG["features"] | {"copies": 2}
    session = opened(features=features, augment=QUIETER_STEPS, epochs=2)
    model = learnt(session, tmp_path)
    assert [len(clip.copies) for clip in model.session.clips] == [3] * 24 + [1] * 16
    rows = [clip.copies[copy] for clip in model.session.clips for copy in range(len(clip.copies))]
    scaled = (np.stack(rows) - model.network.mean.numpy()) / model.network.divisor.numpy()
    told = session.novelty(model)
    assert told == pytest.approx(np.quantile(np.square(scaled).mean(axis=1), 0.999), rel=0.01)


@pytest.mark.usefixtures("untraced")
def test_it_hears_nobody_but_the_training_speakers(opened: Open, tmp_path: Path) -> None:
    spoilt = opened({row: "angry" for row in range(24, 40)})
    one, other = (learnt(made, tmp_path / str(place)) for place, made in enumerate((opened(), spoilt)))
    assert changed(encoder_of(one), encoder_of(other)) == []
    assert changed(one.network.state_dict(), other.network.state_dict()) == []


def test_a_speaker_on_two_sides_is_refused(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(LeakError):
        opened().fit(Split(np.arange(26), np.arange(26, 32), TEST), tmp_path, seed=0)


@pytest.mark.usefixtures("untraced")
def test_another_seed_tunes_another_encoder(opened: Open, tmp_path: Path) -> None:
    session = opened()
    one, other = (learnt(session, tmp_path / str(seed), seed=seed) for seed in (0, 1))
    assert changed(encoder_of(one), encoder_of(other))


@pytest.mark.usefixtures("untraced")
def test_a_share_of_what_was_learned_is_kept(opened: Open, tmp_path: Path) -> None:
    whole, half = (
        encoder_of(learnt(opened(tuning=TUNING | {"share": share}), tmp_path / str(share)))
        for share in (1.0, 0.5)
    )
    published = published_statistics(states_of(opened()._settings)).state_dict()
    for name, value in published.items():
        torch.testing.assert_close(half[name], (value + whole[name]) / 2)


class PowerCutError(Exception):
    """What interrupts the runs of these tests."""


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("cut_at", [1, 3])
def test_an_interrupted_run_ends_as_an_undisturbed_one(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_at: int
) -> None:
    """In the second epoch of the encoder, and in the second one of the network behind it."""
    session = opened(epochs=3)
    whole = learnt(session, tmp_path / "whole")
    begun: list[int] = []

    def count(module: EmotionModule) -> None:
        begun.append(module.current_epoch)
        if len(begun) == cut_at + 1:
            raise PowerCutError

    monkeypatch.setattr(EmotionModule, "on_train_epoch_start", count)
    with pytest.raises(PowerCutError):
        learnt(session, tmp_path / "cut")
    again = learnt(session, tmp_path / "cut")
    # Both trainings together have as many epochs as are asked for, and the one that was cut off.
    assert len(begun) == 2 + 3 + 1
    assert changed(encoder_of(whole), encoder_of(again)) == []
    assert changed(whole.network.state_dict(), again.network.state_dict()) == []


@dataclass(frozen=True)
class Kept:
    """A model that was trained to be kept."""

    session: TunedSession
    card: ModelCard
    run: Path


@pytest.fixture(scope="module")
def kept(table: pd.DataFrame, random_encoder: list[str], tmp_path_factory: pytest.TempPathFactory) -> Kept:
    run = tmp_path_factory.mktemp("kept")
    config = TrainConfig.model_validate(CONFIG)
    with quiet():
        made = open_session(config, table, cache=run / "cache", jobs=1)
        told = {"name": "t", "version": "1", "summary": "", "arguments": ["train"]}
        card = release_model(made, **told, folder=run / "run", tell=print)
    assert isinstance(made, TunedSession)
    return Kept(made, card, run / "run")


def test_a_model_to_keep_is_one_file_and_can_be_adapted(kept: Kept, table: pd.DataFrame) -> None:
    assert kept.card.parity["torch_to_float32"] < 1e-3
    assert kept.card.parity["torch_to_int8"] < 0.02
    encoder = published_statistics(states_of(kept.session._settings))
    assert kept.card.parameters is not None
    assert kept.card.parameters > sum(value.numel() for value in encoder.parameters())
    recognizer = affectone.Recognizer(kept.run / "model")
    answers = [recognizer.predict(path).label for path in table["path"]]
    assert np.mean([one == emotion for one, emotion in zip(answers, table["emotion"], strict=True)]) > 0.9
    assert recognizer.adapt(list(table["path"][:4])).predict(table["path"][0]).adapted
    assert kept.card.calibration.novelty is not None
    assert kept.card.adaptation is not None


def test_the_artefact_has_the_states_of_the_tuned_encoder(kept: Kept, table: pd.DataFrame) -> None:
    """Those that its own network was trained on: the checkpoint of the run says which these are."""
    runner = OnnxRunner(read_artefact(kept.run / "model"))
    exact = tuned_encoder(kept.session._settings, kept.run / "final" / "encoder")
    clips = [speech_of(path) for path in table["path"][:12]]
    with torch.inference_mode():
        numbers = np.stack([exact(torch.from_numpy(clip.copy())[None])[0].numpy() for clip in clips])
    found = np.stack([runner.run(clip).states for clip in clips])
    # The artefact's are standardised: of two clips the differences have to agree but for a scale.
    for column in np.argsort(numbers.std(axis=0))[-50:]:
        assert np.corrcoef(numbers[:, column], found[:, column])[0, 1] > 0.999


def test_the_kept_model_is_exported_again(kept: Kept, tmp_path: Path) -> None:
    said: list[str] = []
    export_run(kept.run, tmp_path / "out", said.append)
    assert any("answers as recorded" in words for words in said)


def test_an_encoder_of_another_run_is_told(kept: Kept, tmp_path: Path) -> None:
    file = kept.run / "final" / "encoder" / "last.ckpt"
    content = file.read_bytes()
    checkpoint = torch.load(file, weights_only=True)
    try:
        for name, value in checkpoint["state_dict"].items():
            if name.endswith("fc1.weight"):
                checkpoint["state_dict"][name] = -value
        torch.save(checkpoint, file)
        with pytest.raises(ModelIntegrityError, match="is not what the model was made of"):
            export_run(kept.run, tmp_path / "out", print)
        file.write_bytes(content[:1000])
        with pytest.raises(ModelIntegrityError, match=r"encoder/last.ckpt is no checkpoint of a tuned"):
            export_run(kept.run, tmp_path / "out", print)
    finally:
        file.write_bytes(content)


def test_a_protocol_tests_it_adapted_too_and_keeps_no_weights(kept: Kept, tmp_path: Path) -> None:
    people = sorted(kept.session.manifest["speaker"].unique())
    folds = tuple(Fold(tuple(f"own/{name}" for name in people[part::2])) for part in (0, 1))
    protocol = Protocol("own:halves", "a test", ("own",), folds)
    with quiet():
        result = run_protocol(
            kept.session, protocol, seeds=(0,), folder=tmp_path, report=print, adaptation=True
        )
    assert result["scores"][0]["clips"] == len(kept.session.manifest)
    assert result["adaptation"]["own"]
    assert [*tmp_path.rglob("*.ckpt"), *tmp_path.rglob("*.onnx")] == []


@pytest.mark.usefixtures("untraced")
def test_a_teacher_teaches_the_network_behind_it(opened: Open, tmp_path: Path) -> None:
    plain = learnt(opened(), tmp_path / "plain")
    own = {name: value for name, value in CONFIG.items() if name != "tuning"}
    taught = learnt(opened(teacher={"config": own | {"epochs": 2}, "share": 0.9}), tmp_path / "taught")
    assert changed(encoder_of(plain), encoder_of(taught)) == []
    assert changed(plain.network.state_dict(), taught.network.state_dict())


def test_waveforms_are_levelled_and_silenced_in_one_place(opened: Open) -> None:
    session = opened()
    rng = np.random.default_rng(0)
    sounds = [0.01 * (row + 1) * rng.standard_normal(16_000 + 100 * row) for row in range(8)]
    clips = [ClipFrames((sound.astype(np.float16),), "") for sound in sounds]
    dataset = Waves(clips, session.targets, session._settings)
    waves = dataset._made_ready([clip.copies[0] for clip in clips], np.arange(8), rng)
    assert waves.shape == (8, 16_000)
    assert waves.dtype == np.float32
    for wave in waves:
        silent = np.flatnonzero(wave == 0)
        assert silent.size <= 2_000
        heard = np.delete(wave, silent)
        assert np.sqrt(np.mean(heard**2)) == pytest.approx(LEVEL, rel=0.05)
    assert sum((wave == 0).sum() > 100 for wave in waves) >= 4


class Scaled(torch.nn.Module):
    """An encoder whose states are the waveform's samples, times a factor that it learns."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = torch.nn.Parameter(torch.tensor(2.0))

    def forward(self, waveform: torch.Tensor) -> torch.Tensor:
        """Return states of one layer and one dimension, shape (batch, 1, samples, 1)."""
        return self.factor * waveform[:, None, :, None]


def test_digital_silence_leaves_what_is_learned_of_others_as_it_is() -> None:
    """A corpus has such a clip, and the slope of a root at 0 is infinite."""
    slopes = []
    for wave in ([[1.0, -1.0, 1.0, -1.0]], [[1.0, -1.0, 1.0, -1.0], [0.0] * 4]):
        statistics = StateStatistics(Scaled(), [0])
        statistics(torch.tensor(wave)).sum().backward()
        slopes.append(statistics.encoder.factor.grad)
    assert slopes == [1.0, 1.0]  # The deviation of +-factor is factor; the mean does not depend on it.


@pytest.mark.usefixtures("untraced")
def test_weights_that_are_no_numbers_are_told(opened: Open, tmp_path: Path) -> None:
    session = opened()
    learnt(session, tmp_path)
    file = tmp_path / "encoder" / "last.ckpt"
    checkpoint = torch.load(file, weights_only=True)
    spoilt = next(name for name in checkpoint["state_dict"] if name.startswith(WEIGHTS))
    checkpoint["state_dict"][spoilt].fill_(torch.nan)
    torch.save(checkpoint, file)
    with pytest.raises(ConfigError, match=r"\[tuning\] rate = 0.001: the encoder's weights are no numbers"):
        learnt(session, tmp_path)


STATES = {"features": {"encoder": "moonshine-base"}}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"tuning": {}}, "tuning trains a published encoder, and features.encoder names none"),
        ({"tuning": {}, "features": "mfcc40"}, "features.encoder names none"),
        ({"tuning": {}, "model": "base"}, "features.encoder names none"),
        ({"tuning": {"rates": 1}} | STATES, "unknown setting 'tuning.rates'; did you mean 'tuning.rate'"),
        ({"tuning": {"rate": 0}} | STATES, "tuning.rate: Input should be greater than 0"),
        ({"tuning": {"precision": "8"}} | STATES, "tuning.precision: String should match"),
    ],
)
def test_settings_that_are_no_good(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_config(None, **given)
    assert words in str(refusal.value)


def test_without_it_the_digest_is_what_it_was() -> None:
    features = {"encoder": "moonshine-base"}
    plain = read_config(None, features=features)
    tuned, other = (read_config(None, features=features, tuning={"rate": rate}) for rate in (1e-4, 2e-4))
    assert len({plain.digest, tuned.digest, other.digest}) == 3
    assert '"tuning"' not in plain.model_dump_json(exclude={"tuning"})
    check_adaptable(tuned)


def test_a_run_that_an_older_version_began_goes_on(tmp_path: Path) -> None:
    """It knew no tuning, and wrote down settings that do nothing."""
    teacher = {"config": {"model": "cnn1d"}}
    session = SimpleNamespace(
        config=TrainConfig.model_validate({"model": "cnn1d", "teacher": teacher}),
        manifest=pd.DataFrame({"id": ["a/1"], "corpus": ["a"], "emotion": ["happy"], "votes": [None]}),
        hashes=["c0ffee"],
    )

    def claim(folder: Path) -> None:
        with claimed_folder(folder, session, purpose="a test"):  # type: ignore[arg-type]
            pass

    claim(tmp_path)
    file = tmp_path / "run.json"
    identity = json.loads(file.read_text())
    assert "tuning" not in identity["config"]
    identity["config"] |= {"balance": 0.0, "adapted_share": 0.0}
    identity["config"]["teacher"]["config"] |= {"balance": 0.0, "teacher": None}
    file.write_text(json.dumps(identity))
    claim(tmp_path)
    identity["config"]["teacher"]["config"]["balance"] = 0.5
    for other in (identity, {"config": None}, []):
        file.write_text(json.dumps(other))
        with pytest.raises(ConfigError, match="holds a run of other settings"):
            claim(tmp_path)


def test_a_taught_run_is_what_it_was_before_encoders_were_tuned() -> None:
    taught = read_config(None, teacher={"config": {}})
    text = taught.model_dump_json(exclude={"balance": True, "adapted_share": True, "tuning": True})
    before = text.replace(',"tuning":null', "")
    assert before != text
    assert taught.digest == hashlib.sha256(before.encode()).hexdigest()
