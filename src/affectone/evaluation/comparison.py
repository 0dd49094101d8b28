"""Two sets of predictions of the same clips: which is better, and whether that could be chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from affectone.errors import CorpusError
from affectone.evaluation.answers import Answers
from affectone.evaluation.detail import in_order
from affectone.evaluation.metrics import Metric, accuracy, bootstrap_difference, unweighted_average_recall
from affectone.evaluation.predictions import FEW_SPEAKERS, per_cent, seed_units, unit_column
from affectone.labels import LabelSet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare"]

METRICS: dict[str, Metric] = {"uar": unweighted_average_recall, "wa": accuracy}


def compare(one: Answers, other: Answers) -> dict[str, Any]:
    """Compare two sets of predictions of the same protocol and clips, corpus by corpus.

    Raises
    ------
    CorpusError
        If protocols, clips, labels or speakers differ: the difference would not be that of the models.
    """
    if one.sha256 != other.sha256:
        raise CorpusError(
            f"{one.name} is of {one.protocol} ({one.sha256[:12]}), {other.name} of {other.protocol} "
            f"({other.sha256[:12]}): two protocols cannot be compared"
        )
    _refuse_other_clips(one, other)
    corpora = sorted(one.table["corpus"].unique())
    return {
        "one": one.name,
        "other": other.name,
        "corpora": [_compared(one.table, other.table, corpus) for corpus in corpora],
    }


def _refuse_other_clips(one: Answers, other: Answers) -> None:
    first, second = (part.table.drop_duplicates("id").set_index("id").sort_index() for part in (one, other))
    alone = first.index.symmetric_difference(second.index)
    if len(alone):
        raise CorpusError(
            f"{one.name} and {other.name} differ by {len(alone)} clips, such as {alone[0]}; only answers "
            f"to the same clips can be compared"
        )
    for column, what in (("emotion", "labels"), ("speaker", "speakers")):
        differ = first.index[(first[column] != second[column]).to_numpy()]
        if len(differ):
            raise CorpusError(
                f"{one.name} and {other.name} differ in the {what} of {len(differ)} clips, such as "
                f"{differ[0]}"
            )


def _compared(one: pd.DataFrame, other: pd.DataFrame, corpus: str) -> dict[str, Any]:
    parts = [table[table["corpus"] == corpus] for table in (one, other)]
    labels = LabelSet(
        tuple(in_order(name for rows in parts for name in (*rows["emotion"], *rows["predicted"])))
    )
    few = parts[0]["speaker"].nunique() < FEW_SPEAKERS
    first, second = (seed_units(rows, labels, unit_column(few)) for rows in parts)
    found: dict[str, Any] = {"corpus": corpus, "interval_over": "clips" if few else "speakers"}
    for name, metric in METRICS.items():
        values = [float(metric(counts.sum(axis=1)).mean()) for counts in (first, second)]
        low, high = bootstrap_difference(first, second, metric)
        found |= {
            f"{name}_one": per_cent(values[0]),
            f"{name}_other": per_cent(values[1]),
            f"{name}_difference": per_cent(values[0] - values[1]),
            f"{name}_interval": [per_cent(low), per_cent(high)],
        }
    counts = _right_counts(*parts)
    return found | {"counts": counts, "words": _words(found, counts)}


def _right_counts(one: pd.DataFrame, other: pd.DataFrame) -> dict[str, int]:
    """Count the clips that both, one or none answered right: in more than half of the seeds."""
    shares = [
        (rows["emotion"] == rows["predicted"]).groupby(rows["id"]).mean().sort_index()
        for rows in (one, other)
    ]
    right, beside = (share.to_numpy() > 0.5 for share in shares)
    return {
        "clips": len(right),
        "both": int(np.sum(right & beside)),
        "only_one": int(np.sum(right & ~beside)),
        "only_other": int(np.sum(~right & beside)),
        "neither": int(np.sum(~right & ~beside)),
    }


def _words(found: dict[str, Any], counts: dict[str, int]) -> str:
    low, high = found["uar_interval"]
    units = found["interval_over"]
    if low <= 0 <= high:
        verdict = f"The interval over {units} holds 0: this test does not show which of them is better"
    else:
        better = "first" if low > 0 else "second"
        verdict = f"The interval over {units} does not hold 0: the {better} is better on this test"
    return (
        f"Of {counts['clips']} clips both answer {counts['both']} right and neither {counts['neither']}; "
        f"{counts['only_one']} are right in the first alone, {counts['only_other']} in the second "
        f"alone. {verdict}."
    )
