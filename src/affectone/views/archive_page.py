"""What an archive says, as one HTML page that needs nothing else: no network, no script, no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from affectone.registry import require_module
from affectone.units import Seconds
from affectone.views.template import data_uri, rendered
from affectone.views.theme import colour_of, ink_on

__all__ = ["Drawing", "Heading", "PageTable", "Section", "archive_page", "length", "told"]

TEMPLATE = "archive.html.jinja"
LEFT = ("text", "time", "date")
"""Kinds of values that are read from the left; the others are numbers."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands over a column.

    Parameters
    ----------
    words : str
    kind : str
        How its values are written: ``"text"``, ``"count"``, ``"percent"``, ``"number"``, ``"seconds"``,
        ``"clock"``, ``"time"`` or ``"date"``.
    """

    words: str
    kind: str

    @property
    def right(self) -> bool:
        """Whether its values are numbers."""
        return self.kind not in LEFT


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table of a page.

    Parameters
    ----------
    title : str
    headings : sequence of Heading
    rows : sequence of sequence
    total : int
        How many rows there are, of which `rows` may be the first.
    file : str or None
        Where all of them are.
    folded : bool
        Whether it is seen only when it is asked for.
    """

    title: str
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Any]]
    total: int
    file: str | None = None
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture of a page.

    Parameters
    ----------
    alt : str
        What is read out to those who do not see it.
    svg : bytes
    """

    alt: str
    svg: bytes

    @property
    def source(self) -> str:
        """The picture itself, as an HTML page holds it."""
        return data_uri(self.svg, "image/svg+xml")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page.

    Parameters
    ----------
    title : str
    words : sequence of str
        Paragraphs.
    tables : sequence of PageTable
    drawings : sequence of Drawing
    shares : sequence of (str, float)
        Labels and their shares in per cent, for a bar of them.
    """

    title: str
    words: Sequence[str] = ()
    tables: Sequence[PageTable] = ()
    drawings: Sequence[Drawing] = ()
    shares: Sequence[tuple[str, float]] = ()


def archive_page(
    name: str,
    *,
    meaning: str,
    unsure: tuple[str, str],
    facts: Sequence[tuple[str, str]],
    notices: Sequence[str],
    notes: Sequence[str],
    sections: Sequence[Section],
    made: str,
) -> str:
    """Return the report on an archive as HTML.

    Parameters
    ----------
    name : str
        Of the archive.
    meaning : str
        What the scores mean.
    unsure : tuple of str and str
        How much of them is unsure, and what that means; both stand above all numbers.
    facts : sequence of (str, str)
        A word and its value.
    notices : sequence of str
        What has to be seen before anything else.
    notes : sequence of str
    sections : sequence of Section
    made : str
        By what the report was made.

    Raises
    ------
    MissingExtraError
        If jinja2 is not installed.
    """
    require_module("jinja2", "batch", "a report on an archive")
    return rendered(
        TEMPLATE,
        {"told": told, "colour": colour_of, "ink": lambda label: ink_on(colour_of(label))},
        name=name,
        meaning=meaning,
        unsure=unsure,
        facts=facts,
        notices=notices,
        notes=notes,
        sections=sections,
        made=made,
    )


def told(value: Any, kind: str) -> str:
    """Return a value as a reader is told it; a dash where there is none.

    Examples
    --------
    >>> told(12.345, "percent"), told(1234, "count"), told(None, "text"), told(75.9, "clock")
    ('12.3', '1,234', '-', '1:15')
    """
    if value is None:
        return "-"
    if isinstance(value, int | float):
        forms = {"percent": "{:.1f}", "count": "{:,}", "number": "{:.2f}"}
        if kind in forms:
            return forms[kind].format(value)
        if kind in ("seconds", "clock"):
            return length(value if kind == "seconds" else int(value))
    return str(value)


def length(seconds: Seconds) -> str:
    """Return a length in minutes and seconds, with hours where there are any.

    Examples
    --------
    >>> length(75), length(3661.4), length(0.4)
    ('1:15', '1:01:01', '0:00')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
