"""Predicted probabilities as bars: all of them, in one order, and doubt in plain sight."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.colors import to_hex

from affectone.errors import ConfigError
from affectone.labels import COMMON, EIGHT
from affectone.views import Scores, colour_of, save_figure, scores_figure
from affectone.views.scores import percent
from affectone.views.theme import tint

SURE = Scores("a.wav", {"sad": 0.7, "neutral": 0.25, "angry": 0.05})
UNSURE = Scores("b.wav", {"sad": 0.4, "neutral": 0.3, "angry": 0.3}, unsure=True, reason="low confidence")
NOBODY = Scores("c.wav", {}, unsure=True, reason="no speech")


def bars(axes) -> dict[str, float]:  # type: ignore[no-untyped-def]
    names = [label.get_text() for label in axes.get_yticklabels()]
    return {names[round(bar.get_y() + bar.get_height() / 2)]: bar.get_width() for bar in axes.patches}


def rows(axes) -> list[str]:  # type: ignore[no-untyped-def]
    return [label.get_text() for label in axes.get_yticklabels()]


def test_each_emotion_has_a_bar_as_long_as_its_probability_and_its_number() -> None:
    (axes,) = scores_figure([SURE]).axes
    assert bars(axes) == {"neutral": 0.25, "sad": 0.7, "angry": 0.05}
    assert [text.get_text() for text in axes.texts] == ["25 %", "70 %", "5 %"]


def test_the_axis_is_in_per_cent() -> None:
    (axes,) = scores_figure([SURE]).axes
    assert axes.get_xlabel() == "probability (%)"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "25", "50", "75", "100"]
    assert axes.get_xticks().tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_emotions_run_from_top_to_bottom_in_the_common_order() -> None:
    (axes,) = scores_figure([Scores("a", dict.fromkeys(reversed(COMMON), 0.1))]).axes
    assert rows(axes) == list(COMMON)
    top, bottom = axes.transData.transform([(0, 0), (0, 9)])[:, 1]
    assert top > bottom


def test_a_label_that_one_recording_lacks_has_a_row_and_no_bar() -> None:
    first, second = scores_figure([SURE, Scores("d.wav", {"happy": 1.0})]).axes
    assert rows(first) == ["neutral", "happy", "sad", "angry"]
    assert first.get_ylim() == second.get_ylim()
    (bar,) = second.patches
    assert (bar.get_width(), bar.get_y() + bar.get_height() / 2) == (1, pytest.approx(1))


def test_bars_have_the_colours_of_the_emotions() -> None:
    (axes,) = scores_figure([SURE]).axes
    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == [
        colour_of(label) for label in ("neutral", "sad", "angry")
    ]


def test_an_unsure_answer_is_pale_hatched_and_says_why() -> None:
    (axes,) = scores_figure([UNSURE]).axes
    assert axes.get_title(loc="left") == "b.wav\nsad, but unsure: low confidence"
    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == [
        tint(colour_of(label)) for label in ("neutral", "sad", "angry")
    ]
    assert all(bar.get_hatch() for bar in axes.patches)


def test_a_sure_answer_is_told_without_hatches() -> None:
    (axes,) = scores_figure([SURE]).axes
    assert axes.get_title(loc="left") == "a.wav\nsad"
    assert not any(bar.get_hatch() for bar in axes.patches)


def test_without_speech_there_is_no_bar_and_it_is_said() -> None:
    (axes,) = scores_figure([NOBODY], EIGHT).axes
    assert axes.get_title(loc="left") == "c.wav\nunsure: no speech"
    assert (rows(axes), list(axes.patches)) == (list(EIGHT), [])
    assert [text.get_text() for text in axes.texts] == ["no speech, so no emotion"]


def test_without_speech_or_labels_there_is_nothing_to_draw() -> None:
    with pytest.raises(ConfigError, match="no recording has scores"):
        scores_figure([NOBODY])


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0 %"), (0.0049, "<1 %"), (0.005, "<1 %"), (0.0051, "1 %"), (1, "100 %")]
)
def test_what_is_possible_is_never_shown_as_0(share: float, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize("count", [1, 3, 7])
def test_nothing_is_cut_small_or_under_something_else(faults, count: int) -> None:
    certain = Scores("long name " * 9, dict.fromkeys(COMMON, 0.0) | {"surprised": 1.0})
    answers = [certain, UNSURE, NOBODY, SURE, certain, certain, certain][:count]
    assert faults(scores_figure(answers, EIGHT, title="Answers")) == []


def test_in_a_narrow_panel_the_answer_is_broken_and_not_the_name() -> None:
    axes = scores_figure([UNSURE] * 3, size=(7, 3)).axes[0]
    title = axes.get_title(loc="left")
    assert title.startswith("b.wav\nsad, but unsure:")
    assert title.replace("\n", " ") == "b.wav sad, but unsure: low confidence"
    assert title.count("\n") == 2


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_answer_is_the_same_file(tmp_path: Path, suffix: str) -> None:
    for name in "ab":
        save_figure(scores_figure([SURE, UNSURE, NOBODY]), tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()
