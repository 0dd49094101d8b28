"""The packaged models themselves, for a browser that runs one: what is recorded there goes nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.staticfiles import NotModifiedResponse

from affectone.errors import ModelNotFoundError, unknown_name
from affectone.models import packaged_models
from affectone.models.store import CARD, NETWORK
from affectone.serving.options import Owner, problems
from affectone.serving.shapes import PackagedAnswer
from affectone.speech.network import MODEL as SPEECH

__all__ = ["router"]

router = APIRouter(tags=["packaged models"])

ONNX, JSON = "application/octet-stream", "application/json"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_REFUSALS = problems(401, 404)
# Kept by the browser and asked about each time: another release may have another model under the same name.
_CACHED: Final = {"Cache-Control": "private, no-cache"}
_STATIC: Final = StaticFiles()


def _answers(kind: str) -> dict[int | str, dict[str, Any]]:
    shown = {} if kind == JSON else {"content": {kind: _BINARY}}
    return {200: shown, 304: {"description": "As the ETag of the request has it."}, **_REFUSALS}


@router.get(
    "/v1/packaged",
    response_model=PackagedAnswer,
    responses=problems(401),
    summary="Models that a browser can run",
)
def packaged(request: Request, owner: Owner) -> Response:
    """Answer with the models that came with affectone, served or not, the smallest first."""
    by_size = sorted(packaged_models(), key=lambda one: one.card.size_bytes)
    rows = [
        {
            "name": one.path.name,
            "version": one.card.version,
            "title": one.title,
            "summary": one.card.summary,
            "labels": list(one.card.labels),
            "size_bytes": one.card.size_bytes,
            "licence": one.card.licence,
            "commercial_use": one.card.commercial_use,
        }
        for one in by_size
    ]
    return JSONResponse({"models": rows})


@router.get(
    "/v1/packaged/speech.onnx",
    response_class=FileResponse,
    responses=_answers(ONNX),
    summary="The network that finds speech",
)
def speech(request: Request, owner: Owner) -> Response:
    """Answer with Silero's network, as the package has it."""
    return _file(request, SPEECH, ONNX)


@router.get(
    "/v1/packaged/{name}/model.onnx",
    response_class=FileResponse,
    responses=_answers(ONNX),
    summary="A packaged model",
)
def network(request: Request, owner: Owner, name: str) -> Response:
    """Answer with everything from 16 kHz sound to logits."""
    return _file(request, _folder(name) / NETWORK, ONNX)


@router.get(
    "/v1/packaged/{name}/card.json",
    responses=_answers(JSON),
    summary="A packaged model's card",
)
def card(request: Request, owner: Owner, name: str) -> Response:
    """Answer with its labels in order, its calibration and its window, among what else the card has."""
    return _file(request, _folder(name) / CARD, JSON)


def _folder(name: str) -> Path:
    folders = {one.path.name: one.path for one in packaged_models()}
    if name not in folders:
        raise ModelNotFoundError(unknown_name("packaged model", name, folders))
    return folders[name]


def _file(request: Request, path: Path, kind: str) -> Response:
    response = FileResponse(path, media_type=kind, headers=dict(_CACHED), stat_result=path.stat())
    if _STATIC.is_not_modified(response.headers, request.headers):
        return NotModifiedResponse(response.headers)
    return response
