"""The page that the service shows is the one that its sources in ``web`` make."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FILES = ("index.html", "package-lock.json", "package.json", "tsconfig.json", "vite.config.ts")
FOLDERS = ("plugins", "src")
"""All that makes the page; ``web/plugins/sources.ts`` has the same."""
OLDEST_NODE = 20
UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENOTCACHED")
"""What npm says where it reaches no packages."""


@pytest.fixture
def web(repo_root: Path) -> Path:
    return repo_root / "web"


@pytest.fixture
def page(repo_root: Path) -> Path:
    return repo_root / "src" / "affectone" / "serving" / "page"


def sources_hash(web: Path) -> str:
    """Return the hash of all sources: of each its path, a zero, its length, a zero, and its bytes."""
    within = [file for folder in FOLDERS for file in (web / folder).rglob("*") if file.is_file()]
    sources = {file.relative_to(web).as_posix(): file for file in [*(web / name for name in FILES), *within]}
    hashed = hashlib.sha256()
    for path in sorted(sources):
        data = sources[path].read_bytes()
        hashed.update(f"{path}\0{len(data)}\0".encode() + data)
    return hashed.hexdigest()


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files; compressed ones as what they hold, for no two builds of Node compress alike."""
    found = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    return {
        name: gzip.decompress(file.read_bytes()) if name.endswith(".gz") else file.read_bytes()
        for name, file in found.items()
    }


def node_or_reason() -> str | None:
    """Return why nothing can be built here, or None."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return "no Node here"
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)", told)
    old = found is None or int(found[1]) < OLDEST_NODE
    return f"Node {told.strip()} is older than {OLDEST_NODE}" if old else None


def npm(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["npm", *words], cwd=folder, capture_output=True, text=True, check=False)


def test_the_page_is_of_these_sources(web: Path, page: Path) -> None:
    told = (page / "SOURCES.sha256").read_text("utf-8")
    assert told == sources_hash(web) + "\n", (
        "the page is stale: npm run build in web/, and commit what it writes"
    )


def test_the_page_holds_the_licences_of_its_libraries(page: Path) -> None:
    notices = (page / "THIRD-PARTY.txt").read_text("utf-8")
    assert "wavesurfer.js" in notices
    assert "BSD 3-Clause License" in notices
    assert "uplot" in notices
    assert "onnxruntime-web" in notices
    assert "Copyright (c) Microsoft Corporation" in notices
    assert "The MIT License" in notices


def test_the_page_holds_what_runs_models_and_says_how_large_that_is(page: Path, repo_root: Path) -> None:
    compressed = page / "assets" / "ort-wasm-simd-threaded.wasm.gz"
    assert gzip.decompress(compressed.read_bytes()).startswith(b"\0asm")
    assert list(page.rglob("*.wasm")) == []
    silero = repo_root / "src" / "affectone" / "speech" / "silero" / "silero_vad_16k.onnx"
    megabytes = (compressed.stat().st_size + silero.stat().st_size) / 1e6
    assert f"about {megabytes:.0f} MB that run models" in (page / "index.html").read_text("utf-8")


def test_what_the_page_answers_by_itself_is_held_against_what_the_package_answers(web: Path) -> None:
    path = web / "tests" / "fixtures" / "make_local.py"
    spec = importlib.util.spec_from_file_location("make_local", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    kept = path.with_name("local.json").read_text("utf-8")
    assert json.loads(kept) == json.loads(made.text()), "stale: python web/tests/fixtures/make_local.py"


def test_the_page_asks_nobody_but_its_server(page: Path) -> None:
    shown = (page / "index.html").read_text("utf-8")
    assert re.findall(r"(?:src|href)=[\"'](?!\./)[^\"']*", shown) == []
    # Inline scripts would need another policy.
    assert re.findall(r"<script(?![^>]*\bsrc=)", shown) == []


def test_the_lock_names_no_place_to_fetch_from(web: Path) -> None:
    assert '"resolved"' not in (web / "package-lock.json").read_text("utf-8")


def test_the_sources_are_sound_and_build_the_page_byte_for_byte(
    web: Path, page: Path, tmp_path: Path
) -> None:
    reason = node_or_reason()
    if reason:
        pytest.skip(reason)
    copy, built = tmp_path / "web", tmp_path / "page"
    shutil.copytree(web, copy, ignore=shutil.ignore_patterns("node_modules"))
    installed = npm(copy, "ci", "--prefer-offline", "--no-audit", "--no-fund")
    if installed.returncode and any(word in installed.stderr for word in UNREACHABLE):
        pytest.skip("npm reaches no packages from here")
    assert installed.returncode == 0, installed.stderr
    for words in (["run", "check"], ["run", "build", "--", "--outDir", str(built)]):
        done = npm(copy, *words)
        assert done.returncode == 0, done.stdout + done.stderr
    assert contents(built) == contents(page)
