"""An evaluation as one HTML page that needs nothing else: no network, no script, no file beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from affectone.registry import require_extra
from affectone.views.template import data_uri, rendered

__all__ = ["Picture", "report_page"]

TEMPLATE = "report.html.jinja"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for a page.

    Parameters
    ----------
    title : str
        Over it; also what is read out to those who do not see it.
    png : bytes
    corpus : str or None
        Whose part of the page it belongs to; None for the whole.
    """

    title: str
    png: bytes
    corpus: str | None = None

    @property
    def source(self) -> str:
        """The picture itself, as an HTML page holds it."""
        return data_uri(self.png, "image/png")


def report_page(report: Mapping[str, Any], pictures: Sequence[Picture]) -> str:
    """Return an evaluation as HTML.

    Parameters
    ----------
    report : mapping
        What ``report.json`` holds.
    pictures : sequence of Picture

    Raises
    ------
    MissingExtraError
        If jinja2 is not installed.
    """
    require_extra("train", "a report")
    return rendered(TEMPLATE, {"share": _share, "interval": _interval}, report=report, pictures=pictures)


def _share(value: float | None) -> str:
    """Return a percentage of two decimals, or a dash where there is none.

    Examples
    --------
    >>> _share(61.5), _share(None)
    ('61.50', '-')
    """
    return "-" if value is None else f"{value:.2f}"


def _interval(ends: Sequence[float]) -> str:
    low, high = ends
    return f"{low:.2f} to {high:.2f}"
