"""Protocols as data, and the guard that lets no speaker stand on both sides of a split."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.errors import CorpusError, LeakError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Fold",
    "Protocol",
    "Split",
    "check_apart",
    "check_no_leak",
    "group_folds",
    "list_protocols",
    "load_protocol",
    "speaker_keys",
    "split_manifest",
]

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fold:
    """The speakers tested, and those the protocol sets aside for validation, as ``corpus/speaker``."""

    test: tuple[str, ...]
    validation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Protocol:
    """A named list of folds. Everyone in `corpora` who is neither tested nor set aside trains."""

    name: str
    source: str
    corpora: tuple[str, ...]
    folds: tuple[Fold, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over the folds: two results may be compared only where it is the same."""
        content = [[sorted(fold.test), sorted(fold.validation)] for fold in self.folds]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One fold as row numbers of a manifest."""

    train: Rows
    validation: Rows
    test: Rows


@cache
def _protocols() -> dict[str, Protocol]:
    folder = resources.files("affectone.corpora") / "protocols"
    found: dict[str, Protocol] = {}
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name.endswith(".json"):
            for name, content in json.loads(file.read_text(encoding="utf-8")).items():
                found[name] = _parse(name, content)
    return found


def _parse(name: str, content: dict[str, object]) -> Protocol:
    corpus = name.partition(":")[0]
    folds: list[dict[str, list[str]]] = content["folds"]  # type: ignore[assignment]

    def keys(speakers: Iterable[str]) -> tuple[str, ...]:
        return tuple(speaker if "/" in speaker else f"{corpus}/{speaker}" for speaker in speakers)

    parsed = tuple(Fold(keys(fold["test"]), keys(fold.get("validation", ()))) for fold in folds)
    corpora = sorted({speaker.partition("/")[0] for fold in parsed for speaker in fold.test})
    return Protocol(name, str(content["source"]), tuple(corpora), parsed)


def list_protocols() -> list[str]:
    """Return the names of all protocols in the package."""
    return sorted(_protocols())


def load_protocol(name: str) -> Protocol:
    """Return a protocol by name, for example ``"ravdess:luna5"``.

    Raises
    ------
    CorpusError
        If there is none of that name.
    """
    if name not in _protocols():
        raise CorpusError(unknown_name("protocol", name, list_protocols()))
    return _protocols()[name]


def speaker_keys(manifest: pd.DataFrame) -> npt.NDArray[np.str_]:
    """Return ``corpus/speaker`` of each row: speaker 03 of one corpus is not speaker 03 of another."""
    return (manifest["corpus"] + "/" + manifest["speaker"]).to_numpy(dtype=str)


def split_manifest(manifest: pd.DataFrame, protocol: Protocol) -> list[Split]:
    """Return the folds of a protocol as row numbers of a manifest, checked for leaks.

    Raises
    ------
    CorpusError
        If the manifest holds a corpus that the protocol does not know, or lacks a speaker who is
        to be tested or set aside.
    LeakError
        If a speaker stands on two sides.
    """
    present = set(manifest["corpus"])
    if present != set(protocol.corpora):
        raise CorpusError(
            f"{protocol.name} is about {', '.join(protocol.corpora)}; "
            f"the manifest holds {', '.join(sorted(present)) or 'nothing'}"
        )
    speakers = speaker_keys(manifest)
    return [_split_fold(speakers, protocol, number) for number in range(len(protocol.folds))]


def _split_fold(speakers: npt.NDArray[np.str_], protocol: Protocol, number: int) -> Split:
    fold = protocol.folds[number]
    missing = sorted({*fold.test, *fold.validation} - set(speakers.tolist()))
    if missing:
        raise CorpusError(
            f"{protocol.name}, fold {number + 1}: the manifest lacks speakers {', '.join(missing)}"
        )
    test = np.isin(speakers, fold.test)
    validation = np.isin(speakers, fold.validation)
    split = Split(np.flatnonzero(~test & ~validation), np.flatnonzero(validation), np.flatnonzero(test))
    check_no_leak(speakers, split)
    return split


def check_no_leak(speakers: Sequence[str] | npt.NDArray[np.str_], split: Split) -> None:
    """Raise `LeakError` if speakers stand on two sides of a split, or the training or test part is empty.

    Parameters
    ----------
    speakers : sequence of str
        ``corpus/speaker`` of every row of the manifest.
    split : Split
        Row numbers of the three parts.
    """
    for side, part in (("training", split.train), ("test", split.test)):
        if part.size == 0:
            raise LeakError(f"the {side} part is empty")
    check_apart(speakers, split, what="speakers")


def check_apart(names: Sequence[str] | npt.NDArray[np.str_], split: Split, *, what: str) -> None:
    """Raise `LeakError`, naming them, if names stand on two sides of a split; sides may be empty.

    Parameters
    ----------
    names : sequence of str
        One of every row of the manifest: its ``corpus/speaker``, or what stands for its recording.
    split : Split
        Row numbers of the three parts.
    what : str
        What the names are, as the message says it.
    """
    names = np.asarray(names)
    sides = {"training": split.train, "validation": split.validation, "test": split.test}
    for one, other in (("training", "test"), ("training", "validation"), ("validation", "test")):
        shared = sorted(set(names[sides[one]].tolist()) & set(names[sides[other]].tolist()))
        if shared:
            raise LeakError(f"{what} in both {one} and {other}: {', '.join(shared)}")


def group_folds(manifest: pd.DataFrame, folds: int = 5) -> list[list[str]]:
    """Deal the speakers of each corpus to folds, women and men apart, so that every fold has its share.

    The order is that of a hash of the speaker's name: it depends neither on the order of rows nor on which
    other corpora are present, so that a corpus added later leaves the folds of the others as they are.

    Returns
    -------
    list of list of str
        For each fold, its test speakers as ``corpus/speaker``, sorted.
    """
    people = manifest.drop_duplicates(["corpus", "speaker"])
    dealt: list[list[str]] = [[] for _ in range(folds)]
    for _, rows in sorted(people.groupby("corpus"), key=lambda item: str(item[0])):
        keyed = zip(rows["sex"].fillna("").astype(str), speaker_keys(rows).tolist(), strict=True)
        ordered = sorted(keyed, key=lambda pair: (pair[0], hashlib.sha256(pair[1].encode()).hexdigest()))
        # Two women of TESS and four men of SAVEE should not all fall into the first folds.
        start = int(hashlib.sha256(str(rows["corpus"].iloc[0]).encode()).hexdigest(), 16) % folds
        for position, (_, speaker) in enumerate(ordered):
            dealt[(start + position) % folds].append(speaker)
    return [sorted(fold) for fold in dealt]
