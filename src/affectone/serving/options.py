"""What requests may say beside the recording, as OpenAPI shows it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request
from fastapi.security import HTTPBearer

from affectone.errors import unknown_name
from affectone.serving.answers import Asked, Task
from affectone.serving.keys import check_origin
from affectone.serving.problems import MEDIA_TYPE, ProblemError
from affectone.serving.service import service_of
from affectone.serving.shapes import ProblemAnswer

__all__ = ["AS_TEXT", "BODY", "Named", "Owner", "Predicting", "Timing", "asked_for", "problems"]

LONGEST = 200
CHANNELS = "^(mix|split|[0-9]{1,4})$"

ModelName = Annotated[str | None, Query(max_length=LONGEST, description="A model of /v1/models.")]
Labels = Annotated[
    str | None,
    Query(max_length=LONGEST, description="Answer with 4, 6, 7, 8, valence, or labels as sad,happy."),
]
Adapt = Annotated[
    str | None, Query(pattern="^self$", description="Fit the model to this recording itself first.")
]
Channels = Annotated[
    str, Query(pattern=CHANNELS, description="All channels together, each by itself, or one, from 0.")
]
Raw = Annotated[
    str | None, Query(max_length=40, description="What samples without a header are, such as s16le:8000:1.")
]
Names = Annotated[
    str | None,
    Query(max_length=4 * LONGEST, description="Who speaks in the channels, such as agent,customer."),
]
SpeakerCount = Annotated[
    int | None, Query(ge=2, le=8, description="How many voices to tell apart within each channel.")
]
Length = Annotated[float, Query(gt=0, le=120, allow_inf_nan=False, description="In seconds.")]
Named = Annotated[
    str | None,
    Query(max_length=LONGEST, description="What to call the recording, where it is the body itself."),
]


def predicting(
    channels: Channels = "mix",
    model: ModelName = None,
    labels: Labels = None,
    adapt: Adapt = None,
    raw: Raw = None,
) -> Asked:
    """Read what is asked of /v1/predict."""
    return Asked(Task.PREDICT, model, labels, adapt, channels, raw)


def timing(
    channels: Channels = "split",
    model: ModelName = None,
    labels: Labels = None,
    adapt: Adapt = None,
    raw: Raw = None,
    window: Length = 3.0,
    hop: Length = 1.0,
    names: Names = None,
    speakers: SpeakerCount = None,
) -> Asked:
    """Read what is asked of /v1/timeline."""
    return Asked(Task.TIMELINE, model, labels, adapt, channels, raw, window, hop, names, speakers)


def asked_for(
    task: Annotated[Task, Query(description="What to make of it.")],
    channels: Annotated[str | None, Query(pattern=CHANNELS, description="As the task has it.")] = None,
    model: ModelName = None,
    labels: Labels = None,
    adapt: Adapt = None,
    raw: Raw = None,
    window: Length = 3.0,
    hop: Length = 1.0,
    names: Names = None,
    speakers: SpeakerCount = None,
) -> Asked:
    """Read what is asked of /v1/jobs."""
    of_task = "mix" if task is Task.PREDICT else "split"
    return Asked(task, model, labels, adapt, channels or of_task, raw, window, hop, names, speakers)


def owner(request: Request) -> str:
    """Return who asks, if they may, and ask for nothing that there is not."""
    service = service_of(request)
    if request.method != "GET":
        check_origin(request, service.settings.cors_origins)
    found = service.keys.owner(request)
    _refuse_unknown(request)
    return found


def _refuse_unknown(request: Request) -> None:
    """Refuse a query with a name that the door does not know: one misspelt would be answered otherwise."""
    if not request.query_params:
        return
    door = request.app.openapi()["paths"][request.scope["route"].path_format][request.method.lower()]
    known = [one["name"] for one in door.get("parameters", ()) if one["in"] == "query"]
    for name in request.query_params:
        if name not in known:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, unknown_name("query", name, known))


Predicting = Annotated[Asked, Depends(predicting)]
Timing = Annotated[Asked, Depends(timing)]
Owner = Annotated[str, Depends(owner)]

bearer = HTTPBearer(auto_error=False, description="An API key, where the service wants one.")

_FILE = {"type": "string", "format": "binary", "description": "The recording."}
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": _FILE}, "required": ["file"]}
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
"""A recording, as a form's file or as the body itself."""


AS_TEXT: Final[dict[str, Any]] = {
    kind: {"schema": {"type": "string"}}
    for kind in ("text/csv", "application/x-subrip", "text/vtt", "text/html")
}
"""What a timeline can be answered as, beside JSON."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the refusals of a door, as OpenAPI shows them."""
    schema = {"$ref": "#/components/schemas/ProblemAnswer"}
    return {
        status: {"model": ProblemAnswer, "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses
    }
