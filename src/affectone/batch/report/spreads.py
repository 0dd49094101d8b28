"""How values spread over an archive: histograms, and who speaks how much."""

from __future__ import annotations

import math

from affectone.batch.report.calls import LEAST_SECONDS
from affectone.batch.report.database import Database, column
from affectone.batch.report.result import Column, Kind, Table
from affectone.batch.report.tables import made_table, percent, rounded

__all__ = ["confidences", "durations", "spread_of_calls", "talk"]

MOST_BINS = 20
ALMOST = 1e-9
"""A value on the edge of two bins belongs to the upper one, whatever its last digit."""
STEPS = (1, 2, 5)


def confidences(db: Database) -> Table:
    """Return how much judged speech there is of each confidence."""
    columns = (
        Column("from", "confidence from", "number"),
        Column("to", "to", "number"),
        Column("speech_seconds", "speech", "seconds"),
        Column("percent", "% of the speech", "percent"),
    )
    inner = _bins("SELECT confidence AS value, speech AS size FROM judged", 0.0, 0.1, 10)
    sql = (
        f'SELECT "from", "to", {rounded("size")} AS speech_seconds, '
        f"{percent('size', 'sum(size) OVER ()')} AS percent FROM ({inner})"
    )
    return made_table(db, "confidence", "Confidence", columns, sql, '"from"')


def durations(db: Database) -> Table:
    """Return how long the recordings are."""
    (most,) = db.one("SELECT coalesce(quantile_cont(duration, 0.99), 0) FROM recordings")
    width = _width(most / MOST_BINS)
    count = max(1, math.ceil(most / width - ALMOST))
    return _counted(
        db,
        "durations",
        "Lengths of the recordings",
        "seconds",
        "SELECT duration AS value, 1 AS size FROM recordings",
        0.0,
        width,
        count,
        open_end=True,
    )


def spread_of_calls(
    db: Database, calls: Table, name: str, title: str, low: float, width: float, count: int
) -> Table:
    """Return how a column of the table of recordings spreads over those with enough judged speech."""
    kind: Kind = "percent" if name.endswith("_percent") else "number"
    values = (
        f"SELECT {column(name)} AS value, 1 AS size FROM {column(f'table {calls.name}')} "
        f"WHERE judged_seconds >= {LEAST_SECONDS}"
    )
    return _counted(db, f"spread-{name.removesuffix('_percent')}", title, kind, values, low, width, count)


def _counted(
    db: Database,
    name: str,
    title: str,
    kind: Kind,
    values: str,
    low: float,
    width: float,
    count: int,
    *,
    open_end: bool = False,
) -> Table:
    columns = (
        Column("from", "from", kind),
        Column("to", "to", kind),
        Column("recordings", "recordings", "count"),
    )
    # The longest hundredth would leave no room for the others: they are in a last bin without an end.
    end = f'CASE WHEN "from" < {low + (count - 1) * width - ALMOST!r} THEN "to" END' if open_end else '"to"'
    inner = _bins(values, low, width, count)
    sql = f'SELECT "from", {end} AS "to", CAST(size AS BIGINT) AS recordings FROM ({inner})'
    return made_table(db, name, title, columns, sql, '"from"')


def _bins(values: str, low: float, width: float, count: int) -> str:
    """Return SQL for bins of one width; what lies beyond the last one is in it, and empty ones are there."""
    place = f"least({count - 1}, greatest(0, floor((value - {low!r}) / {width!r} + {ALMOST!r})))::INTEGER"
    return (
        f'SELECT round({low!r}::DOUBLE + b.bin * {width!r}, 6) AS "from", '
        f'round({low!r}::DOUBLE + (b.bin + 1) * {width!r}, 6) AS "to", '
        f"coalesce(v.size, 0) AS size FROM (SELECT unnest(range({count})) AS bin) AS b LEFT JOIN ("
        f"SELECT {place} AS bin, sum(size) AS size FROM ({values}) "
        "WHERE value IS NOT NULL GROUP BY ALL) AS v USING (bin)"
    )


def _width(least: float) -> float:
    """Return a round number of seconds that is not smaller.

    Examples
    --------
    >>> _width(0.3), _width(3), _width(140)
    (0.5, 5.0, 200.0)
    """
    if least <= 0:
        return 1.0
    tens = 10.0 ** math.floor(math.log10(least))
    return next((step * tens for step in (*STEPS, 10) if step * tens >= least - ALMOST), 10 * tens)


def talk(db: Database) -> Table:
    """Return who speaks how much."""
    columns = (
        Column("who", "who"),
        Column("recordings", "recordings", "count"),
        Column("speech_seconds", "speech", "seconds"),
        Column("speech_percent", "% of all speech", "percent"),
        Column("recording_percent", "% of the time of all recordings", "percent"),
        Column("judged", "judged"),
    )
    sql = (
        f"SELECT who, count(DISTINCT call) AS recordings, {rounded('sum(speech)')} AS speech_seconds, "
        f"{percent('sum(speech)', '(SELECT sum(speech) FROM spoken)')} AS speech_percent, "
        f"{percent('sum(speech)', '(SELECT sum(duration) FROM recordings)')} AS recording_percent, "
        "CASE WHEN who IN (SELECT who FROM heard) THEN 'yes' ELSE 'no' END AS judged FROM spoken GROUP BY who"
    )
    return made_table(db, "talk", "Who speaks how much", columns, sql, "speech_seconds DESC, who")
