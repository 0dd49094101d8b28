"""Feature sets that come from the samples themselves. Definitions are librosa's."""

from __future__ import annotations

import numpy as np

from affectone.features.sets import Measured, feature_set
from affectone.features.sound import Sound

SILENT = 1e-10
"""Smaller samples count as zero, which has no sign."""


@feature_set("zcr")
def zcr(sound: Sound) -> Measured:
    """Share of a frame's samples whose sign differs from the sample before."""
    size, hop = sound.settings.n_fft, sound.settings.hop
    padded = np.pad(sound.samples, size // 2, mode="edge")
    negative = padded < -SILENT
    crossings = np.concatenate([[0], np.cumsum(negative[1:] != negative[:-1])])
    starts = np.arange(len(sound.times)) * hop
    # A frame's first sample has none before it.
    return Measured(("zcr",), ((crossings[starts + size - 1] - crossings[starts]) / size)[:, np.newaxis])


@feature_set("rms")
def rms(sound: Sound) -> Measured:
    """Root of the mean square of a frame's samples."""
    squares = np.einsum("fs,fs->f", sound.frames, sound.frames)
    return Measured(("rms",), np.sqrt(squares / sound.settings.n_fft)[:, np.newaxis])
