"""What is installed, and whether it is whole: the facts that `affectone doctor` prints."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from typing import Any

from affectone.errors import ModelError
from affectone.models import store
from affectone.registry import EXTRA_MODULES, missing_modules

__all__ = ["inspect_installation", "problems_of"]

CORE = ("numpy", "onnxruntime", "soundfile", "av", "soxr", "typer", "rich", "pydantic")
ABSENT = "not installed"


def inspect_installation() -> dict[str, Any]:
    """Return versions, extras, models and processor as plain data."""
    from affectone import __version__

    return {
        "affectone": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": _usable_cpus(),
        "core": {name: _version(name) for name in CORE},
        "extras": {extra: _extra(extra) for extra in EXTRA_MODULES},
        "models": {name: _model(name) for name in store.model_folders()},
        "packaged_folder": str(store.PACKAGED),
        "closed_folders": [str(problem) for problem in store.search_problems()],
    }


def problems_of(facts: dict[str, Any]) -> list[str]:
    """Return what keeps the installation from working, one sentence each."""
    problems = [f"{name} is not installed" for name, version in facts["core"].items() if version == ABSENT]
    problems += [model["problem"] for model in facts["models"].values() if model["problem"]]
    problems += facts["closed_folders"]
    if not any(model["packaged"] for model in facts["models"].values()):
        problems.append(f"no packaged model in {facts['packaged_folder']}; install affectone again")
    return problems


def _usable_cpus() -> int:
    """Return how many processors this process may use, which is fewer than there are in a container."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ABSENT


def _extra(extra: str) -> dict[str, Any]:
    missing = missing_modules(extra)
    install = f"pip install 'affectone[{extra}]'" if missing else None
    return {"installed": not missing, "missing": missing, "install": install}


def _model(name: str) -> dict[str, Any]:
    folder = store.model_folders()[name]
    facts: dict[str, Any] = {"path": str(folder), "packaged": folder.parent == store.PACKAGED}
    try:
        artefact = store.read_artefact(folder)
        artefact.read_network()
    except ModelError as error:
        return facts | {"title": None, "sha256": None, "problem": str(error)}
    return facts | {"title": artefact.title, "sha256": artefact.card.sha256, "problem": None}
