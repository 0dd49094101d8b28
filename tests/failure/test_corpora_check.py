"""What is no manifest: the words and the exit status of each refusal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from affectone.corpora import Clip, to_manifest, write_manifest

Run = Callable[..., Result]


def refused(result: Result, *words: str) -> None:
    """Assert that nothing was done, and one line says why."""
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (3, "", 1)
    for word in words:
        assert word in result.stderr


def test_no_such_manifest(invoke: Run, tmp_path: Path) -> None:
    path = tmp_path / "manifest.parquet"
    refused(invoke(["corpora", "check", path]), f"no manifest {path}; affectone corpora scan makes one")


def test_a_folder(invoke: Run, tmp_path: Path) -> None:
    refused(invoke(["corpora", "check", tmp_path]), f"no manifest {tmp_path}; affectone corpora scan")


def test_a_table_of_something_else(invoke: Run, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("file,label\nclip.wav,happy\n")
    refused(invoke(["corpora", "check", path]), f"{path} is no manifest: unknown column 'id'")


@pytest.mark.parametrize("name", ["clip.csv", "clip.parquet"])
def test_no_table_at_all(invoke: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x00\xffRIFF\x00")
    refused(invoke(["corpora", "check", path]), str(path))


def test_an_empty_manifest(invoke: Run, tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    write_manifest(to_manifest([]), path)
    refused(
        invoke(["corpora", "check", path]), "the manifest holds no clip; affectone corpora scan makes one"
    )


def test_a_row_without_a_label(invoke: Run, tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    clips = [
        Clip(f"mine/{at}", Path(f"{at}.wav"), "mine", "a", label, "") for at, label in enumerate(("sad", ""))
    ]
    write_manifest(to_manifest(clips), path)
    refused(invoke(["corpora", "check", path]), f"{path}: emotion is empty in row 3: every clip needs one")


@pytest.mark.parametrize(("option", "words"), [(("--jobs", "0"), "--jobs"), (("--cache", ""), "empty")])
def test_a_wrong_option_is_a_wrong_command_line(
    invoke: Run, tmp_path: Path, option: tuple[str, str], words: str
) -> None:
    result = invoke(["corpora", "check", tmp_path / "manifest.csv", *option])
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_files_that_are_all_gone_are_findings(invoke: Run, tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    clips = [
        Clip(f"savee/DC_a0{at}", tmp_path / "away" / f"DC_a0{at}.wav", "savee", "DC", "angry", "a")
        for at in "12"
    ]
    write_manifest(to_manifest(clips), path)
    result = invoke(["corpora", "check", path, "--cache", tmp_path / "cache"])
    assert (result.exit_code, result.stderr) == (1, "")
    assert "all 2 files of the manifest cannot be found" in result.stdout.splitlines()[1]
