"""Curves: how a training went, and how well scores rank the clips of each label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from affectone.errors import ConfigError
from affectone.views.panels import shortened
from affectone.views.theme import COLOURS, INK, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Ranking", "learning_figure", "precision_recall_figure", "roc_figure"]

TRAINED, WATCHED = "#d16816", "#0052d2"
FAINT = 0.3
LETTERS = 16
Dash = Literal["-", "--", "-.", ":"]
DASHES: tuple[Dash, ...] = ("-", "--", "-.", ":")
"""The first is that of common labels; the others tell labels apart that share a colour."""

Training = Mapping[str, Mapping[int, float]]
"""``train_loss``, ``val_loss``, ``val_uar`` -> epoch -> value."""


def learning_figure(trainings: Sequence[Training], *, title: str | None = None) -> Figure:
    """Draw loss, and UAR on validation speakers, against epochs: each training pale, their mean strong.

    Parameters
    ----------
    trainings : sequence of mapping
        One a fold and seed. ``val_uar`` is a share of 1; what none of them has is not drawn.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If there is no curve at all.
    """
    names = {name for training in trainings for name in training if training[name]}
    if not names:
        raise ConfigError("no curve to draw: the trainings have none")
    losses = [name for name in ("train_loss", "val_loss") if name in names]
    panels = [name for name, wanted in (("loss", losses), ("uar", "val_uar" in names)) if wanted]
    with styled():
        figure = new_figure(4.6 * len(panels), 3.4 + (0.3 if title else 0))
        places = dict(zip(panels, figure.subplots(1, len(panels), squeeze=False).ravel(), strict=True))
        if "loss" in places:
            _draw_losses(places["loss"], trainings, losses)
        if "uar" in places:
            _draw_uar(places["uar"], trainings)
        if title:
            figure.suptitle(title)
    return figure


def _draw_losses(axes: Axes, trainings: Sequence[Training], names: Sequence[str]) -> None:
    words = {"train_loss": ("training", TRAINED), "val_loss": ("validation speakers", WATCHED)}
    for name in names:
        label, colour = words[name]
        _draw_all(axes, [training.get(name, {}) for training in trainings], colour, label)
    axes.set_title("loss")
    axes.set_ylabel("loss (nats)")
    axes.legend(loc="upper right")
    axes.set_ylim(0, 1.25 * axes.get_ylim()[1])  # Room for the legend.


def _draw_uar(axes: Axes, trainings: Sequence[Training]) -> None:
    shares = [
        {epoch: 100 * share for epoch, share in training.get("val_uar", {}).items()} for training in trainings
    ]
    _draw_all(axes, shares, WATCHED, "validation speakers")
    axes.set_title("UAR on validation speakers")
    axes.set_ylabel("UAR (%)")
    axes.set_ylim(0, 100)


def _draw_all(axes: Axes, curves: Sequence[Mapping[int, float]], colour: str, label: str) -> None:
    from matplotlib.ticker import MaxNLocator

    values: dict[int, list[float]] = {}
    for curve in curves:
        for epoch, value in curve.items():
            values.setdefault(epoch, []).append(value)
        axes.plot(list(curve), list(curve.values()), color=colour, alpha=FAINT, linewidth=0.8)
    epochs = sorted(values)
    mark = "o" if len(epochs) == 1 else None
    means = [float(np.mean(values[epoch])) for epoch in epochs]
    axes.plot(epochs, means, color=colour, linewidth=2, label=label, marker=mark)
    axes.set_xlabel("epoch")
    axes.set_xlim(0)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.grid(True)


@dataclass(frozen=True, slots=True)
class Ranking:
    """One label's curve.

    Parameters
    ----------
    label : str
    area : float
        Under the curve, 0 to 1.
    points : sequence of pairs of float
        Along and up, shares of 1.
    """

    label: str
    area: float
    points: Sequence[Sequence[float]]


def roc_figure(rankings: Sequence[Ranking], *, title: str | None = None) -> Figure:
    """Draw the receiver operating characteristic of each label against all others.

    Raises
    ------
    ConfigError
        If there is none.
    """
    with styled():
        figure, axes = _ranked(rankings, "AUC", title)
        axes.plot([0, 100], [0, 100], color=INK, linewidth=0.8, linestyle=":")
        axes.set_xlabel("others taken for it (%)")
        axes.set_ylabel("found of it (%)")
    return figure


def precision_recall_figure(rankings: Sequence[Ranking], *, title: str | None = None) -> Figure:
    """Draw precision against recall of each label against all others.

    Raises
    ------
    ConfigError
        If there is none.
    """
    with styled():
        figure, axes = _ranked(rankings, "AP", title)
        axes.set_xlabel("recall (%)")
        axes.set_ylabel("precision (%)")
    return figure


def _looks(labels: Sequence[str]) -> dict[str, tuple[str, Dash]]:
    """Return colour and dashes of each label: its own colour, or that of the emotion its name ends in."""
    looks: dict[str, tuple[str, Dash]] = {}
    spare = list(COLOURS)
    for number, label in enumerate(labels):
        ending = label.rpartition("_")[2]  # As in female_angry.
        kin = ending if ending in COLOURS else spare[number % len(spare)]
        free = [dash for dash in DASHES if (COLOURS[kin], dash) not in looks.values()]
        looks[label] = COLOURS[kin], (free or list(DASHES))[0]
    return looks


def _ranked(rankings: Sequence[Ranking], area: str, title: str | None) -> tuple[Figure, Axes]:
    from matplotlib.patheffects import Normal, Stroke

    if not rankings:
        raise ConfigError("no curve to draw: no label has scores")
    figure = new_figure(6.8, max(4.4, 1.4 + 0.22 * len(rankings)))
    axes = figure.subplots()
    looks = _looks([ranking.label for ranking in rankings])
    for ranking in rankings:
        along, up = (100 * np.array(ranking.points, dtype=np.float64)).T
        colour, dashes = looks[ranking.label]
        axes.plot(
            along,
            up,
            color=colour,
            linestyle=dashes,
            linewidth=1.8,
            # Pale colours cannot be seen on white without an edge.
            path_effects=[Stroke(linewidth=2.8, foreground=INK), Normal()],
            label=f"{shortened(ranking.label, LETTERS)}: {area} {ranking.area:.2f}",
        )
    axes.set(xlim=(-2, 102), ylim=(-2, 102))
    axes.grid(True)
    figure.legend(loc="outside right upper")
    if title:
        figure.suptitle(title)
    return figure, axes
