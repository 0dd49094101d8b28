"""One thread: two that wait for each other on a busy machine are a hundred times slower."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope="package")
def _one_thread() -> None:
    pytest.importorskip("torch").set_num_threads(1)
