"""Recordings side by side: a grid of panels with one axis of time, and titles that fit."""

from __future__ import annotations

import math
import textwrap
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError, shown
from affectone.units import Seconds
from affectone.views.theme import new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.gridspec import SubplotSpec
    from matplotlib.text import Text

__all__ = [
    "MOST_RECORDINGS",
    "Grid",
    "Size",
    "check_room",
    "grid",
    "length_words",
    "put_titles",
    "shortened",
    "valid_size",
]

Size = tuple[float, float]
"""Width and height in inches."""

ACROSS = 3
WIDTHS = {1: 9.0, 2: 5.4, 3: 4.3}
"""Panels beside each other -> width of each in inches."""
MARGIN = 0.75
"""Height of the axis below and of the title above all panels, in inches."""
MOST_RECORDINGS = 24
"""More in one picture cannot be read."""
LONG: Seconds = 600
"""From here on the axis of time is in minutes."""
STEPS, MOST_STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300), 7
"""Minutes between two ticks, and how many of these there may be."""
LEAST_PANEL = 0.5
"""Inches that a panel needs in width and height to show anything."""
LEAST_LETTERS = 5
FIT = 0.96
"""Of the room of a title; at other numbers of dots letters are a little wider."""
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
LETTERS_AN_INCH = 9
"""Of a title over the whole picture."""


@dataclass(slots=True)
class Grid:
    """A figure with panels, some below each other for each recording.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    cells : list of list of Axes
        For each recording, its panels from top to bottom.
    titles : dict of Axes to tuple of str and str
        What stands over a panel: a name, which is shortened in its middle until all of it fits, and the rest.
    """

    figure: Figure
    cells: list[list[Axes]]
    titles: dict[Axes, tuple[str, str]] = field(default_factory=dict)

    @property
    def panels(self) -> list[Axes]:
        """All panels."""
        return [axes for cell in self.cells for axes in cell]

    @property
    def rows(self) -> int:
        """How many rows of panels there are."""
        return 1 + max(map(_row, self.panels))

    @property
    def lowest(self) -> list[Axes]:
        """The lowest panel of each column."""
        return list({_column(axes): axes for axes in sorted(self.panels, key=_row)}.values())

    @property
    def first(self) -> list[Axes]:
        """The panels of the first column."""
        return [axes for axes in self.panels if _column(axes) == 0]

    def name_axes(self, horizontal: str, vertical: str) -> None:
        """Name the shared axes: the horizontal one under the lowest panels, the other before the first."""
        for axes in self.lowest:
            axes.set_xlabel(horizontal)
        for axes in self.first:
            axes.set_ylabel(vertical)

    def set_time(self, seconds: Seconds) -> str:
        """Let the horizontal axis be time from 0 to so many seconds; return its name with its unit."""
        from matplotlib.ticker import MultipleLocator

        for axes in self.panels:
            axes.set_xlim(0, seconds)
            if seconds >= LONG:
                step = next((step for step in STEPS if seconds / 60 / step <= MOST_STEPS), STEPS[-1])
                axes.xaxis.set_major_locator(MultipleLocator(60 * step))
                axes.xaxis.set_major_formatter(lambda second, _: f"{second / 60:g}")
        return "time (min)" if seconds >= LONG else "time (s)"


