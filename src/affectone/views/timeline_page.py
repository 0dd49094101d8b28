"""A timeline as one HTML page that needs nothing else: no network and no file beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from affectone.registry import require_module
from affectone.units import Seconds
from affectone.views.template import data_uri, rendered
from affectone.views.theme import colour_of, ink_on, ordered
from affectone.views.timeline import Span, Track

__all__ = ["Sound", "timeline_page"]

TEMPLATE = "timeline.html.jinja"
WIDTH, SOUND_HEIGHT, SCORES_HEIGHT = 1000.0, 60.0, 50.0
"""Of a track's drawing, in its own units."""
MOST_MOMENTS = 5
QUIET = ("neutral", "calm")
"""What no strong moment is made of."""
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
MOST_TICKS = 12


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that a page holds and plays.

    Parameters
    ----------
    data : bytes
    kind : str
        Its media type, such as ``"audio/wav"``.
    """

    data: bytes
    kind: str

    @property
    def source(self) -> str:
        """The recording itself, as an HTML page holds it."""
        return data_uri(self.data, self.kind)


def timeline_page(
    name: str,
    tracks: Sequence[Track],
    duration: Seconds,
    facts: Sequence[tuple[str, str]],
    warnings: Sequence[str],
    sound: Sound | None = None,
) -> str:
    """Return a timeline as HTML.

    Parameters
    ----------
    name : str
        Of the recording.
    tracks : sequence of Track
    duration : float
        In seconds.
    facts : sequence of (str, str)
        What else there is to say about it: a word and its value.
    warnings : sequence of str
    sound : Sound, optional
        Played by the page.

    Raises
    ------
    MissingExtraError
        If jinja2 is not installed.
    """
    require_module("jinja2", "plots", "a page of a timeline")
    numbered = [(track, number) for number, track in enumerate(tracks)]
    return rendered(
        TEMPLATE,
        {"clock": clock, "colour": colour_of, "ink": lambda label: ink_on(colour_of(label))},
        name=name,
        facts=facts,
        warnings=warnings,
        sound=sound,
        duration=duration,
        ticks=_ticks(duration),
        labels=ordered(label for track in tracks for label in track.labels),
        tracks=[_drawn(track, duration) for track in tracks],
        moments=_moments(tracks),
        rows=sorted(
            ((span, span.who or track.name, number) for track, number in numbered for span in track.spans),
            key=lambda row: (row[0].start, row[2]),
        ),
    )


def clock(seconds: Seconds) -> str:
    """Return a time as minutes and seconds, with hours where there are any.

    Examples
    --------
    >>> clock(75.04), clock(3661)
    ('1:15.0', '1:01:01.0')
    """
    tenths = round(10 * seconds)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    end = f"{rest // 10:02d}.{rest % 10}"
    return f"{hours}:{minutes:02d}:{end}" if hours else f"{minutes}:{end}"


def _ticks(duration: Seconds) -> list[tuple[float, str]]:
    """Return where the axis of time has words, in per cent, and the words."""
    step = next((step for step in STEPS if duration / step <= MOST_TICKS), STEPS[-1])
    return [
        (100 * at / duration, f"{at // 3600}:{at // 60 % 60:02d}:{at % 60:02d}".removeprefix("0:"))
        for at in range(0, int(duration) + 1, step)
    ]


def _drawn(track: Track, duration: Seconds) -> dict[str, Any]:
    whole = 100 / duration
    return {
        "name": track.name,
        "waveform": _waveform(track),
        "lanes": [
            {
                "who": who,
                "spans": [(span, span.start * whole, (span.end - span.start) * whole) for span in spans],
                "shares": _shares(spans),
            }
            for who, spans in track.lanes()
        ],
        "areas": _areas(track, duration),
    }


def _shares(spans: Sequence[Span]) -> list[tuple[str, Seconds, float]]:
    """Return how long each emotion is heard, and its share of the speech in per cent."""
    spoken: dict[str, float] = {}
    for span in spans:
        if span.label is not None:
            spoken[span.label] = spoken.get(span.label, 0.0) + span.spoken
    total = sum(spoken.values())
    return [(label, spoken[label], 100 * spoken[label] / total) for label in ordered(spoken)]


def _waveform(track: Track) -> str:
    """Return a waveform as the path of a filled shape; empty where it is not known."""
    if not len(track.low):
        return ""
    across = (np.arange(len(track.low)) + 0.5) * WIDTH / len(track.low)
    over, under = ((1 - ends) * SOUND_HEIGHT / 2 for ends in (track.high, track.low))
    return _path(np.concatenate([across, across[::-1]]), np.concatenate([over, under[::-1]]))


def _areas(track: Track, duration: Seconds) -> list[tuple[str, str]]:
    """Return for each label the path of what its probability fills, one on another."""
    paths: dict[str, str] = dict.fromkeys(track.labels, "")
    for times, scores in track.runs():
        edges = (1 - np.cumsum(np.pad(scores, ((0, 0), (1, 0))), axis=1)) * SCORES_HEIGHT
        across = times * WIDTH / duration
        for place, label in enumerate(track.labels):
            sides = np.concatenate([edges[:, place], edges[::-1, place + 1]])
            paths[label] += _path(np.concatenate([across, across[::-1]]), sides)
    return list(paths.items())


def _path(across: npt.NDArray[np.floating], down: npt.NDArray[np.floating]) -> str:
    points = "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(across.tolist(), down.tolist(), strict=True))
    return f"M{points}Z"


def _moments(tracks: Sequence[Track]) -> list[tuple[Span, str, int]]:
    """Return the segments of whose emotion the model is surest, neutral and calm ones aside."""
    sure = [
        (span, span.who or track.name, number)
        for number, track in enumerate(tracks)
        for span in track.spans
        if span.label is not None and span.label not in QUIET and not span.unsure
    ]
    return sorted(sure, key=lambda row: -(row[0].confidence or 0))[:MOST_MOMENTS]
