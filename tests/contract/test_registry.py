"""Over every registered thing, and over the extras that they name."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

import affectone
from affectone.registry import EXTRA_MODULES, Entry, Registry

SOURCE = Path(affectone.__file__).parent
FOR_PEOPLE = {"all", "test", "dev"}
"""Extras that join others or serve development; nothing in the package asks for them."""


def find_registries() -> list[Registry[object]]:
    """Import the modules that make a registry at their top level, and return what they made."""
    found: dict[int, Registry[object]] = {}
    for file in sorted(SOURCE.rglob("*.py")):
        if file.name == "registry.py" or not re.search(r"^\w+.*= Registry\b", file.read_text("utf-8"), re.M):
            continue
        parts = file.relative_to(SOURCE.parent).with_suffix("").parts
        module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
        found |= {id(value): value for value in vars(module).values() if isinstance(value, Registry)}
    return list(found.values())


REGISTRIES = find_registries()
ENTRIES = [
    pytest.param(registry, entry, id=f"{registry.kind}-{entry.name}")
    for registry in REGISTRIES
    for entry in registry
]


def test_the_registries_were_found_and_are_not_empty() -> None:
    assert {"corpus", "model"} <= {registry.kind for registry in REGISTRIES if len(registry)}


@pytest.mark.parametrize(("registry", "entry"), ENTRIES)
def test_a_name_can_be_typed_on_a_command_line(registry: Registry[object], entry: Entry[object]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_-]*", entry.name)


@pytest.mark.parametrize(("registry", "entry"), ENTRIES)
def test_everything_says_what_it_is(registry: Registry[object], entry: Entry[object]) -> None:
    assert re.fullmatch(r"\S.*\.", entry.doc), "the docstring's first line is one sentence"


@pytest.mark.parametrize(("registry", "entry"), ENTRIES)
def test_the_extra_it_needs_exists(registry: Registry[object], entry: Entry[object]) -> None:
    assert entry.extra is None or entry.extra in EXTRA_MODULES


@pytest.mark.parametrize(("registry", "entry"), ENTRIES)
def test_a_misspelt_name_is_answered_with_the_right_one(
    registry: Registry[object], entry: Entry[object]
) -> None:
    with pytest.raises(registry._error, match=f"did you mean {entry.name!r}"):
        registry.get(entry.name + "_")


def extras(repo_root: Path) -> dict[str, set[NormalizedName]]:
    """Return extra -> the distributions it names itself, without the extras it includes."""
    project = tomllib.loads((repo_root / "pyproject.toml").read_text("utf-8"))["project"]
    return {
        extra: {canonicalize_name(Requirement(line).name) for line in lines}
        - {canonicalize_name("affectone")}
        for extra, lines in project["optional-dependencies"].items()
    }


def test_the_extras_in_the_code_are_those_in_pyproject(repo_root: Path) -> None:
    assert set(EXTRA_MODULES) == set(extras(repo_root)) - FOR_PEOPLE


@pytest.mark.parametrize("extra", EXTRA_MODULES)
def test_an_extra_is_known_by_the_modules_it_installs(repo_root: Path, extra: str) -> None:
    # Python 3.11 does not see a module that is one compiled file.
    compiled = {"parselmouth": ["praat-parselmouth"]}
    distributions = compiled | dict(importlib.metadata.packages_distributions())
    known_by = {canonicalize_name(distributions[module][0]) for module in EXTRA_MODULES[extra]}
    assert known_by == extras(repo_root)[extra]


def named_extras() -> list[tuple[str, str]]:
    """Return (where, extra) for every extra that a call in the source names."""
    named = []
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            callee = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[:1] if callee in ("require_extra", "MissingExtraError") else []
            given = [*first, *(keyword.value for keyword in node.keywords if keyword.arg == "extra")]
            where = f"{file.relative_to(SOURCE.parent)}:{node.lineno}"
            named += [
                (where, value.value)
                for value in given
                if isinstance(value, ast.Constant) and isinstance(value.value, str)
            ]
    return named


def test_no_call_names_an_extra_that_does_not_exist() -> None:
    # pydantic's own `extra="forbid"` is no extra of ours.
    unknown = [(w, x) for w, x in named_extras() if x not in EXTRA_MODULES and x != "forbid"]
    assert unknown == []
