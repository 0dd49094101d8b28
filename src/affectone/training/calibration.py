"""Probabilities that can be trusted: one temperature, fitted on speakers the network did not train on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

__all__ = ["expected_calibration_error", "fit_temperature", "probabilities"]

FloatArray = npt.NDArray[np.floating]
COLDEST, HOTTEST = 0.05, 20.0


def probabilities(logits: FloatArray, temperature: float) -> npt.NDArray[np.float64]:
    """Return ``softmax(logits / temperature)`` over the last axis."""
    return np.exp(log_softmax(np.asarray(logits, dtype=np.float64) / temperature, axis=-1))


def fit_temperature(logits: FloatArray, target: npt.NDArray[np.int64]) -> float:
    """Return the temperature of least negative log likelihood (Guo et al. 2017).

    Parameters
    ----------
    logits : numpy.ndarray, shape (clips, labels)
    target : numpy.ndarray of int64, shape (clips,)
        Of no clips nothing can be learned: the temperature is 1 then.
    """
    if not len(target):
        return 1.0

    def loss(log_temperature: float) -> float:
        scaled = log_softmax(np.asarray(logits, dtype=np.float64) / np.exp(log_temperature), axis=1)
        return float(-scaled[np.arange(len(target)), target].mean())

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded")
    return float(np.exp(found.x))


def expected_calibration_error(scores: FloatArray, target: npt.NDArray[np.int64], bins: int = 15) -> float:
    """Return the mean distance of confidence and accuracy over equal bins of confidence (Guo et al. 2017).

    Parameters
    ----------
    scores : numpy.ndarray, shape (clips, labels)
        Probabilities.
    target : numpy.ndarray of int64, shape (clips,)
    bins : int
    """
    confidence = scores.max(axis=1)
    right = scores.argmax(axis=1) == target
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[which == number].mean() - right[which == number].mean()) * np.mean(which == number)
        for number in np.unique(which)
    ]
    return float(np.sum(gaps))
