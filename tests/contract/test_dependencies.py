"""What pyproject.toml promises about other people's packages, held against what is installed and imported."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from affectone.registry import EXTRA_MODULES

REPO_ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((REPO_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
FOR_DEVELOPMENT = ("test", "dev")


def requirements(*extras: str) -> Iterator[Requirement]:
    """Yield the core's requirements and those of some extras, without our own name."""
    listed = list(PROJECT["dependencies"])
    for extra in extras:
        listed += PROJECT["optional-dependencies"][extra]
    yield from (line for line in map(Requirement, listed) if line.name != "affectone")


def by_name(*extras: str) -> list[Any]:
    """Return requirements as pytest parameters named by their distribution."""
    return [pytest.param(line, id=line.name) for line in requirements(*extras)]


EVERY_EXTRA = tuple(PROJECT["optional-dependencies"])


@pytest.mark.parametrize("requirement", by_name(*EVERY_EXTRA))
def test_every_dependency_has_a_floor(requirement: Requirement) -> None:
    assert [bound for bound in requirement.specifier if bound.operator in (">=", "~=", "==")]


@pytest.mark.parametrize("requirement", by_name(*(extra for extra in EVERY_EXTRA if extra != "dev")))
def test_the_installed_version_is_inside_the_bounds(requirement: Requirement) -> None:
    installed = importlib.metadata.version(requirement.name)
    assert requirement.specifier.contains(installed, prereleases=True), installed


def test_torch_stays_in_the_range_that_has_a_cpu_build() -> None:
    (torch,) = [line for line in requirements("train") if line.name == "torch"]
    assert torch.specifier == SpecifierSet(">=2.6,<2.14")


def test_all_joins_every_extra_for_users() -> None:
    (line,) = PROJECT["optional-dependencies"]["all"]
    assert Requirement(line).extras == set(EVERY_EXTRA) - {"all", *FOR_DEVELOPMENT}


def third_party_imports() -> Iterator[tuple[str, str]]:
    """Yield (where, top-level module) for every import in the package that is neither ours nor Python's."""
    source = REPO_ROOT / "src"
    for file in sorted(source.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in {name.partition(".")[0] for name in names}:
                if name != "affectone" and name not in sys.stdlib_module_names:
                    yield f"{file.relative_to(source)}:{getattr(node, 'lineno', 0)}", name


def test_every_import_is_of_something_declared() -> None:
    declared = {
        canonicalize_name(line.name) for line in requirements(*(set(EVERY_EXTRA) - {*FOR_DEVELOPMENT}))
    }
    # Python 3.11 does not see a module that is one compiled file.
    compiled = {"parselmouth": ["praat-parselmouth"]}
    owners = compiled | dict(importlib.metadata.packages_distributions())
    undeclared = [
        (where, module)
        for where, module in third_party_imports()
        if not declared & {canonicalize_name(owner) for owner in owners.get(module, [])}
    ]
    assert undeclared == []


ABSENT = sorted({module for modules in EXTRA_MODULES.values() for module in modules} | {"scipy", "librosa"})
WITHOUT_EXTRAS = f"""
import sys
from importlib.machinery import PathFinder

class WithoutExtras:
    @staticmethod
    def find_spec(name, path=None, target=None):
        absent = name.partition(".")[0] in {ABSENT!r}
        return None if absent else PathFinder.find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = WithoutExtras
"""
"""Makes a fresh interpreter answer as one in which only the core is installed."""


def core_only(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program in an interpreter that finds no module of any extra."""
    command = [sys.executable, "-c", WITHOUT_EXTRAS + program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=REPO_ROOT)


def affectone_core_only(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line without any extra."""
    program = "from affectone.cli import main; sys.argv[0] = 'affectone'; sys.exit(main())"
    return core_only(program, *arguments)


def test_the_stand_in_really_hides_the_extras() -> None:
    assert "No module named 'torch'" in core_only("import torch").stderr


def test_the_package_imports_without_any_extra() -> None:
    assert core_only("import affectone; affectone.Recognizer").stderr == ""


@pytest.mark.parametrize(
    "command",
    ["predict", "models", "doctor", "train", "evaluate", "report", "export", "corpora", "features", "plot"],
)
def test_help_works_without_any_extra(command: str) -> None:
    done = affectone_core_only(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("packaged_base")
def test_predict_works_without_any_extra() -> None:
    done = affectone_core_only("predict", "examples/train.wav", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")


def test_train_without_its_extra_gives_the_pip_line(tmp_path: Path) -> None:
    done = affectone_core_only("train", "--corpus", f"ravdess={tmp_path}", "-o", f"{tmp_path}/run")
    assert done.returncode == 3
    assert "pip install 'affectone[train]'" in done.stderr
