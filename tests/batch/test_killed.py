"""A run that is killed at random moments, until a last one ends: nothing is double and nothing is lost."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import soundfile as sf

pytest.importorskip("pebble")

Tables = Callable[[Path], dict[str, list[dict[str, Any]]]]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are killed by POSIX's signals")


@pytest.fixture(scope="module")
def calls(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Manifest of thirty recordings, ten sounds under several names, some of which are text."""
    root = tmp_path_factory.mktemp("calls")
    lines = ["path,agent"]
    for number in range(30):
        path, twin = root / f"{number:02}.wav", root / f"{number % 10:02}.wav"
        if number % 15 == 7:
            path.write_text("no sound", encoding="utf-8")
        elif path == twin or number % 10 == 7:
            sf.write(path, tiny.spoken_clip(0.6, pitch=100.0 + 2 * number), 16000)
        else:
            os.link(twin, path)
        lines.append(f"{path.name},{['x', 'y', ''][number % 3]}")
    place = root / "calls.csv"
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


def begun(calls: Path, output: Path, flags: list[str]) -> subprocess.Popen[bytes]:
    """Start a run that writes as often as it can."""
    command = [sys.executable, "-m", "affectone", "batch", calls, "-o", output, "--checkpoint", "0.05"]
    return subprocess.Popen([*command, "--jobs", "2", *flags], stderr=subprocess.PIPE)


def ended(running: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    _, words = running.communicate(timeout=300)
    return running.returncode, words


def wait_for(path: Path, running: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while not path.exists() and running.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.soak)])
@pytest.mark.parametrize("adapt", [False, True], ids=["plain", "adapted"])
def test_killed_at_random_moments(
    calls: Path, tiny_model: Path, tmp_path: Path, tables: Tables, request: Any, adapt: bool, kills: int
) -> None:
    if adapt:
        request.getfixturevalue("packaged_base")
    flags = ["--adapt", "agent"] if adapt else ["--model", str(tiny_model)]
    start = time.monotonic()
    assert_whole(*ended(begun(calls, tmp_path / "undisturbed", flags)))
    lasted = time.monotonic() - start
    undisturbed = tables(tmp_path / "undisturbed")

    moments = random.Random(20)  # noqa: S311 - no secret
    folders = (tmp_path / f"{number}" for number in itertools.count())
    out, killed = next(folders), 0
    while killed < kills:
        running = begun(calls, out, flags)
        time.sleep(moments.uniform(0.2, 1.0) * lasted)
        if running.poll() is None:
            running.kill()
            killed += 1
        status, words = ended(running)
        if killed == kills and status < 0:
            status, words = ended(begun(calls, out, flags))
        if status >= 0:  # It was done before its moment came: the next one begins anew.
            assert_whole(status, words)
            assert tables(out) == undisturbed
            assert not [*out.rglob("*.part")]
            names = [{path.name for path in (out / table).rglob("*")} for table in ("predictions", "files")]
            assert names[0] == names[1]
            out = next(folders)


def assert_whole(status: int, words: bytes) -> None:
    assert status == 1, words
    assert b"28 of 30 recordings are done; 2 failed (2 AudioDecodeError)" in words


def test_a_second_run_is_refused_while_one_is_at_work(calls: Path, tiny_model: Path, tmp_path: Path) -> None:
    out, flags = tmp_path / "out", ["--model", str(tiny_model)]
    first = begun(calls, out, flags)
    try:
        wait_for(out / "batch.json", first)
        first.send_signal(signal.SIGSTOP)
        status, words = ended(begun(calls, out, flags))
    finally:
        first.send_signal(signal.SIGCONT)
        told = ended(first)
    assert (status, words.decode()) == (3, f"affectone: {out}: another run is at work there\n")
    assert told[0] == 1


def test_an_interrupt_ends_a_run_with_its_status_and_what_was_done_is_kept(
    calls: Path, tiny_model: Path, tmp_path: Path, tables: Tables
) -> None:
    out, flags = tmp_path / "out", ["--model", str(tiny_model)]
    running = begun(calls, out, flags)
    wait_for(out / "files" / "model=tiny@0.0.1", running)
    asked = time.monotonic()
    running.send_signal(signal.SIGINT)
    status, words = ended(running)
    assert time.monotonic() - asked < 6
    assert (status, words) == (
        130,
        f"affectone: {tmp_path}/out: stopped; the same line goes on where it was\n".encode(),
    )
    assert ended(begun(calls, out, flags))[0] == 1
    assert len(tables(out)["files"]) == 28
