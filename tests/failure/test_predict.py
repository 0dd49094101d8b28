"""`affectone predict` on bad input: what it says, and how it ends. None of it kills the rest of a run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from typer.testing import Result

RATE = 16000


@pytest.fixture
def predict(invoke: Callable[..., Result], tiny_model: Path) -> Callable[..., Result]:
    """Return a function that runs `affectone predict ARGUMENTS --format json` over the tiny model."""

    def run(*arguments: object, stdin: bytes = b"") -> Result:
        return invoke(["predict", "--model", tiny_model, "--format", "json", *arguments], stdin)

    return run


@pytest.fixture
def clip(tiny: ModuleType, tmp_path: Path) -> Path:
    """Return a WAV with two seconds of speech."""
    path = tmp_path / "speech.wav"
    sf.write(path, tiny.spoken_clip(2.0), RATE)
    return path


def rows_of(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


REFUSED = {
    "empty.wav": r"is empty \(0 bytes\)",
    "text.wav": r"is text, not audio",
    "pointer.wav": r"is a Git LFS pointer, not audio; run git lfs pull",
    "picture.wav": r"is a PNG picture, not audio",
    "noise.wav": r"is not audio in any format that is known here",
    "header_only.wav": r"holds no sound \(0 samples\)",
    "film_without_sound.mp4": r"holds video but no sound",
    "nan.wav": r"1 of \d+ samples are NaN or infinite, the first at 1\.500 s",
    "infinite.wav": r"1 of \d+ samples are NaN or infinite, the first at 1\.500 s",
    "cut_to_nothing.wav": r"cut short: promised 10\.00 s, read 0\.10 s; less than 0\.3 s is left",
    "cut.wav": r"cut short: promised 10\.00 s, read 3\.00 s; 0\.00 s of speech is left",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_status_3_with_one_line(predict, bad_file, name: str) -> None:
    path = bad_file(name)
    result = predict(path)
    assert result.exit_code == 3
    assert re.fullmatch(f"affectone: {re.escape(str(path))}: {REFUSED[name]}\n", result.stderr)


@pytest.mark.parametrize("name", REFUSED)
def test_its_entry_carries_the_error_and_nothing_else(predict, bad_file, name: str) -> None:
    path = bad_file(name)
    (row,) = rows_of(predict(path))
    assert {field for field, value in row.items() if value is not None} == {"file", "error"}
    assert re.search(REFUSED[name], row["error"])


@pytest.mark.parametrize("name", REFUSED)
def test_it_does_not_stop_the_others(predict, bad_file, clip: Path, name: str) -> None:
    path = bad_file(name)
    result = predict(clip.parent)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    answers = {row["file"]: row for row in rows_of(result)}
    assert set(answers) == {str(path), str(clip)}
    assert answers[str(clip)]["label"] is not None


NO_SPEECH = {
    "silent.wav": ["silent: peak 0"],
    "short.wav": [],
    "film.mp4": [],
    "eight_khz.wav": [],
    "96_khz.wav": [],
    "stereo.wav": [],
    "six_channels.wav": [],
    "double.wav": [],
    "aiff.wav": ["named .wav but holds AIFF"],
}


@pytest.mark.parametrize("name", NO_SPEECH)
def test_sound_without_speech_is_no_emotion_and_no_error(predict, bad_file, name: str) -> None:
    result = predict(bad_file(name))
    (row,) = rows_of(result)
    assert (result.exit_code, result.stderr) == (0, "")
    assert (row["label"], row["scores"], row["unsure"], row["reason"]) == (None, {}, True, "no speech")
    assert row["warnings"] == NO_SPEECH[name]


@pytest.mark.parametrize("name", ["chord.flac", "music", "noise"])
def test_music_and_noise_are_no_emotion(predict, repo_root: Path, tmp_path: Path, name: str) -> None:
    time = np.arange(4 * RATE) / RATE
    noise = 0.3 * np.random.default_rng(0).standard_normal(time.size)
    melody = np.sin(2 * np.pi * np.array([262, 330, 392, 523])[(2 * time).astype(int) % 4] * time)
    made = {"music": 0.5 * melody, "noise": noise.clip(-1, 1)}
    path = repo_root / "examples" / name
    if name in made:
        path = tmp_path / f"{name}.wav"
        sf.write(path, made[name], RATE)
    (row,) = rows_of(predict(path))
    assert (row["label"], row["reason"]) == (None, "no speech")


READABLE: dict[str, tuple[int, int, str]] = {
    "8 kHz": (8000, 1, "PCM_16"),
    "96 kHz": (96000, 1, "PCM_24"),
    "stereo": (RATE, 2, "PCM_16"),
    "six channels": (RATE, 6, "PCM_16"),
    "unsigned 8 bit": (RATE, 1, "PCM_U8"),
    "64 bit": (RATE, 1, "DOUBLE"),
}


@pytest.mark.parametrize("name", READABLE)
def test_speech_of_another_shape_is_answered(predict, tiny: ModuleType, tmp_path: Path, name: str) -> None:
    rate, channels, subtype = READABLE[name]
    sound = np.repeat(tiny.speech(2.0, rate=rate)[:, np.newaxis], channels, axis=1)
    sf.write(tmp_path / "other.wav", sound, rate, subtype=subtype)
    result = predict(tmp_path / "other.wav")
    (row,) = rows_of(result)
    assert (result.exit_code, result.stderr) == (0, "")
    assert sum(row["scores"].values()) == pytest.approx(1, abs=1e-9)


def test_a_cut_recording_with_speech_is_answered_with_a_warning(predict, clip: Path) -> None:
    clip.write_bytes(clip.read_bytes()[: 44 + 2 * 2 * RATE])
    result = predict(clip)
    (row,) = rows_of(result)
    assert result.exit_code == 0
    assert row["label"] is not None
    assert row["warnings"] == ["cut short: promised 3.00 s, read 2.00 s"]


def test_a_tenth_of_a_second_of_speech_is_at_best_too_short(
    predict, tiny: ModuleType, tmp_path: Path
) -> None:
    sf.write(tmp_path / "short.wav", tiny.speech(0.1), RATE)
    (row,) = rows_of(predict(tmp_path / "short.wav"))
    assert row["unsure"] is True
    assert row["reason"] in ("no speech", "too short")


def test_a_missing_file(predict, tmp_path: Path) -> None:
    result = predict(tmp_path / "none.wav")
    assert (result.exit_code, result.stderr) == (3, f"affectone: {tmp_path}/none.wav: no such file\n")


def test_a_folder_without_audio(predict, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("words")
    result = predict(tmp_path)
    assert (result.exit_code, result.stderr) == (3, f"affectone: no audio in {tmp_path}\n")
    assert rows_of(result) == []


def test_a_folder_without_audio_beside_a_recording(predict, clip: Path) -> None:
    (clip.parent / "nothing").mkdir()
    result = predict(clip.parent / "nothing", clip)
    assert result.exit_code == 1
    assert len(rows_of(result)) == 1


def test_a_named_file_that_is_not_audio(predict, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("words that are no sound")
    result = predict(tmp_path / "notes.txt")
    assert result.exit_code == 3
    assert result.stderr == f"affectone: {tmp_path}/notes.txt: is text, not audio\n"


def test_nothing_on_standard_input(predict) -> None:
    result = predict("-")
    assert result.exit_code == 3
    assert re.fullmatch(r"affectone: <\w+>: is empty \(0 bytes\)\n", result.stderr)


def test_a_symlink_loop_as_a_file(predict, tmp_path: Path) -> None:
    (tmp_path / "loop.wav").symlink_to("loop.wav")
    result = predict(tmp_path / "loop.wav")
    assert (result.exit_code, result.stderr) == (3, f"affectone: {tmp_path}/loop.wav: is a symlink loop\n")


def test_a_folder_that_links_to_itself_is_searched_once(predict, clip: Path) -> None:
    (clip.parent / "again").symlink_to(clip.parent, target_is_directory=True)
    result = predict(clip.parent)
    assert result.exit_code == 0
    assert len(rows_of(result)) == 1


def test_a_file_without_permission(predict, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    # Not by chmod: the administrator, as whom containers run, may read everything.
    monkeypatch.setattr("affectone.audio.sources.open", forbidden, raising=False)
    result = predict(clip)
    assert (result.exit_code, result.stderr) == (3, f"affectone: {clip}: no permission to read it\n")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_utf8(predict, clip: Path) -> None:
    odd = os.fsencode(clip.parent) + b"/caf\xe9.wav"
    os.rename(clip, odd)
    result = predict(clip.parent)
    (row,) = rows_of(result)
    assert result.exit_code == 0
    assert row["file"] == f"{clip.parent}/caf\\xe9.wav"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_a_full_disk_under_standard_output(clip: Path, tiny_model: Path, form: str) -> None:
    line = [sys.executable, "-m", "affectone", "predict", clip, "--model", tiny_model, "--format", form]
    with open("/dev/full", "w") as full:
        done = subprocess.run(line, stdout=full, stderr=subprocess.PIPE, text=True)
    words = "affectone: standard output: cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (3, words)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_under_the_output_file(predict, clip: Path) -> None:
    result = predict(clip, "-o", "/dev/full")
    assert result.exit_code == 3
    assert result.stderr == "affectone: /dev/full: cannot be written: No space left on device\n"


def test_a_disk_that_fills_keeps_what_was_written_and_what_stood_there(
    predict, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from affectone.cli import output

    target = tmp_path / "answers.jsonl"
    target.write_text("yesterday's answers\n")
    sf.write(tmp_path / "a.wav", *sf.read(clip))
    write = output.Output.write
    written = []

    def fills(self: output.Output, text: str) -> None:
        written.append(text)
        if len(written) > 1:
            with output._errors_named(self._name):
                raise OSError(28, "No space left on device")
        write(self, text)

    monkeypatch.setattr(output.Output, "write", fills)
    result = predict(tmp_path, "--format", "jsonl", "-o", target)
    assert result.exit_code == 3
    (part,) = tmp_path.glob("affectone-*.part")
    assert result.stderr.splitlines() == [
        f"affectone: what was written so far is in {part}",
        f"affectone: {target}: cannot be written: No space left on device",
    ]
    assert target.read_text() == "yesterday's answers\n"
    assert json.loads(part.read_text())["file"].endswith("a.wav")


@pytest.mark.parametrize(
    ("place", "words"), [("none/answers.json", "No such file or directory"), (".", "Is a directory")]
)
def test_an_output_that_cannot_be_made(predict, clip: Path, tmp_path: Path, place: str, words: str) -> None:
    result = predict(clip, "-o", tmp_path / place)
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == f"affectone: {tmp_path / place}: cannot be written: {words}\n"


def names_of(clip: Path) -> dict[str, str]:
    """Return names of the recording `clip`, each by another way."""
    os.link(clip, clip.with_name("hard.wav"))
    clip.with_name("soft.wav").symlink_to(clip)
    return {
        "itself": str(clip),
        "another spelling": f"{clip.parent}/../{clip.parent.name}/{clip.name}",
        "a hard link": str(clip.with_name("hard.wav")),
        "a soft link": str(clip.with_name("soft.wav")),
    }


@pytest.mark.parametrize("name", ["itself", "another spelling", "a hard link", "a soft link"])
def test_a_recording_is_not_overwritten(predict, clip: Path, name: str) -> None:
    before, output = clip.read_bytes(), names_of(clip)[name]
    result = predict(clip, "-o", output)
    assert result.exit_code == 2
    assert result.stderr == (
        f"affectone: -o {Path(output)} is one of the recordings to read; it would be overwritten\n"
    )
    assert clip.read_bytes() == before


def test_a_recording_to_adapt_to_is_not_overwritten(predict, clip: Path, tmp_path: Path) -> None:
    voice = tmp_path / "voice.wav"
    before = voice.write_bytes(clip.read_bytes())
    result = predict(clip, "--adapt", voice, "-o", voice)
    assert (result.exit_code, voice.stat().st_size) == (2, before)
    assert result.stderr == (
        f"affectone: -o {voice} is one of the recordings to read; it would be overwritten\n"
    )


def test_a_recording_in_a_folder_is_not_overwritten(predict, clip: Path) -> None:
    before = clip.read_bytes()
    assert predict(clip.parent, "-o", clip).exit_code == 2
    assert clip.read_bytes() == before


def test_a_recording_on_standard_input_is_not_overwritten(clip: Path, tiny_model: Path) -> None:
    before = clip.read_bytes()
    line = [sys.executable, "-m", "affectone", "predict", "-", "--model", tiny_model, "-o", clip]
    with clip.open("rb") as stdin:
        assert subprocess.run(line, stdin=stdin, capture_output=True).returncode == 2
    assert clip.read_bytes() == before


def test_a_recording_named_as_an_unfinished_output_is_kept(predict, clip: Path) -> None:
    part = clip.rename(clip.with_name("answers.part"))
    before = part.read_bytes()
    assert predict(part, "-o", clip.with_name("answers")).exit_code == 0
    assert part.read_bytes() == before


def test_an_output_of_the_longest_name(predict, clip: Path, tmp_path: Path) -> None:
    longest = tmp_path / ("a" * 252)
    assert predict(clip, "-o", longest).exit_code == 0
    assert len(json.loads(longest.read_text())) == 1


def test_an_output_of_a_longer_name(predict, clip: Path, tmp_path: Path) -> None:
    result = predict(clip, "-o", tmp_path / ("a" * 300))
    assert result.exit_code == 3
    assert result.stderr.endswith("aaa: cannot be written: File name too long\n")


def test_nothing_stays_beside_an_output_for_which_nothing_was_written(
    predict, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("affectone.cli.predict.write_predictions", interrupted)
    result = predict(clip, "-o", tmp_path / "answers.json")
    assert (result.exit_code, result.stderr) == (130, "")
    assert list(tmp_path.iterdir()) == [clip]


EMPTY = {
    "path": (("",), "a PATH is empty; it must be a file, a folder, or - for standard input"),
    "model": (("clip.wav", "--model", ""), "a model is given by its name or its folder; got ''"),
    "output": (("clip.wav", "-o", ""), "Invalid value for '--output' / '-o': the path is empty"),
}


@pytest.mark.parametrize("what", EMPTY)
def test_an_empty_argument_is_not_the_working_directory(predict, what: str) -> None:
    arguments, words = EMPTY[what]
    result = predict(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


@pytest.mark.parametrize("jobs", ["0", "257", "99999999999999999999"])
def test_a_number_of_jobs_out_of_range(predict, clip: Path, jobs: str) -> None:
    result = predict(clip, "--jobs", jobs)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Invalid value for '--jobs'" in result.stderr


@pytest.mark.skipif(os.name != "posix", reason="other systems refuse such names")
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_name_steers_no_terminal(predict, tmp_path: Path, form: str) -> None:
    odd = tmp_path / "two  spaces\n\x1b[2J.wav"
    odd.write_bytes(b"")
    result = predict(odd, "--format", form)
    assert "\x1b" not in result.stderr
    assert result.stderr.count("\n") == 1
    assert "two  spaces\\n\\x1b[2J.wav" in result.stderr
    if form == "table":
        assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["self"], "model tiny@0.0.1 cannot be adapted: it was trained on no encoder's states"),
        (["self", "{clip}"], "--adapt self fits to each recording by itself: give no other --adapt"),
        (["{clip}"], "model tiny@0.0.1 cannot be adapted: it was trained on no encoder's states"),
        (["{clip.parent}/empty"], "--adapt: what a model is fitted to has to be readable, all of it"),
    ],
)
def test_what_cannot_be_adapted_to(predict, clip: Path, given: list[str], words: str) -> None:
    (clip.parent / "empty").mkdir()
    options = [part for path in given for part in ("--adapt", path.format(clip=clip))]
    result = predict(clip, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_an_unknown_model(predict, clip: Path) -> None:
    result = predict(clip, "--model", "egde")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("affectone: unknown model 'egde'; ")


@pytest.mark.soak
def test_ten_hours_of_sound(predict, tiny: ModuleType, tmp_path: Path) -> None:
    minute = np.tile(tiny.spoken_clip(5.0), 10)
    with sf.SoundFile(tmp_path / "long.wav", "w", RATE, 1, "PCM_16") as file:
        for _ in range(600):
            file.write(minute)
    (row,) = rows_of(predict(tmp_path / "long.wav"))
    assert row["duration_seconds"] == pytest.approx(36_000)
    assert row["speech_seconds"] == pytest.approx(30_000, rel=0.1)


QUIRKS = {
    "03-01-02-01-01-02-01.wav": (0, None, []),
    "03-01-05-02-01-01-08.wav": (0, None, []),
    "03a01Fa.wav": (0, None, []),
    "1001_DFA_ANG_XX.lfs-pointer.wav": (3, "is a Git LFS pointer, not audio; run git lfs pull", None),
    "1076_MTI_SAD_XX.wav": (0, "no speech", ["silent: peak 0"]),
    "DC_a01.wav": (0, None, []),
    "KS0_surprised_70.wav": (0, None, []),
    "OAF_food_fear.wav": (0, None, []),
    "YAF_germ_angry.wav": (0, None, ["named .wav but holds AIFF"]),
    "YAF_neat_fear.wav": (0, None, ["named .wav but holds AIFF"]),
}


@pytest.mark.corpora
@pytest.mark.parametrize("name", QUIRKS)
def test_files_that_break_naive_readers(predict, corpora_root: Path, name: str) -> None:
    status, words, warnings = QUIRKS[name]
    result = predict(corpora_root / "quirks" / name)
    (row,) = rows_of(result)
    assert result.exit_code == status
    assert row["warnings"] == warnings
    if status:
        assert result.stderr.endswith(f"{name}: {words}\n")
    elif words:
        assert (row["label"], row["reason"]) == (None, words)
    else:
        assert row["label"] is not None
