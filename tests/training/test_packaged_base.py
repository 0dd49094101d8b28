"""The packaged default model: a user's own labels on it, and what its scores must not depend on."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest
from typer.testing import Result

import affectone
from affectone.audio import load_audio
from affectone.models import find_model
from affectone.models.runner import INPUT, SAMPLE_RATE, open_network

CLIPS = ("train.wav", "keys.flac", "garden.opus", "rain.flac", "phone.wav")
MODELS = ("base", "base-commercial")


@pytest.fixture(scope="module")
def voices(repo_root: Path) -> list[npt.NDArray[np.float32]]:
    return [load_audio(repo_root / "examples" / name, sample_rate=SAMPLE_RATE).samples[0] for name in CLIPS]


@pytest.mark.parametrize("name", MODELS)
def test_scores_do_not_depend_on_the_level(name: str, voices: list[npt.NDArray[np.float32]]) -> None:
    session = open_network(find_model(name).read_network())
    for wave in voices:
        answers = [
            session.run(["emotion_logits"], {INPUT: (gain * wave)[None]})[0] for gain in (1, 0.05, 0.5)
        ]
        for other in answers[1:]:
            np.testing.assert_allclose(other, answers[0], atol=2e-3)


@pytest.mark.parametrize("name", MODELS)
def test_scores_do_not_depend_on_batch_mates(name: str, voices: list[npt.NDArray[np.float32]]) -> None:
    session = open_network(find_model(name).read_network())
    shortest = min(wave.size for wave in voices)
    batch = np.stack([wave[:shortest] for wave in voices])
    together = session.run(["emotion_logits"], {INPUT: batch})[0]
    alone = [session.run(["emotion_logits"], {INPUT: wave[None]})[0][0] for wave in batch]
    np.testing.assert_allclose(together, alone, atol=1e-3)


def test_what_is_no_speech_stays_doubtful_in_a_model_that_is_adapted_to_it(
    bench_module: Callable[[str], ModuleType],
) -> None:
    trust = bench_module("trust")
    recognizer = affectone.Recognizer("base")
    adapted = recognizer.adapt("self")
    for seed in range(3):
        sound = trust.laughter(np.random.default_rng(seed))
        samples = np.clip(0.1 * sound / sound.std(), -1, 1).astype(np.float32)
        for model in (recognizer, adapted):
            answer = model.predict(samples, sample_rate=SAMPLE_RATE)
            assert answer.reason == "unlike the training data"


@pytest.mark.train
def test_ones_own_labels_on_the_default_model(
    invoke: Callable[..., Result], repo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handful of clips, labels of any names, no weights of an encoder and nothing from the network."""
    pytest.importorskip("lightning")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    lines = [f"{repo_root / 'examples' / name},{label}" for name, label in zip(CLIPS, "aabba", strict=True)]
    table = tmp_path / "mine.csv"
    table.write_text("\n".join(["path,emotion", *lines]) + "\n", encoding="utf-8")
    run = tmp_path / "run"
    cache = tmp_path / "cache"
    done = invoke(("train", "--model", "base", "--table", table, "-o", run, "--cache", cache, "--epochs", 2))
    assert done.exit_code == 0, done.stderr
    recognizer = affectone.Recognizer(run / "model")
    assert recognizer.card.labels == ("a", "b")
    answer = recognizer.predict(repo_root / "examples" / "train.wav")
    assert answer.label in ("a", "b")


@pytest.mark.parametrize("way", ["path", "object"])
def test_it_is_adapted_to_what_can_be_read_once(way: str, repo_root: Path) -> None:
    recognizer = affectone.Recognizer("base").adapt("self")
    place = repo_root / "examples" / "phone.wav"
    expected = recognizer.predict(place).scores
    if way == "object":
        with place.open("rb") as handle:
            assert recognizer.predict(SimpleNamespace(read=handle.read)).scores == expected  # type: ignore[arg-type]
        return
    if not Path("/dev/fd").is_dir():
        pytest.skip("there are no names of open pipes here")
    with subprocess.Popen(["cat", place], stdout=subprocess.PIPE) as cat:
        assert cat.stdout is not None
        assert recognizer.predict(f"/dev/fd/{cat.stdout.fileno()}").scores == expected
