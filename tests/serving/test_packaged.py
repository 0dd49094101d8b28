"""The packaged models as files, for a browser that runs one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi")

from affectone.models import find_model, packaged_models
from affectone.serving.shapes import PackagedAnswer
from affectone.speech.network import MODEL as SPEECH

if TYPE_CHECKING:
    from starlette.testclient import TestClient

FILES = ("/v1/packaged/edge/model.onnx", "/v1/packaged/edge/card.json", "/v1/packaged/speech.onnx")


def test_all_packaged_models_are_listed_the_smallest_first_whatever_is_served(client: TestClient) -> None:
    told = client.get("/v1/packaged").json()
    PackagedAnswer.model_validate(told, strict=True)
    assert {one["name"] for one in told["models"]} == {one.path.name for one in packaged_models()}
    sizes = [one["size_bytes"] for one in told["models"]]
    assert sizes == sorted(sizes)
    assert told["models"][0]["labels"] == list(find_model(told["models"][0]["name"]).card.labels)


@pytest.mark.parametrize("model", packaged_models(), ids=lambda one: one.path.name)
def test_a_model_is_the_one_that_its_card_describes(client: TestClient, model: object) -> None:
    name = model.path.name  # type: ignore[attr-defined]
    sent = client.get(f"/v1/packaged/{name}/model.onnx")
    card = json.loads(client.get(f"/v1/packaged/{name}/card.json").content)
    assert hashlib.sha256(sent.content).hexdigest() == card["sha256"]
    assert sent.headers["content-type"] == "application/octet-stream"


def test_the_network_that_finds_speech_is_the_packages_own(client: TestClient) -> None:
    assert client.get("/v1/packaged/speech.onnx").content == SPEECH.read_bytes()


@pytest.mark.parametrize("path", FILES)
def test_what_a_browser_has_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.mark.parametrize("name", ["edg", "tiny", "..", "%2e%2e", "edge%2f..%2fbase", "%00"])
def test_no_other_file_is_sent(client: TestClient, name: str) -> None:
    answer = client.get(f"/v1/packaged/{name}/model.onnx")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_misspelt_name_is_answered_with_the_near_one(client: TestClient) -> None:
    detail = client.get("/v1/packaged/edg/card.json").json()["detail"]
    assert "did you mean" in detail
    assert "edge" in detail


def test_webassembly_may_run_and_nothing_else_that_is_made_of_text(
    serve: Callable[..., TestClient],
) -> None:
    policy = serve().get("/").headers["content-security-policy"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert "'unsafe-eval'" not in policy


@pytest.mark.parametrize("place", ["/", "/assets/index.js"])
def test_the_page_is_asked_for_again_after_another_release(
    serve: Callable[..., TestClient], place: str
) -> None:
    found = serve().get(place)
    assert (found.status_code, found.headers["cache-control"]) == (200, "no-cache")
    again = serve().get(place, headers={"If-None-Match": found.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")
