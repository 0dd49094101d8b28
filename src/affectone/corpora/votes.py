"""What listeners heard: votes of a manifest as distributions, as one label, and beside the intended label."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from affectone.errors import CorpusError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ListenerScore", "perceived", "score_listeners", "vote_shares"]

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ListenerScore:
    """How often people heard the label that was meant.

    Parameters
    ----------
    clips : int
        That were voted on.
    ratings : int or None
        Votes in all; None where the number of listeners of some clip is unknown. Clips then count alike.
    per_rating : float
        Share of all votes that are for the intended label.
    per_rating_uar : float
        Mean over the intended labels of that share.
    plurality : float
        Share of the clips whose most frequent vote is the intended label. Where k labels are equally
        frequent and the intended one is among them, the clip counts for 1/k: what drawing one would give.
    """

    clips: int
    ratings: int | None
    per_rating: float
    per_rating_uar: float
    plurality: float


def vote_shares(manifest: pd.DataFrame, labels: Sequence[str]) -> Shares:
    """Return what share of its listeners chose each label, for each clip.

    Parameters
    ----------
    manifest : pandas.DataFrame
        With the column ``votes``; a table without it has no votes.
    labels : sequence of str
        Votes for other labels are left out, and the others sum to 1 again.

    Returns
    -------
    numpy.ndarray of float64, shape (clips, labels)
        NaN in the rows of clips nobody voted on, or for which no vote is left.

    Raises
    ------
    CorpusError
        If a vote cannot be read.
    """
    if "votes" not in manifest:
        return np.full((len(manifest), len(labels)), np.nan)
    votes = manifest["votes"]
    # Many clips have equal votes, which are read once.
    heard = {text: _shares(text, labels) for text in votes.dropna().unique()}
    nobody = np.full(len(labels), np.nan)
    rows = [heard[text] if isinstance(text, str) else nobody for text in votes]
    return np.array(rows, dtype=np.float64).reshape(len(manifest), len(labels))


def _shares(text: str, labels: Sequence[str]) -> Shares:
    votes = _read(text)
    shares = np.array([votes.get(label, 0.0) for label in labels])
    total = shares.sum()
    return shares / total if total > 0 else np.full(len(labels), np.nan)


def _read(text: str) -> dict[str, float]:
    try:
        votes = json.loads(text)
    except ValueError:
        votes = None
    if not isinstance(votes, dict) or not all(map(_is_share, votes.values())):
        raise CorpusError(
            f'votes are written {{"happy": 0.75, "sad": 0.25}}: a share from 0 to 1 for a label; got {text!r}'
        )
    return votes


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _all_shares(manifest: pd.DataFrame) -> tuple[list[str], Shares]:
    """Return every label that somebody voted for, and the shares over them."""
    if "votes" not in manifest:
        return [], vote_shares(manifest, [])
    labels = sorted({label for text in manifest["votes"].dropna().unique() for label in _read(text)})
    return labels, vote_shares(manifest, labels)


def _leaders(shares: Shares) -> npt.NDArray[np.bool_]:
    """Return which labels have the most votes of a clip; none where nobody voted."""
    if not shares.size:
        return np.zeros(shares.shape, dtype=np.bool_)
    # Shares of a table are rounded: two labels of equal votes may differ in the last place.
    return np.asarray(shares >= shares.max(axis=1, keepdims=True) - 1e-5)


def perceived(manifest: pd.DataFrame) -> pd.Series:
    """Return the label that most listeners chose for each clip; missing where two lead, or nobody voted."""
    import pandas as pd

    labels, shares = _all_shares(manifest)
    leaders = _leaders(shares)
    chosen = [labels[row.argmax()] if row.sum() == 1 else None for row in leaders]
    return pd.Series(chosen, index=manifest.index, name="perceived", dtype=pd.StringDtype(na_value=np.nan))


def score_listeners(manifest: pd.DataFrame) -> ListenerScore | None:
    """Return how often people heard what was meant; None where nobody voted.

    Parameters
    ----------
    manifest : pandas.DataFrame
        With the columns ``emotion``, ``votes`` and ``raters``.
    """
    labels, shares = _all_shares(manifest)
    voted = ~np.isnan(shares).any(axis=1) if shares.size else np.zeros(len(manifest), dtype=np.bool_)
    if not voted.any():
        return None
    shares, intended = shares[voted], manifest["emotion"].to_numpy(dtype=str)[voted]
    is_intended = intended[:, None] == np.array(labels)
    raters = manifest["raters"].to_numpy(dtype=np.float64)[voted]
    known = not np.isnan(raters).any()
    weights = raters if known else np.ones(len(raters))
    hits = (shares * is_intended).sum(axis=1)
    leaders = _leaders(shares)
    recalls = [np.average(hits[rows], weights=weights[rows]) for rows in _groups(intended)]
    return ListenerScore(
        clips=len(intended),
        ratings=int(raters.sum()) if known else None,
        per_rating=float(np.average(hits, weights=weights)),
        per_rating_uar=float(np.mean(recalls)),
        plurality=float(((leaders & is_intended).sum(axis=1) / leaders.sum(axis=1)).mean()),
    )


def _groups(values: npt.NDArray[np.str_]) -> list[npt.NDArray[np.bool_]]:
    return [values == value for value in np.unique(values)]
