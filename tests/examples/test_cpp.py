"""The program in C++ compiles as its page says, and its scores are Python's."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile as sf
import soxr

from affectone import Recognizer
from affectone.models import OnnxRunner, find_model
from affectone.speech import detect_speech, speech_windows

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROGRAM = EXAMPLES / "cpp" / "edge.cpp"
CLIPS = sorted(path for path in EXAMPLES.iterdir() if path.suffix in {".wav", ".flac", ".opus"})
RATE = 16_000
CLOSE = 0.001
"""Ten times closer than the page promises, so that a slip in what is done around the network is seen."""
SYSTEM = (Path("/usr/include/onnxruntime"), Path("/usr/local/include/onnxruntime"))

FloatArray = npt.NDArray[np.float32]
Answers = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def onnxruntime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with onnxruntime's headers and library, as its releases are; skipped without them."""
    if shutil.which("g++") is None:
        pytest.skip("no compiler here: on Debian and Ubuntu, apt-get install g++")
    named = os.environ.get("AFFECTONE_ONNXRUNTIME")
    places = (Path(named) / "include",) if named else SYSTEM
    headers = [place for place in places if (place / "onnxruntime_cxx_api.h").is_file()]
    if named and not headers:
        # Somebody who names a folder wants these tests to run; skipping them would hide the misspelling.
        pytest.fail(f"AFFECTONE_ONNXRUNTIME names {named!r}, which holds no headers", pytrace=False)
    if not headers:
        pytest.skip(
            "no headers of onnxruntime here: on Debian 13, apt-get install libonnxruntime-dev, or unpack a "
            "release of it and name the folder by AFFECTONE_ONNXRUNTIME"
        )
    folder = tmp_path_factory.mktemp("onnxruntime")
    (folder / "include").symlink_to(headers[0])
    (folder / "lib").mkdir()
    for name in ("libonnxruntime.so", "libonnxruntime.so.1"):
        (folder / "lib" / name).symlink_to(library(named))
    return folder


def library(named: str | None) -> Path:
    """Return the library that headers of a folder belong to, or that of the Python package."""
    import onnxruntime

    package = Path(onnxruntime.__file__).parent / "capi"
    folders = [*([Path(named) / "lib"] if named else []), package]
    found = [file for folder in folders for file in sorted(folder.glob("libonnxruntime.so*"))]
    if not found:
        pytest.skip("no libonnxruntime.so here: this release of the Python package has none")
    return found[0].resolve()


def shell_lines(begin: str) -> list[str]:
    """Return the lines of the page's shell blocks that begin so."""
    page = (PROGRAM.parent / "README.md").read_text("utf-8")
    blocks = "".join(re.findall(r"^```sh\n(.*?)^```", page, re.M | re.S))
    return [line for line in blocks.splitlines() if line.startswith(begin)]


