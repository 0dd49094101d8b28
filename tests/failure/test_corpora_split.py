"""`affectone corpora split` on a wrong command line or a manifest that does not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import Result

from affectone.corpora import COLUMNS, Protocol, save_protocol, write_manifest
from affectone.corpora.protocol import Fold

Run = Callable[..., Result]


@pytest.fixture
def split(invoke: Run, tmp_path: Path) -> Run:
    """Return a function that runs `affectone corpora split` on four clips of SAVEE's four speakers."""

    def run(*arguments: object, **columns: object) -> Result:
        speakers = ["DC", "JE", "JK", "KL"]
        table = pd.DataFrame({"id": [f"savee/{name}" for name in speakers], "speaker": speakers})
        table = table.assign(corpus="savee", emotion="sad", path="x.wav", content_hash=table["id"])
        table = table.assign(**columns).reindex(columns=list(COLUMNS))
        write_manifest(table, tmp_path / "manifest.parquet")
        return invoke(["corpora", "split", tmp_path / "manifest.parquet", *arguments])

    return run


def refused(result: Result, status: int = 3) -> str:
    """Return the one line that a refused command said."""
    assert (result.exit_code, result.stdout) == (status, "")
    assert result.stderr.startswith("affectone: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("affectone: ").rstrip("\n")


def test_no_protocol(split: Run) -> None:
    result = split()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Missing option '--protocol'" in result.stderr


def test_an_unknown_protocol_is_answered_with_the_nearest(split: Run) -> None:
    assert refused(split("--protocol", "savee:loso")).startswith(
        "unknown protocol 'savee:loso'; did you mean 'savee:loso4'? known: "
    )


def test_an_unknown_view_is_a_wrong_command_line(split: Run) -> None:
    assert "'5'" in refused(split("--protocol", "loso", "--labels", "5"), 2)


def test_an_output_that_could_not_be_read_back(split: Run, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.parquet"
    words = refused(split("--protocol", "loso", "-o", manifest), 2)
    assert words == f"-o wants a name that ends in .json; got {manifest}"
    assert manifest.read_bytes()[:4] == b"PAR1"


def test_an_output_in_no_folder(split: Run, tmp_path: Path) -> None:
    place = tmp_path / "no" / "mine.json"
    words = refused(split("--protocol", "loso", "-o", place), 2)
    assert words == f"-o {place}: there is no folder {place.parent}"


def test_an_output_that_is_something_else(split: Run, tmp_path: Path) -> None:
    place = tmp_path / "package.json"
    place.write_text('{"name": "mine"}')
    words = refused(split("--protocol", "loso", "-o", place), 2)
    assert words == f"-o {place} is there and is no protocol; name another file"
    assert place.read_text() == '{"name": "mine"}'


def test_an_edited_protocol_may_be_made_anew(split: Run, tmp_path: Path) -> None:
    place = tmp_path / "mine.json"
    assert split("--protocol", "loso", "-o", place).exit_code == 0
    place.write_text(place.read_text(encoding="utf-8").replace("savee/DC", "savee/XX"), encoding="utf-8")
    assert split("--protocol", "loso", "-o", place).exit_code == 0
    assert split("--protocol", place).exit_code == 0


def test_an_output_for_labels_that_are_joined(split: Run, tmp_path: Path) -> None:
    place = tmp_path / "mine.json"
    words = refused(split("--protocol", "loso", "--labels", "valence", "-o", place), 2)
    assert words == (
        "a protocol's file names common labels, and the view valence joins some; leave out -o, or --labels: "
        "the folds are of the same people with any labels"
    )
    assert not place.exists()


def test_a_number_of_groups_that_cannot_be(split: Run) -> None:
    words = refused(split("--protocol", "group1"))
    assert words == "group wants a number of folds from 2 to 999, such as group5; got group1"


def test_a_speaker_spelt_in_two_ways(split: Run) -> None:
    words = refused(split("--protocol", "loso", speaker=["3", "03", "DC", "KL"]))
    assert words == (
        "loso would take 'savee/03' and 'savee/3' for two people: write a speaker in one way, or give two "
        "people names that differ by more"
    )


@pytest.mark.parametrize("other", ["Ann  Lee", "ann lee", "Ann\u00a0Lee"])
def test_a_speaker_spelt_with_other_spaces(split: Run, other: str) -> None:
    words = refused(split("--protocol", "loso", speaker=["Ann Lee", other, "DC", "KL"]))
    assert words.startswith("loso would take ")
    assert repr(f"savee/{other}") in words


@pytest.mark.parametrize("protocol", ["loso", "group2", "leave-corpus-out"])
def test_a_corpus_spelt_in_two_ways(split: Run, protocol: str) -> None:
    corpora = ["calls", "Calls", "calls", "Calls"]
    words = refused(split("--protocol", protocol, corpus=corpora, speaker=["1", "1", "2", "3"]))
    assert words.startswith(f"{protocol} would take 'Calls/1' and 'calls/1' for two people: ")


def test_space_around_a_corpus_is_none_of_its_name(split: Run) -> None:
    words = refused(split("--protocol", "group5", corpus=["calls", "calls ", " calls", "calls"]))
    assert words.startswith("group5 wants 5 speakers or more who share no recording; the manifest holds 4")
    assert split("--protocol", "loso", corpus=["calls", "calls ", " calls", "calls"]).exit_code == 0


def test_no_manifest(invoke: Run, tmp_path: Path) -> None:
    words = refused(invoke(["corpora", "split", tmp_path / "no.parquet", "--protocol", "loso"]))
    assert words.startswith(f"no manifest {tmp_path / 'no.parquet'}; ")


def test_another_corpus(split: Run) -> None:
    words = refused(split("--protocol", "tess:cross2"))
    assert words == "tess:cross2 is about tess; the manifest holds savee"


def test_a_missing_speaker(split: Run) -> None:
    words = refused(split("--protocol", "savee:loso4", speaker=["DC", "DC", "JK", "KL"]))
    assert words == "savee:loso4, fold 1: the manifest lacks speakers savee/JE"


def test_fewer_speakers_than_folds(split: Run) -> None:
    words = refused(split("--protocol", "group5"))
    assert words.startswith(
        "group5 wants 5 speakers or more who share no recording; the manifest holds 4: use loso"
    )


def test_nobody_says_who_speaks(split: Run) -> None:
    words = refused(split("--protocol", "loso", speaker=None))
    assert words.startswith("loso wants to know who speaks; 4 of 4 clips have no speaker: savee/DC, ")
    assert "Scan with --speaker" in words


@pytest.mark.parametrize(
    ("column", "what"), [("content_hash", "equal audio"), ("recording", "altered copies of a recording")]
)
def test_recordings_of_two_speakers_are_named(split: Run, column: str, what: str) -> None:
    words = refused(split("--protocol", "savee:loso4", **{column: ["same", "p", "q", "same"]}))
    assert words == (
        f"savee:loso4 leaks: {what} in both training and test of folds 2 and 3: savee/DC and savee/KL. "
        "What to do: leave out one of each pair: savee/DC"
    )


def test_a_file_that_shares_speakers_under_an_honest_name(split: Run, tmp_path: Path) -> None:
    protocol = Protocol("mine", "me", ("savee",), (Fold(("savee/DC",)),), kind="clips")
    save_protocol(protocol, tmp_path / "mine.json")
    words = refused(split("--protocol", tmp_path / "mine.json", speaker=["DC", "DC", "JK", "KL"]))
    assert words == (
        "mine leaks: speakers in both training and test of fold 1: savee/DC; such as the clips savee/JE and "
        "savee/DC. What to do: a protocol that shares speakers on purpose has a name that ends in shared"
    )


def test_an_edited_file(split: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    assert split("--protocol", "loso", "-o", file).exit_code == 0
    file.write_text(file.read_text(encoding="utf-8").replace("savee/DC", "savee/XX"), encoding="utf-8")
    assert refused(split("--protocol", file)).startswith(f"{file} was edited: ")


LONG = "a" * 300


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["corpora", "split", f"{LONG}.csv", "--protocol", "loso"], f"no manifest {LONG}.csv; "),
        (["corpora", "scan", f"folder={LONG}", "-o", "m.csv"], f"folder: no folder {LONG}"),
        (["evaluate", LONG, "-o", "report"], ""),
        (["report", LONG], ""),
    ],
    ids=["split", "scan", "evaluate", "report"],
)
def test_a_name_that_is_too_long(
    invoke: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke(line)
    assert result.exit_code in (2, 3)
    assert result.stderr.startswith(f"affectone: {words}")
