"""`write_features`: features of many recordings as one file, row by row as they come."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias

import numpy as np

from affectone.errors import ConfigError
from affectone.features.npz import NpzFile
from affectone.features.result import ClipFeatures, Features
from affectone.files import is_utf8, replaced
from affectone.registry import require_extra

__all__ = ["SUFFIXES", "features_suffix", "write_features"]

Row: TypeAlias = tuple[str, str, Features | ClipFeatures]
"""Id, path and features of a recording."""

MOST_HELD = 16 * 2**20
"""Bytes of values that wait for the next part of a table."""


class FeatureFile(Protocol):
    """A file that takes features one after the other."""

    def add(self, id: str, path: str, found: Features | ClipFeatures) -> None:
        """Take the features of one recording; all have the same columns."""


def features_suffix(output: Path) -> str:
    """Return the ending of a name in lower case.

    Raises
    ------
    ConfigError
        If it is none of ``.parquet``, ``.csv`` and ``.npz``.
    MissingExtraError
        If a table is wanted without the extra `data`.
    """
    suffix = output.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError(f"{output}: the name of a file of features ends in {', '.join(SUFFIXES)}")
    if suffix != ".npz":
        require_extra("data", "a table of features")
    return suffix


def write_features(rows: Iterable[Row], output: str | os.PathLike[str]) -> int:
    """Write features as Parquet, CSV or npz, by the ending of the name.

    The file appears whole or not at all. Rows are taken as they come, and few are held. Without any row
    nothing is written.

    Tables have the columns ``id`` and ``path``, or ``id`` and ``time`` over frames, and one for each feature.

    An npz has the arrays ``values`` (recordings, dims), ``names`` (dims,), ``ids`` and ``paths``
    (recordings,). Over frames ``values`` is (frames, dims), one recording after the other, with their
    ``times`` (frames,); recording i has those from ``offsets[i]`` to ``offsets[i + 1]``. It loads without
    pickle.

    Parameters
    ----------
    rows : iterable of (str, str, Features or ClipFeatures)
        Id, path and features of each recording, all with the same columns.
    output : path

    Returns
    -------
    int
        How many recordings were written.

    Raises
    ------
    ConfigError
        If the name has another ending or is that of a folder, a device or a pipe, the columns of two
        recordings differ, or an id or a path is no UTF-8.
    OSError
        If the file cannot be written.
    """
    opened = SUFFIXES[features_suffix(Path(output))]
    count = 0
    with replaced(output) as part, opened(part) as file:
        for id, path, found in rows:
            for text in (id, path):
                if not is_utf8(text):
                    raise ConfigError(f"{text!a} is no UTF-8, as a table needs it; rename it")
            file.add(id, path, found)
            count += 1
    return count


class _Table:
    """A table in parts: all rows that are held become one part of the file."""

    def __init__(self, part: Path) -> None:
        self._part = part
        self._names: tuple[str, ...] = ()
        self._rows: list[Row] = []
        self._held = 0
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._flush()
        finally:
            if self._writer is not None:
                self._writer.close()

    def add(self, id: str, path: str, found: Features | ClipFeatures) -> None:
        """Take the features of one recording."""
        if self._writer is None:
            self._names = found.names
            self._writer = self._open(_schema(found))
        if found.names != self._names:
            raise ConfigError(f"{id}: has other columns than the first recording")
        self._rows.append((id, path, found))
        self._held += found.values.nbytes
        if self._held >= MOST_HELD:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_batch(_batch(self._rows))
        self._rows, self._held = [], 0

    def _open(self, schema: Any) -> Any:
        raise NotImplementedError


class _Parquet(_Table):
    """Parquet, one row group for each part."""

    def _open(self, schema: Any) -> Any:
        from pyarrow.parquet import ParquetWriter

        # Floats repeat too seldom for a dictionary, and nobody looks rows up by a range of them.
        texts = [name for name in ("id", "path") if name in schema.names]
        return ParquetWriter(self._part, schema, use_dictionary=texts, write_statistics=texts)


class _Csv(_Table):
    """CSV; each number is the shortest text that reads back as the same 32 bits."""

    def _open(self, schema: Any) -> Any:
        from pyarrow.csv import CSVWriter

        return CSVWriter(self._part, schema)


def _schema(found: Features | ClipFeatures) -> Any:
    import pyarrow as pa

    second = ("time", pa.float64()) if isinstance(found, Features) else ("path", pa.string())
    return pa.schema([("id", pa.string()), second, *((name, pa.float32()) for name in found.names)])


def _batch(rows: list[Row]) -> Any:
    """Return rows as one batch of columns."""
    import pyarrow as pa

    ids = pa.array([id for id, _, _ in rows], pa.string())
    frames = [found for _, _, found in rows if isinstance(found, Features)]
    if frames:
        ids = ids.take(pa.array(np.repeat(np.arange(len(frames)), [len(found.times) for found in frames])))
        second = pa.array(np.concatenate([found.times for found in frames]))
    else:
        second = pa.array([path for _, path, _ in rows], pa.string())
    values = np.concatenate([np.atleast_2d(found.values) for _, _, found in rows])
    columns = map(pa.array, np.ascontiguousarray(values.T))
    return pa.record_batch([ids, second, *columns], schema=_schema(rows[0][2]))


SUFFIXES: dict[str, Callable[[Path], AbstractContextManager[FeatureFile]]] = {
    ".parquet": _Parquet,
    ".csv": _Csv,
    ".npz": NpzFile,
}
