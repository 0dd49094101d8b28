"""Which emotions the judged speech sounds of: in all, over the day, over the days, and by group."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from affectone.batch.report.database import Database, column
from affectone.batch.report.result import Column, Kind, Table
from affectone.batch.report.tables import made_table, percent, rounded

__all__ = ["Cut", "by_column", "by_day", "by_hour", "cut_table", "emotions", "unsure_reasons"]

MOST_GROUPS = 30
OTHERS, NONE = "(others)", "(none)"
FEW_SECONDS, FEW_CALLS = 600, 5
MANY_DAYS = 60
"""Over more days an archive is cut into weeks."""
TOO_SMALL = "too small to compare"
PLAIN = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Cut:
    """One way to cut the judged speech.

    Parameters
    ----------
    name, title, heading : str
        Of the table, and of the column of its parts.
    key : str
        SQL for the part that a row of ``j``, of the recording ``r``, belongs to.
    joined : str
        SQL for what ``r`` is.
    order : str
        SQL by which parts are ordered.
    kind : str
        How a part is written.
    small : bool
        Whether parts are marked that are too small to compare.
    """

    name: str
    title: str
    heading: str
    key: str
    joined: str = "recordings"
    order: str = "part"
    kind: Kind = "text"
    small: bool = False


MOMENT = 'r.began + to_microseconds(CAST(j."first" * 1e6 AS BIGINT))'
"""When on a clock something is said."""


def emotions(db: Database, labels: Sequence[str]) -> Table:
    """Return the share of each label."""
    columns = (
        Column("label", "emotion"),
        Column("speech_seconds", "speech", "seconds"),
        Column("label_percent", "% of the speech, by label", "percent"),
        Column("mean_percent", "% by probability", "percent"),
    )
    places = range(len(labels))
    spoken = ", ".join(f"sum(speech) FILTER (place = {place})" for place in places)
    meant = ", ".join(f"sum(s{place} * speech)" for place in places)
    sql = (
        f"SELECT label, {rounded('coalesce(spoken, 0)')} AS speech_seconds, {percent('spoken', 'whole')} AS "
        f"label_percent, {percent('meant', 'whole')} AS mean_percent, place FROM ("
        f"SELECT unnest({list(places)}) AS place, unnest([{spoken}]) AS spoken, unnest([{meant}]) AS meant, "
        "sum(speech) AS whole FROM judged) JOIN labels USING (place)"
    )
    return made_table(db, "emotions", "Emotions", columns, sql, "place")


def unsure_reasons(db: Database) -> Table:
    """Return how much of the judged speech is unsure, by reason."""
    columns = (
        Column("reason", "why unsure"),
        Column("speech_seconds", "speech", "seconds"),
        Column("percent", "% of the judged speech", "percent"),
    )
    sql = (
        f"SELECT coalesce(reason, 'no reason told') AS reason, {rounded('sum(speech)')} AS speech_seconds, "
        f"{percent('sum(speech)', '(SELECT sum(speech) FROM judged)')} AS percent "
        "FROM judged WHERE unsure GROUP BY ALL"
    )
    return made_table(db, "unsure", "Unsure speech", columns, sql, "speech_seconds DESC, reason")


def by_hour(over_time: bool) -> Cut:
    """Return the cut by hour of the day."""
    when = MOMENT if over_time else "r.began"
    return Cut(
        "hours", "Over the day", "hour", f"CASE WHEN r.began IS NOT NULL THEN hour({when}) END", kind="count"
    )


def by_day(db: Database, over_time: bool) -> Cut | None:
    """Return the cut by day, or by week where there are many days; None where there is one day at most."""
    ((days,),) = db.rows("SELECT date_diff('day', min(began), max(began)) FROM recordings")
    if not days:
        return None
    when = MOMENT if over_time else "r.began"
    if days > MANY_DAYS:
        return Cut("weeks", "Over the weeks", "week from", f"date_trunc('week', {when})::DATE", kind="date")
    return Cut("days", "Over the days", "day", f"CAST({when} AS DATE)", kind="date")


def by_column(db: Database, name: str, place: str, number: int, title: str | None = None) -> Cut:
    """Return the cut by a column of the input: its largest groups, and the others together.

    Parameters
    ----------
    db : Database
    name, place : str
        The column's name, and what it is called in ``recordings``.
    number : int
        Of this cut, from 1.
    title : str, optional
    """
    told = f"coalesce(nullif(trim(CAST({place} AS VARCHAR)), ''), '{NONE}')"
    grouped = f"grouped_{number}"
    db.run(
        f"CREATE TABLE {grouped} AS WITH named AS (SELECT call, {told} AS named FROM recordings), "
        "sized AS (SELECT named, sum(speech) AS size FROM judged JOIN named USING (call) GROUP BY named), "
        f"kept AS (SELECT named FROM sized ORDER BY {rounded('size')} DESC, named LIMIT {MOST_GROUPS}) "
        f"SELECT call, CASE WHEN k.named IS NULL THEN '{OTHERS}' ELSE n.named END AS part, "
        "k.named IS NULL AS others FROM named AS n LEFT JOIN kept AS k ON k.named = n.named"
    )
    return Cut(
        name=f"by-{number}-{_slug(name)}",
        title=title or f"By {name}",
        heading=name,
        key="r.part",
        joined=grouped,
        order=f"part = '{OTHERS}', speech_seconds DESC, part",
        small=True,
    )


def _slug(name: str) -> str:
    return PLAIN.sub("-", name).strip("-")[:20].lower() or "column"


def cut_table(db: Database, cut: Cut, labels: Sequence[str], *, moments: bool) -> Table:
    """Return a cut's table: how much was said, how sure that is, and the share of each label in two ways.

    Parameters
    ----------
    db : Database
    cut : Cut
    labels : sequence of str
    moments : bool
        Whether moments of escalation are counted.
    """
    counted = (
        Column("calls", "calls", "count"),
        Column("speech_seconds", "speech", "seconds"),
        Column("unsure_percent", "% unsure", "percent"),
    )
    escalated = (
        Column("escalations", "escalations", "count"),
        Column("escalations_per_hour", "per hour of speech", "number"),
    )
    columns = (
        Column("part", cut.heading, cut.kind),
        *counted,
        *(escalated if moments else ()),
        *(Column(f"label_{label}_percent", f"{label} %", "percent") for label in labels),
        *(Column(f"mean_{label}_percent", f"{label} %, by probability", "percent") for label in labels),
        *((Column("note", "note"),) if cut.small else ()),
    )
    return made_table(db, cut.name, cut.title, columns, _cut_sql(cut, columns, labels), cut.order)


def _cut_sql(cut: Cut, columns: Iterable[Column], labels: Sequence[str]) -> str:
    source = f"AS j JOIN {cut.joined} AS r USING (call)"
    labelled = ", ".join(
        f"sum(j.speech) FILTER (j.place = {place}) AS l{place}" for place, _ in enumerate(labels)
    )
    meant = ", ".join(f"sum(j.s{place} * j.speech) AS m{place}" for place, _ in enumerate(labels))
    values: Mapping[str, str] = {
        "part": "part",
        "calls": "calls",
        "speech_seconds": rounded("speech"),
        "unsure_percent": percent("unsure", "speech"),
        "escalations": "coalesce(rises, 0)",
        "escalations_per_hour": rounded("3600.0 * coalesce(rises, 0) / nullif(speech, 0)"),
        "note": f"CASE WHEN calls < {FEW_CALLS} OR speech < {FEW_SECONDS} THEN '{TOO_SMALL}' END",
        **{f"label_{label}_percent": percent(f"l{place}", "speech") for place, label in enumerate(labels)},
        **{f"mean_{label}_percent": percent(f"m{place}", "speech") for place, label in enumerate(labels)},
    }
    wanted = ", ".join(f"{values[one.name]} AS {column(one.name)}" for one in columns)
    return (
        f"WITH said AS (SELECT {cut.key} AS part, count(DISTINCT call) AS calls, sum(j.speech) AS speech, "
        f"sum(j.speech) FILTER (j.unsure) AS unsure, {labelled}, {meant} FROM judged {source} GROUP BY ALL), "
        f"risen AS (SELECT {cut.key} AS part, count(*) AS rises FROM moments {source} GROUP BY ALL) "
        f"SELECT {wanted} FROM said LEFT JOIN risen USING (part) WHERE part IS NOT NULL"
    )
