"""What all tests share: where the repository and the corpora are, and one environment everywhere."""

from __future__ import annotations

import importlib.util
import os
import random
import signal
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

# Before numpy or torch is loaded, and for the programs that tests start: two threads that wait for each
# other on a busy machine are a hundred times slower than one.
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from typer.testing import Result

REPO_ROOT = Path(__file__).resolve().parents[1]

# Set before any test imports typer or rich, which look at these when they are imported.
for name in ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "AFFECTONE_MODELS"):
    os.environ.pop(name, None)
os.environ.update(
    COLUMNS="120", TERMINAL_WIDTH="120", NO_COLOR="1", TERM="dumb", LC_ALL="C.UTF-8", TZ="UTC", PYTHONUTF8="1"
)

# A shell that runs tests in the background has Ctrl-C ignored, and programs under test would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "slow machines", deadline=timedelta(seconds=5), suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("slow machines"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "slow machines")


def corpora_or_reason() -> Path | str:
    """Return the folder of the real corpora, or the one reason why tests that need it are skipped."""
    named = os.environ.get("AFFECTONE_CORPORA")
    root = Path(named) if named else REPO_ROOT.parent / "shared" / "corpora"
    if root.is_dir():
        return root
    if named:
        # Somebody who names a folder wants these tests to run; skipping them would hide the misspelling.
        pytest.fail(f"AFFECTONE_CORPORA names {named!r}, which is no folder", pytrace=False)
    return "no real corpora here: set AFFECTONE_CORPORA, or put them at ../shared/corpora"


@pytest.fixture(scope="session")
def corpora_root() -> Path:
    """Folder of the real corpora; a test that asks for it is skipped where there is none."""
    found = corpora_or_reason()
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture(scope="session")
def weights() -> Path:
    """Folder of pretrained weights; a test that asks for it is skipped where there is none."""
    named = os.environ.get("AFFECTONE_WEIGHTS")
    folder = Path(named) if named else REPO_ROOT.parent / "shared" / "weights"
    if not folder.is_dir():
        pytest.skip("no pretrained weights here: set AFFECTONE_WEIGHTS, or put them at ../shared/weights")
    return folder


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """Folder of the checkout."""
    return REPO_ROOT


@pytest.fixture(scope="session")
def packaged_base() -> Path:
    """Folder of the packaged model `base`; a test that asks for it is skipped until it is packaged."""
    package = importlib.util.find_spec("affectone")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent / "models" / "packaged" / "base"
    if not (folder / "card.json").is_file():
        pytest.skip("the model `base` is not packaged in this checkout")
    return folder


@pytest.fixture(autouse=True)
def _same_randomness() -> None:
    """Start every test from the same state of the global generators."""
    random.seed(20)
    np.random.seed(20)  # noqa: NPY002 - libraries under test use the old generator


@pytest.fixture(autouse=True)
def _no_user_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the tests write, and the models a user has, out of each other's way."""
    home = tmp_path_factory.getbasetemp() / "user"
    for variable in ("XDG_DATA_HOME", "LOCALAPPDATA", "AFFECTONE_CACHE"):
        monkeypatch.setenv(variable, str(home))


@pytest.fixture(scope="session")
def invoke() -> Callable[..., Result]:
    """Return a function that runs `affectone LINE` in this process; a bug raises and is no status."""
    from typer.testing import CliRunner

    from affectone.cli.app import app

    def run(line: Sequence[object], stdin: bytes = b"") -> Result:
        result = CliRunner().invoke(app, [str(part) for part in line], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture(scope="session")
def tiny() -> ModuleType:
    """Return `tiny_model.py`: a model whose answers can be worked out by hand, and synthetic speech."""
    pytest.importorskip("onnx")
    spec = importlib.util.spec_from_file_location("tiny_model", Path(__file__).with_name("tiny_model.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made_run() -> ModuleType:
    """Return `made_run.py`: a run's folder whose scores can be worked out by hand; nothing is trained."""
    spec = importlib.util.spec_from_file_location("made_run", Path(__file__).with_name("made_run.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tiny_model(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the model `tiny`, inside a folder of models."""
    folder: Path = tiny.write_model(tmp_path_factory.mktemp("models"), "tiny")
    return folder
