"""Sheets with a waveform and a mel spectrogram in each row: clips of emotions, or variants of one sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError
from affectone.units import Hertz, Seconds
from affectone.views.frames import (
    RANGE_DECIBELS,
    Colours,
    Frames,
    draw_bar,
    draw_frames,
    mean_decibels,
    mel_ticks,
    thinned,
)
from affectone.views.panels import MOST_RECORDINGS, Size, check_room, put_titles, valid_size
from affectone.views.theme import new_figure, styled
from affectone.views.waveform import draw_waveform, envelope

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

__all__ = ["Example", "envelope", "examples_figure", "variants_figure"]

WIDTH, ROW_HEIGHT, MARGIN = 11.0, 1.55, 0.8
"""Of the sheet, of one clip in it, and of its axis, in inches."""
MEL_TICKS = (250, 1000, 2000, 4000)
SILENT, SILENT_DECIBELS = 1e-4, -20.0
"""The loudest point of a voice counts as at least this loud, so that silence is flat and dark."""
COLUMNS = 600
"""Points over which a row is drawn."""
COLOURS = Colours("power in mel bands", -RANGE_DECIBELS, 0, "min")
BAR_ASPECT = 15
"""Height of a row over the width of the bar of colours."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One clip for the sheet.

    Parameters
    ----------
    label : str
    name : str
        Which clip it is.
    voice : str
        Whose it is; clips of one voice are drawn on one scale.
    samples : array of float, shape (samples,)
    sample_rate : int
        In Hz.
    decibels : array of float, shape (frames, bands)
        Power in mel bands. Frame i is centred on ``i * hop`` seconds.
    hop : float
        In seconds.
    frequencies : array of float, shape (bands,)
        Middle of each band in Hz.
    """

    label: str
    name: str
    voice: str
    samples: npt.NDArray[np.floating]
    sample_rate: Hertz
    decibels: npt.NDArray[np.floating]
    hop: Seconds
    frequencies: npt.NDArray[np.floating]

    @property
    def seconds(self) -> Seconds:
        """How long it is."""
        return float(self.samples.size / self.sample_rate)


def examples_figure(
    examples: Sequence[Example], *, title: str | None = None, size: Size | None = None
) -> Figure:
    """Draw one row a clip: its waveform, and its mel spectrogram.

    All share one axis of time. Those of one voice share the scales of amplitude and colour, so that what is
    louder looks louder; 0 dB is the voice's loudest point. How loud two voices are says more about the
    recordings than about them, so that each voice has scales of its own.

    Parameters
    ----------
    examples : sequence of Example
        1 to 24.
    title : str, optional
        Over the whole sheet.
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
    return _sheet(examples, "loudest of the voice", title, size)


def variants_figure(
    variants: Sequence[Example], *, title: str | None = None, size: Size | None = None
) -> Figure:
    """Draw variants of one sound below each other, such as a clip before and after augmentation.

    All share the axis of time and the scales of amplitude and colour, whatever their voice.

    Parameters
    ----------
    variants : sequence of Example
        1 to 24; the label says what was done.
    title : str, optional
        Over the whole sheet.
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
    same = [replace(variant, voice="") for variant in variants]
    return _sheet(same, "loudest of all", title, size)


def _sheet(examples: Sequence[Example], zero: str, title: str | None, size: Size | None) -> Figure:
    if not 1 <= len(examples) <= MOST_RECORDINGS:
        raise ConfigError(f"a sheet shows 1 to {MOST_RECORDINGS} recordings; got {len(examples)}")
    wanted = (WIDTH, ROW_HEIGHT * len(examples) + MARGIN + (0.3 if title else 0))
    with styled():
        figure = new_figure(*valid_size(size, wanted))
        grid = figure.subplots(len(examples), 2, sharex=True, squeeze=False)
        for example, (left, right) in zip(examples, grid, strict=True):
            same = [other for other in examples if other.voice == example.voice]
            peak = max(float(np.abs(other.samples).max(initial=0)) for other in same)
            _draw_waveform(left, example, max(peak, SILENT))
            loudest = max(float(other.decibels.max()) for other in same)
            image = _draw_mel(right, example, max(loudest, SILENT_DECIBELS))
        for axes in grid[-1]:
            axes.set(xlim=(0, max(example.seconds for example in examples)), xlabel="time (s)")
        bar = draw_bar(figure, image, list(grid[:, 1]), COLOURS, len(examples), BAR_ASPECT)
        bar.set_label(f"{COLOURS.words}\n(dB, 0 = {zero})", size=9)
        if title:
            figure.suptitle(title)
        put_titles(figure, {row[0]: (one.label, "") for one, row in zip(examples, grid, strict=True)})
        named = {
            row[1]: (one.name, f", {one.seconds:.2f} s") for one, row in zip(examples, grid, strict=True)
        }
        put_titles(figure, named, fontweight="normal", fontsize=9)
        if size is not None:
            check_room(figure, wanted)
    return figure


def _draw_waveform(axes: Axes, example: Example, peak: float) -> None:
    draw_waveform(axes, example.samples, example.sample_rate, example.label, columns=COLUMNS)
    axes.set(ylim=(-1.05 * peak, 1.05 * peak), ylabel="amplitude")


def _draw_mel(axes: Axes, example: Example, loudest: float) -> AxesImage:
    whole = Frames(example.name, example.decibels - loudest, example.hop, example.seconds)
    thin = thinned(whole, COLUMNS, mean=mean_decibels)
    image = draw_frames(axes, thin, COLOURS)
    axes.set_yticks(*mel_ticks(example.frequencies, MEL_TICKS))
    axes.set_ylabel("frequency (Hz)")
    return image
