"""Segments as captions for players: SubRip and WebVTT."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from affectone.units import Seconds

if TYPE_CHECKING:
    from affectone.recognition.timeline import Segment

__all__ = ["as_srt", "as_vtt", "caption"]


def caption(segment: Segment) -> str:
    """Return what a segment sounds like in a few words."""
    told = segment.prediction
    if told.label is None or told.confidence is None:
        return f"[{told.reason}]"
    words = f"{told.label} {told.confidence:.0%}"
    return f"unsure, {words} ({told.reason})" if told.unsure else words


def as_srt(segments: Iterable[Segment]) -> str:
    """Return SubRip captions, numbered from 1."""
    return "".join(
        f"{number}\n{_time(one.start, ',')} --> {_time(one.end, ',')}\n{_line(one)}\n\n"
        for number, one in enumerate(segments, 1)
    )


def as_vtt(segments: Iterable[Segment]) -> str:
    """Return WebVTT captions; a named speaker is the voice of a caption."""
    cues = (
        f"{_time(one.start, '.')} --> {_time(one.end, '.')}\n{_voice(one)}{_escaped(caption(one))}\n\n"
        for one in segments
    )
    return "WEBVTT\n\n" + "".join(cues)


def _line(segment: Segment) -> str:
    if segment.speaker is None:
        return caption(segment)
    # SubRip has no way to write these two but as markup.
    name = _plain(segment.speaker).translate({ord("<"): "(", ord(">"): ")"})
    return f"{name}: {caption(segment)}"


def _voice(segment: Segment) -> str:
    return "" if segment.speaker is None else f"<v {_escaped(_plain(segment.speaker))}>"


def _plain(name: str) -> str:
    """Return a name on one line, without what would end a caption."""
    return re.sub(r"\s+", " ", name.replace("-->", "->")).strip()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(seconds: Seconds, point: str) -> str:
    """Return a time as captions have it.

    Examples
    --------
    >>> _time(3661.5, ",")
    '01:01:01,500'
    """
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}{point}{milliseconds:03d}"