@contextmanager
def grid(rows: Sequence[int], *, row_height: float, title: str | None, size: Size | None) -> Iterator[Grid]:
    """Begin a picture whose panels share both axes; its titles are put on when its panels are drawn.

    Parameters
    ----------
    rows : sequence of int
        For each recording, how many panels it has below each other.
    row_height : float
        Of each of them, in inches.
    title : str, optional
        Over the whole picture.
    size : tuple of float, optional
        Width and height of the picture in inches, if not as large as its panels want.

    Raises
    ------
    ConfigError
        If there is nothing to draw, or more than can be read, or the size is too small for that.
    """
    if not 1 <= len(rows) <= MOST_RECORDINGS:
        raise ConfigError(f"a picture shows 1 to {MOST_RECORDINGS} recordings; got {len(rows)}")
    across = min(ACROSS, len(rows))
    heights = [max(rows[at : at + across]) for at in range(0, len(rows), across)]
    tops = list(accumulate(heights, initial=0))
    with styled():
        wanted = (WIDTHS[across] * across, row_height * tops[-1] + MARGIN + (0.3 if title else 0))
        figure = new_figure(*valid_size(size, wanted))
        places = figure.subplots(tops[-1], across, squeeze=False, sharex=True, sharey=True)
        cells = [
            [places[tops[number // across] + row, number % across] for row in range(count)]
            for number, count in enumerate(rows)
        ]
        made = Grid(figure, cells)
        for spare in set(places.ravel()) - set(made.panels):
            spare.remove()
        for axes in made.panels:
            axes.tick_params(labelbottom=axes in made.lowest, labelleft=axes in made.first)
        yield made
        if title:
            width = max(20, int(LETTERS_AN_INCH * figure.get_figwidth()))
            figure.suptitle(textwrap.fill(title, width))
        put_titles(figure, made.titles)
        if size is not None:
            check_room(figure, wanted)


def valid_size(size: Size | None, wanted: Size) -> Size:
    """Return a size that was chosen, or that which a picture wants; raise `ConfigError` if it is none."""
    if size is None:
        return wanted
    numbers = size if isinstance(size, list | tuple) and len(size) == 2 else ()
    if not numbers or not all(isinstance(one, Real) and 0 < one < math.inf for one in numbers):
        raise ConfigError(f"size is a width and a height in inches, such as (8, 4); got {shown(size)}")
    return float(size[0]), float(size[1])


def check_room(figure: Figure, enough: Size) -> None:
    """Raise `ConfigError` if a figure is too small: words are cut or over others, or panels hardly seen."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        figure.draw_without_rendering()
    boxes = np.array([text.get_window_extent().extents for text in _seen_texts(figure)])
    page, least = figure.bbox.extents, LEAST_PANEL * figure.dpi
    panels = [axes.get_window_extent() for axes in figure.axes if axes.get_subplotspec() is not None]
    small = any(panel.width < least or panel.height < least for panel in panels)
    cut = (boxes[:, :2] < page[:2]).any() or (boxes[:, 2:] > page[2:]).any()
    collapsed = any("constrained_layout" in str(warning.message) for warning in told)
    if small or cut or collapsed or _overlap(boxes):
        width, height = (math.ceil(10 * inches) / 10 for inches in enough)
        raise ConfigError(
            f"{figure.get_figwidth():g}x{figure.get_figheight():g} inches are too small for the words "
            f"of this picture; {width:g}x{height:g} are enough"
        )


def _overlap(boxes: npt.NDArray[np.floating]) -> bool:
    """Tell whether any two boxes, as rows of left, bottom, right, top, overlap by more than two dots."""
    low, high = boxes[:, :2] + 1, boxes[:, 2:] - 1
    over = ((low[:, None] < high[None]) & (low[None] < high[:, None])).all(axis=2)
    return bool(np.triu(over, 1).any())


def _seen_texts(figure: Figure) -> list[Text]:
    """Return all text that can be seen: ticks beyond the ends of an axis cannot."""
    from matplotlib.text import Text

    unseen: set[Text] = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        used = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
        unseen |= {
            text for tick in axis.majorTicks if tick not in used for text in (tick.label1, tick.label2)
        }
    texts = (text for text in figure.findobj(Text) if isinstance(text, Text) and text not in unseen)
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def _place(axes: Axes) -> SubplotSpec:
    place = axes.get_subplotspec()
    assert place is not None  # noqa: S101 - all panels are made by subplots
    return place


def _row(axes: Axes) -> int:
    return _place(axes).rowspan.start


def _column(axes: Axes) -> int:
    return _place(axes).colspan.start


def put_titles(figure: Figure, titles: Mapping[Axes, tuple[str, str]], **style: Any) -> None:
    """Write the titles of panels so that none reaches beyond its panel.

    A name is shortened in its middle. The rest follows it, or stands below where it begins with a line break,
    in as many lines as it needs.
    """
    # A title that is too long would narrow its panel, so that panels are measured with short ones.
    texts = {axes: axes.set_title(ELLIPSIS, **style) for axes in titles}
    figure.draw_without_rendering()
    for axes, (name, rest) in titles.items():
        room = FIT * axes.get_window_extent().width
        beside, _, below = rest.partition("\n")
        names = (shortened(name, letters) + beside for letters in _downwards(len(name)))
        lines = [_first_that_fits(texts[axes], names, room)]
        if below:
            wrapped = (textwrap.fill(below, letters) for letters in _downwards(len(below)))
            lines.append(_first_that_fits(texts[axes], wrapped, room))
        texts[axes].set_text("\n".join(lines))


def _downwards(letters: int) -> range:
    return range(letters, min(letters, LEAST_LETTERS) - 1, -1)


def _first_that_fits(text: Text, candidates: Iterable[str], room: float) -> str:
    """Return the first of some words that is not wider than the room; the last where none is."""
    words = ""
    for words in candidates:
        text.set_text(words)
        if text.get_window_extent().width <= room:
            break
    return words


def length_words(seconds: Seconds) -> str:
    """Return a length in the unit of its axis of time.

    Examples
    --------
    >>> length_words(3.3), length_words(3600)
    ('3.30 s', '60.0 min')
    """
    return f"{seconds / 60:.1f} min" if seconds >= LONG else f"{seconds:.2f} s"


def shortened(name: str, letters: int) -> str:
    """Return a name of at most so many letters, with its middle left out: its two ends tell most.

    Examples
    --------
    >>> shortened("a_very_long_name.wav", 12)
    'a_very…e.wav'
    """
    if len(name) <= letters:
        return name
    end = (letters - 1) // 2
    return name[: letters - 1 - end] + ELLIPSIS + name[len(name) - end :]
