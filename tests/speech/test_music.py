"""Music is tones that stay; noise, clicks, silence and speech are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from affectone.audio import load_audio
from affectone.speech.music import LENGTH, MUSIC, music_likeness

RATE = 16000


def likeness(samples: np.ndarray) -> float:
    """Return the likeness of a stretch of samples."""
    return music_likeness(samples[: samples.size // LENGTH * LENGTH].reshape(-1, LENGTH))


def melody(rng: np.random.Generator, note: float) -> np.ndarray:
    """Return three seconds of two plucked voices, a new pitch every so many seconds."""
    sound = np.zeros(3 * RATE)
    for begin in np.arange(0, 3, note):
        start = int(begin * RATE)
        time = np.arange(min(sound.size - start, int(2 * note * RATE))) / RATE
        for _ in range(2):
            pitch = 220 * 2 ** (rng.choice([0, 2, 4, 5, 7, 9, 11, 12]) / 12)
            tones = sum(np.sin(2 * np.pi * pitch * number * time) / number for number in range(1, 8))
            sound[start : start + time.size] += 0.1 * tones * np.exp(-4 * time)
    return (sound + 0.001 * rng.standard_normal(sound.size)).astype(np.float32)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("note", [0.125, 0.25, 0.5])
def test_melodies_are_music(note: float, seed: int) -> None:
    assert likeness(melody(np.random.default_rng(seed), note)) > MUSIC


def test_a_dial_tone_is_music_to_it() -> None:
    time = np.arange(3 * RATE) / RATE
    tone = 0.2 * np.sin(2 * np.pi * 425 * time) + 1e-4 * np.random.default_rng(0).standard_normal(time.size)
    assert likeness(tone.astype(np.float32)) > MUSIC


@pytest.mark.parametrize("seed", range(5))
def test_noise_and_clicks_are_not(seed: int) -> None:
    rng = np.random.default_rng(seed)
    white = rng.standard_normal(3 * RATE)
    brown = np.cumsum(white) / 100
    clicks = np.where(rng.random(3 * RATE) < 3e-4, 0.8, 0.0) + 1e-3 * white
    for sound in (0.1 * white, brown - brown.mean(), clicks):
        assert likeness(sound.astype(np.float32)) < 2.2


@pytest.mark.corpora
def test_speech_seldom_is(corpora_root: Path) -> None:
    clips = sorted((corpora_root / "emodb").rglob("*.opus"))[::10]
    found = [likeness(load_audio(clip).samples[0, : 3 * RATE]) for clip in clips]
    assert len(clips) >= 40
    assert np.mean(np.array(found) < MUSIC) > 0.9


def test_silence_and_almost_nothing_are_not() -> None:
    assert likeness(np.zeros(RATE, np.float32)) == 0
    assert likeness(np.ones(100, np.float32)) == 0


def test_the_level_changes_nothing() -> None:
    sound = melody(np.random.default_rng(1), 0.25)
    assert likeness(sound / 30) == pytest.approx(likeness(sound), abs=0.2)
