"""Sounds whose features are known, or known to librosa."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from affectone import load_audio

RATE = 16000
SECONDS = 2.0
TIME = np.arange(round(SECONDS * RATE)) / RATE


def tone(hertz: float = 440.0, level: float = 0.5) -> np.ndarray:
    return np.asarray(level * np.sin(2 * np.pi * hertz * TIME), np.float32)


def chirp() -> np.ndarray:
    """Return a sweep from 100 Hz, 2000 Hz higher with each second."""
    return np.asarray(0.5 * np.sin(2 * np.pi * (100 * TIME + 1000 * TIME**2)), np.float32)


def noise() -> np.ndarray:
    return np.asarray(0.1 * np.random.default_rng(7).normal(size=TIME.size), np.float32)


def clicks() -> np.ndarray:
    """Return 100 clicks a second."""
    train = np.zeros(TIME.size, np.float32)
    train[::160] = 0.9
    return train


SOUNDS: dict[str, Callable[[], np.ndarray]] = {"chirp": chirp, "noise": noise, "clicks": clicks, "tone": tone}


@pytest.fixture
def made() -> dict[str, Callable[[], np.ndarray]]:
    """Return makers of sounds at 16 kHz, two seconds long, by name."""
    return SOUNDS


@pytest.fixture(params=list(SOUNDS))
def sound(request: pytest.FixtureRequest) -> np.ndarray:
    """Return each made sound in turn."""
    return SOUNDS[request.param]()


@pytest.fixture(scope="session")
def spoken(corpora_root: Path) -> np.ndarray:
    """Return a clip of real speech at 16 kHz."""
    clips = sorted((corpora_root / "ravdess" / "Actor_05").iterdir())
    return load_audio(clips[len(clips) // 2]).samples[0]


@pytest.fixture
def clips(tmp_path: Path) -> Callable[[int], list[Path]]:
    """Return a maker of so many short recordings, all different, in one folder."""

    def make(count: int) -> list[Path]:
        folder = tmp_path / "clips"
        folder.mkdir()
        paths = [folder / f"{number:03}.wav" for number in range(count)]
        for number, path in enumerate(paths):
            sf.write(path, tone(200.0 + 10 * number)[: 8000 + 16 * number], RATE)
        return paths

    return make
