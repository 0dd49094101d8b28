"""Small turns of phrase that several checks share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

__all__ = ["alike", "listed", "number", "of_all", "share"]

T = TypeVar("T")


def number(count: int, thing: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> number(1, "clip"), number(2800, "clip")
    ('1 clip', '2800 clips')
    """
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def of_all(count: int, total: int, thing: str) -> str:
    """Return how many of all things.

    Examples
    --------
    >>> of_all(1, 8, "file"), of_all(8, 8, "file"), of_all(1, 1, "file")
    ('1 of 8 files', 'all 8 files', 'the 1 file')
    """
    if count < total:
        return f"{count} of {number(total, thing)}"
    return f"the {number(total, thing)}" if total == 1 else f"all {number(total, thing)}"


def share(part: float) -> str:
    """Return a share in percent, with as many digits as it needs to be told from none.

    Examples
    --------
    >>> share(0.25), share(0.0031)
    ('25 %', '0.3 %')
    """
    return f"{100 * part:.0f} %" if part >= 0.1 else f"{100 * part:.1f} %"


def listed(things: Sequence[str], most: int = 3) -> str:
    """Return things with commas between; of more than `most`, the first few and how many there are besides.

    Examples
    --------
    >>> listed("abcde"), listed("ab")
    ('a, b, c and 2 more', 'a, b')
    """
    more = len(things) - most
    return ", ".join(things[:most]) + (f" and {more} more" if more > 0 else "")


def alike(items: Iterable[tuple[T, str]]) -> dict[str, list[tuple[T, str]]]:
    """Group things by sentences about them that differ in their numbers alone.

    Examples
    --------
    >>> list(alike([(1, "cut at 2.5 s"), (2, "cut at 10 s"), (3, "whole")]))
    ['cut at # s', 'whole']
    """
    groups: dict[str, list[tuple[T, str]]] = {}
    for thing, words in items:
        groups.setdefault(re.sub(r"\d+(?:\.\d+)?", "#", words), []).append((thing, words))
    return groups
