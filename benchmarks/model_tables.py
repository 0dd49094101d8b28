"""A table of models beside each other, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

__all__ = ["beside"]

Row = tuple[str, Callable[[dict[str, Any]], str]]


def beside(models: Mapping[str, dict[str, Any]], rows: Iterable[Row], *, what: str = "what") -> list[str]:
    """Return the lines of a table with a column a model.

    Parameters
    ----------
    models : mapping of str to dict
        Name -> what was measured of it.
    rows : iterable of (str, callable)
        What is told, and how it is told of a model.
    what : str
        Head of the first column.
    """
    return [
        f"| {what} | {' | '.join(f'`{name}`' for name in models)} |",
        f"|---|{'---|' * len(models)}",
        *(f"| {name} | {' | '.join(told(one) for one in models.values())} |" for name, told in rows),
    ]
