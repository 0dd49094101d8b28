"""`affectone corpora split`: what is in each part, and a file that is read back."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import Result

from affectone.cli.corpora.split import _write
from affectone.cli.output import open_output
from affectone.corpora import COLUMNS, load_protocol, write_manifest
from affectone.labels import COMMON

EMOTIONS = ("neutral", "calm", "happy", "sad")
Run = Callable[..., Result]


def clips(corpora: dict[str, list[str]], **columns: Any) -> pd.DataFrame:
    """Return four clips a speaker, of 9 s each; every other speaker is a man."""
    rows = [
        (f"{corpus}/{speaker}_{emotion}", corpus, speaker, emotion, ("female", "male")[number % 2])
        for corpus, speakers in corpora.items()
        for number, speaker in enumerate(speakers)
        for emotion in EMOTIONS
    ]
    table = pd.DataFrame(rows, columns=["id", "corpus", "speaker", "emotion", "sex"])
    table = table.assign(path=table["id"], duration=9.0, content_hash=table["id"], recording=table["id"])
    return table.assign(**columns).reindex(columns=list(COLUMNS))


@pytest.fixture
def split(invoke: Run, tmp_path: Path) -> Run:
    """Return a function that writes a manifest and runs `affectone corpora split` on it."""

    def run(manifest: pd.DataFrame, *arguments: object) -> Result:
        write_manifest(manifest, tmp_path / "manifest.parquet")
        return invoke(["corpora", "split", tmp_path / "manifest.parquet", *arguments])

    return run


def shown(result: Result) -> dict[str, Any]:
    assert (result.exit_code, result.stderr) == (0, "")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


SAVEE = {"savee": ["DC", "JE", "JK", "KL"]}
RAVDESS = {"ravdess": [f"{number:02}" for number in range(1, 25)]}


def test_the_table_counts_each_part(split: Run) -> None:
    result = split(clips(SAVEE), "--protocol", "savee:loso4")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0] == ["fold", "part", "clips", "hours", "speakers", "female", "male", "classes"]
    assert lines[1][:7] == ["1", "training", "12", "0.03", "3", "2", "1"]
    assert " ".join(lines[1][7:]) == "neutral 3, calm 3, happy 3, sad 3"
    assert lines[2][:7] == ["1", "test", "4", "0.01", "1", "0", "1"]
    assert lines[7][:3] == ["4", "training", "12"]
    assert lines[9] == []
    facts = {line[0]: line[1:] for line in lines[10:]}
    assert facts["protocol"] == ["savee:loso4"]
    assert facts["sha256"] == [load_protocol("savee:loso4").digest]
    assert facts["speaker-independent"] == ["yes"]
    assert set(facts) == {"protocol", "source", "sha256", "speaker-independent"}


def test_json_says_the_same(split: Run) -> None:
    found = shown(split(clips(RAVDESS), "--protocol", "ravdess:luna5", "--format", "json"))
    assert (found["protocol"], found["kind"], found["corpora"]) == ("ravdess:luna5", "speakers", ["ravdess"])
    assert found["sha256"] == load_protocol("ravdess:luna5").digest
    assert (found["labels"], found["speaker_independent"]) == (list(EMOTIONS), True)
    assert (found["warnings"], found["notes"]) == ([], [])
    assert [fold["fold"] for fold in found["folds"]] == [1, 2, 3, 4, 5]
    assert found["folds"][0]["validation"] == {
        "clips": 8,
        "speakers": 2,
        "sexes": {"female": 1, "male": 1},
        "classes": dict.fromkeys(EMOTIONS, 2),
        "hours": 0.02,
    }


def test_what_is_not_known_is_not_counted_as_anything(split: Run) -> None:
    manifest = clips(SAVEE, duration=np.nan, sex=None)
    part = shown(split(manifest, "--protocol", "loso", "--format", "json"))["folds"][0]["test"]
    assert (part["hours"], part["sexes"]) == (None, {"unknown": 1})
    assert " unknown " in split(manifest, "--protocol", "loso").stdout.splitlines()[0]


def test_other_corpora_are_left_out_with_a_note(split: Run) -> None:
    found = shown(split(clips(SAVEE | RAVDESS), "--protocol", "savee:loso4", "--format", "json"))
    assert found["notes"] == ["savee:loso4 is about savee: 96 clips of ravdess are left out"]
    assert sum(fold["test"]["clips"] for fold in found["folds"]) == 16


def test_a_view_of_the_labels(split: Run) -> None:
    found = shown(split(clips(RAVDESS), "--protocol", "group5", "--labels", "4", "--format", "json"))
    assert found["labels"] == ["neutral", "happy", "sad"]
    assert sum(fold["test"]["clips"] for fold in found["folds"]) == 72
    joined = shown(split(clips(RAVDESS), "--protocol", "group5", "--labels", "valence", "--format", "json"))
    assert joined["labels"] == ["neutral", "negative", "positive"]
    assert sum(fold["test"]["clips"] for fold in joined["folds"]) == 96


@pytest.mark.parametrize("name", ["ravdess:luna5", "group5", "random", "loso"])
def test_the_file_gives_the_same_folds(split: Run, tmp_path: Path, name: str) -> None:
    file = tmp_path / "mine.json"
    made = shown(split(clips(RAVDESS), "--protocol", name, "-o", file, "--format", "json"))
    assert shown(split(clips(RAVDESS), "--protocol", file, "--format", "json")) == made
    assert load_protocol(file).digest == made["sha256"]


def test_the_file_keeps_to_the_labels(split: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    line = ("--protocol", "random", "--labels", "4", "-o", file, "--format", "json")
    made = shown(split(clips(RAVDESS), *line))
    again = shown(split(clips(RAVDESS), "--protocol", file, "--format", "json"))
    assert load_protocol(file).labels == ("neutral", "happy", "sad", "angry")
    assert (again["sha256"], again["folds"]) == (made["sha256"], made["folds"])
    assert again["notes"] == [
        "mine-random is about neutral, happy, sad, angry: 24 clips of other labels are left out"
    ]


def test_labels_that_leave_nothing_out_are_the_same_protocol(split: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    line = ("--protocol", "ravdess:luna5", "--labels", "8", "-o", file, "--format", "json")
    assert shown(split(clips(RAVDESS), *line))["sha256"] == load_protocol("ravdess:luna5").digest
    assert load_protocol(file) == load_protocol("ravdess:luna5")


def test_of_many_folds_the_first_are_shown_and_json_has_all(split: Run) -> None:
    manifest = clips({"mine": [f"s{number}" for number in range(50)]})
    lines = split(manifest, "--protocol", "loso").stdout.splitlines()
    assert [line.split()[0] for line in lines if " test " in line and "mine" not in line][39:] == [
        "40",
        "folds",
    ]
    assert lines[82].split(maxsplit=1) == [
        "folds",
        "50, which test 200 clips; the first 40 are shown, --format json has all",
    ]
    assert len(shown(split(manifest, "--protocol", "loso", "--format", "json"))["folds"]) == 50


def test_a_sum_of_hours_that_is_no_number_is_not_known(split: Run) -> None:
    found = shown(split(clips(SAVEE, duration=1e308), "--protocol", "loso", "--format", "json"))
    assert found["folds"][0]["training"]["hours"] is None


@pytest.mark.parametrize("columns", [40, 80])
def test_no_number_is_cut_in_a_narrow_terminal(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    part = {
        "clips": 123456,
        "speakers": 91,
        "sexes": {"female": 43, "male": 48},
        "classes": dict.fromkeys(COMMON, 12345),
        "hours": 123.456,
    }
    fold = {"fold": 1, "training": part, "validation": part, "test": part}
    facts = {"protocol": "p", "source": "s", "sha256": "0" * 64, "speaker_independent": True}
    with open_output(None) as place:
        _write(place, facts | {"folds": [fold], "warnings": [], "notes": []})
    words = re.sub("\x1b\\[[0-9;]*m", "", capsys.readouterr().out)
    assert words.split()[:8] == ["fold", "part", "clips", "hours", "speakers", "female", "male", "classes"]
    assert words.count("123456") == words.count("123.46") == words.count("validation") * 3 == 3
    assert words.count("12345") == 3 * (len(COMMON) + 1)
    assert "\u2026" not in words


def test_a_list_of_clips_stands_though_labels_leave_some_out(split: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    shown(split(clips(RAVDESS), "--protocol", "random", "-o", file, "--format", "json"))
    found = shown(split(clips(RAVDESS), "--protocol", file, "--labels", "happy,sad", "--format", "json"))
    assert sum(fold["test"]["clips"] for fold in found["folds"]) == 48


def test_a_shared_split_says_so_in_both_forms(split: Run) -> None:
    found = shown(split(clips(SAVEE), "--protocol", "random", "--format", "json"))
    assert found["speaker_independent"] is False
    (warning,) = found["warnings"]
    assert warning.startswith(
        "speakers in both training and test of folds 1 to 5: savee/DC, savee/JE, savee/JK"
    )
    lines = split(clips(SAVEE), "--protocol", "random").stdout.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("speaker-independent")] == ["no"]
    assert [line.split(maxsplit=1)[1] for line in lines if line.startswith("warning")] == [warning]


def test_speakers_kept_together_are_told(split: Run) -> None:
    manifest = clips(SAVEE)
    manifest.loc[5, "content_hash"] = manifest.loc[0, "content_hash"]
    found = shown(split(manifest, "--protocol", "loso", "--format", "json"))
    assert found["notes"] == ["speakers who share recordings stay together: savee/JE with savee/DC"]
    assert [fold["test"]["speakers"] for fold in found["folds"]] == [2, 1, 1]
