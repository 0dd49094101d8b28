"""What the service is, what it answers with and how it is."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from affectone import __version__
from affectone.serving.options import Owner, problems
from affectone.serving.problems import ProblemError
from affectone.serving.service import service_of
from affectone.serving.shapes import ModelsAnswer, ServiceAnswer, Status

__all__ = ["router"]

router = APIRouter(tags=["about"])


@router.get("/v1/service", response_model=ServiceAnswer, summary="What this service is")
def service(request: Request) -> Response:
    """Answer with what may be asked; no key is needed."""
    settings, keys = service_of(request).settings, service_of(request).keys
    limits = (
        "max_bytes",
        "max_seconds",
        "max_job_bytes",
        "max_job_seconds",
        "max_live_seconds",
        "max_sockets",
    )
    told = {
        "version": __version__,
        "key_required": keys.required,
        "limits": {name: getattr(settings, name) for name in limits},
        "jobs": settings.job_workers > 0,
    }
    return JSONResponse(told)


@router.get("/v1/models", response_model=ModelsAnswer, responses=problems(401), summary="Models")
def models(request: Request, owner: Owner) -> Response:
    """Answer with the models that are served, the default first."""
    served = service_of(request).models
    rows = [
        {
            "name": name,
            "version": recognizer.card.version,
            "title": recognizer.artefact.title,
            "summary": recognizer.card.summary,
            "default": name == served.default,
            "labels": list(recognizer.labels),
            "adaptable": recognizer.card.adaptation is not None,
            "window_seconds": recognizer.card.window_seconds,
            "licence": recognizer.card.licence,
            "commercial_use": recognizer.card.commercial_use,
        }
        for name, recognizer in served
    ]
    return JSONResponse({"models": rows})


@router.get("/v1/models/{name}", responses=problems(401, 404), summary="A model's card")
def card(request: Request, owner: Owner, name: str) -> dict[str, Any]:
    """Answer with what a model was trained on and how well it did."""
    return service_of(request).models.named(name).card.model_dump(mode="json")


@router.get("/healthz", response_model=Status, summary="Whether the process lives", tags=["health"])
async def healthz() -> Response:
    """Answer."""
    return JSONResponse({"status": "ok"})


@router.get(
    "/readyz",
    response_model=Status,
    responses=problems(503),
    summary="Whether to send requests here",
    tags=["health"],
)
def readyz(request: Request) -> Response:
    """Answer 503 while the service starts or ends, or its database cannot be used."""
    told = service_of(request)
    if not told.ready:
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "the service starts or ends", retry_after=1)
    told.store.listed("", 1)
    return JSONResponse({"status": "ready"})


@router.get(
    "/metrics",
    responses={200: {"content": {"text/plain": {}}}, **problems(401)},
    summary="For Prometheus",
    tags=["health"],
)
def metrics(request: Request, owner: Owner) -> Response:
    """Answer with all counters."""
    return Response(service_of(request).metrics.text(), media_type="text/plain; version=0.0.4")
