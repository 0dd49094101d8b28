"""Short pieces of speech between pauses, in which one voice is looked for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from affectone.audio.signal import FloatArray
from affectone.speech.network import FRAME, SAMPLE_RATE
from affectone.units import Samples

__all__ = ["Piece", "PieceCutter"]

PAUSE: Final = 8
"""Frames without speech (0.26 s) at which a piece ends: here another voice may begin."""
LONGEST: Final = 2 * SAMPLE_RATE // FRAME
"""Frames of a piece (2 s): speech without a pause is cut."""
LEAST: Final = LONGEST // 2
"""Frames that are left over by a cut at least (1 s), so that none is too short to know a voice by."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A piece of one channel: samples ``[start, end)``, and the sound."""

    start: Samples
    end: Samples
    samples: FloatArray


class PieceCutter:
    """Takes the frames of a channel as they come and returns the pieces that are complete.

    It holds 3 s of sound at most. What comes of it does not depend on how many frames come at once.
    """

    def __init__(self) -> None:
        self._first = 0
        self._speech = np.zeros(0, np.bool_)
        self._samples = np.zeros(0, np.float32)

    def push(self, samples: FloatArray, speech: npt.NDArray[np.bool_]) -> list[Piece]:
        """Take the next frames.

        Parameters
        ----------
        samples : numpy.ndarray of float32, shape (samples,)
            Of these frames; the last one of a recording may be shorter.
        speech : numpy.ndarray of bool, shape (frames,)
            Whether somebody speaks in each.
        """
        self._speech = np.concatenate([self._speech, speech])
        self._samples = np.concatenate([self._samples, samples])
        pieces: list[Piece] = []
        while (cut := self._next(ended=False)) is not None:
            pieces += cut
        return pieces

    def finish(self) -> list[Piece]:
        """Return the pieces that are left at the end of the sound."""
        pieces: list[Piece] = []
        while (cut := self._next(ended=True)) is not None:
            pieces += cut
        return pieces

    def _next(self, *, ended: bool) -> list[Piece] | None:
        """Return the next pieces; None where more has to come."""
        spoken = np.flatnonzero(self._speech)
        if not spoken.size:
            self._forget(self._speech.size)
            return None
        self._forget(int(spoken[0]))
        spoken -= spoken[0]
        last = int(spoken[np.append(np.diff(spoken) > PAUSE, True).argmax()])
        if last + 1 >= LONGEST + LEAST:
            return self._cut([0, LONGEST])
        if not ended and self._speech.size - last <= PAUSE:
            return None
        middle = [] if last + 1 <= LONGEST else [(last + 1) // 2]
        return self._cut([0, *middle, last + 1])

    def _cut(self, edges: list[int]) -> list[Piece]:
        pieces = [self._piece(first, last) for first, last in pairwise(edges)]
        self._forget(edges[-1])
        return pieces

    def _piece(self, first: int, last: int) -> Piece:
        samples = self._samples[first * FRAME : last * FRAME]
        start = (self._first + first) * FRAME
        return Piece(start, start + samples.size, samples)

    def _forget(self, frames: int) -> None:
        self._first += frames
        self._speech = self._speech[frames:]
        self._samples = self._samples[frames * FRAME :]
