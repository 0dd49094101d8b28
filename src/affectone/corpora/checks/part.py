"""`Part`: the clips of one corpus in a manifest, each with what was heard in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectone.corpora.cells import refuse_odd_cells
from affectone.corpora.checks.finding import Finding, Kind, Severity
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.corpora.facts import Facts, Unreadable
from affectone.errors import CorpusError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Part", "Row", "parts_of"]

Sound = Facts | Unreadable | None
"""What listening to a file gave; None where there is no file."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the manifest, as far as the checks look at it."""

    id: str
    path: str
    corpus: str
    emotion: str
    original: str | None
    speaker: str | None
    sex: str | None
    recording: str | None
    sound: Sound

    @property
    def person(self) -> tuple[str, str | None]:
        """Who speaks: speaker 03 of one corpus is not speaker 03 of another."""
        return self.corpus, self.speaker


@dataclass(frozen=True, slots=True)
class Part:
    """The clips of one corpus, in the order of the manifest.

    Parameters
    ----------
    name : str
    rows : tuple of Row
        At least one.
    """

    name: str
    rows: tuple[Row, ...]

    @property
    def loader(self) -> type[Corpus] | None:
        """The published corpus this is; None for recordings of one's own."""
        if self.name not in CORPORA:
            return None
        loader = CORPORA.get(self.name)
        return loader if loader.info.releases else None

    @property
    def heard(self) -> list[tuple[Row, Facts]]:
        """The rows whose sound could be read, and its facts."""
        return [(row, row.sound) for row in self.rows if isinstance(row.sound, Facts)]

    @property
    def people(self) -> dict[str, list[Row]]:
        """Speaker -> rows, of those rows that name one."""
        people: dict[str, list[Row]] = {}
        for row in self.rows:
            if row.speaker is not None:
                people.setdefault(row.speaker, []).append(row)
        return people

    def finding(self, kind: Kind, severity: Severity, words: str, rows: Iterable[Row] = ()) -> Finding:
        """Return a finding about some of the rows."""
        rows = list(rows)
        ids, paths = tuple(row.id for row in rows), tuple(row.path for row in rows)
        return Finding(kind, self.name, severity, words, ids, paths)


def parts_of(manifest: pd.DataFrame, sounds: Sequence[Sound]) -> list[Part]:
    """Return the corpora of a manifest, in the order in which they first occur in it.

    Parameters
    ----------
    manifest : pandas.DataFrame
    sounds : sequence of Facts, Unreadable or None
        One of every row.
    """
    columns = ["id", "path", "corpus", "emotion", "original", "speaker", "sex", "recording"]
    known = manifest[columns].astype(object).where(manifest[columns].notna(), None)
    parts: dict[str, list[Row]] = {}
    told: list[Any] = list(sounds)
    for values in known.assign(sound=told).itertuples(index=False, name=None):
        row = Row(*values)
        parts.setdefault(row.corpus, []).append(row)
    return [Part(name, tuple(rows)) for name, rows in parts.items()]


def files_of(manifest: pd.DataFrame) -> list[Path]:
    """Return the path of every row.

    Raises
    ------
    CorpusError
        If there is no row, or a cell holds what no manifest holds.
    """
    if manifest.empty:
        raise CorpusError("the manifest holds no clip; affectone corpora scan makes one that does")
    refuse_odd_cells(manifest)
    return [Path(path) for path in manifest["path"]]
