"""Each recording in one row, and which of them to listen to first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from affectone.batch.report.database import Database, column
from affectone.batch.report.people import at_work
from affectone.batch.report.result import Column, Table
from affectone.batch.report.tables import made_table, part_of, percent, rounded

__all__ = ["LEAST_SECONDS", "angriest", "call_table", "falling"]

LEAST_SECONDS = 10
"""A recording with less judged speech is in no ranking."""
FEW = ("file", "time", "duration_seconds", "judged_seconds", "unsure_percent", "label")


def call_table(
    db: Database,
    labels: Sequence[str],
    carried: Mapping[str, str],
    most: int,
    *,
    over_time: bool,
    timed: bool,
    by_agent: str | None,
) -> Table:
    """Return the table of all recordings.

    Parameters
    ----------
    db : Database
    labels : sequence of str
    carried : mapping of str to str
        Column of the input -> its name in ``recordings``. Columns of people at work are left out, but for
        the one that was asked for.
    most : int
        How many rows are held.
    over_time, timed : bool
        Whether it is known when in a recording something is heard, and when a recording began.
    by_agent : str or None
    """
    ours = _ours(labels, over_time=over_time, timed=timed)
    kept = {name: place for name, place in carried.items() if not at_work(name) or name == by_agent}
    theirs = _renamed(kept, {one.name.lower() for one in ours})
    values = _values(labels) | {one: f"r.{kept[name]}" for name, one in theirs.items()}
    columns = [*ours, *(Column(one, name) for name, one in theirs.items())]
    wanted = ", ".join(f"{values[one.name]} AS {column(one.name)}" for one in columns)
    sql = _CALLS.format(sums=_sums(labels), wanted=wanted, by_anger=_rank("anger"), by_fall=_rank("fall"))
    return made_table(db, "calls", "All recordings", columns, sql, "file", most)


def _ours(labels: Sequence[str], *, over_time: bool, timed: bool) -> list[Column]:
    return [
        Column("file", "recording"),
        *([Column("time", "began", "time")] if timed else []),
        Column("duration_seconds", "length", "seconds"),
        Column("speech_seconds", "speech", "seconds"),
        Column("judged_seconds", "judged speech", "seconds"),
        Column("judged_percent", "% of the speech", "percent"),
        Column("unsure_percent", "% unsure", "percent"),
        Column("label", "mostly"),
        *(Column(f"label_{label}_percent", f"{label} %", "percent") for label in labels),
        Column("anger", "anger", "number"),
        Column("anger_rank", "rank by anger", "count"),
        Column("valence", "valence", "number"),
        *(_OVER_TIME if over_time else ()),
    ]


_OVER_TIME = (
    Column("valence_begin", "valence, first third", "number"),
    Column("valence_end", "last third", "number"),
    Column("fall", "fall", "number"),
    Column("fall_rank", "rank by fall", "count"),
    Column("escalations", "escalations", "count"),
    Column("first_escalation_seconds", "first at", "clock"),
)


def _renamed(names: Iterable[str], taken: set[str]) -> dict[str, str]:
    """Return what columns of the input are called beside ours, whose names in small letters are `taken`.

    Examples
    --------
    >>> _renamed(["queue", "Anger"], {"anger"})
    {'queue': 'queue', 'Anger': 'input_Anger'}
    """
    found = {}
    for name in names:
        free = name
        while free.lower() in taken:
            free = f"input_{free}"
        taken = taken | {free.lower()}
        found[name] = free
    return found


def _values(labels: Sequence[str]) -> dict[str, str]:
    """Return column -> the SQL that gives it."""
    return {
        "file": "r.file",
        "time": "date_trunc('second', r.began)",
        "duration_seconds": rounded("r.duration", 3),
        "speech_seconds": rounded("coalesce(a.spoken, 0)", 3),
        "judged_seconds": rounded("coalesce(s.judged, 0)", 3),
        "judged_percent": percent("s.judged", "a.spoken"),
        "unsure_percent": percent("s.unsure", "s.judged"),
        "label": "m.label",
        **{
            f"label_{label}_percent": percent(f"s.l{place}", "s.judged") for place, label in enumerate(labels)
        },
        "anger": rounded("s.anger"),
        "anger_rank": "k.by_anger",
        "valence": rounded("s.valence"),
        "valence_begin": rounded("t.begins"),
        "valence_end": rounded("t.ends"),
        "fall": rounded("t.begins - t.ends"),
        "fall_rank": "k.by_fall",
        "escalations": "coalesce(e.rises, 0)",
        "first_escalation_seconds": rounded('e."first"', 3),
    }


def _rank(by: str) -> str:
    which = f"judged >= {LEAST_SECONDS} AND {by} IS NOT NULL"
    return f"CASE WHEN {which} THEN row_number() OVER (PARTITION BY {which} ORDER BY {by} DESC, file) END"


def _sums(labels: Sequence[str]) -> str:
    each = "".join(f", sum(speech) FILTER (place = {place}) AS l{place}" for place, _ in enumerate(labels))
    return (
        "SELECT call, sum(speech) AS judged, sum(speech) FILTER (unsure) AS unsure, "
        "sum(anger * speech) / nullif(sum(speech), 0) AS anger, "
        f"sum(valence * speech) / nullif(sum(speech), 0) AS valence{each} FROM judged GROUP BY call"
    )


_CALLS = """
WITH sums AS ({sums}),
everybody AS (SELECT call, sum(speech) AS spoken FROM spoken GROUP BY call),
mostly AS (
  SELECT call, label FROM (SELECT call, label, place, sum(speech) AS size FROM judged GROUP BY ALL)
  QUALIFY row_number() OVER (PARTITION BY call ORDER BY round(size, 6) DESC, place) = 1
),
upto AS (
  SELECT call, valence, speech, sum(speech) OVER (
    PARTITION BY call ORDER BY "first", "last", channel, who ROWS UNBOUNDED PRECEDING
  ) AS heard, sum(speech) OVER (PARTITION BY call) AS whole FROM judged
),
parts AS (
  SELECT call, valence, greatest(0, least(heard, whole / 3) - (heard - speech)) AS first_third,
  greatest(0, heard - greatest(heard - speech, 2 * whole / 3)) AS last_third FROM upto
),
thirds AS (
  SELECT call, sum(valence * first_third) / nullif(sum(first_third), 0) AS begins,
  sum(valence * last_third) / nullif(sum(last_third), 0) AS ends FROM parts GROUP BY call
),
measured AS (
  SELECT r.call, r.file, s.judged, round(s.anger, 9) AS anger, round(t.begins - t.ends, 9) AS fall
  FROM recordings AS r JOIN sums AS s USING (call) LEFT JOIN thirds AS t USING (call)
),
ranks AS (SELECT call, {by_anger} AS by_anger, {by_fall} AS by_fall FROM measured),
risen AS (SELECT call, count(*) AS rises, min("first") AS "first" FROM moments GROUP BY call)
SELECT {wanted} FROM recordings AS r
LEFT JOIN sums AS s USING (call) LEFT JOIN everybody AS a USING (call) LEFT JOIN mostly AS m USING (call)
LEFT JOIN thirds AS t USING (call) LEFT JOIN risen AS e USING (call) LEFT JOIN ranks AS k USING (call)
"""
"""A segment over the end of the first third, or the beginning of the last, counts with its part."""


def angriest(db: Database, calls: Table, most: int) -> Table:
    """Return the recordings whose judged speech sounds angriest."""
    names = _known(calls, (*FEW, "anger", "escalations", "first_escalation_seconds"))
    return part_of(
        db, calls, "angriest", "Angriest recordings", names, "anger_rank IS NOT NULL", "anger_rank", most
    )


def falling(db: Database, calls: Table, most: int) -> Table:
    """Return the recordings that fall furthest from good to bad."""
    names = _known(calls, (*FEW, "valence_begin", "valence_end", "fall", "escalations"))
    return part_of(
        db,
        calls,
        "falling",
        "Furthest from good to bad",
        names,
        "fall_rank IS NOT NULL AND fall > 0",
        "fall_rank",
        most,
    )


def _known(calls: Table, names: Sequence[str]) -> list[str]:
    known = {one.name for one in calls.columns}
    return [name for name in names if name in known]
