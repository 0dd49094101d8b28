"""Protocols as data: named lists of folds, those of the package and those in files."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from affectone.errors import CorpusError, unknown_name
from affectone.labels import COMMON

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "GENERIC",
    "Fold",
    "Kind",
    "Protocol",
    "list_protocols",
    "load_protocol",
    "save_protocol",
    "speaker_keys",
]

Kind = Literal["speakers", "clips", "corpora"]
"""What the names in a fold are: ``corpus/speaker``, the ids of clips, or corpora."""

GENERIC = ("group5", "loso", "leave-corpus-out", "random")
"""Protocols that `generic_protocol` makes of any manifest; another number may stand after ``group``."""

LEAKY = ("shared", "random")
"""A protocol whose name ends so may have one speaker, or one recording, in two parts."""

UNKNOWN = "(unknown)"
SHARED_LISTS = ("crema_d", "tess", "emodb")
SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Fold:
    """What is tested, and what the protocol sets aside for validation."""

    test: tuple[str, ...]
    validation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Protocol:
    """A named list of folds. What is in `corpora`, and neither tested nor set aside, trains.

    Parameters
    ----------
    name : str
        One that ends in ``shared`` or ``random`` may leak.
    source : str
        Who made it.
    corpora : tuple of str
        What it is about; other clips of a manifest have no part in it.
    folds : tuple of Fold
    kind : str
        What the names in the folds are: ``"speakers"`` (as ``corpus/speaker``), ``"clips"`` (their ids) or
        ``"corpora"``.
    labels : tuple of str or None
        Common labels that it is about, where these are not all.
    notes : tuple of str
        What a reader should know about how it was made.
    """

    name: str
    source: str
    corpora: tuple[str, ...]
    folds: tuple[Fold, ...]
    kind: Kind = "speakers"
    labels: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over the folds: two results may be compared only where it is the same."""
        folds = [[sorted(fold.test), sorted(fold.validation)] for fold in self.folds]
        # A list of speakers over all labels is hashed alone, so that the digests in old results stay true.
        more: dict[str, Any] = {} if self.kind == "speakers" else {"kind": self.kind}
        if self.labels is not None:
            more["labels"] = sorted(self.labels)
        if self.corpora != tested_corpora(self.folds):
            more["corpora"] = sorted(self.corpora)
        return hashlib.sha256(json.dumps([folds, more] if more else folds).encode()).hexdigest()

    @property
    def may_leak(self) -> bool:
        """Whether its name says that speakers or recordings may stand in two parts."""
        return self.name.endswith(LEAKY)

    def keys(self, manifest: pd.DataFrame) -> npt.NDArray[np.str_]:
        """Return, for each row of a manifest, what the folds would call it."""
        if self.kind == "speakers":
            return speaker_keys(manifest)
        return manifest["id" if self.kind == "clips" else "corpus"].to_numpy(dtype=str)


def tested_corpora(folds: Iterable[Fold]) -> tuple[str, ...]:
    """Return the corpora of what is tested, sorted."""
    return tuple(sorted({name.partition("/")[0] for fold in folds for name in fold.test}))


def speaker_keys(manifest: pd.DataFrame) -> npt.NDArray[np.str_]:
    """Return ``corpus/speaker`` of each row: speaker 03 of one corpus is not speaker 03 of another.

    All clips of a corpus whose speaker is not known count as one person's, who is ``corpus/(unknown)``.
    """
    return (manifest["corpus"] + "/" + manifest["speaker"].fillna(UNKNOWN)).to_numpy(dtype=str)


def list_protocols() -> list[str]:
    """Return the names of all protocols in the package."""
    return sorted(_packaged())


def load_protocol(name_or_path: str | Path) -> Protocol:
    """Return a protocol of the package by name, for example ``"ravdess:luna5"``, or read one from a file.

    Parameters
    ----------
    name_or_path : str or Path
        What ends in ``.json`` is a file that `save_protocol` or ``affectone corpora split -o`` wrote.

    Raises
    ------
    CorpusError
        If there is none of that name, the file cannot be read, or it was edited.
    """
    name = str(name_or_path)
    if name.lower().endswith(SUFFIX):
        return _read(Path(name))
    if name in GENERIC:
        raise CorpusError(f"{name} is made of a manifest: generic_protocol({name!r}, manifest)")
    if name not in _packaged():
        raise CorpusError(
            f"{unknown_name('protocol', name, [*list_protocols(), *GENERIC])}; or a file whose name ends in "
            f"{SUFFIX}"
        )
    return _packaged()[name]


