"""The example programs run, and the clips are what their page says."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile as sf

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CLIPS = sorted(path for path in EXAMPLES.iterdir() if path.suffix in {".wav", ".flac", ".opus"})
PROGRAMS = sorted(path for path in EXAMPLES.glob("*.py") if path.name != "make_clips.py")


def name_of(path: Path) -> str:
    return path.name


def run(program: Path, *arguments: str, cwd: Path) -> str:
    """Run a program where no file of the repository is at hand, and return what it printed."""
    done = subprocess.run([sys.executable, program, *arguments], cwd=cwd, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """Load the script that makes the clips."""
    spec = importlib.util.spec_from_file_location("make_clips", EXAMPLES / "make_clips.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_clips"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("program", PROGRAMS, ids=name_of)
def test_a_program_stays_short(program: Path) -> None:
    assert len(program.read_text("utf-8").splitlines()) < 25


@pytest.mark.usefixtures("packaged_base")
def test_predict_one_prints_probabilities_that_sum_to_one(tmp_path: Path) -> None:
    output = run(EXAMPLES / "predict_one.py", cwd=tmp_path)
    scores = [float(number) for number in re.findall(r"^  \w+ +(\d\.\d+)$", output, re.M)]
    assert len(scores) == 8
    assert sum(scores) == pytest.approx(1, abs=0.005)


@pytest.mark.usefixtures("packaged_base")
def test_live_tells_steps_and_then_segments(tmp_path: Path) -> None:
    lines = run(EXAMPLES / "live.py", cwd=tmp_path).splitlines()
    steps = [line for line in lines if " s now " in line]
    assert steps
    assert lines[: len(steps)] == steps
    assert re.fullmatch(r" *\d\.\d\d to +\d\.\d\d s: \w+", lines[-1])


@pytest.mark.usefixtures("packaged_base")
def test_predict_one_finds_no_emotion_in_a_chord(tmp_path: Path) -> None:
    output = run(EXAMPLES / "predict_one.py", str(EXAMPLES / "chord.flac"), cwd=tmp_path)
    assert output == "chord.flac: no speech\n"


@pytest.mark.usefixtures("packaged_base")
def test_predict_folder_names_every_clip(tmp_path: Path) -> None:
    lines = run(EXAMPLES / "predict_folder.py", cwd=tmp_path).splitlines()
    assert [line.split()[0] for line in lines] == [path.name for path in CLIPS]


@pytest.mark.usefixtures("packaged_base")
def test_predict_folder_goes_on_after_a_broken_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    shutil.copy(EXAMPLES / "train.wav", tmp_path / "b.wav")
    lines = run(EXAMPLES / "predict_folder.py", str(tmp_path), cwd=tmp_path).splitlines()
    assert [line.split()[0] for line in lines] == ["a.wav", "b.wav"]


@pytest.mark.usefixtures("packaged_base")
def test_from_array_takes_the_rate_seriously(tmp_path: Path) -> None:
    output = run(EXAMPLES / "from_array.py", cwd=tmp_path)
    assert re.findall(r"speed (\d): ([\d.]+) s", output) == [("1", "3.30"), ("2", "1.65")]


@pytest.mark.parametrize("clip", CLIPS, ids=name_of)
def test_a_clip_is_two_to_four_seconds_and_not_clipped(clip: Path) -> None:
    samples, rate = sf.read(clip)
    assert 2 <= len(samples) / rate <= 4
    assert np.abs(samples).max() < 0.999


@pytest.mark.parametrize("clip", CLIPS, ids=name_of)
def test_the_page_says_what_each_clip_is(clip: Path) -> None:
    page = (EXAMPLES / "README.md").read_text("utf-8")
    row = re.search(rf"^\| `{re.escape(clip.name)}` \| .*?(\d+) kHz \| ([\d.]+) \|", page, re.M)
    assert row is not None
    info = sf.info(clip)
    assert (int(row[1]) * 1000, float(row[2])) == (info.samplerate, round(info.duration, 1))


def test_the_script_makes_exactly_these_clips(maker: ModuleType) -> None:
    assert sorted([*(clip.name for clip in maker.CLIPS), maker.CHORD]) == [path.name for path in CLIPS]


def test_the_page_quotes_what_is_said(maker: ModuleType) -> None:
    page = (EXAMPLES / "README.md").read_text("utf-8")
    assert [clip.text for clip in maker.CLIPS if f'"{clip.text}"' not in page] == []


def test_the_chord_is_the_one_the_script_makes(maker: ModuleType) -> None:
    committed, _ = sf.read(EXAMPLES / maker.CHORD, dtype="float32")
    # 16-bit FLAC: half a step of 1/32768, and as much again for rounding of the sines elsewhere.
    np.testing.assert_allclose(committed, maker.chord(), atol=1 / 32768)


def test_the_telephone_keeps_its_band_and_nothing_else(maker: ModuleType) -> None:
    time = np.arange(8000) / 8000
    low, speech = (np.sin(2 * np.pi * hertz * time).astype(np.float32) for hertz in (100, 1000))
    np.testing.assert_allclose(maker.telephone(low + speech, 8000), speech, atol=1e-5)


def test_the_synthesiser_still_says_sentences_of_that_length(maker: ModuleType) -> None:
    if shutil.which("espeak-ng") is None:
        pytest.skip("needs the program espeak-ng, which made the clips")
    for clip in maker.CLIPS:
        if clip.subtype == "PCM_16":
            committed, rate = sf.read(EXAMPLES / clip.name, dtype="float32")
            assert len(maker.speak(clip)) == pytest.approx(len(committed), rel=0.15), clip.name
            assert rate == clip.sample_rate
