"""Networks on an encoder's states, heard, kept, learned and exported; the encoder is small and random."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
import torch

transformers = pytest.importorskip("transformers")

import affectone.audio  # noqa: E402
from affectone.audio.augment import Augmentation  # noqa: E402
from affectone.errors import ConfigError  # noqa: E402
from affectone.features.encoder.moonshine import MoonshineStates  # noqa: E402
from affectone.models.nets import StateStatistics  # noqa: E402
from affectone.speech import speech_span  # noqa: E402
from affectone.training import statistics  # noqa: E402
from affectone.training.config import StatesConfig, TrainConfig, read_config  # noqa: E402
from affectone.training.fit import quiet  # noqa: E402
from affectone.training.kinds import open_session  # noqa: E402
from affectone.training.release import release_model  # noqa: E402
from affectone.training.states import StatesSession  # noqa: E402
from affectone.training.statistics import clip_statistics, state_statistics  # noqa: E402

pytestmark = pytest.mark.train

RATE, SIZE, LAYERS = 16_000, 416, (0, 1)
STATES = StatesConfig(encoder="moonshine-base", layers=LAYERS, copies=1)
QUIETER = Augmentation.read({"steps": [{"kind": "gain", "decibels": [-6.0, -3.0]}]})
LOADED: list[str] = []


def load(name: str, *, layers: int) -> MoonshineStates:
    """Return a random encoder of two layers, as wide as Moonshine's."""
    LOADED.append(name)
    torch.manual_seed(3)
    config = transformers.MoonshineConfig(
        hidden_size=SIZE, intermediate_size=64, encoder_num_hidden_layers=2, vocab_size=100,
        decoder_num_hidden_layers=1,
    )  # fmt: skip
    model = transformers.MoonshineModel(config).get_encoder().eval()
    return MoonshineStates(model, layers).eval().requires_grad_(False)


@pytest.fixture(autouse=True)
def _random_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put that one in the place of Moonshine's."""
    LOADED.clear()
    monkeypatch.setattr(statistics, "load_encoder", load)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache in which there is the graph alone; making it takes seconds."""
    folder = tmp_path_factory.mktemp("graph")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "load_encoder", load)
        statistics.statistics_graph(STATES, folder)
    return folder


@pytest.fixture
def cache(graph: Path, tmp_path: Path) -> Path:
    """Return a cache of a test's own that has the graph and has heard nothing."""
    return shutil.copytree(graph, tmp_path / "cache")


