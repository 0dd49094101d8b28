"""A room imports only the rooms that ARCHITECTURE.md allows it. Read from the source; nothing is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = "affectone"
GROUND = ("errors", "files", "labels", "registry", "store", "units", "workers")
"""Modules every room may import."""

ARROWS: dict[str, tuple[str, ...]] = {
    "audio": (),
    "speech": ("audio",),
    "features": ("audio", "speech"),
    "models": ("audio", "speech", "features"),
    "recognition": ("audio", "speech", "features", "models", "views"),
    "corpora": ("audio",),
    "training": ("audio", "speech", "features", "models", "corpora"),
    "evaluation": ("audio", "speech", "features", "models", "recognition", "corpora", "training"),
    "views": (),
    "client": ("audio", "recognition"),
    "serving": ("audio", "speech", "models", "recognition"),
    "batch": ("audio", "features", "models", "recognition"),
    "cli": (
        *("audio", "speech", "features", "models", "recognition"),
        *("corpora", "training", "evaluation", "views", "serving", "batch"),
    ),
}
"""Room -> the rooms it may import."""

DOORS = ("__init__", "__main__")
"""The package's own two modules: they hand out names of all rooms."""


@dataclass(frozen=True)
class Import:
    """One import as it stands in the source."""

    file: Path
    line: int
    target: str
    """Dotted name, absolute."""


def dynamic_target(node: ast.Call) -> str | None:
    """Return the module that ``import_module("...")`` or ``__import__("...")`` names."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant):
        return str(node.args[0].value)
    return None


def targets(node: ast.AST, module: list[str], is_package: bool) -> list[str]:
    """Return the absolute names that one node of the syntax tree imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        # One dot is the module's own package, which for an __init__.py is the module itself.
        above = module[: len(module) - node.level + is_package] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        return [f"{base}.{alias.name}" for alias in node.names]
    dynamic = dynamic_target(node) if isinstance(node, ast.Call) else None
    return [dynamic] if dynamic else []


def imports_of(file: Path, package: Path) -> Iterator[Import]:
    """Yield every import in a file, also those inside functions and for type checkers only."""
    parts = [package.name, *file.relative_to(package).with_suffix("").parts]
    is_package = parts[-1] == "__init__"
    module = parts[:-1] if is_package else parts
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        for target in targets(node, module, is_package):
            yield Import(file, getattr(node, "lineno", 0), target)


def broken_by(found: Import, room: str, package: Path) -> str | None:
    """Say which arrow an import breaks, or None."""
    parts = found.target.split(".")
    if parts[0] != package.name:
        return None
    goal = parts[1] if len(parts) > 1 else "(all of it)"
    allowed = {room, *GROUND, "__version__", *ARROWS.get(room, ())}
    if goal in allowed:
        return None
    where = f"{found.file.relative_to(package.parent)}:{found.line}"
    return f"{where}: {room} must not import {goal} ({found.target})"


def broken_arrows(package: Path) -> list[str]:
    """Return every broken arrow of a package as ``file:line: room must not import room``."""
    broken = []
    for file in sorted(package.rglob("*.py")):
        room = file.relative_to(package).parts[0].removesuffix(".py")
        if room in DOORS:
            continue
        if room not in ARROWS and room not in GROUND:
            broken.append(f"{file.relative_to(package.parent)}: no room named {room} in ARROWS")
            continue
        broken += filter(None, (broken_by(found, room, package) for found in imports_of(file, package)))
    return broken


def test_no_arrow_points_up(repo_root: Path) -> None:
    assert broken_arrows(repo_root / "src" / PACKAGE) == []


def test_the_allowed_arrows_have_no_circle() -> None:
    done: set[str] = set()
    while ready := [room for room in ARROWS if room not in done and done.issuperset(ARROWS[room])]:
        done.update(ready)
    assert done == set(ARROWS)


def test_architecture_shows_the_same_arrows(repo_root: Path) -> None:
    rows = re.findall(
        r"^\| `(\w+)/` \|.*\| ([^|]*) \|$", (repo_root / "ARCHITECTURE.md").read_text("utf-8"), re.M
    )
    assert {room: set(re.findall(r"`(\w+)`", allowed)) for room, allowed in rows} == {
        room: set(allowed) for room, allowed in ARROWS.items()
    }


PLANTED = {
    "plain import": ("import affectone.models.card", 1),
    "from import": ("from affectone.recognition import Recognizer", 1),
    "from the package": ("from affectone import models", 1),
    "by a public name": ("from affectone import Recognizer", 1),
    "of the whole package": ("import affectone", 1),
    "relative": ("from ..models import card", 1),
    "relative, package alone": ("from .. import training", 1),
    "inside a function": ("def f():\n    from affectone.cli import main", 2),
    "for the type checker": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import affectone.models",
        3,
    ),
    "by a string": ("import importlib\nimportlib.import_module('affectone.models')", 2),
}


def plant(tmp_path: Path, source: str, room: str = "speech", file: str = "planted.py") -> Path:
    """Make a package with one file in one room."""
    package = tmp_path / PACKAGE
    (package / room).mkdir(parents=True)
    (package / room / file).write_text(source, encoding="utf-8")
    return package


@pytest.mark.parametrize(("source", "line"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_bad_import_is_caught_with_its_line(tmp_path: Path, source: str, line: int) -> None:
    (message,) = broken_arrows(plant(tmp_path, source))
    assert message.startswith(f"affectone/speech/planted.py:{line}: speech must not import ")


def test_a_relative_import_in_an_init_counts_from_its_own_package(tmp_path: Path) -> None:
    package = plant(tmp_path, "from .regions import find\nfrom ..models import card\n", file="__init__.py")
    assert broken_arrows(package) == [
        "affectone/speech/__init__.py:2: speech must not import models (affectone.models.card)"
    ]


def test_allowed_imports_are_let_through(tmp_path: Path) -> None:
    lines = ("import numpy", "from affectone.audio.signal import Signal", "from affectone import errors")
    assert broken_arrows(plant(tmp_path, "\n".join([*lines, "from . import regions"]))) == []


def test_a_room_nobody_knows_is_caught(tmp_path: Path) -> None:
    (message,) = broken_arrows(plant(tmp_path, "", room="kitchen"))
    assert message == "affectone/kitchen/planted.py: no room named kitchen in ARROWS"


def test_the_ground_stands_on_nothing(tmp_path: Path) -> None:
    package = tmp_path / PACKAGE
    package.mkdir()
    (package / "units.py").write_text("from affectone.audio import load_audio\n", encoding="utf-8")
    assert broken_arrows(package) == [
        "affectone/units.py:1: units must not import audio (affectone.audio.load_audio)"
    ]
