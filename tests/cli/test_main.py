"""The process itself: exit status, streams, signals. Run as `python -m affectone`."""

from __future__ import annotations

import errno
import json
import os
import shlex
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile as sf

import affectone as package
from affectone import cli, store

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


@POSIX
def test_an_interruption_is_not_slept_through() -> None:
    """The signal goes to another thread, so that it does not wake the read: as when it comes just before."""
    script = """if True:
        import signal, sys, threading
        from affectone.audio import load_audio

        threading.Thread(target=threading.Event().wait, daemon=True).start()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        print(flush=True)
        try:
            load_audio(sys.stdin.buffer)
        except KeyboardInterrupt:
            sys.exit(130)
    """
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", script], **pipes) as process:
        try:
            process.stdout.readline()
            time.sleep(0.5)  # Let it reach the read.
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 130
        finally:
            process.kill()


def in_shell(redirection: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command with streams that a shell closed or sent elsewhere."""
    return run_shell(f"{shlex.join(command(*arguments))} {redirection}")


def run_shell(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True)


@POSIX
def test_nobody_needs_standard_input(clip: Path, tiny_model: Path) -> None:
    done = in_shell("<&-", "predict", clip, "--model", tiny_model)
    assert (done.returncode, done.stderr) == (0, "")


@POSIX
def test_a_closed_standard_input_cannot_be_read(tiny_model: Path) -> None:
    done = in_shell("<&-", "predict", "-", "--model", tiny_model)
    assert (done.returncode, done.stderr) == (3, "affectone: standard input is closed\n")


@POSIX
@pytest.mark.parametrize("words", [("predict", "CLIP"), ("doctor",), ("--help",), ("--version",)])
def test_a_closed_standard_output_is_one_line(
    clip: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    more = [clip, "--model", tiny_model] if words[0] == "predict" else []
    done = in_shell(">&-", words[0], *more)
    expected = "affectone: standard output: cannot be written: Bad file descriptor\n"
    assert (done.returncode, done.stderr) == (3, expected)


@POSIX
def test_a_closed_standard_output_does_not_matter_to_a_file(clip: Path, tiny_model: Path) -> None:
    answers = clip.with_name("answers.json")
    done = in_shell(">&- <&-", "predict", clip, "--model", tiny_model, "--format", "json", "-o", answers)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(answers.read_text())) == 1


@POSIX
def test_a_closed_standard_error_keeps_the_status_and_the_result_clean(clip: Path, tiny_model: Path) -> None:
    line = ["predict", clip, "none.wav", "--model", tiny_model, "--format", "jsonl"]
    done = in_shell("2>&-", *line)
    assert done.returncode == 1
    assert [json.loads(row)["error"] for row in done.stdout.splitlines()] == [None, "none.wav: no such file"]


@POSIX
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("words", [("--help",), ("--version",), ("predict", "--help")])
def test_a_full_disk_under_help_is_one_line(words: tuple[str, ...]) -> None:
    done = in_shell(">/dev/full", *words)
    expected = "affectone: standard output: cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (3, expected)


def test_an_interruption_during_the_imports_is_status_130() -> None:
    program = (
        "import sys, affectone.cli\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'affectone.cli.app': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "sys.exit(affectone.cli.main())\n"
    )
    done = subprocess.run([sys.executable, "-c", program, "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@POSIX
def test_an_interruption_does_not_wait_for_recordings_under_way(
    clip: Path, tiny: ModuleType, tiny_model: Path, tmp_path: Path
) -> None:
    minute = np.tile(tiny.spoken_clip(5.0), 10)
    with sf.SoundFile(tmp_path / "long.wav", "w", 16000, 1, "PCM_16") as file:
        for _ in range(120):
            file.write(minute)
    os.link(tmp_path / "long.wav", tmp_path / "longer.wav")
    recordings = [clip, tmp_path / "long.wav", tmp_path / "longer.wav"]
    arguments = command("predict", *recordings, "--jobs", 3, "--model", tiny_model, "--format", "jsonl")
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"file": ')
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.wait(60) == 130
        assert time.monotonic() - began < 5, "two hours of sound were read to their end"
        assert process.stderr.read() == b""


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_answers_can_be_written_where_only_ascii_can_be(clip: Path, tiny_model: Path, form: str) -> None:
    named = clip.rename(clip.with_name("müde.wav"))
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = run("predict", named, "--model", tiny_model, "--format", form, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "m\\" in done.stdout


def test_an_answer_can_be_written_to_a_pipe_by_its_name(clip: Path, tiny_model: Path) -> None:
    done = run("predict", clip, "--model", tiny_model, "--format", "csv", "-o", "/dev/stdout")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("file,")


def test_nothing_heavy_is_loaded_to_predict(clip: Path, tiny_model: Path) -> None:
    program = (
        "import sys; from affectone.cli import main; status = main();"
        "heavy = {'torch', 'pandas', 'matplotlib', 'librosa', 'scipy', 'sklearn', 'av', 'onnx'};"
        "print(status, sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    arguments = ["predict", str(clip), "--model", str(tiny_model)]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True)
    assert done.stderr == "0 []\n"


def test_our_warnings_are_told_as_everything_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    others: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        monkeypatch.setattr(warnings, "showwarning", lambda message, *_: others.append(str(message)))
        cli._tell_warnings()
        warnings.warn_explicit("the cache is damaged", UserWarning, str(store.__file__), 1)
        warnings.warn_explicit("of another package", UserWarning, str(os.__file__), 1)
    assert capsys.readouterr().err == "affectone: the cache is damaged\n"
    assert others == ["of another package"]


def test_what_a_machine_lacks_is_not_blamed_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without_folder(**_: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr("affectone.cli.app.app", without_folder)
    assert cli.main() == 3
    assert capsys.readouterr().err == "affectone: No usable temporary directory found in ['/tmp']\n"
