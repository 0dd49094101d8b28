"""Features of sounds whose answers follow from what they are."""

from __future__ import annotations

import re

import numpy as np
import pytest

from affectone.errors import ConfigError
from affectone.features import Features, Settings, extract
from affectone.features.spectral import PITCH_CLASSES

RATE = 16000
TIME = np.arange(2 * RATE) / RATE


def measured(samples: np.ndarray, name: str, **settings: object) -> Features:
    return extract(samples, name, sample_rate=RATE, settings=Settings(**settings))  # type: ignore[arg-type]


def tone(hertz: float, level: float = 0.5) -> np.ndarray:
    return np.asarray(level * np.sin(2 * np.pi * hertz * TIME))


@pytest.mark.parametrize(("hertz", "note"), [(440.0, "A"), (261.63, "C"), (1244.51, "D#")])
def test_a_tone_puts_chroma_at_its_note(hertz: float, note: str) -> None:
    values = measured(tone(hertz), "chroma").values[2:-2]
    assert {PITCH_CLASSES[place] for place in values.argmax(axis=1)} == {note}
    np.testing.assert_array_equal(values.max(axis=1), 1)


@pytest.mark.parametrize("hertz", [100.0, 220.0, 440.0])
def test_the_pitch_of_a_tone_is_its_frequency(hertz: float) -> None:
    pitch = measured(tone(hertz), "pitch")
    inner = slice(1, -1)  # Half of the outer frames lies in the silence around the sound.
    assert pitch["pitch_voiced"][inner].all()
    np.testing.assert_allclose(pitch["pitch_hz"][inner], hertz, atol=1.0)


def test_the_pitch_of_a_sweep_is_that_of_each_frames_middle() -> None:
    sweep = 0.5 * np.sin(2 * np.pi * (100 * TIME + 50 * TIME**2))
    pitch = measured(sweep, "pitch")
    inner = slice(2, -2)
    np.testing.assert_allclose(pitch["pitch_hz"][inner], (100 + 100 * pitch.times)[inner], atol=0.1)


@pytest.mark.parametrize("hop", [160, 512, 1600])
def test_pitch_starts_and_ends_with_the_voice(hop: int) -> None:
    spoken = np.where((TIME >= 0.5) & (TIME < 1.5), tone(200.0), 0.0)
    pitch = measured(spoken, "pitch", hop=hop)
    voiced = pitch.times[pitch["pitch_voiced"] == 1]
    assert voiced[[0, -1]] == pytest.approx([0.5, 1.5], abs=0.02 + hop / RATE)


