"""From what is heard in each step of time to segments: smoothed, slow to change, told as soon as they end."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError
from affectone.recognition.hearing import Heard, Verdict, VerdictSums
from affectone.units import Hertz, Samples, Seconds, is_number, seconds_to_samples

__all__ = ["Joiner", "Smoothing", "Stretch", "Told"]

DoubleArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How steps become segments.

    Parameters
    ----------
    weight : float, default 0.7
        Of the newest step in the running mean of the scores, above 0 up to 1; 1 smooths nothing.
    margin : float, default 0.05
        How far another emotion has to lie above the present one to be thought of as a change.
    min_seconds : float, default 1
        How long it has to stay there. A change is told so much later, and begins where it did.
    max_pause : float, default 1.5
        A longer pause, in seconds, ends a segment.

    Raises
    ------
    ConfigError
        If a value lies outside.
    """

    weight: float = 0.7
    margin: float = 0.05
    min_seconds: Seconds = 1.0
    max_pause: Seconds = 1.5

    def __post_init__(self) -> None:
        if not (is_number(self.weight) and 0 < self.weight <= 1):
            raise ConfigError(f"weight must be above 0 and at most 1; got {self.weight!r}")
        if not (is_number(self.margin) and 0 <= self.margin < 1):
            raise ConfigError(f"margin must be from 0 to less than 1; got {self.margin!r}")
        for name in ("min_seconds", "max_pause"):
            value = getattr(self, name)
            if not (is_number(value) and 0 <= value < math.inf):
                raise ConfigError(f"{name} must be a number of seconds, 0 or more; got {value!r}")


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """One step of one channel in which something was heard.

    Parameters
    ----------
    start, end : int
        Samples of the speech within the step; of the whole step where it is music.
    speech_samples : int
    heard : Heard or None
        What the step's window sounds like; None of music.
    scores : numpy.ndarray of float64, shape (labels,), or None
        Of the labels that are answered with.
    """

    start: Samples
    end: Samples
    speech_samples: Samples
    heard: Heard | None
    scores: DoubleArray | None

    def without_states(self) -> Told:
        """Return the step as it may be kept for long."""
        return self if self.heard is None else dataclasses.replace(self, heard=self.heard.without_states())


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """A segment that has ended: samples ``[start, end)``, and what was heard; None is music."""

    start: Samples
    end: Samples
    verdict: Verdict | None


@dataclass(slots=True)
class _Open:
    """The segment that goes on."""

    label: int | None
    start: Samples
    end: Samples
    sums: VerdictSums = field(default_factory=VerdictSums)

    @classmethod
    def of(cls, steps: list[Told], label: int | None) -> _Open:
        made = cls(label, steps[0].start, steps[0].end)
        for step in steps:
            made.add(step)
        return made

    def add(self, step: Told) -> None:
        self.end = step.end
        if step.heard is not None:
            self.sums.add(step.heard, step.speech_samples)

    def stretch(self) -> Stretch:
        return Stretch(self.start, self.end, self.sums.verdict())


class Joiner:
    """Takes the steps of one channel in order and returns segments as they end.

    The emotion of a segment changes when another one has led the running mean of the scores by `margin` for
    `min_seconds`; until then such steps belong to the segment.

    Parameters
    ----------
    smoothing : Smoothing
    sample_rate : int
        In Hz.
    """

    def __init__(self, smoothing: Smoothing, sample_rate: Hertz) -> None:
        self._smoothing = smoothing
        self._min = seconds_to_samples(smoothing.min_seconds, sample_rate)
        self._max_pause = seconds_to_samples(smoothing.max_pause, sample_rate)
        self._open: _Open | None = None
        self._mean: DoubleArray | None = None
        self._doubtful: list[Told] = []

    def push(self, step: Told) -> list[Stretch]:
        """Take the next step and return the segments that it ends."""
        ended = self.pause(step.start)
        if self._open is not None and (self._open.label is None) != (step.scores is None):
            ended += self.finish()
        if step.scores is None:
            self._extend(step, None)
            return ended
        mean = self._mean = self._smoothed(step.scores)
        likeliest = int(np.argmax(mean))
        label = None if self._open is None else self._open.label
        if label is None or mean[likeliest] - mean[label] <= self._smoothing.margin:
            self._settle()
            self._extend(step, likeliest)
            return ended
        self._doubtful.append(step)
        return ended + self._changed()

    def pause(self, now: Samples) -> list[Stretch]:
        """Return the segment that has ended because nothing was heard until a sample, if one has."""
        last = self._doubtful[-1].end if self._doubtful else None if self._open is None else self._open.end
        return [] if last is None or now - last <= self._max_pause else self.finish()

    def finish(self) -> list[Stretch]:
        """End the segment that goes on, and return it."""
        self._settle()
        ended = [] if self._open is None else [self._open.stretch()]
        self._open = self._mean = None
        return ended

    def _smoothed(self, scores: DoubleArray) -> DoubleArray:
        weight = self._smoothing.weight
        return scores if self._mean is None else weight * scores + (1 - weight) * self._mean

    def _extend(self, step: Told, label: int | None) -> None:
        if self._open is None:
            self._open = _Open.of([step], label)
        else:
            self._open.add(step)

    def _settle(self) -> None:
        """Leave doubtful steps to the segment: the change did not last."""
        for step in self._doubtful:
            self._extend(step, None)
        self._doubtful = []

    def _changed(self) -> list[Stretch]:
        """Begin another segment with the doubtful steps, if they have lasted."""
        steps = self._doubtful
        if self._open is None or steps[-1].end - steps[0].start < self._min:
            return []
        weights = [step.speech_samples for step in steps]
        label = int(np.argmax(np.average([step.scores for step in steps], axis=0, weights=weights)))
        if label == self._open.label:
            self._settle()
            return []
        ended = [self._open.stretch()]
        self._open, self._doubtful = _Open.of(steps, label), []
        return ended
