"""From a manifest to targets: what is to be learned of each clip, and how much it weighs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.corpora.votes import vote_shares
from affectone.labels import VOICES, LabelSet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Targets", "class_weights", "make_targets"]

UNKNOWN = -1
ACTED = {"normal": 0.584, "strong": 0.637}
"""RAVDESS's levels, as what CREMA-D's listeners heard on the mean of clips acted at medium and at high."""


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What is to be learned of each clip.

    Parameters
    ----------
    emotion, voice : numpy.ndarray of int64, shape (clips,)
        Positions in the label set and in `VOICES`; -1 where unknown.
    allowed : numpy.ndarray of bool, shape (clips, labels)
        The labels that the clip's corpus has: a clip is scored over these alone, so that a network cannot
        gain by telling the corpus instead of the emotion.
    heard : numpy.ndarray of float32, shape (clips, labels)
        The listeners' votes for allowed labels, summing to 1; a row of zeros where there are none.
    weight : numpy.ndarray of float32, shape (clips,)
        Weighs the classes of each corpus alike, and corpora as far as they are balanced; mean 1.
    degrees : numpy.ndarray of float32, shape (clips, 2)
        How intense a clip sounds and how far its listeners agree, from 0 to 1, in the order of `DEGREES`;
        NaN where unknown.
    taught : numpy.ndarray of float32, shape (clips, labels)
        A teacher's probabilities of allowed labels, summing to 1; a row of zeros where there is no teacher.
    """

    emotion: npt.NDArray[np.int64]
    voice: npt.NDArray[np.int64]
    allowed: npt.NDArray[np.bool_]
    heard: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]
    degrees: npt.NDArray[np.float32]
    taught: npt.NDArray[np.float32]

    def take(self, rows: npt.NDArray[np.int64]) -> Targets:
        """Return the targets of some rows."""
        return Targets(*(getattr(self, part.name)[rows] for part in fields(self)))

    def distribution(self, votes: float, taught: float = 0.0) -> npt.NDArray[np.float32]:
        """Return what a network should answer: the label meant, and shares of what others say.

        Parameters
        ----------
        votes : float
            Share of what listeners heard, for clips that were voted on; 1 is the votes alone.
        taught : float
            Share of what the teacher says, for clips that it was asked about; the rest is all of the above.

        Returns
        -------
        numpy.ndarray of float32, shape (clips, labels)
            Rows sum to 1.
        """
        meant = np.eye(self.allowed.shape[1], dtype=np.float32)[self.emotion]
        share = np.float32(votes) * self.heard.any(axis=1, keepdims=True)
        told = (1 - share) * meant + share * self.heard
        share = np.float32(taught) * self.taught.any(axis=1, keepdims=True)
        return np.asarray((1 - share) * told + share * self.taught, dtype=np.float32)


def make_targets(
    manifest: pd.DataFrame,
    labels: LabelSet,
    allowed: Mapping[str, Sequence[str]],
    *,
    balance: float = 0.0,
) -> Targets:
    """Turn a manifest into targets.

    Parameters
    ----------
    manifest : pandas.DataFrame
        Every row's emotion is one of `labels`.
    labels : LabelSet
    allowed : mapping of str to sequence of str
        Corpus -> the labels it has.
    balance : float
        How far corpora of different size count alike, from 0 to 1.
    """
    emotion = np.array([labels.index(name) for name in manifest["emotion"]], dtype=np.int64)
    voice = np.array([VOICES.index(sex) if sex in VOICES else UNKNOWN for sex in manifest["sex"]])
    masks = {corpus: labels.mask(names) for corpus, names in allowed.items()}
    possible = np.array([masks[corpus] for corpus in manifest["corpus"]])
    weight = class_weights(emotion, manifest["corpus"].to_numpy(dtype=str), balance)
    heard = _heard(manifest, labels, possible)
    return Targets(emotion, voice, possible, heard, weight, _degrees(manifest), np.zeros_like(heard))


def class_weights(
    emotion: npt.NDArray[np.int64], corpora: npt.NDArray[np.str_], balance: float
) -> npt.NDArray[np.float32]:
    """Return what weighs the classes of each corpus alike, mean 1, and corpora as far as they are balanced.

    Parameters
    ----------
    emotion : numpy.ndarray of int64, shape (clips,)
    corpora : numpy.ndarray of str, shape (clips,)
    balance : float
        How far corpora of different size count alike, from 0 to 1.
    """
    weight = np.zeros(len(emotion), dtype=np.float32)
    for corpus in np.unique(corpora):
        rows = corpora == corpus
        own = emotion[rows]
        counts = np.bincount(own)
        weight[rows] = len(own) / (np.count_nonzero(counts) * counts[own]) * len(own) ** -balance
    return np.asarray(weight / weight.mean(), dtype=np.float32) if weight.size else weight


def _heard(
    manifest: pd.DataFrame, labels: LabelSet, allowed: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """Return the votes for allowed labels; those for others are left out, and the rest sum to 1 again."""
    shares = np.where(allowed, np.nan_to_num(vote_shares(manifest, labels)), 0.0)
    total = shares.sum(axis=1, keepdims=True)
    scaled = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    return np.asarray(scaled, dtype=np.float32)


def _degrees(manifest: pd.DataFrame) -> npt.NDArray[np.float32]:
    """Return how intense each clip sounds and how far its listeners agree, NaN where nobody knows.

    Intensity is the mean level that listeners gave. Where they were not asked, a clip that was acted at a
    level counts as what CREMA-D's listeners heard, on the mean, of clips acted at such a level.

    Returns
    -------
    numpy.ndarray of float32, shape (clips, 2)
    """
    import pandas as pd

    nothing = pd.Series(np.nan, index=manifest.index)
    heard = manifest.get("heard_intensity", nothing).astype(float)
    acted = manifest.get("intensity", nothing).map(ACTED).astype(float)
    agreement = manifest.get("agreement", nothing).astype(float)
    return np.stack([heard.fillna(acted), agreement], axis=1).astype(np.float32)
