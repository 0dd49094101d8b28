"""`read_rows`: the rows of a user's table, whatever program wrote it."""

from __future__ import annotations

import codecs
import csv
import io
import json
import numbers
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectone.errors import CorpusError
from affectone.registry import require_extra

__all__ = ["Row", "Rows", "read_rows"]

DELIMITERS = ",;\t|"
BLANK_LINES = re.compile(r"\A(?:[^\S\r\n]*[\r\n])+")
MISSING = frozenset({"", "nan", "nat", "na", "<na>", "n/a", "none", "null"})
"""What programs (R and pandas among them) write where nothing is known, in small letters."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands, such as ``"line 5"``, and its cells, without those that are missing."""

    place: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table, the names of its columns, and what a reader should know."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def read_rows(path: Path) -> Rows:
    """Read a table: CSV with any usual delimiter and encoding, Parquet, or one JSON object a line.

    Raises
    ------
    CorpusError
        If it cannot be read, is no table, is empty, or a row does not fit the header.
    MissingExtraError
        If it is Parquet and pandas is not installed.
    """
    data = _bytes_of(path)
    if data.startswith(b"PAR1"):
        found = _parquet(path)
    elif data.startswith(b"PK\x03\x04"):
        raise CorpusError(f"table: {path} is a spreadsheet or another archive; save it as CSV")
    else:
        text, notes = _text(path, data)
        if path.suffix.lower() == ".json":
            raise CorpusError(f"table: {path}: give one object a line, in a file named .jsonl, or CSV")
        read = _json_lines if path.suffix.lower() in (".jsonl", ".ndjson") else _csv
        found = read(path, text, notes)
    if not found.rows:
        raise CorpusError(f"table: {path} has a header and no rows")
    return found


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CorpusError(f"table: {path} cannot be read: {error.strerror or error}") from None


def _text(path: Path, data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text of a table and, where that had to be guessed, how it was read."""
    notes: tuple[str, ...] = ()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
            notes = (f"{path.name} is not UTF-8 and is read as Latin-1 (Windows-1252); look at its accents",)
    if not text.strip():
        raise CorpusError(f"table: {path} is empty")
    if "\0" in text:
        raise CorpusError(f"table: {path} is no text; give CSV, TSV, Parquet or JSON lines (.jsonl)")
    return text, notes


def _csv(path: Path, text: str, notes: tuple[str, ...]) -> Rows:
    text = BLANK_LINES.sub("", text)
    try:
        delimiter, text = _delimiter(text)
    except csv.Error as error:
        raise CorpusError(f"table: {path}, line 1: {_csv_problem(error)}") from None
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    try:
        header = [name.strip() for name in next(reader)]
        _check_header(path, header)
        rows = tuple(_csv_rows(path, header, reader, delimiter))
    except csv.Error as error:
        raise CorpusError(f"table: {path}, line {reader.line_num}: {_csv_problem(error)}") from None
    return Rows(tuple(name for name in header if name), rows, notes)


def _csv_problem(error: csv.Error) -> str:
    if "field larger" in str(error):
        return (
            f"a cell has more than {csv.field_size_limit()} characters; is a quotation mark never closed, or "
            f"another delimiter meant?"
        )
    return f"{error}; a cell that holds a quotation mark is put into quotation marks, and its own are doubled"


def _delimiter(text: str) -> tuple[str, str]:
    """Return what stands between the cells: that which gives the header most of them; and the text."""
    said = re.match(r"sep=([,;\t|])\r?\n", text)  # Excel writes and reads such a line.
    if said:
        return said[1], text[said.end() :]
    header = io.StringIO(text, newline="").readline()
    return max(DELIMITERS, key=lambda mark: len(next(csv.reader([header], delimiter=mark), []))), text


def _check_header(path: Path, header: Sequence[str]) -> None:
    twice = [name for name, count in Counter(header).items() if name and count > 1]
    if twice:
        raise CorpusError(f"table: {path} has more than one column {twice[0]!r}")


def _csv_rows(path: Path, header: Sequence[str], reader: Any, delimiter: str) -> Iterator[Row]:
    for cells in reader:
        if any(cell.strip() for cell in cells[len(header) :]):
            raise CorpusError(
                f"table: {path}, line {reader.line_num} has {len(cells)} cells where the header has "
                f"{len(header)}; a cell that holds {delimiter!r} is put into quotation marks"
            )
        known = _known(zip(header, cells, strict=False))
        if known:
            yield Row(f"line {reader.line_num}", known)


def _known(cells: Any) -> dict[str, str]:
    words = {name: _word(value) for name, value in cells if name}
    return {name: word for name, word in words.items() if word.casefold() not in MISSING}


def _word(value: object) -> str:
    """Return a value of any kind as a user would write it: a whole number without its ``.0``.

    Raises
    ------
    ValueError
        If it is no text that a file could hold.
    RecursionError
        If it is lists in lists in lists.
    """
    if isinstance(value, dict | list):
        return json.dumps(value, default=str)
    if isinstance(value, bytes):  # Parquet of programs that do not say that a column is text.
        value = value.decode(errors="replace")
    if isinstance(value, bool):  # To Python a number, to a user a word.
        return str(value)
    if isinstance(value, numbers.Integral) or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    word = "" if value is None else str(value).strip()
    word.encode()  # JSON can name half of a character.
    return word


def _parquet(path: Path) -> Rows:
    require_extra("data", "reading Parquet")
    import pandas as pd

    try:
        table = pd.read_parquet(path)
        if not isinstance(table.index, pd.RangeIndex):
            table = table.reset_index()  # audformat and others keep the files there.
    except (OSError, ValueError) as error:
        raise CorpusError(f"table: {path} cannot be read as Parquet: {error}") from None
    columns = [str(name) for name in table.columns]
    values = zip(*(table[name].astype(object) for name in table.columns), strict=True)
    rows = (
        Row(f"row {count}", _known(zip(columns, row, strict=True))) for count, row in enumerate(values, 1)
    )
    return Rows(tuple(columns), tuple(row for row in rows if row.cells))


def _json_lines(path: Path, text: str, notes: tuple[str, ...]) -> Rows:
    rows: list[Row] = []
    columns: dict[str, None] = {}
    for count, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
            if not isinstance(cells, dict):
                raise CorpusError(f'table: {path}, line {count} is no object, such as {{"path": "a.wav"}}')
            rows.append(Row(f"line {count}", _known(cells.items())))
        except json.JSONDecodeError as error:
            raise CorpusError(f"table: {path}, line {count} is no JSON: {error}") from None
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"table: {path}, line {count} cannot be read: {_json_problem(error)}") from None
        columns |= dict.fromkeys(cells)
    return Rows(tuple(columns), tuple(rows), notes)


def _json_problem(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it holds lists or objects in one another too deeply"
    if isinstance(error, UnicodeError):
        return "it holds half of a character (\\ud800 to \\udfff), which no file can"
    return "it holds a number of thousands of digits"
