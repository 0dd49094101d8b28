"""Protocols as data: named lists of folds, those of the package and those in files."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from affectone.errors import CorpusError, unknown_name
from affectone.files import replaced
from affectone.labels import COMMON

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "GENERIC",
    "Fold",
    "Kind",
    "Protocol",
    "is_generic",
    "is_protocol_file",
    "list_protocols",
    "load_protocol",
    "refuse_overlaps",
    "save_protocol",
    "speaker_keys",
]

Kind = Literal["speakers", "clips", "corpora"]
"""What the names in a fold are: ``corpus/speaker``, the ids of clips, or corpora."""

GENERIC = ("group5", "loso", "leave-corpus-out", "random")
"""Protocols that `generic_protocol` makes of any manifest; another number may stand after ``group``."""

GROUP = re.compile("group([2-9]|[1-9][0-9]{1,2})")
LEAKY = ("shared", "random")
"""A protocol whose name ends in one of these words may have one speaker, or one recording, in two parts."""

UNKNOWN = "(unknown)"
SHARED_LISTS = ("crema_d", "tess", "emodb")
SUFFIX = ".json"


@dataclasses.dataclass(frozen=True, slots=True)
class Fold:
    """What is tested, and what the protocol sets aside for validation."""

    test: tuple[str, ...]
    validation: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Protocol:
    """A named list of folds. What is in `corpora`, and neither tested nor set aside, trains.

    Parameters
    ----------
    name : str
        One that ends in the word ``shared`` or ``random`` may leak.
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
        return re.split("[^A-Za-z]", self.name)[-1] in LEAKY

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
    corpora, speakers = manifest["corpus"].astype(object), manifest["speaker"].astype(object)
    return (corpora + "/" + speakers.where(speakers.notna(), UNKNOWN)).to_numpy(dtype=str)


def is_generic(name: str) -> bool:
    """Return whether `generic_protocol` makes the protocol of that name.

    Raises
    ------
    CorpusError
        If it is ``group`` with a number that is too small or too large.
    """
    if re.fullmatch("group[0-9]*", name) and not GROUP.fullmatch(name):
        raise CorpusError(f"group wants a number of folds from 2 to 999, such as group5; got {name}")
    return name in GENERIC or GROUP.fullmatch(name) is not None


def refuse_overlaps(protocol: Protocol) -> None:
    """Raise `CorpusError` if a name stands twice: in a list, on two sides of a fold, or in two tests."""
    lists = {"corpora": protocol.corpora, "labels": protocol.labels or ()}
    for number, fold in enumerate(protocol.folds, start=1):
        lists[f"test and validation of fold {number}"] = (*fold.test, *fold.validation)
    # After the folds, so that a name twice in one of them is told as that.
    lists["test of all folds"] = tuple(name for fold in protocol.folds for name in fold.test)
    for where, names in lists.items():
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            more = f" and {len(twice) - 1} more" if len(twice) > 1 else ""
            raise CorpusError(f"{protocol.name}: {twice[0]!r}{more} more than once in {where}")


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
    if is_generic(name):
        raise CorpusError(f"{name} is made of a manifest: generic_protocol({name!r}, manifest)")
    if name not in _packaged():
        raise CorpusError(
            f"{unknown_name('protocol', name, [*list_protocols(), *GENERIC])}; or a file whose name ends in "
            f"{SUFFIX}"
        )
    return _packaged()[name]


def save_protocol(protocol: Protocol, path: str | Path) -> Protocol:
    """Write a protocol as JSON, with its digest; the file appears whole or not at all.

    Returns
    -------
    Protocol
        What the file holds. A name that means other folds elsewhere, as ``group5`` does for every manifest,
        has the file's in front: ``group5`` in ``mine.json`` is ``mine-group5``.

    Raises
    ------
    ConfigError
        If a folder, a device or a pipe is there.
    CorpusError
        If the name does not end in ``.json``, the file cannot be written, or a name stands twice in a list of
        the protocol, in two parts of a fold or in two tests.
    """
    path = Path(path)
    if path.suffix.lower() != SUFFIX:
        raise CorpusError(f"{path}: the name of a protocol's file ends in {SUFFIX}")
    refuse_overlaps(protocol)
    if _is_taken(protocol):
        stem = path.stem.encode("utf-8", "replace").decode("utf-8")  # A file's name may be no text.
        protocol = dataclasses.replace(protocol, name=f"{stem}-{protocol.name}")
    try:
        with replaced(path) as part:
            part.write_text(_File.of(protocol).model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise CorpusError(f"{path}: cannot be written: {error.strerror or error}") from None
    return protocol


def _is_taken(protocol: Protocol) -> bool:
    """Return whether a protocol's name means other folds already."""
    packaged = _packaged().get(protocol.name)
    return is_generic(protocol.name) or (packaged is not None and packaged.digest != protocol.digest)


def is_protocol_file(path: Path) -> bool:
    """Return whether a file looks like a protocol, whole or edited."""
    try:
        _File.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return False
    return True


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
    sha256_of_all: str
    folds: tuple[_FoldFile, ...] = Field(min_length=1)

    @classmethod
    def of(cls, protocol: Protocol) -> _File:
        content = dataclasses.asdict(protocol)
        text = json.dumps(content, sort_keys=True)
        more = {"sha256": protocol.digest, "sha256_of_all": hashlib.sha256(text.encode()).hexdigest()}
        return cls.model_validate(content | more)

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
    if _File.of(protocol) != content:
        raise CorpusError(
            f"{path} was edited: it is not what its sha256 were made of; make it anew with affectone corpora "
            f"split"
        )
    if _is_taken(protocol):
        raise CorpusError(f"{path}: {protocol.name} means other folds already; give it a name of its own")
    refuse_overlaps(protocol)
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
