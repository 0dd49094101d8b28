"""`affectone plot` on bad input: what it says, how it ends, and what it still draws."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from typer.testing import Result

from affectone.cli.plot import place
from affectone.corpora import Clip, to_manifest, write_manifest
from affectone.registry import EXTRA_MODULES

pytest.importorskip("matplotlib")
pytest.importorskip("librosa")

RATE = 16000
PICTURE = b"\x89PNG"


@pytest.fixture
def plot(invoke: Callable[..., Result]) -> Callable[..., Result]:
    """Return a function that runs `affectone plot ARGUMENTS`."""

    def run(*arguments: object) -> Result:
        return invoke(["plot", *arguments])

    return run


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Return a WAV with half a second of noise."""
    path = tmp_path / "good.wav"
    sf.write(path, 0.1 * np.random.default_rng(3).standard_normal(RATE // 2), RATE)
    return path


@pytest.mark.parametrize("kind", ["waveform", "mel"])
@pytest.mark.parametrize(
    ("name", "words"),
    [("text.wav", "is text, not audio"), ("empty.wav", ": "), ("nan.wav", "NaN or infinite"), ("none", "")],
)
def test_an_unreadable_one_among_several_is_named_and_the_others_are_drawn(
    plot, good: Path, bad_file, tmp_path: Path, kind: str, name: str, words: str
) -> None:
    bad = tmp_path / "gone.wav" if name == "none" else bad_file(name)
    result = plot(kind, bad, good, "-o", tmp_path / "a.png")
    assert result.exit_code == 1
    complaint, told = result.stderr.splitlines()
    assert complaint.startswith(f"affectone: {bad}: ")
    assert words in complaint
    assert told == f"affectone: {tmp_path / 'a.png'}: {kind} of 1 recording"
    assert (tmp_path / "a.png").read_bytes().startswith(PICTURE)


@pytest.mark.parametrize("kind", ["waveform", "mfcc", "scores"])
def test_if_none_can_be_read_nothing_is_drawn(plot, tmp_path: Path, kind: str, request) -> None:
    if kind == "scores":
        request.getfixturevalue("packaged_base")
    result = plot(kind, tmp_path / "gone.wav", "-o", tmp_path / "a.png")
    assert result.exit_code == 3
    assert result.stderr == f"affectone: {tmp_path / 'gone.wav'}: no such file\n"
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize("kind", ["waveform", "mel", "mfcc", "chroma", "contrast"])
@pytest.mark.parametrize("name", ["silent.wav", "short.wav", "six_channels.wav", "double.wav"])
def test_odd_sounds_are_drawn(plot, bad_file, tmp_path: Path, kind: str, name: str) -> None:
    result = plot(kind, bad_file(name), "-o", tmp_path / "a.png")
    assert result.exit_code == 0
    assert (tmp_path / "a.png").read_bytes().startswith(PICTURE)


@pytest.mark.parametrize("kind", ["waveform", "mel", "contrast"])
@pytest.mark.parametrize("samples", [1, 2, 100])
def test_a_few_samples_are_drawn(plot, tmp_path: Path, kind: str, samples: int) -> None:
    sf.write(tmp_path / "few.wav", np.full(samples, 0.5), RATE)
    assert plot(kind, tmp_path / "few.wav", "-o", tmp_path / "a.png").exit_code == 0


def test_what_is_wrong_without_making_it_useless_is_told(plot, bad_file, tmp_path: Path) -> None:
    path = bad_file("cut.wav")
    for kind in ("waveform", "mel"):
        result = plot(kind, path, "-o", tmp_path / "a.png")
        assert result.exit_code == 0
        assert f"affectone: {path}: cut short: promised 10.00 s, read 3.00 s" in result.stderr


def test_without_a_display_a_name_is_asked_for_before_anything_is_read(plot, monkeypatch) -> None:
    monkeypatch.setattr(place, "has_display", lambda: False)
    for line in (["waveform", "gone.wav"], ["scores", "gone.wav"], ["speaker", "m.csv", "--speaker", "a/b"]):
        result = plot(*line)
        assert result.exit_code == 2
        words = "there is no display to open a window on; give -o FILE, which ends in .png, .svg or .pdf"
        assert result.stderr == f"affectone: {words}\n"


WRONG = {
    "another format": (
        ["-o", "a.jpg"],
        "a.jpg: unknown picture format '.jpg'; did you mean '.png'? known: .png, .svg, .pdf",
    ),
    "no format": (["-o", "folder"], "folder: unknown picture format ''"),
    "its own recording": (["-o", "link.png"], "-o link.png is one of the recordings to read"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_name_is_told(plot, good: Path, tmp_path: Path, monkeypatch, case: str) -> None:
    arguments, words = WRONG[case]
    monkeypatch.chdir(tmp_path)
    os.link(good, "link.png")
    before = good.read_bytes()
    result = plot("waveform", good, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert good.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.wav", "link.png"]


@pytest.mark.parametrize("size", ["8", "8x", "axb", "8x4x2", "0x4", "-3x4", "1e9x4", "nanx4", "infx3"])
def test_a_wrong_size_is_told(plot, good: Path, tmp_path: Path, size: str) -> None:
    result = plot("waveform", good, "-o", tmp_path / "a.png", f"--size={size}")
    assert result.exit_code == 2
    assert f"'{size}' is no width and height from 2 to 60 inches, such as 8x4" in result.stderr.replace(
        "\n", " "
    )


@pytest.mark.parametrize(
    ("kind", "count", "size"), [("waveform", 2, "2x2"), ("mel", 1, "2x2"), ("contrast", 2, "3x2")]
)
def test_a_size_that_is_too_small_is_told(plot, good, tmp_path: Path, kind, count: int, size: str) -> None:
    others = [good, good.with_name("b.wav")]
    others[1].write_bytes(good.read_bytes())
    result = plot(kind, *others[:count], "-o", tmp_path / "a.png", "--size", size)
    assert result.exit_code == 2
    words = f"affectone: {size} inches are too small for the words of this picture; "
    assert result.stderr.startswith(words)
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize("more", [["--size", "60x60", "--dpi", 1200], ["--size", "59x59", "--dpi", 300]])
def test_too_many_pixels_are_refused_before_anything_is_read(plot, tmp_path: Path, more: list) -> None:
    result = plot("mel", tmp_path / "gone.wav", "-o", tmp_path / "a.png", *more)
    assert result.exit_code == 2
    assert (
        "million pixels; at most 100 million can be drawn: take fewer inches or fewer dots" in result.stderr
    )


@pytest.mark.parametrize("dpi", ["0", "5000", "many"])
def test_a_wrong_number_of_dots_is_told(plot, good: Path, tmp_path: Path, dpi: str) -> None:
    result = plot("waveform", good, "-o", tmp_path / "a.png", "--dpi", dpi)
    assert result.exit_code == 2
    assert "--dpi" in result.stderr


def test_a_kind_that_is_none_is_told(plot, good: Path) -> None:
    result = plot("waveforms", good)
    assert result.exit_code == 2
    assert "No such command 'waveforms'" in result.stderr


def test_too_many_for_one_picture_are_refused_before_any_is_read(plot, tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"{number}.wav").write_bytes(b"no sound")
    result = plot("mel", tmp_path, "-o", tmp_path / "a.png")
    assert result.exit_code == 2
    assert result.stderr == "affectone: a picture shows at most 24 recordings; got 25: name fewer\n"


def test_a_place_that_cannot_be_written_is_told(plot, good: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    result = plot("waveform", good, "-o", tmp_path / "file" / "a.png")
    assert result.exit_code == 3
    assert f"{tmp_path / 'file' / 'a.png'}: cannot be written: " in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_names_that_steer_a_terminal_or_have_no_letters_in_the_font_are_drawn(
    plot, good: Path, tmp_path: Path
) -> None:
    names = ["two\nlines.wav", "\x1b[2Jred.wav", "音声.wav", "$x_$.wav"]
    for name in names:
        (tmp_path / name).write_bytes(good.read_bytes())
    result = plot("waveform", *(tmp_path / name for name in names), "-o", tmp_path / "a.svg")
    assert (result.exit_code, len(result.stderr.splitlines())) == (0, 1)
    shown = (tmp_path / "a.svg").read_text("utf-8")
    assert [words in shown for words in (r"two\nlines", r"\x1b[2Jred", "音声", "$x_$.wav")] == [True] * 4


@pytest.mark.parametrize(
    ("kind", "extra", "module"), [("waveform", "plots", "no_plots"), ("mel", "features", "no_features")]
)
def test_a_missing_extra_gets_its_pip_line(plot, good, tmp_path, monkeypatch, kind, extra, module) -> None:
    monkeypatch.setitem(EXTRA_MODULES, extra, (module,))
    result = plot(kind, good, "-o", tmp_path / "a.png")
    assert result.exit_code == 3
    assert f"needs the extra '{extra}': pip install 'affectone[{extra}]'" in result.stderr


def test_a_backend_that_matplotlib_does_not_know_is_told(good: Path, tmp_path: Path) -> None:
    program = "import sys; from affectone.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, "plot", "waveform", good, "-o", tmp_path / "a.png"],
        env=os.environ | {"MPLBACKEND": "no_such_backend"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    words = "matplotlib does not start with MPLBACKEND=no_such_backend; unset that environment variable"
    assert done.stderr == f"affectone: {words}\n"


@pytest.fixture
def manifest(good: Path, tmp_path: Path) -> Path:
    """Return a manifest of a speaker with two emotions, and 20 others."""
    clips = [
        Clip("mine/1", good, "mine", "ann", "sad", "sad"),
        Clip("mine/2", tmp_path / "gone.wav", "mine", "ann", "calm", "calm"),
    ]
    clips += [Clip(f"mine/{number}", good, "mine", f"p{number}", "sad", "sad") for number in range(10, 30)]
    write_manifest(to_manifest(clips), tmp_path / "m.parquet")
    return tmp_path / "m.parquet"


def test_a_clip_that_is_gone_is_named_and_the_other_emotions_are_drawn(plot, manifest, tmp_path) -> None:
    result = plot("speaker", manifest, "--speaker", "mine/ann", "-o", tmp_path / "a.png")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"affectone: no calm: {tmp_path / 'gone.wav'}: no such file",
        f"affectone: {tmp_path / 'a.png'}: 1 emotion of mine/ann",
    ]


def test_an_unknown_speaker_is_answered_with_some_that_are_known(plot, manifest, tmp_path: Path) -> None:
    result = plot("speaker", manifest, "--speaker", "mine/an", "-o", tmp_path / "a.png")
    assert result.exit_code == 2
    assert (
        "unknown speaker 'mine/an'; did you mean 'mine/ann'? 21 are known, among them mine/ann, mine/p10"
        in (result.stderr)
    )
    assert "mine/p29" not in result.stderr


def test_a_speaker_has_to_be_named(plot, manifest, tmp_path: Path) -> None:
    result = plot("speaker", manifest, "-o", tmp_path / "a.png")
    assert result.exit_code == 2
    assert "--speaker" in result.stderr


def test_no_manifest_is_told(plot, tmp_path: Path) -> None:
    result = plot("speaker", tmp_path / "m.parquet", "--speaker", "a/b", "-o", tmp_path / "a.png")
    assert result.exit_code == 3
    assert "affectone corpora scan makes one" in result.stderr
