"""The public surface, pinned: a name that appears or goes must be meant."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import affectone

SURFACE = [
    "AffectoneError",
    "Client",
    "Emotion",
    "LabelSet",
    "Prediction",
    "Recognizer",
    "Signal",
    "__version__",
    "extract",
    "load_audio",
    "load_corpus",
]
STUB = Path(affectone.__file__).with_suffix(".pyi")


def test_the_surface_is_this() -> None:
    assert affectone.__all__ == SURFACE


def test_the_stub_says_the_same() -> None:
    (names,) = (
        ast.literal_eval(node.value)
        for node in ast.parse(STUB.read_text("utf-8")).body
        if isinstance(node, ast.Assign)
    )
    assert names == SURFACE


@pytest.mark.parametrize("name", sorted(set(SURFACE) - {"__version__"}))
def test_a_type_checker_finds_each_name_where_it_comes_from(name: str) -> None:
    imports = {
        alias.name: node.module
        for node in ast.parse(STUB.read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imports[name] == f"affectone.{affectone._HOMES[name]}"
