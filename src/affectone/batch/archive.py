"""What there is to work on: a folder, a glob, an address of object storage, or a table of recordings."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from affectone.audio import find_audio, source_name
from affectone.audio.containers import EXTENSIONS
from affectone.audio.find import is_audio
from affectone.batch.places import is_url, opened_url, parquet_table, storage
from affectone.batch.schema import carried_names
from affectone.errors import AudioNotFoundError, ConfigError, unknown_name
from affectone.files import is_utf8

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Archive", "find_recordings"]

# No text has such a form, so that times stay text: DuckDB would turn them to a zone of its own.
JSON_LINES = (
    "read_json(?, format='newline_delimited', hive_partitioning=false, timestampformat='\x01%Y', "
    "dateformat='\x01%Y')"
)
# How cells are quoted is not left to DuckDB, which would guess it by the first rows.
CELLS = "all_varchar=true, header=true, quote='\"', escape='\"', comment='', hive_partitioning=false"
READERS = {
    ".csv": f"read_csv(?, {CELLS})",
    ".tsv": rf"read_csv(?, delim='\t', {CELLS})",
    ".jsonl": JSON_LINES,
    ".ndjson": JSON_LINES,
}
"""Ending of a manifest -> how DuckDB reads it. Cells of CSV stay text: 007 is no number."""
PARQUET = ".parquet"
TABLES = frozenset({".json", ".ods", ".txt", ".xls", ".xlsx"})
"""Endings of what may hold a list of recordings, and is read by nobody here."""
PATHS = ("path", "file", "url")
"""Columns of which the first that a manifest has names its recordings."""
DELIMITERS = re.compile(r"[,;\t|]")
"""In the one head that DuckDB finds where no delimiter gives all rows equally many cells."""
GLOB = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Archive:
    """Recordings, one a row.

    Parameters
    ----------
    table : pyarrow.Table
        ``file``, by which results name a recording; ``where``, by which it is opened; then the columns that
        are carried through. No file is there twice.
    problems : tuple of str
        What could not be listed, in words.
    base : str, optional
        Where names count from, if some are no whole paths.
    """

    table: pa.Table
    problems: tuple[str, ...] = ()
    base: str | None = None

    def __len__(self) -> int:
        count: int = self.table.num_rows
        return count

    @property
    def carried(self) -> pa.Schema:
        """Columns that are carried through to the results."""
        return self.table.schema.remove(1).remove(0)


def find_recordings(source: str | os.PathLike[str]) -> Archive:
    """List what is to be worked on.

    Parameters
    ----------
    source : str or path
        A folder, a recording, a glob such as ``calls/**/*.wav``, or a manifest: a CSV, Parquet or JSON Lines
        table with a column ``path`` (or ``file``, or ``url``) and any others. Addresses such as
        ``s3://bucket/calls`` are read by fsspec. Paths in a manifest count from where it lies,
        or, where none is found there, from the working directory, as those of ``corpora scan`` do.

    Raises
    ------
    ConfigError
        If nothing reads the address, or a manifest cannot be read, lacks the column, or has a row twice or
        without a path.
    AudioNotFoundError
        If there is no recording.
    """
    text = os.fspath(source)
    if not text:
        raise ConfigError("the input is empty; it is a folder, a glob, a manifest or an address")
    if text.startswith("file://"):
        text = opened_url(text)[1]
    ending = PurePosixPath(text).suffix.lower()
    if ending in TABLES and (is_url(text) or os.path.isfile(text)):
        raise ConfigError(f"{text}: is no manifest that can be read; save it as .csv, .parquet or .jsonl")
    if ending in (PARQUET, *READERS) and (is_url(text) or not os.path.isdir(text)):
        found = _of_manifest(text, _read_parquet(text) if ending == PARQUET else _read(text, READERS[ending]))
    else:
        found = _of_url(text) if is_url(text) else _of_paths(text)
    if not len(found):
        raise AudioNotFoundError("; ".join(found.problems) or f"no recording in {source_name(text)}")
    return found


def _of_paths(text: str) -> Archive:
    if not os.path.lexists(text) and GLOB & set(text):
        matches = [Path(os.path.abspath(path)) for path in sorted(set(glob.glob(text, recursive=True)))]
        return _of_names(str(path) for path in matches if is_audio(path))
    if not os.path.lexists(text):
        raise AudioNotFoundError(f"{source_name(text)}: no such file or folder")
    found, problems = find_audio(os.path.abspath(text))
    listed = _of_names(map(str, found))
    return Archive(listed.table, (*map(str, problems), *listed.problems))


def _of_url(url: str) -> Archive:
    system, path = opened_url(url)
    try:
        with storage(url):
            if GLOB & set(path):
                matches = system.glob(path)
            else:
                matches = [path] if system.isfile(path) else system.find(path)
    except OSError as error:
        raise AudioNotFoundError(f"{url}: cannot be listed: {error}") from None
    sound = [one for one in sorted(matches) if PurePosixPath(one).suffix.lower() in EXTENSIONS]
    return _of_names(map(system.unstrip_protocol, sound))


def _of_names(names: Iterable[str]) -> Archive:
    """Return an archive of paths or addresses; names that are no UTF-8 cannot stand in a table."""
    import pyarrow as pa

    kept, problems = [], []
    for name in names:
        if is_utf8(name):
            kept.append(name)
        else:
            problems.append(f"{source_name(name)}: its name is no UTF-8, as a table needs it; rename it")
    column = pa.array(kept, pa.string())
    return Archive(pa.table({"file": column, "where": column}), tuple(problems))


def _of_manifest(place: str, table: pa.Table) -> Archive:
    import pyarrow as pa

    names = table.column_names
    key = next((name for wanted in PATHS for name in names if name.lower() == wanted), None)
    if key is None and len(names) == 1 and DELIMITERS.search(names[0]):
        raise ConfigError(f"{place}: its rows have more or fewer cells than its heads")
    if key is None:
        raise ConfigError(f"{place}: has no column {PATHS[0]!r}; {unknown_name('column', PATHS[0], names)}")
    try:
        files = table.column(key).cast(pa.string())
    except pa.ArrowException:
        raise ConfigError(f"{place}: the column {key!r} holds {table.column(key).type}, not paths") from None
    _check(place, files)
    listed = files.to_pylist()
    base = _base(place, listed)
    where = [_joined(base, name) for name in listed]
    _check(place, pa.array(map(os.path.normpath, where), pa.string()))
    others = [name for name in names if name != key]
    carried = {new: _typed(table.column(old)) for new, old in zip(carried_names(others), others, strict=True)}
    if len(carried) < len(others):
        raise ConfigError(f"{place}: has columns that would have one name beside ours: {', '.join(others)}")
    whole = where == listed
    columns = {"file": files, "where": pa.array(where, pa.string()), **carried}
    return Archive(pa.table(columns), base=None if whole else base)


def _typed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column in which nothing stands as one of text: others of this name will have some."""
    import pyarrow as pa

    return column.cast(pa.string()) if pa.types.is_null(column.type) else column


