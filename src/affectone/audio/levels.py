"""What the samples themselves give away while they are read: NaN, silence, too loud, channels that cancel."""

from __future__ import annotations

import math

import numpy as np

from affectone.audio.signal import FloatArray
from affectone.errors import AudioValueError
from affectone.units import Hertz

__all__ = ["SILENT_PEAK", "LevelWatch"]

SILENT_PEAK = 1e-4
"""A recording whose largest sample is smaller is silent: 16-bit sound of the three lowest values."""
LOUD_SHARE = 0.001
"""Lossy codecs overshoot full scale a little; a larger share of samples outside [-1, 1] is told."""
LOUD_PEAK = 2.0


class LevelWatch:
    """Follows the samples of one recording, chunk by chunk.

    Parameters
    ----------
    source : str
        As messages name it.
    native_rate : int
        In Hz.
    """

    def __init__(self, source: str, native_rate: Hertz) -> None:
        self.frames = 0
        self._source = source
        self._rate = native_rate
        self._samples = 0
        self._outside = 0
        self._peak = 0.0
        self._picked_peak = 0.0

    def see(self, chunk: FloatArray) -> float:
        """Take in samples as decoded, of shape ``(channels, samples)``; refuse NaN and infinity.

        Returns
        -------
        float
            The largest of them, whatever its sign.
        """
        peak = _peak(chunk)
        if not math.isfinite(peak):
            self._refuse(chunk)
        if peak > 1.0:
            self._outside += int(np.count_nonzero(np.abs(chunk) > 1.0))
        self._peak = max(self._peak, peak)
        self._samples += chunk.size
        self.frames += chunk.shape[1]
        return peak

    def see_picked(self, chunk: FloatArray) -> None:
        """Take in the same samples after the channels were chosen or mixed."""
        self._picked_peak = max(self._picked_peak, _peak(chunk))

    def warnings(self) -> list[str]:
        """Say what is wrong, once everything was seen."""
        notes = []
        if self._picked_peak < SILENT_PEAK <= self._peak:
            notes.append("silent as chosen: other channels hold sound, or the channels cancel each other")
        elif self._samples and self._peak < SILENT_PEAK:
            notes.append(f"silent: peak {self._peak:.2g}")
        if self._outside > LOUD_SHARE * self._samples or self._peak >= LOUD_PEAK:
            notes.append(
                f"{self._outside} samples lie outside [-1, 1] and were clipped; the peak is {self._peak:.3g}"
            )
        return notes

    def _refuse(self, chunk: FloatArray) -> None:
        broken = ~np.isfinite(chunk)
        at = (self.frames + int(np.argmax(broken.any(axis=0)))) / self._rate
        raise AudioValueError(
            f"{self._source}: {int(broken.sum())} of {chunk.size} samples are NaN or infinite, "
            f"the first at {at:.3f} s"
        )


def _peak(chunk: FloatArray) -> float:
    return float(max(chunk.max(), -chunk.min())) if chunk.size else 0.0
