"""A protocol laid over a manifest: row numbers of every fold's parts, and nothing on two sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.corpora.cells import refuse_odd_cells, refuse_spellings
from affectone.corpora.generic import refuse_unknown_speakers
from affectone.corpora.guard import SOUND, Guard, Leak, Split, describe_leaks, few, refuse_leaks
from affectone.corpora.protocol import Protocol, refuse_overlaps, speaker_keys
from affectone.errors import CorpusError, LeakError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Folds", "Selection", "Splits", "select_clips", "split_manifest", "with_others"]

Rows = npt.NDArray[np.int64]


class Folds:
    """The folds in their order, each made when it is asked for: all rows of thousands would fill the memory.

    Parameters
    ----------
    codes : numpy.ndarray of int, shape (rows,)
        Which of the names each row of the manifest has.
    parts : sequence of pairs of numpy.ndarray
        For each fold, the numbers of the names that are tested and that are set aside.
    """

    def __init__(self, codes: Rows, parts: Sequence[tuple[Rows, Rows]]) -> None:
        self._codes = codes
        self._parts = parts
        self._names = int(codes.max(initial=-1)) + 1

    def __len__(self) -> int:
        return len(self._parts)

    def __getitem__(self, number: int) -> Split:
        side = np.zeros(self._names, dtype=np.int8)
        test, validation = self._parts[number]
        side[test], side[validation] = 1, 2
        sides = side[self._codes]
        return Split(*(np.flatnonzero(sides == wanted) for wanted in (0, 2, 1)))

    def __iter__(self) -> Iterator[Split]:
        return (self[number] for number in range(len(self)))


@dataclass(frozen=True, slots=True, eq=False)
class Splits:
    """All folds of a protocol, and what every report about them has to repeat."""

    folds: Folds
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The clips that a protocol is about, and sentences on those that were left out."""

    manifest: pd.DataFrame
    notes: tuple[str, ...]


def with_others(find: Callable[[pd.DataFrame], Protocol]) -> Callable[[pd.DataFrame], Protocol]:
    """Return a protocol in which the corpora of the manifest that it is not about train in every fold.

    Its name stays, and with it what it may leak; its digest is another one.

    Parameters
    ----------
    find : callable
        Returns the protocol for a manifest, as `find_protocol` does.
    """

    def found(manifest: pd.DataFrame) -> Protocol:
        protocol = find(manifest)
        added = sorted(set(manifest["corpus"]) - set(protocol.corpora))
        if not added:
            return protocol
        note = f"{', '.join(added)} train in every fold and are not tested"
        return replace(protocol, corpora=(*protocol.corpora, *added), notes=(*protocol.notes, note))

    return found


def select_clips(manifest: pd.DataFrame, protocol: Protocol) -> Selection:
    """Leave out clips of corpora and labels that a protocol is not about, and say so.

    Raises
    ------
    CorpusError
        If the manifest lacks one of the protocol's corpora.
    """
    lacking = sorted(set(protocol.corpora) - set(manifest["corpus"]))
    if lacking:
        present = ", ".join(sorted(manifest["corpus"].unique())) or "nothing"
        raise CorpusError(f"{_about(protocol)}; the manifest holds {present}")
    known = manifest["corpus"].isin(protocol.corpora)
    notes = []
    if not known.all():
        others = ", ".join(sorted(manifest.loc[~known, "corpus"].unique()))
        notes.append(f"{_about(protocol)}: {(~known).sum()} clips of {others} are left out")
    if protocol.labels is not None:
        placed = manifest["emotion"].isin(protocol.labels)
        if not placed[known].all():
            labels = ", ".join(protocol.labels)
            left_out = (known & ~placed).sum()
            notes.append(f"{protocol.name} is about {labels}: {left_out} clips of other labels are left out")
        known &= placed
    return Selection(manifest[known].reset_index(drop=True), tuple(notes))


def _about(protocol: Protocol) -> str:
    return f"{protocol.name} is about {', '.join(protocol.corpora)}"


