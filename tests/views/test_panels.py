"""Recordings side by side: where their panels stand, one axis of time, and titles that fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.errors import ConfigError
from affectone.views import MOST_RECORDINGS, Waveform, waveform_figure
from affectone.views.panels import length_words, shortened

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
