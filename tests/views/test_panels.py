"""Recordings side by side: where their panels stand, one axis of time, and titles that fit."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.errors import ConfigError
from affectone.labels import COMMON
from affectone.views import (
    MOST_RECORDINGS,
    Example,
    Frames,
    Scores,
    Waveform,
    contrast_figure,
    scores_figure,
    variants_figure,
    waveform_figure,
)
from affectone.views.panels import length_words, shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RATE = 1000


def recording(name: str = "a.wav", *, seconds: float = 1.0, channels: int = 1) -> Waveform:
    return Waveform(name, np.full((channels, round(seconds * RATE)), 0.5), RATE)


def places(figure) -> list[tuple[int, int]]:  # type: ignore[no-untyped-def]
    specs = [axes.get_subplotspec() for axes in figure.axes]
    return sorted((spec.rowspan.start, spec.colspan.start) for spec in specs)


def shows_numbers(axes, side: str) -> bool:  # type: ignore[no-untyped-def]
    axis = axes.xaxis if side == "bottom" else axes.yaxis
    return bool(axis.get_major_ticks()[0].label1.get_visible())


def test_three_stand_beside_each_other_and_the_fourth_below() -> None:
    assert places(waveform_figure([recording()] * 4)) == [(0, 0), (0, 1), (0, 2), (1, 0)]


def test_channels_stand_below_each_other_without_gaps_for_other_rows() -> None:
    figure = waveform_figure([recording(channels=2), *[recording()] * 4])
    assert places(figure) == [(0, 0), (0, 1), (0, 2), (1, 0), (2, 0), (2, 1)]


def test_the_lowest_panel_of_each_column_is_numbered_and_named() -> None:
    figure = waveform_figure([recording()] * 4)
    assert [axes.get_xlabel() for axes in figure.axes] == ["", "time (s)", "time (s)", "time (s)"]
    assert [shows_numbers(axes, "bottom") for axes in figure.axes] == [False, True, True, True]
    assert [axes.get_ylabel() for axes in figure.axes] == ["amplitude", "", "", "amplitude"]
    assert [shows_numbers(axes, "left") for axes in figure.axes] == [True, False, False, True]


def test_all_share_the_time_of_the_longest() -> None:
    figure = waveform_figure([recording(seconds=0.1), recording(seconds=3)])
    assert {axes.get_xlim() for axes in figure.axes} == {(0, 3)}


@pytest.mark.parametrize(
    ("minutes", "marks"),
    [
        (10, ["0", "2", "4", "6", "8", "10"]),
        (61, ["0", "10", "20", "30", "40", "50", "60"]),
        (600, ["0", "120", "240", "360", "480", "600"]),
    ],
)
def test_long_times_are_in_minutes(minutes: int, marks: list[str]) -> None:
    figure = waveform_figure([Waveform("a.wav", np.zeros(60 * minutes), 1)])
    figure.canvas.draw()
    (axes,) = figure.axes
    low, high = axes.get_xlim()
    ticks = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
    assert axes.get_xlabel() == "time (min)"
    assert [label.get_text() for place, label in ticks if low <= place <= high] == marks


def test_words_stand_over_the_whole_picture_in_as_many_lines_as_they_need() -> None:
    figure = waveform_figure([recording()], title="calls of May " * 12)
    assert figure.get_suptitle().count("\n") == 1
    assert figure.get_suptitle().replace("\n", " ") == ("calls of May " * 12).strip()


DRAWN: dict[str, Callable[..., Figure]] = {
    "waveform": lambda count, **more: waveform_figure([recording("a_name.wav")] * count, **more),
    "contrast": lambda count, **more: contrast_figure(
        [Frames("a_name.wav", np.ones((100, 4)), 0.03, 3.0)] * count, [0, 200, 400, 3200, 8000], **more
    ),
    "scores": lambda count, **more: scores_figure(
        [Scores("a_name.wav", {"happy": 0.4, "sad": 0.6}, True, "low confidence")] * count, COMMON, **more
    ),
    "sheet": lambda count, **more: variants_figure(
        [Example("sad", "a", "a", np.ones(300), 100, np.ones((100, 8)), 0.03, np.linspace(50, 4900, 8))]
        * count,
        **more,
    ),
}
SIZES = [(2, 2), (3, 3), (6, 4), (12, 8)]


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("count", [1, 4])
def test_a_size_is_enough_for_all_that_is_written_or_refused(kind: str, count: int, faults) -> None:
    refused = 0
    for size in SIZES:
        try:
            assert faults(DRAWN[kind](count, size=size)) == []
        except ConfigError as refusal:
            refused += 1
            words = str(refusal)
    assert 1 <= refused < len(SIZES) or (kind, count) == ("waveform", 1)
    if refused:
        enough = tuple(map(float, words.split("; ")[1].split(" ")[0].split("x")))
        assert faults(DRAWN[kind](count, size=enough)) == []


def test_a_size_that_is_too_small_says_which_is_enough() -> None:
    words = "3x2 inches are too small for the words of this picture; 10.8x3.7 are enough"
    with pytest.raises(ConfigError, match=re.escape(words)):
        DRAWN["contrast"](2, size=(3, 2))


@pytest.mark.parametrize("draw", [DRAWN["waveform"], DRAWN["sheet"]])
@pytest.mark.parametrize(
    "size", [3, (3,), (0, 3), (-1, 3), (math.nan, 3), (math.inf, 3), ("a", 3), "3x3", True]
)
def test_a_size_that_is_none_is_refused(draw: Callable[..., Figure], size: object) -> None:
    with pytest.raises(ConfigError, match="size is a width and a height in inches, such as"):
        draw(1, size=size)


def test_a_size_beyond_the_memory_is_refused() -> None:
    words = (
        "2000x2000 inches at 100 dots per inch are 40,000 million pixels; at most 100 million can be drawn"
    )
    with pytest.raises(ConfigError, match=words):
        DRAWN["waveform"](1, size=(2000, 2000))


def test_the_size_can_be_chosen() -> None:
    assert waveform_figure([recording()], size=(5, 3)).get_size_inches().tolist() == [5, 3]


@pytest.mark.parametrize("count", [0, MOST_RECORDINGS + 1])
def test_nothing_and_too_much_are_refused(count: int) -> None:
    with pytest.raises(ConfigError, match=f"a picture shows 1 to {MOST_RECORDINGS} recordings; got {count}"):
        waveform_figure([recording(seconds=0.01)] * count)


@pytest.mark.parametrize("letter", ["W", "i", "音"])
def test_a_long_name_loses_its_middle_and_no_more_than_needed(letter: str) -> None:
    figure = waveform_figure([recording(f"first{letter * 200}last.wav"), recording()])
    left, right = figure.axes
    figure.draw_without_rendering()
    title = next(text for text in left.get_children() if getattr(text, "get_text", str)().startswith("fi"))
    assert title.get_text().endswith(".wav, 1.00 s")
    assert "\N{HORIZONTAL ELLIPSIS}" in title.get_text()
    room = left.get_window_extent().width
    assert 0.85 * room < title.get_window_extent().width <= room
    assert right.get_title(loc="left") == "a.wav, 1.00 s"


def test_a_long_name_takes_no_room_from_its_panel() -> None:
    widths = [
        waveform_figure([recording(name)] * 2, size=(8, 3)).axes[0].get_window_extent().width
        for name in ("a.wav", "a" * 200)
    ]
    assert widths[0] == widths[1]


@given(st.text(min_size=1, max_size=40), st.integers(3, 50))
def test_a_shortened_name_keeps_its_ends(name: str, letters: int) -> None:
    short = shortened(name, letters)
    assert len(short) == min(len(name), letters)
    assert (short[0], short[-1]) == (name[0], name[-1])


def test_lengths_are_told_in_the_unit_of_the_axis() -> None:
    assert [length_words(seconds) for seconds in (0.1, 599.99, 600, 36000)] == [
        "0.10 s",
        "599.99 s",
        "10.0 min",
        "600.0 min",
    ]
