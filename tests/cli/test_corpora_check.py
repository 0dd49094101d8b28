"""`affectone corpora check`: the findings as a table and as JSON, and the exit status."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from typer.testing import Result

from affectone.corpora import Clip, facts, to_manifest, write_manifest

RATE = 16000
Run = Callable[..., Result]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Write eight clips of two speakers and two emotions, and return their folder, beside the manifest."""
    folder = tmp_path / "mine"
    folder.mkdir()
    random = np.random.default_rng(3)
    for name in (f"{who}_{emotion}_{take}" for who in "ab" for emotion in ("happy", "sad") for take in "12"):
        sf.write(folder / f"{name}.wav", 0.1 * random.standard_normal(4000).clip(-3, 3), RATE)
    return folder


@pytest.fixture
def check(invoke: Run, corpus: Path, tmp_path: Path) -> Run:
    """Return a function that writes the manifest of what the corpus was and checks it."""
    clips = [
        Clip(f"mine/{path.stem}", path, "mine", *path.stem.split("_")[:2], path.stem.split("_")[1])
        for path in sorted(corpus.iterdir())
    ]
    manifest = tmp_path / "manifest.csv"
    write_manifest(to_manifest(clips), manifest)

    def run(*options: str) -> Result:
        line = ("corpora", "check", manifest, "--cache", tmp_path / "cache", "--jobs", "1")
        return invoke([*line, *options])

    return run


def test_a_clean_corpus_is_said_to_be_one(check: Run) -> None:
    result = check()
    assert (result.exit_code, result.stdout) == (0, "nothing is wrong\n")


def test_a_clean_corpus_is_an_empty_list_to_programs(check: Run) -> None:
    assert json.loads(check("--format", "json").stdout) == []


def test_errors_come_first_and_end_with_status_1(check: Run, corpus: Path) -> None:
    sf.write(corpus / "a_happy_1.wav", np.zeros(RATE), RATE)
    (corpus / "b_sad_2.wav").unlink()
    result = check()
    assert result.exit_code == 1
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [line[0] for line in lines] == ["severity", "error", "warning"]
    assert (lines[1][1], lines[1][-1]) == ("mine", "mine/b_sad_2")


def test_warnings_end_with_status_0(check: Run, corpus: Path) -> None:
    shutil.copy(corpus / "a_happy_1.wav", corpus / "a_happy_2.wav")
    result = check()
    assert result.exit_code == 0
    assert "mine/a_happy_1 = mine/a_happy_2" in result.stdout


def test_the_table_names_the_first_few_and_json_all(check: Run, corpus: Path) -> None:
    for path in corpus.glob("a_*.wav"):
        path.write_bytes(b"")
    assert result_line(check()).endswith("mine/a_happy_1, mine/a_happy_2, mine/a_sad_1 and 1 more")
    (finding,) = json.loads(check("--format", "json").stdout)
    assert len(finding["ids"]) == len(finding["paths"]) == 4
    assert (finding["kind"], finding["severity"], finding["corpus"]) == ("unreadable", "error", "mine")


def result_line(result: Result) -> str:
    """Return the one line below the table's head."""
    (_, line) = result.stdout.splitlines()
    return line


def test_a_second_check_does_not_listen_again(
    check: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sf.write(corpus / "a_happy_1.wav", np.zeros(RATE), RATE)
    first = check().stdout
    monkeypatch.setattr(facts, "open_audio", None)
    assert check().stdout == first
    assert "mine/a_happy_1" in first
