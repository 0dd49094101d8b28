"""Labels of one's own that are kept as they are written: which do, which do not, and their order."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from affectone.corpora.own import LONGEST_SHOWN, listed, number, quoted
from affectone.errors import CorpusError
from affectone.labels import COMMON

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["in_label_order", "refuse_few_clips", "refuse_odd_labels"]

FEWEST_CLIPS = 2
"""Of each label: one to learn from while the other is asked for, which calibrates the model."""


def in_label_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the different labels: common ones first and in their order, then those of one's own by name.

    Examples
    --------
    >>> in_label_order(["satisfied", "happy", "bored_caller", "happy"])
    ('happy', 'bored_caller', 'satisfied')
    """
    places = {label: place for place, label in enumerate(COMMON)}
    return tuple(sorted(set(labels), key=lambda label: (places.get(label, len(places)), label)))


def refuse_odd_labels(counts: Mapping[str, int], *, where: str) -> None:
    """Raise if words cannot be kept as labels.

    Parameters
    ----------
    counts : mapping of str to int
        Label -> clips.
    where : str
        What holds them, as the message says it.

    Raises
    ------
    CorpusError
        If a label cannot be shown in one line, or two differ in case, spaces or marks between words alone.
    """
    seen: dict[str, str] = {}
    for label in sorted(counts):
        if not label.isprintable() or len(label) > LONGEST_SHOWN:
            raise CorpusError(
                f"{where}: {quoted(label)} is no label: up to {LONGEST_SHOWN} letters, digits and marks in "
                f"one line are; or does --column label=NAME name the column of the labels?"
            )
        first = seen.setdefault(_bare(label), label)
        if first != label:
            raise CorpusError(
                f"{where}: the labels {quoted(first)} ({counts[first]}) and {quoted(label)} "
                f"({counts[label]}) differ in case, spaces or marks alone; write one of them"
            )


def _bare(label: str) -> str:
    """Return what remains of a label without case and without spaces and marks, if anything does."""
    plain = unicodedata.normalize("NFKC", label).casefold()
    return re.sub(r"[\W_]+", "", plain) or plain


def refuse_few_clips(manifest: pd.DataFrame, *, where: str) -> None:
    """Raise if labels have too few clips for a model to be trained on them and calibrated.

    Raises
    ------
    CorpusError
        If there is one label alone, or one has a single clip.
    """
    counts = Counter(manifest["emotion"].tolist())
    if len(counts) < 2:
        (label,) = counts
        raise CorpusError(
            f"{where}: {number(counts[label], 'clip')}, and all are labelled {quoted(label)}; a model needs "
            f"two labels or more to tell apart. Does --column label=NAME name another column?"
        )
    lone = Counter({label: count for label, count in counts.items() if count < FEWEST_CLIPS})
    if lone:
        raise CorpusError(
            f"{where}: too few clips of {listed(lone)}; a label needs {FEWEST_CLIPS} or more: record more, "
            f"leave it out, or give its clips another label"
        )
