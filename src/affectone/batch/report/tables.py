"""From SQL to tables of a report: what is asked is kept in a table of DuckDB, and its first rows in ours."""

from __future__ import annotations

from collections.abc import Sequence

from affectone.batch.report.database import Database, column
from affectone.batch.report.result import Column, Table

__all__ = ["made_table", "part_of", "percent", "rounded"]


def rounded(sql: str, digits: int = 6) -> str:
    """Return SQL for a number without its last digits: sums of parallel work differ there."""
    return f"round({sql}, {digits})"


def percent(part: str, whole: str) -> str:
    """Return SQL for a share in per cent; null where there is no whole."""
    return rounded(f"100.0 * coalesce({part}, 0) / nullif({whole}, 0)")


def made_table(
    db: Database,
    name: str,
    title: str,
    columns: Sequence[Column],
    sql: str,
    order: str,
    most: int | None = None,
) -> Table:
    """Run a query, keep all of its rows in DuckDB, and return the first.

    Parameters
    ----------
    name : str
        Of the table.
    columns : sequence of Column
        What the query gives, in order.
    order : str
        SQL by which it is ordered; its terms are columns of the query.
    most : int, optional
        How many rows are held here; by default all.
    """
    place = column(f"table {name}")
    names = ", ".join(column(one.name) for one in columns)
    db.run(f"CREATE TABLE {place} AS {sql}")
    query = f"SELECT {names} FROM {place} ORDER BY {order}"
    return _shown(db, name, title, columns, query, most, written=True)


def part_of(
    db: Database,
    table: Table,
    name: str,
    title: str,
    columns: Sequence[str],
    where: str,
    order: str,
    most: int,
) -> Table:
    """Return some columns of the first rows of a table by another order, as a table that is not written.

    Parameters
    ----------
    where, order : str
        SQL: which rows, and in which order.
    """
    known = {one.name: one for one in table.columns}
    names = ", ".join(map(column, columns))
    place = column(f"table {table.name}")
    query = f"SELECT {names} FROM {place} WHERE {where} ORDER BY {order}"
    return _shown(db, name, title, [known[one] for one in columns], query, most, written=False)


def _shown(
    db: Database,
    name: str,
    title: str,
    columns: Sequence[Column],
    query: str,
    most: int | None,
    *,
    written: bool,
) -> Table:
    (total,) = db.one(f"SELECT count(*) FROM ({query})")
    rows = db.rows(query if most is None else f"{query} LIMIT {int(most)}")
    return Table(name, title, tuple(columns), tuple(rows), total, query, written)
