"""Steps that change when things are heard, how fast, and how high."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import soxr

from affectone.audio.augment.step import Between, Change, Step, kind, own_change
from affectone.audio.signal import FloatArray
from affectone.units import Hertz, seconds_to_samples

__all__ = ["Excerpt", "Pitch", "Shift", "Speed", "TimeStretch"]


@kind("speed")
class Speed(Step):
    """Plays the clip faster or slower; pitch and formants move with it, as with a voice of another size."""

    factor: Annotated[tuple[float, float], Between(0.25, 4)] = (0.9, 1.1)

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""

        def at_another_speed(samples: FloatArray, sample_rate: Hertz) -> FloatArray:
            factor = rng.uniform(*self.factor)
            changed = soxr.resample(samples, sample_rate * factor, sample_rate, quality="MQ")
            return np.asarray(changed, dtype=np.float32)

        return own_change(at_another_speed, self.chance)


@kind("time_stretch")
class TimeStretch(Step):
    """Changes the tempo and keeps the pitch; a rate above 1 is faster."""

    # Below half the tempo the library behind audiomentations draws from a generator that nobody seeds.
    rate: Annotated[tuple[float, float], Between(0.5, 2)] = (0.8, 1.25)

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""
        import audiomentations as am

        change: Change = am.TimeStretch(
            min_rate=self.rate[0], max_rate=self.rate[1], leave_length_unchanged=False, p=self.chance
        )
        return change


@kind("pitch")
class Pitch(Step):
    """Moves the pitch and keeps the tempo."""

    semitones: Annotated[tuple[float, float], Between(-12, 12)] = (-2.0, 2.0)

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""
        import audiomentations as am

        change: Change = am.PitchShift(
            min_semitones=self.semitones[0], max_semitones=self.semitones[1], p=self.chance
        )
        return change


@kind("shift")
class Shift(Step):
    """Moves the clip in time; what falls off one end is lost, silence comes in at the other."""

    fraction: Annotated[tuple[float, float], Between(-0.5, 0.5)] = (-0.2, 0.2)
    """Of the length; negative is earlier."""

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""
        import audiomentations as am

        change: Change = am.Shift(
            min_shift=self.fraction[0], max_shift=self.fraction[1], rollover=False, p=self.chance
        )
        return change


@kind("excerpt")
class Excerpt(Step):
    """Keeps the loudest stretch of a length; a clip that is shorter is repeated to that length."""

    seconds: Annotated[tuple[float, float], Between(0.05, 120)] = (1.0, 3.0)

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""

        def loudest(samples: FloatArray, sample_rate: Hertz) -> FloatArray:
            size = seconds_to_samples(rng.uniform(*self.seconds), sample_rate)
            if samples.size <= size:
                return np.resize(samples, size)
            energy = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
            start = int(np.argmax(energy[size:] - energy[:-size]))
            return samples[start : start + size]

        return own_change(loudest, self.chance)
