"""Predictions of a protocol as one table, and the rows of a leaderboard made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from affectone.evaluation.metrics import (
    Counts,
    accuracy,
    bootstrap_interval,
    confusion_matrix,
    macro_f1,
    unweighted_average_recall,
)
from affectone.labels import VOICES, LabelSet

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FEW_SPEAKERS",
    "KEPT",
    "SCORE",
    "Score",
    "group_scores",
    "joined_cells",
    "per_cent",
    "pooled_uar",
    "score_predictions",
    "seed_units",
    "unit_column",
]

FEW_SPEAKERS = 8
"""With fewer test speakers an interval over speakers says nothing: it is taken over clips, and marked."""

SCORE = "score_"
"""Beginning of the names of the columns that hold a label's probability."""

KEPT = ("id", "corpus", "speaker", "sex", "age", "ethnicity", "emotion", "votes", "raters", "agreement")
"""Columns of a manifest that a table of predictions has."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well one corpus was recognised; shares are in %."""

    corpus: str
    clips: int
    speakers: int
    folds: int
    seeds: int
    uar_folds: float
    uar_seeds_std: float
    uar_pooled: float
    uar_interval: tuple[float, float]
    wa_pooled: float
    wa_interval: tuple[float, float]
    macro_f1: float
    voice_accuracy: float | None
    interval_over: Literal["speakers", "clips"]
    per_speaker_uar: dict[str, float] | None
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]


def score_predictions(table: pd.DataFrame, corpus: str) -> Score:
    """Score one corpus's rows of a table of predictions.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``corpus, speaker, fold, seed, emotion, predicted, sex, predicted_voice``; one row a clip and
        seed.
    corpus : str
    """
    rows = table[table["corpus"] == corpus]
    labels = LabelSet(tuple(sorted(set(rows["emotion"]) | set(rows["predicted"]))))
    speakers = np.unique(rows["speaker"].to_numpy(dtype=str))
    seeds = sorted(rows["seed"].unique())
    by_fold = [_confusion(fold, labels) for _, fold in rows.groupby(["seed", "fold"])]
    by_seed = np.stack([_confusion(rows[rows["seed"] == seed], labels) for seed in seeds])
    few = len(speakers) < FEW_SPEAKERS
    units = seed_units(rows, labels, unit_column(few))
    known = rows[rows["sex"].isin(VOICES) & rows["predicted_voice"].notna()]
    pooled = unweighted_average_recall(by_seed)
    return Score(
        corpus=corpus,
        clips=len(rows) // len(seeds),
        speakers=len(speakers),
        folds=rows["fold"].nunique(),
        seeds=len(seeds),
        uar_folds=per_cent(unweighted_average_recall(np.stack(by_fold)).mean()),
        uar_seeds_std=per_cent(pooled.std(ddof=1)) if len(seeds) > 1 else 0.0,
        uar_pooled=per_cent(pooled.mean()),
        uar_interval=_interval(units, unweighted_average_recall),
        wa_pooled=per_cent(accuracy(by_seed).mean()),
        wa_interval=_interval(units, accuracy),
        macro_f1=per_cent(macro_f1(by_seed).mean()),
        voice_accuracy=per_cent((known["sex"] == known["predicted_voice"]).mean()) if len(known) else None,
        interval_over="clips" if few else "speakers",
        per_speaker_uar=group_scores(rows, "speaker") if few else None,
        labels=labels.names,
        confusion=tuple(tuple(int(n) for n in row) for row in by_seed.sum(axis=0)),
    )


def group_scores(rows: pd.DataFrame, column: str) -> dict[str, float]:
    """Return the UAR in % of each group of rows, by the values of a column; unknown ones are left out."""
    labels = LabelSet(tuple(sorted(set(rows["emotion"]) | set(rows["predicted"]))))
    return {
        str(name): per_cent(unweighted_average_recall(_confusion(group, labels)))
        for name, group in rows.groupby(column)
    }


def joined_cells(cells: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the predictions of a run's cells under one another.

    A column that a cell lacks, as those of an earlier release may, is left out: what is said by it would be
    said of a part of the test.
    """
    import pandas as pd

    return pd.concat(cells, ignore_index=True, join="inner")


def _indices(rows: pd.DataFrame, column: str, labels: LabelSet) -> npt.NDArray[np.int64]:
    return np.array([labels.index(name) for name in rows[column]], dtype=np.int64)


def _confusion(rows: pd.DataFrame, labels: LabelSet) -> Counts:
    target, predicted = _indices(rows, "emotion", labels), _indices(rows, "predicted", labels)
    return confusion_matrix(target, predicted, len(labels))


def seed_units(rows: pd.DataFrame, labels: LabelSet, by: str) -> Counts:
    """Return confusion matrices ``(seeds, units, labels, labels)``, units in one order for all seeds.

    Rows of one unit have one value in the column `by`: that of `unit_column`, as a rule. What was asked for
    is in rows, what was answered in columns, both in the order of the labels.
    """
    seeds = [rows[rows["seed"] == seed] for seed in sorted(rows["seed"].unique())]
    return np.stack([np.stack([_confusion(unit, labels) for _, unit in run.groupby(by)]) for run in seeds])


def unit_column(few: bool) -> str:
    """Return the column that tells units apart: speakers, or clips where speakers are few."""
    return "id" if few else "speaker"


def pooled_uar(units: Counts) -> float:
    """Return the UAR over all units of `seed_units`, mean of the seeds, as a share."""
    return float(unweighted_average_recall(units.sum(axis=1)).mean())


def _interval(units: Counts, metric: object) -> tuple[float, float]:
    low, high = bootstrap_interval(units, metric)  # type: ignore[arg-type]
    return per_cent(low), per_cent(high)


def per_cent(share: object) -> float:
    """Return a share as a percentage of two decimals."""
    return round(100 * float(share), 2)  # type: ignore[arg-type]