def in_shell(line: str, folder: Path, onnxruntime: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the page in a folder."""
    environment = os.environ | {"ORT": str(onnxruntime)}
    return subprocess.run(["sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def program(onnxruntime: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the program, compiled by the line of its page; a warning is an error."""
    folder = tmp_path_factory.mktemp("program")
    (line,) = shell_lines("g++ ")
    line = line.replace("g++ ", "g++ -Wall -Wextra -Wpedantic -Werror ").replace("edge.cpp", str(PROGRAM))
    done = in_shell(line, folder, onnxruntime)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "edge"


@pytest.fixture(scope="module")
def answers(program: Path) -> Answers:
    """Return a function that runs the program over files and returns its answers."""

    def run(*clips: Path, model: str = "edge") -> list[dict[str, Any]]:
        line = [program, find_model(model).path, *clips]
        done = subprocess.run(line, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        return [json.loads(row) for row in done.stdout.splitlines()]

    return run


def sounds() -> dict[str, FloatArray]:
    """Return the examples' recordings, and sounds that are easy to make and hard to judge."""
    made = {}
    for clip in CLIPS:
        samples, rate = sf.read(clip, dtype="float32")
        made[clip.stem] = np.asarray(soxr.resample(samples, rate, RATE), np.float32)
    time, noise = np.arange(6 * RATE) / RATE, np.random.default_rng(1).standard_normal(6 * RATE)
    made["tone"] = (0.3 * np.sin(2 * np.pi * 220 * time)).astype(np.float32)[: 2 * RATE]
    made["longest, a rising tone"] = (0.5 * np.sin(2 * np.pi * (100 + 40 * time) * time)).astype(np.float32)
    made["shortest, noise"] = (0.1 * noise).astype(np.float32)[: RATE // 2]
    made["full scale"] = np.clip(2 * noise, -1, 1).astype(np.float32)[:RATE]
    made["silence"] = np.zeros(RATE, np.float32)
    return made


def scores_of(runner: OnnxRunner, samples: FloatArray) -> dict[str, float]:
    """Return Python's scores of a stretch of sound that is judged as it is."""
    card = runner.artefact.card
    logits = runner.run(samples).emotion_logits / card.calibration.temperature
    odds = np.exp(logits - logits.max())
    return dict(zip(card.labels, map(float, odds / odds.sum()), strict=True))


def written(folder: Path, name: str, samples: FloatArray) -> tuple[Path, FloatArray]:
    """Write a sound as the program reads it; return the file, and what is in it after rounding."""
    path = folder / f"{name}.wav"
    sf.write(path, samples, RATE, subtype="PCM_16")
    return path, sf.read(path, dtype="float32")[0]


@pytest.mark.parametrize("model", ["edge", "base"])
def test_its_scores_are_those_of_python(model: str, answers: Answers, tmp_path: Path) -> None:
    runner = OnnxRunner(find_model(model))
    files = [written(tmp_path, name, samples) for name, samples in sounds().items()]
    found = answers(*(path for path, _ in files), model=model)
    assert [answer["file"] for answer in found] == [str(path) for path, _ in files]
    assert len(found) >= 6
    for answer, (path, samples) in zip(found, files, strict=True):
        wanted = scores_of(runner, samples)
        assert answer["scores"] == pytest.approx(wanted, abs=CLOSE), path.name
        assert list(answer["scores"]) == list(wanted)
        assert answer["label"] == max(answer["scores"], key=answer["scores"].__getitem__)
        assert answer["milliseconds"] > 0


def test_what_python_cuts_out_as_speech_gets_the_answer_of_python(answers: Answers, tmp_path: Path) -> None:
    recognizer = Recognizer("edge")
    compared = 0
    for name, samples in sounds().items():
        whole, heard = written(tmp_path, name, samples)
        windows = speech_windows(
            detect_speech(heard), sample_rate=RATE, window_seconds=recognizer.card.window_seconds
        )
        if len(windows) == 1:
            stretch, _ = written(tmp_path, f"{name}, cut", heard[windows[0].start : windows[0].end])
            (answer,) = answers(stretch)
            assert answer["scores"] == pytest.approx(recognizer.predict(whole).scores, abs=CLOSE), name
            compared += 1
    assert compared >= 5


def test_chunks_that_it_does_not_know_are_passed_over(answers: Answers, tmp_path: Path) -> None:
    path, _ = written(tmp_path, "plain", sounds()["train"])
    plain = path.read_bytes()
    with_chunk = tmp_path / 'named "odd".wav'
    with_chunk.write_bytes(plain[:36] + b"LIST\x05\x00\x00\x00INFOx\x00" + plain[36:])
    one, other = answers(path, with_chunk)
    assert other["scores"] == one["scores"]
    assert other["file"] == str(with_chunk)


def test_a_file_that_ends_early_is_heard_as_far_as_it_goes(answers: Answers, tmp_path: Path) -> None:
    path, samples = written(tmp_path, "whole", sounds()["train"])
    cut, _ = written(tmp_path, "cut", samples[:RATE])
    path.write_bytes(path.read_bytes()[: 44 + 2 * RATE + 1])
    one, other = answers(path, cut)
    assert one["scores"] == other["scores"]


def make_8_khz(path: Path) -> None:
    sf.write(path, np.zeros(8000), 8000, subtype="PCM_16")


def make_stereo(path: Path) -> None:
    sf.write(path, np.zeros((RATE, 2)), RATE, subtype="PCM_16")


def make_24_bit(path: Path) -> None:
    sf.write(path, np.zeros(RATE), RATE, subtype="PCM_24")


def make_short(path: Path) -> None:
    sf.write(path, np.zeros(RATE // 2 - 1), RATE, subtype="PCM_16")


def make_long(path: Path) -> None:
    sf.write(path, np.zeros(6 * RATE + 1), RATE, subtype="PCM_16")


def make_text(path: Path) -> None:
    path.write_text("no sound at all, and longer than a header of twelve bytes")


NO_WAV = "is no WAV with 16-bit samples, one channel and the card's sample rate"
UNREADABLE = "cannot be read, or is empty"
LENGTH = "is shorter or longer than this model hears at once"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (make_8_khz, NO_WAV),
        (make_stereo, NO_WAV),
        (make_24_bit, NO_WAV),
        (make_text, NO_WAV),
        (Path.touch, UNREADABLE),
        (make_short, LENGTH),
        (make_long, LENGTH),
        (Path.mkdir, UNREADABLE),
        (lambda path: None, UNREADABLE),
    ],
)
def test_what_it_cannot_hear_is_named(
    make: Callable[[Path], None], words: str, program: Path, tmp_path: Path
) -> None:
    path = tmp_path / "clip.wav"
    make(path)
    done = subprocess.run([program, find_model("edge").path, path], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{path}: {words}\n")


def test_files_after_one_that_it_cannot_hear_are_answered(program: Path, tmp_path: Path) -> None:
    (path, _), bad = written(tmp_path, "good", sounds()["train"]), tmp_path / "bad.wav"
    line = [program, find_model("edge").path, path, bad, path]
    done = subprocess.run(line, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"{bad}: {UNREADABLE}\n")
    assert [json.loads(row)["file"] for row in done.stdout.splitlines()] == [str(path)] * 2


def test_a_folder_without_a_model_is_named(program: Path, tmp_path: Path) -> None:
    done = subprocess.run([program, tmp_path, "clip.wav"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"{tmp_path}/card.json: {UNREADABLE}\n")


def test_a_card_without_labels_is_named(program: Path, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text("{}")
    done = subprocess.run([program, tmp_path, "clip.wav"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "card.json: has no labels\n")


def test_without_files_it_says_how_it_is_called(program: Path) -> None:
    done = subprocess.run([program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "usage: edge MODEL_FOLDER CLIP.wav...\n")


def test_cmake_makes_the_same_program(onnxruntime: Path, tmp_path: Path) -> None:
    if shutil.which("cmake") is None:
        pytest.skip("no CMake here: on Debian and Ubuntu, apt-get install cmake")
    (line,) = shell_lines("cmake ")
    shutil.copytree(PROGRAM.parent, tmp_path / "cpp")
    done = in_shell(line, tmp_path / "cpp", onnxruntime)
    assert done.returncode == 0, done.stdout + done.stderr
    clip, _ = written(tmp_path, "clip", sounds()["train"])
    made = subprocess.run([tmp_path / "cpp" / "build" / "edge", find_model("edge").path, clip], check=True)
    assert made.returncode == 0


def test_the_program_stays_short() -> None:
    lines = [line.strip() for line in PROGRAM.read_text("utf-8").splitlines()]
    assert len([line for line in lines if line and not line.startswith(("//", "#"))]) <= 70
    assert max(map(len, PROGRAM.read_text("utf-8").splitlines())) <= 118