def save_protocol(protocol: Protocol, path: str | Path) -> None:
    """Write a protocol as JSON, with its digest; the file appears whole or not at all.

    Raises
    ------
    CorpusError
        If the name does not end in ``.json``, or the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != SUFFIX:
        raise CorpusError(f"{path}: the name of a protocol's file ends in {SUFFIX}")
    content = _File(
        name=protocol.name,
        source=protocol.source,
        kind=protocol.kind,
        corpora=protocol.corpora,
        labels=protocol.labels,
        notes=protocol.notes,
        sha256=protocol.digest,
        folds=tuple(_FoldFile(test=fold.test, validation=fold.validation) for fold in protocol.folds),
    )
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_text(content.model_dump_json(indent=1) + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise CorpusError(f"{path}: cannot be written: {error.strerror or error}") from None


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _FoldFile(_Strict):
    test: tuple[str, ...] = Field(min_length=1)
    validation: tuple[str, ...] = ()


class _File(_Strict):
    name: str = Field(min_length=1)
    source: str
    kind: Kind
    corpora: tuple[str, ...] = Field(min_length=1)
    labels: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    sha256: str
    folds: tuple[_FoldFile, ...] = Field(min_length=1)

    def protocol(self) -> Protocol:
        folds = tuple(Fold(fold.test, fold.validation) for fold in self.folds)
        return Protocol(self.name, self.source, self.corpora, folds, self.kind, self.labels, self.notes)


def _read(path: Path) -> Protocol:
    try:
        content = _File.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CorpusError(f"cannot read the protocol {path}: {error.strerror or error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise CorpusError(f"{path} is no protocol: {where}: {first['msg']}") from None
    for label in content.labels or ():
        if label not in COMMON:
            raise CorpusError(f"{path} is no protocol: {unknown_name('label', label, COMMON)}")
    protocol = content.protocol()
    if protocol.digest != content.sha256:
        raise CorpusError(
            f"{path} was edited: its folds are not those that its sha256 was made of; make it anew with "
            f"affectone corpora split"
        )
    return protocol


@cache
def _packaged() -> Mapping[str, Protocol]:
    folder = resources.files("affectone.corpora") / "protocols"
    found: dict[str, Protocol] = {}
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name.endswith(SUFFIX):
            for name, content in json.loads(file.read_text(encoding="utf-8")).items():
                found[name] = _of_speakers(name, content)
    for corpus in SHARED_LISTS:
        name = f"{corpus}:emobox-shared"
        found[name] = _of_clips(name, corpus, folder / f"{corpus}_emobox_shared.csv")
    return found


def _of_speakers(name: str, content: Mapping[str, Any]) -> Protocol:
    corpus = name.partition(":")[0]

    def keys(speakers: Sequence[str]) -> tuple[str, ...]:
        return tuple(speaker if "/" in speaker else f"{corpus}/{speaker}" for speaker in speakers)

    folds = tuple(Fold(keys(fold["test"]), keys(fold.get("validation", ()))) for fold in content["folds"])
    labels = tuple(content["labels"]) if "labels" in content else None
    return Protocol(name, content["source"], tested_corpora(folds), folds, labels=labels)


def _of_clips(name: str, corpus: str, file: Traversable) -> Protocol:
    """Read a list of ``fold,clip``, of which a clip is a stem and a fold a number from 1 up."""
    tests: dict[str, list[str]] = {}
    for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
        tests.setdefault(row["fold"], []).append(f"{corpus}/{row['clip']}")
    folds = tuple(Fold(tuple(tests[number])) for number in sorted(tests, key=int))
    source = "EmoBox, Interspeech 2024: the test parts; the same speakers train"
    return Protocol(name, source, (corpus,), folds, kind="clips")
