"""Validation speakers, taken from the training part alone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from affectone.corpora import Split, check_apart, speaker_keys

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["set_aside_speakers"]

FEWEST_SPEAKERS = 8
"""A corpus with fewer training speakers keeps them all: none can be spared."""


def set_aside_speakers(manifest: pd.DataFrame, split: Split, *, share: float, seed: int) -> Split:
    """Move a share of each corpus's training speakers to validation, women and men alike.

    A split whose protocol names validation speakers is returned as it is. The choice depends on names and
    seed only.

    Parameters
    ----------
    manifest : pandas.DataFrame
    split : Split
    share : float
        Of each corpus's training speakers.
    seed : int
    """
    if split.validation.size or share == 0:
        return split
    speakers = speaker_keys(manifest)
    people = manifest.iloc[split.train].drop_duplicates(["corpus", "speaker"])
    chosen: list[str] = []
    for _, rows in people.groupby("corpus"):
        keys = speaker_keys(rows).tolist()
        if len(keys) >= FEWEST_SPEAKERS:
            chosen += _alternate(keys, rows["sex"].astype(str).tolist(), round(share * len(keys)), seed)
    aside = np.isin(speakers[split.train], chosen)
    changed = Split(split.train[~aside], split.train[aside], split.test)
    check_apart(speakers, changed, what="speakers")
    return changed


def _alternate(keys: list[str], sexes: list[str], count: int, seed: int) -> list[str]:
    """Take `count` speakers in an order of hashes, one of each sex in turn."""
    ordered = sorted(zip(keys, sexes, strict=True), key=lambda pair: _hash(pair[0], seed))
    places = {sex: iter(range(len(keys))) for sex in set(sexes)}
    ranked = sorted(((next(places[sex]), sex, key) for key, sex in ordered))
    return [key for _, _, key in ranked[:count]]


def _hash(key: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()
