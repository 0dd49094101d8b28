"""The conditions of robustness: what they say is what they do, and equal clips are changed alike."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("audiomentations")

from affectone.audio.augment import CONDITIONS, Condition

BY_NAME = {condition.name: condition for condition in CONDITIONS}


@pytest.fixture(scope="module")
def clip(tiny: ModuleType) -> npt.NDArray[np.float32]:
    sound: npt.NDArray[np.float32] = tiny.spoken_clip(2.0)
    return sound


def power(samples: npt.NDArray[np.float32]) -> float:
    return float(np.square(samples, dtype=np.float64).mean())


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_a_clip_is_changed_keeps_its_length_and_is_changed_alike(
    condition: Condition, clip: npt.NDArray[np.float32]
) -> None:
    one, other = (condition.changes(clip, 16000, seed=5) for _ in range(2))
    assert one.shape == clip.shape
    np.testing.assert_array_equal(one, other)
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


def test_names_are_different() -> None:
    assert len(BY_NAME) == len(CONDITIONS) == 7
