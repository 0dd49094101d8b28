"""`affectone train --table` on tables that cannot be trained on: what it says, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import Result

pytest.importorskip("torch")

Run = Callable[..., Result]
PEOPLE = ("ada", "jo")


@pytest.fixture
def root(tmp_path: Path, tiny: ModuleType) -> Path:
    """Return a folder with eight recordings of two people and two labels."""
    tiny.write_recordings(tmp_path / "mine", ("calm", "bored caller"), PEOPLE)
    return tmp_path / "mine"


@pytest.fixture
def refused(root: Path, invoke: Run) -> Callable[..., str]:
    """Return a function that trains on a table, and returns the words of the refusal."""

    def run(content: str, *arguments: object, status: int = 3) -> str:
        (root / "calls.csv").write_text(content, encoding="utf-8")
        line = ["train", "--table", root / "calls.csv", "--model", "gaussian_nb", "-o", root / "run"]
        result = invoke([*line, "--cache", root / "cache", *arguments])
        assert (result.exit_code, result.stdout) == (status, "")
        assert not (root / "run" / "model").exists()
        return result.stderr.splitlines()[-1].removeprefix("affectone: ")

    return run


def rows(*labels: str, header: str = "path,label") -> str:
    """Return a table that gives the recordings labels, in the order of their names."""
    paths = [
        f"{label}/{who}_{take}.wav" for label in ("calm", "bored caller") for who in PEOPLE for take in (1, 2)
    ]
    return (
        "\n".join([header, *(f"{path},{label}" for path, label in zip(paths, labels, strict=False))]) + "\n"
    )


Refused = Callable[..., str]


def test_one_label_alone(refused: Refused) -> None:
    assert refused(rows(*["odd"] * 4)) == (
        "table: calls.csv: 4 clips, and all are labelled 'odd'; a model needs two labels or more to tell "
        "apart. Does --column label=NAME name another column?"
    )


def test_a_label_with_one_clip(refused: Refused) -> None:
    assert refused(rows("odd", "odd", "even", "even", "rare")) == (
        "table: calls.csv: too few clips of 'rare' (1); a label needs 2 or more: record more, leave it out, "
        "or give its clips another label"
    )


@pytest.mark.parametrize("other", ["Odd One", "odd_one", "ODD-ONE", "oddone", "odd  one"])
def test_labels_that_differ_in_nothing_a_person_would_see(refused: Refused, other: str) -> None:
    words = refused(rows("odd one", "odd one", other, "even", "even"))
    first, second = sorted(["odd one", other])
    counts = {"odd one": 2, other: 1}
    assert words == (
        f"table: column 'label' of calls.csv: the labels {first!r} ({counts[first]}) and {second!r} "
        f"({counts[second]}) differ in case, spaces or marks alone; write one of them"
    )


def test_space_around_a_label_makes_no_other(refused: Refused) -> None:
    words = refused(rows("odd", " odd", "odd ", "odd"))
    assert words.startswith("table: calls.csv: 4 clips, and all are labelled 'odd'; ")


@pytest.mark.parametrize("label", ["x" * 61, "a\tb", "\x1b[31mred"])
def test_what_is_no_label(refused: Refused, label: str) -> None:
    words = refused(rows(label, label, "even", "even"))
    assert words.endswith(
        " is no label: up to 60 letters, digits and marks in one line are; or does --column label=NAME name "
        "the column of the labels?"
    )


def test_numbers_of_another_column(refused: Refused) -> None:
    assert refused(rows("0.31", "0.32", "0.33", "0.34")).startswith(
        "table: calls.csv: too few clips of '0.31' (1), '0.32' (1), '0.33' (1), '0.34' (1); "
    )


def test_a_misspelt_column(refused: Refused) -> None:
    words = refused(rows("odd", "odd", "even", "even", header="path,lable"))
    assert words == (
        "table: calls.csv has no column 'label'; did you mean 'lable'? its columns, as the first line names "
        "them: 'path', 'lable'; --column label=lable names the one to take"
    )


def test_what_the_message_says_helps(refused: Refused) -> None:
    table = rows("odd", "odd", "odd", "odd", header="path,lable")
    assert "all are labelled 'odd'" in refused(table, "--column", "label=lable")


def test_a_column_that_is_not_there(refused: Refused) -> None:
    words = refused(rows("odd", "even"), "--column", "speaker=who")
    assert words == "--column speaker=who: calls.csv: unknown column 'who'; known: path, label"


def test_a_missing_recording_is_named(refused: Refused, root: Path) -> None:
    words = refused(rows("odd", "odd", "even", "even") + "gone.wav,odd\n")
    assert words == f"{root / 'gone.wav'}: no such file; without it this would be another corpus"


def test_missing_recordings(refused: Refused, root: Path) -> None:
    words = refused("path,label\na.wav,odd\nb.wav,even\n")
    assert words.startswith(
        "table: 2 of 2 recordings in calls.csv are not there; the first was looked for at "
    )


def test_a_row_without_a_label(refused: Refused) -> None:
    words = refused(rows("odd", "odd", "even", "even", ""))
    assert words.endswith("line 6 has no label; without it this would be another corpus")


def test_no_such_table(invoke: Run, tmp_path: Path) -> None:
    result = invoke(["train", "--table", tmp_path / "no.csv", "-o", tmp_path / "run"])
    assert (result.exit_code, result.stderr) == (3, f"affectone: table: no file {tmp_path / 'no.csv'}\n")


def test_a_table_and_a_corpus(refused: Refused, root: Path) -> None:
    assert refused(rows("odd", "even"), "--corpus", "ravdess=x", status=2) == (
        "--table keeps its own labels, and --corpus has the common ones; give one of the two. --corpus "
        f"table={root / 'calls.csv'} trains with both, its labels taken for common ones"
    )


@pytest.mark.parametrize("option", ["--column", "--speaker"])
def test_what_is_said_of_a_table_without_one(invoke: Run, tmp_path: Path, option: str) -> None:
    result = invoke(["train", "--corpus", f"ravdess={tmp_path}", option, "label=x", "-o", tmp_path / "run"])
    assert (result.exit_code, result.stderr) == (
        2,
        "affectone: --column and --speaker say what is in a table of your own: they go with --table\n",
    )


def test_settings_with_a_label_that_no_clip_has(refused: Refused, root: Path) -> None:
    (root / "run.toml").write_text('labels = ["odd", "evn"]\n', encoding="utf-8")
    words = refused(rows("odd", "odd", "even", "even"), root / "run.toml", status=2)
    assert words == "labels: unknown label 'evn'; did you mean 'even'? known: even, odd"


def test_a_protocol_of_speakers_without_speakers(refused: Refused) -> None:
    words = refused(rows("odd", "odd", "even", "even"), "--protocol", "group5")
    assert words.startswith("group5 wants to know who speaks; 4 of 4 clips have no speaker: ")


def test_too_few_speakers_for_a_protocol(refused: Refused) -> None:
    table = rows("odd,a", "odd,b", "even,a", "even,b", header="path,label,speaker")
    assert refused(table, "--protocol", "group5").startswith(
        "group5 wants 5 speakers or more who share no recording; the manifest holds 2: "
    )


def test_stopping_early_without_anybody_to_stop_by(refused: Refused, root: Path) -> None:
    (root / "run.toml").write_text("patience = 3\nepochs = 1\n", encoding="utf-8")
    words = refused(
        rows("odd", "odd", "even", "even"), root / "run.toml", "--model", "cnn1d", "--threads", 1, status=2
    )
    assert words.startswith("patience = 3: no speaker is set aside to stop by; ")
