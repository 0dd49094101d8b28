"""Emotion over time: waveform, coloured segments and the probabilities of each channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError
from affectone.units import Seconds
from affectone.views.panels import MOST_RECORDINGS, Size, grid
from affectone.views.theme import INK, PAPER, UNKNOWN, colour_of, ordered, tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Span", "Track", "timeline_figure"]

CHANNEL_HEIGHT = 2.6
"""Of the panel of a channel, in inches."""
STRIP, SCORES = (-1.45, -1.1), (-2.6, -1.55)
"""Where the coloured segments and the probabilities stand under a waveform from -1 to 1."""


@dataclass(frozen=True, slots=True)
class Span:
    """A segment as it is drawn.

    Parameters
    ----------
    start, end : float
        In seconds.
    label : str or None
        None of music, which its `note` says.
    confidence : float or None
    unsure : bool
    note : str or None
        Why it is unsure, or what it is.
    spoken : float
        How much speech it holds, in seconds.
    who : str, optional
        Who speaks, where several do within a channel.
    """

    start: Seconds
    end: Seconds
    label: str | None
    confidence: float | None
    unsure: bool
    note: str | None
    spoken: Seconds = 0.0
    who: str | None = None

    @property
    def told(self) -> str:
        """The segment in words."""
        if self.label is None or self.confidence is None:
            return self.note or "no speech"
        words = f"{self.label} {self.confidence:.0%}"
        return f"{words}, unsure: {self.note}" if self.unsure else words


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One channel over time.

    Parameters
    ----------
    name : str
    low, high : numpy.ndarray, shape (columns,)
        Lowest and highest sample of equal parts of the recording; none where the waveform is not known.
    spans : sequence of Span
        In order, not overlapping.
    labels : sequence of str
        In the order of the scores.
    times : numpy.ndarray, shape (windows, 2)
        Start and end of the steps that were judged, in seconds.
    scores : numpy.ndarray, shape (windows, labels)
        Probabilities.
    """

    name: str
    low: npt.NDArray[np.floating]
    high: npt.NDArray[np.floating]
    spans: Sequence[Span]
    labels: Sequence[str]
    times: npt.NDArray[np.floating]
    scores: npt.NDArray[np.floating]

    def lanes(self) -> list[tuple[str, list[Span]]]:
        """Return who speaks in the channel, in the order first heard, and their segments.

        What nobody says, such as music, is in all of them.
        """
        people = list(dict.fromkeys(span.who for span in self.spans if span.who is not None))
        if not people:
            return [(self.name, list(self.spans))]
        return [(who, [span for span in self.spans if span.who in (who, None)]) for who in people]

    def runs(self) -> list[tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]]:
        """Return times and scores of steps that touch, each step with both of its ends."""
        if not len(self.times):
            return []
        breaks = np.flatnonzero(self.times[1:, 0] - self.times[:-1, 1] > 1e-6) + 1
        pairs = zip(np.split(self.times, breaks), np.split(self.scores, breaks), strict=True)
        return [(times.reshape(-1), np.repeat(scores, 2, axis=0)) for times, scores in pairs]


def timeline_figure(
    tracks: Sequence[Track], duration: Seconds, *, title: str | None = None, size: Size | None = None
) -> Figure:
    """Draw what the channels of a recording sound like over time.

    Each channel has its waveform, under it its segments in the colours of their emotions, pale and hatched
    where they are unsure, a row for each speaker if there are several, and under these the probabilities,
    one on another.

    Parameters
    ----------
    tracks : sequence of Track
        1 to 24.
    duration : float
        Of the recording, in seconds.
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
    if not duration > 0:
        raise ConfigError(f"a timeline lasts more than 0 s; got {duration!r}")
    if not 1 <= len(tracks) <= MOST_RECORDINGS:
        raise ConfigError(f"a picture shows 1 to {MOST_RECORDINGS} channels; got {len(tracks)}")
    with grid([len(tracks)], row_height=CHANNEL_HEIGHT, title=title, size=size) as made:
        for track, axes in zip(tracks, made.panels, strict=True):
            _draw_waveform(axes, track, duration)
            rows = _draw_lanes(axes, track)
            _draw_scores(axes, track)
            made.titles[axes] = (track.name, "")
            axes.set_ylim(SCORES[0] - 0.05, 1.05)
            axes.set_yticks([sum(SCORES) / 2, *rows, 0], ["probability", *rows.values(), "sound"])
            axes.tick_params(axis="y", length=0)
        made.name_axes(made.set_time(duration), "")
        _legend(made.figure, tracks)
    return made.figure


def _draw_waveform(axes: Axes, track: Track, duration: Seconds) -> None:
    if len(track.low):
        middles = (np.arange(len(track.low)) + 0.5) * duration / len(track.low)
        axes.fill_between(middles, track.low, track.high, color=UNKNOWN, linewidth=0)


def _draw_lanes(axes: Axes, track: Track) -> dict[float, str]:
    """Draw the segments of each speaker in a row; return the middles of the rows and their names."""
    lanes = track.lanes()
    edges = np.linspace(STRIP[1], STRIP[0], len(lanes) + 1).tolist()
    for (_, spans), (high, low) in zip(lanes, pairwise(edges), strict=True):
        _draw_spans(axes, spans, low, high)
    names = ["emotion"] if len(lanes) == 1 else [who for who, _ in lanes]
    return {(high + low) / 2: name for name, (high, low) in zip(names, pairwise(edges), strict=True)}


def _draw_spans(axes: Axes, spans: Sequence[Span], low: float, high: float) -> None:
    for span in spans:
        colour = PAPER if span.label is None else colour_of(span.label)
        shade, hatch = (tint(colour), "/////") if span.unsure else (colour, None)
        where = {"facecolor": shade, "hatch": hatch, "edgecolor": INK, "linewidth": 0.5}
        axes.broken_barh([(span.start, span.end - span.start)], (low, high - low), **where)  # type: ignore[arg-type]
        if span.label is None:
            middle = {"ha": "center", "va": "center", "size": 8, "clip_on": True}
            axes.text((span.start + span.end) / 2, (low + high) / 2, span.told, **middle)  # type: ignore[arg-type]


def _draw_scores(axes: Axes, track: Track) -> None:
    low, high = SCORES
    for times, scores in track.runs():
        edges = np.cumsum(np.pad(scores, ((0, 0), (1, 0))), axis=1) * (high - low) + low
        for place, label in enumerate(track.labels):
            under, over = edges[:, place], edges[:, place + 1]
            axes.fill_between(times, under, over, color=colour_of(label), linewidth=0)


def _legend(figure: Figure, tracks: Sequence[Track]) -> None:
    from matplotlib.patches import Patch

    labels = ordered(label for track in tracks for label in track.labels)
    look = {"edgecolor": INK, "linewidth": 0.5}
    patches = [Patch(facecolor=colour_of(label), label=label, **look) for label in labels]  # type: ignore[arg-type]
    figure.legend(handles=patches, loc="outside lower center", ncols=8)
