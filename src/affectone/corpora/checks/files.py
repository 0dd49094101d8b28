"""The files of the rows: gone, not to be read, or spelt otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from affectone.corpora.checks.finding import Finding, Kind, Severity
from affectone.corpora.checks.part import Part
from affectone.corpora.checks.words import alike, of_all
from affectone.corpora.facts import Unreadable

__all__ = ["file_findings", "unreadable_kind"]


def file_findings(part: Part) -> Iterator[Finding]:
    """Tell the files that are gone or cannot be read, and odd spellings."""
    gone = [row for row in part.rows if row.sound is None]
    if gone:
        words = f"{of_all(len(gone), len(part.rows), 'file')} of the manifest cannot be found"
        if len(gone) == len(part.rows):
            place = os.path.abspath(gone[0].path)
            words += f"; the first was looked for at {place}: scan again where the files are now"
        yield part.finding(Kind.MISSING, Severity.ERROR, words, gone)
    yield from _unreadable(part)
    yield from _spellings(part)


def _unreadable(part: Part) -> Iterator[Finding]:
    unread = [(row, row.sound.why) for row in part.rows if isinstance(row.sound, Unreadable)]
    for group in alike(unread).values():
        rows, (_, why) = [row for row, _ in group], group[0]
        words = f"{of_all(len(rows), len(part.rows), 'file')} cannot be read: {why}"
        yield part.finding(unreadable_kind(why), Severity.ERROR, words, rows)


def unreadable_kind(why: str) -> Kind:
    """Return what kind of finding a file is that cannot be read for a reason."""
    return Kind.POINTER if "Git LFS pointer" in why else Kind.UNREADABLE


def _spellings(part: Part) -> Iterator[Finding]:
    """Tell the clips whose id is not what the file is called; some loaders put more in front of that."""
    published = part.rows if part.loader else ()
    odd = [row for row in published if not row.id.lower().endswith(Path(row.path).stem.lower())]
    if odd:
        words = f"{of_all(len(odd), len(part.rows), 'file')} spelt otherwise: the ids have the usual spelling"
        yield part.finding(Kind.SPELLING, Severity.NOTE, words, odd)