def _read(place: str, reader: str) -> pa.Table:
    import duckdb

    connection = duckdb.connect()
    name = glob.escape(place)  # DuckDB would take it for a pattern.
    try:
        if is_url(place):
            connection.register_filesystem(opened_url(place)[0])
        elif not os.path.isfile(place):
            raise ConfigError(f"{place}: no such file")
        table = connection.sql(f"SELECT * FROM {reader}", params=[name])  # noqa: S608 - ours
        return table.project(", ".join(map(_as_text, table.columns, table.types))).to_arrow_table()
    except duckdb.Error as error:
        raise ConfigError(f"{place}: cannot be read as a table: {_in_short(error)}") from None
    finally:
        connection.close()


def _as_text(column: str, kind: Any) -> str:
    """Return SQL for a column, in which a text that stands beside numbers has no quotes."""
    name = '"' + column.replace('"', '""') + '"'
    return f"{name}->>'$' AS {name}" if str(kind) == "JSON" else name


def _read_parquet(place: str) -> pa.Table:
    """Read Parquet as it is: DuckDB would turn times to another zone."""
    import pyarrow as pa

    system, path = opened_url(place)
    try:
        with storage(place):
            content = system.cat_file(path)
        return parquet_table(content)
    except FileNotFoundError:
        raise ConfigError(f"{place}: no such file") from None
    except (pa.ArrowException, OSError) as error:
        raise ConfigError(f"{place}: cannot be read as a table: {error}") from None


def _in_short(error: Exception) -> str:
    """Return what DuckDB says is wrong and where, without the advice that follows."""
    if "Traceback (most recent call last)" in str(error):  # What a storage raised.
        return str(error).strip().splitlines()[-1]
    told = str(error).partition("\n\n")[0].partition("\nPossible fixes")[0]
    return ", ".join(line.strip() for line in told.splitlines() if line.strip())


def _check(place: str, files: Any) -> None:
    """Refuse a table in which a row names no recording, or two name the same."""
    import pyarrow.compute as pc

    first = pc.index(pc.fill_null(pc.equal(files, ""), True), True).as_py()
    if first >= 0:
        raise ConfigError(f"{place}: row {first + 1} has no path")
    counts = files.value_counts()
    if len(counts) < len(files):
        twice = next(one["values"] for one in counts.to_pylist() if one["counts"] > 1)
        raise ConfigError(f"{place}: {twice} stands in more than one row; a recording has one")


def _base(place: str, names: Sequence[str]) -> str:
    """Return where the names in a manifest count from."""
    if is_url(place):
        return os.path.dirname(place)
    beside = os.path.dirname(os.path.abspath(place))
    paths = [name for name in names if not is_url(name)]
    if any(os.path.isfile(os.path.join(beside, path)) for path in paths):
        return beside
    return os.getcwd() if any(map(os.path.isfile, paths)) else beside


def _joined(base: str, name: str) -> str:
    """Return where a manifest's recording is: addresses and whole paths are that already."""
    if is_url(name):
        return name
    return f"{base}/{name}" if is_url(base) else os.path.join(base, name)
