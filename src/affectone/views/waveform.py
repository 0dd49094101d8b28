"""Waveforms: the samples of recordings over time, each channel by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError
from affectone.units import Seconds
from affectone.views.panels import Size, grid, length_words
from affectone.views.theme import INK, UNKNOWN, colour_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Waveform", "draw_waveform", "envelope", "waveform_figure"]

ROW_HEIGHT, CHANNEL_HEIGHT = 2.2, 1.4
"""Of a recording of one channel, and of each of several, in inches."""
COLUMNS = 1200
"""Points over which a waveform is drawn: more than a picture has dots in a panel."""
FEW = 50
"""Of fewer samples each is marked."""
SILENT = 1e-4
"""Peak under which a recording is silent."""


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """One recording.

    Parameters
    ----------
    name : str
        As its title has it.
    samples : array of float, shape (samples,) or (channels, samples)
        In [-1, 1].
    sample_rate : float
        In Hz.
    label : str, optional
        Its emotion, which is its colour.

    Raises
    ------
    ConfigError
        If there are no samples.
    """

    name: str
    samples: npt.NDArray[np.floating]
    sample_rate: float
    label: str | None = None

    def __post_init__(self) -> None:
        if self.samples.ndim not in (1, 2) or not self.samples.size:
            raise ConfigError(
                f"{self.name}: samples need the shape (samples,) or (channels, samples) and at least one; "
                f"got {self.samples.shape}"
            )

    @property
    def channels(self) -> npt.NDArray[np.floating]:
        """The samples, shape (channels, samples)."""
        return np.atleast_2d(self.samples)

    @property
    def seconds(self) -> Seconds:
        """How long it is."""
        return float(self.samples.shape[-1] / self.sample_rate)

    @property
    def peak(self) -> float:
        """The largest distance of a sample from 0."""
        return float(max(self.samples.max(), -self.samples.min()))


def waveform_figure(
    recordings: Sequence[Waveform], *, title: str | None = None, size: Size | None = None
) -> Figure:
    """Draw the waveforms of recordings side by side, all on one scale of time and one of amplitude.

    Each channel has a panel; they stand below each other. Drawn are the lowest and the highest sample of each
    of some hundred short stretches, so that no peak is lost and a long recording costs no more than a short
    one.

    Parameters
    ----------
    recordings : sequence of Waveform
        1 to 24.
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
        If there is nothing to draw, or too much.
    """
    rows = [len(recording.channels) for recording in recordings]
    height = ROW_HEIGHT if max(rows, default=1) == 1 else CHANNEL_HEIGHT
    with grid(rows, row_height=height, title=title, size=size) as made:
        for recording, cell in zip(recordings, made.cells, strict=True):
            silent = ", silent" if recording.peak < SILENT else ""
            made.titles[cell[0]] = (recording.name, f", {length_words(recording.seconds)}{silent}")
            for number, (axes, samples) in enumerate(zip(cell, recording.channels, strict=True)):
                draw_waveform(axes, samples, recording.sample_rate, recording.label, columns=COLUMNS)
                if len(cell) > 1:
                    _name_channel(axes, number)
        loudest = max(recording.peak for recording in recordings)
        limit = 1.05 * (loudest if loudest >= SILENT else 1)
        made.panels[0].set_ylim(-limit, limit)
        longest = max(recording.seconds for recording in recordings)
        made.name_axes(made.set_time(longest), "amplitude")
    return made.figure


def _name_channel(axes: Axes, number: int) -> None:
    behind = {"facecolor": "#ffffff", "edgecolor": "none", "alpha": 0.8, "pad": 1.5}
    where = {"transform": axes.transAxes, "ha": "right", "va": "top"}
    axes.text(0.995, 0.96, f"channel {number}", size=9, bbox=behind, **where)  # type: ignore[arg-type]


def draw_waveform(
    axes: Axes,
    samples: npt.NDArray[np.floating],
    sample_rate: float,
    label: str | None,
    *,
    columns: int,
) -> None:
    """Draw one channel into a panel: as a line where it has few samples, else as the band it fills."""
    colour = UNKNOWN if label is None else colour_of(label)
    if samples.size <= 2 * columns:
        marker = "." if samples.size < FEW else None
        axes.plot(np.arange(samples.size) / sample_rate, samples, color=INK, linewidth=0.6, marker=marker)
    else:
        times, low, high = envelope(samples, sample_rate, columns=columns)
        edge = colour if label is None else INK  # Some colours of emotions are too pale to stand alone.
        axes.fill_between(times, low, high, color=colour, edgecolor=edge, linewidth=0.3)
    axes.locator_params(axis="y", nbins=5)
    axes.grid(axis="x")


def envelope(
    samples: npt.NDArray[np.floating], sample_rate: float, *, columns: int
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    """Return where a waveform runs, in few enough points to be drawn: the ends of each column.

    Returns
    -------
    times, lowest, highest : numpy.ndarray, shape (columns or fewer,)
        Middles of the columns in seconds, and the lowest and highest sample in each.
    """
    edges = np.unique(np.linspace(0, samples.size, columns + 1).astype(np.int64))
    starts = edges[:-1]
    times = (starts + edges[1:]) / (2 * sample_rate)
    return times, np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)