@pytest.fixture(scope="module")
def table(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Return a manifest of ten people's recordings: the angry ones are higher, and all are levelled."""
    folder, rows = tmp_path_factory.mktemp("recordings"), []
    for number in range(40):
        speaker, angry = number // 4, number % 2
        sound = tiny.spoken_clip(
            0.7 + 0.01 * number, pitch=(110, 200)[speaker % 2] * (1 + 0.4 * angry) + number
        )
        path = folder / f"{number}.wav"
        sf.write(path, sound, RATE)
        sex = ("male", "female")[speaker % 2]
        rows.append((f"own/{number}", str(path), "own", f"s{speaker}", sex, ("happy", "angry")[angry]))
    columns = ["id", "path", "corpus", "speaker", "sex", "emotion"]
    return pd.DataFrame(rows, columns=columns).assign(votes=None, language="en")


def heard(paths: list[str], cache: Path, states: StatesConfig = STATES) -> list[Any]:
    return clip_statistics(paths, states, QUIETER, cache=cache, jobs=1)


def test_the_graph_says_what_the_module_says(table: pd.DataFrame, cache: Path) -> None:
    module = state_statistics(STATES)
    for path, clip in zip(table["path"][:3], heard(list(table["path"][:3]), cache), strict=True):
        samples = affectone.audio.load_audio(path, sample_rate=RATE).samples[0]
        start, end = speech_span(samples, RATE) or (0, samples.size)
        with torch.inference_mode():
            expected = module(torch.from_numpy(samples[start:end].copy())[None])[0].numpy()
        assert clip.copies[0].shape == (STATES.numbers,) == (2 * 2 * SIZE,)
        assert np.corrcoef(clip.copies[0], expected)[0, 1] > 0.999  # Its weights are of 8 bits.


def test_statistics_are_means_then_deviations_of_the_layers() -> None:
    states = torch.arange(2 * 3 * 5 * 2.0).square().reshape(2, 3, 5, 2)
    found = StateStatistics(torch.nn.Identity(), (0, 2))(states)
    chosen = states[:, [0, 2]]
    expected = torch.cat((chosen.mean(dim=2), chosen.std(dim=2, correction=0)), dim=1).flatten(1)
    torch.testing.assert_close(found, expected)


def test_a_copy_differs_from_its_clip_and_its_level_does_not_matter(table: pd.DataFrame, cache: Path) -> None:
    (clip,) = heard([table["path"][0]], cache)
    assert len(clip.copies) == 2
    np.testing.assert_allclose(clip.copies[1], clip.copies[0], atol=0.02)
    noisy = Augmentation.read({"steps": [{"kind": "noise", "snr": [5, 5]}]})
    (other,) = clip_statistics([table["path"][0]], STATES, noisy, cache=cache, jobs=1)
    assert np.abs(other.copies[1] - other.copies[0]).max() > 0.05


def test_what_was_heard_is_kept_by_content(table: pd.DataFrame, tmp_path: Path) -> None:
    paths = list(table["path"][:2])
    first = heard(paths, tmp_path)
    twin = tmp_path / "twin.wav"
    twin.write_bytes(Path(paths[0]).read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "_heard", lambda *_, **__: pytest.fail("heard again"))
        again = heard([str(twin), *paths], tmp_path)
    assert [clip.content_hash for clip in again[:2]] == [first[0].content_hash] * 2
    for one, other in zip([first[0], *first], again, strict=True):
        np.testing.assert_array_equal(one.copies, other.copies)
    assert LOADED == ["moonshine-base"]


def test_other_layers_are_other_numbers(table: pd.DataFrame, cache: Path) -> None:
    path, alone = table["path"][0], StatesConfig(encoder="moonshine-base", layers=(1,), copies=0)
    (both,), (one,) = heard([path], cache), heard([path], cache, alone)
    np.testing.assert_array_equal(one.copies[0], both.copies[0].reshape(2, 2, SIZE)[:, 1].ravel())


CONFIG = {
    **{"model": "pooled_mlp", "labels": ["happy", "angry"], "epochs": 15, "batch_size": 8, "averaging": 0.5},
    **{"network": {"width": 16}, "mixup_share": 0.0, "learning_rate": 0.01, "validation_share": 0.2},
    **{"features": {"encoder": "moonshine-base", "layers": [0, 1], "copies": 0}},
}


def test_a_model_to_keep_answers_from_a_recording(table: pd.DataFrame, cache: Path, tmp_path: Path) -> None:
    with quiet():
        made = open_session(TrainConfig.model_validate(CONFIG), table, cache=cache, jobs=1)
        assert isinstance(made, StatesSession)
        card = release_model(
            made, name="s", version="1", summary="", arguments=["train"], folder=tmp_path / "run", tell=print
        )
    assert card.input == "waveform"
    assert card.parity["torch_to_float32"] < 1e-3
    assert card.parity["torch_to_int8"] < 0.02
    recognizer = affectone.Recognizer(tmp_path / "run" / "model")
    answers = [recognizer.predict(path) for path in table["path"]]
    assert (
        np.mean([one.label == emotion for one, emotion in zip(answers, table["emotion"], strict=True)]) > 0.9
    )
    sound = affectone.audio.load_audio(table["path"][0]).samples[0]
    quieter = recognizer.predict(0.1 * sound, sample_rate=RATE)
    assert quieter.scores["angry"] == pytest.approx(answers[0].scores["angry"], abs=2e-3)


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (
            {"encoder": "moonshine-bse"},
            r"encoder: unknown encoder 'moonshine-bse'; did you mean 'moonshine-base'",
        ),
        ({"encoder": "moonshine-base", "layers": [2, 9]}, r"rising numbers from 0 to 8 .* got \[2, 9\]"),
        ({"encoder": "moonshine-base", "layers": [3, 2]}, r"rising numbers .* got \[3, 2\]"),
        ({"encoder": "moonshine-base", "layers": [0]}, r"one above 0 among them; got \[0\]"),
        ({"encoder": "moonshine-base", "copys": 1}, r"'features.copys'; did you mean 'features.copies'"),
    ],
)
def test_states_that_cannot_be_are_told(features: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=words):
        read_config(None, features=features)


def test_masks_are_for_frames() -> None:
    with pytest.raises(
        ConfigError, match="masking changes log-mel frames, and a network on states is given none"
    ):
        read_config(None, features={"encoder": "moonshine-base"}, masking={"shift": 3})
