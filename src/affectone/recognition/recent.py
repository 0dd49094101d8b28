"""The last samples of a channel, addressed by their place in the recording."""

from __future__ import annotations

from collections import deque

import numpy as np

from affectone.audio.signal import FloatArray
from affectone.units import Samples

__all__ = ["RecentSamples"]


class RecentSamples:
    """The samples that a window may still need."""

    def __init__(self) -> None:
        self._blocks: deque[FloatArray] = deque()
        self._start = 0

    def append(self, block: FloatArray) -> None:
        """Take the next samples."""
        self._blocks.append(block)

    def forget(self, before: Samples) -> None:
        """Let go of whole blocks that end before a sample."""
        while self._blocks and self._start + self._blocks[0].size <= before:
            self._start += self._blocks.popleft().size

    def between(self, start: Samples, end: Samples) -> FloatArray:
        """Return samples ``[start, end)``."""
        parts: list[FloatArray] = []
        place = self._start
        for block in self._blocks:
            parts.append(block[max(0, start - place) : max(0, end - place)])
            place += block.size
        return np.concatenate(parts)
