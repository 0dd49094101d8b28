"""`affectone timeline` on bad input: what it says, and how it ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile as sf
from typer.testing import Result

from affectone.errors import AudioError
from affectone.recognition import Recognizer
from affectone.recognition import page as pages

RATE = 16000


@pytest.fixture
def timeline(invoke: Callable[..., Result], tiny_model: Path) -> Callable[..., Result]:
    """Return a function that runs `affectone timeline ARGUMENTS` over the tiny model."""

    def run(*arguments: object, stdin: bytes = b"") -> Result:
        return invoke(["timeline", "--model", tiny_model, *arguments], stdin)

    return run


@pytest.fixture
def call(tiny: ModuleType, tmp_path: Path) -> Path:
    """Return a WAV with two channels."""
    path = tmp_path / "call.wav"
    sf.write(path, np.stack([tiny.speech(3.0), np.zeros(48000)]).T, RATE)
    return path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("empty.wav", r"is empty \(0 bytes\)"),
        ("text.wav", r"is text, not audio"),
        ("pointer.wav", r"is a Git LFS pointer, not audio; run git lfs pull"),
        ("nan.wav", r"1 of \d+ samples are NaN or infinite, the first at 1\.500 s"),
        ("cut_to_nothing.wav", r"cut short: promised 10\.00 s, read 0\.10 s; less than 0\.3 s is left"),
        ("cut.wav", r"cut short: promised 10\.00 s, read 3\.00 s; 0\.00 s of speech is left"),
    ],
)
def test_what_cannot_be_read_is_status_3(
    timeline: Callable[..., Result], bad_file: Callable[[str], Path], name: str, words: str
) -> None:
    result = timeline(bad_file(name))
    assert (result.exit_code, result.stdout) == (3, "")
    assert re.fullmatch(rf"affectone: .*{re.escape(name)}: {words}\n", result.stderr)


def test_nothing_of_that_name_is_status_3(timeline: Callable[..., Result], tmp_path: Path) -> None:
    result = timeline(tmp_path / "none.wav")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == f"affectone: {tmp_path}/none.wav: no such file\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--window", "0.2"), "window must be from 0.5 to 6 s, which this model hears at once; got 0.2"),
        (("--hop", "4"), "hop must be from 0.1 s to the window's 3 s; got 4.0"),
        (("--channel-names", "a,b,c"), "3 channel names for 2 channels"),
        (("--channel-names", "a,"), "channel names must differ and none be empty; got 'a', ''"),
        (("--embed-audio",), "--embed-audio goes with --format html"),
        (
            ("--embed-audio", "--format", "html", "--raw", "s16le:8000:1"),
            "--embed-audio does not go with --raw: browsers play no samples without a header",
        ),
        (("--speakers", "2"), "model tiny@0.0.1 tells no speakers apart; base does"),
        (
            ("--speakers", "2", "--channel-names", "a,b"),
            "names beside speakers name those of one channel; got 2 channels",
        ),
        (("--adapt", "self"), "model tiny@0.0.1 cannot be adapted: it was trained on no encoder's states"),
    ],
)
def test_a_wrong_command_line_is_status_2(
    timeline: Callable[..., Result], call: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = timeline(call, *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"affectone: {words}\n")


def test_one_recording_only(timeline: Callable[..., Result], call: Path) -> None:
    sf.write(call.with_name("other.wav"), np.zeros(RATE), RATE)
    result = timeline(call.parent)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"affectone: a timeline is that of one recording; {call.parent} holds 2\n"


def test_the_recording_is_not_overwritten(timeline: Callable[..., Result], call: Path) -> None:
    before = call.read_bytes()
    assert timeline(call, "--format", "json", "-o", call).exit_code == 2
    voice = call.with_name("voice.wav")
    voice.write_bytes(before)
    assert timeline(call, "--adapt", voice, "-o", voice).exit_code == 2
    assert call.read_bytes() == voice.read_bytes() == before


def test_standard_input_cannot_be_embedded(timeline: Callable[..., Result], call: Path) -> None:
    result = timeline("-", "--format", "html", "--embed-audio", stdin=call.read_bytes())
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--embed-audio needs a file" in result.stderr


def test_what_browsers_do_not_play_is_not_embedded(
    tiny: ModuleType, tiny_model: Path, tmp_path: Path
) -> None:
    told = Recognizer(tiny_model).timeline(tiny.speech(2.0), sample_rate=RATE)
    for how, named in ((("AIFF", "PCM_16"), "aiff"), (("WAV", "GSM610"), "WAV of GSM610")):
        path = tmp_path / "call"
        sf.write(path, tiny.speech(2.0), RATE, format=how[0], subtype=how[1])
        with pytest.raises(AudioError, match=f"browsers do not play {named}; convert it, to MP3 for example"):
            told.to_html(path)


def test_a_place_that_cannot_be_written_is_told_before_the_work(
    timeline: Callable[..., Result], call: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recognizer, "timeline", lambda *_, **__: pytest.fail("it was heard first"))
    result = timeline(call, "-o", call.parent / "none" / "x.txt")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "cannot be written" in result.stderr


def test_what_is_too_large_for_a_page_is_not_embedded(
    tiny_model: Path, call: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_BYTES", 1000)
    told = Recognizer(tiny_model).timeline(call)
    with pytest.raises(AudioError, match=r"convert it, to MP3 for example, or leave the sound out"):
        told.to_html(call)
