"""Tables that publishers lay beside their recordings: where they are, and their rows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from affectone.errors import CorpusError, unknown_name

__all__ = ["find_table", "read_table"]

T = TypeVar("T")
LFS_POINTER = "version https://git-lfs.github.com"


def find_table(root: Path, files: Iterable[Path], name: str, *, folder: str = ".") -> Path | None:
    """Return the file of that name nearest to a folder, or None.

    People point at the folder of the recordings as often as at the corpus. So it is looked for below the
    folder, shallow places first, then beside it.

    Parameters
    ----------
    root : Path
    files : iterable of Path
        All that lies below it.
    name : str
    folder : str
        Where the publishers keep it, beside the folder of the recordings.
    """
    named = (path for path in files if path.name == name)
    below = sorted(named, key=lambda path: (len(path.parts), path))
    parent = root.absolute().parent
    places = [*below, parent / name, parent / folder / name]
    return next((path for path in places if path.is_file()), None)


def read_table(
    path: Path,
    columns: Sequence[str],
    parse: Callable[[dict[str, str]], T | None],
    *,
    encoding: str = "utf-8-sig",
    delimiter: str = ",",
) -> list[T]:
    """Return what `parse` makes of each row; rows of which it makes None are left out.

    Parameters
    ----------
    path : Path
    columns : sequence of str
        What the table must have.
    parse : callable
        Gets a row as column -> text, and raises `ValueError` where that says no sense.
    encoding, delimiter : str

    Raises
    ------
    CorpusError
        If the table cannot be read, lacks a column, or has a row that says no sense.
    """
    line = 1
    try:
        with path.open(encoding=encoding, newline="") as file:
            rows = csv.DictReader(file, delimiter=delimiter, restval="")
            _check_columns(path, columns, rows.fieldnames or ())
            parsed = []
            for row in rows:
                line = rows.line_num
                parsed.append(parse(row))
    except OSError as error:
        raise CorpusError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, csv.Error) as error:  # Bytes that are no text are a ValueError, too.
        damage = f"{path} is damaged, line {line}: {error}; get it again from its publisher"
        raise CorpusError(damage) from None
    return [value for value in parsed if value is not None]


def _check_columns(path: Path, columns: Sequence[str], present: Sequence[str]) -> None:
    if not present:
        raise CorpusError(f"{path} is empty; get it again from its publisher")
    if present[0].startswith(LFS_POINTER):
        raise CorpusError(f"{path} is a Git LFS pointer and no table: run git lfs pull where it was cloned")
    for column in columns:
        if column not in present:
            raise CorpusError(f"{path}: {unknown_name('column', column, present)}")
