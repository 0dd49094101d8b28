"""Whether somebody speaks, told while sound comes in: nothing after a frame is needed to judge it."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from affectone.audio.signal import FloatArray
from affectone.speech.detector import LEVEL, SILENT_PEAK, START, STOP
from affectone.speech.network import FRAME, SpeechNetwork

__all__ = ["SpeechActivity"]

MEMORY: Final = 156
"""Frames whose loudest sample sets the level: the last 5 s. With more, a slammed door hides a soft voice."""

MOST_GAIN: Final = 20.0
"""No frame is amplified by more than this (26 dB): before anybody speaks there is only the line's noise."""

BoolArray = npt.NDArray[np.bool_]


class SpeechActivity:
    """Finds the frames of one channel of 16 kHz sound in which somebody speaks, as they come.

    `SpeechDetector` brings 30 s to one level before it listens, and so answers up to 30 s late. This one
    brings each frame to the level of the loudest sample of the last 5 s, and answers at once.

    Attributes
    ----------
    gains : numpy.ndarray of float32, shape (frames,)
        By which the frames of the last push were amplified; 0 in silence.

    Examples
    --------
    >>> SpeechActivity().push(np.zeros(1024, np.float32)).tolist()
    [False, False]
    """

    def __init__(self) -> None:
        self._network = SpeechNetwork()
        self._peaks = np.zeros(MEMORY - 1, np.float32)
        self._means = np.zeros(MEMORY - 1, np.float32)
        self._frames = 0
        self._speaking = False
        self.gains = np.zeros(0, np.float32)

    def push(self, samples: FloatArray) -> BoolArray:
        """Return for each frame whether somebody speaks in it.

        Parameters
        ----------
        samples : numpy.ndarray of float32, shape (frames * FRAME,)
            In [-1, 1]. The answers do not depend on how many frames come at once.
        """
        frames = samples.reshape(-1, FRAME)
        if not len(frames):
            self.gains = np.zeros(0, np.float32)
            return np.zeros(0, np.bool_)
        # Half of the range: an offset is not loud.
        self.gains = self._gains(np.ptp(frames, axis=1) / 2)
        levelled = (frames - self._offsets(frames.mean(axis=1))[:, np.newaxis]) * self.gains[:, np.newaxis]
        return self._decide(self._network.probabilities(levelled.reshape(-1)))

    def _offsets(self, means: FloatArray) -> FloatArray:
        """Return the mean of all samples that set the level of each frame: a sound card's offset."""
        known = np.concatenate([self._means, means])
        self._means = known[means.size :]
        last = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(known, MEMORY))
        counts = np.minimum(self._frames + np.arange(1, means.size + 1), MEMORY)
        self._frames += means.size
        return np.asarray(last.sum(axis=1) / counts, np.float32)

    def _gains(self, peaks: FloatArray) -> FloatArray:
        """Return the factor of each frame; 0 in silence, so that its hiss is not heard."""
        known = np.concatenate([self._peaks, peaks])
        self._peaks = known[peaks.size :]
        loudest = np.lib.stride_tricks.sliding_window_view(known, MEMORY).max(axis=1)
        gains = np.minimum(LEVEL / np.maximum(loudest, SILENT_PEAK), MOST_GAIN)
        return np.where(loudest < SILENT_PEAK, 0, gains).astype(np.float32)

    def _decide(self, probabilities: FloatArray) -> BoolArray:
        """Begin speech at one threshold and end it at a lower one, as Silero does."""
        speaking = np.empty(probabilities.size, np.bool_)
        for place, probability in enumerate(probabilities.tolist()):
            self._speaking = probability >= (STOP if self._speaking else START)
            speaking[place] = self._speaking
        return speaking
