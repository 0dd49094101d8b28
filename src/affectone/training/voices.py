"""Draws of training that are adapted to their speaker, so that a model learns to be adapted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affectone.features.standardize import Statistics
from affectone.models.card import Shrinkage
from affectone.models.runner import shrunk_scale
from affectone.training.cache import ClipFrames
from affectone.training.effects import emotion_effects

__all__ = ["Voices"]

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Voices:
    """How the states of each speaker differ from those of all: what adapting to that speaker finds.

    Parameters
    ----------
    scale : Statistics
        Of all states that are learned from.
    person : numpy.ndarray of int64, shape (clips,)
        Whose each clip is.
    clips : numpy.ndarray of int64, shape (people,)
        How many clips each has.
    mean, variance : numpy.ndarray of float32, shape (people, numbers)
        Of each one's standardised states, what the emotions add taken away.
    """

    scale: Statistics
    person: npt.NDArray[np.int64]
    clips: npt.NDArray[np.int64]
    mean: FloatArray
    variance: FloatArray

    @classmethod
    def of(
        cls,
        clips: Sequence[ClipFrames],
        scale: Statistics,
        emotions: npt.NDArray[np.int64],
        speakers: npt.NDArray[np.str_],
    ) -> Voices:
        """Measure the speakers of clips, of whose emotions more is known than a recogniser does."""
        people, person = np.unique(speakers, return_inverse=True)
        states = scale.applied(np.stack([clip.copies[0] for clip in clips])).astype(np.float32)
        effects = emotion_effects(states, emotions, speakers, int(emotions.max()) + 1)
        left = states - effects[emotions]
        own = [left[person == number] for number in range(len(people))]
        # The spread that the emotions of balanced recordings add is put back, as where a model is adapted.
        variance = np.stack([rows.var(axis=0) for rows in own]) + effects[np.unique(emotions)].var(axis=0)
        return cls(
            scale,
            person,
            np.bincount(person),
            np.stack([rows.mean(axis=0) for rows in own]).astype(np.float32),
            variance.astype(np.float32),
        )

    def adapted(
        self, numbers: FloatArray, rows: npt.NDArray[np.int64], share: float, rng: np.random.Generator
    ) -> FloatArray:
        """Return some states, a share of them adapted to as many clips as fall to each by chance.

        Parameters
        ----------
        numbers : numpy.ndarray of float32, shape (batch, numbers)
        rows : numpy.ndarray of int64, shape (batch,)
            Which clips they are of.
        share : float
        rng : numpy.random.Generator
        """
        drawn = rng.random(len(rows)) < share
        people = self.person[rows[drawn]]
        # Few clips as often as many: from one to all that a speaker has, evenly on a logarithmic scale.
        windows = self.clips[people] ** rng.random(len(people))
        own = shrunk_scale(self.mean[people], self.variance[people], windows, Shrinkage())
        divisor = self.scale.divisor.astype(np.float32)
        middle = self.scale.mean.astype(np.float32)
        changed = numbers.copy()
        changed[drawn] = ((numbers[drawn] - middle) / divisor - own.mean) / own.scale * divisor + middle
        return changed
