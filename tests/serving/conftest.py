"""A service over the tiny model, in this process, and the same model without one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from affectone.recognition import Recognizer

if TYPE_CHECKING:
    from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def client(serve: Callable[..., TestClient]) -> TestClient:
    """Client of a service with the settings that it has by itself."""
    return serve()


@pytest.fixture(scope="session")
def recognizer(tiny_model: Path) -> Recognizer:
    """Return the same model, asked without a service."""
    return Recognizer(tiny_model)
