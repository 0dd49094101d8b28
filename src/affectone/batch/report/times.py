"""When a recording began: the column that tells it, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from affectone.batch.report.database import Database
from affectone.errors import ConfigError, unknown_name

__all__ = ["Began", "find_time", "keep_time"]

NAMES = (
    *("started", "start_time", "started_at", "begin", "time", "date", "datetime", "timestamp"),
    "call_time",
)
INPUT = "input_"
OFFSET = r"(:\d\d(?:\.\d+)?) *(?:Z|z|[+-]\d\d(?::?\d\d)?)$"
"""What an ISO 8601 time ends with where it tells its zone: an hour of the day is that of a clock there."""
ISO = r"\d{4}([-/])\d\d?[-/]\d\d?([T ]\d\d?:\d\d(:\d\d(\.\d+)?)?)?"
"""What is left. DuckDB would read more than that: PM as nothing, and 05/01/26 as a day of the year 5."""


@dataclass(frozen=True, slots=True)
class Began:
    """The column that tells when recordings began.

    Parameters
    ----------
    name : str
    known, unread : int
        Recordings of which it is known, and those whose value is no time.
    clock : bool
        Whether it tells the time of day, and not the date alone.
    """

    name: str
    known: int
    unread: int
    clock: bool


def find_time(
    db: Database, names: Mapping[str, str], kinds: Mapping[str, str], wanted: str | None
) -> Began | None:
    """Return the column that tells when a recording began, or None if none does.

    Without one that is `wanted`, it is the first of a type of times, else the first of a likely name all of
    whose values are times.

    Raises
    ------
    ConfigError
        If the one that is wanted is not there, or holds no time.
    """
    if wanted is not None:
        if wanted not in names:
            raise ConfigError(f"--time: {unknown_name('column', wanted, names)}")
        found = _read(db, wanted, names[wanted], kinds[wanted])
        if not found.known:
            raise ConfigError(_unread_words(db, wanted, names[wanted]))
        return found
    typed = [name for name in names if kinds[name].startswith(("timestamp", "date"))]
    likely = [name for name in names if name.lower().removeprefix(INPUT) in NAMES]
    for name in [*typed, *sorted(likely, key=lambda name: NAMES.index(name.lower().removeprefix(INPUT)))]:
        found = _read(db, name, names[name], kinds[name])
        if found.known and not found.unread:
            return found
    return None


def keep_time(db: Database, began: Began | None, names: Mapping[str, str], kinds: Mapping[str, str]) -> None:
    """Make the table ``recordings``: ``raw``, and ``began``, when each began."""
    when = "NULL::TIMESTAMP" if began is None else _as_time(names[began.name], kinds[began.name])
    db.run(f"CREATE TABLE recordings AS SELECT *, {when} AS began FROM raw")
    db.run("DROP TABLE raw")


def _as_time(place: str, kind: str) -> str:
    """Return SQL for a column as a time without a zone."""
    if kind.startswith(("timestamp", "date")):
        return f"CAST({place} AS TIMESTAMP)"
    if kind not in ("string", "large_string"):
        return "NULL::TIMESTAMP"
    told = rf"regexp_replace(trim({place}), '{OFFSET}', '\1')"
    return f"CASE WHEN regexp_full_match({told}, '{ISO}') THEN TRY_CAST({told} AS TIMESTAMP) END"


def _read(db: Database, name: str, place: str, kind: str) -> Began:
    when = _as_time(place, kind)
    told = f"{place} IS NOT NULL AND trim(CAST({place} AS VARCHAR)) <> ''"
    known, unread, clock = db.one(
        "SELECT count(began), count(*) FILTER (told AND began IS NULL), "
        "coalesce(bool_or(began <> date_trunc('day', began)), false) "
        f"FROM (SELECT {when} AS began, {told} AS told FROM raw)"
    )
    return Began(name, known, unread, clock)


def _unread_words(db: Database, name: str, place: str) -> str:
    found = db.rows(
        f"SELECT CAST({place} AS VARCHAR) FROM raw WHERE {place} IS NOT NULL ORDER BY file LIMIT 1"
    )
    such = f", such as {found[0][0]!r}" if found else ""
    return f"--time {name} holds no time that can be read{such}; give ISO 8601, such as 2026-01-31 14:05:00"
