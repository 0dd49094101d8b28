"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from affectone.errors import ConfigError
from affectone.files import replaced

posix = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes want rights or do not exist")


def _fill(part: Path) -> None:
    part.write_text("half")
    raise OSError("the disk is full")


def test_what_was_written_takes_the_files_place(tmp_path: Path) -> None:
    place = tmp_path / "a.txt"
    place.write_text("old")
    with replaced(place) as part:
        part.write_text("new")
        assert place.read_text() == "old"
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.txt", "new")]


def test_after_an_error_the_old_file_stays_and_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "a.txt"
    place.write_text("old")
    with pytest.raises(OSError, match="full"), replaced(place) as part:
        _fill(part)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.txt", "old")]


def test_where_nothing_was_written_nothing_appears(tmp_path: Path) -> None:
    with replaced(tmp_path / "a.txt"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_name_may_be_as_long_as_names_can_be(tmp_path: Path) -> None:
    place = tmp_path / ("a" * 250 + ".txt")
    with replaced(place) as part:
        part.write_text("new")
    assert place.read_text() == "new"


@posix
def test_a_link_leads_to_the_new_file(tmp_path: Path) -> None:
    place = tmp_path / "link.txt"
    place.symlink_to("there.txt")
    with replaced(place) as part:
        part.write_text("new")
    assert place.is_symlink()
    assert (tmp_path / "there.txt").read_text() == "new"


def test_a_folder_is_no_place_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder; name a file"), replaced(tmp_path):
        pass


@posix
def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    place = tmp_path / "pipe"
    os.mkfifo(place)
    with pytest.raises(ConfigError, match="pipe is a device or a pipe; name a file"), replaced(place):
        pass
    assert place.is_fifo()
