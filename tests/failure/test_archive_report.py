"""`affectone report` on a wrong command line, or on what no batch wrote: what it says."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import Result

from affectone.registry import EXTRA_MODULES

Run = Callable[..., Result]


@pytest.fixture
def archive(made_archive: ModuleType, tmp_path: Path) -> Path:
    files = [made_archive.recording("a.wav", queue="q", agent="x", when="noon")]
    rows = [made_archive.segment("a.wav", 0, 20, "angry")]
    columns = {"queue": "string", "agent": "string", "when": "string"}
    folder: Path = made_archive.write_archive(tmp_path / "out", files, rows, columns=columns)
    return folder


@pytest.fixture
def refused(invoke: Run, tmp_path: Path, made_archive: ModuleType) -> Callable[..., str]:
    """Return a function that runs `affectone report`, and gives its one line; no report may be there."""

    def run(status: int, *arguments: object) -> str:
        result = invoke(["report", *map(str, arguments)])
        assert (result.exit_code, result.stdout) == (status, "")
        assert result.stderr.startswith("affectone: ")
        assert result.stderr.count("\n") == 1
        assert not list(tmp_path.rglob("report.*"))
        return result.stderr.removeprefix("affectone: ").rstrip("\n")

    return run


def test_no_batch(refused: Callable[..., str], tmp_path: Path) -> None:
    words = f"{tmp_path}: has no batch.json; name the folder that affectone batch -o wrote"
    assert refused(2, tmp_path) == words


def test_no_folder(refused: Callable[..., str], tmp_path: Path) -> None:
    assert refused(2, tmp_path / "none").startswith(f"{tmp_path / 'none'}: has no batch.json")
    (tmp_path / "file").touch()
    assert refused(2, tmp_path / "file").startswith(f"{tmp_path / 'file'}: has no batch.json")


def test_an_empty_name(refused: Callable[..., str]) -> None:
    assert refused(2, "") == "OUT is empty; name the folder that affectone batch -o wrote"


@pytest.mark.parametrize(
    "content",
    [
        "no JSON",
        "[]",
        "{}",
        '{"schema": "1", "task": "timeline", "settings": {}, "columns": {}}',
        '{"schema": 1, "task": "timeline", "settings": {}, "columns": []}',
    ],
)
def test_a_broken_batch(refused: Callable[..., str], archive: Path, content: str) -> None:
    (archive / "batch.json").write_text(content, encoding="utf-8")
    assert refused(2, archive) == f"{archive}: its batch.json is none that affectone batch wrote"


def test_a_batch_that_may_not_be_read(refused: Callable[..., str], archive: Path) -> None:
    (archive / "batch.json").unlink()
    (archive / "batch.json").mkdir()
    assert refused(3, archive) == f"{archive}: cannot be read: Is a directory"


def test_tables_of_a_newer_affectone(refused: Callable[..., str], archive: Path) -> None:
    told = json.loads((archive / "batch.json").read_text()) | {"schema": 2}
    (archive / "batch.json").write_text(json.dumps(told))
    words = "its tables are of schema 2, and this affectone reads 1 and older; install a newer one"
    assert refused(2, archive) == f"{archive}: {words}"


def test_features(refused: Callable[..., str], archive: Path) -> None:
    told = json.loads((archive / "batch.json").read_text()) | {"task": "features"}
    (archive / "batch.json").write_text(json.dumps(told))
    words = "holds features; a report is made of what --task timeline or --task predict writes"
    assert refused(2, archive) == f"{archive}: {words}"


def test_nothing_done(refused: Callable[..., str], made_archive: ModuleType, tmp_path: Path) -> None:
    folder = made_archive.write_archive(tmp_path / "empty", [], [])
    assert refused(3, folder) == f"{folder}: no recording is done, so there is nothing to report"


def test_only_failures(refused: Callable[..., str], made_archive: ModuleType, tmp_path: Path) -> None:
    failed = [{"file": "a.wav", "model": "base@1", "kind": "AudioDecodeError", "reason": "no"}]
    folder = made_archive.write_archive(tmp_path / "failed", [], [], failures=failed)
    words = "no recording is done, so there is nothing to report; what failed is in failures.parquet"
    assert refused(3, folder) == f"{folder}: {words}"


def test_several_models(refused: Callable[..., str], archive: Path, made_archive: ModuleType) -> None:
    made_archive.write_archive(archive, [made_archive.recording("a.wav")], [], model="edge@1")
    words = "holds several models; choose one with --model: base@1, edge@1"
    assert refused(2, archive) == f"{archive}: {words}"
    words = "unknown model 'egde@1'; did you mean 'edge@1'? known: base@1, edge@1"
    assert refused(2, archive, "--model", "egde@1") == f"{archive}: {words}"


def test_one_of_several_models(invoke: Run, archive: Path, made_archive: ModuleType, tmp_path: Path) -> None:
    made_archive.write_archive(archive, [made_archive.recording("a.wav")], [], model="edge@1")
    result = invoke(["report", archive, "--model", "edge@1", "-o", tmp_path / "there"])
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads((tmp_path / "there" / "report.json").read_text())["model"] == "edge@1"


@pytest.mark.parametrize("flag", ["--by", "--by-agent", "--time"])
def test_an_unknown_column(refused: Callable[..., str], archive: Path, flag: str) -> None:
    words = "unknown column 'queu'; did you mean 'queue'? known: queue, agent, when"
    assert refused(2, archive, flag, "queu") == f"{flag}: {words}"


def test_a_column_of_people_at_work(refused: Callable[..., str], archive: Path) -> None:
    assert refused(2, archive, "--by", "agent") == (
        "--by agent looks like a column of people at work, whose emotions laws such as the EU AI Act "
        "forbid to infer; to group the customers' speech by it nevertheless, use --by-agent agent"
    )


def test_a_column_without_times(refused: Callable[..., str], archive: Path) -> None:
    assert refused(2, archive, "--time", "when") == (
        "--time when holds no time that can be read, such as 'noon'; "
        "give ISO 8601, such as 2026-01-31 14:05:00"
    )


def test_an_unknown_channel(refused: Callable[..., str], archive: Path) -> None:
    words = "--channel: unknown channel '7'; known: customer, 1, all"
    assert refused(2, archive, "--channel", "7") == words


@pytest.mark.parametrize("kind", ["segments", "files"])
@pytest.mark.parametrize("damage", ["text", "cut", "changed"])
def test_a_damaged_part_is_named(refused: Callable[..., str], archive: Path, kind: str, damage: str) -> None:
    name = f"{kind}/model=base@1/part-00000.parquet"
    content = (archive / name).read_bytes()
    broken = {"text": b"no table", "cut": content[:-20], "changed": content[:4] + b"\xff" * 40 + content[44:]}
    (archive / name).write_bytes(broken[damage])
    told = refused(3, archive)
    assert told == f"{archive}: {name} is damaged; delete it and run affectone batch again"


def test_damaged_failures_are_named(refused: Callable[..., str], archive: Path) -> None:
    (archive / "failures.parquet").write_bytes(b"no table")
    assert refused(3, archive).startswith(f"{archive}: failures.parquet is damaged")


def test_segments_that_are_gone(refused: Callable[..., str], archive: Path) -> None:
    (archive / "segments" / "model=base@1" / "part-00000.parquet").unlink()
    name = "files/model=base@1/part-00000.parquet"
    assert refused(3, archive) == f"{archive}: {name} has no segments; was a file taken away?"


def test_other_tables(refused: Callable[..., str], archive: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"x": [1]}), archive / "segments" / "model=base@1" / "part-00000.parquet")
    assert refused(3, archive).startswith(f"{archive}: its tables cannot be read: ")


def test_a_file_in_the_place_of_the_report(
    refused: Callable[..., str], archive: Path, tmp_path: Path
) -> None:
    (tmp_path / "there").touch()
    assert (
        refused(2, archive, "-o", tmp_path / "there") == f"-o {tmp_path / 'there'} is a file; name a folder"
    )


def test_a_place_that_cannot_be_written(refused: Callable[..., str], archive: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "report"
    assert refused(3, archive, "-o", place) == f"{place}: cannot be written: Not a directory"


@pytest.mark.skipif(os.name == "nt" or not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_leaves_what_was_there(
    archive: Path, invoke: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from affectone.batch.report import write

    assert invoke(["report", archive]).exit_code == 0
    before = (archive / "report" / "calls.csv").read_bytes()

    def full(*_: object) -> None:
        with open("/dev/full", "w") as file:
            file.write("x" * 2**20)

    monkeypatch.setattr(write, "write_csv", full)
    result = invoke(["report", archive, "--top", "1"])
    assert result.exit_code == 3
    assert result.stderr == f"affectone: {archive / 'report'}: cannot be written: No space left on device\n"
    assert (archive / "report" / "calls.csv").read_bytes() == before
    assert not list((archive / "report").glob("*.part"))


def test_an_address_needs_a_place(refused: Callable[..., str]) -> None:
    words = "memory://bucket/out is an address; -o FOLDER says where on this machine the report goes"
    assert refused(2, "memory://bucket/out") == words


def test_an_address_that_nothing_reads(refused: Callable[..., str]) -> None:
    assert refused(2, "nosuch://x", "-o", "y").startswith("nosuch://x: Protocol not known: nosuch")


@pytest.mark.parametrize("top", ["0", "1001", "many"])
def test_a_wrong_number(invoke: Run, archive: Path, top: str) -> None:
    assert invoke(["report", archive, "--top", top]).exit_code == 2


def test_without_the_extra(
    refused: Callable[..., str], archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EXTRA_MODULES, "batch", ("no_such_module_anywhere",))
    words = "a report on an archive needs the extra 'batch': pip install 'affectone[batch]'"
    assert refused(3, archive) == words
