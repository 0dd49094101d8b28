"""Validation speakers, taken from the training part alone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from affectone.corpora import Guard, Split, refuse_leaks, speaker_keys, speaker_leaders

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FEWEST_SPEAKERS", "set_aside_speakers"]

FEWEST_SPEAKERS = 8
"""A corpus with fewer training speakers keeps them all: none can be spared."""


def set_aside_speakers(manifest: pd.DataFrame, split: Split, *, share: float, seed: int) -> Split:
    """Move a share of each corpus's training speakers to validation, women and men alike.

    A split whose protocol names validation speakers is returned as it is. The choice depends on names and
    seed only. Whoever shares a recording with a chosen speaker is set aside, too.

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
    leaders = speaker_leaders(manifest)
    heads = np.array([leaders[name] for name in speakers])
    aside = np.isin(heads[split.train], [leaders[name] for name in chosen])
    if aside.all():  # Everybody shares recordings with everybody: nobody can be spared.
        return split
    train, validation = split.train[~aside], split.train[aside]
    # Who is tested is the protocol's to say: one that is shared tests those who train.
    refuse_leaks(Guard(manifest).leaks(Split(train, validation, split.test[:0])))
    return Split(train, validation, split.test)


def _alternate(keys: list[str], sexes: list[str], count: int, seed: int) -> list[str]:
    """Take `count` speakers in an order of hashes, one of each sex in turn."""
    ordered = sorted(zip(keys, sexes, strict=True), key=lambda pair: _hash(pair[0], seed))
    places = {sex: iter(range(len(keys))) for sex in set(sexes)}
    ranked = sorted(((next(places[sex]), sex, key) for key, sex in ordered))
    return [key for _, _, key in ranked[:count]]


def _hash(key: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()
