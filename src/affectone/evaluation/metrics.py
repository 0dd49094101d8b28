"""Accuracy on unseen speakers, with intervals over speakers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

__all__ = [
    "Counts",
    "Metric",
    "accuracy",
    "bootstrap_difference",
    "bootstrap_interval",
    "confusion_matrix",
    "macro_f1",
    "unweighted_average_recall",
]

Counts = npt.NDArray[np.int64]
Metric = Callable[[Counts], npt.NDArray[np.float64]]


def confusion_matrix(target: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64], labels: int) -> Counts:
    """Count clips by target (rows) and predicted label (columns).

    Parameters
    ----------
    target, predicted : numpy.ndarray of int64, shape (clips,)
    labels : int

    Returns
    -------
    numpy.ndarray of int64, shape (labels, labels)

    Raises
    ------
    ValueError
        If the two differ in shape (broadcasting would count every pair), or hold what is no label.
    """
    if target.shape != predicted.shape or target.ndim != 1:
        raise ValueError(
            f"target and predicted must be of one length; got {target.shape} and {predicted.shape}"
        )
    for values in (target, predicted):
        if values.size and not 0 <= values.min() <= values.max() < labels:
            raise ValueError(f"{labels} labels are 0 to {labels - 1}; got {values.min()} to {values.max()}")
    return np.bincount(target * labels + predicted, minlength=labels**2).reshape(labels, labels)


def unweighted_average_recall(confusion: Counts) -> npt.NDArray[np.float64]:
    """Return the mean recall over the labels that occur: UAR, or balanced accuracy.

    Parameters
    ----------
    confusion : numpy.ndarray, shape (..., labels, labels)

    Returns
    -------
    numpy.ndarray of float64, shape (...)
    """
    support = confusion.sum(axis=-1)
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    recall = np.divide(right, support, out=np.zeros(support.shape), where=support > 0)
    return np.asarray(recall.sum(axis=-1) / (support > 0).sum(axis=-1))


def accuracy(confusion: Counts) -> npt.NDArray[np.float64]:
    """Return the share of clips that were right (WA) of ``(..., labels, labels)`` counts."""
    return np.asarray(np.trace(confusion, axis1=-2, axis2=-1) / confusion.sum(axis=(-2, -1)))


def macro_f1(confusion: Counts) -> npt.NDArray[np.float64]:
    """Return the mean F1 over the labels that occur, of ``(..., labels, labels)`` counts."""
    support, answered = confusion.sum(axis=-1), confusion.sum(axis=-2)
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    total = support + answered
    scores = np.divide(2 * right, total, out=np.zeros(total.shape), where=total > 0)
    occurs = support > 0
    return np.asarray((scores * occurs).sum(axis=-1) / occurs.sum(axis=-1))


def bootstrap_interval(
    units: Counts, metric: Metric, *, resamples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % percentile interval of a metric over resampled units (Efron 1979).

    Parameters
    ----------
    units : numpy.ndarray, shape (runs, units, labels, labels)
        One confusion matrix a unit (a speaker, or a clip) and run (a seed). All runs are resampled alike and
        the metric is averaged over them, since seeds are no further speakers.
    metric : callable
        Maps ``(..., labels, labels)`` to ``(...)``.
    resamples, seed : int
    """
    return _middle(_bootstrap(units, metric, resamples, seed))


def bootstrap_difference(
    one: Counts,
    other: Counts,
    metric: Metric,
    *,
    strata: Sequence[str] | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95 % interval of ``one - other`` over the same units, drawn alike for both.

    Parameters
    ----------
    one, other : numpy.ndarray, shape (runs, units, labels, labels)
        As `bootstrap_interval` takes them, with the same units in the same order; numbers of runs may differ.
    metric : callable
    strata : sequence of str, optional
        What each unit is a part of, such as its corpus: as many are drawn of each part as it has, so that
        none is missing in a resample (Davison and Hinkley 1997, section 3.2). By default all are of one part.
    resamples, seed : int

    Raises
    ------
    ValueError
        If the two differ in their units or labels.
    """
    if one.shape[1:] != other.shape[1:]:
        raise ValueError(f"both want the same units and labels; got {one.shape[1:]} and {other.shape[1:]}")
    found = [_bootstrap(units, metric, resamples, seed, strata) for units in (one, other)]
    return _middle(found[0] - found[1])


def _bootstrap(
    units: Counts, metric: Metric, resamples: int, seed: int, strata: Sequence[str] | None = None
) -> npt.NDArray[np.float64]:
    """Return the metric of each resample; equal seeds draw equal units."""
    rng = np.random.default_rng(seed)
    parts = np.zeros(units.shape[1]) if strata is None else np.asarray(strata)
    flat = units.reshape(*units.shape[:2], -1).astype(np.float64)
    draws = np.zeros((resamples, len(parts)))
    for part in np.unique(parts):
        count = (parts == part).sum()
        draws[:, parts == part] = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
    summed = np.einsum("ru,sul->rsl", draws, flat, optimize=True).astype(np.int64)
    return np.asarray(metric(summed.reshape(resamples, *units.shape[:1], *units.shape[2:])).mean(axis=1))


def _middle(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
