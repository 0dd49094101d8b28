"""A timeline as what `affectone.views` draws."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.audio import open_audio
from affectone.errors import AudioValueError

if TYPE_CHECKING:
    from affectone.recognition.timeline import Segment, Timeline, WindowScores
    from affectone.views import Sound, Span, Track

__all__ = ["sound_within", "timeline_html", "tracks_of"]

KINDS = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "mp4": "audio/mp4",
    "webm": "audio/webm",
}
"""Container -> its media type: what browsers play."""
PLAYED = ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "ULAW", "ALAW")
"""Encodings of WAV that browsers play."""
MOST_BYTES = 64 * 2**20
"""Of a recording within a page; browsers hold a page's text several times."""


def timeline_html(timeline: Timeline, sound: Sound | None) -> str:
    """Return a timeline as one HTML page, which may hold the recording; see `Timeline.to_html`."""
    from affectone.views import timeline_page

    facts = [
        ("length", f"{timeline.duration_seconds:.1f} s"),
        ("model", timeline.model + (", adapted" if timeline.adapted else "")),
        ("window", f"{timeline.window_seconds:g} s"),
        ("step", f"{timeline.hop_seconds:g} s"),
    ]
    name = os.path.basename(timeline.file)
    return timeline_page(
        name, tracks_of(timeline), timeline.duration_seconds, facts, timeline.warnings, sound
    )


def tracks_of(timeline: Timeline) -> list[Track]:
    """Return the channels of a timeline as they are drawn."""
    from affectone.views import Track

    nothing, turned = np.zeros(0, np.float32), timeline.turned
    known = [(one.low, one.high) for one in timeline.outlines]
    outlines = known or [(nothing, nothing)] * len(timeline.channels)
    return [
        Track(
            name=speaker or ("all channels" if channel is None else f"channel {channel}"),
            low=low,
            high=high,
            spans=[
                _span(one, timeline.who(one) if turned else None)
                for one in timeline.segments
                if one.channel == channel
            ],
            labels=scores.labels,
            times=_steps(scores, timeline),
            scores=scores.scores,
        )
        for channel, speaker, scores, (low, high) in zip(
            timeline.channels, timeline.speakers, timeline.windows, outlines, strict=True
        )
    ]


def _span(segment: Segment, who: str | None) -> Span:
    from affectone.views import Span

    told = segment.prediction
    return Span(
        segment.start,
        segment.end,
        told.label,
        told.confidence,
        bool(told.unsure),
        told.reason,
        spoken=told.speech_seconds or 0.0,
        who=who,
    )


def _steps(scores: WindowScores, timeline: Timeline) -> npt.NDArray[np.float64]:
    """Return start and end of the step that each window stands for."""
    end = np.minimum(scores.step_start + timeline.hop_seconds, timeline.duration_seconds)
    return np.stack([scores.step_start, end], axis=1)


def sound_within(path: str | os.PathLike[str]) -> Sound:
    """Return a recording as a page holds it.

    Raises
    ------
    AudioError
        If it cannot be read.
    AudioValueError
        If browsers do not play it, or it is too large.
    """
    from affectone.views import Sound

    path = Path(path)
    with open_audio(path) as stream:
        kind = KINDS.get(stream.format.partition("/")[0])
    if kind is None or (kind == "audio/wav" and stream.subtype not in PLAYED):
        what = stream.format if kind is None else f"WAV of {stream.subtype}"
        raise AudioValueError(f"{path}: browsers do not play {what}; convert it, to MP3 for example")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise AudioValueError(
            f"{path}: has {size / 2**20:.0f} MiB; a page holds {MOST_BYTES // 2**20} at most: convert it, "
            "to MP3 for example, or leave the sound out"
        )
    return Sound(path.read_bytes(), kind)
