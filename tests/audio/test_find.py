"""What counts as audio within a folder, and in which order it comes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from affectone.audio import find_audio
from affectone.audio.find import walk_files
from affectone.errors import AudioNotFoundError


@pytest.fixture
def folder(tmp_path: Path, sndfile, tone) -> Path:
    data = sndfile(tone(440, 16000, seconds=0.5), 16000, "WAV")
    for name in ("b.wav", "a.WAV", "sub/c.mp3", "sub/d.unknown", ".hidden/e.wav", "._a.wav", "sub/g"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "broken.wav").write_bytes(b"nothing of the kind")
    (tmp_path / "notes.txt").write_text("not audio", encoding="utf-8")
    (tmp_path / "program.ts").write_text("const happy = true;", encoding="utf-8")
    (tmp_path / "table.dat").write_bytes(np.arange(100, dtype=np.float64).tobytes())
    return tmp_path


def _names(paths: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_a_folder_gives_its_recordings_sorted_and_broken_ones_too(folder: Path):
    found, problems = find_audio([folder])
    assert _names(found, folder) == ["a.WAV", "b.wav", "broken.wav", "sub/c.mp3", "sub/d.unknown", "sub/g"]
    assert problems == []


def test_named_files_are_returned_whatever_they_are(folder: Path):
    named = [folder / "notes.txt", folder / "missing.wav", folder / ".hidden/e.wav"]
    assert find_audio(named) == (named, [])


def test_a_file_named_twice_comes_once(folder: Path):
    found, _ = find_audio([folder / "b.wav", folder])
    assert _names(found, folder)[:2] == ["b.wav", "a.WAV"]
    assert len(found) == len(set(found))


def test_a_folder_without_audio_is_a_problem_that_names_it(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("not audio", encoding="utf-8")
    found, problems = find_audio(tmp_path)
    assert found == []
    assert [str(problem) for problem in problems] == [f"no audio in {tmp_path}"]
    assert isinstance(problems[0], AudioNotFoundError)


def test_a_link_back_up_is_walked_once(folder: Path):
    (folder / "sub" / "loop").symlink_to(folder, target_is_directory=True)
    found, problems = find_audio(folder)
    real = {os.path.realpath(path) for path in found}
    assert problems == []
    assert len(real) == len(found) == 6


def test_a_linked_folder_is_followed(folder: Path, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "linked").symlink_to(folder / "sub", target_is_directory=True)
    found, _ = find_audio(other)
    assert _names(found, other) == ["linked/c.mp3", "linked/d.unknown", "linked/g"]


def test_all_files_of_a_walk_are_there_but_hidden_ones(folder: Path):
    (folder / "gone.wav").symlink_to("nowhere")
    found, problems = walk_files(folder)
    assert _names(found, folder) == [
        *("a.WAV", "b.wav", "broken.wav", "gone.wav", "notes.txt", "program.ts", "table.dat"),
        *("sub/c.mp3", "sub/d.unknown", "sub/g"),
    ]
    assert problems == []


def test_a_named_pipe_in_a_folder_is_not_opened(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    assert [str(problem) for problem in find_audio(tmp_path)[1]] == [f"no audio in {tmp_path}"]


@pytest.mark.parametrize("name", ["a" * 300, "\ud800.wav", "a\0b.wav"])
def test_names_that_the_system_refuses_are_left_to_the_reading(name: str, folder: Path):
    assert find_audio([folder / name]) == ([folder / name], [])


def test_a_name_that_may_not_be_looked_at_is_left_to_the_reading(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    stat = os.stat

    def refuse(path: object, **options: object) -> os.stat_result:
        if str(path).endswith(("sub", "g")):
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", refuse)
    assert find_audio([folder / "sub", folder / "sub" / "g"]) == ([folder / "sub", folder / "sub" / "g"], [])


def test_a_folder_that_cannot_be_listed_is_a_problem(folder: Path, monkeypatch: pytest.MonkeyPatch):
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found, problems = find_audio(folder)
    assert len(found) == 3
    assert [str(problem) for problem in problems] == [
        f"{folder / 'sub'}: cannot be listed: Permission denied"
    ]
