"""What OpenAPI promises is what is answered, whatever is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("schemathesis")

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from affectone.recognition import Prediction, Timeline
from affectone.serving.shapes import PredictionAnswer, TimelineAnswer

if TYPE_CHECKING:
    from starlette.testclient import TestClient

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@pytest.fixture(scope="module")
def api(running_server: Callable[..., Any], tiny_model: Path) -> Iterator[Any]:
    with running_server("--model", tiny_model, "--workers", 1, "--log-level", "warning") as server:
        yield schemathesis.openapi.from_url(f"{server.url}/openapi.json")


DOORS = (
    *("POST /v1/predict", "POST /v1/timeline", "POST /v1/jobs", "GET /v1/jobs", "GET /v1/jobs/{job}"),
    *("GET /v1/jobs/{job}/result", "POST /v1/jobs/{job}/cancel", "DELETE /v1/jobs/{job}"),
    *("GET /v1/service", "GET /v1/models", "GET /v1/models/{name}", "GET /healthz", "GET /readyz"),
    *("GET /metrics", "GET /v1/packaged", "GET /v1/packaged/speech.onnx"),
    *("GET /v1/packaged/{name}/model.onnx", "GET /v1/packaged/{name}/card.json"),
)


@pytest.mark.parametrize("door", DOORS)
def test_whatever_is_asked_is_answered_as_it_is_promised(api: Any, door: str) -> None:
    method, path = door.split()

    @given(case=api[path][method].as_strategy())
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()


def test_no_door_is_left_out(api: Any) -> None:
    told = {f"{one.ok().method.upper()} {one.ok().path}" for one in api.get_all_operations()}
    assert told == set(DOORS)


def test_answers_have_the_fields_of_the_results() -> None:
    assert set(PredictionAnswer.model_fields) == {one.name for one in fields(Prediction)}
    assert set(TimelineAnswer.model_fields) == {one.name for one in fields(Timeline)} - {"outlines"}


def test_answers_are_of_their_shapes(serve: Callable[..., TestClient], call: Path) -> None:
    client = serve()
    for row in client.post("/v1/predict?channels=split", content=call.read_bytes()).json():
        PredictionAnswer.model_validate(row, strict=True)
    told = client.post("/v1/timeline", content=call.read_bytes()).text
    assert TimelineAnswer.model_validate_json(told, strict=True).segments


def test_every_door_shows_an_example_or_a_shape(serve: Callable[..., TestClient]) -> None:
    told = serve().get("/openapi.json").json()
    shapes = told["components"]["schemas"]
    for name in ("PredictionAnswer", "SegmentAnswer", "JobAnswer", "ProblemAnswer"):
        assert shapes[name]["example"]
    for path in told["paths"].values():
        for door in path.values():
            assert door["summary"]
            assert door["responses"]
