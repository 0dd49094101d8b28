"""Protocols made of any manifest, by rules that depend on names alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from affectone.corpora.cells import refuse_odd_cells, refuse_spellings
from affectone.corpora.guard import few, speaker_leaders
from affectone.corpora.protocol import (
    GENERIC,
    GROUP,
    Fold,
    Protocol,
    is_generic,
    load_protocol,
    speaker_keys,
    tested_corpora,
)
from affectone.errors import CorpusError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["find_protocol", "generic_protocol", "group_folds"]

RANDOM_FOLDS = 5
WITHOUT_SPEAKERS = "the protocol random needs no speakers, and says nothing about people who are not known"


def find_protocol(name: str) -> Callable[[pd.DataFrame], Protocol]:
    """Return what gives the protocol of that name for a manifest: one of the package, of a file, or generic.

    An unknown name is told here, before a manifest has to be read.

    Raises
    ------
    CorpusError
        As `load_protocol`.
    """
    if is_generic(name):
        return lambda manifest: generic_protocol(name, manifest)
    protocol = load_protocol(name)
    return lambda _: protocol


def generic_protocol(name: str, manifest: pd.DataFrame) -> Protocol:
    """Make a protocol of a manifest. It depends neither on the order of rows nor on a seed.

    Speakers who share a recording, as it is or altered, stay together, and a note says so.

    Parameters
    ----------
    name : str
        ``"group5"`` (or another number): speakers of each corpus dealt to folds, women and men apart.
        ``"loso"``: a fold a speaker. ``"leave-corpus-out"``: a fold a corpus. ``"random"``: the clips of each
        emotion dealt to five folds; speakers stand in all of them.
    manifest : pandas.DataFrame

    Raises
    ------
    CorpusError
        If the name is unknown, a cell holds what no manifest holds, somebody's speaker is not known or is
        spelt in two ways, or there are too few of what is dealt.
    """
    if not is_generic(name):
        raise CorpusError(unknown_name("generic protocol", name, GENERIC))
    refuse_odd_cells(manifest)
    grouped = GROUP.fullmatch(name)
    if grouped:
        return _grouped(name, manifest, int(grouped[1]))
    if name == "loso":
        return _loso(manifest)
    if name == "leave-corpus-out":
        return _leave_corpus_out(manifest)
    return _random(manifest)


def group_folds(manifest: pd.DataFrame, folds: int = 5) -> list[list[str]]:
    """Deal the speakers of each corpus to folds, women and men apart, so that every fold has its share.

    The order is that of a hash of the speaker's name: it depends neither on the order of rows nor on which
    other corpora are present, so that a corpus added later leaves the folds of the others as they are.

    Returns
    -------
    list of list of str
        For each fold, its test speakers as ``corpus/speaker``, sorted.
    """
    # Of a speaker who is given two sexes, one is taken by name and not by the order of rows.
    people = manifest.sort_values("sex").drop_duplicates(["corpus", "speaker"])
    dealt: list[list[str]] = [[] for _ in range(folds)]
    for _, rows in sorted(people.groupby("corpus"), key=lambda item: str(item[0])):
        keyed = zip(rows["sex"].fillna("").astype(str), speaker_keys(rows).tolist(), strict=True)
        ordered = sorted(keyed, key=lambda pair: (pair[0], _hash(pair[1])))
        # Two women of TESS and four men of SAVEE should not all fall into the first folds.
        start = int(_hash(str(rows["corpus"].iloc[0])), 16) % folds
        for position, (_, speaker) in enumerate(ordered):
            dealt[(start + position) % folds].append(speaker)
    return [sorted(fold) for fold in dealt]


def _grouped(name: str, manifest: pd.DataFrame, folds: int) -> Protocol:
    leaders = _known_leaders(name, manifest)
    heads = sorted(set(leaders.values()))
    if len(heads) < folds:
        raise CorpusError(
            f"{name} wants {folds} speakers or more who share no recording; the manifest holds {len(heads)}: "
            f"use loso, or group with a smaller number"
        )
    dealt = _without_gaps(group_folds(manifest[np.isin(speaker_keys(manifest), heads)], folds))
    source = (
        f"made of the manifest: speakers of each corpus dealt to {folds} folds by hash, women and men apart "
        f"(affectone.corpora.group_folds)"
    )
    return _of_people(name, source, dealt, leaders)


def _without_gaps(dealt: list[list[str]]) -> list[list[str]]:
    """Give a fold without speakers one of the fold with the most, which happens where corpora are small."""
    while not all(dealt):
        fullest = max(dealt, key=len)
        dealt[dealt.index([])] = [fullest.pop()]
    return dealt


def _loso(manifest: pd.DataFrame) -> Protocol:
    leaders = _known_leaders("loso", manifest)
    heads = sorted(set(leaders.values()))
    if len(heads) < 2:
        raise CorpusError(
            f"loso wants two speakers or more who share no recording; the manifest holds {len(heads)}: "
            f"{WITHOUT_SPEAKERS}"
        )
    return _of_people(
        "loso", "made of the manifest: leave one speaker out", [[head] for head in heads], leaders
    )


def _of_people(name: str, source: str, dealt: Iterable[Sequence[str]], leaders: dict[str, str]) -> Protocol:
    """Return the protocol whose folds test the speakers who are dealt and those who follow them."""
    followers: dict[str, list[str]] = {}
    for speaker, head in leaders.items():
        followers.setdefault(head, []).append(speaker)
    folds = tuple(
        Fold(tuple(sorted(speaker for head in heads for speaker in followers[head]))) for heads in dealt
    )
    joined = [f"{speaker} with {head}" for speaker, head in leaders.items() if speaker != head]
    notes = (f"speakers who share recordings stay together: {few(joined)}",) if joined else ()
    return Protocol(name, source, tested_corpora(folds), folds, notes=notes)


def _known_leaders(name: str, manifest: pd.DataFrame) -> dict[str, str]:
    """Return the leaders of all speakers, or refuse a manifest in which somebody's is not known."""
    refuse_unknown_speakers(name, manifest)
    leaders = speaker_leaders(manifest)
    refuse_spellings(name, leaders)
    return leaders


