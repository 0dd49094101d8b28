"""From what was heard to the answer: label, confidence, and whether to rely on it."""

from __future__ import annotations

import dataclasses

import numpy as np

from affectone.models import ModelCard
from affectone.recognition.hearing import Verdict
from affectone.recognition.prediction import LOW_CONFIDENCE, TOO_SHORT, UNLIKE, Prediction
from affectone.recognition.view import ScoreView
from affectone.units import samples_to_seconds

__all__ = ["answered"]


def answered(known: Prediction, card: ModelCard, verdict: Verdict, view: ScoreView | None) -> Prediction:
    """Return a prediction with what was heard added to what is known of the recording."""
    labels = card.labels if view is None else view.labels
    emotions = verdict.emotions if view is None else view.scores(verdict.emotions)
    best = int(np.argmax(emotions))
    confidence = float(emotions[best])
    speech = samples_to_seconds(verdict.speech_samples, card.sample_rate)
    reason = _doubt(card, verdict, confidence)
    padded = f"{speech:.2f} s of speech padded to {card.min_seconds:.2f} s"
    return dataclasses.replace(
        known,
        label=labels[best],
        confidence=confidence,
        scores=dict(zip(labels, emotions.tolist(), strict=True)),
        unsure=reason is not None,
        reason=reason,
        voice=dict(zip(card.voices, verdict.voices.tolist(), strict=True)),
        speech_seconds=speech,
        warnings=(*known.warnings, padded) if reason == TOO_SHORT else known.warnings,
        **dict(zip(card.degrees, verdict.degrees.tolist(), strict=True)),
    )


def _doubt(card: ModelCard, verdict: Verdict, confidence: float) -> str | None:
    calibration = card.calibration
    if samples_to_seconds(verdict.heard_samples, card.sample_rate) < card.min_seconds:
        return TOO_SHORT
    if calibration.novelty is not None and verdict.novelty > calibration.novelty:
        return UNLIKE
    return LOW_CONFIDENCE if confidence < calibration.threshold else None
