"""Every step does what its settings say, measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from affectone.audio.augment import Augmentation, room_response
from affectone.audio.augment.noise import coloured_noise

pytest.importorskip("audiomentations")
RATE = 16000
COLOURS = ["white", "pink", "brown"]


def changed(samples: np.ndarray, kind: str, seed: int = 3, at: int = RATE, **settings: Any) -> np.ndarray:
    """Return a copy that one step has changed."""
    return Augmentation([{"kind": kind, **settings}])(samples, at, seed=seed)


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray:
    times = np.arange(int(seconds * RATE)) / RATE
    return (0.5 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def white(size: int = 2 * RATE) -> np.ndarray:
    return (0.1 * np.random.default_rng(1).standard_normal(size)).astype(np.float32)


def loudest_hertz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size), 8 * samples.size))
    return float(spectrum.argmax() * RATE / (8 * samples.size))


def decibels(power: float) -> float:
    return float(10 * np.log10(power))


def power_between(samples: np.ndarray, low: float, high: float, rate: int = RATE) -> float:
    """Return the mean power per bin of a band in dB."""
    power = np.abs(np.fft.rfft(samples * np.hanning(samples.size))) ** 2
    hertz = np.fft.rfftfreq(samples.size, 1 / rate)
    return decibels(power[(hertz >= low) & (hertz < high)].mean() + 1e-30)


def lag(copy: np.ndarray, samples: np.ndarray) -> int:
    """Return by how many samples a copy is later."""
    size = 2 * samples.size
    likeness = np.fft.irfft(np.fft.rfft(copy, size) * np.conj(np.fft.rfft(samples, size)))
    later = int(likeness.argmax())
    return later if later < samples.size else later - size


@pytest.fixture
def like_speech(speechlike: Callable[..., np.ndarray]) -> np.ndarray:
    """Return two seconds of sound with the spectrum of speech."""
    samples = np.asarray(speechlike(RATE, 2.0), dtype=np.float32).reshape(-1)
    return samples / (2 * np.abs(samples).max())


@pytest.mark.parametrize("factor", [0.8, 1.1, 1.25])
def test_speed_shortens_and_raises_by_its_factor(factor: float) -> None:
    copy = changed(tone(1000), "speed", factor=[factor, factor])
    assert copy.size == pytest.approx(RATE / factor, abs=2)
    assert loudest_hertz(copy) == pytest.approx(1000 * factor, rel=1e-3)


def test_factors_lie_in_the_range() -> None:
    sizes = [RATE / changed(tone(300), "speed", seed, factor=[0.8, 1.25]).size for seed in range(20)]
    assert 0.799 < min(sizes) < 0.9
    assert 1.1 < max(sizes) < 1.251


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_time_stretch_changes_the_length_and_keeps_the_pitch(rate: float) -> None:
    copy = changed(tone(440), "time_stretch", rate=[rate, rate])
    assert copy.size == pytest.approx(RATE / rate, abs=2)
    assert loudest_hertz(copy) == pytest.approx(440, rel=5e-3)


@pytest.mark.parametrize(("semitones", "times"), [(12, 2.0), (-12, 0.5), (3, 2 ** (3 / 12))])
def test_pitch_moves_and_keeps_the_length(semitones: float, times: float) -> None:
    copy = changed(tone(440), "pitch", semitones=[semitones, semitones])
    assert copy.size == RATE
    assert loudest_hertz(copy) == pytest.approx(440 * times, rel=5e-3)


@pytest.mark.parametrize("fraction", [-0.3, 0.2])
def test_a_shift_moves_the_clip_and_leaves_silence(fraction: float) -> None:
    samples = white()
    copy, by = changed(samples, "shift", fraction=[fraction, fraction]), round(abs(fraction) * 2 * RATE)
    fade = int(0.005 * RATE)
    moved, still = (copy[by + fade :], samples[: -by - fade]) if fraction > 0 else (copy, samples[by:])
    np.testing.assert_array_equal(moved[: still.size - fade], still[fade:] if fraction > 0 else still[:-fade])
    assert not (copy[:by] if fraction > 0 else copy[-by:]).any()


@pytest.mark.parametrize("seconds", [0.25, 0.5])
def test_an_excerpt_is_the_loudest_stretch(seconds: float) -> None:
    quiet, loud = 0.1 * tone(300), tone(300, 0.5)
    clip = np.concatenate([quiet, loud, quiet])
    copy = changed(clip, "excerpt", seconds=[seconds, seconds])
    assert copy.size == int(seconds * RATE)
    assert np.mean(copy**2) == pytest.approx(0.125, rel=1e-3)


def test_a_clip_that_is_shorter_is_repeated() -> None:
    clip = white(1000)
    copy = changed(clip, "excerpt", seconds=[0.2, 0.2])
    assert np.array_equal(copy, np.concatenate([clip, clip, clip, clip[:200]]))


@pytest.mark.parametrize("change", [-20.0, -3.0, 4.0])
def test_a_gain_is_exact(change: float) -> None:
    copy = changed(0.5 * tone(440), "gain", decibels=[change, change])
    np.testing.assert_allclose(copy, 0.5 * tone(440) * 10 ** (change / 20), rtol=1e-5, atol=1e-8)


def test_gains_lie_in_the_range() -> None:
    levels = [
        decibels(np.mean(changed(tone(440), "gain", seed, decibels=[-20, 0]) ** 2) / 0.125)
        for seed in range(20)
    ]
    assert -20.01 < min(levels) < -15
    assert -5 < max(levels) < 0.01


def test_normalize_gives_a_peak_of_1() -> None:
    np.testing.assert_allclose(changed(0.2 * tone(440), "normalize"), 2 * tone(440), atol=1e-4)


@pytest.mark.parametrize("percent", [10, 40])
def test_as_many_samples_are_clipped_as_stated(percent: int) -> None:
    copy = changed(white(), "clipping", percent=[percent, percent])
    at_the_limits = np.isin(copy, [copy.min(), copy.max()]).mean()
    assert at_the_limits == pytest.approx(percent / 100, abs=0.002)


@pytest.mark.parametrize("snr", [-5.0, 5.0, 20.0, 30.0])
@pytest.mark.parametrize("colour", COLOURS)
def test_the_stated_ratio_of_signal_to_noise_is_reached(colour: str, snr: float) -> None:
    samples = 0.1 * tone(440)
    noise = changed(samples, "noise", snr=[snr, snr], colours=[colour]) - samples
    assert decibels(np.mean(samples**2) / np.mean(noise**2)) == pytest.approx(snr, abs=0.05)


@pytest.mark.parametrize("snr", [-20.0, 0.0, 10.0])
@pytest.mark.parametrize("own", [True, False], ids=["of a folder", "made up"])
def test_the_ratio_holds_where_the_sum_would_be_clipped(tmp_path: Path, own: bool, snr: float) -> None:
    sf.write(tmp_path / "noise.wav", white(3 * RATE), RATE, subtype="FLOAT")
    samples = 1.9 * tone(440)
    how = {"snr": [snr, snr], "folder": tmp_path if own else None}
    quiet, copy = changed(0.01 * samples, "noise", **how), changed(samples, "noise", **how)
    assert np.abs(100 * quiet).max() > 1  # Of which `test_the_stated_ratio...` holds.
    np.testing.assert_allclose(copy, quiet / np.abs(quiet).max(), atol=1e-5)


def test_ratios_lie_in_the_range() -> None:
    samples, ratios = 0.2 * tone(440), []
    for seed in range(20):
        noise = changed(samples, "noise", seed, snr=[5, 30]) - samples
        ratios.append(decibels(np.mean(samples**2) / np.mean(noise**2)))
    assert 4.9 < min(ratios) < 10
    assert 25 < max(ratios) < 30.1


@pytest.mark.parametrize(("colour", "slope"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02)])
def test_a_colour_has_its_slope(colour: str, slope: float) -> None:
    noise = coloured_noise(20 * RATE, RATE, colour, np.random.default_rng(1))
    octaves = [power_between(noise, low, 2 * low) for low in (125, 250, 500, 1000, 2000)]
    assert np.diff(octaves) == pytest.approx([slope] * 4, abs=0.4)


def test_the_colours_given_are_all_drawn() -> None:
    samples = 0.2 * tone(440)
    tilts = set()
    for seed in range(12):
        noise = changed(samples, "noise", seed, snr=[10, 10], colours=["white", "brown"]) - samples
        tilts.add(round((power_between(noise, 100, 200) - power_between(noise, 3200, 6400)) / 30))
    assert tilts == {0, 1}


@pytest.mark.parametrize("snr", [5.0, 30.0])
def test_sloped_noise_reaches_its_ratio_too(snr: float) -> None:
    samples = 0.1 * tone(440)
    noise = changed(samples, "sloped_noise", snr=[snr, snr]) - samples
    assert decibels(np.mean(samples**2) / np.mean(noise**2)) == pytest.approx(snr, abs=0.5)


@pytest.mark.parametrize("seconds", [0.3, 5.0], ids=["shorter than the clip", "longer than the clip"])
def test_noise_of_ones_own_reaches_its_ratio(tmp_path: Path, seconds: float) -> None:
    (tmp_path / "street").mkdir()
    size = int(seconds * 44100)
    hum = 0.3 * np.sin(2 * np.pi * 2500 * np.arange(size) / 44100) * np.linspace(0.1, 1, size)
    sf.write(tmp_path / "street" / "hum.flac", hum, 44100)
    samples = 0.1 * tone(440)
    noise = changed(samples, "noise", snr=[12, 12], folder=tmp_path) - samples
    assert decibels(np.mean(samples**2) / np.mean(noise**2)) == pytest.approx(12, abs=0.05)
    assert loudest_hertz(noise) == pytest.approx(2500, abs=5)


def test_a_silent_noise_adds_nothing(tmp_path: Path) -> None:
    sf.write(tmp_path / "silence.wav", np.zeros(RATE), RATE)
    assert np.array_equal(changed(tone(440), "noise", folder=tmp_path), tone(440))


def decay_time(response: np.ndarray) -> float:
    """Return T60 in seconds from the slope of Schroeder's backward integral, 5 to 25 dB down."""
    energy = np.cumsum(response[1:].astype(np.float64)[::-1] ** 2)[::-1]
    level = 10 * np.log10(energy / energy[0])
    used = (level < -5) & (level > -25)
    slope = np.polyfit(np.flatnonzero(used) / RATE, level[used], 1)[0]
    return float(-60 / slope)


