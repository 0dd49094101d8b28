"""How far a recording is from the tuning A = 440 Hz, as librosa's `estimate_tuning` has it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affectone.units import Hertz

__all__ = ["tuning_of"]

LOWEST, HIGHEST = 150.0, 4000.0
"""Only peaks between them are looked at, in Hz."""
LOUD_ENOUGH = 0.1
"""A peak is at least this share of its frame's largest value."""
OCTAVE_OF = 27.5
"""A frequency of a whole number of octaves below A = 440 Hz."""


def tuning_of(spectrum: npt.NDArray[np.float32], sample_rate: Hertz) -> float:
    """Return the commonest distance of spectral peaks from the nearest semitone.

    Only the columns that hold peaks are worked on, in librosa's order and precision, so that the result is
    the same and its time a fraction.

    Parameters
    ----------
    spectrum : numpy.ndarray of float32, shape (frames, n_fft // 2 + 1)
        Power or magnitude.
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        In semitones, from -0.5 to 0.49 in steps of 0.01; 0 where there is no peak.
    """
    pitches, heights = _peaks(spectrum, sample_rate)
    if not pitches.size:
        return 0.0
    pitches = pitches[heights >= np.median(heights)]
    residual = np.mod(12 * np.log2(pitches / OCTAVE_OF), 1.0)
    residual[residual >= 0.5] -= 1.0
    counts, edges = np.histogram(residual, np.linspace(-0.5, 0.5, 101))
    return float(edges[np.argmax(counts)])


def _peaks(
    spectrum: npt.NDArray[np.float32], sample_rate: Hertz
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return frequencies in Hz and heights of spectral peaks, between columns by a parabola."""
    n_fft = 2 * (spectrum.shape[1] - 1)
    frequencies = np.fft.rfftfreq(n_fft, 1 / sample_rate)
    inside = (frequencies >= LOWEST) & (frequencies < min(HIGHEST, sample_rate / 2))
    first, end = int(np.argmax(inside)), int(np.argmax(inside)) + int(inside.sum())
    if first == end:
        return np.empty(0, np.float32), np.empty(0, np.float32)
    here, before, after = (spectrum[:, first + step : end + step] for step in (0, -1, 1))
    least = LOUD_ENOUGH * spectrum.max(axis=1, keepdims=True)
    places = np.nonzero((here > least) & (here > before) & (here >= after))
    top, left, right = here[places], before[places], after[places]
    curve = (left + right) - 2 * top.astype(np.float64)
    slope = (right - left).astype(np.float64) / 2
    within = np.abs(slope) < np.abs(curve)
    shift = np.divide(-slope, curve, out=np.zeros_like(curve), where=within).astype(np.float32)
    pitches = ((places[1] + first + shift) * float(sample_rate) / n_fft).astype(np.float32)
    return pitches, np.asarray(top + 0.5 * ((right - left) / 2) * shift, np.float32)
