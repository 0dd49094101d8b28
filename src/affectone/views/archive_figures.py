"""Pictures of an archive: shares of emotions side by side, and how values spread."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from affectone.errors import ConfigError
from affectone.views.panels import shortened
from affectone.views.theme import INK, UNKNOWN, colour_of, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["figure_svg", "shares_across", "shares_down", "spread_figure"]

SHADE = "#49c7ff"
WIDTH = 9.0
LETTERS = 28
MOST_TICKS = 7
"""Of long names beside each other."""

Shares = Sequence[tuple[str, Sequence[float]]]
"""Labels, and the share of each in every part, in per cent."""


def shares_across(parts: Sequence[str], shares: Shares, minutes: Sequence[float], *, name: str) -> Figure:
    """Draw the shares of each part as one column of a row, such as the hours of a day, and how much was said.

    Parameters
    ----------
    parts : sequence of str
    shares : sequence of (str, sequence of float)
    minutes : sequence of float
        Of speech in each part.
    name : str
        Of the axis of the parts.

    Raises
    ------
    ConfigError
        If there is no part.
    """
    _need(parts)
    with styled():
        figure = new_figure(WIDTH, 4.4)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        places, base = np.arange(len(parts)), np.zeros(len(parts))
        for label, values in shares:
            upper.bar(
                places, values, 0.85, base, color=colour_of(label), edgecolor=INK, linewidth=0.4, label=label
            )
            base += values
        upper.set(ylim=(0, 100), ylabel="speech (%)")
        lower.bar(places, minutes, 0.85, color=UNKNOWN, edgecolor=INK, linewidth=0.4)
        lower.set(ylabel="minutes", xlabel=name, xlim=(-0.6, len(parts) - 0.4))
        lower.yaxis.set_major_formatter("{x:,g}")
        lower.locator_params(axis="y", nbins=3)
        step = -(-len(parts) // (24 if all(len(part) < 3 for part in parts) else MOST_TICKS))
        lower.set_xticks(places[::step], [shortened(part, LETTERS) for part in parts[::step]])
        _key(figure, upper)
    return figure


def shares_down(parts: Sequence[str], shares: Shares) -> Figure:
    """Draw the shares of each part as one row, such as groups with long names, the first on top.

    Raises
    ------
    ConfigError
        If there is no part.
    """
    _need(parts)
    with styled():
        figure = new_figure(WIDTH, 1.2 + 0.3 * len(parts))
        axes = figure.subplots()
        places, base = np.arange(len(parts)), np.zeros(len(parts))
        for label, values in shares:
            axes.barh(
                places, values, 0.8, base, color=colour_of(label), edgecolor=INK, linewidth=0.4, label=label
            )
            base += values
        axes.set(xlim=(0, 100), xlabel="speech (%)", ylim=(len(parts) - 0.4, -0.6))
        axes.set_yticks(places, [shortened(part, LETTERS) for part in parts])
        _key(figure, axes)
    return figure


def spread_figure(
    begins: Sequence[float], ends: Sequence[float | None], values: Sequence[float], *, across: str, up: str
) -> Figure:
    """Draw a histogram.

    Parameters
    ----------
    begins, ends : sequence of float
        Of the bins; the last one may have no end.
    values : sequence of float
        How much is in each.
    across, up : str
        Names of the axes.

    Raises
    ------
    ConfigError
        If there is no bin.
    """
    _need(begins)
    with styled():
        figure = new_figure(WIDTH / 1.5, 3.2)
        axes = figure.subplots()
        width = (ends[0] or 0.0) - begins[0] if ends[0] is not None else 1.0
        axes.bar(begins, values, width, align="edge", color=SHADE, edgecolor=INK, linewidth=0.6)
        axes.set(xlabel=across, ylabel=up, xlim=(begins[0], begins[-1] + width))
        axes.yaxis.set_major_formatter("{x:,g}")
        axes.locator_params(axis="y", nbins=5)
        axes.grid(axis="y")
    return figure


def figure_svg(figure: Figure) -> bytes:
    """Return a figure as SVG; the same figure is the same bytes."""
    drawn = io.BytesIO()
    with styled():
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()


def _need(parts: Sequence[object]) -> None:
    if not parts:
        raise ConfigError("nothing to draw: there is no speech")


def _key(figure: Figure, axes: Axes) -> None:
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, [shortened(name, LETTERS) for name in names], loc="outside right upper")
