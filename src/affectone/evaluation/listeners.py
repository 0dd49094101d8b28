"""A model beside the people who heard the same clips."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import rel_entr

from affectone.corpora.votes import ListenerScore, perceived, score_listeners, vote_shares
from affectone.evaluation.predictions import SCORE, per_cent, score_predictions

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AGREEMENT_BANDS", "jensen_shannon", "listener_results"]

AGREEMENT_BANDS = {"under 0.4": 0.0, "0.4 to 0.6": 0.4, "0.6 to 0.8": 0.6, "0.8 and over": 0.8}
"""Name -> lowest agreement of a band."""

Distributions = npt.NDArray[np.float64]


def listener_results(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return, for each corpus that was voted on, how people and a model answered, beside each other.

    Parameters
    ----------
    table : pandas.DataFrame
        Predictions, one row a clip and seed, as `score_predictions` takes them; with ``votes``, ``raters``
        and ``agreement`` of the manifest, and ``score_<label>`` for what is said of distributions. A table
        without votes has no results here.
    """
    if "votes" not in table:
        return {}
    voted = table[table["votes"].notna()]
    return {str(corpus): _results(rows, str(corpus)) for corpus, rows in voted.groupby("corpus")}


def _results(rows: pd.DataFrame, corpus: str) -> dict[str, Any]:
    people = score_listeners(rows[rows["seed"] == rows["seed"].iloc[0]])
    heard = _as_heard(rows)
    return {
        "people": None if people is None else _shown(people),
        "perceived": asdict(score_predictions(heard, corpus)) if len(heard) else None,
        "distributions": _distributions(rows, heard),
        "by_agreement": [_band(rows, heard, name) for name in AGREEMENT_BANDS],
    }


def _shown(people: ListenerScore) -> dict[str, Any]:
    shares = ("per_rating", "per_rating_uar", "plurality")
    return {key: per_cent(value) if key in shares else value for key, value in asdict(people).items()}


def _as_heard(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the label that most listeners chose in the place of the one that was meant.

    Clips for which two labels lead are left out, and those whose label is none that the clips were meant to
    have: no model is asked for it.
    """
    chosen = perceived(rows)
    known = chosen.isin(rows["emotion"].unique())
    return rows[known].assign(emotion=chosen[known])


def _distributions(rows: pd.DataFrame, heard: pd.DataFrame) -> dict[str, Any] | None:
    """Return how near the probabilities are to the votes; None where there are no probabilities."""
    labels = [name.removeprefix(SCORE) for name in rows.columns if name.startswith(SCORE)]
    if not labels:
        return None
    shares = vote_shares(rows, labels)
    scores = rows[[SCORE + label for label in labels]].to_numpy(dtype=np.float64)
    voted = ~np.isnan(shares).any(axis=1) & (scores.sum(axis=1) > 0)  # Without speech there are none.
    if not voted.any():
        return None
    given = [row.get(SCORE + row["emotion"], 0.0) for row in heard.to_dict("records")]
    distance = jensen_shannon(scores[voted], shares[voted])
    return {
        "clips": int(voted.sum()) // rows["seed"].nunique(),
        "jensen_shannon": round(float(distance.mean()), 4),
        "mean_score_of_perceived": round(float(np.mean(given)), 4) if given else None,
    }


def jensen_shannon(one: Distributions, other: Distributions) -> Distributions:
    """Return the Jensen-Shannon divergence (Lin 1991) of each row's two distributions, in bits: 0 to 1.

    Parameters
    ----------
    one, other : numpy.ndarray, shape (clips, labels)
        Rows are scaled to sum to 1.
    """
    one, other = (values / values.sum(axis=1, keepdims=True) for values in (one, other))
    middle = (one + other) / 2
    divergence = (rel_entr(one, middle) + rel_entr(other, middle)).sum(axis=1) / 2
    return np.asarray(divergence / np.log(2))


def _band(rows: pd.DataFrame, heard: pd.DataFrame, name: str) -> dict[str, Any]:
    """Return how often answers were right where listeners agreed so much: by the label meant, and heard."""
    number = list(AGREEMENT_BANDS).index(name)
    low, high = [*AGREEMENT_BANDS.values(), np.inf][number : number + 2]
    meant, chosen = (part[(part["agreement"] >= low) & (part["agreement"] < high)] for part in (rows, heard))
    seeds = rows["seed"].nunique()
    return {
        "agreement": name,
        "clips": len(meant) // seeds,
        "wa_intended": _right(meant),
        "clips_perceived": len(chosen) // seeds,
        "wa_perceived": _right(chosen),
    }


def _right(rows: pd.DataFrame) -> float | None:
    return per_cent((rows["emotion"] == rows["predicted"]).mean()) if len(rows) else None
