"""`Signal`: checked samples with their rate and where they came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from affectone.errors import AudioDecodeError, AudioValueError
from affectone.units import Hertz, Seconds, samples_to_seconds

__all__ = ["FloatArray", "Signal", "as_floats", "sound_array", "sound_rate", "valid_rate", "valid_samples"]

FloatArray = npt.NDArray[np.float32]

LOWEST_RATE, HIGHEST_RATE = 1000, 768_000
_INTEGERS = (np.uint8, np.int8, np.int16, np.int32)


def valid_rate(sample_rate: object) -> Hertz:
    """Return `sample_rate` as an int in Hz, or raise `AudioValueError`."""
    if isinstance(sample_rate, bool) or not isinstance(sample_rate, int | np.integer):
        raise AudioValueError(f"sample_rate must be a whole number of Hz, such as 16000; got {sample_rate!r}")
    if not LOWEST_RATE <= sample_rate <= HIGHEST_RATE:
        raise AudioValueError(
            f"sample_rate must be between {LOWEST_RATE} and {HIGHEST_RATE} Hz; got {int(sample_rate)}"
        )
    return int(sample_rate)


def sound_rate(sample_rate: object, source: str) -> Hertz:
    """Return the sample rate that a header states as an int in Hz, or raise `AudioDecodeError`."""
    try:
        return valid_rate(sample_rate)
    except AudioValueError as error:
        raise AudioDecodeError(f"{source}: its header is not sound: {error}") from None


def valid_samples(samples: npt.ArrayLike) -> FloatArray:
    """Return samples as float32 of shape ``(channels, samples)`` in [-1, 1].

    The one validator for audio, used at every door. Integer PCM is scaled by its type's range, so that the
    most negative integer becomes -1; floats are taken as they are, where they lie outside [-1, 1] they are
    clipped. One-dimensional input is one channel.

    Parameters
    ----------
    samples : array_like, shape (samples,) or (channels, samples)
        Floats, or integers of type uint8, int8, int16 or int32, in any byte order.

    Returns
    -------
    numpy.ndarray of float32, shape (channels, samples)

    Raises
    ------
    AudioValueError
        If the array is not numeric, has no sample, another number of dimensions, more channels than samples
        (a transposed array), or holds NaN or infinity.
    """
    floats = as_floats(sound_array(samples))
    if not np.isfinite(floats).all():
        bad = int(floats.size - np.isfinite(floats).sum())
        raise AudioValueError(f"{bad} of {floats.size} samples are NaN or infinite")
    return np.ascontiguousarray(np.clip(floats, -1.0, 1.0))


def sound_array(samples: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return samples as an array of shape ``(channels, samples)`` of a type that `as_floats` takes.

    The values are not looked at: NaN, infinity and loud floats are still there.
    """
    try:
        array = np.asarray(samples)
    except ValueError as error:
        raise AudioValueError("samples must be numbers, as many in each channel") from error
    except (TypeError, RuntimeError) as error:  # Of a tensor on a GPU, or with a gradient.
        raise AudioValueError(f"{type(samples).__name__} cannot be read as an array: {error}") from error
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
    kind = array.dtype.newbyteorder("=")
    if kind.kind != "f" and kind not in _INTEGERS:
        known = ", ".join(name.__name__ for name in _INTEGERS)
        raise AudioValueError(f"samples must be floats, or integers of type {known}; got {kind}")
    return array


def as_floats(array: npt.NDArray[Any]) -> FloatArray:
    """Return what `sound_array` took as float32, integers scaled by their type's range."""
    with np.errstate(over="ignore"):  # A double beyond float32 becomes infinite, which is told as such.
        floats = array.astype(np.float32, copy=False)
    if array.dtype.kind == "f":
        return floats
    if array.dtype == np.uint8:
        return (floats - np.float32(128)) / np.float32(128)
    # Powers of two: to divide after the rounding to float32 is exact.
    return floats / np.float32(2 ** (8 * array.dtype.itemsize - 1))


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
