"""Which clip stands for an emotion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["choose_examples"]


def choose_examples(manifest: pd.DataFrame) -> pd.DataFrame:
    """Return one clip of each emotion of a manifest; the same manifest gives the same clips in any order.

    All are of one speaker where somebody has all emotions, so that they can be compared; else speakers are
    added until none is missing, who has most of the missing ones first, and by name where several have as
    many. Of a speaker's clips of an emotion it is the one of median duration, or the middle one by its id
    where durations are unknown.
    """
    clips = manifest.assign(someone=manifest["corpus"] + "/" + manifest["speaker"].fillna(""))
    missing = set(clips["emotion"].dropna())
    chosen: list[Any] = []
    while missing:
        open_clips = clips[clips["emotion"].isin(missing)]
        had = open_clips.groupby("someone")["emotion"].nunique()
        speaker = min(had[had == had.max()].index)
        for emotion, own in open_clips[open_clips["someone"] == speaker].groupby("emotion"):
            chosen.append(own.sort_values(["duration", "id"]).index[(len(own) - 1) // 2])
            missing.discard(emotion)
    return manifest.loc[chosen]
