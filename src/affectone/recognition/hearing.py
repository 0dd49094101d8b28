"""What a model hears in one stretch of speech, calibrated, and what it hears in several together."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affectone.models import OnnxRunner
from affectone.models.runner import StateScale
from affectone.units import Samples

__all__ = ["Heard", "Verdict", "VerdictSums", "hear", "softmax"]

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What was heard in several stretches of one channel, pooled by speech time.

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
    heard_samples : int
        Of the sound that this rests on: a step's window is longer than the speech in the step.
    """

    emotions: DoubleArray
    voices: DoubleArray
    embedding: DoubleArray
    degrees: DoubleArray
    novelty: float
    speech_samples: Samples
    heard_samples: Samples


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What a model hears in one stretch of sound.

    Parameters
    ----------
    emotions : numpy.ndarray of float64, shape (labels,)
        Calibrated probabilities.
    voices : numpy.ndarray of float64, shape (voices,)
        Calibrated probabilities.
    embedding : numpy.ndarray of float64, shape (dim,)
    degrees : numpy.ndarray of float64, shape (degrees,)
        From 0 to 1, in the order of the card's degrees.
    states : numpy.ndarray of float32, shape (numbers,)
        Standardised, before adaptation; none of a model that cannot be adapted.
    samples : int
        How long the stretch is.
    """

    emotions: DoubleArray
    voices: DoubleArray
    embedding: DoubleArray
    degrees: DoubleArray
    states: FloatArray
    samples: Samples

    @property
    def novelty(self) -> float:
        """How far the states are from those that the model learned from, whatever it is adapted to.

        Everything is like itself: laughter would pass for speech in a model that is adapted to it.
        """
        return float(np.square(self.states, dtype=np.float64).mean()) if self.states.size else np.nan

    def without_states(self) -> Heard:
        """Return what an answer needs: no embedding, and one number with the mean square of the states."""
        nothing = np.zeros(0)
        states = np.sqrt([self.novelty]).astype(np.float32) if self.states.size else self.states
        return dataclasses.replace(self, embedding=nothing, states=states)

    def alone(self, speech_samples: Samples) -> Verdict:
        """Return the verdict on this stretch by itself."""
        parts = (self.emotions, self.voices, self.embedding, self.degrees, self.novelty)
        return Verdict(*parts, speech_samples, self.samples)


def hear(runner: OnnxRunner, samples: FloatArray, scale: StateScale | None = None) -> Heard:
    """Return what a model hears in one stretch of one channel, shape (samples,)."""
    raw = runner.run(samples, scale)
    calibration = runner.artefact.card.calibration
    return Heard(
        softmax(raw.emotion_logits / calibration.temperature),
        softmax(raw.voice_logits / calibration.voice_temperature),
        raw.embedding.astype(np.float64),
        1 / (1 + np.exp(-raw.degree_logits.astype(np.float64))),
        raw.states,
        samples.size,
    )


class VerdictSums:
    """Sums over stretches of speech, whose memory does not grow."""

    def __init__(self) -> None:
        self._sums: list[DoubleArray] | None = None
        self.speech_samples: Samples = 0

    def add(self, heard: Heard, speech_samples: Samples) -> None:
        """Take a stretch, with as much weight as it holds speech."""
        parts = (heard.emotions, heard.voices, heard.embedding, heard.degrees, np.asarray(heard.novelty))
        weighted = [part * speech_samples for part in parts]
        sums = zip(self._sums or weighted, weighted, strict=True)
        self._sums = weighted if self._sums is None else [total + part for total, part in sums]
        self.speech_samples += speech_samples

    def verdict(self) -> Verdict | None:
        """Return the mean of what was taken; None of nothing."""
        if self._sums is None:
            return None
        emotions, voices, embedding, degrees, novelty = (total / self.speech_samples for total in self._sums)
        return Verdict(
            emotions / emotions.sum(),
            voices / voices.sum(),
            embedding,
            degrees,
            float(novelty),
            self.speech_samples,
            self.speech_samples,
        )


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
