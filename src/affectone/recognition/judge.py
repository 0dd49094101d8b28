"""Judges one channel while it is read: speech, windows, scores, with memory that does not grow."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affectone.models import OnnxRunner
from affectone.models.runner import StateScale
from affectone.recognition.adaptation import StateSums
from affectone.speech import SpeechDetector, Window, WindowCutter
from affectone.units import Samples

__all__ = ["ChannelJudge", "Verdict", "softmax"]

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What was heard in one channel, pooled over its windows by speech time.

    Parameters
    ----------
    emotions : numpy.ndarray of float64, shape (labels,)
        Calibrated probabilities.
    voices : numpy.ndarray of float64, shape (voices,)
        Calibrated probabilities.
    embedding : numpy.ndarray of float64, shape (dim,)
    degrees : numpy.ndarray of float64, shape (degrees,)
        From 0 to 1, in the order of the card's degrees.
    novelty : float
        Mean square of the standardised states, 1 for what the model learned from; NaN of a model without.
    speech_samples : int
    """

    emotions: DoubleArray
    voices: DoubleArray
    embedding: DoubleArray
    degrees: DoubleArray
    novelty: float
    speech_samples: Samples


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
        self._calibration = card.calibration
        self._detector = SpeechDetector()
        self._cutter = WindowCutter(sample_rate=card.sample_rate, window_seconds=card.window_seconds)
        self._recent = _RecentSamples()
        self._speech = 0
        self._sums: list[DoubleArray] | None = None

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
        if self._sums is None:
            return None
        emotions, voices, embedding, degrees, novelty = (total / self._speech for total in self._sums)
        return Verdict(
            emotions / emotions.sum(),
            voices / voices.sum(),
            embedding,
            degrees,
            float(novelty),
            self._speech,
        )

    def _score(self, windows: list[Window]) -> None:
        for window in windows:
            raw = self._runner.run(self._recent.between(window.start, window.end), self._scale)
            heard = (
                softmax(raw.emotion_logits / self._calibration.temperature),
                softmax(raw.voice_logits / self._calibration.voice_temperature),
                raw.embedding.astype(np.float64),
                1 / (1 + np.exp(-raw.degree_logits.astype(np.float64))),
                _novelty(raw.states),
            )
            if self._state_sums is not None:
                self._state_sums.add(raw.states[np.newaxis], heard[0][np.newaxis])
            weighted = [part * window.speech_samples for part in heard]
            sums = zip(self._sums or weighted, weighted, strict=True)
            self._sums = weighted if self._sums is None else [total + part for total, part in sums]
            self._speech += window.speech_samples


def _novelty(states: FloatArray) -> DoubleArray:
    """Return how far states are from those that the model learned from, whatever it is adapted to.

    Everything is like itself: laughter would pass for speech in a model that is adapted to it.
    """
    return np.asarray(np.square(states, dtype=np.float64).mean() if states.size else np.nan)


class _RecentSamples:
    """The samples that a window may still need, addressed by their place in the recording."""

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


def softmax(logits: npt.ArrayLike) -> DoubleArray:
    """Return probabilities, shape (n,), summing to 1.

    Examples
    --------
    >>> softmax([0.0, 0.0]).tolist()
    [0.5, 0.5]
    """
    values = np.asarray(logits, np.float64)
    powers = np.exp(values - values.max())
    return np.asarray(powers / powers.sum())
