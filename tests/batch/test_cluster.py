"""Ray gives the rows that processes of one machine give: alone, to a client, and when an actor is lost."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

import pytest

pytest.importorskip("ray")
pytest.importorskip("pebble")

import pyarrow.dataset as ds
import soundfile as sf

from affectone.batch.cluster import over_ray
from affectone.batch.engines import Means
from affectone.errors import AffectoneError

if TYPE_CHECKING:
    import pyarrow as pa

    from affectone.batch.worker import Job

COUNT = 24
SURROUNDINGS = os.environ | {
    "RAY_AUTH_MODE": "disabled",
    "RAY_USAGE_STATS_ENABLED": "0",
    # Else a process for a client crashes now and then as the head forks it (grpc/grpc#43055).
    "GRPC_ENABLE_FORK_SUPPORT": "0",
}
TABLES = ("predictions", "files", "failures.parquet")


def affectone(*words: object) -> list[str]:
    return [sys.executable, "-m", "affectone", *map(str, words)]


def batched(*words: object) -> subprocess.CompletedProcess[str]:
    line = affectone("batch", *words)
    return subprocess.run(line, env=SURROUNDINGS, capture_output=True, text=True, timeout=240)


def rows(place: Path) -> dict[str, list[dict[str, object]]]:
    tables = {name: ds.dataset(place / name, partitioning="hive").to_table() for name in TABLES}
    return {name: table.sort_by("file").to_pylist() for name, table in tables.items()}


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[str, str]]:
    """Run two nodes with a processor each; lend their address, and that for clients."""
    port = 20_000 + secrets.randbelow(10_000)
    client = port + 10_000
    start = [
        Path(sys.executable).with_name("ray"),
        "start",
        "--block",
        "--num-cpus=1",
        "--disable-usage-stats",
    ]
    nodes: list[subprocess.Popen[bytes]] = []
    # A short path: the names of sockets have at most 107 letters.
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp", ignore_cleanup_errors=True) as folder:
        head = ["--head", f"--port={port}", f"--ray-client-server-port={client}", f"--temp-dir={folder}"]
        try:
            for flags in ([*head, "--include-dashboard=false"], [f"--address=127.0.0.1:{port}"]):
                line = [*start, "--node-ip-address=127.0.0.1", *flags]
                nodes.append(
                    subprocess.Popen(
                        line,
                        env=SURROUNDINGS,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                        start_new_session=True,
                    )
                )
                wait_for_nodes(f"127.0.0.1:{port}", len(nodes))
            yield f"127.0.0.1:{port}", f"ray://127.0.0.1:{client}"
        finally:
            # Killed with all that they started: an orderly end takes half a minute.
            for node in reversed(nodes):
                os.killpg(node.pid, signal.SIGKILL)
            for node in nodes:
                node.wait(60)


def wait_for_nodes(address: str, count: int) -> None:
    status = [Path(sys.executable).with_name("ray"), "status", f"--address={address}"]
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        told = subprocess.run(status, env=SURROUNDINGS, capture_output=True, text=True, timeout=90)
        if f"/{count}.0 CPU" in told.stdout:
            return
        time.sleep(0.5)
    pytest.fail(f"no {count} nodes at {address}: {told.stdout}{told.stderr}")


@pytest.fixture(scope="module")
def recordings(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a table of voices at many pitches, with one file that is no sound."""
    folder = tmp_path_factory.mktemp("calls")
    lines = ["path,line"]
    for number in range(COUNT):
        sf.write(folder / f"{number:02d}.wav", tiny.spoken_clip(0.5, pitch=90 + 8 * number), 16_000)
        lines.append(f"{number:02d}.wav,{('north', 'south', '')[number % 3]}")
    (folder / "text.wav").write_text("no sound at all", encoding="utf-8")
    manifest = folder / "calls.csv"
    manifest.write_text("\n".join([*lines, "text.wav,north"]), encoding="utf-8")
    return manifest


@pytest.fixture(scope="module")
def by_processes(
    recordings: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[dict[str, object]]]:
    place = tmp_path_factory.mktemp("local") / "out"
    done = batched(recordings, "-o", place, "--adapt", "line", "--jobs", 2)
    assert done.returncode == 1, done.stderr
    found = rows(place)
    assert [len(found[name]) for name in TABLES] == [COUNT, COUNT, 1]
    assert {row["adapted"] for row in found["predictions"]} == {True, False}
    return found


@pytest.mark.parametrize("way", ["alone", "client"])
def test_rows_are_those_of_processes_of_one_machine(
    way: str,
    cluster: tuple[str, str],
    recordings: Path,
    by_processes: dict[str, list[dict[str, object]]],
    tmp_path: Path,
) -> None:
    place = tmp_path / "out"
    done = batched(
        *(recordings, "-o", place, "--adapt", "line", "--engine", "ray"),
        *{"alone": ("--jobs", 2), "client": ("--address", cluster[1])}[way],
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines() == [
        f"affectone: AudioDecodeError: {recordings.parent}/text.wav: is text, not audio",
        f"affectone: {place}: 24 of 25 recordings are done; 1 failed (1 AudioDecodeError); "
        "failures.parquet has all, --retry-failed tries them again",
    ]
    assert rows(place) == by_processes


def test_a_killed_actor_loses_nothing(
    cluster: tuple[str, str],
    recordings: Path,
    by_processes: dict[str, list[dict[str, object]]],
    tmp_path: Path,
) -> None:
    place = tmp_path / "out"
    words = (recordings, "-o", place, "--adapt", "line", "--engine", "ray", "--address", cluster[0])
    with subprocess.Popen(affectone("batch", *words), env=SURROUNDINGS, stderr=subprocess.PIPE) as running:
        killed = kill_an_actor()
        _, told = running.communicate(timeout=240)
    assert killed
    assert running.returncode == 1, told
    assert rows(place) == by_processes


def kill_an_actor() -> bool:
    """Kill the first actor that holds a crew: no other cluster runs beside this test's."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for told in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if told.read_bytes().startswith(b"ray::MapWorker"):
                    os.kill(int(told.parent.name), signal.SIGKILL)
                    return True
            except OSError:
                continue
        time.sleep(0.05)
    return False


def test_no_cluster_at_an_address(recordings: Path, tmp_path: Path) -> None:
    done = batched(
        *(recordings, "-o", tmp_path / "out", "--model", "edge"),
        *("--engine", "ray", "--address", "127.0.0.1:9"),
    )
    assert done.returncode == 3
    assert "affectone: ray: no cluster at 127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("failures", "asked"), [(0, 1), (2, 3), (99, 3)])
def test_a_cluster_whose_process_for_a_client_did_not_come_up_is_asked_again(
    failures: int, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "RuntimeError: it did not come up"
    times: list[int] = []

    def connect(**settings: object) -> None:
        times.append(len(times))
        if len(times) <= failures:
            raise ConnectionAbortedError(f"Initialization failure from server:\n{words}")

    monkeypatch.setattr("ray.init", connect)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"ray://127.0.0.1:{listening.getsockname()[1]}"
        refused = pytest.raises(AffectoneError, match=f"no cluster at {address}: {words}")
        means = Means(1, 10.0, address)
        with (
            refused if failures > asked else nullcontext(),
            over_ray(cast("Job", None), cast("pa.Table", None), means),
        ):
            pass
    assert len(times) == asked


def test_an_address_belongs_to_ray(recordings: Path, tmp_path: Path) -> None:
    done = batched(recordings, "-o", tmp_path / "out", "--model", "edge", "--address", "127.0.0.1:9")
    assert (done.returncode, done.stderr) == (2, "affectone: an address belongs to the engine ray\n")