@pytest.mark.parametrize("decay", [0.15, 0.3, 0.6])
def test_a_room_decays_by_60_db_in_its_time(decay: float) -> None:
    response = room_response(RATE, decay=decay, direct=4.0, rng=np.random.default_rng(1))
    assert response.size == int(decay * RATE)
    assert decay_time(response) == pytest.approx(decay, rel=0.1)


@pytest.mark.parametrize("direct", [2.0, 8.0])
def test_the_direct_path_is_as_strong_as_asked(direct: float) -> None:
    response = room_response(RATE, decay=0.4, direct=direct, rng=np.random.default_rng(1))
    assert response[0] == 1.0
    assert 1 / np.sqrt(np.sum(response[1:] ** 2)) == pytest.approx(direct, rel=0.01)


@pytest.mark.parametrize("decay", [0.2, 0.5])
def test_a_click_in_a_room_dies_away_in_the_rooms_time(decay: float) -> None:
    click = np.zeros(RATE, np.float32)
    click[4000] = 0.5
    copy = changed(click, "reverb", decay=[decay, decay])
    assert np.abs(copy[:4000]).max() < 1e-6
    assert copy[4000] == pytest.approx(0.5, abs=1e-4)
    assert decay_time(copy[4000 : 4000 + int(decay * RATE)]) == pytest.approx(decay, rel=0.1)


