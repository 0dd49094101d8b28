"""What was meant beside what was answered, as counts and in per cent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError
from affectone.views.panels import shortened
from affectone.views.theme import PAPER, ink_on, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["confusion_figure"]

FULL = "#0052d2"
"""Colour of a cell that holds all of its row."""
CELL, MARGIN = 0.52, 1.5
"""In inches: of a cell, and of what stands around a panel."""
LETTERS = 16
LEAST_CELLS = 4
"""Of the room of a panel: its title needs as much."""


def confusion_figure(labels: Sequence[str], counts: npt.ArrayLike, *, title: str | None = None) -> Figure:
    """Draw a confusion matrix twice: clips, and per cent of the clips that were meant so.

    Parameters
    ----------
    labels : sequence of str
        In their order.
    counts : array of int, shape (labels, labels)
        Rows are what was meant, columns what was answered.
    title : str, optional
        Over both.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If labels and counts differ in number.
    """
    cells = np.asarray(counts, dtype=np.float64)
    if cells.shape != (len(labels), len(labels)) or not len(labels):
        raise ConfigError(f"{len(labels)} labels want as many rows and columns; got {cells.shape}")
    support = cells.sum(axis=1, keepdims=True)
    shares = np.divide(cells, support, out=np.zeros_like(cells), where=support > 0)
    names = [shortened(label, LETTERS) for label in labels]
    side = CELL * max(len(labels), LEAST_CELLS) + MARGIN
    with styled():
        figure = new_figure(2 * side, side + (0.3 if title else 0))
        left, right = figure.subplots(1, 2)
        _draw(left, names, shares, cells, lambda count: f"{count:,.0f}")
        _draw(right, names, shares, 100 * shares, lambda share: f"{share:.0f}")
        left.set_title("answers")
        right.set_title("% of each row")
        left.set_ylabel("meant")
        if title:
            figure.suptitle(title)
    return figure


def _draw(
    axes: Axes,
    names: Sequence[str],
    shares: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    told: Callable[[float], str],
) -> None:
    """Draw one matrix: shades are shares of the row, in both."""
    from matplotlib.colors import LinearSegmentedColormap, rgb2hex

    colours = LinearSegmentedColormap.from_list("shares", [PAPER, FULL])
    # Panels that may not change their shape would be cut where names are long.
    axes.imshow(shares, cmap=colours, vmin=0, vmax=1, aspect="auto")
    for row, column in np.ndindex(values.shape):
        ink = ink_on(rgb2hex(colours(float(shares[row, column]))))
        words = told(float(values[row, column]))
        axes.text(column, row, words, ha="center", va="center", size=9, color=ink)
    places = range(len(names))
    axes.set_xticks(places, names, rotation=90)
    axes.set_yticks(places, names)
    axes.set_xlabel("answered")
    axes.tick_params(length=0)
