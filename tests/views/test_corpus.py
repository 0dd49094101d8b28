"""Pictures of what a corpus holds say what is in it, with labels, units and nothing cut."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from affectone.labels import COMMON
from affectone.views import counts_figure, durations_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CORPORA = ["one"] * 5 + ["two"] * 2
EMOTIONS = ["sad", "sad", "happy", "sad", "neutral", "bored", "sad"]
SEXES = ["female", "male", "male", "female", None, "female", "female"]
SECONDS = [1.0, 2.0, 3.0, 3.0, 5.0, 4.0, np.nan]


def words(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def panels(figure) -> dict[str, Axes]:  # type: ignore[no-untyped-def]
    return {axes.get_title(loc="left").partition(":")[0]: axes for axes in figure.axes}


def widths(axes: Axes) -> dict[str, list[float]]:
    """Return the lengths of the bars of each emotion, from left to right."""
    names = [label.get_text() for label in axes.get_yticklabels()]
    bars = sorted(axes.patches, key=lambda bar: bar.get_x())
    centre = [round(bar.get_y() + bar.get_height() / 2) for bar in bars]
    return {
        name: [bar.get_width() for bar, row in zip(bars, centre, strict=True) if row == place]
        for place, name in enumerate(names)
    }


def test_bars_are_the_clips_of_women_men_and_unknown_in_that_order() -> None:
    one = panels(counts_figure(CORPORA, EMOTIONS, SEXES))["one"]
    assert widths(one) == {"neutral": [1], "happy": [1], "sad": [2, 1], "bored": []}


def test_the_first_panel_is_all_corpora() -> None:
    figure = counts_figure(CORPORA, EMOTIONS, SEXES)
    assert list(panels(figure)) == ["all corpora", "one", "two"]
    assert widths(figure.axes[0])["sad"] == [3, 1]


def test_one_corpus_needs_no_panel_for_all() -> None:
    assert list(panels(counts_figure(CORPORA[:5], EMOTIONS[:5], SEXES[:5]))) == ["one"]


def test_totals_stand_at_the_bars_also_where_there_are_none() -> None:
    figure = counts_figure(["big"] * 2500 + ["other"], ["sad"] * 2500 + ["happy"], ["female"] * 2501)
    assert words(panels(figure)["big"]) == ["0", "2,500"]
    assert figure.axes[1].get_title(loc="left") == "big: 2,500 clips"


def test_emotions_run_from_top_to_bottom_in_the_common_order() -> None:
    axes = counts_figure(["one"] * 10, list(COMMON)[::-1], ["male"] * 10).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(COMMON)
    top, bottom = axes.transData.transform([(0, 0), (0, 9)])[:, 1]
    assert top > bottom


def test_the_legend_names_the_sexes_that_there_are() -> None:
    def legend(sexes: list[str | None]) -> list[str]:
        (found,) = counts_figure(["one"] * len(sexes), ["sad"] * len(sexes), sexes).legends
        return [text.get_text() for text in found.get_texts()]

    assert legend(["male", None, "female"]) == ["female", "male", "sex unknown"]
    assert legend(["male"]) == ["male"]


def test_axes_of_counts_are_named_and_whole() -> None:
    for axes in counts_figure(CORPORA, EMOTIONS, SEXES).axes:
        assert axes.get_xlabel() == "clips"
        assert all(tick == int(tick) for tick in axes.get_xticks())


def test_boxes_hold_the_middle_half_and_say_the_median() -> None:
    seconds = np.arange(1, 102) / 10
    one = panels(durations_figure(["one"] * 101, ["sad"] * 101, seconds))["one"]
    (box,) = one.patches
    assert (box.get_x(), box.get_x() + box.get_width()) == pytest.approx(np.percentile(seconds, (25, 75)))
    assert words(one) == ["5.1 s"]
    whisker = one.lines[0].get_xdata()
    assert np.asarray(whisker) == pytest.approx(np.percentile(seconds, (5, 95)))


def test_axes_of_durations_are_in_seconds() -> None:
    figure = durations_figure(CORPORA, EMOTIONS, SECONDS)
    assert {axes.get_xlabel() for axes in figure.axes} == {"duration (s)"}
    assert figure.axes[0].get_ylabel() == "clips"
    assert [axes.get_xlim()[0] for axes in figure.axes] == [0, 0, 0]


def test_the_distribution_counts_every_clip_whose_duration_is_known() -> None:
    figure = durations_figure(CORPORA, EMOTIONS, SECONDS)
    assert sum(bar.get_height() for bar in figure.axes[0].patches) == 6
    assert figure.axes[0].get_title(loc="left") == "all clips: 6 clips, 18.0 s"


@pytest.mark.parametrize(
    ("seconds", "told"), [([3600.0, 5400.0], "2.5 h"), ([30, 60], "1.5 min"), ([0.2, 1], "1.2 s")]
)
def test_lengths_are_told_in_the_unit_that_suits_them(seconds: list[float], told: str) -> None:
    figure = durations_figure(["one"] * 2, ["sad"] * 2, seconds)
    assert figure.axes[1].get_title(loc="left") == f"one: 2 clips, {told}"


def many(corpora: int) -> tuple[list[str], list[str], list[str | None], np.ndarray]:
    """Return clips of many corpora with long names, all emotions, and counts and durations far apart."""
    rng = np.random.default_rng(corpora)
    names, emotions, sexes, seconds = [], [], [], []
    for number in range(corpora):
        for place, emotion in enumerate(COMMON):
            count = int(rng.integers(0, 4 ** (number % 6))) + (place % 2)
            names += [f"recordings of the call centre $ no. {number}"] * count
            emotions += [emotion] * count
            sexes += rng.choice(np.array(["female", "male", None]), count).tolist()
            seconds += (rng.gamma(4, 10.0 ** (number % 4 - 1), count) + 0.05).tolist()
    return names, emotions, sexes, np.array(seconds)


@pytest.mark.parametrize("corpora", [1, 2, 8])
def test_nothing_is_cut_small_or_under_something_else(faults, corpora: int) -> None:
    names, emotions, sexes, seconds = many(corpora)
    assert faults(counts_figure(names, emotions, sexes)) == []
    assert faults(durations_figure(names, emotions, seconds)) == []


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_both_can_be_saved(tmp_path: Path, suffix: str) -> None:
    for name, figure in (
        ("counts", counts_figure(CORPORA, EMOTIONS, SEXES)),
        ("durations", durations_figure(CORPORA, EMOTIONS, SECONDS)),
    ):
        save_figure(figure, tmp_path / f"{name}{suffix}")
        assert (tmp_path / f"{name}{suffix}").stat().st_size > 5000