def refuse_unknown_speakers(name: str, manifest: pd.DataFrame) -> None:
    """Raise `CorpusError` if a protocol that is about speakers meets clips without one."""
    unknown = manifest.loc[manifest["speaker"].isna(), "id"].tolist()
    if unknown:
        raise CorpusError(
            f"{name} wants to know who speaks; {len(unknown)} of {len(manifest)} clips have no speaker: "
            f"{few(unknown)}. Scan with --speaker, which finds it in their names; {WITHOUT_SPEAKERS}"
        )


def _leave_corpus_out(manifest: pd.DataFrame) -> Protocol:
    corpora = tuple(sorted(manifest["corpus"].unique().tolist()))
    if len(corpora) < 2:
        raise CorpusError(
            f"leave-corpus-out wants two corpora or more; the manifest holds {', '.join(corpora) or 'none'}: "
            f"use group5 or loso"
        )
    source = "made of the manifest: train on all corpora but one, test on that one"
    folds = tuple(Fold((corpus,)) for corpus in corpora)
    return Protocol("leave-corpus-out", source, corpora, folds, kind="corpora")


def _random(manifest: pd.DataFrame) -> Protocol:
    columns = (manifest[name].astype(str) for name in ("emotion", "corpus", "id"))
    rows = sorted(set(zip(*columns, strict=True)), key=lambda row: (row[0], row[1], _hash(row[2])))
    if len(rows) < RANDOM_FOLDS:
        raise CorpusError(f"random wants {RANDOM_FOLDS} clips or more; the manifest holds {len(rows)}")
    # One deals on where the emotion before ended, so that folds are of one size.
    folds = tuple(
        Fold(tuple(sorted(name for _, _, name in rows[start::RANDOM_FOLDS]))) for start in range(RANDOM_FOLDS)
    )
    source = "made of the manifest: clips of each emotion dealt to five folds by hash, whoever speaks"
    corpora = tuple(sorted({corpus for _, corpus, _ in rows}))
    return Protocol("random", source, corpora, folds, kind="clips")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
