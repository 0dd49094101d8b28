"""Power over time and frequency, and over time and mel bands in decibels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError
from affectone.features.mel import mel_filters
from affectone.units import Hertz, Samples

__all__ = ["mel_decibels", "power_spectrogram"]

FAINTEST = 1e-10
"""Power under it counts as it, which is -100 dB."""


def power_spectrogram(
    samples: npt.ArrayLike, *, n_fft: Samples, window: Samples, hop: Samples
) -> npt.NDArray[np.float64]:
    """Return the squared magnitude of the short-time Fourier transform.

    Frame i is centred on sample ``i * hop``; beyond the ends of the sound there is silence. The window is
    Hann's, periodic, in the middle of `n_fft` points.

    Parameters
    ----------
    samples : array of float, shape (samples,)
    n_fft, window, hop : int
        Points of the transform, width of the window and distance of two frames, in samples.

    Returns
    -------
    numpy.ndarray of float64, shape (1 + samples // hop, n_fft // 2 + 1)

    Raises
    ------
    ConfigError
        If not 2 <= window <= n_fft and 1 <= hop.
    """
    if not (2 <= window <= n_fft and hop >= 1):
        raise ConfigError(
            f"a spectrogram needs 2 <= window <= n_fft and hop >= 1; got {window}, {n_fft} and {hop}"
        )
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    before = (n_fft - window) // 2
    weights = np.pad(hann, (before, n_fft - window - before))
    padded = np.pad(np.asarray(samples, np.float64), (n_fft // 2, n_fft - n_fft // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
    return np.asarray(np.abs(np.fft.rfft(frames * weights, axis=1)) ** 2)


def mel_decibels(
    samples: npt.ArrayLike,
    *,
    sample_rate: Hertz,
    n_fft: Samples,
    window: Samples,
    hop: Samples,
    bands: int,
    lowest: float,
    highest: float,
) -> npt.NDArray[np.float64]:
    """Return the power in mel bands, in decibels: 10 times its decimal logarithm, at least -100.

    Parameters
    ----------
    samples : array of float, shape (samples,)
    sample_rate : int
        In Hz.
    n_fft, window, hop : int
        As in `power_spectrogram`.
    bands : int
        Number of filters, those of `mel_filters`.
    lowest, highest : float
        Edges of the first and the last filter in Hz.

    Returns
    -------
    numpy.ndarray of float64, shape (1 + samples // hop, bands)
    """
    filters = mel_filters(sample_rate=sample_rate, n_fft=n_fft, bands=bands, lowest=lowest, highest=highest)
    power = power_spectrogram(samples, n_fft=n_fft, window=window, hop=hop)
    return np.asarray(10 * np.log10(np.maximum(power @ filters, FAINTEST)))
