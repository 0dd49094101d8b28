"""A protocol laid over a manifest: row numbers of every fold's parts, and nothing on two sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from affectone.corpora.generic import refuse_unknown_speakers
from affectone.corpora.guard import Guard, Leak, Split, describe_leaks, few, refuse_leaks
from affectone.corpora.protocol import Protocol
from affectone.errors import CorpusError, LeakError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Selection", "Splits", "select_clips", "split_manifest"]


@dataclass(frozen=True, slots=True, eq=False)
class Splits:
    """All folds of a protocol, and what every report about them has to repeat."""

    folds: tuple[Split, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The clips that a protocol is about, and sentences on those that were left out."""

    manifest: pd.DataFrame
    notes: tuple[str, ...]


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

    Equal and altered recordings are found among clips that were listened to (`scan_corpora`).

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
        aside, or does not say who speaks where the protocol is about speakers.
    LeakError
        If a part is empty, or a speaker, equal audio or an altered copy stands in two parts. Where the
        protocol's name ends in ``shared`` or ``random``, that is a warning instead.
    """
    present = set(manifest["corpus"])
    if present != set(protocol.corpora):
        raise CorpusError(f"{_about(protocol)}; the manifest holds {', '.join(sorted(present)) or 'nothing'}")
    if protocol.kind == "speakers":
        refuse_unknown_speakers(protocol.name, manifest)
    _refuse_missing(manifest, protocol, left_out)
    folds = tuple(_split_folds(manifest, protocol))
    guard = Guard(manifest)
    leaks = [leak for number, split in enumerate(folds, 1) for leak in guard.leaks(split, fold=number)]
    return Splits(folds, (*_warn(protocol, leaks), *_not_heard(manifest)))


def _warn(protocol: Protocol, leaks: list[Leak]) -> list[str]:
    """Return the leaks that a protocol may have as sentences; others are refused."""
    if not protocol.may_leak:
        refuse_leaks(leaks, protocol.name)
    return describe_leaks(leaks)


def _not_heard(manifest: pd.DataFrame) -> list[str]:
    """Say for how many clips nobody can tell whether they sound like others."""
    heard = int(manifest["content_hash"].notna().sum()) if "content_hash" in manifest else 0
    if heard == len(manifest):
        return []
    return [
        f"{len(manifest) - heard} of {len(manifest)} clips were never listened to: equal recordings among "
        f"them could not be looked for; affectone corpora scan listens"
    ]


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


def _split_folds(manifest: pd.DataFrame, protocol: Protocol) -> list[Split]:
    import pandas as pd

    keys = pd.Series(protocol.keys(manifest))
    splits = []
    for number, fold in enumerate(protocol.folds, start=1):
        test = keys.isin(fold.test).to_numpy()
        validation = keys.isin(fold.validation).to_numpy()
        split = Split(np.flatnonzero(~test & ~validation), np.flatnonzero(validation), np.flatnonzero(test))
        for side in ("training", "test"):
            if not split.parts[side].size:
                raise LeakError(f"{protocol.name}, fold {number}: the {side} part is empty")
        splits.append(split)
    return splits
