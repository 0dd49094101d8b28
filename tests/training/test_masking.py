"""Random changes to frames: within bounds, repeatable, and none where all are off."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from affectone.training.config import MaskingConfig
from affectone.training.masking import mask_frames

OFF = {
    "frequency_masks": 0,
    "frequency_width": 0,
    "time_masks": 0,
    "time_width": 0,
    "shift": 0,
    "tilt": 0.0,
}


def frames(batch: int = 3, length: int = 60, bands: int = 32) -> np.ndarray:
    return np.random.default_rng(8).normal(1.0, 1.0, (batch, length, bands)).astype(np.float32)


def masked(given: np.ndarray, seed: int = 1, **on: float) -> np.ndarray:
    """Return frames with only the named changes on."""
    config = MaskingConfig.model_validate(OFF | on)
    return mask_frames(given, np.random.default_rng(seed), config)


def levelled(given: np.ndarray) -> np.ndarray:
    return given - given.mean(axis=(1, 2), keepdims=True)


def test_all_off_is_levelling() -> None:
    np.testing.assert_allclose(masked(frames()), levelled(frames()), atol=1e-6)


def test_the_same_seed_gives_the_same_changes() -> None:
    config = MaskingConfig()
    one, same, other = (mask_frames(frames(), np.random.default_rng(seed), config) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_the_given_frames_stay_as_they_are() -> None:
    given = frames()
    before = given.copy()
    mask_frames(given, np.random.default_rng(1), MaskingConfig())
    assert np.array_equal(given, before)


@given(seed=st.integers(0, 10_000), length=st.integers(1, 90), bands=st.integers(8, 40))
def test_shape_and_type_stay(seed: int, length: int, bands: int) -> None:
    given = frames(2, length, bands)
    found = mask_frames(given, np.random.default_rng(seed), MaskingConfig())
    assert (found.shape, found.dtype) == (given.shape, np.float32)
    assert np.isfinite(found).all()


@given(seed=st.integers(0, 10_000))
def test_frequency_masks_are_whole_bands_within_bounds(seed: int) -> None:
    zero = masked(frames(), seed, frequency_masks=2, frequency_width=6) == 0
    whole = zero.all(axis=1)
    assert np.array_equal(zero.any(axis=1), whole)
    assert whole.sum(axis=1).max() <= 12
    assert np.abs(np.diff(whole.astype(int), axis=1)).sum(axis=1).max() <= 4


@given(seed=st.integers(0, 10_000), length=st.integers(5, 60))
def test_time_masks_are_whole_frames_and_a_fifth_at_most(seed: int, length: int) -> None:
    zero = masked(frames(length=length), seed, time_masks=1, time_width=12) == 0
    whole = zero.all(axis=2)
    assert np.array_equal(zero.any(axis=2), whole)
    assert whole.sum(axis=1).max() <= min(12, length // 5)


def test_every_width_and_place_is_drawn() -> None:
    found = [masked(frames(1), seed, frequency_masks=1, frequency_width=3) == 0 for seed in range(300)]
    bands = np.array([part.all(axis=1)[0] for part in found])
    assert set(bands.sum(axis=1)) == {0, 1, 2, 3}
    assert bands.any(axis=0).all()


def test_a_shift_moves_bands_and_repeats_the_edge() -> None:
    given = frames(1)
    moves = set()
    for seed in range(40):
        found = masked(given, seed, shift=2)[0]
        distances = []
        for move in range(-2, 3):
            source = np.clip(np.arange(32) - move, 0, 31)
            expected = levelled(given[:, :, source])[0]
            distances.append(np.abs(found - expected).max())
        assert min(distances) < 1e-5
        moves.add(int(np.argmin(distances)) - 2)
    assert moves == {-2, -1, 0, 1, 2}


def test_a_tilt_is_one_smooth_curve_a_clip() -> None:
    given = frames(200)
    curve = masked(given, tilt=0.1) - levelled(given)
    np.testing.assert_allclose(curve, np.broadcast_to(curve[:, :1], curve.shape), atol=1e-5)
    assert 0.05 < curve[:, 0].std() < 0.12
    assert np.abs(np.diff(curve[:, 0], n=2, axis=1)).mean() < 0.05


def test_levelling_comes_after_the_equaliser() -> None:
    np.testing.assert_allclose(masked(frames(), tilt=0.5, shift=2).mean(axis=(1, 2)), 0, atol=1e-5)


def test_masks_wider_than_the_bands_cover_them_all_at_most() -> None:
    found = [masked(frames(1, bands=8), seed, frequency_masks=1, frequency_width=20) for seed in range(60)]
    assert max((part == 0).all(axis=1).sum() for part in found) == 8
