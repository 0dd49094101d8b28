"""The same speech in other formats: scores move by no more than the format explains.

Real recordings are held to what `benchmarks/formats.py` measured, with a margin. Synthetic ones stand
between two labels here and there, so a label may flip where the first leads by less than the tolerance.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from affectone.audio import load_audio
from affectone.models import store
from affectone.recognition import Prediction, Recognizer

REPO_ROOT = Path(__file__).resolve().parents[2]
CLIPS = ("train.wav", "keys.flac")
PACKAGED = [name for name, folder in store.model_folders().items() if folder.parent == store.PACKAGED]


def _load_benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("formats", REPO_ROOT / "benchmarks" / "formats.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BENCHMARK = _load_benchmark()
LOSSLESS, LOSSY, NARROW = 0.05, 0.10, 0.35
TOLERANCES = {
    "FLAC": LOSSLESS,
    "WAV, 24 bits, stereo": LOSSLESS,
    "WAV, 48 kHz": LOSSLESS,
    "Ogg Opus, 48 kHz": LOSSY,
    "MP3, 44.1 kHz": LOSSY,
    "m4a (AAC, 64 kbit/s)": LOSSY,
    "WebM (Opus, 32 kbit/s)": 1.5 * LOSSY,
    "WAV, 8 kHz": NARROW,
    "WAV, 8 kHz, mu-law": NARROW,
}
"""Format -> how far a probability of a synthetic clip may move."""
REAL = {
    "FLAC": (0.97, 0.02),
    "WAV, 24 bits, stereo": (0.97, 0.02),
    "WAV, 48 kHz": (0.95, 0.10),
    "Ogg Opus, 48 kHz": (0.92, 0.15),
    "MP3, 44.1 kHz": (0.92, 0.14),
    "m4a (AAC, 64 kbit/s)": (0.92, 0.14),
    "WebM (Opus, 32 kbit/s)": (0.87, 0.25),
    "WAV, 8 kHz": (0.82, 0.45),
    "WAV, 8 kHz, mu-law": (0.82, 0.45),
}
"""Format -> least share of real clips that keep their label, most that the 95th percentile moves."""


@pytest.fixture(scope="module", params=["tiny", *PACKAGED])
def model(request: pytest.FixtureRequest, tiny_model: Path) -> Recognizer:
    return Recognizer(tiny_model if request.param == "tiny" else request.param)


def in_format(model: Recognizer, repo_root: Path, clip: str, name: str) -> tuple[Prediction, Prediction]:
    """Return the answers to a clip as 16 kHz WAV and in another format."""
    samples = load_audio(repo_root / "examples" / clip, sample_rate=BENCHMARK.RATE).samples[0]
    plain = BENCHMARK.written("WAV", "PCM_16")
    return model.predict(plain(samples)), model.predict(BENCHMARK.FORMATS[name](samples))


def test_every_format_of_the_benchmark_is_held_to_something() -> None:
    assert set(BENCHMARK.FORMATS) == set(TOLERANCES) == set(REAL)


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("name", TOLERANCES)
def test_scores_stay_near(model: Recognizer, repo_root: Path, clip: str, name: str) -> None:
    here, there = in_format(model, repo_root, clip, name)
    assert there.scores == pytest.approx(dict(here.scores), abs=TOLERANCES[name])


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("name", TOLERANCES)
def test_a_label_that_leads_stays(model: Recognizer, repo_root: Path, clip: str, name: str) -> None:
    here, there = in_format(model, repo_root, clip, name)
    second, first = sorted(here.scores.values())[-2:]
    if first - second > TOLERANCES[name]:
        assert there.label == here.label


@pytest.fixture(scope="module")
def measured(corpora_root: Path, packaged_base: Path) -> dict[str, Any]:
    """Return the benchmark's figures over every 300th clip of the corpora."""
    pytest.importorskip("pandas")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BENCHMARK, "STEP", 300)
        figures: dict[str, Any] = BENCHMARK.measure(corpora_root, str(packaged_base))
    assert figures["clips"] >= 35
    return figures["formats"]


@pytest.mark.corpora
@pytest.mark.parametrize("name", REAL)
def test_real_speech_keeps_its_label_as_often_as_measured(measured: dict[str, Any], name: str) -> None:
    assert measured[name]["same_label"] >= REAL[name][0]


@pytest.mark.corpora
@pytest.mark.parametrize("name", REAL)
def test_scores_of_real_speech_move_no_further_than_measured(measured: dict[str, Any], name: str) -> None:
    assert measured[name]["change_95"] <= REAL[name][1]
