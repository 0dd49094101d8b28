"""How right answers are at each confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from affectone.errors import ConfigError
from affectone.views.theme import INK, UNKNOWN, new_figure, styled, tint

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Bin", "reliability_figure"]

SHADE = "#49c7ff"
FEW = 10
"""Fewer answers say nothing about a confidence; their bars are pale."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of nearly one confidence; shares of 1.

    Parameters
    ----------
    low, high : float
        Ends of the bin.
    confidence, right : float
        Mean confidence, and share of right answers.
    answers : int
        How many.
    """

    low: float
    high: float
    confidence: float
    right: float
    answers: int


def reliability_figure(bins: Sequence[Bin], *, error: float, title: str | None = None) -> Figure:
    """Draw the share of right answers against confidence, and how many answers have each confidence.

    Parameters
    ----------
    bins : sequence of Bin
        Those that hold answers.
    error : float
        Expected calibration error, a share of 1.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If there is no bin.
    """
    if not bins:
        raise ConfigError("no confidences to draw")
    with styled():
        from matplotlib.patches import Patch

        figure = new_figure(5.4, 5.6 + (0.3 if title else 0))
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        places = [100 * one.low for one in bins]
        how = {"width": [100 * (one.high - one.low) for one in bins], "align": "edge", "linewidth": 0.6}
        shares = [100 * one.right for one in bins]
        shades = [SHADE if one.answers >= FEW else tint(SHADE) for one in bins]
        upper.bar(places, shares, color=shades, edgecolor=INK, **how)
        upper.plot([0, 100], [0, 100], color=INK, linestyle="--", linewidth=1, label="as sure as right")
        means = [100 * one.confidence for one in bins]
        upper.plot(means, shares, "o", color=INK, markersize=4, label="mean confidence")
        upper.set(xlim=(0, 100), ylim=(0, 105), ylabel="right answers (%)")
        upper.set_title(f"expected calibration error {100 * error:.1f} %")
        few = Patch(facecolor=tint(SHADE), edgecolor=INK, label=f"fewer than {FEW} answers")
        handles = [*upper.get_legend_handles_labels()[0], few]
        figure.legend(handles=handles, loc="outside lower left", ncols=3, columnspacing=1.2)
        lower.bar(places, [one.answers for one in bins], color=UNKNOWN, edgecolor=INK, **how)
        lower.set(xlabel="confidence (%)", ylabel="answers")
        lower.yaxis.set_major_formatter("{x:,.0f}")
        lower.locator_params(axis="y", nbins=4, integer=True)
        upper.grid(axis="y")
        if title:
            figure.suptitle(title)
    return figure
