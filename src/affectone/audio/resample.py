"""Changing the rate of a stream with soxr, exactly as of the whole recording at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import soxr

from affectone.audio.signal import FloatArray
from affectone.units import Hertz

__all__ = ["resampled"]


def resampled(chunks: Iterable[FloatArray], native: Hertz, target: Hertz) -> Iterator[FloatArray]:
    """Yield chunks at another rate.

    The filter is soxr's "HQ" (20 bit, stop band below -120 dB). The whole has ``n * target / native``
    samples, rounded, and does not depend on how it is cut into chunks.

    Parameters
    ----------
    chunks : iterable of numpy.ndarray of float32, shape (channels, samples)
    native, target : int
        Rates in Hz.

    Yields
    ------
    numpy.ndarray of float32, shape (channels, samples)
        Of any length; never empty.
    """
    if native == target:
        yield from chunks
        return
    stream: soxr.ResampleStream | None = None
    channels = 1
    for chunk in chunks:
        channels = chunk.shape[0]
        stream = stream or soxr.ResampleStream(native, target, channels, dtype="float32", quality="HQ")
        yield from _not_empty(stream.resample_chunk(np.ascontiguousarray(chunk.T)))
    if stream is not None:
        yield from _not_empty(stream.resample_chunk(np.zeros((0, channels), np.float32), last=True))


def _not_empty(interleaved: FloatArray) -> Iterator[FloatArray]:
    if interleaved.size:
        yield interleaved.T
