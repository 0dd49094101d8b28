"""`Timeline`: what a recording sounds like over time, as plain data."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError, unknown_name
from affectone.labels import VOICES
from affectone.recognition.captions import as_srt, as_vtt
from affectone.recognition.prediction import Prediction
from affectone.recognition.rows import columns, flat, write_csv
from affectone.registry import require_extra
from affectone.units import Seconds, is_number

if TYPE_CHECKING:
    import os

    from pandas import DataFrame

__all__ = ["Outline", "Segment", "Timeline", "WindowScores", "in_time"]

DoubleArray = npt.NDArray[np.float64]

TIMES = ("start", "end", "step_start", "speech_seconds")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one channel that sounds alike.

    Parameters
    ----------
    start, end : float
        In seconds from the beginning of the recording.
    prediction : Prediction
        What the stretch sounds like; its `channel` is the segment's. Music has the reason ``"music"`` and no
        label.
    speaker : str, optional
        Who speaks, where the channels have names or speakers were told apart within them.
    """

    start: Seconds
    end: Seconds
    prediction: Prediction
    speaker: str | None = None

    @property
    def channel(self) -> int | None:
        """Counted from 0; None where the channels were mixed."""
        return self.prediction.channel

    @property
    def duration(self) -> Seconds:
        """Length in seconds."""
        return self.end - self.start

    def to_dict(self) -> dict[str, Any]:
        """Return what `json.dumps` takes: file, start, end, channel, speaker, then as a prediction has it."""
        told = self.prediction.to_dict()
        place = {"file": told.pop("file"), "start": self.start, "end": self.end}
        return place | {"channel": told.pop("channel"), "speaker": self.speaker} | told

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Segment:
        """Return the segment that `to_dict` wrote.

        Raises
        ------
        ConfigError
            If a key is not a field, or one of file, start and end is missing.
        """
        told = dict(row)
        for name in ("start", "end"):
            if name not in told:
                raise ConfigError(f"a segment needs the field {name!r}")
        start, end, speaker = told.pop("start"), told.pop("end"), told.pop("speaker", None)
        if not (is_number(start) and is_number(end) and 0 <= start <= end):
            raise ConfigError(f"a segment has a start and an end after it; got {start!r} and {end!r}")
        return cls(start, end, Prediction.from_dict(told), speaker)


