"""Moments of escalation: where somebody who did not sound angry begins to."""

from __future__ import annotations

from collections.abc import Sequence

from affectone.batch.report.database import Database
from affectone.batch.report.meaning import anger_labels
from affectone.batch.report.result import Column, Table
from affectone.batch.report.tables import made_table, rounded

__all__ = ["escalations", "find_moments"]

COLUMNS = (
    Column("file", "recording"),
    Column("start_seconds", "at", "clock"),
    Column("end_seconds", "to", "clock"),
    Column("who", "who"),
    Column("time", "time of day", "time"),
    Column("before", "from"),
    Column("label", "to emotion"),
    Column("rise", "rise", "number"),
    Column("confidence", "confidence", "number"),
    Column("other", "heard before"),
    Column("other_end_seconds", "until", "clock"),
)


def find_moments(db: Database, labels: Sequence[str]) -> int:
    """Make the table ``moments``: surely angry speech that follows speech of another emotion on its channel.

    Returns
    -------
    int
        In how many recordings somebody sounds angry from the first thing they say; these are no moments.
    """
    angry = [place for place, label in enumerate(labels) if label in anger_labels(labels)]
    db.run(
        "CREATE TABLE turns AS SELECT * FROM ("
        'SELECT call, channel, who, "first", "last", label, place, confidence, unsure, anger, '
        "lag(label) OVER w AS before, lag(place) OVER w AS place_before, lag(anger) OVER w AS anger_before "
        'FROM judged WINDOW w AS (PARTITION BY call, channel, who ORDER BY "first", "last")) '
        "WHERE list_contains(?::INTEGER[], place) AND NOT unsure "
        "AND NOT coalesce(list_contains(?::INTEGER[], place_before), false)",
        angry,
        angry,
    )
    db.run(
        "CREATE VIEW moments AS SELECT *, anger - anger_before AS rise FROM turns WHERE before IS NOT NULL"
    )
    (begun,) = db.one("SELECT count(DISTINCT call) FROM turns WHERE before IS NULL")
    return int(begun)


def escalations(db: Database, most: int, *, others: bool, timed: bool) -> Table:
    """Return the moments of escalation, the largest rise first.

    Parameters
    ----------
    most : int
        How many of them are held.
    others : bool
        Whether there are voices that are not judged: whoever of them was heard before is named, and what
        they sounded like is not.
    timed : bool
        Whether the time of day is known.
    """
    left = {*(() if others else ("other", "other_end_seconds")), *(() if timed else ("time",))}
    columns = [one for one in COLUMNS if one.name not in left]
    values = {
        "file": "r.file",
        "start_seconds": rounded('m."first"', 3),
        "end_seconds": rounded('m."last"', 3),
        "who": "m.who",
        "time": "date_trunc('second', r.began + to_microseconds(CAST(m.\"first\" * 1e6 AS BIGINT)))",
        "before": "m.before",
        "label": "m.label",
        "rise": rounded("m.rise"),
        "confidence": rounded("m.confidence"),
        "other": "o.other",
        "other_end_seconds": rounded("o.until", 3),
    }
    wanted = ", ".join(f"{values[one.name]} AS {one.name}" for one in columns)
    sql = f"SELECT {wanted} FROM moments AS m JOIN recordings AS r USING (call)"
    if others:
        _find_others(db)
        sql += ' ASOF LEFT JOIN others AS o ON o.call = m.call AND o."first" <= m."first"'
    return made_table(
        db, "escalations", "Moments of escalation", columns, sql, "rise DESC, file, start_seconds, who", most
    )


def _find_others(db: Database) -> None:
    """Make the table ``others``: when voices that are not judged speak, one at each beginning."""
    db.run(
        'CREATE TABLE others AS SELECT call, "first", min(who) AS other, max("last") AS until '
        "FROM spoken AS s WHERE NOT EXISTS (SELECT 1 FROM heard AS h "
        "WHERE h.who = s.who AND h.channel IS NOT DISTINCT FROM s.channel) GROUP BY ALL"
    )
