"""`affectone benchmark accuracy` on a tiny corpus: resumed after a kill, listed, and rows that fail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile as sf
from typer.testing import Result

pytest.importorskip("torch")

pytestmark = pytest.mark.train

EMOTIONS = ("03", "05")
SUITE = """
title = "Tiny"

[[rows]]
name = "bayes"
shows = "a model that is fitted at once"
model = "gaussian_nb"
corpora = ["ravdess"]
protocol = "ravdess:luna5"
settings = { features = "mfcc13" }

[[rows]]
name = "noisy"
shows = "copies on both sides"
number = "leak"
model = "knn"
corpora = ["ravdess"]
protocol = "random"
labels = "14"
copies = "noise"
settings = { features = "mfcc13", validation_share = 0.0, classifier = { neighbours = 5 } }

[[rows]]
name = "net"
shows = "a network"
model = "cnn1d"
corpora = ["ravdess"]
protocol = "group3"
settings = { epochs = 2, features = { copies = 0 } }

[[rows]]
name = "vector"
shows = "a network on numbers of clips, whose test rows train"
number = "leak"
model = "gru"
corpora = ["ravdess"]
protocol = "originals-random"
copies = "same"
settings = { features = "mfcc13", epochs = 10, validation_share = 0.0, network = { width = 8 } }

[[rows]]
name = "later"
shows = "what nobody has chosen"
corpora = ["ravdess"]
protocol = "ravdess:luna5"
missing = "not chosen yet"
"""
CELLS = 5 + 5 + 3 + 5
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def world(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with 24 actors under RAVDESS's names, and a suite."""
    root = tmp_path_factory.mktemp("benchmark")
    rng = np.random.default_rng(12)
    for actor in range(1, 25):
        folder = root / "corpora" / "ravdess" / f"Actor_{actor:02}"
        folder.mkdir(parents=True)
        for number, emotion in enumerate(EMOTIONS):
            pitch = (110 if actor % 2 else 200) * (1 + 0.4 * number) + actor
            sound = tiny.spoken_clip(0.6 + 0.02 * actor, pitch=pitch, level=0.2 + 0.3 * number)
            sound += 0.02 * (1 + number) * rng.standard_normal(sound.size)
            sf.write(folder / f"03-01-{emotion}-01-01-01-{actor:02}.wav", sound, 16000)
    (root / "tiny.toml").write_text(SUITE, encoding="utf-8")
    return root


def line(world: Path, results: str, *more: object) -> list[str]:
    arguments = ["benchmark", "accuracy", "--suite", world / "tiny.toml", "-o", world / results]
    return [str(part) for part in (*arguments, "--cache", world / "cache", "--jobs", 1, *more)]


@pytest.fixture(scope="module")
def benchmark(world: Path, invoke: Run) -> Run:
    """Return a function that runs the suite into a folder of results."""

    def run(results: str, *more: object) -> Result:
        return invoke(line(world, results, "--corpora", world / "corpora", *more))

    return run


@pytest.fixture(scope="module")
def undisturbed(benchmark: Run, world: Path) -> tuple[Result, Path]:
    """Return what a whole run said, and its result files."""
    return benchmark("whole"), world / "whole" / "tiny"


def results_of(folder: Path) -> dict[str, bytes]:
    return {
        file.name: file.read_bytes()
        for file in sorted(folder.glob("*.json"))
        if not file.name.endswith(".machine.json")
    }


def test_every_row_that_can_be_run_gets_a_result(undisturbed: tuple[Result, Path]) -> None:
    result, folder = undisturbed
    assert (result.exit_code, result.stdout) == (0, "")
    assert list(results_of(folder)) == ["bayes.json", "net.json", "noisy.json", "vector.json"]
    assert sum(": seed " in told for told in result.stderr.splitlines()) == CELLS


def test_a_result_says_what_made_it(undisturbed: tuple[Result, Path]) -> None:
    kept = json.loads(results_of(undisturbed[1])["net.json"])
    assert kept["command"] == (
        "affectone benchmark accuracy --suite tiny.toml --only net --corpora CORPORA -o RESULTS"
    )
    assert (kept["seeds"], kept["config"]["epochs"], kept["speaker_independent"]) == ([0], 2, True)


def test_times_and_machine_stand_in_a_side_file(undisturbed: tuple[Result, Path]) -> None:
    side = json.loads((undisturbed[1] / "net.machine.json").read_text(encoding="utf-8"))
    assert set(side) == {"affectone", "machine", "accelerator", "python", "written"}
    assert not set(side) & set(json.loads(results_of(undisturbed[1])["net.json"]))


def test_a_row_that_leaks_says_so(undisturbed: tuple[Result, Path]) -> None:
    kept = json.loads(results_of(undisturbed[1])["noisy.json"])
    assert (kept["number"], kept["copies"], kept["speaker_independent"]) == ("leak", "noise", False)
    assert kept["scores"][0]["clips"] == 96
    assert any(words.startswith("altered copies of a recording in both") for words in kept["warnings"])
    assert "noisy: warning: altered copies" in undisturbed[0].stderr


