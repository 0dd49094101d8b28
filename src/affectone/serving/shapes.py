"""The shapes of answers, as OpenAPI shows them. A test holds them to what is really answered."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "JobAnswer",
    "JobsAnswer",
    "ModelsAnswer",
    "PackagedAnswer",
    "PredictionAnswer",
    "ProblemAnswer",
    "ServiceAnswer",
    "Status",
    "TimelineAnswer",
]

SAYS: dict[str, Any] = {
    "label": "angry",
    "confidence": 0.87,
    "scores": {"neutral": 0.02, "happy": 0.05, "sad": 0.01, "angry": 0.87, "fearful": 0.03, "disgust": 0.02},
    "unsure": False,
    "reason": None,
    "voice": {"female": 0.04, "male": 0.96},
    "intensity": 0.71,
    "agreement": 0.64,
    "speech_seconds": 2.4,
    "duration_seconds": 3.1,
    "model": "base@0.1.0",
    "adapted": False,
    "warnings": [],
    "error": None,
}
JOB: dict[str, Any] = {
    "id": "0f0c5b1e8a9d4c6fb1a2c3d4e5f60718",
    "task": "timeline",
    "status": "running",
    "file": "call.wav",
    "model": None,
    "created": "2026-01-31T12:00:00.000Z",
    "started": "2026-01-31T12:00:01.000Z",
    "finished": None,
    "seconds_heard": 1800.0,
    "seconds_total": 7200.0,
    "progress": 0.25,
    "attempts": 1,
    "error": None,
}
PROBLEM: dict[str, Any] = {
    "type": "about:blank",
    "title": "Unprocessable Content",
    "status": 422,
    "detail": "notes.wav: is text, not audio",
    "instance": "/v1/predict",
    "request_id": "5b1e8a9d4c6fb1a2",
}


def _shown(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"example": example})


class _Said(BaseModel):
    """What a recording, or a part of it, sounds like."""

    label: str | None = Field(description="The likeliest emotion; null without speech.")
    confidence: float | None
    scores: dict[str, float] = Field(description="Calibrated probabilities, which sum to 1.")
    unsure: bool | None = Field(description="Whether the label should not be relied on.")
    reason: str | None = Field(description="Why it is unsure.")
    voice: dict[str, float] | None
    intensity: float | None
    agreement: float | None
    speech_seconds: float | None
    duration_seconds: float | None
    model: str | None
    adapted: bool | None
    warnings: list[str]
    error: str | None


class PredictionAnswer(_Said):
    """What a recording, or one of its channels, sounds like."""

    model_config = _shown({"file": "call.wav", "channel": None, **SAYS})
    file: str
    channel: int | None


class SegmentAnswer(_Said):
    """A stretch of one channel that sounds alike."""

    model_config = _shown(
        {"file": "call.wav", "start": 2.0, "end": 5.5, "channel": 0, "speaker": "agent", **SAYS}
    )
    file: str
    start: float = Field(description="In seconds from the beginning.")
    end: float
    channel: int | None
    speaker: str | None


class WindowsAnswer(BaseModel):
    """Scores of one channel's windows, before smoothing."""

    model_config = ConfigDict(extra="forbid")
    channel: int | None
    labels: list[str]
    start: list[float]
    end: list[float]
    step_start: list[float]
    speech_seconds: list[float]
    scores: list[list[float]]


class TimelineAnswer(BaseModel):
    """What a recording sounds like over time."""

    model_config = ConfigDict(extra="forbid")
    file: str
    duration_seconds: float
    window_seconds: float
    hop_seconds: float
    model: str
    adapted: bool
    channels: list[int | None]
    speakers: list[str | None]
    segments: list[SegmentAnswer] = Field(description="By start; between them nobody speaks.")
    windows: list[WindowsAnswer] = Field(description="One a channel.")
    warnings: list[str]


class JobAnswer(BaseModel):
    """A recording that is heard when its turn comes."""

    model_config = _shown(JOB)
    id: str
    task: str
    status: str = Field(description="queued, running, done, failed or cancelled.")
    file: str
    model: str | None = Field(description="As it was asked for; null is the default.")
    created: str = Field(description="In UTC, as ISO 8601 has it.")
    started: str | None
    finished: str | None
    seconds_heard: float
    seconds_total: float | None
    progress: float | None = Field(description="From 0 to 1; null where the length is not known.")
    attempts: int
    error: str | None


class JobsAnswer(BaseModel):
    """Jobs, the newest first."""

    jobs: list[JobAnswer]


class ModelAnswer(BaseModel):
    """A model that is served."""

    name: str
    version: str
    title: str
    summary: str
    default: bool
    labels: list[str]
    adaptable: bool
    window_seconds: float
    licence: str
    commercial_use: bool


class ModelsAnswer(BaseModel):
    """The models that are served."""

    models: list[ModelAnswer]


class PackagedModel(BaseModel):
    """A model that came with affectone."""

    name: str
    version: str
    title: str
    summary: str
    labels: list[str]
    size_bytes: int = Field(description="Of its model.onnx.")
    licence: str
    commercial_use: bool


class PackagedAnswer(BaseModel):
    """The models that came with affectone."""

    models: list[PackagedModel] = Field(description="The smallest first.")


class Limits(BaseModel):
    """What may be asked."""

    max_bytes: int
    max_seconds: float
    max_job_bytes: int
    max_job_seconds: float
    max_live_seconds: float
    max_sockets: int


class ServiceAnswer(BaseModel):
    """What this service is."""

    version: str
    key_required: bool
    limits: Limits
    jobs: bool


class Status(BaseModel):
    """How the service is."""

    status: str


class ProblemAnswer(BaseModel):
    """Why there is no answer, as RFC 9457 has it."""

    model_config = _shown(PROBLEM)
    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
