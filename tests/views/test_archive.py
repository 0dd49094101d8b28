"""The page and the pictures of a report on an archive, from plain results."""

from __future__ import annotations

import pytest

from affectone.errors import ConfigError
from affectone.views.archive_page import Heading, PageTable, Section, archive_page, length, told

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")

from affectone.views.archive_figures import figure_svg, shares_across, shares_down, spread_figure

SHARES = [("happy", [60.0, 0.0]), ("angry", [40.0, 100.0])]


def test_shares_stand_on_each_other() -> None:
    figure = shares_across(["9", "10"], SHARES, [1.0, 2.0], name="hour")
    upper, lower = figure.axes
    bars = [(bar.get_y(), bar.get_height()) for bar in upper.patches]
    assert bars == [(0, 60), (0, 0), (60, 40), (0, 100)]
    assert [bar.get_height() for bar in lower.patches] == [1, 2]


def test_the_first_group_stands_on_top() -> None:
    (axes,) = shares_down(["first", "second"], SHARES).axes
    low, high = axes.get_ylim()
    assert low > high
    assert [text.get_text() for text in axes.get_yticklabels()] == ["first", "second"]


def test_a_spread_begins_and_ends_with_its_bins() -> None:
    (axes,) = spread_figure([0.0, 0.5], [0.5, None], [3, 4], across="x", up="y").axes
    assert axes.get_xlim() == (0, 1)
    assert [bar.get_width() for bar in axes.patches] == [0.5, 0.5]


def test_nothing_is_not_drawn() -> None:
    with pytest.raises(ConfigError, match="nothing to draw: there is no speech"):
        shares_down([], [("happy", [])])


def test_the_same_picture_is_the_same_bytes() -> None:
    one, other = (figure_svg(shares_down(["a", "b"], SHARES)) for _ in range(2))
    assert one == other
    assert b"<svg" in one


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (None, "percent", "-"),
        (0.049, "percent", "0.0"),
        (3599.6, "seconds", "1:00:00"),
        (59.9, "clock", "0:59"),
        (9, "count", "9"),
        (True, "text", "True"),
        ("<b>", "text", "<b>"),
    ],
)
def test_values_are_told(value: object, kind: str, words: str) -> None:
    assert told(value, kind) == words


def test_long_times_have_hours() -> None:
    assert length(4_000_000) == "1,111:06:40"


def test_an_empty_table_is_told_and_a_cut_one_names_its_file() -> None:
    headings = [Heading("who", "text")]
    tables = [
        PageTable("Nothing", headings, [], 0),
        PageTable("Many", headings, [["<i>one</i>"]], 1234, "many.csv"),
    ]
    page = archive_page(
        "name",
        meaning="",
        unsure=("", ""),
        facts=[],
        notices=[],
        notes=[],
        sections=[Section("Part", tables=tables)],
        made="",
    )
    assert "Nothing: none." in page
    assert "1 of 1,234. All are in many.csv." in page
    assert "&lt;i&gt;one&lt;/i&gt;" in page
