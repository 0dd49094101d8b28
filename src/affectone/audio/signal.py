"""`Signal`: checked samples with their rate and where they came from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from affectone.errors import AudioValueError
from affectone.units import Hertz, Seconds, samples_to_seconds

__all__ = ["FloatArray", "Signal", "float_samples", "valid_rate", "valid_samples"]

FloatArray = npt.NDArray[np.float32]

LOWEST_RATE, HIGHEST_RATE = 1000, 768_000


def valid_rate(sample_rate: object) -> Hertz:
    """Return `sample_rate` as an int in Hz, or raise `AudioValueError`."""
    if isinstance(sample_rate, bool) or not isinstance(sample_rate, int | np.integer):
        raise AudioValueError(f"sample_rate must be a whole number of Hz, such as 16000; got {sample_rate!r}")
    if not LOWEST_RATE <= sample_rate <= HIGHEST_RATE:
        raise AudioValueError(
            f"sample_rate must be between {LOWEST_RATE} and {HIGHEST_RATE} Hz; got {int(sample_rate)}"
        )
    return int(sample_rate)


def valid_samples(samples: npt.ArrayLike) -> FloatArray:
    """Return samples as float32 of shape ``(channels, samples)`` in [-1, 1].

    The one validator for audio, used at every door. Integer PCM is scaled by its type's range, so that the
    most negative integer becomes -1; floats are taken as they are, where they lie outside [-1, 1] they are
    clipped. One-dimensional input is one channel.

    Parameters
    ----------
    samples : array_like, shape (samples,) or (channels, samples)
        Floats, or integers of 8 (unsigned, as WAV has it), 16 or 32 bits.

    Returns
    -------
    numpy.ndarray of float32, shape (channels, samples)

    Raises
    ------
    AudioValueError
        If the array is not numeric, has no sample, another number of dimensions, more channels than samples
        (a transposed array), or holds NaN or infinity.
    """
    floats = float_samples(samples)
    if not np.isfinite(floats).all():
        bad = int(floats.size - np.isfinite(floats).sum())
        raise AudioValueError(f"{bad} of {floats.size} samples are NaN or infinite")
    return np.ascontiguousarray(np.clip(floats, -1.0, 1.0))


def float_samples(samples: npt.ArrayLike) -> FloatArray:
    """Do what `valid_samples` does but for the range: NaN, infinity and loud floats are still there."""
    array = np.asarray(samples)
    if array.ndim == 1:
        array = array[np.newaxis, :]
    if array.ndim != 2:
        raise AudioValueError(f"samples must have shape (samples,) or (channels, samples); got {array.shape}")
    if array.size == 0:
        raise AudioValueError("there are no samples")
    if array.shape[0] > array.shape[1] and array.shape[0] > 32:
        raise AudioValueError(
            f"samples of shape {array.shape} would be {array.shape[0]} channels; pass (channels, samples), "
            "which is the transpose"
        )
    if array.dtype == np.uint8:
        return (array.astype(np.float32) - np.float32(128)) / np.float32(128)
    if array.dtype in (np.int16, np.int32):
        return (array / -float(np.iinfo(array.dtype).min)).astype(np.float32)
    if array.dtype.kind != "f":
        raise AudioValueError(f"samples must be floats, or integers of 8, 16 or 32 bits; got {array.dtype}")
    with np.errstate(over="ignore"):  # A double beyond float32 becomes infinite, which is told as such.
        return array.astype(np.float32, copy=False)


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """Sound in memory.

    Parameters
    ----------
    samples : numpy.ndarray of float32, shape (channels, samples)
        In [-1, 1]; checked by `valid_samples`.
    sample_rate : int
        In Hz.
    source : str
        Where it came from, as messages name it: a path, ``"<bytes>"``, ``"<array>"``.
    warnings : tuple of str
        What was wrong with the source without making it useless.
    """

    samples: FloatArray
    sample_rate: Hertz
    source: str = "<array>"
    warnings: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "samples", valid_samples(self.samples))
        object.__setattr__(self, "sample_rate", valid_rate(self.sample_rate))

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[0])

    @property
    def duration(self) -> Seconds:
        """Length in seconds."""
        return samples_to_seconds(self.samples.shape[1], self.sample_rate)
