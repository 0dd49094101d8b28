"""Object storage: a real server of the S3 protocol, for recordings, manifests and results."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("moto")
pytest.importorskip("pebble")
pytest.importorskip("s3fs")

import fsspec
import pyarrow.dataset as ds
import s3fs
from typer.testing import Result

from affectone.batch import PredictTask, Summary, TimelineTask, run_batch
from affectone.batch.archive import find_recordings
from affectone.errors import AudioNotFoundError, ConfigError

Batch = Callable[..., Result]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of our own, which forgets all when it ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    log = tmp_path_factory.mktemp("moto") / "log"
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as place, subprocess.Popen(command, stdout=place, stderr=place) as server:
        try:
            end = time.monotonic() + 60
            while True:
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < end, log.read_text()
                with suppress(OSError), urllib.request.urlopen(f"{url}/moto-api/") as answer:  # noqa: S310
                    assert answer.status == 200
                    break
                time.sleep(0.1)
            yield url
        finally:
            server.kill()


def ask(url: str, data: bytes) -> None:
    request = urllib.request.Request(url, data, {"Content-Type": "text/plain"})  # noqa: S310 - our own server
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        assert answer.status == 200


@pytest.fixture
def system(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return the storage, empty but for two buckets, as a user's environment would lead to it."""
    ask(f"{endpoint}/moto-api/reset", b"")
    for name in [name for name in os.environ if name.startswith(("AWS_", "FSSPEC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    s3fs.S3FileSystem.clear_instance_cache()
    found = s3fs.S3FileSystem()
    found.mkdir("calls")
    found.mkdir("results")
    yield found
    ask(f"{endpoint}/moto-api/reset-auth", b"10000")
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def bucket(system: Any, archive: Path) -> str:
    """Return the address of a folder with the recordings of the archive, and a manifest of some."""
    for path in archive.rglob("*.wav"):
        system.put_file(path, f"calls/2026/{path.relative_to(archive)}")
    lines = ["one.wav,a", "s3://calls/2026/queue a/both.wav,b", "none.wav,b"]
    system.pipe_file("calls/2026/some calls.csv", ("path,queue\n" + "\n".join(lines) + "\n").encode())
    system.pipe_file("calls/2026/notes.txt", b"no sound")
    system.pipe_file("calls/2026/", b"")  # As some programs mark a folder.
    return "s3://calls/2026"


@pytest.fixture
def run(here: str, tiny_model: Path) -> Callable[..., Summary]:
    def go(source: object, output: object, task: Any = None, **how: Any) -> Summary:
        options = {"model": tiny_model, "engine": here} | how
        return run_batch(str(source), str(output), task or PredictTask(), **options)

    return go


@pytest.fixture
def batch(invoke: Callable[..., Result], tiny_model: Path) -> Batch:
    """Return a function that runs `affectone batch INPUT -o OUTPUT` in one process."""

    def go(source: object, output: object) -> Result:
        return invoke(["batch", source, "-o", output, "--model", tiny_model, "--jobs", "1"])

    return go


def rows(system: Any, output: str, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table, by recording, without the folder of that."""
    place = ds.dataset(f"{output}/{table}", filesystem=system, partitioning="hive")
    found = place.to_table().to_pylist()
    for row in found:
        row["file"] = row["file"].rpartition("/")[2]
    return sorted(found, key=lambda row: (row["file"], row.get("start", 0.0)))


@pytest.mark.parametrize("task", [PredictTask("split"), TimelineTask()], ids=lambda task: task.name)
def test_rows_are_those_of_the_same_recordings_on_a_disk(
    run: Callable[..., Summary], system: Any, bucket: str, archive: Path, tmp_path: Path, task: Any
) -> None:
    assert run(bucket, "s3://results/out", task) == Summary(4, 4, 0, {}, 4, ())
    run(archive, tmp_path / "out", task)
    disk = fsspec.filesystem("file")
    for table in (task.table, "files"):
        assert rows(system, "results/out", table) == rows(disk, str(tmp_path / "out"), table)
    names = {path.name for path in (tmp_path / "out").iterdir()} - {".lock"}
    assert {name.split("/")[2] for name in system.find("results/out")} == names


def test_processes_read_and_results_are_written_there(batch: Batch, system: Any, bucket: str) -> None:
    result = batch(bucket, "s3://results/out")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "affectone: s3://results/out: 4 of 4 recordings are done\n"
    assert len(rows(system, "results/out", "predictions")) == 4


def test_what_there_is(system: Any, bucket: str) -> None:
    every = find_recordings(bucket).table["file"].to_pylist()
    assert every == [
        f"{bucket}/{name}" for name in ("one.wav", "queue a/both.wav", "queue a/two.wav", "silent.wav")
    ]
    assert find_recordings(f"{bucket}/**/t*.wav").table["file"].to_pylist() == [f"{bucket}/queue a/two.wav"]
    assert find_recordings(f"{bucket}/one.wav").table["file"].to_pylist() == [f"{bucket}/one.wav"]


def test_a_manifest_there(run: Callable[..., Summary], system: Any, bucket: str) -> None:
    found = run(f"{bucket}/some calls.csv", "s3://results/out")
    assert found == Summary(3, 2, 1, {"FileNotFoundError": 1}, 3, ())
    assert [(row["file"], row["queue"]) for row in rows(system, "results/out", "predictions")] == [
        ("both.wav", "b"),
        ("one.wav", "a"),
    ]
    (failure,) = rows(system, "results/out", "failures.parquet")
    assert failure["reason"].startswith(f"{bucket}/none.wav: FileNotFoundError: ")


def test_a_manifest_there_whose_name_looks_like_a_pattern(system: Any) -> None:
    system.pipe_file("calls/m1.csv", b"path\nwrong.wav\n")
    system.pipe_file("calls/m[1].csv", b"path\nright.wav\n")
    assert find_recordings("s3://calls/m[1].csv").table["where"].to_pylist() == ["s3://calls/right.wav"]


def test_a_manifest_here_of_recordings_there(
    run: Callable[..., Summary], bucket: str, tmp_path: Path, tables: Any
) -> None:
    place = tmp_path / "calls.csv"
    place.write_text(f"url,queue\n{bucket}/one.wav,a\n", encoding="utf-8")
    assert run(place, tmp_path / "out").done == 1
    assert tables(tmp_path / "out")["predictions"][0]["queue"] == "a"


def test_a_run_goes_on_there_and_leftovers_are_removed(
    run: Callable[..., Summary], system: Any, bucket: str
) -> None:
    run(f"{bucket}/queue a", "s3://results/out")
    (part,) = system.find("results/out/predictions")
    system.copy(part, part.replace("part-000000", "part-000009"))
    assert run(bucket, "s3://results/out") == Summary(4, 4, 0, {}, 2, ())
    assert run(bucket, "s3://results/out").new == 0
    assert [row["file"] for row in rows(system, "results/out", "predictions")] == [
        *("both.wav", "one.wav", "silent.wav", "two.wav")
    ]


def test_a_run_that_is_cut_off_there(
    run: Callable[..., Summary], system: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from affectone.batch.places import Place

    write, left = Place.write, [3]

    def lost(self: Place, name: str, content: bytes) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise ConnectionError("lost")
        write(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(Place, "write", lost)
        with pytest.raises(ConnectionError):
            run(bucket, "s3://results/out", checkpoint=1e-6)
    run(bucket, "s3://results/out")
    run(bucket, "s3://results/undisturbed")
    for table in ("predictions", "files"):
        assert rows(system, "results/out", table) == rows(system, "results/undisturbed", table)


def test_two_runs_at_once_are_found_out(run: Callable[..., Summary], system: Any, bucket: str) -> None:
    run(bucket, "s3://results/out")
    for part in system.find("results/out/predictions") + system.find("results/out/files"):
        system.copy(part, part.replace("part-000000", "part-000009"))
    with pytest.raises(ConfigError, match="two runs wrote here at once"):
        run(bucket, "s3://results/out")


def test_nothing_there(system: Any, bucket: str) -> None:
    with pytest.raises(AudioNotFoundError, match=r"^no recording in s3://calls/none$"):
        find_recordings("s3://calls/none")
    with pytest.raises(AudioNotFoundError, match=r"^s3://none/x: cannot be listed: The specified bucket"):
        find_recordings("s3://none/x")
    with pytest.raises(ConfigError, match=r"^s3://calls/none\.csv: cannot be read as a table: IO Error: No"):
        find_recordings("s3://calls/none.csv")
    with pytest.raises(ConfigError, match=r"^s3://none/m\.csv: cannot be read as a table: FileNotFoundError"):
        find_recordings("s3://none/m.csv")


def test_a_bucket_for_results_that_is_not_there(batch: Batch, bucket: str) -> None:
    result = batch(bucket, "s3://none/out")
    assert (result.exit_code, result.stdout) == (3, "")
    words = "cannot be written: The specified bucket does not exist"
    assert result.stderr == f"affectone: s3://none/out: {words}\n"


def test_who_may_not_enter(batch: Batch, system: Any, bucket: str, archive: Path, endpoint: str) -> None:
    ask(f"{endpoint}/moto-api/reset-auth", b"0")
    system.invalidate_cache()
    result = batch(bucket, "s3://results/out")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith(f"affectone: {bucket}: cannot be listed: ")
    assert result.stderr.count("\n") == 1
    result = batch(archive, "s3://results/out")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("affectone: s3://results/out: cannot be written: ")
    assert result.stderr.count("\n") == 1


def test_who_has_no_key(
    batch: Batch, system: Any, bucket: str, archive: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    s3fs.S3FileSystem.clear_instance_cache()
    result = batch(bucket, "s3://results/out")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == f"affectone: {bucket}: cannot be listed: {bucket}: Unable to locate credentials\n"
    result = batch(archive, "s3://results/out")
    assert result.exit_code == 3
    assert result.stderr == (
        "affectone: s3://results/out: cannot be written: s3://results/out: Unable to locate credentials\n"
    )
