"""Adaptation without labels: how the states of some recordings differ from those that a model learned from.

A voice, a room and a channel shift an encoder's states, and so does emotion. The mean of all states of some
recordings holds both: a model that takes it away from an angry caller hears a neutral one. Here each window's
states are compared with those that the emotions which the model hears in it would have, and the mean is taken
of what is left. With balanced recordings that is the same; with recordings of one emotion the emotion stays.
"""

from __future__ import annotations

from typing import Self

import numpy as np
import numpy.typing as npt

from affectone.errors import AudioValueError
from affectone.models.card import Shrinkage
from affectone.models.runner import OnnxRunner, StateScale, shrunk_scale

__all__ = ["StateSums"]

DoubleArray = npt.NDArray[np.float64]


class StateSums:
    """Sums over the windows of any number of recordings, from which a model is adapted to them.

    Parameters
    ----------
    emotion_states : array_like, shape (labels, numbers)
        Mean standardised states of each emotion, as a model that can be adapted has them.
    shrinkage : Shrinkage
        As if so many windows of the clips that the model learned from had been among them.
    """

    def __init__(self, emotion_states: npt.ArrayLike, shrinkage: Shrinkage) -> None:
        self._shrinkage = shrinkage
        self._emotion_states = np.asarray(emotion_states, np.float64)
        self._sum = np.zeros(self._emotion_states.shape[1])
        self._squares = np.zeros_like(self._sum)
        self.windows = 0

    @classmethod
    def of(cls, runner: OnnxRunner) -> Self:
        """Return empty sums for a model.

        Raises
        ------
        ConfigError
            If it cannot be adapted.
        """
        shrinkage = runner.shrinkage  # Refuses a model that has no states.
        return cls(runner.emotion_states, shrinkage)

    def add(self, states: npt.ArrayLike, emotions: npt.ArrayLike) -> None:
        """Take some windows.

        Parameters
        ----------
        states : array_like, shape (windows, numbers)
            Standardised as the model has them.
        emotions : array_like, shape (windows, labels)
            Calibrated probabilities that the model gives when it is not adapted.
        """
        shifts = np.asarray(states, np.float64) - np.asarray(emotions, np.float64) @ self._emotion_states
        self._sum += shifts.sum(axis=0)
        self._squares += np.square(shifts).sum(axis=0)
        self.windows += len(shifts)

    def totals(self) -> tuple[int, DoubleArray, DoubleArray]:
        """Return the windows, and the sums of the shifts and of their squares, shape (numbers,)."""
        return self.windows, self._sum, self._squares

    def add_totals(self, windows: int, shifts: npt.ArrayLike, squares: npt.ArrayLike) -> None:
        """Take the `totals` of other recordings."""
        self.windows += windows
        self._sum += np.asarray(shifts, np.float64)
        self._squares += np.asarray(squares, np.float64)

    def scale(self) -> StateScale:
        """Return what to standardise states to.

        Raises
        ------
        AudioValueError
            If no window was taken.
        """
        if not self.windows:
            raise AudioValueError("no speech to adapt to")
        mean = self._sum / self.windows
        # What the emotions add to the spread of balanced recordings: of theirs nobody knows the balance.
        variance = self._squares / self.windows - np.square(mean) + self._emotion_states.var(axis=0)
        return shrunk_scale(mean, variance, self.windows, self._shrinkage)
