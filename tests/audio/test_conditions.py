"""The conditions of robustness: what they say is what they do, and equal clips are changed alike."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("audiomentations")

import soundfile as sf

from affectone.audio.augment import CONDITIONS, Condition, noise_conditions
from affectone.errors import ConfigError

BY_NAME = {condition.name: condition for condition in CONDITIONS}
LENGTHS = {condition.name: condition for condition in CONDITIONS if condition.by == "length"}


@pytest.fixture(scope="module")
def clip(tiny: ModuleType) -> npt.NDArray[np.float32]:
    sound: npt.NDArray[np.float32] = tiny.spoken_clip(2.0)
    return sound


def power(samples: npt.NDArray[np.float32]) -> float:
    return float(np.square(samples, dtype=np.float64).mean())


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_a_clip_is_changed_alike_and_keeps_its_length_unless_that_is_changed(
    condition: Condition, clip: npt.NDArray[np.float32]
) -> None:
    one, other = (condition.changes(clip, 16000, seed=5) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    if condition.by == "length":
        assert one.size == float(condition.name.removesuffix(" s")) * 16000
    else:
        assert one.shape == clip.shape
        assert power(one - clip) > 1e-5 * power(clip)


@pytest.mark.parametrize("snr", [20, 10, 5, 0])
def test_noise_is_so_far_below_the_clip(snr: int, clip: npt.NDArray[np.float32]) -> None:
    noisy = BY_NAME[f"{snr} dB SNR"].changes(clip, 16000, seed=5)
    scale = np.dot(noisy, clip) / np.dot(clip, clip)  # A sum over 1 is scaled.
    assert 10 * np.log10(power(scale * clip) / power(noisy - scale * clip)) == pytest.approx(snr, abs=0.1)


def test_a_telephone_carries_nothing_above_4_khz(clip: npt.NDArray[np.float32]) -> None:
    bright = (clip + 0.1 * np.sin(2 * np.pi * 6000 * np.arange(clip.size) / 16000)).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(BY_NAME["G.711 mu-law, 8 kHz"].changes(bright, 16000, seed=0))) ** 2
    hertz = np.fft.rfftfreq(clip.size, 1 / 16000)
    assert spectrum[hertz > 4200].sum() < 1e-3 * spectrum.sum()


def test_a_room_is_heard_after_the_voice(clip: npt.NDArray[np.float32]) -> None:
    # Half a second of silence follows the last word; 60 dB are lost in 0.6 s.
    room = BY_NAME["T60 0.6 s, direct to reverberant 0 dB"].changes(clip, 16000, seed=0)
    assert power(clip[-7500:-5000]) < 1e-9 < 1e-5 < power(room[-7500:-5000])


@pytest.mark.parametrize(("decibels", "words"), [(-40, "40 dB below"), (-20, "20 dB below")])
def test_a_level_is_that_of_the_peak(decibels: int, words: str, clip: npt.NDArray[np.float32]) -> None:
    quiet = BY_NAME[f"peak {words} full scale"].changes(clip, 16000, seed=0)
    assert 20 * np.log10(np.abs(quiet).max()) == pytest.approx(decibels, abs=0.01)
    assert np.corrcoef(quiet, clip)[0, 1] == pytest.approx(1)


@pytest.mark.parametrize("decibels", [12, 24])
def test_what_is_over_full_scale_is_clipped(decibels: int, clip: npt.NDArray[np.float32]) -> None:
    loud = BY_NAME[f"peak {decibels} dB over full scale, clipped"].changes(clip, 16000, seed=0)
    over = np.abs(clip) / np.abs(clip).max() > 10 ** (-decibels / 20)
    assert np.array_equal(np.abs(loud) >= 1 - 1e-6, over)


def test_noise_of_a_folder_is_put_behind_the_clip(tmp_path: Path, clip: npt.NDArray[np.float32]) -> None:
    hum = 0.1 * np.sin(2 * np.pi * 50 * np.arange(16000) / 16000)
    sf.write(tmp_path / "hum.wav", hum, 16000)
    conditions = noise_conditions("hum", tmp_path)
    assert [(one.by, one.name) for one in conditions] == [("hum", f"{snr} dB SNR") for snr in (20, 10, 5, 0)]
    noisy = conditions[-1].changes(clip, 16000, seed=0)
    spectrum = np.abs(np.fft.rfft(noisy))
    assert np.fft.rfftfreq(noisy.size, 1 / 16000)[spectrum.argmax()] == pytest.approx(50, abs=0.5)


def test_noise_of_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        noise_conditions("hum", tmp_path / "not there")


def test_noise_is_read_whole_before_it_is_used(tmp_path: Path) -> None:
    samples = np.full(3 * 16000, 0.1, np.float32)
    samples[-1] = np.nan
    sf.write(tmp_path / "late.wav", samples, 16000, subtype="FLOAT")
    with pytest.raises(ConfigError, match=r"late\.wav: 1 of .* are NaN"):
        noise_conditions("hum", tmp_path)


def test_silence_is_no_noise(tmp_path: Path) -> None:
    sf.write(tmp_path / "quiet.wav", np.zeros(16000), 16000)
    with pytest.raises(ConfigError, match=r"quiet\.wav is silent$"):
        noise_conditions("hum", tmp_path)


def test_names_are_different() -> None:
    assert len({(condition.by, condition.name) for condition in CONDITIONS}) == len(CONDITIONS) == 17
