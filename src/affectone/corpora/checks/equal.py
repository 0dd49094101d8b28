"""Recordings that sound the same, and what their rows say of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from affectone.corpora.checks.finding import Finding, Kind, Severity
from affectone.corpora.checks.part import Part, Row
from affectone.corpora.checks.sound import is_silent
from affectone.corpora.checks.words import number
from affectone.corpora.facts import Facts
from affectone.corpora.twins import group_recordings

__all__ = ["equal_findings"]

Group = list[tuple[Row, Facts]]

WORDS = {
    Kind.CONTRADICTION: "bears different labels",
    Kind.IMPOSTOR: "is said to be of different speakers",
    Kind.ABROAD: "stands in different corpora",
    Kind.EQUAL: "stands in several rows",
}


def equal_findings(parts: Sequence[Part]) -> Iterator[Finding]:
    """Tell the recordings that repeat another, as it is or changed, by how far their rows contradict.

    Silence is left out: it repeats nothing.

    Parameters
    ----------
    parts : sequence of Part
        All of the manifest.
    """
    heard = [(row, facts) for part in parts for row, facts in part.heard if not is_silent(facts)]
    told: dict[tuple[Kind, str], list[Group]] = {}
    for group in _groups(heard):
        corpora = ", ".join(dict.fromkeys(row.corpus for row, _ in group))
        told.setdefault((_kind(group), corpora), []).append(group)
    for (kind, corpora), groups in told.items():
        yield _finding(kind, corpora, groups)


def _groups(heard: Group) -> list[Group]:
    """Join recordings that sound alike, and those that the manifest calls one; leave out single ones."""
    alike = group_recordings(
        [facts.signature for _, facts in heard], [facts.content_hash for _, facts in heard]
    ).tolist()
    first: dict[str, int] = {}
    for at, (row, _) in enumerate(heard):
        if row.recording is not None:
            one, other = sorted((_leader(alike, first.setdefault(row.recording, at)), _leader(alike, at)))
            alike[other] = one
    groups: dict[int, Group] = {}
    for at, item in enumerate(heard):
        groups.setdefault(_leader(alike, at), []).append(item)
    return [group for group in groups.values() if len(group) > 1]


def _leader(alike: list[int], at: int) -> int:
    while alike[at] != at:
        at = alike[at]
    return at


def _kind(group: Group) -> Kind:
    if len({row.emotion for row, _ in group}) > 1:
        return Kind.CONTRADICTION
    if len({row.corpus for row, _ in group}) > 1:
        return Kind.ABROAD
    if len({row.speaker for row, _ in group}) > 1:
        return Kind.IMPOSTOR
    return Kind.EQUAL


def _finding(kind: Kind, corpora: str, groups: list[Group]) -> Finding:
    rows = [row for group in groups for row, _ in group]
    changed = sum(len({facts.content_hash for _, facts in group}) > 1 for group in groups)
    words = f"the sound of {number(len(groups), 'recording')} {WORDS[kind]}: {number(len(rows), 'row')}"
    words += f", {changed} of them changed copies" if changed else ""
    return Finding(
        kind,
        corpora,
        Severity.WARNING if kind is Kind.EQUAL else Severity.ERROR,
        words,
        tuple(row.id for row in rows),
        tuple(row.path for row in rows),
        tuple(tuple(row.id for row, _ in group) for group in groups),
    )
