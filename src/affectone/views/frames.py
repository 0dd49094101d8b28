"""What is measured frame by frame, as colours over time: mel bands, cepstra, pitch classes, contrasts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError
from affectone.units import Seconds
from affectone.views.panels import Grid, Size, grid, length_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

__all__ = [
    "PITCH_CLASSES",
    "Colours",
    "Frames",
    "chroma_figure",
    "contrast_figure",
    "draw_bar",
    "draw_frames",
    "mel_figure",
    "mel_ticks",
    "mfcc_figure",
    "thinned",
]

Floats = npt.NDArray[np.floating]

ROW_HEIGHT = 2.9
"""Of a recording, in inches."""
MOST_FRAMES = 1200
"""More are joined: a panel has no more dots."""
RANGE_DECIBELS = 80
SILENT_DECIBELS = -40.0
"""The loudest point counts as at least this loud, so that silence is dark."""
MEL_TICKS = (250, 500, 1000, 2000, 4000, 8000, 16000)
ORDINARY = 98
"""Per cent of the cepstral values that the colours tell apart."""
PITCH_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
BAR_ASPECT, BAR_END = 22, 0.05
"""Of one row of panels: its height over the width of the bar, and the end beyond the last value over it."""
SEQUENTIAL, DIVERGING = "magma", "RdBu_r"
"""Colour maps: lightness rises steadily, or falls on both sides of zero, for every kind of sight."""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """What was measured in one recording.

    Parameters
    ----------
    name : str
        As its title has it.
    values : array of float, shape (frames, dims)
        Frame i is centred on ``start + i * hop`` seconds.
    hop : float
        In seconds.
    seconds : float
        How long the recording is.
    start : float, default 0
        In seconds.

    Raises
    ------
    ConfigError
        If there are no values, or `hop` or `seconds` is not above 0.
    """

    name: str
    values: npt.NDArray[np.floating]
    hop: Seconds
    seconds: Seconds
    start: Seconds = 0.0

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or not self.values.size:
            raise ConfigError(
                f"{self.name}: values need the shape (frames, dims) and one at least; got {self.values.shape}"
            )
        if not (self.hop > 0 and self.seconds > 0):
            raise ConfigError(
                f"{self.name}: hop and seconds are above 0; got {self.hop!r} and {self.seconds!r}"
            )


@dataclass(frozen=True, slots=True)
class Colours:
    """How values become colours.

    Parameters
    ----------
    words : str
        What the bar says, with the unit.
    low, high : float
        Values at the ends of the bar.
    beyond : {"neither", "min", "both"}
        At which ends values go on.
    map_name : str
        As matplotlib names it.
    """

    words: str
    low: float
    high: float
    beyond: str = "neither"
    map_name: str = SEQUENTIAL


def mel_figure(
    recordings: Sequence[Frames],
    frequencies: npt.ArrayLike,
    *,
    title: str | None = None,
    size: Size | None = None,
) -> Figure:
    """Draw mel spectrograms of recordings side by side, in decibels under the loudest point of all.

    Parameters
    ----------
    recordings : sequence of Frames
        1 to 24; values are power in mel bands in dB, shape (frames, bands).
    frequencies : array of float, shape (bands,)
        Middle of each band in Hz, rising. The bands stand at equal distances: the axis is that of the mel
        scale, with marks in Hz.
    title : str, optional
        Over the whole picture.
    size : tuple of float, optional
        Width and height in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If there is nothing to draw or too much, or bands and frequencies differ in number.
    """
    middles = np.asarray(frequencies, np.float64)
    for recording in recordings:
        if recording.values.shape[1] != middles.size:
            raise ConfigError(
                f"{recording.name}: {recording.values.shape[1]} mel bands, but {middles.size} frequencies"
            )
    thin = [thinned(recording, MOST_FRAMES, mean=mean_decibels) for recording in recordings]
    loudest = max((float(recording.values.max()) for recording in thin), default=0.0)
    reference = max(loudest, SILENT_DECIBELS)
    relative = [replace(recording, values=recording.values - reference) for recording in thin]
    words = "power in mel bands (dB, 0 = loudest)"
    colours = Colours(words, -RANGE_DECIBELS, 0, "min")
    with grid([1] * len(recordings), row_height=ROW_HEIGHT, title=title, size=size) as made:
        _draw_all(made, relative, colours, "frequency (Hz)")
        made.panels[0].set_yticks(*mel_ticks(middles, MEL_TICKS))
    return made.figure


def mfcc_figure(
    recordings: Sequence[Frames], *, title: str | None = None, size: Size | None = None
) -> Figure:
    """Draw mel-frequency cepstral coefficients of recordings side by side, from the 1st on.

    The 0th is the level in other words; it is ten times as large as the others and would leave them one
    colour, so that it is left out. Colours are symmetric around zero, and the same for all recordings; 2 in
    100 values lie beyond them.

    Parameters
    ----------
    recordings : sequence of Frames
        1 to 24; values have the shape (frames, coefficients), the 0th with them.
    title : str, optional
        Over the whole picture.
    size : tuple of float, optional
        Width and height in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If there is nothing to draw or too much.
    """
    thin = [thinned(recording, MOST_FRAMES) for recording in recordings]
    for recording in recordings:
        if recording.values.shape[1] < 2:
            raise ConfigError(f"{recording.name}: there is no coefficient but the 0th, which is not drawn")
    sizes = [np.abs(recording.values[:, 1:]).ravel() for recording in thin]
    limit = max(1.0, float(np.percentile(np.concatenate(sizes), ORDINARY))) if sizes else 1.0
    colours = Colours("value (the 0th, the level, is left out)", -limit, limit, "both", DIVERGING)
    with grid([1] * len(recordings), row_height=ROW_HEIGHT, title=title, size=size) as made:
        above = [replace(recording, values=recording.values[:, 1:]) for recording in thin]
        _draw_all(made, above, colours, "MFCC coefficient", first=1)
        made.panels[0].locator_params(axis="y", integer=True)
    return made.figure


def chroma_figure(
    recordings: Sequence[Frames], *, title: str | None = None, size: Size | None = None
) -> Figure:
    """Draw how strong the twelve pitch classes are in recordings side by side, from C up to B.

    Parameters
    ----------
    recordings : sequence of Frames
        1 to 24; values are in [0, 1], 1 for the strongest of a frame, shape (frames, 12), from C on.
    title : str, optional
        Over the whole picture.
    size : tuple of float, optional
        Width and height in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If there is nothing to draw or too much, or there are not twelve.
    """
    _check_dims(recordings, len(PITCH_CLASSES), "pitch classes")
    thin = [thinned(recording, MOST_FRAMES) for recording in recordings]
    with grid([1] * len(recordings), row_height=ROW_HEIGHT, title=title, size=size) as made:
        _draw_all(made, thin, Colours("strength (1 = strongest of its frame)", 0, 1), "pitch class")
        made.panels[0].set_yticks(range(len(PITCH_CLASSES)), PITCH_CLASSES)
    return made.figure


def contrast_figure(
    recordings: Sequence[Frames],
    edges: npt.ArrayLike,
    *,
    title: str | None = None,
    size: Size | None = None,
) -> Figure:
    """Draw by how much peaks rise over valleys in the bands of recordings side by side.

    Parameters
    ----------
    recordings : sequence of Frames
        1 to 24; values are spectral contrasts in dB, shape (frames, bands).
    edges : array of float, shape (bands + 1,)
        Where the bands begin and end, in Hz, rising.
    title : str, optional
        Over the whole picture.
    size : tuple of float, optional
        Width and height in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If there is nothing to draw or too much, or bands and edges do not fit.
    """
    hertz = [f"{edge:,.0f}" for edge in np.asarray(edges, np.float64)]
    names = [f"{low}\N{EN DASH}{high}" for low, high in pairwise(hertz)]
    _check_dims(recordings, len(names), "bands")
    thin = [thinned(recording, MOST_FRAMES) for recording in recordings]
    highest = max((float(recording.values.max()) for recording in thin), default=1.0)
    colours = Colours("peaks over valleys (dB)", 0, max(1.0, highest))
    with grid([1] * len(recordings), row_height=ROW_HEIGHT, title=title, size=size) as made:
        _draw_all(made, thin, colours, "band (Hz)")
        made.panels[0].set_yticks(range(len(names)), names)
    return made.figure


def _check_dims(recordings: Sequence[Frames], dims: int, what: str) -> None:
    for recording in recordings:
        if recording.values.shape[1] != dims:
            raise ConfigError(
                f"{recording.name}: {recording.values.shape[1]} values a frame for {dims} {what}"
            )


def _draw_all(
    made: Grid, recordings: Sequence[Frames], colours: Colours, vertical: str, *, first: int = 0
) -> None:
    """Draw each recording into its panel, all in the same colours, with one bar for them."""
    for recording, axes in zip(recordings, made.panels, strict=True):
        image = draw_frames(axes, recording, colours, first=first)
        made.titles[axes] = (recording.name, f", {length_words(recording.seconds)}")
    longest = max(recording.seconds for recording in recordings)
    made.name_axes(made.set_time(longest), vertical)
    bar = draw_bar(made.figure, image, made.panels, colours, made.rows, BAR_ASPECT)
    bar.set_label(colours.words, size=9)


def draw_bar(
    figure: Figure, image: AxesImage, panels: Sequence[Axes], colours: Colours, rows: int, aspect: int
) -> Colorbar:
    """Draw the bar of colours beside some rows of panels, equally wide for any number of them.

    `aspect` is the height of one row over the width of the bar.
    """
    return figure.colorbar(
        image,
        ax=panels,
        pad=0.02,
        aspect=aspect * rows,
        extend=colours.beyond,
        extendfrac=BAR_END / rows,
    )


def draw_frames(axes: Axes, recording: Frames, colours: Colours, *, first: int = 0) -> AxesImage:
    """Draw values over time into a panel; value j of a frame stands at ``first + j``."""
    frames, dims = recording.values.shape
    left = recording.start - recording.hop / 2
    return axes.imshow(
        recording.values.T,
        extent=(left, left + frames * recording.hop, first - 0.5, first + dims - 0.5),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        cmap=colours.map_name,
        vmin=colours.low,
        vmax=colours.high,
    )


def mel_ticks(frequencies: npt.NDArray[np.floating], wanted: Sequence[int]) -> tuple[Floats, list[str]]:
    """Return where on the axis of mel bands some frequencies stand, and their names; others are left out."""
    ticks = [hertz for hertz in wanted if frequencies[0] <= hertz <= frequencies[-1]]
    places = np.interp(ticks, frequencies, np.arange(len(frequencies)))
    return places, [f"{hertz:,}" for hertz in ticks]


def plain_mean(values: Floats, starts: npt.NDArray[np.int64]) -> Floats:
    """Return the means of groups of rows that begin at some rows."""
    counts = np.diff(starts, append=len(values))
    return np.asarray(np.add.reduceat(values, starts, axis=0) / counts[:, None])


def mean_decibels(values: Floats, starts: npt.NDArray[np.int64]) -> Floats:
    """Return the mean power of groups of rows that begin at some rows, all in decibels."""
    return np.asarray(10 * np.log10(plain_mean(10 ** (values / 10), starts)))


def thinned(
    recording: Frames,
    most: int,
    *,
    mean: Callable[[Floats, npt.NDArray[np.int64]], Floats] = plain_mean,
) -> Frames:
    """Return a recording with at most so many frames: as many neighbours as needed become their mean."""
    together = -(-len(recording.values) // most)
    if together == 1:
        return recording
    starts = np.arange(0, len(recording.values), together)
    return replace(
        recording,
        values=mean(recording.values, starts),
        hop=together * recording.hop,
        start=recording.start + (together - 1) / 2 * recording.hop,
    )