def test_a_room_of_ones_own_is_convolved_from_its_peak(tmp_path: Path) -> None:
    response = np.zeros(3000)
    response[[500, 1300]] = [0.4, -0.1]
    sf.write(tmp_path / "hall.wav", response, RATE, subtype="FLOAT")
    samples = 0.3 * white()
    expected = samples.copy()
    expected[800:] -= samples[:-800] / 4
    np.testing.assert_allclose(changed(samples, "reverb", folder=tmp_path), expected, atol=1e-5)


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_a_telephone_has_nothing_outside_its_band(rate: int) -> None:
    copy = changed(white(2 * rate), "telephone", at=rate)
    inside = power_between(copy, 400, 3300, rate)
    assert power_between(copy, 0, 200, rate) < inside - 35
    assert power_between(copy, 3700, 4000, rate) < inside - 35
    if rate > 8000:
        assert power_between(copy, 4100, rate / 2, rate) < inside - 80


def test_a_telephone_does_not_ring() -> None:
    click = np.zeros(RATE, np.float32)
    click[8000] = 0.9
    copy = changed(click, "telephone")
    assert np.abs(copy).argmax() == 8000
    assert np.abs(copy[8000 + RATE // 50 :]).max() < 1e-4 * np.abs(copy).max()


def test_a_telephone_keeps_what_is_in_its_band() -> None:
    copy = changed(tone(1000), "telephone")
    assert decibels(np.mean(copy[2000:-2000] ** 2) / 0.125) == pytest.approx(0, abs=0.6)


def test_a_narrow_band_has_nothing_above_it() -> None:
    for seed in range(6):
        copy = changed(white(), "narrow_band", seed)
        assert power_between(copy, 7900, 8000) < power_between(copy, 900, 1300) - 5


@pytest.mark.parametrize("bitrate", [8, 32, 64])
@pytest.mark.parametrize("codec", ["mp3", "opus", "mulaw", "alaw", "gsm"])
def test_a_codec_keeps_time_and_length(like_speech: np.ndarray, codec: str, bitrate: int) -> None:
    samples = like_speech[:-7]
    copy = changed(samples, "codec", codecs=[codec], bitrate=[bitrate, bitrate])
    assert copy.size == samples.size
    assert lag(copy, samples) == 0
    assert not np.array_equal(copy, samples)


@pytest.mark.parametrize(
    ("codec", "bitrate", "least"),
    [("mp3", 24, 0.99), ("mp3", 128, 0.9999), ("opus", 24, 0.97), ("opus", 128, 0.99), ("mulaw", 64, 0.999),
     ("alaw", 64, 0.999), ("gsm", 13, 0.95)],
)  # fmt: skip
def test_what_is_decoded_is_like_what_was_encoded(codec: str, bitrate: int, least: float) -> None:
    chord = 0.3 * (tone(220) + tone(660) + tone(1500))
    copy = changed(chord, "codec", codecs=[codec], bitrate=[bitrate, bitrate])
    assert least < np.corrcoef(copy, chord)[0, 1] < 1


def test_fewer_bits_are_heard(like_speech: np.ndarray) -> None:
    for codec in ("mp3", "opus"):
        few, many = (
            np.mean((changed(like_speech, "codec", codecs=[codec], bitrate=[b, b]) - like_speech) ** 2)
            for b in (16, 128)
        )
        assert few > 4 * many


@pytest.mark.parametrize("codec", ["mulaw", "gsm"])
def test_a_codec_of_telephones_sounds_like_8_khz(codec: str) -> None:
    copy = changed(white(), "codec", codecs=[codec])
    assert power_between(copy, 4200, 8000) < power_between(copy, 500, 3000) - 60


def test_the_same_folder_elsewhere_is_the_same_step(tmp_path: Path) -> None:
    for name in ("one", "other", "third"):
        (tmp_path / name).mkdir()
        sf.write(tmp_path / name / "noise.wav", white(100) * (2 if name == "third" else 1), RATE)
    one, other, third = (
        Augmentation([{"kind": "noise", "folder": tmp_path / name}]).identity()
        for name in ("one", "other", "third")
    )
    assert one == other
    assert one != third
