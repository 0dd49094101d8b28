"""`affectone corpora plot` on bad input: what it says, how it ends, and what it still draws."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from typer.testing import Result

from affectone.corpora import Clip, to_manifest, write_manifest
from affectone.registry import EXTRA_MODULES

pytest.importorskip("matplotlib")


@pytest.fixture
def plot(invoke: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """Return a function that runs `affectone corpora plot m.parquet ARGUMENTS`."""

    def run(*arguments: object) -> Result:
        return invoke(["corpora", "plot", tmp_path / "m.parquet", *arguments])

    return run


@pytest.fixture(autouse=True)
def manifest(tmp_path: Path) -> None:
    """Write a manifest that was never scanned: two clips without durations."""
    clips = []
    for emotion in ("sad", "calm"):
        path = tmp_path / f"{emotion}.wav"
        sf.write(path, np.full(8000, 0.1), 16000)
        clips.append(Clip(f"mine/{emotion}", path, "mine", None, emotion, emotion))
    write_manifest(to_manifest(clips), tmp_path / "m.parquet")


def test_a_manifest_that_was_never_scanned_still_gives_the_other_pictures(plot, tmp_path: Path) -> None:
    result = plot("-o", tmp_path / "looks")
    assert result.exit_code == 1
    assert (
        "no picture of durations: no clip has a duration; affectone corpora scan listens to them"
        in result.stderr
    )
    assert sorted(path.name for path in (tmp_path / "looks").iterdir()) == ["counts.png", "examples.png"]


def test_durations_alone_are_then_nothing(plot, tmp_path: Path) -> None:
    result = plot("-o", tmp_path / "a.png", "--kind", "durations")
    assert result.exit_code == 3
    assert not (tmp_path / "a.png").exists()


def test_a_recording_that_is_gone_is_named_and_the_rest_is_drawn(plot, tmp_path: Path) -> None:
    (tmp_path / "sad.wav").unlink()
    result = plot("-o", tmp_path / "looks")
    assert result.exit_code == 1
    assert f"no picture of examples: {tmp_path / 'sad.wav'}: " in result.stderr
    assert (tmp_path / "looks" / "counts.png").exists()


WRONG = {
    "no place": ([], "-o OUT is needed: a folder for the pictures, or a name that ends in .png"),
    "all in one": (
        ["-o", "a.png"],
        "a.png is one picture: say which by --kind counts, durations or examples",
    ),
    "two formats": (
        ["-o", "a.png", "--kind", "counts", "--format", "svg"],
        "--format svg and the name a.png differ; leave out one of them",
    ),
    "another format": (["-o", "a.jpg", "--kind", "counts"], "a.jpg: unknown picture format '.jpg'"),
    "no view": (["-o", "looks", "--labels", "5"], "unknown label view '5'; known: 4, 6, 7, 8, valence"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_command_line_is_told(plot, tmp_path: Path, monkeypatch, case: str) -> None:
    arguments, words = WRONG[case]
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    result = plot(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"affectone: {words}")
    assert sorted(tmp_path.iterdir()) == before


def test_a_kind_that_is_none_is_answered_with_those_that_are(plot, tmp_path: Path) -> None:
    result = plot("-o", tmp_path, "--kind", "histogram")
    assert result.exit_code == 2
    assert "'all', 'counts', 'durations', 'examples'" in result.stderr.replace("\n", " ")


def test_a_view_in_which_nothing_has_a_place_draws_nothing(plot, tmp_path: Path) -> None:
    result = plot("-o", tmp_path / "looks", "--labels", "happy,angry")
    assert result.exit_code == 3
    assert "no clip has a place in the label view 'happy,angry'; the labels are calm, sad" in result.stderr


def test_a_manifest_without_clips_draws_nothing(plot, tmp_path: Path) -> None:
    write_manifest(to_manifest([]), tmp_path / "m.parquet")
    result = plot("-o", tmp_path / "looks")
    assert result.exit_code == 3
    assert "m.parquet has no clips to draw" in result.stderr


def test_no_manifest_is_told(plot, tmp_path: Path) -> None:
    (tmp_path / "m.parquet").unlink()
    result = plot("-o", tmp_path / "looks")
    assert result.exit_code == 3
    assert "m.parquet; affectone corpora scan makes one" in result.stderr


def test_a_place_that_is_a_file_cannot_hold_pictures(plot, tmp_path: Path) -> None:
    (tmp_path / "looks").write_text("mine")
    result = plot("-o", tmp_path / "looks", "--kind", "counts")
    assert result.exit_code == 3
    assert f"{tmp_path / 'looks' / 'counts.png'}: cannot be written: " in result.stderr
    assert (tmp_path / "looks").read_text() == "mine"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a folder without permission")
def test_a_folder_that_may_not_be_written_is_told(plot, tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0o500)
    result = plot("-o", tmp_path / "shut", "--kind", "counts")
    assert result.exit_code == 3
    assert "cannot be written: Permission denied" in result.stderr


def test_without_matplotlib_the_pip_line_is_told(plot, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(EXTRA_MODULES, "plots", ("no_such_module_anywhere",))
    result = plot("-o", tmp_path / "looks")
    assert result.exit_code == 3
    assert "a picture needs the extra 'plots': pip install 'affectone[plots]'" in result.stderr
