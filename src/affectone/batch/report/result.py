"""What a report says, as plain data: tables with named columns, and the words around them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

__all__ = ["Column", "Head", "Kind", "Table", "as_json"]

Kind = Literal["text", "count", "percent", "seconds", "clock", "number", "time", "date"]
"""How a value is written: seconds as a length, clock as a place in a recording."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name : str
        In CSV, JSON and workbook.
    heading : str
        On the page.
    kind : str
    """

    name: str
    heading: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a report.

    Parameters
    ----------
    name : str
        Of its CSV, and of its sheet in the workbook.
    title : str
    columns : tuple of Column
    rows : tuple of tuple
        All of them, or the first where there may be many.
    total : int
        How many there are.
    query : str
        SQL that gives all of them.
    written : bool
        Whether it has a CSV and a sheet: a table that is part of another has none.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int
    query: str = field(repr=False)
    written: bool = True

    def values(self, name: str) -> list[Any]:
        """Return one column of the rows that are here."""
        place = [one.name for one in self.columns].index(name)
        return [row[place] for row in self.rows]

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the rows that are here by the names of their columns."""
        names = [one.name for one in self.columns]
        for row in self.rows:
            yield dict(zip(names, row, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return what `json.dumps` takes."""
        rows = [{name: as_json(value) for name, value in row.items()} for row in self.records()]
        return {"title": self.title, "total": self.total, "rows": rows}


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the tables.

    Parameters
    ----------
    archive, model, task, affectone : str
        Which archive, judged by what.
    judged : str
        Whose voices the emotions are those of.
    labels : tuple of str
        In the model's order.
    recordings, failed, silent, short : int
        How many are done, failed, hold no speech that was judged, and hold too little to be ranked.
    audio_seconds, speech_seconds, judged_seconds : float
        Of all recordings, of everybody's speech, and of the speech that is judged.
    unsure_percent : float or None
        Of the judged speech; None where there is none.
    time_column : str or None
        What tells when a recording began.
    begins, ends : datetime or None
        When the first and the last recording began.
    """

    archive: str
    model: str
    task: str
    affectone: str
    judged: str
    labels: tuple[str, ...]
    recordings: int
    failed: int
    silent: int
    short: int
    audio_seconds: float
    speech_seconds: float
    judged_seconds: float
    unsure_percent: float | None
    time_column: str | None
    begins: datetime | None
    ends: datetime | None


def as_json(value: Any) -> Any:
    """Return a value as JSON has it: times as ISO 8601 says, and what JSON does not know as text.

    Examples
    --------
    >>> as_json(date(2026, 1, 31)), as_json(float("nan")), as_json(0.5)
    ('2026-01-31', 'nan', 0.5)
    """
    if isinstance(value, date | datetime):
        return value.isoformat()
    if (
        value is None
        or isinstance(value, bool | int | str)
        or (isinstance(value, float) and math.isfinite(value))
    ):
        return value
    return list(value) if isinstance(value, tuple) else str(value)