@pytest.mark.parametrize("hop", [*range(8, 18), 100])
def test_pitch_has_as_many_frames_as_the_other_sets_at_any_hop(hop: int) -> None:
    settings = Settings(sample_rate=1000, hop=hop, n_fft=64, n_mels=4, n_mfcc=4, pitch_highest=400)
    for samples in (1, 499, 500, 1023):
        both = extract(np.zeros(samples), ["pitch", "rms"], sample_rate=1000, settings=settings)
        assert {len(found.values) for found in both.values()} == {1 + samples // hop}


def test_a_hop_too_small_for_pitch_is_refused() -> None:
    with pytest.raises(ConfigError, match="pitch needs hop >= 8; got 7"):
        extract(np.zeros(500), "pitch", sample_rate=16000, settings=Settings(hop=7))


def test_there_is_no_pitch_in_noise() -> None:
    hiss = 0.1 * np.random.default_rng(1).normal(size=2 * RATE)
    pitch = measured(hiss, "pitch")
    assert pitch["pitch_voiced"].mean() < 0.1
    np.testing.assert_array_equal(np.isnan(pitch["pitch_hz"]), pitch["pitch_voiced"] == 0)


def test_white_noise_is_as_flat_as_chance_allows() -> None:
    hiss = 0.1 * np.random.default_rng(2).normal(size=8 * RATE)
    # Powers are exponentially distributed: their geometric mean is exp(-Euler's constant) of the mean.
    flatness = measured(hiss, "flatness").values[2:-2]
    assert flatness.mean() == pytest.approx(np.exp(-np.euler_gamma), abs=0.01)


def test_a_tone_is_not_flat() -> None:
    assert measured(tone(1000), "flatness").values[3:-3].max() < 1e-4


@pytest.mark.parametrize(("name", "within"), [("centroid", 60.0), ("rolloff", 150.0)])
def test_a_chirp_is_followed(name: str, within: float) -> None:
    chirp = 0.5 * np.sin(2 * np.pi * (500 * TIME + 1000 * TIME**2))
    followed = measured(chirp, name)
    inner = slice(3, -3)
    np.testing.assert_allclose(followed[name][inner], (500 + 2000 * followed.times)[inner], atol=within)


def test_the_bandwidth_of_two_tones_is_half_their_distance() -> None:
    both = measured(tone(1000, 0.4) + tone(3000, 0.4), "bandwidth").values[3:-3]
    np.testing.assert_allclose(both, 1000, rtol=0.02)


def test_the_rms_of_a_sine_is_its_amplitude_by_root_two() -> None:
    np.testing.assert_allclose(measured(tone(1000, 0.8), "rms").values[3:-3], 0.8 / np.sqrt(2), rtol=1e-4)


def test_a_sine_crosses_zero_twice_in_a_period() -> None:
    np.testing.assert_allclose(measured(tone(1000), "zcr").values[3:-3], 2 * 1000 / RATE, atol=2 / 2048)


def test_a_click_stands_in_the_frame_centred_on_it() -> None:
    click = np.zeros(2 * RATE)
    click[RATE] = 0.9
    loud = extract(click, "mel", sample_rate=RATE, settings=Settings(n_fft=1024, hop=400, n_mels=40))
    assert loud.times[loud.values.sum(axis=1).argmax()] == pytest.approx(1.0)


def test_ten_times_the_amplitude_is_20_decibels() -> None:
    quiet, loud = (measured(tone(1000, level), "log_mel").values.max() for level in (0.05, 0.5))
    assert loud - quiet == pytest.approx(20, abs=1e-3)


def test_delta_of_a_steady_sound_is_zero_and_of_a_fade_is_not() -> None:
    steady = measured(tone(1000), "mfcc_delta").values[8:-8]
    fading = measured(tone(1000) * np.exp(-TIME), "mfcc_delta").values[8:-8, 0]
    assert np.abs(steady).max() < 1e-2
    assert fading.max() < 0


def test_contrast_of_a_tone_is_largest_in_its_octave() -> None:
    octave = measured(tone(1000), "contrast").values[3:-3].argmax(axis=1)
    assert set(octave) == {3}  # Below 200, then 200 to 400, 400 to 800, and 800 to 1600 Hz.


def test_periodic_pulses_have_neither_jitter_nor_shimmer() -> None:
    pulses = np.zeros(2 * RATE)
    pulses[::160] = 0.9
    quality = extract(pulses, "voice_quality", sample_rate=RATE, level="clip")
    assert quality["jitter_local"] == pytest.approx(0, abs=1e-6)
    assert quality["shimmer_local"] == pytest.approx(0, abs=1e-6)
    assert quality["voice_periods"] == pytest.approx(200, abs=3)


@pytest.mark.parametrize("decibels", [5.0, 20.0])
def test_harmonics_to_noise_is_the_ratio_that_was_mixed(decibels: float) -> None:
    hum = sum(tone(150.0 * harmonic, 0.1) for harmonic in range(1, 8))
    hiss = np.random.default_rng(8).normal(size=2 * RATE)
    hiss *= np.sqrt(np.mean(hum**2) / np.mean(hiss**2)) * 10 ** (-decibels / 20)
    quality = extract(hum + hiss, "voice_quality", sample_rate=RATE, level="clip")
    assert quality["hnr_db"] == pytest.approx(decibels, abs=1.0)


def test_periods_of_two_lengths_in_turn_have_the_jitter_of_their_difference() -> None:
    pulses = np.zeros(2 * RATE)
    pulses[np.cumsum(np.tile([158, 162], 98))] = 0.9
    quality = extract(pulses, "voice_quality", sample_rate=RATE, level="clip")
    assert quality["jitter_local"] == pytest.approx(4 / 160, rel=0.05)


def test_silence_is_what_the_documentation_says() -> None:
    silence = np.zeros(RATE)
    nothing = ("rms", "zcr", "centroid", "bandwidth", "rolloff", "chroma")
    found = extract(silence, [*nothing, "flatness", "log_mel"], sample_rate=RATE)
    assert not any(found[name].values.any() for name in nothing)
    np.testing.assert_allclose(found["flatness"].values, 1.0, rtol=1e-5)
    np.testing.assert_allclose(found["log_mel"].values, -100.0, rtol=1e-5)


def test_openSMILE_is_given_full_scale_without_wrapping() -> None:  # noqa: N802 - its name
    loud = np.sign(tone(200.0, 1.0))
    almost = np.clip(loud, -0.999, 0.999)
    values = [extract(one, "egemaps", sample_rate=RATE, level="clip").values for one in (loud, almost)]
    np.testing.assert_allclose(*values, rtol=0.05, atol=0.5)


@pytest.mark.corpora
def test_voice_quality_is_that_of_praats_report(spoken: np.ndarray) -> None:
    parselmouth = pytest.importorskip("parselmouth")
    heard = parselmouth.Sound(spoken.astype(float), sampling_frequency=RATE)
    pitch = heard.to_pitch_ac(pitch_floor=75, pitch_ceiling=600)
    pulses = parselmouth.praat.call([heard, pitch], "To PointProcess (cc)")
    report = parselmouth.praat.call(
        [heard, pitch, pulses], "Voice report", 0, 0, 75, 600, 1.3, 1.6, 0.03, 0.45
    )
    quality = extract(spoken, "voice_quality", sample_rate=RATE, level="clip")
    for words, name, scale in (
        ("Number of periods", "voice_periods", 1),
        ("Jitter (local)", "jitter_local", 100),
        ("Shimmer (apq11)", "shimmer_apq11", 100),
        ("Mean harmonics-to-noise ratio", "hnr_db", 1),
    ):
        (said,) = re.findall(re.escape(words) + r": ([\d.]+)", report)
        assert scale * quality[name] == pytest.approx(float(said), abs=1e-3)
