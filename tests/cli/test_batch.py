"""`affectone batch`: what it says, what it leaves, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

pytest.importorskip("pebble")
pytest.importorskip("scipy")

import pyarrow.parquet as pq

from affectone.registry import EXTRA_MODULES

Batch = Callable[..., Result]


@pytest.fixture
def batch(affectone: Callable[..., Result], tmp_path: Path, tiny_model: Path) -> Batch:
    """Return a function that runs `affectone batch ARGUMENTS -o out` in one process, by the tiny model."""

    def run(*arguments: object) -> Result:
        model = () if "features" in arguments else ("--model", tiny_model)
        return affectone("batch", *arguments, "-o", tmp_path / "out", "--jobs", "1", *model)

    return run


def refused(result: Result, status: int) -> str:
    """Return the one line of what was refused."""
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("affectone: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("affectone: ").removesuffix("\n")


def rows(output: Path, table: str) -> list[dict[str, object]]:
    (place,) = (output / table).rglob("*.parquet")
    found: list[dict[str, object]] = pq.read_table(place, partitioning=None).to_pylist()
    return found


def test_a_folder(batch: Batch, clip: Path, tmp_path: Path) -> None:
    result = batch(clip.parent)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"affectone: {tmp_path}/out: 1 of 1 recordings are done\n"
    (row,) = rows(tmp_path / "out", "predictions")
    assert row["file"] == str(clip)
    result = batch(clip.parent)
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads((tmp_path / "out" / "summary.json").read_bytes())["runs"][0]["files"] == 1


def test_one_that_fails_is_status_1(batch: Batch, clip: Path, tmp_path: Path) -> None:
    (clip.parent / "text.wav").write_text("no sound", encoding="utf-8")
    result = batch(clip.parent)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"affectone: AudioDecodeError: {clip.parent}/text.wav: is text, not audio\n"
        f"affectone: {tmp_path}/out: 1 of 2 recordings are done; 1 failed (1 AudioDecodeError); "
        f"failures.parquet has all, --retry-failed tries them again\n"
    )
    (row,) = pq.read_table(tmp_path / "out" / "failures.parquet").to_pylist()
    assert row["reason"] == f"{clip.parent}/text.wav: is text, not audio"


def test_all_that_fail_are_status_3(batch: Batch, clip: Path) -> None:
    clip.write_text("no sound", encoding="utf-8")
    assert batch(clip.parent).exit_code == 3


@pytest.mark.parametrize(
    ("flags", "table", "columns"),
    [
        (["--channels", "split"], "predictions", {"channel", "label"}),
        (["--task", "timeline", "--window", "2", "--hop", "0.5"], "segments", {"start", "end", "speaker"}),
        (
            ["--task", "timeline", "--channels", "mix", "--channel-names", "caller"],
            "segments",
            {"speaker"},
        ),
        (
            ["--task", "features", "--set", "mfcc,rms", "--functionals", "mean", "--setting", "n_mfcc=13"],
            "features",
            {"rms_mean", "mfcc_12_mean"},
        ),
        (["--task", "features", "--set", "rms", "--level", "frames"], "features", {"time", "rms"}),
        (["--labels", "valence"], "predictions", {"score_positive"}),
    ],
)
def test_every_task_with_what_belongs_to_it(
    batch: Batch, clip: Path, tmp_path: Path, flags: list[str], table: str, columns: set[str]
) -> None:
    result = batch(clip.parent, *flags)
    assert result.exit_code == 0, result.stderr
    assert columns <= set(rows(tmp_path / "out", table)[0])


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--window", "3"], "--window goes with --task timeline"),
        (["--hop", "1", "--task", "features", "--set", "rms"], "--hop goes with --task timeline"),
        (["--channel-names", "a,b"], "--channel-names goes with --task timeline"),
        (["--speakers", "2"], "--speakers goes with --task timeline"),
        (["--set", "rms"], "--set goes with --task features"),
        (["--level", "frames", "--task", "timeline"], "--level goes with --task features"),
        (["--functionals", "mean"], "--functionals goes with --task features"),
        (["--setting", "n_mfcc=20"], "--setting goes with --task features"),
        (["--task", "features"], "--set is needed, such as --set mfcc,chroma"),
        (
            ["--task", "features", "--set", "rms", "--model", "edge"],
            "--model goes with --task predict or timeline: features need none",
        ),
        (
            ["--task", "features", "--set", "rms", "--channels", "split"],
            "--channels goes with --task predict or timeline: features are those of the mean",
        ),
        (["--address", "auto"], "an address belongs to the engine ray"),
        (["--timeout", "0"], "timeout must be a number of seconds above 0; got 0.0"),
        (["--checkpoint", "-1"], "checkpoint must be a number of seconds above 0; got -1.0"),
        (["--adapt", "agent"], "model tiny@0.0.1 cannot be adapted"),
    ],
)
def test_options_that_do_not_go_together(
    batch: Batch, clip: Path, tmp_path: Path, flags: list[str], words: str
) -> None:
    assert refused(batch(clip.parent, *flags), 2).startswith(words)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "flags", [["--jobs", "0"], ["--engine", "spark"], ["--task", "dance"], ["--level", "x"]]
)
def test_values_that_the_command_line_does_not_take(
    affectone: Callable[..., Result], clip: Path, tmp_path: Path, flags: list[str]
) -> None:
    result = affectone("batch", clip.parent, "-o", tmp_path / "out", *flags)
    assert (result.exit_code, result.stdout) == (2, "")
    assert flags[0] in result.stderr


def test_a_folder_for_results_is_needed(affectone: Callable[..., Result], clip: Path) -> None:
    result = affectone("batch", clip.parent)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--output" in result.stderr


def test_help_names_what_there_is(affectone: Callable[..., Result]) -> None:
    result = affectone("batch", "--help")
    assert result.exit_code == 0
    for word in ("INPUT", "--adapt", "none|archive|COLUMN", "--retry-failed", "local|ray", "s3://..."):
        assert word in result.stdout


def test_what_failed_is_tried_again(batch: Batch, clip: Path) -> None:
    sound = clip.read_bytes()
    clip.write_text("no sound", encoding="utf-8")
    assert batch(clip.parent).exit_code == 3
    clip.write_bytes(sound)
    assert batch(clip.parent).exit_code == 3
    assert batch(clip.parent, "--retry-failed").exit_code == 0


def test_without_the_extra(batch: Batch, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTRA_MODULES, "batch", (*EXTRA_MODULES["batch"], "no_such_module_anywhere"))
    words = refused(batch(clip.parent), 3)
    assert words == "working through an archive needs the extra 'batch': pip install 'affectone[batch]'"


HEAVY = {"pandas", "pyarrow", "duckdb", "pebble", "fsspec", "filelock", "ray", "s3fs", "torch"}


def test_the_command_line_loads_nothing_of_it() -> None:
    program = "import sys, affectone.cli.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    modules = set(done.stdout.split())
    assert {name.partition(".")[0] for name in modules} & HEAVY == set()
    assert not [name for name in modules if name.startswith("affectone.batch")]


def test_the_bar_tells_how_fast_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.progress import Progress

    from affectone.cli import batch as command

    now = [100.0]
    monkeypatch.setattr(command.time, "monotonic", lambda: now[0])
    progress = Progress(disable=True)
    bar = command._Bar(progress)
    bar.advance(1.0)  # Nothing was begun: nothing to show.
    bar.begin("adapting", 5, 2)
    (walk,) = progress.tasks
    assert (walk.description, walk.total, walk.completed) == ("adapting", 5, 2)
    now[0] += 2.0
    bar.advance(0.0)
    assert progress.tasks[0].fields["pace"] == "0.5 files/s"
    bar.begin("timeline", 9, 0)
    (walk,) = progress.tasks
    assert (walk.description, walk.completed, walk.fields["pace"]) == ("timeline", 0, "")
    now[0] += 2.0
    bar.advance(7200.0)
    bar.advance(7200.0)
    (walk,) = progress.tasks
    assert (walk.completed, walk.fields["pace"]) == (2, "1.0 files/s, 2.000 h of audio/s")


def test_a_bar_is_shown_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from affectone.cli import batch as command

    with command._shown() as watch:
        assert isinstance(watch, command._Lines)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with command._shown() as watch:
        assert isinstance(watch, command._Bar)
        watch.begin("predict", 1, 0)
        watch.advance(1.0)


def test_a_log_hears_each_minute(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from affectone.cli import batch as command

    now = [0.0]
    monkeypatch.setattr(command.time, "monotonic", lambda: now[0])
    lines = command._Lines()
    lines.begin("predict", 1_000, 400)
    for seconds in (30.0, 30.0, 30.0):
        now[0] += seconds
        lines.advance(3600.0)
    assert capsys.readouterr().err == (
        "affectone: predict: 402 of 1,000, 0.0 files/s, 0.033 h of audio/s, 299 min left\n"
    )
