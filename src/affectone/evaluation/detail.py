"""What is behind one number: classes, mistakes, rankings, how far a confidence can be believed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    precision_recall_fscore_support,
    roc_auc_score,
    roc_curve,
)

from affectone.corpora.kept import in_label_order
from affectone.evaluation.metrics import Counts, confusion_matrix
from affectone.evaluation.predictions import SCORE, per_cent
from affectone.labels import LabelSet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BINS", "class_rows", "counts_of", "in_order", "mistakes", "rankings", "reliability"]

BINS = 15
"""Of confidence, as in `expected_calibration_error`."""
MOST_PAIRS, MOST_EXAMPLES = 12, 3
STEP = 0.01
"""Points of a curve that are nearer to each other are not kept in a report."""


def in_order(labels: Iterable[str]) -> list[str]:
    """Return the different labels, common ones first and in their order."""
    return list(in_label_order(labels))


def counts_of(rows: pd.DataFrame, labels: list[str]) -> Counts:
    """Count the rows by what was meant (rows of the matrix) and what was answered (columns)."""
    known = LabelSet(tuple(labels))
    meant, answered = (
        np.asarray(rows[name].map(known.index), dtype=np.int64) for name in ("emotion", "predicted")
    )
    return confusion_matrix(meant, answered, len(labels))


def class_rows(rows: pd.DataFrame, labels: list[str]) -> list[dict[str, Any]]:
    """Return precision, recall and F1 in % and the number of clips of each label, over all seeds together.

    Of a label that no clip has there is no recall; of one that is never answered there is no precision.
    """
    measured = precision_recall_fscore_support(
        rows["emotion"], rows["predicted"], labels=labels, zero_division=0
    )
    answered = rows["predicted"].value_counts()
    seeds = rows["seed"].nunique()
    return [
        {
            "label": label,
            "precision": per_cent(precision) if answered.get(label, 0) else None,
            "recall": per_cent(recall) if support else None,
            "f1": per_cent(f1) if support else None,
            "support": int(support) // seeds,
        }
        for label, precision, recall, f1, support in zip(labels, *measured, strict=True)
    ]


def mistakes(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the pairs of labels that are confused most, with the clips in which the model was surest."""
    wrong = rows[rows["emotion"] != rows["predicted"]]
    support = rows["emotion"].value_counts()
    pairs: list[dict[str, Any]] = []
    for (emotion, predicted), found in wrong.groupby(["emotion", "predicted"]):
        order = ["confidence", "id"] if "confidence" in found else ["id"]
        surest = found.sort_values(order, ascending=[name == "id" for name in order])
        examples = surest["id"].drop_duplicates().head(MOST_EXAMPLES)
        pairs.append(
            {
                "emotion": emotion,
                "predicted": predicted,
                "count": len(found),
                "share": per_cent(len(found) / int(support[str(emotion)])),
                "examples": [_example(surest, name) for name in examples],
            }
        )
    return sorted(pairs, key=lambda pair: (-pair["count"], pair["emotion"], pair["predicted"]))[:MOST_PAIRS]


def _example(found: pd.DataFrame, name: str) -> dict[str, Any]:
    clip = found[found["id"] == name].iloc[0]
    confidence, path = clip.get("confidence"), clip.get("path")
    return {
        "id": name,
        "confidence": None if confidence is None else round(float(confidence), 3),
        "path": path if isinstance(path, str) else None,
    }


def rankings(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return ROC and precision-recall curves of each label against all others.

    All folds and seeds are ranked together. Labels without a score, without clips, or without others are
    left out.
    """
    found = []
    for label in in_order(name.removeprefix(SCORE) for name in rows.columns if name.startswith(SCORE)):
        target = (rows["emotion"] == label).to_numpy()
        scores = rows[SCORE + label].to_numpy(np.float64)
        if not 0 < target.sum() < len(target) or np.isnan(scores).any():
            continue
        false, true, _ = roc_curve(target, scores)
        precision, recall, _ = precision_recall_curve(target, scores)
        found.append(
            {
                "label": label,
                "auc": round(float(roc_auc_score(target, scores)), 4),
                "average_precision": round(float(average_precision_score(target, scores)), 4),
                "share": round(float(target.mean()), 4),
                "roc": _thinned(false, true),
                "pr": _thinned(recall[::-1], precision[::-1]),
            }
        )
    return found


def _thinned(along: npt.NDArray[np.float64], up: npt.NDArray[np.float64]) -> list[list[float]]:
    """Return a curve with fewer points, its ends among them."""
    points = [[round(float(x), 4), round(float(y), 4)] for x, y in zip(along, up, strict=True)]
    kept = points[:1]
    for x, y in points[1:-1]:
        if abs(x - kept[-1][0]) >= STEP or abs(y - kept[-1][1]) >= STEP:
            kept.append([x, y])
    return [*kept, points[-1]]


def reliability(rows: pd.DataFrame) -> dict[str, Any] | None:
    """Return how right answers are at each confidence, and the expected calibration error (Guo et al. 2017).

    None where there are no confidences.
    """
    if "confidence" not in rows or rows["confidence"].isna().any():
        return None
    confidence = rows["confidence"].to_numpy(np.float64)
    right = (rows["emotion"] == rows["predicted"]).to_numpy()
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = [
        {
            "from": round(number / BINS, 4),
            "to": round((number + 1) / BINS, 4),
            "answers": int((which == number).sum()),
            "confidence": round(float(confidence[which == number].mean()), 4),
            "right": round(float(right[which == number].mean()), 4),
        }
        for number in np.unique(which)
    ]
    gaps = [
        abs(confidence[which == number].mean() - right[which == number].mean()) * np.mean(which == number)
        for number in np.unique(which)
    ]
    return {
        "ece": round(float(np.sum(gaps)), 4),
        "right": round(float(right.mean()), 4),
        "mean_confidence": round(float(confidence.mean()), 4),
        "calibrated": bool(rows["temperature"].notna().all()),
        "bins": bins,
    }
