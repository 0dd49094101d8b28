"""Whether a stretch without speech is music: tones that stay where they are, unlike speech and noise."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from affectone.audio.signal import FloatArray

__all__ = ["LENGTH", "MUSIC", "music_likeness"]

LENGTH: Final = 1024
"""Of a spectrum, in samples: 64 ms at 16 kHz. Spectra do not overlap."""
LEAST: Final = 16
"""Spectra that are needed: a second."""
WINDOW: Final = np.hanning(LENGTH).astype(np.float32)
AROUND: Final = 10
"""Bins on both sides whose mean level a bin is compared with: 156 Hz."""
STANDS_OUT: Final = 6.0
"""Decibels that a tone stands above them."""
LOWEST: Final = 8
"""Bins under 125 Hz are passed over: mains hum is there, and what an offset leaves."""
BESIDE: Final = 3
"""Bins on both sides down to whose lowest activity a peak is measured."""
STRONGEST: Final = 5
"""Peaks that are added up."""
MUSIC: Final = 2.5
"""Likeness from which on a stretch is music. Noise, clicks and drums reach 2.0, speech 2.6 in one window of a
hundred, and melodies and chords begin at 2.7."""


def music_likeness(spectra: FloatArray) -> float:
    """Return how far the spectrum of a stretch is held by tones that stay, from 0 to 5.

    This is the continuous frequency activation of Seyerlehner, Pohle, Schedl and Widmer, "Automatic music
    detection in television productions" (DAFx 2007), over one block: the share of time in which each bin
    stands out of its neighbourhood, and of it the heights of the five strongest peaks, added up. A tone, such
    as a dial tone, is music to it; drums alone are not.

    Parameters
    ----------
    spectra : numpy.ndarray of float32, shape (spectra, LENGTH)
        Samples at 16 kHz, a row for each spectrum. Fewer than a second of them have no likeness: with few,
        all that sounds stays.
    """
    if len(spectra) < LEAST:
        return 0.0
    frames = (spectra - spectra.mean(axis=1, keepdims=True)) * WINDOW
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))[:, LOWEST : LENGTH // 2]
    levels = 10 * np.log10(power + 1e-10)
    activity = (levels - _around(levels) > STANDS_OUT).mean(axis=0)
    heights = np.where(_is_peak(activity), activity - _valley(activity), 0)
    return float(np.sort(heights)[-STRONGEST:].sum())


def _around(levels: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Return the mean over each bin's neighbourhood."""
    sums = np.cumsum(np.pad(levels, ((0, 0), (AROUND + 1, AROUND)), mode="edge"), axis=1)
    width = 2 * AROUND + 1
    return np.asarray((sums[:, width:] - sums[:, :-width]) / width)


def _is_peak(activity: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    padded = np.pad(activity, 1, mode="edge")
    return np.asarray((activity >= padded[:-2]) & (activity >= padded[2:]))


def _valley(activity: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Return the lowest activity within `BESIDE` bins of each."""
    padded = np.pad(activity, BESIDE, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * BESIDE + 1).min(axis=1))
