"""What all tests share: where the repository and the corpora are, and one environment everywhere."""

from __future__ import annotations

import importlib
import importlib.util
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

# Before numpy or torch is loaded, and for the programs that tests start: two threads that wait for each
# other on a busy machine are a hundred times slower than one.
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from starlette.testclient import TestClient
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


@pytest.fixture
def bench_module(repo_root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import a module of the folder benchmarks, which is not in the package."""
    monkeypatch.syspath_prepend(repo_root / "benchmarks")
    return importlib.import_module


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


def beside(name: str) -> ModuleType:
    """Return a module that stands beside this file and is in no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tiny() -> ModuleType:
    """Return `tiny_model.py`: a model whose answers can be worked out by hand, and synthetic speech."""
    pytest.importorskip("onnx")
    return beside("tiny_model")


@pytest.fixture(scope="session")
def made_run() -> ModuleType:
    """Return `made_run.py`: a run's folder whose scores can be worked out by hand; nothing is trained."""
    return beside("made_run")


@pytest.fixture(scope="session")
def made_archive() -> ModuleType:
    """Return `made_archive.py`: folders as a batch writes them, whose report can be worked out by hand."""
    for needed in ("duckdb", "pyarrow", "fsspec", "xlsxwriter"):
        pytest.importorskip(needed)
    return beside("made_archive")


@pytest.fixture(scope="session")
def tiny_model(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the model `tiny`, inside a folder of models."""
    folder: Path = tiny.write_model(tmp_path_factory.mktemp("models"), "tiny")
    return folder


@pytest.fixture(scope="module")
def serve(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., TestClient]]:
    """Return a maker of clients of services with some settings, in this process, over the model `tiny`."""
    pytest.importorskip("fastapi")
    from starlette.testclient import TestClient

    from affectone.serving import ServiceSettings, create_app

    with ExitStack() as stack:

        def made(**settings: Any) -> TestClient:
            database = f"sqlite:///{tmp_path_factory.mktemp('jobs') / 'jobs.sqlite'}"
            chosen = {"model": (str(tiny_model),), "workers": 2, "database": database} | settings
            app = create_app(ServiceSettings(**chosen))
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield made


@dataclass(frozen=True)
class Server:
    """A service in a process of its own."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    """What it writes to stderr."""
    stdout: Path


@pytest.fixture(scope="session")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., AbstractContextManager[Server]]:
    """Return a context manager that runs `affectone serve FLAGS` on a free port, and ends it afterwards."""
    pytest.importorskip("fastapi")
    httpx = pytest.importorskip("httpx")

    @contextmanager
    def running(*flags: object) -> Iterator[Server]:
        folder = tmp_path_factory.mktemp("server")
        command = [sys.executable, "-m", "affectone", "serve", "--port", "0"]
        if "--database" not in flags:
            command += ["--database", f"sqlite:///{folder / 'jobs.sqlite'}"]
        log, stdout = folder / "log", folder / "stdout"
        with log.open("wb") as stderr_place, stdout.open("wb") as stdout_place:
            process = subprocess.Popen([*command, *map(str, flags)], stderr=stderr_place, stdout=stdout_place)
        try:
            end = time.monotonic() + 60
            url, ready = None, False
            while not ready:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < end, log.read_text()
                time.sleep(0.1)
                found = re.search(r"listening on (\S+)", log.read_text())
                with suppress(httpx.HTTPError):
                    url = found[1] if found else None
                    ready = url is not None and httpx.get(f"{url}/readyz").is_success
            yield Server(str(url), process, log, stdout)
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise

    return running


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of an empty database of a PostgreSQL of our own; skipped where it is not installed."""
    pytest.importorskip("psycopg")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [shutil.which("initdb")]
    if found[-1] is None:
        pytest.skip("no PostgreSQL here: on Debian and Ubuntu, apt-get install postgresql")
    programs = Path(found[-1]).parent
    # It refuses to run as root, and its user has to see the folder.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="affectone-pg-"))
    if user is not None:
        shutil.chown(folder, user)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = [programs / "initdb", "-D", folder / "data", "-U", "tester", "-A", "trust", "--no-sync"]
    subprocess.run(made, user=user, check=True, capture_output=True, cwd=folder)
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    control = [programs / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log"]
    subprocess.run([*control, "-o", options, "start"], user=user, check=True, capture_output=True, cwd=folder)
    try:
        yield f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres"
    finally:
        stop = [*control, "-m", "immediate", "stop"]
        subprocess.run(stop, user=user, check=True, capture_output=True, cwd=folder)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def call(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a WAV of two channels, in each of which somebody speaks for seven seconds."""
    import soundfile

    path: Path = tmp_path_factory.mktemp("calls") / "call.wav"
    left, right = tiny.spoken_clip(7.0), 0.5 * tiny.spoken_clip(7.0)[::-1]
    soundfile.write(path, np.stack([left, right], axis=1), 16000)
    return path
