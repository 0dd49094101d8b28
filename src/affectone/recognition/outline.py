"""The outline of a channel, gathered while it is read, in memory that does not grow."""

from __future__ import annotations

import numpy as np

from affectone.audio.signal import FloatArray
from affectone.recognition.timeline import Outline

__all__ = ["OutlineSums"]

FIRST_PART = 160
"""Samples of a part at first: 10 ms at 16 kHz."""
MOST_PARTS = 4096
"""With more, neighbours are joined in pairs."""


class OutlineSums:
    """Lowest and highest sample of each part of a channel; parts grow as the recording does."""

    def __init__(self) -> None:
        self._part = FIRST_PART
        self._left = np.zeros(0, np.float32)
        self._ends = np.zeros((2, 0), np.float32)

    def push(self, samples: FloatArray) -> None:
        """Take the next samples, shape (samples,)."""
        known = np.concatenate([self._left, samples])
        whole = known.size - known.size % self._part
        self._add(known[:whole])
        self._left = known[whole:]
        while self._ends.shape[1] > MOST_PARTS:
            self._join()

    def outline(self) -> Outline:
        """Return what was gathered."""
        if self._left.size:
            last = np.array([[self._left.min()], [self._left.max()]], np.float32)
            low, high = np.concatenate([self._ends, last], axis=1)
        else:
            low, high = self._ends
        return Outline(low, high)

    def _add(self, samples: FloatArray) -> None:
        parts = samples.reshape(-1, self._part)
        if len(parts):
            ends = np.stack([parts.min(axis=1), parts.max(axis=1)])
            self._ends = np.concatenate([self._ends, ends], axis=1)

    def _join(self) -> None:
        """Make parts twice as long; one without a neighbour goes back to the samples that are left."""
        low, high = self._ends[:, : self._ends.shape[1] // 2 * 2].reshape(2, -1, 2)
        if self._ends.shape[1] % 2:
            odd = np.repeat(self._ends[:, -1], self._part // 2).astype(np.float32)
            self._left = np.concatenate([odd, self._left])
        self._ends = np.stack([low.min(axis=1), high.max(axis=1)])
        self._part *= 2
