"""`affectone batch` on bad input: what it says, and how it ends. None of it kills the rest of a run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import soundfile as sf
from typer.testing import Result

pytest.importorskip("pebble")

import pyarrow.parquet as pq

Batch = Callable[..., Result]


@pytest.fixture
def batch(invoke: Callable[..., Result], tmp_path: Path, tiny_model: Path) -> Batch:
    """Return a function that runs `affectone batch INPUT -o OUTPUT` over the tiny model, in one process."""

    def run(source: object, *arguments: object, output: object = tmp_path / "out") -> Result:
        return invoke(["batch", source, "-o", output, "--model", tiny_model, "--jobs", "1", *arguments])

    return run


@pytest.fixture
def calls(tiny: ModuleType, tmp_path: Path) -> Path:
    """Return a folder with one good recording."""
    folder = tmp_path / "calls"
    folder.mkdir()
    sf.write(folder / "good.wav", tiny.spoken_clip(1.0), 16000)
    return folder


def refused(result: Result, status: int) -> str:
    """Return the one line of what was refused."""
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("affectone: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("affectone: ").removesuffix("\n")


BROKEN = ["empty.wav", "text.wav", "pointer.wav", "nan.wav", "cut.wav", "film_without_sound.mp4"]


def test_broken_recordings_are_lost_alone(
    batch: Batch, calls: Path, tmp_path: Path, bad_file: Callable[[str], Path]
) -> None:
    for name in BROKEN:
        bad_file(name).rename(calls / name)
    (calls / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    result = batch(calls)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "1 of 8 recordings are done; 7 failed (" in result.stderr
    failures = pq.read_table(tmp_path / "out" / "failures.parquet").to_pylist()
    assert [Path(row["file"]).name for row in failures] == sorted([*BROKEN, "gone.wav"])
    for row in failures:
        assert row["reason"].startswith(f"{row['file']}: ")
        assert row["kind"].startswith("Audio")


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        ("none", 3, "{}: no such file or folder"),
        ("none.csv", 2, "{}: no such file"),
        ("none/*.wav", 3, "no recording in {}"),
        ("empty", 3, "no audio in {}"),
    ],
)
def test_nothing_to_work_on(batch: Batch, tmp_path: Path, source: str, status: int, words: str) -> None:
    (tmp_path / "empty").mkdir()
    told = refused(batch(tmp_path / source), status)
    assert told.startswith(words.format(tmp_path / source))
    assert not (tmp_path / "out").exists()


def test_an_empty_output(batch: Batch, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As from an unset variable: it would be the working directory."""
    here = calls.parent / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    result = batch(calls, output="")
    assert result.exit_code == 2
    assert result.stderr.endswith("Invalid value for '--output' / '-o': the path is empty\n")
    assert not list(here.iterdir())


def test_an_empty_input(batch: Batch) -> None:
    assert refused(batch(""), 2).startswith("the input is empty; it is a folder, a glob, a manifest")


def test_a_folder_that_cannot_be_listed_is_named_and_the_rest_is_done(batch: Batch, calls: Path) -> None:
    locked = calls / "locked"
    locked.mkdir()
    locked.chmod(0)
    try:
        if os.access(locked, os.R_OK):
            pytest.skip("who runs this may read everything")
        result = batch(calls)
    finally:
        locked.chmod(0o700)
    assert result.exit_code == 1
    assert f"affectone: {locked}: " in result.stderr
    assert "1 of 1 recordings are done" in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_no_utf8_is_told_and_the_rest_is_done(batch: Batch, calls: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(calls) + b"/caf\xe9.wav")).write_bytes(b"RIFF")
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    result = batch(calls)
    assert result.exit_code == 1
    assert "its name is no UTF-8, as a table needs it; rename it\n" in result.stderr
    assert "1 of 1 recordings are done\n" in result.stderr


def test_the_output_is_a_file(batch: Batch, calls: Path, tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("mine", encoding="utf-8")
    assert refused(batch(calls, output=place), 2) == f"{place} is a file; name a folder"
    assert refused(batch(calls, output=place / "below"), 3).startswith(f"{place}/below: cannot be written: ")
    assert place.read_text(encoding="utf-8") == "mine"


def test_the_output_holds_other_things(batch: Batch, calls: Path) -> None:
    assert refused(batch(calls, output=calls), 2) == (
        f"{calls} holds other files, such as good.wav: name a new folder"
    )


def test_an_output_that_may_not_be_written(batch: Batch, calls: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    try:
        if os.access(locked, os.W_OK):
            pytest.skip("who runs this may write everywhere")
        words = refused(batch(calls, output=locked / "out"), 3)
    finally:
        locked.chmod(0o700)
    assert words == f"{locked}/out: cannot be written: Permission denied"


def test_an_address_that_nothing_reads(batch: Batch, calls: Path) -> None:
    assert refused(batch("nothing://calls"), 2) == "nothing://calls: Protocol not known: nothing"
    assert refused(batch(calls, output="nothing://out"), 2) == "nothing://out: Protocol not known: nothing"


@pytest.mark.parametrize("table", ["predictions", "files", "summary.json", "batch.json"])
def test_a_disk_that_is_full(
    batch: Batch, calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if table in Path(target).parts:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        words = refused(batch(calls), 3)
    assert words == f"{tmp_path / 'out'}: cannot be written: No space left on device"
    assert not [*(tmp_path / "out").rglob("*.part")]

    assert batch(calls).exit_code == 0
    for name in ("predictions", "files"):
        (part,) = (tmp_path / "out" / name).rglob("*.parquet")
        assert pq.read_table(part, partitioning=None).num_rows == 1


def test_a_second_run_while_one_is_at_work(batch: Batch, calls: Path, tmp_path: Path) -> None:
    from affectone.batch.places import Place
    from affectone.batch.results import sole_user

    with sole_user(Place(tmp_path / "out")):
        assert refused(batch(calls), 3) == f"{tmp_path / 'out'}: another run is at work there"
    assert batch(calls).exit_code == 0


def test_a_damaged_folder(batch: Batch, calls: Path, tmp_path: Path) -> None:
    assert batch(calls).exit_code == 0
    (tmp_path / "out" / "batch.json").write_text("{", encoding="utf-8")
    assert refused(batch(calls), 2) == f"{tmp_path}/out/batch.json is damaged: it is no JSON of ours"


def test_other_settings(batch: Batch, calls: Path, tmp_path: Path) -> None:
    assert batch(calls).exit_code == 0
    assert refused(batch(calls, "--channels", "split"), 2) == (
        f'{tmp_path}/out was begun with channels "mix"; now it is "split". '
        "Ask for the same, or name a new folder"
    )