def split_manifest(
    manifest: pd.DataFrame, protocol: Protocol, *, left_out: pd.DataFrame | None = None
) -> Splits:
    """Return the folds of a protocol as row numbers of a manifest, checked for leaks.

    Equal and altered recordings are found among clips that were listened to (`scan_corpora`), altered ones
    among those of one scan: manifests of two scans do not know of each other's.

    Parameters
    ----------
    manifest : pandas.DataFrame
        Of the protocol's corpora alone (`select_clips`).
    protocol : Protocol
    left_out : pandas.DataFrame or None
        Rows that are in no part, such as those of other labels: the protocol may name them.

    Raises
    ------
    CorpusError
        If the manifest holds a corpus that the protocol does not know, lacks what is to be tested or set
        aside, or does not say who speaks where the protocol is about speakers; if a cell holds what no
        manifest holds, or the protocol names something twice.
    LeakError
        If a part is empty, a speaker is spelt in two ways, or a speaker, equal audio or an altered copy
        stands in two parts. Where the protocol's name ends in the word ``shared`` or ``random``, an empty
        part alone is refused: the others are warnings instead.
    """
    refuse_odd_cells(manifest)
    refuse_overlaps(protocol)
    present = set(manifest["corpus"])
    if present != set(protocol.corpora):
        raise CorpusError(f"{_about(protocol)}; the manifest holds {', '.join(sorted(present)) or 'nothing'}")
    if protocol.kind == "speakers":
        refuse_unknown_speakers(protocol.name, manifest)
    if not protocol.may_leak:
        refuse_spellings(protocol.name, speaker_keys(manifest).tolist())
    _refuse_missing(manifest, protocol, left_out)
    folds = _folds(manifest, protocol)
    leaks, tested = _judge(manifest, protocol.name, folds)
    untested = _not_tested(folds, tested, len(manifest))
    return Splits(folds, (*_warn(protocol, leaks), *_not_heard(manifest), *untested))


def _judge(manifest: pd.DataFrame, name: str, folds: Folds) -> tuple[list[Leak], int]:
    """Return what leaks in any fold, and how many clips are tested; a fold without sides is refused."""
    guard, leaks, tested = Guard(manifest), [], 0
    for number, split in enumerate(folds, start=1):
        for side in ("training", "test"):
            if not split.parts[side].size:
                raise LeakError(f"{name}, fold {number}: the {side} part is empty")
        leaks += guard.leaks(split, fold=number)
        tested += split.test.size
    return leaks, tested


def _warn(protocol: Protocol, leaks: list[Leak]) -> list[str]:
    """Return the leaks that a protocol may have as sentences; others are refused."""
    if not protocol.may_leak:
        refuse_leaks(leaks, protocol.name)
    return describe_leaks(leaks)


def _not_heard(manifest: pd.DataFrame) -> list[str]:
    """Say for how many clips nobody can tell whether they sound like others."""
    audio, recording = (
        manifest[name].notna().to_numpy() if name in manifest else np.zeros(len(manifest), dtype=np.bool_)
        for name in SOUND
    )
    unheard, alone = int((~audio).sum()), int((audio & ~recording).sum())
    told = []
    if unheard:
        told.append(
            f"{unheard} of {len(manifest)} clips were never listened to: equal recordings and altered copies "
            f"among them could not be looked for; affectone corpora scan listens"
        )
    if alone:
        told.append(
            f"{alone} of {len(manifest)} clips name no recording: altered copies among them could not be "
            f"looked for; affectone corpora scan looks"
        )
    return told


def _not_tested(folds: Folds, tested: int, clips: int) -> list[str]:
    """Say how many clips no fold tests; one fold alone is not meant to test all."""
    if len(folds) == 1 or tested == clips:
        return []
    return [f"{clips - tested} of {clips} clips are tested in no fold"]


def _refuse_missing(manifest: pd.DataFrame, protocol: Protocol, left_out: pd.DataFrame | None) -> None:
    known = set(protocol.keys(manifest).tolist())
    if left_out is not None:
        known |= set(protocol.keys(left_out).tolist())
    for number, fold in enumerate(protocol.folds, start=1):
        missing = sorted({*fold.test, *fold.validation} - known)
        if missing:
            raise CorpusError(
                f"{protocol.name}, fold {number}: the manifest lacks {protocol.kind} {few(missing)}"
            )


def _folds(manifest: pd.DataFrame, protocol: Protocol) -> Folds:
    import pandas as pd

    codes, names = pd.factorize(protocol.keys(manifest))
    code = {name: number for number, name in enumerate(names.tolist())}

    def rows(keys: Iterable[str]) -> Rows:
        # Names that are not there were left out with their labels.
        return np.array([code[key] for key in keys if key in code], dtype=np.int64)

    return Folds(codes, [(rows(fold.test), rows(fold.validation)) for fold in protocol.folds])
