"""A report on an archive that is made for one test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def report_on(tmp_path: Path, made_archive: ModuleType) -> Callable[..., dict[str, Any]]:
    """Return a function that writes an archive and gives its report as JSON has it."""
    from affectone.batch.places import Place
    from affectone.batch.report import Choices, reported

    def run(
        files: Sequence[Mapping[str, Any]],
        rows: Sequence[Mapping[str, Any]],
        choices: Mapping[str, Any] | None = None,
        memory: str = "1GB",
        name: str = "archive",
        **settings: Any,
    ) -> dict[str, Any]:
        folder = made_archive.write_archive(tmp_path / name, files, rows, **settings)
        with reported(Place(folder), Choices(**(choices or {})), memory=memory) as report:
            return report.to_dict()

    return run
