"""What a user's table says: which column is which, and its cells as the values that a clip has."""

from __future__ import annotations

import difflib
import json
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from affectone.audio.containers import EXTENSIONS
from affectone.corpora.own import TABLE_FIELDS, listed
from affectone.errors import CorpusError, unknown_name
from affectone.labels import Voice

__all__ = ["CellReader", "choose_columns", "column_notes", "read_votes"]

SEXES: Mapping[str, Voice] = {
    **dict.fromkeys(("f", "female", "woman", "w", "women", "girl"), Voice.FEMALE),
    **dict.fromkeys(("m", "male", "man", "men", "boy"), Voice.MALE),
}
OLDEST = 120
MOST_VOTES = 10**9

T = TypeVar("T")


def choose_columns(table: str, present: Sequence[str], told: Mapping[str, str]) -> dict[str, str]:
    """Return which column says what: the one told, else the one of that name, else one of a known other name.

    Parameters
    ----------
    table : str
        Its name, for messages.
    present : sequence of str
        Its columns.
    told : mapping of str to str
        As `OwnLabels.columns`.

    Returns
    -------
    dict of str to str
        Key of `TABLE_FIELDS` -> column; ``path`` and ``label`` are there.

    Raises
    ------
    CorpusError
        If a column that was told or is needed is not there, or two could be the one that is wanted.
    """
    for field, column in told.items():
        if column not in present:
            raise CorpusError(
                f"--column {field}={column}: {table}: {unknown_name('column', column, present)}"
            )
    left = [name for name in present if name not in told.values()]
    found = {field: _column_of(table, field, left) for field in TABLE_FIELDS if field not in told}
    chosen = {**told, **{field: column for field, column in found.items() if column is not None}}
    for field in ("path", "label"):
        if field not in chosen:
            raise CorpusError(f"table: {table} has no column {_missing(field, present)}")
    return chosen


def _column_of(table: str, field: str, present: Sequence[str]) -> str | None:
    names = {name: re.sub(r"[\W_]+", "", name.casefold()) for name in present}
    exact = [name for name, plain in names.items() if plain == field.replace("_", "")]
    others = [name for name, plain in names.items() if plain in TABLE_FIELDS[field].split()]
    # Who has both a label and an emotion may have numbers in the one and words in the other.
    found = exact + others if field == "label" else exact or others
    if len(found) > 1:
        columns = " or ".join(repr(name) for name in found)
        raise CorpusError(f"table: {table}: is {columns} the {field}? --column {field}={found[0]} decides")
    return found[0] if found else None


def _missing(field: str, present: Sequence[str]) -> str:
    names = [field, *TABLE_FIELDS[field].split()]
    near = [column for name in names for column in difflib.get_close_matches(name, present, n=1, cutoff=0.7)]
    hint = f"; did you mean {near[0]!r}?" if near else ";"
    columns = ", ".join(repr(column) for column in present)
    if any(os.path.splitext(column)[1].lower() in EXTENSIONS for column in present):
        return (
            f"{field!r}: its first line is {columns}; put a line in front that names the columns: path,label"
        )
    return (
        f"{field!r}{hint} its columns, as the first line names them: {columns}; "
        f"--column {field}={near[0] if near else 'NAME'} names the one to take"
    )


def column_notes(present: Sequence[str], chosen: Mapping[str, str]) -> Iterator[str]:
    """Yield which columns were taken under another name, and which are not read."""
    for field, column in chosen.items():
        if column != field:
            yield f"column {column!r} is taken for the {field.replace('_', ' ')}"
    unread = [column for column in present if column not in chosen.values()]
    if unread:
        yield f"columns that are not read: {', '.join(repr(column) for column in unread)}"
    for column in unread:
        near = difflib.get_close_matches(column.casefold(), set(TABLE_FIELDS) - set(chosen), n=1, cutoff=0.75)
        if near:
            yield f"{column!r} looks like {near[0]!r}: --column {near[0]}={column} takes it for that"


class CellReader:
    """Reads values, and remembers those that are none, which are left out."""

    def __init__(self) -> None:
        self._odd: dict[str, Counter[str]] = {}

    def sex(self, cell: str | None) -> Voice | None:
        """Return the sex that a word or letter names, in any case."""
        return self._read("sex", cell, lambda text: SEXES.get(text.casefold()))

    def age(self, cell: str | None) -> int | None:
        """Return whole years between 1 and `OLDEST`."""
        return self._read("age", cell, _age)

    def language(self, cell: str | None) -> str | None:
        """Return the ISO 639-1 code of ``en``, ``EN`` or ``en-GB``."""
        return self._read("language", cell, _language)

    def raters(self, cell: str | None) -> int | None:
        """Return a count of at least 1."""
        return self._read(
            "raters", cell, lambda text: int(text) if re.fullmatch("[1-9][0-9]{0,8}", text) else None
        )

    def heard_intensity(self, cell: str | None) -> float | None:
        """Return a number from 0 to 1."""
        return self._read("heard_intensity", cell, _share)

    def votes(self, cell: str | None) -> dict[str, float] | None:
        """Return the user's label -> votes, counts or shares, from JSON."""
        return self._read("votes", cell, read_votes)

    def _read(self, field: str, cell: str | None, parse: Callable[[str], T | None]) -> T | None:
        value = None if cell is None else parse(cell)
        if cell is not None and value is None:
            self._odd.setdefault(field, Counter())[cell] += 1
        return value

    def notes(self) -> Iterator[str]:
        """Yield the values that could not be read, with what would have been."""
        wanted = {
            "sex": "female or male",
            "age": f"a number of years up to {OLDEST}",
            "language": "a code of two letters, such as en",
            "raters": "a count",
            "heard_intensity": "a number from 0 to 1",
            "votes": 'a JSON object such as {"happy": 3, "sad": 1}',
        }
        for field, odd in self._odd.items():
            yield f"{field} left out where it is not {wanted[field]}: {listed(odd)}"


def _age(text: str) -> int | None:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", text):
        return None
    age = int(float(text))
    return age if 0 < age <= OLDEST else None


def _share(text: str) -> float | None:
    share = float(text) if re.fullmatch(r"[0-9]*\.?[0-9]+([eE]-?[0-9]{1,3})?", text) else math.inf
    return share if share <= 1 else None


def _language(text: str) -> str | None:
    match = re.fullmatch(r"([A-Za-z]{2})([-_]\w+)*", text)
    return match[1].lower() if match else None


def read_votes(text: str) -> dict[str, float] | None:
    """Return votes by the labels they were given to, or None where a text is no votes.

    Parameters
    ----------
    text : str
        JSON: an object, label -> count or share, or a list with one label a listener.

    Examples
    --------
    >>> read_votes('{"joy": 3, "sad": 1}'), read_votes('["joy", "joy"]'), read_votes("joy")
    ({'joy': 3, 'sad': 1}, {'joy': 2}, None)
    """
    try:
        votes = json.loads(text)
    except (ValueError, RecursionError):  # ValueError is also a number of thousands of digits.
        return None
    if isinstance(votes, list) and all(isinstance(label, str) for label in votes):
        votes = dict(Counter(votes))
    if not isinstance(votes, dict) or not all(type(share) in (int, float) for share in votes.values()):
        return None
    fair = all(0 <= share <= MOST_VOTES for share in votes.values())
    return votes if fair and sum(votes.values()) > 0 else None
