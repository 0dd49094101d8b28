"""Recordings of one's own: how their labels and speakers are told, and the loader that reads any root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from affectone.corpora.corpus import CORPORA, Corpus

__all__ = ["OwnLabels", "open_corpus"]


@dataclass(frozen=True, slots=True)
class OwnLabels:
    """What a user says about recordings of their own.

    Parameters
    ----------
    name : str
        Name of the corpus in the manifest.
    label_map : mapping of str to str
        The user's label -> common label. Labels that are not in it are guessed.
    columns : mapping of str to str
        Column of the manifest -> column of the user's table, where they differ.
    speaker : str or None
        A regular expression that finds the speaker in a path below the root: its group ``speaker``, else its
        first group, else the whole match.
    """

    name: str = "mine"
    label_map: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    speaker: str | None = None


def open_corpus(name: str, root: Path, own: OwnLabels) -> Corpus:
    """Return the loader of a registered corpus; `own` is for ``folder`` and ``table`` alone."""
    return CORPORA.get(name)(root)
