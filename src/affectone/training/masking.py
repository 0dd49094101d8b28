"""Random changes to log-mel frames: a mel shift, an equaliser, SpecAugment's masks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affectone.training.config import MaskingConfig

__all__ = ["mask_frames"]

FloatArray = npt.NDArray[np.float32]


def mask_frames(frames: FloatArray, rng: np.random.Generator, config: MaskingConfig) -> FloatArray:
    """Return levelled, shifted, equalised and masked frames of shape ``(batch, frames, bands)``.

    Masks are filled with 0, the mean of a levelled clip (Park et al. 2019, section 2).
    """
    batch, length, bands = frames.shape
    changed = np.stack([_shift(clip, int(rng.integers(-config.shift, config.shift + 1))) for clip in frames])
    changed += _tilt(rng, batch, bands, config.tilt)
    changed -= changed.mean(axis=(1, 2), keepdims=True)
    for clip in changed:
        for _ in range(config.frequency_masks):
            width = int(rng.integers(0, min(config.frequency_width, bands) + 1))
            start = int(rng.integers(0, bands - width + 1))
            clip[:, start : start + width] = 0.0
        for _ in range(config.time_masks):
            width = int(rng.integers(0, min(config.time_width, length // 5) + 1))
            start = int(rng.integers(0, length - width + 1))
            clip[start : start + width] = 0.0
    return changed


def _shift(clip: FloatArray, bands: int) -> FloatArray:
    """Move a clip along the mel axis, as a longer or shorter vocal tract would; the edge band repeats."""
    source = np.clip(np.arange(clip.shape[1]) - bands, 0, clip.shape[1] - 1)
    return clip[:, source]


def _tilt(rng: np.random.Generator, batch: int, bands: int, deviation: float) -> FloatArray:
    """Draw a smooth equaliser a clip from six points over the bands: ``(batch, 1, bands)``."""
    points = rng.normal(0.0, deviation, (batch, 6))
    places = np.linspace(0, 5, bands)
    curves = [np.interp(places, np.arange(6), curve) for curve in points]
    return np.stack(curves)[:, None, :].astype(np.float32)
