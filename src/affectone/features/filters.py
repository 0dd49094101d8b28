"""Windows and filter banks, made once for each setting. Their values are librosa's and scipy's.

They are computed here, because importing librosa.filters and scipy.signal would take half a second and
130 MB in each process.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError
from affectone.features.settings import Settings

__all__ = ["MelFilters", "chroma_filters", "mel_edges", "mel_filter_bank", "tonnetz_filters", "window_of"]

Filters = npt.NDArray[np.float32]

COSINES = {
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "boxcar": (1.0,),
}
"""Window -> the amplitudes of its cosines, which alternate in sign."""
HERTZ_OF_MEL = 200 / 3
LOG_FROM, LOG_STEP = 1000.0, float(np.log(6.4)) / 27
"""Slaney's mel scale: linear up to so many Hz, then logarithmic."""
CHROMA_CENTRE, CHROMA_WIDTH = 5.0, 2.0
"""Octaves above 27.5 Hz around which chroma listens, and how far."""

TOGETHER = 16
"""Neighbouring mel bands that are summed at a time, over the frequencies in which they lie."""


def _kept(filters: npt.NDArray[np.floating]) -> Filters:
    """Return filters in a form that cannot be changed: all callers share them."""
    filters = np.ascontiguousarray(filters, dtype=np.float32)
    filters.flags.writeable = False
    return filters


@lru_cache(maxsize=16)
def window_of(name: str, n_fft: int) -> npt.NDArray[np.float64]:
    """Return a periodic window; shape (n_fft,)."""
    phase = 2 * np.pi * np.arange(n_fft) / n_fft
    window = np.zeros(n_fft)
    for number, amplitude in enumerate(COSINES[name]):
        window += (-1) ** number * amplitude * np.cos(number * phase)
    window.flags.writeable = False
    return window


@dataclass(frozen=True, slots=True, eq=False)
class MelFilters:
    """Mel filters, and where they are not zero, which is a small part.

    Parameters
    ----------
    filters : numpy.ndarray of float32, shape (n_fft // 2 + 1, n_mels)
    parts : tuple of (int, int, int, int)
        First and end band of some neighbours, first and end frequency within which they lie.
    """

    filters: Filters
    parts: tuple[tuple[int, int, int, int], ...]

    @classmethod
    def of(cls, filters: Filters) -> MelFilters:
        """Find the parts of a filter bank."""
        parts = []
        for first in range(0, filters.shape[1], TOGETHER):
            end = min(first + TOGETHER, filters.shape[1])
            inside = np.flatnonzero(filters[:, first:end].any(axis=1))
            parts.append((first, end, int(inside[0]), int(inside[-1]) + 1))
        return cls(filters, tuple(parts))


def mel_filter_bank(settings: Settings) -> MelFilters:
    """Return Slaney's mel filters of equal area."""
    chosen = settings
    return _mel(chosen.sample_rate, chosen.n_fft, chosen.n_mels, chosen.fmin, chosen.highest)


@lru_cache(maxsize=16)
def _mel(sample_rate: int, n_fft: int, n_mels: int, fmin: float, fmax: float) -> MelFilters:
    frequencies = np.fft.rfftfreq(n_fft, 1 / sample_rate)
    edges = mel_edges(n_mels, fmin, fmax)
    ramps, widths = np.subtract.outer(edges, frequencies), np.diff(edges)
    rising, falling = -ramps[:-2] / widths[:-1, np.newaxis], ramps[2:] / widths[1:, np.newaxis]
    filters = np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, np.newaxis]
    if not filters.any(axis=1).all():
        empty = int((~filters.any(axis=1)).sum())
        raise ConfigError(
            f"{n_mels} mel bands between {fmin:g} and {fmax:g} Hz are too many for n_fft {n_fft}: "
            f"{empty} would hold no frequency; take fewer bands or a longer n_fft"
        )
    return MelFilters.of(_kept(filters.T))


def mel_edges(n_mels: int, fmin: float, fmax: float) -> npt.NDArray[np.float64]:
    """Return where Slaney's mel bands begin, peak and end, in Hz; shape (n_mels + 2,)."""
    knee = LOG_FROM / HERTZ_OF_MEL
    lowest, highest = (
        hertz / HERTZ_OF_MEL if hertz < LOG_FROM else knee + np.log(hertz / LOG_FROM) / LOG_STEP
        for hertz in (fmin, fmax)
    )
    mels = np.linspace(lowest, highest, n_mels + 2)
    return np.where(mels < knee, mels * HERTZ_OF_MEL, LOG_FROM * np.exp(LOG_STEP * (mels - knee)))


@lru_cache(maxsize=256)
def chroma_filters(sample_rate: int, n_fft: int, tuning: float) -> Filters:
    """Return filters of the twelve pitch classes from C, 101 tunings being possible; (n_fft // 2 + 1, 12).

    Ellis's bumps (2007): each frequency goes to the semitones near it, most of all between 220 and 3520 Hz.
    """
    octaves = np.log2(np.arange(1, n_fft) * sample_rate / n_fft / (27.5 * 2 ** (tuning / 12)))
    # The frequency 0 has no pitch: as far below the next as half of all classes and an octave.
    pitches = 12 * np.concatenate([[octaves[0] - 1.5], octaves])
    widths = np.append(np.maximum(np.diff(pitches), 1), 1)[:, np.newaxis]
    distances = np.remainder(pitches[:, np.newaxis] - np.arange(12) + 6, 12) - 6
    bumps = np.exp(-0.5 * (2 * distances / widths) ** 2)
    bumps /= np.linalg.norm(bumps, axis=1, keepdims=True)
    bumps *= np.exp(-0.5 * ((pitches / 12 - CHROMA_CENTRE) / CHROMA_WIDTH) ** 2)[:, np.newaxis]
    return _kept(np.roll(bumps, -3, axis=1)[: n_fft // 2 + 1])


@lru_cache(maxsize=1)
def tonnetz_filters() -> Filters:
    """Return the axes of the tonal centroid (Harte, Sandler and Gasser 2006); shape (12, 6)."""
    angles = np.pi * np.outer(np.arange(12), [7 / 6, 7 / 6, 3 / 2, 3 / 2, 2 / 3, 2 / 3])
    angles[:, ::2] -= np.pi / 2  # Cosine to sine.
    return _kept(np.cos(angles) * [1, 1, 1, 1, 0.5, 0.5])
