"""`affectone timeline`: six formats of what Python answers."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile as sf

from affectone.models import store
from affectone.recognition import Recognizer, Timeline

RATE = 16000
BASE = store.PACKAGED / "base"
"""The real one, which tells speakers apart."""
SPEAKERS = ("--model", BASE, "--speakers", "2")


@pytest.fixture
def call(tiny: ModuleType, tmp_path: Path) -> Path:
    """Return a WAV of two channels, one of which is silent at first."""
    agent, customer = tiny.speech(6.0), tiny.speech(3.0, pitch=210, level=0.2)
    path: Path = tmp_path / "calls" / "call.wav"
    path.parent.mkdir()
    sf.write(path, np.stack([agent, np.concatenate([np.zeros(48000), customer])]).T, RATE)
    return path


@pytest.fixture
def expected(affectone, call: Path) -> Timeline:
    """Return what Python answers."""
    names = ["agent", "customer"]
    return Recognizer(store.PACKAGED / "base").timeline(call, names=names)


NAMED = ("--channel-names", "agent, customer")


def test_json_is_what_python_answers(affectone, call: Path, expected: Timeline) -> None:
    result = affectone("timeline", call, *NAMED, "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert Timeline.from_dict(json.loads(result.stdout)) == expected


@pytest.mark.parametrize("wanted", ["csv", "srt", "vtt", "html"])
def test_the_texts_are_those_of_python(affectone, call: Path, expected: Timeline, wanted: str) -> None:
    result = affectone("timeline", call, *NAMED, "--format", wanted)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == getattr(expected, f"to_{wanted}")()


def test_the_table_has_a_line_a_segment(affectone, call: Path, expected: Timeline) -> None:
    lines = affectone("timeline", call, *NAMED).stdout.splitlines()
    assert lines[0].split() == ["from", "to", "who", "emotion", "confidence", "voice", "note"]
    assert len(lines) == 1 + len(expected)
    for line, segment in zip(lines[1:], expected, strict=True):
        assert line.split()[:4] == [
            f"{segment.start:.2f}",
            f"{segment.end:.2f}",
            segment.speaker,
            segment.prediction.label,
        ]


def test_one_channel_needs_no_name(affectone, clip: Path) -> None:
    header = affectone("timeline", clip).stdout.splitlines()[0]
    assert header.split() == ["from", "to", "emotion", "confidence", "voice", "note"]


def test_mixed_channels(affectone, call: Path) -> None:
    told = affectone("timeline", call, "--channels", "mix", "--format", "csv").stdout
    assert {row["channel"] for row in csv.DictReader(io.StringIO(told))} == {""}


def test_window_and_hop(affectone, call: Path) -> None:
    result = affectone("timeline", call, "--window", "2", "--hop", "0.5", "--format", "json")
    told = json.loads(result.stdout)
    assert (told["window_seconds"], told["hop_seconds"]) == (2.0, 0.5)
    np.testing.assert_allclose(np.diff(told["windows"][0]["step_start"]), 0.5)


def test_several_windows_at_once_change_nothing(affectone, call: Path) -> None:
    one, three = (affectone("timeline", call, "--format", "json", "--jobs", jobs).stdout for jobs in (1, 3))
    assert one == three


def test_standard_input_and_headerless_samples(affectone, tiny: ModuleType) -> None:
    samples = (30000 * tiny.speech(3.0)).astype("<i2").tobytes()
    result = affectone("timeline", "-", "--raw", "s16le:16000:1", "--format", "json", stdin=samples)
    told = json.loads(result.stdout)
    assert told["duration_seconds"] == 3.0
    assert told["segments"]


def test_a_page_may_hold_the_recording(affectone, call: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = affectone("timeline", call, "--format", "html", "--embed-audio", "-o", page)
    assert (result.exit_code, result.stdout) == (0, "")
    assert 'src="data:audio/wav;base64,UklGR' in page.read_text()


def test_silence_is_said(affectone, tmp_path: Path) -> None:
    sf.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    result = affectone("timeline", tmp_path / "silent.wav")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines() == [
        f"affectone: {tmp_path}/silent.wav: silent: peak 0",
        f"affectone: {tmp_path}/silent.wav: nobody speaks",
    ]


def test_a_picture(affectone, call: Path, tmp_path: Path) -> None:
    picture = tmp_path / "call.png"
    result = affectone("plot", "timeline", call, *NAMED, "-o", picture)
    assert (result.exit_code, result.stderr) == (0, f"affectone: {picture}: timeline of 1 recording\n")
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def talk(tiny: ModuleType, tmp_path: Path) -> Path:
    """Return a WAV of one channel in which a low and a high voice speak in turn."""
    pause = np.zeros(8000)
    low, high = tiny.speech(4.0, pitch=100), tiny.speech(4.0, pitch=230)
    path = tmp_path / "talk.wav"
    sf.write(path, np.concatenate([low, pause, high, pause, low, pause, high]), RATE)
    return path


def test_speakers_within_a_channel(affectone, talk: Path) -> None:
    result = affectone("timeline", talk, *SPEAKERS, "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    told = Timeline.from_dict(json.loads(result.stdout))
    assert told == Recognizer(BASE).timeline(talk, speakers=2)
    assert {one.speaker for one in told} == {"speaker 1", "speaker 2"}


def test_speakers_within_a_channel_may_have_names(affectone, talk: Path) -> None:
    lines = affectone("timeline", talk, *SPEAKERS, "--channel-names", "Ada,Bo").stdout.splitlines()
    assert lines[0].split()[2] == "who"
    assert {line.split()[2] for line in lines[1:]} == {"Ada", "Bo"}


def test_a_picture_of_speakers(affectone, talk: Path, tmp_path: Path) -> None:
    result = affectone("plot", "timeline", talk, *SPEAKERS, "-o", tmp_path / "talk.svg")
    assert result.exit_code == 0
    drawn = (tmp_path / "talk.svg").read_text()
    assert "speaker 1" in drawn
    assert "speaker 2" in drawn
