"""Who is let in, and what pages of other origins may ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from starlette.testclient import TestClient

KEYED = [
    ("GET", "/v1/models"),
    ("GET", "/v1/jobs"),
    ("POST", "/v1/predict"),
    ("GET", "/metrics"),
    ("GET", "/v1/jobs/x"),
    ("GET", "/v1/packaged"),
    ("GET", "/v1/packaged/edge/model.onnx"),
    ("GET", "/v1/packaged/edge/card.json"),
    ("GET", "/v1/packaged/speech.onnx"),
]


@pytest.fixture(scope="module")
def keyed(serve: Callable[..., TestClient]) -> TestClient:
    return serve(api_keys=("one", "two"))


@pytest.mark.parametrize(("method", "path"), KEYED)
@pytest.mark.parametrize("header", [None, "Bearer", "Bearer three", "Basic one", "one"])
def test_without_a_key_nothing_is_answered(
    keyed: TestClient, method: str, path: str, header: str | None
) -> None:
    answer = keyed.request(method, path, headers={} if header is None else {"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", ["one", "two"])
def test_each_key_opens(keyed: TestClient, key: str) -> None:
    assert keyed.get("/v1/models", headers={"Authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/v1/service", "/openapi.json"])
def test_what_tells_nothing_needs_no_key(keyed: TestClient, path: str) -> None:
    assert keyed.get(path).status_code == 200
    assert keyed.get("/v1/service").json()["key_required"] is True


def test_jobs_are_those_of_the_key_they_were_given_with(keyed: TestClient) -> None:
    mine, other = ({"Authorization": f"Bearer {key}"} for key in ("one", "two"))
    job = keyed.post("/v1/jobs?task=predict", content=b"x", headers=mine).json()["id"]
    assert keyed.get(f"/v1/jobs/{job}", headers=mine).status_code == 200
    for method, path in (("GET", ""), ("GET", "/result"), ("POST", "/cancel"), ("DELETE", "")):
        assert keyed.request(method, f"/v1/jobs/{job}{path}", headers=other).status_code == 404
    assert [row["id"] for row in keyed.get("/v1/jobs", headers=mine).json()["jobs"]] == [job]
    assert keyed.get("/v1/jobs", headers=other).json()["jobs"] == []


def test_pages_of_other_origins_may_not_ask_unless_they_may(serve: Callable[..., TestClient]) -> None:
    header = {"Origin": "https://elsewhere.example"}
    assert "access-control-allow-origin" not in serve().get("/v1/models", headers=header).headers
    let_in = serve(cors_origins=("https://elsewhere.example",)).get("/v1/models", headers=header)
    assert let_in.headers["access-control-allow-origin"] == "https://elsewhere.example"
