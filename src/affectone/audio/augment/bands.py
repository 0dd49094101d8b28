"""Steps that take away what a narrow line does not carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import soxr

from affectone.audio.augment.step import Change, Step, kind, own_change
from affectone.audio.signal import FloatArray
from affectone.units import Hertz

__all__ = ["NarrowBand", "Telephone", "at_rate"]

TELEPHONE_RATE = 8_000
LINE = (300.0, 3400.0)
"""Hz: the band of analogue lines (ITU-T G.712)."""


@kind("telephone")
class Telephone(Step):
    """Keeps 300 to 3,400 Hz sampled at 8 kHz; with the step ``codec`` after it, a telephone call."""

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""
        from scipy.signal import fftconvolve, firwin

        # 16 ms long: a steeper filter, or a recursive one, would be heard to ring.
        line = firwin(129, LINE, pass_zero=False, fs=TELEPHONE_RATE)

        def through_the_line(samples: FloatArray) -> FloatArray:
            return np.asarray(fftconvolve(samples, line, mode="same"), dtype=np.float32)

        def as_heard(samples: FloatArray, sample_rate: Hertz) -> FloatArray:
            return at_rate(samples, sample_rate, TELEPHONE_RATE, through_the_line)

        return own_change(as_heard, self.chance)


def at_rate(
    samples: FloatArray,
    sample_rate: Hertz,
    other: Hertz,
    change: Callable[[FloatArray], FloatArray] | None = None,
    *,
    quality: str = "HQ",
) -> FloatArray:
    """Return samples that were at another rate, and changed there, at their own rate and length again."""
    there = soxr.resample(samples, sample_rate, other, quality=quality)
    if not there.size:  # Less than one sample at that rate.
        return samples
    changed = there if change is None else change(there)
    back = soxr.resample(changed, other, sample_rate, quality=quality)[: samples.size]
    return np.pad(back, (0, samples.size - back.size)).astype(np.float32)


@kind("narrow_band")
class NarrowBand(Step):
    """Takes one of three bands: about 300 to 3,400 Hz, below 3 to 6.5 kHz, or that of 8 kHz sampling.

    The packaged model was trained with it. Sound of less than 8 kHz is left as it is.
    """

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""
        import audiomentations as am

        narrow: list[Any] = [
            am.BandPassFilter(min_center_freq=1750, max_center_freq=1950, min_bandwidth_fraction=1.55,
                              max_bandwidth_fraction=1.75, min_rolloff=24, max_rolloff=48, p=1.0),
            am.LowPassFilter(min_cutoff_freq=3000, max_cutoff_freq=6500,
                             min_rolloff=24, max_rolloff=48, p=1.0),
            am.Lambda(transform=_sampled_at_8_khz, p=1.0),
        ]  # fmt: skip
        one = am.OneOf(narrow, p=self.chance)

        def narrowed(samples: FloatArray, sample_rate: Hertz) -> FloatArray:
            band: FloatArray = one(samples=samples, sample_rate=sample_rate)
            return samples if sample_rate < TELEPHONE_RATE else band

        return narrowed


def _sampled_at_8_khz(samples: FloatArray, sample_rate: Hertz) -> FloatArray:
    return at_rate(samples, sample_rate, TELEPHONE_RATE, quality="MQ")
