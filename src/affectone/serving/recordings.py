"""`/v1/predict` and `/v1/timeline`: a recording comes, and its answer goes back."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from affectone.serving.answers import Asked, TimelineFormat, formatted
from affectone.serving.decoding import Recording
from affectone.serving.options import AS_TEXT, BODY, Named, Owner, Predicting, Timing, problems
from affectone.serving.service import service_of
from affectone.serving.shapes import PredictionAnswer, TimelineAnswer
from affectone.serving.uploads import received, until_gone
from affectone.serving.watch import Watch

__all__ = ["router"]

router = APIRouter(tags=["recordings"])
REFUSALS = problems(400, 401, 403, 404, 408, 413, 422, 429, 503, 504, 507)


@router.post(
    "/v1/predict",
    response_model=list[PredictionAnswer],
    responses=REFUSALS,
    openapi_extra=BODY,
    summary="What a recording sounds like",
)
async def predict(request: Request, asked: Predicting, owner: Owner, name: Named = None) -> Response:
    """Answer with one prediction, or with one a channel where `channels` is split."""
    return await _heard(request, asked, TimelineFormat.JSON, name)


@router.post(
    "/v1/timeline",
    response_model=TimelineAnswer,
    responses={200: {"content": AS_TEXT}, **REFUSALS},
    openapi_extra=BODY,
    summary="What a recording sounds like over time",
)
async def timeline(
    request: Request,
    asked: Timing,
    owner: Owner,
    name: Named = None,
    wanted: Annotated[TimelineFormat, Query(alias="format")] = TimelineFormat.JSON,
) -> Response:
    """Answer with segments, and with the scores of all windows."""
    return await _heard(request, asked, wanted, name)


async def _heard(request: Request, asked: Asked, wanted: TimelineFormat, name: str | None) -> Response:
    service = service_of(request)
    with service.gate.entered() as deadline:
        recognizer = service.models.asked(asked.model, asked.labels, asked.adapt)
        watch = Watch()
        async with AsyncExitStack() as stack:
            async with deadline.kept():
                most = int(service.settings.max_bytes)
                upload = await stack.enter_async_context(received(request, name, most))
            recording = Recording(upload.pieces, upload.name, asked.raw, service.limits, watch)
            answer = await service.gate.hear(
                lambda: formatted(asked.hear(recognizer, recording), wanted),
                watch,
                deadline,
                until_gone(request),
            )
        service.metrics.sound.labels(asked.task).inc(watch.heard)
        return answer
