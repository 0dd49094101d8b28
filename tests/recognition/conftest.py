"""A recogniser over the tiny model."""

from __future__ import annotations

from pathlib import Path

import pytest

from affectone.recognition import Recognizer


@pytest.fixture(scope="session")
def recognizer(tiny_model: Path) -> Recognizer:
    return Recognizer(tiny_model)
