"""Predicted probabilities as bars, and how far they can be relied on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from affectone.errors import ConfigError
from affectone.views.panels import Grid, Size, grid
from affectone.views.theme import INK, colour_of, ordered, tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Scores", "scores_figure"]

BAR_HEIGHT, AROUND = 0.27, 0.75
"""Of one emotion, and of the title between two recordings, in inches."""
ROOM_FOR_NUMBER = 1.19
"""Where the axis ends, so that the number beside a bar of 100 % stands within."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What was predicted for one recording.

    Parameters
    ----------
    name : str
        As its title has it.
    scores : mapping of str to float
        Emotion -> probability; empty where nobody speaks.
    unsure : bool, default False
        Whether the answer should not be relied on.
    reason : str, optional
        Why: ``"no speech"``, ``"too short"``, ``"unlike the training data"``, ``"low confidence"``.
    """

    name: str
    scores: Mapping[str, float]
    unsure: bool = False
    reason: str | None = None

    @property
    def told(self) -> str:
        """The answer in words."""
        doubt = f"unsure: {self.reason}" if self.reason else "unsure"
        if not self.scores:
            return doubt
        likeliest = max(self.scores, key=lambda label: self.scores[label])
        return f"{likeliest}, but {doubt}" if self.unsure else likeliest


def scores_figure(
    recordings: Sequence[Scores],
    labels: Sequence[str] = (),
    *,
    title: str | None = None,
    size: Size | None = None,
) -> Figure:
    """Draw the probabilities of the emotions of recordings side by side.

    Emotions stand in the common order. Where the answer is unsure, its title says so and why, and its bars
    are pale and hatched. A recording without speech has no bars and says so.

    Parameters
    ----------
    recordings : sequence of Scores
        1 to 24.
    labels : sequence of str
        What the model answers with; at least the labels that have a score are shown.
    title : str, optional
        Over the whole picture.
    size : tuple of float, optional
        Width and height in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If there is nothing to draw or too much, or no label at all.
    """
    rows = ordered([*labels, *(label for recording in recordings for label in recording.scores)])
    if recordings and not rows:
        raise ConfigError("no recording has scores, and no labels are given to say so about")
    height = AROUND + BAR_HEIGHT * len(rows)
    with grid([1] * len(recordings), row_height=height, title=title, size=size) as made:
        for recording, axes in zip(recordings, made.panels, strict=True):
            _draw_bars(axes, recording, rows)
            made.titles[axes] = (recording.name, f"\n{recording.told}")
        _name_axes(made, rows)
    return made.figure


def _draw_bars(axes: Axes, recording: Scores, rows: Sequence[str]) -> None:
    for row, label in enumerate(rows):
        if label not in recording.scores:
            continue
        share, colour = recording.scores[label], colour_of(label)
        shade = tint(colour) if recording.unsure else colour
        hatch = "/////" if recording.unsure else None
        axes.barh(row, share, height=0.72, facecolor=shade, hatch=hatch, edgecolor=INK, linewidth=0.6)
        axes.text(share + 0.012, row, percent(share), va="center", size=9)
    if not recording.scores:
        middle = {"ha": "center", "va": "center", "transform": axes.transAxes}
        axes.text(0.5, 0.5, "no speech, so no emotion", color=INK, **middle)  # type: ignore[arg-type]
    axes.grid(axis="x")


def _name_axes(made: Grid, rows: Sequence[str]) -> None:
    axes = made.panels[0]
    axes.set_xlim(0, ROOM_FOR_NUMBER)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    for panel in made.panels:
        panel.tick_params(axis="y", length=0)
    made.name_axes("probability (%)", "")


def percent(share: float) -> str:
    """Return a probability in words; one above 0 is never shown as 0.

    Examples
    --------
    >>> percent(0.625), percent(0.004), percent(0.0)
    ('62 %', '<1 %', '0 %')
    """
    words = f"{100 * share:.0f} %"
    return "<1 %" if words == "0 %" and share > 0 else words
