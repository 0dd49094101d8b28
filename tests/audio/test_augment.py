"""Augmentation: a function of the seed alone, and each change within what it promises."""

from __future__ import annotations

import random
from types import ModuleType

import numpy as np
import pytest

import affectone.registry
from affectone.audio.augment import AugmentConfig, augment, room_response
from affectone.errors import ConfigError, MissingExtraError

pytest.importorskip("audiomentations")
RATE = 16000
NOTHING = {"slowest": 1.0, "fastest": 1.0, "noise": 0.0, "reverb": 0.0, "band": 0.0, "level": 0.0}
EVERYTHING = AugmentConfig(noise=1.0, reverb=1.0, band=1.0, level=1.0)


@pytest.fixture(scope="module")
def speech(tiny: ModuleType) -> np.ndarray:
    """Return a second and a half of made-up speech with a peak of 0.5."""
    sound: np.ndarray = tiny.speech(1.5)
    return sound


def changed(samples: np.ndarray, seed: int = 3, **changes: float) -> np.ndarray:
    """Return a copy in which only the named changes are on."""
    return augment(samples, RATE, seed=seed, config=AugmentConfig(**(NOTHING | changes)))


def normal(samples: np.ndarray) -> np.ndarray:
    return samples / np.abs(samples).max()


def decibels(power: float) -> float:
    return float(10 * np.log10(power))


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_the_same_seed_gives_the_same_copy(speech: np.ndarray, seed: int) -> None:
    one = augment(speech, RATE, seed=seed, config=EVERYTHING)
    random.random()  # noqa: S311
    np.random.rand()  # noqa: NPY002
    assert np.array_equal(one, augment(speech, RATE, seed=seed, config=EVERYTHING))


def test_another_seed_gives_another_copy(speech: np.ndarray) -> None:
    one, other = (augment(speech, RATE, seed=seed, config=EVERYTHING) for seed in (1, 2))
    assert one.shape != other.shape or not np.allclose(one, other)


@pytest.mark.parametrize("seed", range(8))
def test_copies_are_sound(speech: np.ndarray, seed: int) -> None:
    copy = augment(speech, RATE, seed=seed, config=EVERYTHING)
    assert copy.dtype == np.float32
    assert np.isfinite(copy).all()
    assert 0.05 < np.abs(copy).max() <= 1.0


def test_the_given_samples_stay_as_they_are(speech: np.ndarray) -> None:
    before = speech.copy()
    augment(speech, RATE, seed=1, config=EVERYTHING)
    assert np.array_equal(before, speech)


def test_silence_stays_finite() -> None:
    assert np.isfinite(augment(np.zeros(RATE, np.float32), RATE, seed=1, config=EVERYTHING)).all()


def test_the_global_generators_are_left_alone(speech: np.ndarray) -> None:
    state, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    augment(speech, RATE, seed=1, config=EVERYTHING)
    assert random.getstate() == state
    assert all(np.array_equal(a, b) for a, b in zip(legacy, np.random.get_state(), strict=True))  # noqa: NPY002


def test_with_everything_off_only_the_peak_changes(speech: np.ndarray) -> None:
    np.testing.assert_allclose(changed(speech), normal(speech), atol=1e-6)


@pytest.mark.parametrize("speed", [0.85, 1.0, 1.18])
def test_the_length_follows_the_speed(speech: np.ndarray, speed: float) -> None:
    copy = changed(speech, slowest=speed, fastest=speed)
    assert copy.size == pytest.approx(speech.size / speed, abs=2)


@pytest.mark.parametrize("change", ["noise", "reverb", "band", "level"])
def test_nothing_but_the_speed_changes_the_length(speech: np.ndarray, change: str) -> None:
    copy = changed(speech, **{change: 1.0})
    assert copy.size == speech.size
    assert not np.allclose(copy, normal(speech), atol=1e-3)


def test_speeds_lie_in_the_range(speech: np.ndarray) -> None:
    speeds = [speech.size / changed(speech, seed, slowest=0.8, fastest=1.25).size for seed in range(20)]
    assert 0.799 < min(speeds) < 0.9
    assert 1.1 < max(speeds) < 1.251


def test_speed_moves_the_pitch_with_it() -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    copy = changed(tone, slowest=1.1, fastest=1.1)
    spectrum = np.abs(np.fft.rfft(copy * np.hanning(copy.size)))
    assert spectrum.argmax() * RATE / copy.size == pytest.approx(1100, abs=2)


def test_noise_lies_5_to_30_db_under_the_speech(speech: np.ndarray) -> None:
    ratios = []
    for seed in range(16):
        copy = changed(speech, seed, noise=1.0)
        kept = np.abs(copy) < 1.0  # Where the sum was clipped, the noise cannot be told.
        noise = (copy - normal(speech))[kept]
        ratios.append(decibels(np.mean(normal(speech) ** 2) / np.mean(noise**2)))
    assert min(ratios) > 4.5
    assert max(ratios) < 30.5
    assert max(ratios) - min(ratios) > 10


def test_a_narrow_band_has_nothing_above_it(speech: np.ndarray) -> None:
    noise = np.random.default_rng(1).standard_normal(2 * RATE).astype(np.float32)
    for seed in range(6):
        power = np.abs(np.fft.rfft(changed(0.2 * noise, seed, band=1.0))) ** 2
        hertz = np.fft.rfftfreq(2 * RATE, 1 / RATE)
        assert decibels(power[hertz > 7900].mean() / power[(hertz > 900) & (hertz < 1300)].mean()) < -5


def test_levels_lie_between_20_db_down_and_9_db_up(speech: np.ndarray) -> None:
    quiet_half = np.abs(normal(speech)) < 0.3  # Never clipped by 9 dB up.
    gains = [
        decibels(np.sum(changed(speech, seed, level=1.0)[quiet_half] ** 2))
        - decibels(np.sum(normal(speech)[quiet_half] ** 2))
        for seed in range(16)
    ]
    assert min(gains) > -20.1
    assert max(gains) < 9.1
    assert max(gains) - min(gains) > 10


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


def test_an_echo_comes_after_its_sound() -> None:
    click = np.zeros(RATE, np.float32)
    click[4000] = 1.0
    copy = changed(click, reverb=1.0)
    assert np.abs(copy[:3990]).max() < 1e-3
    assert np.abs(copy[4010:5000]).max() > 1e-3


@pytest.mark.parametrize(
    "wrong", [{"noise": 1.5}, {"level": -0.1}, {"slowest": 0.0}, {"slowest": 1.2, "fastest": 1.1}]
)
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        AugmentConfig(**wrong)


def test_without_its_libraries_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(affectone.registry.EXTRA_MODULES, "features", ("no_such_module_anywhere",))
    with pytest.raises(MissingExtraError, match="augmentation needs the extra 'features'"):
        changed(np.zeros(100, np.float32))
