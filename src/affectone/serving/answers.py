"""What is asked of a recording, and its answer in the formats there are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from fastapi import Response

from affectone.audio.raw import RawFormat
from affectone.errors import ConfigError
from affectone.recognition import Prediction, Recognizer, Timeline
from affectone.recognition.page import timeline_html
from affectone.serving.decoding import Recording
from affectone.serving.problems import ProblemError

__all__ = ["Answer", "Asked", "Task", "TimelineFormat", "as_json", "formatted", "from_json"]

Answer: TypeAlias = Timeline | list[Prediction]


class Task(StrEnum):
    """What can be asked of a recording."""

    PREDICT = "predict"
    TIMELINE = "timeline"


class TimelineFormat(StrEnum):
    """How a timeline is answered."""

    JSON = "json"
    CSV = "csv"
    SRT = "srt"
    VTT = "vtt"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a recording.

    Parameters
    ----------
    task : Task
    model, labels, adapt : str or None
    channels : str
        ``"mix"``, ``"split"``, or a number from 0.
    raw : str or None
        What headerless samples are.
    window, hop : float
        Of a timeline, in seconds.
    names : str or None
        Of its channels, between commas.
    speakers : int or None
        To be told apart within each of its channels.
    """

    task: Task
    model: str | None = None
    labels: str | None = None
    adapt: str | None = None
    channels: str = "mix"
    raw: str | None = None
    window: float = 3.0
    hop: float = 1.0
    names: str | None = None
    speakers: int | None = None

    def __post_init__(self) -> None:
        if self.channels not in ("mix", "split") and not (
            self.channels.isdecimal() and len(self.channels) < 5
        ):
            raise ConfigError(f"channels must be mix, split or a number from 0; got {self.channels!r}")
        if self.raw is not None:
            RawFormat.parse(self.raw)

    def to_dict(self) -> dict[str, Any]:
        """Return what `json.dumps` takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Asked:
        """Return what `to_dict` wrote; what an older release did not know has its default."""
        known = {part.name for part in fields(cls)}
        told = {name: value for name, value in row.items() if name in known}
        return cls(**{**told, "task": Task(row["task"])})

    def hear(self, recognizer: Recognizer, recording: Recording) -> Answer:
        """Return what a recogniser makes of a recording.

        Raises
        ------
        AffectoneError
            If the recording cannot be heard so.
        """
        channels: Any = int(self.channels) if self.channels.isdecimal() else self.channels
        if self.task is Task.PREDICT:
            told = recognizer.predict(recording, channels=channels)
            return told if isinstance(told, list) else [told]
        names = None if self.names is None else [name.strip() for name in self.names.split(",")]
        return recognizer.timeline(
            recording,
            window=self.window,
            hop=self.hop,
            channels=channels,
            names=names,
            speakers=self.speakers,
        )


def as_json(answer: Answer) -> str:
    """Return an answer as JSON."""
    if isinstance(answer, Timeline):
        return answer.to_json()
    return json.dumps([one.to_dict() for one in answer], allow_nan=False)


def from_json(task: Task, text: str) -> Answer:
    """Return the answer that `as_json` wrote."""
    told = json.loads(text)
    return Timeline.from_dict(told) if task is Task.TIMELINE else list(map(Prediction.from_dict, told))


_WRITTEN: Final[dict[TimelineFormat, tuple[Callable[[Timeline], str], str]]] = {
    TimelineFormat.JSON: (Timeline.to_json, "application/json"),
    TimelineFormat.CSV: (Timeline.to_csv, "text/csv"),
    TimelineFormat.SRT: (Timeline.to_srt, "application/x-subrip"),
    TimelineFormat.VTT: (Timeline.to_vtt, "text/vtt"),
    TimelineFormat.HTML: (lambda told: timeline_html(told, None), "text/html"),
}
# Names of speakers and files stand in it, and it comes from the page's own origin.
_HTML_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}


def formatted(answer: Answer, wanted: TimelineFormat = TimelineFormat.JSON) -> Response:
    """Return an answer as a response in a format.

    Raises
    ------
    ProblemError
        422, if there is no such format of it.
    """
    if isinstance(answer, Timeline):
        write, kind = _WRITTEN[wanted]
        headers = _HTML_HEADERS if wanted is TimelineFormat.HTML else None
        return Response(write(answer), media_type=kind, headers=headers)
    if wanted is not TimelineFormat.JSON:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"predictions have the format json, not {wanted}")
    return Response(as_json(answer), media_type="application/json")
