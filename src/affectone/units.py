"""Seconds at the border, integer samples inside: the one place where the two are converted."""

from __future__ import annotations

import math
from numbers import Real
from typing import TypeGuard

__all__ = ["Hertz", "Samples", "Seconds", "is_number", "samples_to_seconds", "seconds_to_samples"]

Seconds = float
Hertz = int
Samples = int


def seconds_to_samples(seconds: Seconds, sample_rate: Hertz) -> Samples:
    """Convert a time to a sample index, rounding half up.

    Python's own `round` rounds half to even, so that neighbouring windows would differ in length.

    Examples
    --------
    >>> seconds_to_samples(0.5, 16000)
    8000
    >>> seconds_to_samples(2.5 / 8000, 8000)
    3
    """
    return math.floor(seconds * sample_rate + 0.5)


def samples_to_seconds(samples: Samples, sample_rate: Hertz) -> Seconds:
    """Convert a sample index to a time in seconds."""
    return samples / sample_rate


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether a value is a real number; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool)
