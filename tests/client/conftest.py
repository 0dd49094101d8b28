"""A service in a process of its own, and what asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("httpx")

from affectone.client import Client
from affectone.recognition import Recognizer


@pytest.fixture(scope="session")
def server(running_server: Callable[..., Any], tiny_model: Path) -> Iterator[Any]:
    with running_server("--model", tiny_model, "--model", "edge", "--api-keys", "the-key") as running:
        yield running


@pytest.fixture
def client(server: Any) -> Iterator[Client]:
    with Client(server.url, api_key="the-key") as made:
        yield made


@pytest.fixture(scope="session")
def recognizer(tiny_model: Path) -> Recognizer:
    return Recognizer(tiny_model)
