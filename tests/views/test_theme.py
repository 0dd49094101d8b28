"""Colours that everybody can tell apart, and pictures that are saved whole, the same each time."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import numpy.typing as npt
import pytest

from affectone.errors import ConfigError, MissingExtraError
from affectone.labels import COMMON, VIEWS
from affectone.registry import EXTRA_MODULES
from affectone.views import COLOURS, colour_of, save_figure
from affectone.views.theme import ink_on, new_figure, ordered, styled, tint

SIGHT = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""How linear RGB looks to whom: Machado, Oliveira and Fernandes (2009), severity 1."""
TO_XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]
WHITE = [0.95047, 1.0, 1.08883]


def linear(colour: str) -> npt.NDArray[np.float64]:
    """Return linear RGB of ``#rrggbb`` (IEC 61966-2-1)."""
    part = np.array(list(bytes.fromhex(colour[1:]))) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def cielab(rgb: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return CIELAB (CIE 1976, D65) of linear RGB."""
    ratio = np.array(TO_XYZ) @ rgb / WHITE
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: str, other: str, sight: str) -> float:
    seen = [cielab(np.clip(np.array(SIGHT[sight]) @ linear(colour), 0, 1)) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def test_the_measure_of_difference_is_right() -> None:
    assert cielab(linear("#ffffff")) == pytest.approx([100, 0, 0], abs=0.02)
    assert cielab(linear("#ff0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    # Pure red and this green are the classic pair that deuteranopia confuses.
    assert difference("#d7191c", "#6a7a1c", "deuteranopia") < difference("#d7191c", "#6a7a1c", "usual") / 3


@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_emotions_can_be_told_apart(sight: str) -> None:
    pairs = {pair: difference(*(COLOURS[label] for label in pair), sight) for pair in combinations(COMMON, 2)}
    assert min(pairs.values()) > 25, min(pairs, key=lambda pair: pairs[pair])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("name", VIEWS)
def test_so_can_the_labels_of_every_view(name: str, sight: str) -> None:
    colours = [COLOURS[label] for label in VIEWS[name].labels]
    assert min(difference(one, other, sight) for one, other in combinations(colours, 2)) > 25


@pytest.mark.parametrize("colour", [*COLOURS.values(), *(tint(colour) for colour in COLOURS.values())])
def test_numbers_on_a_colour_can_be_read(colour: str) -> None:
    light = [float(np.array(TO_XYZ[1]) @ linear(shade)) + 0.05 for shade in (colour, ink_on(colour))]
    assert max(light) / min(light) > 3  # WCAG 2.2, 1.4.3


def test_a_label_of_ones_own_has_a_colour_that_no_emotion_has() -> None:
    assert colour_of("puzzled") not in COLOURS.values()


def test_labels_come_in_the_common_order_and_ones_own_after() -> None:
    assert ordered(["zeal", "other", "sad", "awe", "neutral", "sad"]) == [
        "neutral",
        "sad",
        "other",
        "awe",
        "zeal",
    ]
    assert ordered(["negative", "neutral", "positive"]) == ["neutral", "positive", "negative"]


def drawn(text: str = "a $5 call"):  # type: ignore[no-untyped-def]
    with styled():
        figure = new_figure(4, 3)
        figure.subplots().set_title(text)
    return figure


STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF", ".PNG": b"\x89PNG"}


@pytest.mark.parametrize("suffix", STARTS)
def test_the_end_of_the_name_is_the_format(tmp_path: Path, suffix: str) -> None:
    save_figure(drawn(), tmp_path / f"picture{suffix}")
    assert (tmp_path / f"picture{suffix}").read_bytes().startswith(STARTS[suffix])
    assert [path.name for path in tmp_path.iterdir()] == [f"picture{suffix}"]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_picture_is_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    for name in "ab":
        save_figure(drawn(), tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_text_in_svg_is_text_and_a_dollar_begins_no_formula(tmp_path: Path) -> None:
    save_figure(drawn("a $5 or $6 call"), tmp_path / "a.svg")
    texts = ElementTree.parse(tmp_path / "a.svg").iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - ours
    assert "a $5 or $6 call" in ["".join(text.itertext()) for text in texts]


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.svgz"])
def test_another_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"unknown picture format .* known: \.png, \.svg, \.pdf"):
        save_figure(drawn(), tmp_path / name)


def test_a_picture_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "a.png").write_bytes(b"old")
    figure = drawn()

    def full(path: Path, **_: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure, "savefig", full)
    with pytest.raises(OSError, match="No space left"):
        save_figure(figure, tmp_path / "a.png")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.png": b"old"}


def test_the_users_settings_are_as_before_and_change_nothing(tmp_path: Path) -> None:
    save_figure(drawn(), tmp_path / "a.png")
    with matplotlib.rc_context({"font.size": 30, "axes.titlesize": 30, "savefig.dpi": 20}):
        before = dict(matplotlib.rcParams)
        save_figure(drawn(), tmp_path / "b.png")
        assert dict(matplotlib.rcParams) == before
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTRA_MODULES, "plots", ("no_such_module_anywhere",))
    with pytest.raises(MissingExtraError, match=r"a picture needs the extra 'plots': pip install"):
        drawn()


def test_a_picture_of_too_many_dots_is_refused_before_it_is_drawn(tmp_path: Path) -> None:
    with styled():
        figure = new_figure(50, 50)
    with pytest.raises(ConfigError, match="50x50 inches at 1200 dots per inch are 3,600 million pixels"):
        save_figure(figure, tmp_path / "a.png", dpi=1200)
    assert list(tmp_path.iterdir()) == []
