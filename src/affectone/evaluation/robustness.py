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


def robustness_results(table: pd.DataFrame, changed: pd.DataFrame, *corpora: str) -> list[dict[str, Any]]:
    """Score some corpora's clips as they are and under each condition, and the differences, paired.

    Of several corpora an emotion of one is another label than that of another: the UAR is the mean recall
    over all of them, so that each corpus counts as often as it has emotions. Their speakers are drawn within
    their corpus, and clips where it has few speakers.

    Parameters
    ----------
    table : pandas.DataFrame
        Predictions of the clips as they are, as `score_predictions` takes them.
    changed : pandas.DataFrame
        Predictions of the same clips and seeds, with the condition in ``by`` and ``of``.
    corpora : str

    Returns
    -------
    list of dict
        ``uar`` is pooled and in %; ``difference`` is to the clips as they are. ``unanswered`` counts clips in
        which no speech was heard, over all seeds.
    """
    clean, rows = (_apart(part[part["corpus"].isin(corpora)], len(corpora) > 1) for part in (table, changed))
    labels = LabelSet(tuple(in_order((*clean["emotion"], *clean["predicted"], *rows["predicted"]))))
    by_clip = clean.groupby("corpus")["speaker"].nunique() < FEW_SPEAKERS
    clean, rows = (part.assign(unit=_units(part, by_clip)) for part in (clean, rows))
    strata = clean.groupby("unit")["corpus"].first()
    over = _interval_over(by_clip)
    units = seed_units(clean, labels, "unit")
    found = [_row(CLEAN, "as recorded", clean, pooled_uar(units), None, None, over)]
    for (by, of), own in rows.groupby(["by", "of"], sort=False):
        there = seed_units(own, labels, "unit")
        difference = pooled_uar(there) - pooled_uar(units)
        ends = bootstrap_difference(there, units, unweighted_average_recall, strata=list(strata))
        found.append(_row(str(by), str(of), own, pooled_uar(there), difference, ends, over))
    return found


def _apart(rows: pd.DataFrame, several: bool) -> pd.DataFrame:
    """Return answers in which labels of several corpora are different ones."""
    if not several:
        return rows
    corpus = rows["corpus"] + ": "
    answered = rows["predicted"] != NO_SPEECH
    return rows.assign(
        emotion=corpus + rows["emotion"],
        predicted=rows["predicted"].where(~answered, corpus + rows["predicted"]),
    )


def _units(rows: pd.DataFrame, by_clip: pd.Series[bool]) -> pd.Series[str]:
    """Return whom each answer is drawn with: a speaker, or a clip of a corpus that has few."""
    return (rows["corpus"] + "/" + rows["speaker"]).where(~rows["corpus"].map(by_clip), rows["id"])


def _interval_over(by_clip: pd.Series[bool]) -> str:
    if by_clip.all():
        return "clips"
    few = ", ".join(map(str, by_clip.index[by_clip]))
    return f"speakers, and clips of {few}" if few else "speakers"


def _row(
    by: str,
    of: str,
    rows: pd.DataFrame,
    uar: float,
    difference: float | None,
    ends: tuple[float, float] | None,
    over: str,
) -> dict[str, Any]:
    return {
        "by": by,
        "of": of,
        "clips": int(rows["id"].nunique()),
        "speakers": len(rows[["corpus", "speaker"]].drop_duplicates()),
        "uar": per_cent(uar),
        "difference": None if difference is None else per_cent(difference),
        "difference_interval": None if ends is None else [per_cent(end) for end in ends],
        "interval_over": over,
        "unanswered": int(np.sum(rows["predicted"] == NO_SPEECH)),
    }
