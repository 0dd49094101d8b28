"""Values against librosa 0.11, set by set: on made sounds and on real speech."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from affectone.features import Settings, extract

librosa = pytest.importorskip("librosa")
measure = librosa.feature

RATE = 16000
CLOSE = 1e-5
"""Largest difference, relative to the largest value of the set in the recording."""


def mfcc(y: np.ndarray) -> np.ndarray:
    return np.asarray(measure.mfcc(y=y, sr=RATE, n_mfcc=40))


THEIRS: dict[str, Callable[[np.ndarray], Any]] = {
    "mel": lambda y: measure.melspectrogram(y=y, sr=RATE),
    "log_mel": lambda y: librosa.power_to_db(measure.melspectrogram(y=y, sr=RATE)),
    "mfcc": mfcc,
    "mfcc_delta": lambda y: measure.delta(mfcc(y)),
    "mfcc_delta2": lambda y: measure.delta(mfcc(y), order=2),
    "chroma": lambda y: measure.chroma_stft(y=y, sr=RATE),
    "tonnetz": lambda y: measure.tonnetz(chroma=measure.chroma_stft(y=y, sr=RATE)),
    "contrast": lambda y: measure.spectral_contrast(y=y, sr=RATE),
    "centroid": lambda y: measure.spectral_centroid(y=y, sr=RATE),
    "bandwidth": lambda y: measure.spectral_bandwidth(y=y, sr=RATE),
    "rolloff": lambda y: measure.spectral_rolloff(y=y, sr=RATE),
    "flatness": lambda y: measure.spectral_flatness(y=y),
    "zcr": lambda y: measure.zero_crossing_rate(y),
    "rms": lambda y: measure.rms(y=y),
}


def check(ours: np.ndarray, theirs: np.ndarray) -> None:
    assert ours.shape == theirs.T.shape
    np.testing.assert_allclose(ours, theirs.T, rtol=0, atol=CLOSE * max(np.abs(theirs).max(), 1e-6))


@pytest.mark.parametrize("name", THEIRS)
def test_equals_librosas(name: str, sound: np.ndarray) -> None:
    check(extract(sound, name, sample_rate=RATE).values, THEIRS[name](sound))


@pytest.mark.corpora
@pytest.mark.parametrize("name", THEIRS)
def test_equals_librosas_on_speech(name: str, spoken: np.ndarray) -> None:
    check(extract(spoken, name, sample_rate=RATE).values, THEIRS[name](spoken))


def test_other_settings_mean_what_they_mean_to_librosa(sound: np.ndarray) -> None:
    settings = Settings(
        n_fft=1024, hop=200, window="hamming", n_mels=40, fmin=50.0, fmax=7000.0, n_mfcc=13, top_db=60.0
    )
    mel = measure.melspectrogram(
        y=sound, sr=RATE, n_fft=1024, hop_length=200, window="hamming", n_mels=40, fmin=50, fmax=7000
    )
    theirs = measure.mfcc(S=librosa.power_to_db(mel, top_db=60), n_mfcc=13)
    check(extract(sound, "mfcc", sample_rate=RATE, settings=settings).values, theirs)


def test_other_contrast_and_rolloff_mean_what_they_mean_to_librosa(sound: np.ndarray) -> None:
    settings = Settings(contrast_bands=4, contrast_lowest=150.0, contrast_quantile=0.1, rolloff=0.5)
    ours = extract(sound, ["contrast", "rolloff"], sample_rate=RATE, settings=settings)
    check(
        ours["contrast"].values,
        measure.spectral_contrast(y=sound, sr=RATE, n_bands=4, fmin=150.0, quantile=0.1),
    )
    check(ours["rolloff"].values, measure.spectral_rolloff(y=sound, sr=RATE, roll_percent=0.5))


@pytest.mark.corpora
def test_classic180_is_what_the_tutorials_compute(spoken: np.ndarray) -> None:
    magnitude = np.abs(librosa.stft(spoken))
    theirs = np.hstack(
        [
            np.mean(measure.mfcc(y=spoken, sr=RATE, n_mfcc=40).T, axis=0),
            np.mean(measure.chroma_stft(S=magnitude, sr=RATE).T, axis=0),
            np.mean(measure.melspectrogram(y=spoken, sr=RATE).T, axis=0),
        ]
    )
    ours = extract(spoken, "classic180", sample_rate=RATE, level="clip")
    assert ours.values.shape == (180,)
    np.testing.assert_allclose(ours.values, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.corpora
def test_classic162_is_what_the_notebooks_compute(spoken: np.ndarray) -> None:
    magnitude = np.abs(librosa.stft(spoken))
    theirs = np.hstack(
        [
            np.mean(measure.zero_crossing_rate(y=spoken).T, axis=0),
            np.mean(measure.chroma_stft(S=magnitude, sr=RATE).T, axis=0),
            np.mean(measure.mfcc(y=spoken, sr=RATE).T, axis=0),
            np.mean(measure.rms(y=spoken).T, axis=0),
            np.mean(measure.melspectrogram(y=spoken, sr=RATE).T, axis=0),
        ]
    )
    ours = extract(spoken, "classic162", sample_rate=RATE, level="clip")
    assert ours.values.shape == (162,)
    np.testing.assert_allclose(ours.values, theirs, rtol=1e-4, atol=1e-5)
