"""How well validation speakers are told in a trial of a recipe."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from affectone.evaluation.metrics import confusion_matrix, unweighted_average_recall

__all__ = ["mean_of_corpora", "uar_of_corpora"]


def uar_of_corpora(
    meant: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64], corpora: npt.NDArray[Any], labels: int
) -> dict[str, float]:
    """Return the UAR in % of each corpus that has such clips.

    Parameters
    ----------
    meant, predicted : numpy.ndarray of int, shape (clips,)
        Numbers of labels.
    corpora : numpy.ndarray of str, shape (clips,)
    labels : int
        How many there are.
    """
    found = {}
    for corpus in np.unique(corpora):
        of = corpora == corpus
        counts = confusion_matrix(meant[of], predicted[of], labels)
        found[str(corpus)] = round(100 * float(unweighted_average_recall(counts[None])[0]), 2)
    return found


def mean_of_corpora(found: dict[str, float]) -> float:
    """Return the mean over corpora."""
    return round(float(np.mean(list(found.values()))), 2)
