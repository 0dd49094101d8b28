"""What labelled speech holds: how many clips of each emotion, and how long they are."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from affectone.labels import VOICES
from affectone.units import Seconds
from affectone.views.theme import INK, PAPER, UNKNOWN, colour_of, ink_on, new_figure, ordered, styled, tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["counts_figure", "durations_figure"]

COLUMNS = 3
PANEL_WIDTH, ROW_HEIGHT, PANEL_MARGIN = 4.2, 0.27, 1.0
"""In inches: of a panel, of one emotion in it, and of its title and axis together."""
ROOM_FOR_NUMBER = 0.11
"""Part of the axis that a number inside a bar needs."""
WHISKERS = (5, 95)
ALL = "all corpora"
UNBREAKABLE = "\u00a0"
"""A space at which no title is broken."""


def counts_figure(corpora: Sequence[str], emotions: Sequence[str], sexes: Sequence[str | None]) -> Figure:
    """Draw how many clips of each emotion each corpus has, women and men apart.

    Parameters
    ----------
    corpora, emotions : sequence of str
        Of each clip.
    sexes : sequence of str or None
        Of each clip's speaker; what is neither ``"female"`` nor ``"male"`` is unknown.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a corpus, and one for all where there are several.
    """
    rows = ordered(emotions)
    known = [sex if sex in VOICES else None for sex in sexes]
    counted = Counter(zip(corpora, emotions, known, strict=True))
    with styled():
        figure, panels = _panels(corpora, len(rows))
        for name, axes in panels:
            of = {
                sex: [_total(counted, name, emotion, sex) for emotion in rows]
                for sex in (*VOICES, None)
                if sex in known
            }
            _draw_counts(axes, name, rows, of)
        _explain_sexes(figure, [sex for sex in (*VOICES, None) if sex in known])
    return figure


def _total(counted: Counter[tuple[str, str, str | None]], corpus: str, emotion: str, sex: str | None) -> int:
    return sum(
        number
        for (of_corpus, of_emotion, of_sex), number in counted.items()
        if corpus in (ALL, of_corpus) and (of_emotion, of_sex) == (emotion, sex)
    )


def _bar_style(colour: str, sex: str | None) -> dict[str, Any]:
    """Return how bars look: women's full, men's paler, and hatched where the sex is not known."""
    return {
        "facecolor": colour if sex == "female" else tint(colour),
        "hatch": "/////" if sex is None else None,
        "edgecolor": INK,
        "linewidth": 0.6,
    }


def _draw_counts(axes: Axes, name: str, rows: list[str], of: dict[str | None, list[int]]) -> None:
    from matplotlib.ticker import MaxNLocator

    totals = np.sum(list(of.values()), axis=0)
    limit = 1.2 * max(1, totals.max())
    for row, emotion in enumerate(rows):
        left = 0
        for sex, numbers in of.items():
            number, how = numbers[row], _bar_style(colour_of(emotion), sex)
            if number:
                axes.barh(row, number, left=left, **how)
            if ROOM_FOR_NUMBER * limit < number < totals[row]:
                _number_inside(axes, left + number / 2, row, number, how["facecolor"])
            left += number
        axes.text(left + 0.015 * limit, row, f"{left:,}", va="center", size=9)
    axes.set_xlim(0, limit)
    _finish(axes, rows, name, f"{totals.sum():,} clips", "clips")
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter("{x:,.0f}")


def _number_inside(axes: Axes, middle: float, row: int, number: int, shade: str) -> None:
    behind = {"facecolor": shade, "edgecolor": "none", "pad": 1.0}
    axes.text(middle, row, f"{number:,}", ha="center", va="center", size=8, color=ink_on(shade), bbox=behind)


def _explain_sexes(figure: Figure, sexes: list[str | None]) -> None:
    from matplotlib.patches import Patch

    patches = [Patch(**_bar_style("#555555", sex), label=sex or "sex unknown") for sex in sexes]
    figure.legend(handles=patches, loc="outside lower left", ncols=len(patches))


def durations_figure(corpora: Sequence[str], emotions: Sequence[str], seconds: npt.ArrayLike) -> Figure:
    """Draw how long the clips of each emotion are in each corpus.

    Parameters
    ----------
    corpora, emotions : sequence of str
        Of each clip.
    seconds : array of float, shape (clips,)
        How long each is; clips of which it is not known (NaN) are left out.

    Returns
    -------
    matplotlib.figure.Figure
        The distribution over all clips, and one panel a corpus.
    """
    lengths = np.asarray(seconds, np.float64)
    known = np.isfinite(lengths)
    corpus, emotion, lengths = np.asarray(corpora)[known], np.asarray(emotions)[known], lengths[known]
    rows = ordered(emotion.tolist())
    with styled():
        figure, panels = _panels(corpus.tolist(), len(rows), always_all=True)
        for name, axes in panels:
            if name == ALL:
                _draw_distribution(axes, lengths)
            else:
                of = [lengths[(corpus == name) & (emotion == row)] for row in rows]
                _draw_boxes(axes, name, rows, of)
        _explain_boxes(figure)
    return figure


def _draw_distribution(axes: Axes, lengths: npt.NDArray[np.float64]) -> None:
    axes.hist(
        lengths, bins=40, range=(0, float(lengths.max())), color=UNKNOWN, edgecolor=PAPER, linewidth=0.4
    )
    axes.set(title=f"all clips: {_told(lengths)}", xlabel="duration (s)", ylabel="clips")
    axes.set_xlim(0)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.grid(axis="y")


def _draw_boxes(axes: Axes, name: str, rows: list[str], of: list[npt.NDArray[np.float64]]) -> None:
    everything = np.concatenate(of)
    limit = 1.22 * max(np.percentile(part, WHISKERS[1]) for part in of if part.size)
    for row, part in enumerate(of):
        if not part.size:
            continue
        colour = colour_of(rows[row])
        low, first, median, third, high = np.percentile(part, (WHISKERS[0], 25, 50, 75, WHISKERS[1]))
        axes.plot([low, high], [row, row], color=INK, linewidth=1, zorder=1)
        axes.barh(row, third - first, left=first, height=0.62, color=colour, edgecolor=INK, linewidth=0.6)
        for width, shade in ((3.6, INK), (1.6, ink_on(colour))):
            axes.plot([median, median], [row - 0.31, row + 0.31], color=shade, linewidth=width)
        axes.text(
            high + 0.02 * limit,
            row,
            f"{median:.{1 if median >= 1 else 2}f} s",
            va="center",
            size=9,
        )
    axes.set_xlim(0, limit)
    _finish(axes, rows, name, _told(everything), "duration (s)")
    axes.xaxis.set_major_formatter("{x:g}")


def _told(lengths: npt.NDArray[np.float64]) -> str:
    """Say how many clips there are, and how long they are together."""
    together: Seconds = float(lengths.sum())
    size, unit = (3600, "h") if together >= 3600 else (60, "min") if together >= 60 else (1, "s")
    return f"{lengths.size:,} clips, {together / size:.1f} {unit}"


def _explain_boxes(figure: Figure) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=UNKNOWN, edgecolor=INK, label="middle half of the clips"),
        Line2D(
            [],
            [],
            color=INK,
            linewidth=1.8,
            marker="|",
            linestyle="",
            markersize=10,
            label="median, as numbered",
        ),
        Line2D([], [], color=INK, linewidth=1, label=f"{WHISKERS[0]} to {WHISKERS[1]} %"),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles))


def _panels(
    corpora: Sequence[str], rows: int, *, always_all: bool = False
) -> tuple[Figure, Iterator[tuple[str, Axes]]]:
    """Return a figure and its panels: one for all clips, and one for each corpus in order of appearance."""
    names = list(dict.fromkeys(corpora))
    names = [ALL, *names] if always_all or len(names) > 1 else names
    across = min(COLUMNS, len(names))
    down = -(-len(names) // across)
    figure = new_figure(PANEL_WIDTH * across, (PANEL_MARGIN + ROW_HEIGHT * max(4, rows)) * down + 0.4)
    places = figure.subplots(down, across, squeeze=False).ravel()
    for spare in places[len(names) :]:
        spare.remove()
    return figure, zip(names, places, strict=False)


def _finish(axes: Axes, rows: list[str], name: str, told: str, along: str) -> None:
    """Give a panel its title, its axis, and one line of text for each emotion, from top to bottom."""
    unbroken = told.replace(" ", UNBREAKABLE)
    axes.set_title("\n".join(textwrap.wrap(f"{name}: {unbroken}", 40)).replace(UNBREAKABLE, " "))
    axes.set_xlabel(along)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="x")
