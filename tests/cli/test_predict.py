"""`affectone predict`: four formats of the same answers."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from affectone.models import store
from affectone.recognition import Prediction, Recognizer


@pytest.fixture
def folder(clip: Path) -> Path:
    """Return a folder with speech, a silent file, and a text file that is not audio."""
    sf.write(clip.with_name("silent.wav"), np.zeros(16000), 16000)
    clip.with_name("notes.txt").write_text("not audio")
    return clip.parent


@pytest.fixture
def expected(affectone, clip: Path) -> Prediction:
    """Return what Python answers."""
    return Recognizer(store.PACKAGED / "base").predict(clip)


def test_json_is_one_list_of_what_python_answers(affectone, folder: Path, expected: Prediction) -> None:
    result = affectone("predict", folder, "--format", "json")
    rows = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [Path(row["file"]).name for row in rows] == ["clip.wav", "silent.wav"]
    assert Prediction.from_dict(rows[0]) == expected


def test_jsonl_is_one_line_each(affectone, folder: Path) -> None:
    lines = affectone("predict", folder, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["reason"] for line in lines] == [None, "no speech"]


def test_csv_has_one_column_per_score_in_the_models_order(affectone, folder: Path, expected) -> None:
    rows = list(csv.DictReader(io.StringIO(affectone("predict", folder, "--format", "csv").stdout)))
    assert list(rows[0]) == [
        *("file", "channel", "label", "confidence"),
        *(f"score_{label}" for label in expected.scores),
        *("unsure", "reason", "voice_female", "voice_male", "intensity", "agreement", "speech_seconds"),
        *("duration_seconds", "model", "adapted", "warnings", "error"),
    ]
    assert {label: float(rows[0][f"score_{label}"]) for label in expected.scores} == expected.scores
    assert (rows[1]["label"], rows[1]["score_angry"], rows[1]["unsure"]) == ("", "", "true")


def test_the_table_names_file_emotion_voice_and_doubt(affectone, folder: Path, expected) -> None:
    lines = affectone("predict", folder).stdout.splitlines()
    assert lines[0].split() == ["file", "emotion", "confidence", "voice", "note"]
    assert expected.label in lines[1]
    assert f"{expected.confidence:.0%}" in lines[1]
    assert lines[2].endswith("no speech; silent: peak 0")


def test_a_name_that_looks_like_markup_is_shown_as_it_is(affectone, clip: Path) -> None:
    odd = clip.rename(clip.with_name("[red]call.wav"))
    assert str(odd) in affectone("predict", odd).stdout


def test_standard_input_is_a_dash(affectone, clip: Path, expected: Prediction) -> None:
    result = affectone("predict", "-", "--format", "json", stdin=clip.read_bytes())
    (row,) = json.loads(result.stdout)
    assert row["scores"] == expected.scores


def test_headerless_samples_need_raw(affectone, clip: Path, expected: Prediction) -> None:
    samples = clip.read_bytes()[44:]
    result = affectone("predict", "-", "--raw", "s16le:16000:1", "--format", "json", stdin=samples)
    assert json.loads(result.stdout)[0]["scores"] == pytest.approx(expected.scores, abs=1e-6)


def test_a_wrong_raw_format_is_a_wrong_command_line(affectone) -> None:
    result = affectone("predict", "-", "--raw", "s17:8000:1")
    assert result.exit_code == 2
    assert "unknown raw encoding 's17'" in result.stderr


def test_split_answers_for_each_channel(affectone, clip: Path) -> None:
    speech, _ = sf.read(clip)
    sf.write(clip, np.stack([speech, 0 * speech], axis=1), 16000)
    rows = json.loads(affectone("predict", clip, "--channels", "split", "--format", "json").stdout)
    assert [(row["channel"], row["label"] is None) for row in rows] == [(0, False), (1, True)]
    lines = affectone("predict", clip, "--channels", "split").stdout.splitlines()
    assert lines[0].split()[:2] == ["file", "channel"]


def test_jobs_change_nothing_but_the_time(affectone, folder: Path) -> None:
    for number in range(5):
        shutil.copy(folder / "clip.wav", folder / f"copy{number}.wav")
    one, three = (affectone("predict", folder, "--format", "json", "--jobs", jobs).stdout for jobs in (1, 3))
    assert len(json.loads(one)) == 7
    assert one == three


def test_a_path_given_twice_is_answered_once(affectone, clip: Path) -> None:
    assert len(json.loads(affectone("predict", clip, clip.parent, "--format", "json").stdout)) == 1


def test_output_goes_to_a_file_and_nothing_to_stdout(affectone, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "answers.json"
    result = affectone("predict", clip, "--format", "json", "-o", target)
    assert (result.exit_code, result.stdout) == (0, "")
    assert len(json.loads(target.read_text())) == 1
    assert [path.name for path in tmp_path.glob("answers*")] == ["answers.json"]


def test_output_through_a_link_changes_what_it_points_to(affectone, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    affectone("predict", clip, "--format", "json", "-o", tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert len(json.loads((tmp_path / "real.json").read_text())) == 1


def test_a_device_as_output_stays_a_device(affectone, clip: Path) -> None:
    assert affectone("predict", clip, "-o", "/dev/null").exit_code == 0
    assert Path("/dev/null").is_char_device()


def test_another_model_is_taken_by_its_folder(affectone, clip: Path, tiny_model: Path) -> None:
    rows = json.loads(affectone("predict", clip, "--model", tiny_model, "--format", "json").stdout)
    assert rows[0]["model"] == "tiny@0.0.1"


@pytest.mark.corpora
def test_a_folder_of_a_corpus_gives_a_result_for_each_clip(affectone, corpora_root: Path) -> None:
    clips = sorted((corpora_root / "ravdess" / "Actor_01").iterdir())
    rows = json.loads(affectone("predict", clips[0].parent, "--format", "json", "--jobs", 2).stdout)
    assert [row["file"] for row in rows] == list(map(str, clips))
    assert all(sum(row["scores"].values()) == pytest.approx(1, abs=1e-9) for row in rows if row["label"])
    assert sum(row["label"] is not None for row in rows) == len(clips) == 60


@pytest.mark.parametrize("name", ["cr\rx.wav", "lf\nx.wav", 'q"uo,te.wav', "both\r\n.wav", "plain.wav"])
def test_csv_is_read_back_as_it_was(name: str) -> None:
    from affectone.cli.formats import PredictionFormat, write_predictions
    from affectone.cli.output import Output

    place = io.StringIO(newline="")
    answers = [Prediction(file=name, label="sad"), Prediction(file="b.wav")]
    write_predictions(Output(place, "there"), answers, PredictionFormat.CSV, labels=("sad",), voices=())
    place.seek(0)
    assert [row["file"] for row in csv.DictReader(place)] == [name, "b.wav"]
    assert place.getvalue().splitlines()[0].endswith("warnings,error")
    assert "\r\n" not in place.getvalue().replace(name, "")


def test_a_terminal_that_says_it_has_no_columns_is_shown_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    from affectone.cli.formats import PredictionFormat, write_predictions
    from affectone.cli.output import Output

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "0")
    place = Terminal()
    answers = [Prediction(file="call.wav", label="sad", confidence=0.5)]
    write_predictions(Output(place, "there"), answers, PredictionFormat.TABLE, labels=("sad",), voices=())
    assert "call.wav" in place.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a  b.wav", "a  b.wav"),
        ("müde 😀.wav", "müde 😀.wav"),
        ("a\nb\r\t", "a\\nb\\r\\t"),
        ("\x1b[31m\x07\x9b", "\\x1b[31m\\x07\\x9b"),
        ("\u202ertl\u2028", "\\u202ertl\\u2028"),
        ("caf\udce9", "caf\\udce9"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    from affectone.cli.status import printable

    assert printable(text) == shown