@dataclass(frozen=True, slots=True, eq=False)
class WindowScores:
    """The scores of the windows of one channel that hold speech, as they were before smoothing.

    Parameters
    ----------
    channel : int or None
    labels : tuple of str
        In the order of the scores.
    start, end : numpy.ndarray of float64, shape (windows,)
        Of each window, in seconds.
    step_start : numpy.ndarray of float64, shape (windows,)
        Where the step begins that the window stands for, in its middle; it lasts `hop_seconds`.
    speech_seconds : numpy.ndarray of float64, shape (windows,)
        Speech in the step.
    scores : numpy.ndarray of float64, shape (windows, labels)
        Calibrated probabilities.
    """

    channel: int | None
    labels: tuple[str, ...]
    start: DoubleArray
    end: DoubleArray
    step_start: DoubleArray
    speech_seconds: DoubleArray
    scores: DoubleArray

    def __len__(self) -> int:
        return self.start.size

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WindowScores):
            return NotImplemented
        named = (self.channel, self.labels) == (other.channel, other.labels)
        arrays = (*TIMES, "scores")
        return named and all(np.array_equal(getattr(self, name), getattr(other, name)) for name in arrays)

    __hash__ = None  # type: ignore[assignment]

    def to_dict(self) -> dict[str, Any]:
        """Return what `json.dumps` takes."""
        arrays = {name: getattr(self, name).tolist() for name in (*TIMES, "scores")}
        return {"channel": self.channel, "labels": list(self.labels), **arrays}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> WindowScores:
        """Return the scores that `to_dict` wrote.

        Raises
        ------
        ConfigError
            If a key is not a field, one is missing, or there are not as many numbers of each.
        """
        _check_names(row, [part.name for part in fields(cls)], "windows")
        labels = tuple(row["labels"])
        try:
            arrays = {name: np.asarray(row[name], np.float64) for name in TIMES}
            scores = np.asarray(row["scores"], np.float64).reshape(len(arrays["start"]), len(labels))
        except (TypeError, ValueError):
            raise ConfigError("windows have as many times as rows of scores, and all are numbers") from None
        if any(times.shape != (len(scores),) for times in arrays.values()):
            raise ConfigError("windows have as many times as rows of scores, and all are numbers")
        return cls(channel=row["channel"], labels=labels, scores=scores, **arrays)


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """How loud one channel is over time: enough to draw its waveform.

    Parameters
    ----------
    low, high : numpy.ndarray of float32, shape (columns,)
        Lowest and highest sample of each of so many equal parts of the recording.
    """

    low: npt.NDArray[np.float32]
    high: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a recording sounds like over time.

    Parameters
    ----------
    file : str
        Where the sound came from.
    duration_seconds : float
    window_seconds, hop_seconds : float
        Of the windows that were judged.
    model : str
        Name and version.
    adapted : bool
        Whether the model was fitted to this voice or archive.
    channels : tuple of int or None
        Which were judged; ``(None,)`` where they were mixed.
    speakers : tuple of str or None
        Their names; None of a channel in which speakers were told apart: its segments say who speaks.
    segments : tuple of Segment
        By start, then channel. Between them nobody speaks.
    windows : tuple of WindowScores
        One a channel.
    warnings : tuple of str
        What was wrong with the recording without making it useless.
    outlines : tuple of Outline
        One a channel; none of a timeline that was read back. They do not take part in comparisons.
    """

    file: str
    duration_seconds: Seconds
    window_seconds: Seconds
    hop_seconds: Seconds
    model: str
    adapted: bool
    channels: tuple[int | None, ...]
    speakers: tuple[str | None, ...]
    segments: tuple[Segment, ...]
    windows: tuple[WindowScores, ...] = field(hash=False)
    warnings: tuple[str, ...] = ()
    outlines: tuple[Outline, ...] = field(default=(), compare=False, repr=False)

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def __len__(self) -> int:
        return len(self.segments)

    @property
    def labels(self) -> tuple[str, ...]:
        """What is answered with, in the order of the scores."""
        return self.windows[0].labels

    @property
    def turned(self) -> bool:
        """Whether speakers were told apart within a channel."""
        return any(one.speaker is not None and self._name(one) is None for one in self.segments)

    def who(self, segment: Segment) -> str | None:
        """Return who speaks in a segment as a reader is told; None where nobody knows, as in music.

        Where speakers were told apart within several channels, the channel stands before.
        """
        if segment.speaker is None or len(self.channels) == 1 or self._name(segment) is not None:
            return segment.speaker
        return f"channel {segment.channel}, {segment.speaker}"

    def _name(self, segment: Segment) -> str | None:
        """Return the name of a segment's channel."""
        return dict(zip(self.channels, self.speakers, strict=True)).get(segment.channel)

    def to_dict(self) -> dict[str, Any]:
        """Return what `json.dumps` takes."""
        row = {part.name: getattr(self, part.name) for part in fields(self) if part.name != "outlines"}
        several = {
            "channels": list(self.channels),
            "speakers": list(self.speakers),
            "segments": [segment.to_dict() for segment in self.segments],
            "windows": [scores.to_dict() for scores in self.windows],
            "warnings": list(self.warnings),
        }
        return row | several

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Timeline:
        """Return the timeline that `to_dict` wrote.

        Raises
        ------
        ConfigError
            If a key is not a field, one is missing, or it is no timeline by its values.
        """
        _check_names(row, [part.name for part in fields(cls) if part.name != "outlines"], "a timeline")
        try:
            several = {
                "segments": tuple(map(Segment.from_dict, row["segments"])),
                "windows": tuple(map(WindowScores.from_dict, row["windows"])),
                **{name: tuple(row[name]) for name in ("channels", "speakers", "warnings")},
            }
        except (TypeError, ValueError):
            raise ConfigError("segments, windows, channels, speakers and warnings are lists") from None
        counts = {len(several[name]) for name in ("windows", "channels", "speakers")}
        if len(counts) > 1 or counts == {0}:
            raise ConfigError("a timeline has windows and a speaker for each of its channels")
        if not (is_number(row["duration_seconds"]) and row["duration_seconds"] > 0):
            raise ConfigError(f"a timeline lasts more than 0 s; got {row['duration_seconds']!r}")
        return cls(**{**row, **several})

    def to_json(self) -> str:
        """Return everything but the waveform as JSON."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False) + "\n"

    def to_csv(self) -> str:
        """Return the segments as CSV, one a line, one column per score."""
        text = io.StringIO()
        write_csv(text, self._columns(), (flat(segment.to_dict()) for segment in self.segments))
        return text.getvalue()

    def to_frame(self) -> DataFrame:
        """Return the segments as a table with audformat's segmented index: file, start and end.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        require_extra("data", "a table of segments")
        import pandas as pd

        names = self._columns()
        table = pd.DataFrame([flat(segment.to_dict()) for segment in self.segments], columns=names)
        table["file"] = table["file"].astype("str")
        for name in ("start", "end"):
            table[name] = pd.to_timedelta(table[name].astype(float), unit="s").astype("timedelta64[ns]")
        return table.set_index(["file", "start", "end"])

    def to_srt(self) -> str:
        """Return the segments as SubRip captions."""
        return as_srt(self._shown())

    def to_vtt(self) -> str:
        """Return the segments as WebVTT captions; a named speaker is the voice of a caption."""
        return as_vtt(self._shown())

    def to_html(self, audio: str | os.PathLike[str] | None = None) -> str:
        """Return one page that needs nothing else: waveform, coloured track, shares, strongest moments.

        Parameters
        ----------
        audio : path, optional
            A recording that the page holds within itself and plays.

        Raises
        ------
        MissingExtraError
            If jinja2 is not installed.
        AudioError
            If `audio` cannot be read.
        """
        from affectone.recognition.page import sound_within, timeline_html

        return timeline_html(self, None if audio is None else sound_within(audio))

    def _shown(self) -> Iterator[Segment]:
        """Yield the segments, each with the speaker as a reader is told, or else the channel."""
        for segment in self.segments:
            channel = f"channel {segment.channel}" if len(self.channels) > 1 else None
            yield dataclasses.replace(segment, speaker=self.who(segment) or channel)

    def _columns(self) -> list[str]:
        rest = columns(self.labels, VOICES)
        return ["file", "start", "end", "channel", "speaker", *rest[rest.index("channel") + 1 :]]


def in_time(of_channels: Iterable[Iterable[Segment]]) -> list[Segment]:
    """Return the segments of all channels by start, then channel."""
    return sorted(chain.from_iterable(of_channels), key=lambda segment: (segment.start, segment.channel or 0))


def _check_names(row: Mapping[str, Any], known: Sequence[str], kind: str) -> None:
    """Raise `ConfigError` if a row has a key that is no field, or lacks one."""
    if not isinstance(row, Mapping):
        raise ConfigError(f"{kind}: a row of fields is wanted; got {type(row).__name__}")
    for name in row:
        if name not in known:
            raise ConfigError(unknown_name(f"field of {kind}", name, known))
    missing = [name for name in known if name not in row]
    if missing:
        raise ConfigError(f"{kind}: the field {missing[0]!r} is missing")
