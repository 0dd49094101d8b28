"""`/v1/jobs`: recordings that take longer than a request may."""

from __future__ import annotations

from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from affectone.serving.answers import Asked, TimelineFormat, formatted
from affectone.serving.options import AS_TEXT, BODY, Named, Owner, asked_for, problems
from affectone.serving.service import service_of
from affectone.serving.shapes import JobAnswer, JobsAnswer
from affectone.serving.uploads import received

__all__ = ["router"]

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
MOST_LISTED = 1000


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    response_model=JobAnswer,
    responses=problems(400, 401, 403, 404, 408, 413, 422, 429, 503, 504, 507),
    openapi_extra=BODY,
    summary="Hear a recording later",
)
async def add(
    request: Request, asked: Annotated[Asked, Depends(asked_for)], owner: Owner, name: Named = None
) -> Response:
    """Keep a recording until it was heard. Ask for the job at its Location."""
    service = service_of(request)
    with service.gate.entered() as deadline:
        service.models.asked(asked.model, asked.labels, asked.adapt)  # Refused now, not when its turn comes.
        async with AsyncExitStack() as stack:
            async with deadline.kept():
                most = int(service.settings.max_job_bytes)
                upload = await stack.enter_async_context(received(request, name, most))
            job = await run_in_threadpool(service.store.add, owner, upload.name, asked, upload.pieces())
    service.workers.look()
    place = request.url_for("one", job=job["id"]).path
    return JSONResponse(job, HTTPStatus.ACCEPTED, headers={"Location": place})


@router.get("", response_model=JobsAnswer, responses=problems(401, 422, 503), summary="Jobs")
def listed(
    request: Request, owner: Owner, limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100
) -> Response:
    """Answer with the jobs that were given with the same key, the newest first."""
    return JSONResponse({"jobs": service_of(request).store.listed(owner, limit)})


@router.get("/{job}", response_model=JobAnswer, responses=problems(401, 404, 503), summary="A job")
def one(request: Request, owner: Owner, job: str) -> Response:
    """Answer with how far it is."""
    return JSONResponse(service_of(request).store.told(owner, job))


@router.get(
    "/{job}/result",
    responses={
        200: {"description": "As /v1/predict or /v1/timeline answers.", "content": AS_TEXT},
        **problems(401, 404, 409, 422, 503),
    },
    summary="What a job has found",
)
def result(
    request: Request,
    owner: Owner,
    job: str,
    wanted: Annotated[TimelineFormat, Query(alias="format")] = TimelineFormat.JSON,
) -> Response:
    """Answer with what the same recording would be answered with at once."""
    return formatted(service_of(request).store.answer(owner, job), wanted)


@router.post(
    "/{job}/cancel", response_model=JobAnswer, responses=problems(401, 403, 404, 503), summary="End a job"
)
def cancel(request: Request, owner: Owner, job: str) -> Response:
    """Work no more on it; one that has ended stays as it is."""
    return JSONResponse(service_of(request).store.cancel(owner, job))


@router.delete(
    "/{job}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(401, 403, 404, 503),
    summary="Forget a job",
)
def remove(request: Request, owner: Owner, job: str) -> None:
    """Forget it, its recording and what it has found."""
    service_of(request).store.remove(owner, job)
