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
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from affectone.recognition import Prediction, Timeline
from affectone.serving import ServiceSettings, create_app
from affectone.serving.shapes import PredictionAnswer, TimelineAnswer

if TYPE_CHECKING:
    from starlette.testclient import TestClient

# The library leaves connections of its own to be collected.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@pytest.fixture(scope="module")
def app(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from starlette.testclient import TestClient

    database = f"sqlite:///{tmp_path_factory.mktemp('jobs') / 'jobs.sqlite'}"
    made = create_app(ServiceSettings(model=(str(tiny_model),), database=database, workers=1))
    with TestClient(made):
        yield made


@pytest.fixture(scope="module")
def api(app: Any) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", app)


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_asked_is_answered_as_it_is_promised(case: Any) -> None:
    case.call_and_validate(checks=CHECKS)


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
