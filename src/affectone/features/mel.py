"""The mel scale and its triangular filters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError
from affectone.units import Hertz

__all__ = ["hertz_to_mel", "mel_filters", "mel_to_hertz"]


def hertz_to_mel(hertz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Convert frequencies to mels by O'Shaughnessy's formula (the one HTK uses)."""
    return 2595.0 * np.log10(1.0 + np.asarray(hertz, dtype=np.float64) / 700.0)


def mel_to_hertz(mels: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Convert mels to frequencies in Hz; the inverse of `hertz_to_mel`."""
    return 700.0 * (10.0 ** (np.asarray(mels, dtype=np.float64) / 2595.0) - 1.0)


def mel_filters(
    *, sample_rate: Hertz, n_fft: int, bands: int, lowest: float, highest: float
) -> npt.NDArray[np.float32]:
    """Return triangular filters of peak 1, equally spaced on the mel scale.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    n_fft : int
        Length of the Fourier transform in samples.
    bands : int
        Number of filters.
    lowest, highest : float
        Edges of the first and the last filter in Hz.

    Returns
    -------
    numpy.ndarray of float32, shape (n_fft // 2 + 1, bands)

    Raises
    ------
    ConfigError
        If the edges are not ordered within 0 and half the rate, or a filter would be narrower than the
        distance of two frequencies and thus empty.
    """
    if not 0 <= lowest < highest <= sample_rate / 2:
        raise ConfigError(
            f"mel filters need 0 <= lowest < highest <= {sample_rate / 2:g} Hz; "
            f"got {lowest:g} and {highest:g}"
        )
    frequencies = np.linspace(0, sample_rate / 2, n_fft // 2 + 1)
    edges = mel_to_hertz(np.linspace(hertz_to_mel(lowest), hertz_to_mel(highest), bands + 2))
    rising = (frequencies[:, None] - edges[None, :-2]) / np.diff(edges)[:-1]
    falling = (edges[None, 2:] - frequencies[:, None]) / np.diff(edges)[1:]
    filters = np.maximum(0.0, np.minimum(rising, falling))
    if not filters.any(axis=0).all():
        raise ConfigError(f"{bands} mel bands are too many for {n_fft} points: some filter would be empty")
    return filters.astype(np.float32)
