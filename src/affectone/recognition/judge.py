"""Judges one channel while it is read: speech, windows, scores, with memory that does not grow."""

from __future__ import annotations

import numpy as np

from affectone.audio.signal import FloatArray
from affectone.models import OnnxRunner
from affectone.models.runner import StateScale
from affectone.recognition.adaptation import StateSums
from affectone.recognition.hearing import Verdict, VerdictSums, hear
from affectone.recognition.recent import RecentSamples
from affectone.speech import SpeechDetector, Window, WindowCutter

__all__ = ["ChannelJudge"]


class ChannelJudge:
    """Takes one channel block by block and scores each window of speech as soon as it is complete.

    Parameters
    ----------
    runner : OnnxRunner
    scale : StateScale, optional
        What the model is adapted to.
    sums : StateSums, optional
        Is given each window, to adapt the model to later.
    """

    def __init__(
        self, runner: OnnxRunner, scale: StateScale | None = None, sums: StateSums | None = None
    ) -> None:
        card = runner.artefact.card
        self._runner = runner
        self._scale = scale
        self._state_sums = sums
        self._detector = SpeechDetector()
        self._cutter = WindowCutter(sample_rate=card.sample_rate, window_seconds=card.window_seconds)
        self._recent = RecentSamples()
        self._sums = VerdictSums()

    def push(self, samples: FloatArray) -> None:
        """Take the next samples of the channel, shape (samples,)."""
        self._recent.append(samples)
        regions = self._detector.push(samples)
        settled = self._detector.settled
        self._score(self._cutter.push(regions, settled=settled))
        pending = self._cutter.pending_start
        self._recent.forget(settled if pending is None else min(pending, settled))

    def finish(self) -> Verdict | None:
        """Take the end of the recording; None if no speech was found."""
        self._score(self._cutter.push(self._detector.finish()) + self._cutter.finish())
        return self._sums.verdict()

    def _score(self, windows: list[Window]) -> None:
        for window in windows:
            heard = hear(self._runner, self._recent.between(window.start, window.end), self._scale)
            if self._state_sums is not None:
                self._state_sums.add(heard.states[np.newaxis], heard.emotions[np.newaxis])
            self._sums.add(heard, window.speech_samples)
