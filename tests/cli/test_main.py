"""The process itself: exit status, streams, signals. Run as `python -m affectone`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import affectone as package

POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "affectone", *map(str, arguments)]


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, **options)  # type: ignore[call-overload]


def test_the_version_is_printed() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"affectone {package.__version__}\n", "")


@pytest.mark.parametrize("command", [(), ("predict",), ("models",), ("models", "show"), ("doctor",)])
def test_help_is_given(command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: affectone")


@pytest.mark.parametrize(
    "arguments",
    [(), ("predict",), ("predict", "x", "--bogus"), ("predict", "x", "--format", "xml"), ("prdict", "x")],
)
def test_a_wrong_command_line_is_status_2(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@POSIX
def test_a_reader_that_leaves_early_is_no_error(clip: Path, tiny_model: Path) -> None:
    for number in range(30):
        os.link(clip, clip.with_name(f"{number}.wav"))
    arguments = command("predict", clip.parent, "--model", tiny_model, "--format", "jsonl")
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"file": ')
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 128 + signal.SIGPIPE


@POSIX
def test_an_interruption_is_status_130_without_a_traceback(clip: Path, tiny_model: Path) -> None:
    arguments = command("predict", *[clip] * 1, "-", "--model", tiny_model, "--format", "jsonl")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(arguments, **pipes) as process:
        assert process.stdout.readline().startswith(b'{"file": ')
        # It now waits for standard input.
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr.read() == b""


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_answers_can_be_written_where_only_ascii_can_be(clip: Path, tiny_model: Path, form: str) -> None:
    named = clip.rename(clip.with_name("müde.wav"))
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = run("predict", named, "--model", tiny_model, "--format", form, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "m\\" in done.stdout


def test_nothing_heavy_is_loaded_to_predict(clip: Path, tiny_model: Path) -> None:
    program = (
        "import sys; from affectone.cli import main; status = main();"
        "heavy = {'torch', 'pandas', 'matplotlib', 'librosa', 'scipy', 'sklearn', 'av', 'onnx'};"
        "print(status, sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    arguments = ["predict", str(clip), "--model", str(tiny_model)]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True)
    assert done.stderr == "0 []\n"