def test_a_network_that_is_tested_on_what_it_learned_says_so(undisturbed: tuple[Result, Path]) -> None:
    kept = json.loads(results_of(undisturbed[1])["vector.json"])
    assert (kept["number"], kept["copies"], kept["speaker_independent"]) == ("leak", "same", False)
    assert kept["scores"][0]["clips"] == 48
    assert any(words.startswith("equal audio in both training and test") for words in kept["warnings"])
    assert kept["config"]["features"]["sets"] == "mfcc13"


KILLED = {
    "bayes": ("bayes-*/seed0-fold1/predictions.csv", ("bayes", "noisy")),
    "net": ("net-*/seed0-fold1/predictions.csv", ("net",)),
    "vector": ("vector-*/seed0-fold2/last.ckpt", ("vector",)),
}
"""For each kind of row, what is there when it is killed: a cell is done, or half trained; and what is run."""


@pytest.mark.parametrize(("there", "rows"), KILLED.values(), ids=list(KILLED))
def test_a_run_that_is_killed_ends_with_the_same_results_to_the_bit(
    undisturbed: tuple[Result, Path], benchmark: Run, world: Path, there: str, rows: tuple[str, ...]
) -> None:
    name = f"killed-{rows[0]}"
    only = [part for row in rows for part in ("--only", row)]
    command = [sys.executable, "-m", "affectone", *line(world, name, "--corpora", world / "corpora", *only)]
    half = world / name / "runs" / "tiny"
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 300
    while not list(half.glob(there)) and process.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert results_of(world / name / "tiny") == {}
    cells = {
        file: file.stat().st_mtime_ns for file in (*half.rglob("predictions.csv"), *half.rglob("run.json"))
    }
    assert benchmark(name, *only).exit_code == 0
    whole = results_of(undisturbed[1])
    assert results_of(world / name / "tiny") == {f"{row}.json": whole[f"{row}.json"] for row in rows}
    assert {file: file.stat().st_mtime_ns for file in cells} == cells


def states(result: Result) -> dict[str, str]:
    return {row["row"]: row["state"] for row in json.loads(result.stdout)}


@pytest.mark.usefixtures("undisturbed")
def test_the_list_says_what_is_done(world: Path, invoke: Run) -> None:
    listed = invoke(line(world, "whole", "--list", "--format", "json"))
    assert states(listed) == {
        **dict.fromkeys(("bayes", "noisy", "net", "vector"), "done"),
        "later": "missing",
    }
    assert json.loads(listed.stdout)[-1]["why"] == "not chosen yet"


def test_the_list_runs_nothing(world: Path, invoke: Run) -> None:
    result = invoke(line(world, "listed", "--list"))
    assert result.exit_code == 0
    assert result.stdout.count("missing") == 5
    some = invoke(line(world, "listed", "--list", "--format", "json", "--only", "later", "--only", "net"))
    assert list(states(some)) == ["net", "later"]
    assert not (world / "listed").exists()


def test_the_list_has_no_row_that_there_is_none_of(world: Path, invoke: Run) -> None:
    result = invoke(line(world, "listed", "--list", "--only", "nets"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean 'net'" in result.stderr


@pytest.mark.usefixtures("undisturbed")
def test_what_is_done_is_not_run_again(benchmark: Run) -> None:
    result = benchmark("whole", "--only", "bayes")
    assert result.exit_code == 0
    assert ": seed " not in result.stderr
    assert "bayes: ravdess: UAR " in result.stderr


def test_one_row_alone_is_run(benchmark: Run, world: Path) -> None:
    assert benchmark("alone", "--only", "bayes").exit_code == 0
    assert list(results_of(world / "alone" / "tiny")) == ["bayes.json"]


def test_a_row_with_other_settings_is_missing_again(world: Path, invoke: Run, benchmark: Run) -> None:
    assert benchmark("changed", "--only", "bayes").exit_code == 0
    file = world / "changed.toml"
    file.write_text(SUITE.replace("mfcc13", "mfcc20"), encoding="utf-8")
    (world / "changed" / "tiny").rename(world / "changed" / "changed")
    command = [
        "benchmark",
        "accuracy",
        "--suite",
        file,
        "-o",
        world / "changed",
        "--list",
        "--format",
        "json",
    ]
    assert states(invoke(command))["bayes"] == "missing"


def test_a_row_that_fails_is_named_and_the_others_go_on(world: Path, invoke: Run) -> None:
    first = SUITE.index("[[rows]]")
    absent = """[[rows]]
name = "absent"
shows = "a corpus that is not there"
model = "knn"
corpora = ["savee"]
protocol = "savee:loso4"

"""
    (world / "bad.toml").write_text(SUITE[:first] + absent + SUITE[first:], encoding="utf-8")
    arguments = ["benchmark", "accuracy", "--suite", world / "bad.toml", "-o", world / "bad"]
    more = ["--only", "absent", "--only", "bayes", "--corpora", world / "corpora", "--cache", world / "cache"]
    result = invoke([*arguments, *more])
    assert result.exit_code == 1
    assert "affectone: absent: failed: " in result.stderr
    assert list(results_of(world / "bad" / "bad")) == ["bayes.json"]
