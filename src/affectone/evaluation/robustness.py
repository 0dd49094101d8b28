"""The same test clips, changed: what noise, codecs and rooms cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from affectone.audio.augment import CONDITIONS, Condition
from affectone.evaluation.detail import in_order
from affectone.evaluation.metrics import bootstrap_difference, unweighted_average_recall
from affectone.evaluation.predictions import FEW_SPEAKERS, SCORE, per_cent, pooled_uar, seed_units
from affectone.labels import LabelSet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CLEAN", "NO_SPEECH", "answer_changed", "holds_conditions", "robustness_results"]

NO_SPEECH = "no speech"
"""What stands for the label where a model gave none: a wrong answer."""
CLEAN = "clean"
"""What stands for the kind of change of clips as they are."""
LEFT_OUT = ("ethnicity", "votes", "raters", "agreement")


def answer_changed(
    answer: Callable[[Condition], pd.DataFrame], conditions: Sequence[Condition]
) -> pd.DataFrame:
    """Return the answers to some conditions as one table, without what only the clean table needs.

    Parameters
    ----------
    answer : callable
        Gives the table of predictions of the test clips under a condition.
    conditions : sequence of Condition
        At least one.
    """
    import pandas as pd

    tables = []
    for condition in conditions:
        table = answer(condition)
        dropped = [name for name in map(str, table) if name in LEFT_OUT or name.startswith(SCORE)]
        tables.append(table.drop(columns=dropped).assign(by=condition.by, of=condition.name))
    return pd.concat(tables, ignore_index=True)


def holds_conditions(changed: pd.DataFrame) -> bool:
    """Return whether a table of answers is of all `CONDITIONS` of now, and of no others."""
    found = set(zip(changed["by"], changed["of"], strict=True))
    return found == {(condition.by, condition.name) for condition in CONDITIONS}


def robustness_results(table: pd.DataFrame, changed: pd.DataFrame, corpus: str) -> list[dict[str, Any]]:
    """Score one corpus's clips as they are and under each condition, and the differences, paired.

    Parameters
    ----------
    table : pandas.DataFrame
        Predictions of the clips as they are, as `score_predictions` takes them.
    changed : pandas.DataFrame
        Predictions of the same clips and seeds, with the condition in ``by`` and ``of``.
    corpus : str

    Returns
    -------
    list of dict
        ``uar`` is pooled and in %; ``difference`` is to the clips as they are. ``unanswered`` counts clips in
        which no speech was heard, over all seeds.
    """
    clean, rows = (part[part["corpus"] == corpus] for part in (table, changed))
    labels = LabelSet(tuple(in_order((*clean["emotion"], *clean["predicted"], *rows["predicted"]))))
    few = clean["speaker"].nunique() < FEW_SPEAKERS
    units = seed_units(clean, labels, by_clip=few)
    found = [_row(CLEAN, "as recorded", clean, pooled_uar(units), None, None, few)]
    for (by, of), own in rows.groupby(["by", "of"], sort=False):
        there = seed_units(own, labels, by_clip=few)
        difference = pooled_uar(there) - pooled_uar(units)
        ends = bootstrap_difference(there, units, unweighted_average_recall)
        found.append(_row(str(by), str(of), own, pooled_uar(there), difference, ends, few))
    return found


def _row(
    by: str,
    of: str,
    rows: pd.DataFrame,
    uar: float,
    difference: float | None,
    ends: tuple[float, float] | None,
    few: bool,
) -> dict[str, Any]:
    return {
        "by": by,
        "of": of,
        "clips": int(rows["id"].nunique()),
        "speakers": int(rows["speaker"].nunique()),
        "uar": per_cent(uar),
        "difference": None if difference is None else per_cent(difference),
        "difference_interval": None if ends is None else [per_cent(end) for end in ends],
        "interval_over": "clips" if few else "speakers",
        "unanswered": int(np.sum(rows["predicted"] == NO_SPEECH)),
    }
