"""Pictures of an evaluation: what they say, and that nothing is cut or over anything else."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from affectone.errors import ConfigError
from affectone.labels import COMMON
from affectone.views import (
    Bin,
    Ranking,
    colour_of,
    confusion_figure,
    learning_figure,
    precision_recall_figure,
    reliability_figure,
    roc_figure,
)

COUNTS = [[14, 2, 0], [0, 15, 1], [0, 0, 0]]
LABELS = ["happy", "sad", "angry"]
TRAININGS: list[dict[str, dict[int, float]]] = [
    {"train_loss": {1: 2.0, 2: 1.0}, "val_loss": {2: 1.5}, "val_uar": {2: 0.5}},
    {"train_loss": {1: 3.0, 2: 2.0}, "val_loss": {2: 1.0}, "val_uar": {2: 0.7}},
]
RANKINGS = [
    Ranking("happy", 0.9375, [[0, 0], [0, 0.875], [1, 1]]),
    Ranking("my own label", 0.5, [[0, 0], [1, 1]]),
]
BINS = [Bin(0.4, 0.5, 0.45, 0.5, 3), Bin(0.8, 0.9, 0.84, 0.75, 1200)]


def axes_of(figure: Figure) -> list[Axes]:
    figure.canvas.draw()
    return figure.axes


def cells(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_a_confusion_matrix_in_clips_and_in_per_cent() -> None:
    left, right = axes_of(confusion_figure(LABELS, COUNTS))
    assert cells(left) == ["14", "2", "0", "0", "15", "1", "0", "0", "0"]
    assert cells(right) == ["88", "12", "0", "0", "94", "6", "0", "0", "0"]
    assert [axes.get_title(loc="left") for axes in (left, right)] == ["answers", "% of each row"]
    assert (left.get_xlabel(), left.get_ylabel(), right.get_xlabel()) == ("answered", "meant", "answered")
    assert [tick.get_text() for tick in left.get_yticklabels()] == LABELS


def test_shades_are_shares_in_both() -> None:
    left, right = axes_of(confusion_figure(LABELS, COUNTS))
    for axes in (left, right):
        shades = axes.images[0].get_array()
        np.testing.assert_allclose(shades, [[0.875, 0.125, 0], [0, 0.9375, 0.0625], [0, 0, 0]])


@pytest.mark.parametrize("counts", [[[1, 2]], [[1]], [[1, 2, 3], [1, 2, 3]]])
def test_counts_that_do_not_fit_are_refused(counts: list[list[int]]) -> None:
    with pytest.raises(ConfigError, match="3 labels want as many rows and columns; got"):
        confusion_figure(LABELS, counts)


def test_learning_curves_and_their_mean() -> None:
    loss, uar = axes_of(learning_figure(TRAININGS))
    assert (loss.get_xlabel(), loss.get_ylabel()) == ("epoch", "loss (nats)")
    assert (uar.get_xlabel(), uar.get_ylabel()) == ("epoch", "UAR (%)")
    mean = next(line for line in loss.lines if line.get_label() == "training")
    assert list(zip(*map(list, mean.get_data()), strict=True)) == [(1, 2.5), (2, 1.5)]
    assert [list(line.get_ydata()) for line in uar.lines] == [[50.0], [70.0], [60.0]]


def test_what_was_never_measured_is_not_drawn() -> None:
    (loss,) = axes_of(learning_figure([{"train_loss": {1: 2.0}}]))
    assert loss.get_ylabel() == "loss (nats)"
    with pytest.raises(ConfigError, match="no curve to draw"):
        learning_figure([{}])


@pytest.mark.parametrize(
    ("draw", "area", "along", "up"),
    [
        (roc_figure, "AUC", "others taken for it (%)", "found of it (%)"),
        (precision_recall_figure, "AP", "recall (%)", "precision (%)"),
    ],
)
def test_curves_of_labels(draw: Callable[..., Figure], area: str, along: str, up: str) -> None:
    figure = draw(RANKINGS)
    (axes,) = axes_of(figure)
    assert (axes.get_xlabel(), axes.get_ylabel()) == (along, up)
    happy = axes.lines[0]
    assert to_hex(happy.get_color()) == colour_of("happy")
    assert list(happy.get_ydata()) == [0, 87.5, 100]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == [f"happy: {area} 0.94", f"my own label: {area} 0.50"]
    with pytest.raises(ConfigError, match="no curve to draw: no label has scores"):
        draw([])


def test_labels_of_both_sexes_share_a_colour_and_no_dashes() -> None:
    labels = [f"{sex}_{label}" for sex in ("female", "male") for label in ("angry", "sad")] + ["odd", "even"]
    (axes,) = axes_of(precision_recall_figure([Ranking(label, 0.5, [[0, 0], [1, 1]]) for label in labels]))
    looks = [(to_hex(line.get_color()), line.get_linestyle()) for line in axes.lines]
    assert looks[0] == (colour_of("angry"), "-")
    assert looks[2] == (colour_of("angry"), "--")
    assert len(set(looks)) == len(looks)


def test_a_reliability_diagram() -> None:
    upper, lower = axes_of(reliability_figure(BINS, error=0.0875))
    assert upper.get_title(loc="left") == "expected calibration error 8.8 %"
    assert upper.get_ylabel() == "right answers (%)"
    assert (lower.get_xlabel(), lower.get_ylabel()) == ("confidence (%)", "answers")
    bars: list[Any] = list(upper.patches)
    assert [bar.get_height() for bar in bars] == [50, 75]
    assert [bar.get_x() for bar in bars] == [40, 80]
    assert bars[0].get_facecolor() != bars[1].get_facecolor()
    assert list(upper.lines[1].get_xdata()) == [45, 84]
    with pytest.raises(ConfigError, match="no confidences to draw"):
        reliability_figure([], error=0.0)


MANY = [f"a label with a long name {number}" for number in range(14)]
PICTURES: dict[str, Callable[[], Figure]] = {
    "confusion": lambda: confusion_figure(LABELS, COUNTS, title="made"),
    "confusion of all": lambda: confusion_figure(COMMON.names, np.full((10, 10), 12345)),
    "confusion of two": lambda: confusion_figure(["happy", "sad"], [[1, 2], [3, 4]]),
    "confusion of long names": lambda: confusion_figure(MANY, np.eye(14) * 7),
    "learning": lambda: learning_figure(TRAININGS, title="made"),
    "learning of one epoch": lambda: learning_figure([{"train_loss": {1: 2.0}}]),
    "roc": lambda: roc_figure([Ranking(label, 0.5, [[0, 0], [1, 1]]) for label in COMMON], title="made"),
    "roc of long names": lambda: roc_figure([Ranking(label, 0.5, [[0, 0], [1, 1]]) for label in MANY]),
    "precision and recall": lambda: precision_recall_figure(RANKINGS),
    "reliability": lambda: reliability_figure(BINS, error=0.0875, title="made"),
    "reliability of one": lambda: reliability_figure(BINS[:1], error=0.0),
}


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_is_cut_or_over_anything_else(name: str, faults: Callable[[Figure], list[str]]) -> None:
    assert faults(PICTURES[name]()) == []


@pytest.mark.parametrize("name", ["confusion", "learning", "roc", "reliability"])
def test_the_same_picture_is_the_same_bytes(name: str) -> None:
    drawn = []
    for _ in range(2):
        buffer = io.BytesIO()
        PICTURES[name]().savefig(buffer, format="png", metadata={"Software": None})
        drawn.append(buffer.getvalue())
    assert drawn[0] == drawn[1]
