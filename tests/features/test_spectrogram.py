"""Spectrograms against what tones must give, and against librosa's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.errors import ConfigError
from affectone.features import mel_decibels, mel_to_hertz, power_spectrogram
from affectone.features.mel import hertz_to_mel

RATE = 16000


def tone(hertz: float, *, seconds: float = 0.5, level: float = 1.0) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


@pytest.mark.parametrize("hertz", [250.0, 1000.0, 4000.0])
def test_a_tone_has_its_power_at_its_frequency(hertz: float) -> None:
    power = power_spectrogram(tone(hertz), n_fft=512, window=512, hop=160)
    middle = power[len(power) // 2]
    assert np.argmax(middle) * RATE / 512 == hertz
    # A sine of amplitude 1 under Hann's window of 512 points: (512 / 4) squared.
    assert middle.max() == pytest.approx(128**2, rel=1e-6)


def test_all_power_of_a_frame_is_that_of_its_samples() -> None:
    samples = np.random.default_rng(1).normal(size=400)
    power = power_spectrogram(samples, n_fft=400, window=400, hop=200)[1]
    both_sides = power[0] + power[-1] + 2 * power[1:-1].sum()
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    assert both_sides / 400 == pytest.approx(np.sum((samples * hann) ** 2))


@pytest.mark.parametrize(("n_fft", "window", "hop"), [(1024, 400, 160), (512, 512, 128), (512, 401, 200)])
def test_power_equals_librosas(n_fft: int, window: int, hop: int) -> None:
    librosa = pytest.importorskip("librosa")
    samples = np.random.default_rng(2).normal(size=RATE // 2)
    expected = librosa.stft(samples, n_fft=n_fft, win_length=window, hop_length=hop, pad_mode="constant")
    found = power_spectrogram(samples, n_fft=n_fft, window=window, hop=hop)
    np.testing.assert_allclose(found, np.abs(expected.T) ** 2, rtol=1e-9, atol=1e-9)


def test_decibels_equal_librosas_to_a_thousandth() -> None:
    librosa = pytest.importorskip("librosa")
    samples = 0.1 * np.random.default_rng(3).normal(size=RATE // 2)
    mel = librosa.feature.melspectrogram(
        y=samples, sr=RATE, n_fft=1024, win_length=400, hop_length=160, pad_mode="constant", n_mels=64,
        fmin=50, fmax=7600, htk=True, norm=None,
    )  # fmt: skip
    expected = librosa.power_to_db(mel, ref=1.0, amin=1e-10, top_db=None)
    found = mel_decibels(
        samples, sample_rate=RATE, n_fft=1024, window=400, hop=160, bands=64, lowest=50, highest=7600
    )
    np.testing.assert_allclose(found, expected.T, atol=1e-3)


def decibels(samples: np.ndarray) -> np.ndarray:
    return mel_decibels(
        samples, sample_rate=RATE, n_fft=1024, window=400, hop=160, bands=64, lowest=50, highest=7600
    )


def test_ten_times_the_amplitude_is_20_decibels() -> None:
    quiet, loud = decibels(tone(1000, level=0.05)), decibels(tone(1000, level=0.5))
    heard = quiet > -60
    np.testing.assert_allclose((loud - quiet)[heard], 20, atol=1e-6)


def test_the_loudest_band_of_a_tone_is_the_one_around_it() -> None:
    edges = mel_to_hertz(np.linspace(hertz_to_mel(50), hertz_to_mel(7600), 66))
    band = int(np.argmax(decibels(tone(2000))[25]))
    assert edges[band] < 2000 < edges[band + 2]


def test_silence_is_100_decibels_down_and_finite() -> None:
    np.testing.assert_array_equal(decibels(np.zeros(1600)), np.full((11, 64), -100.0))


@given(st.integers(0, 3000), st.integers(2, 300), st.integers(0, 99), st.integers(1, 400))
def test_there_is_a_frame_for_every_hop(size: int, window: int, wider: int, hop: int) -> None:
    power = power_spectrogram(np.zeros(size), n_fft=window + wider, window=window, hop=hop)
    assert power.shape == (1 + size // hop, (window + wider) // 2 + 1)


def test_a_click_stands_in_the_frame_centred_on_it() -> None:
    click = np.zeros(1600)
    click[800] = 1.0
    power = power_spectrogram(click, n_fft=256, window=256, hop=160)
    assert np.argmax(power.sum(axis=1)) == 5


@pytest.mark.parametrize(("n_fft", "window", "hop"), [(256, 400, 160), (256, 1, 160), (256, 256, 0)])
def test_sizes_that_cannot_be_are_refused(n_fft: int, window: int, hop: int) -> None:
    with pytest.raises(
        ConfigError, match=f"2 <= window <= n_fft and hop >= 1; got {window}, {n_fft} and {hop}"
    ):
        power_spectrogram(np.zeros(100), n_fft=n_fft, window=window, hop=hop)
