"""Values over time as colours: each at its place, on one scale, in maps that everybody can read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import pytest

from affectone.errors import ConfigError
from affectone.views import Frames, chroma_figure, contrast_figure, mel_figure, mfcc_figure, save_figure
from affectone.views.frames import DIVERGING, PITCH_CLASSES, SEQUENTIAL, mean_decibels, thinned

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HOP = 0.032
MIDDLES = np.array([100.0, 200, 300, 500, 1000, 2000, 4000, 7000])
EDGES = [0, 200, 400, 800, 8000]


def frames(dims: int, count: int = 100, name: str = "a.wav", fill: float = 0.0) -> Frames:
    return Frames(name, np.full((count, dims), fill, np.float32), HOP, max(1, count - 1) * HOP)


DRAW: dict[str, tuple[int, Callable[..., Figure]]] = {
    "mel": (len(MIDDLES), lambda recordings, **more: mel_figure(recordings, MIDDLES, **more)),
    "mfcc": (13, mfcc_figure),
    "chroma": (12, chroma_figure),
    "contrast": (4, lambda recordings, **more: contrast_figure(recordings, EDGES, **more)),
}
NAMES = {
    "mel": ("frequency (Hz)", "power in mel bands (dB, 0 = loudest)"),
    "mfcc": ("MFCC coefficient", "value (the 0th, the level, is left out)"),
    "chroma": ("pitch class", "strength (1 = strongest of its frame)"),
    "contrast": ("band (Hz)", "peaks over valleys (dB)"),
}


def marks(axes) -> dict[str, float]:  # type: ignore[no-untyped-def]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    return dict(zip(labels, axes.get_yticks().tolist(), strict=True))


def brightest(figure: Figure) -> tuple[float, float]:
    """Return the place of the largest value on the axes: its time, and its middle on the other axis."""
    (image,) = figure.axes[0].images
    shown = image.get_array()
    row, column = np.unravel_index(shown.argmax(), shown.shape)
    left, right, bottom, top = image.get_extent()
    across, up = (right - left) / shown.shape[1], (top - bottom) / shown.shape[0]
    return left + (column + 0.5) * across, bottom + (row + 0.5) * up


@pytest.mark.parametrize("kind", DRAW)
def test_axes_and_the_bar_of_colours_have_names_and_units(kind: str) -> None:
    dims, draw = DRAW[kind]
    axes, bar = draw([frames(dims)]).axes
    assert axes.get_xlabel() == "time (s)"
    assert (axes.get_ylabel(), bar.get_ylabel()) == NAMES[kind]
    assert axes.get_title(loc="left") == "a.wav, 3.17 s"


def test_the_bar_of_colours_is_as_wide_beside_many_rows_as_beside_one() -> None:
    widths = []
    for count in (3, 12):
        figure = mel_figure([frames(len(MIDDLES), 3)] * count, MIDDLES)
        figure.draw_without_rendering()
        widths.append(figure.axes[-1].get_window_extent().width)
    assert widths[1] == pytest.approx(widths[0], rel=0.3)


@pytest.mark.parametrize("kind", DRAW)
def test_several_share_colours_and_one_bar(kind: str) -> None:
    dims, draw = DRAW[kind]
    figure = draw([frames(dims, 50, fill=1), frames(dims, 100, "b.wav", fill=7), frames(dims, 3)])
    assert len(figure.axes) == 4
    assert len({axes.images[0].get_clim() for axes in figure.axes[:3]}) == 1
    assert len({axes.get_xlim() for axes in figure.axes[:3]}) == 1


def test_a_mel_band_stands_at_its_frequency_and_a_frame_at_its_time() -> None:
    recording = frames(len(MIDDLES), fill=-50)
    recording.values[40, 4] = 0
    figure = mel_figure([recording], MIDDLES)
    assert brightest(figure) == pytest.approx((40 * HOP, 4))
    assert marks(figure.axes[0]) == pytest.approx({"250": 1.5, "500": 3, "1,000": 4, "2,000": 5, "4,000": 6})


def test_0_decibels_is_the_loudest_of_all_recordings() -> None:
    quiet, loud = frames(8, fill=-30), frames(8, fill=12)
    figure = mel_figure([quiet, loud], MIDDLES)
    assert [float(axes.images[0].get_array().max()) for axes in figure.axes[:2]] == [-42, 0]
    assert figure.axes[0].images[0].get_clim() == (-80, 0)


def test_silence_is_dark() -> None:
    (image,) = mel_figure([frames(8, fill=-100)], MIDDLES).axes[0].images
    assert float(image.get_array().max()) == -60


def test_the_0th_coefficient_does_not_move_the_colours() -> None:
    values = np.random.default_rng(0).normal(0, 20, (100, 13)).astype(np.float32)
    values[:, 0] = -500
    figure = mfcc_figure([Frames("a.wav", values, HOP, 3.2)])
    (image,) = figure.axes[0].images
    low, high = image.get_clim()
    assert (low, image.get_array().shape) == (-high, (12, 100))
    assert high == pytest.approx(np.percentile(np.abs(values[:, 1:]), 98))
    assert figure.axes[0].get_ylim() == (0.5, 12.5)


def test_a_coefficient_stands_at_its_number() -> None:
    recording = frames(13)
    recording.values[10, 5] = 3
    assert brightest(mfcc_figure([recording])) == pytest.approx((10 * HOP, 5))


def test_coefficients_are_marked_by_whole_numbers() -> None:
    figure = mfcc_figure([frames(3)])
    assert all(place == int(place) for place in figure.axes[0].get_yticks())


def test_pitch_classes_run_from_c_up_to_b() -> None:
    recording = frames(12)
    recording.values[10, 9] = 1
    figure = chroma_figure([recording])
    assert marks(figure.axes[0]) == {name: place for place, name in enumerate(PITCH_CLASSES)}
    assert brightest(figure)[1] == marks(figure.axes[0])["A"]


def test_bands_of_contrast_are_named_by_their_edges() -> None:
    recording = frames(4)
    recording.values[10, 2] = 30
    figure = contrast_figure([recording], EDGES)
    assert [name.replace("\N{EN DASH}", "-") for name in marks(figure.axes[0])] == [
        "0-200",
        "200-400",
        "400-800",
        "800-8,000",
    ]
    assert brightest(figure)[1] == 2
    assert figure.axes[0].images[0].get_clim() == (0, 30)


@pytest.mark.parametrize("kind", DRAW)
@pytest.mark.parametrize("count", [1, 2, 20_000])
def test_short_and_long_are_drawn_whole_and_no_finer_than_dots(kind: str, count: int) -> None:
    dims, draw = DRAW[kind]
    (image,) = draw([frames(dims, count)]).axes[0].images
    assert image.get_array().shape[1] <= 1200
    left, right, *_ = image.get_extent()
    assert left == pytest.approx(-HOP / 2)
    assert right >= (count - 0.5) * HOP - 1e-6


def test_joined_frames_keep_their_time_and_mean() -> None:
    values = np.arange(10.0)[:, np.newaxis]
    joined = thinned(Frames("a.wav", values, 1.0, 9.0), 4)
    assert joined.values[:, 0].tolist() == [1, 4, 7, 9]
    assert (joined.start, joined.hop) == (1, 3)


def test_joined_decibels_are_the_mean_power() -> None:
    values = np.array([[0.0], [-np.inf], [10.0], [10.0]])
    assert mean_decibels(values, np.array([0, 2]))[:, 0] == pytest.approx([10 * np.log10(0.5), 10])


def lightness(name: str) -> np.ndarray:
    """Return CIE 1976 lightness along a colour map."""
    rgb = mpl.colormaps[name](np.linspace(0, 1, 101))[:, :3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16


def test_lightness_alone_tells_the_values() -> None:
    assert np.all(np.diff(lightness(SEQUENTIAL)[5:]) > 0)
    steps = np.diff(lightness(DIVERGING))
    assert np.all(steps[:48] > 0)
    assert np.all(steps[52:] < 0)


WRONG = {
    "bands": (lambda: mel_figure([frames(5)], MIDDLES), "a.wav: 5 mel bands, but 8 frequencies"),
    "pitch classes": (lambda: chroma_figure([frames(7)]), "a.wav: 7 values a frame for 12 pitch classes"),
    "contrast": (lambda: contrast_figure([frames(7)], EDGES), "a.wav: 7 values a frame for 4 bands"),
    "the level alone": (lambda: mfcc_figure([frames(1)]), "a.wav: there is no coefficient but the 0th"),
    "no frames": (lambda: frames(4, 0), r"a.wav: values need the shape \(frames, dims\)"),
    "no hop": (
        lambda: Frames("a.wav", np.zeros((2, 2)), 0.0, 1.0),
        "a.wav: hop and seconds are above 0; got 0.0",
    ),
    "nothing": (lambda: mel_figure([], MIDDLES), "a picture shows 1 to 24 recordings; got 0"),
    "no mfcc": (lambda: mfcc_figure([]), "a picture shows 1 to 24 recordings; got 0"),
    "no contrast": (lambda: contrast_figure([], EDGES), "a picture shows 1 to 24 recordings; got 0"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_told(case: str) -> None:
    make, words = WRONG[case]
    with pytest.raises(ConfigError, match=words):
        make()


@pytest.mark.parametrize("kind", DRAW)
def test_nothing_is_cut_small_or_under_something_else(faults, kind: str) -> None:
    dims, draw = DRAW[kind]
    for count in (1, 5):
        recordings = [frames(dims, 3 + 9**number, "long name " * (1 + 5 * number)) for number in range(count)]
        assert faults(draw(recordings, title="Recordings of one afternoon")) == []


@pytest.mark.parametrize("kind", DRAW)
@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_same_values_are_the_same_file(tmp_path: Path, kind: str, suffix: str) -> None:
    dims, draw = DRAW[kind]
    for name in "ab":
        save_figure(draw([frames(dims)]), tmp_path / f"{name}{suffix}")
    first, second = ((tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")
    assert first == second
    assert len(first) > 5000
