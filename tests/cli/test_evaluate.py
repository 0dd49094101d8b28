"""`affectone evaluate`: a folder with everything, from a run that nobody has to train."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import Result

from affectone.corpora import write_manifest

pytest.importorskip("torch")
pytest.importorskip("matplotlib")

Run = Callable[..., Result]
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Reads a page: tags that are not closed, what it refers to, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.places: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.places += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action")]
        if tag == "img":
            self.pictures.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1:] != ["style"]:
            self.words.append(data.strip())


@pytest.fixture
def evaluate(invoke: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs `affectone evaluate ARGUMENTS -o tmp_path/report`."""

    def run(*arguments: object) -> Result:
        line = ["evaluate", *map(str, arguments), "-o", str(tmp_path / "report")]
        monkeypatch.setattr(sys, "argv", ["affectone", *line])
        return invoke(line)

    return run


def report(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "report" / "report.json").read_text())
    return read


def page(folder: Path) -> Page:
    return Page((folder / "report" / "report.html").read_text("utf-8"))


def test_a_run_becomes_a_report(evaluate: Run, made_run: ModuleType, tmp_path: Path) -> None:
    run = made_run.write_run(tmp_path / "run")
    result = evaluate(run)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "made:two2 on made: UAR 90.62 (" in result.stderr
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == [
        *("confusion-made.png", "learning.png", "precision-recall-made.png", "reliability-made.png"),
        *("report.html", "report.json", "roc-made.png"),
    ]
    assert report(tmp_path)["command"] == f"affectone evaluate {run} -o {tmp_path / 'report'}"


def test_the_page_needs_nothing_else(evaluate: Run, made_run: ModuleType, tmp_path: Path) -> None:
    evaluate(made_run.write_run(tmp_path / "run"))
    read = page(tmp_path)
    assert (read.wrong, read.open) == ([], [])
    assert len(read.pictures) == 5
    assert all(place.startswith("data:image/png;base64,") for place in read.places)
    assert all(picture["alt"] for picture in read.pictures)
    assert not {"script", "link", "iframe", "a"} & set(read.tags)
    text = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert re.findall(r"https?:|url\(|@import", text) == []


def test_the_page_says_what_was_found(evaluate: Run, made_run: ModuleType, tmp_path: Path) -> None:
    run = made_run.write_run(tmp_path / "run")
    _, manifest, _ = made_run.write_files(tmp_path)
    evaluate(run, "--manifest", manifest)
    words = page(tmp_path).words
    for wanted in ("90.62", "93.33", "88.24", "made/b-sad-1.wav", "weak", "under 2 s", "by hand"):
        assert any(wanted.replace("made/", "") in word for word in words), wanted
    assert words[words.index("most listeners: the label that was meant") + 1] == "50.00"


def test_warnings_stand_at_the_top(evaluate: Run, made_run: ModuleType, tmp_path: Path) -> None:
    run = made_run.write_run(tmp_path / "run", name="made-shared", warnings=["a <b> stands on both sides"])
    result = evaluate(run)
    assert "affectone: made-shared is NOT speaker-independent: " in result.stderr
    assert "affectone: warning: a <b> stands on both sides\n" in result.stderr
    words = page(tmp_path).words
    assert words.index("a <b> stands on both sides") < words.index("Scores")


def test_two_runs_are_compared(evaluate: Run, made_run: ModuleType, tmp_path: Path) -> None:
    run, other = made_run.write_run(tmp_path / "run"), made_run.write_run(tmp_path / "other", mistakes={})
    result = evaluate(run, "--against", other)
    assert f"against {other}. Of 32 clips both answer 29 right and neither 0; 0 are right" in result.stderr
    assert report(tmp_path)["comparison"]["corpora"][0]["uar_difference"] == -9.38
    assert "difference" in page(tmp_path).words


def test_predictions_of_somebody_else(evaluate: Run, made_run: ModuleType, tmp_path: Path) -> None:
    file, manifest, protocol = made_run.write_files(tmp_path)
    run = made_run.write_run(tmp_path / "run")
    result = evaluate(
        *("--predictions", file, "--protocol", protocol, "--manifest", manifest, "--against", run)
    )
    assert result.exit_code == 0
    found = report(tmp_path)
    assert (found["name"], found["clips"], found["curves"]) == (str(file), 32, [])
    assert found["comparison"]["corpora"][0]["uar_difference"] == 0
    assert {row["by"] for row in found["corpora"][0]["slices"]} == {"sex", "age", "intensity", "duration"}


def test_predictions_are_parted_by_the_ethnicity_of_the_manifest(
    evaluate: Run, made_run: ModuleType, tmp_path: Path
) -> None:
    file, manifest, protocol = made_run.write_files(tmp_path)
    write_manifest(made_run.manifest().assign(ethnicity="sorbian"), manifest)
    evaluate("--predictions", file, "--protocol", protocol, "--manifest", manifest)
    parts = report(tmp_path)["corpora"][0]["slices"]
    assert [row["of"] for row in parts if row["by"] == "ethnicity"] == ["sorbian"]
    assert "sorbian" in page(tmp_path).words


def test_a_corpus_instead_of_a_manifest(evaluate: Run, made_run: ModuleType, tmp_path: Path) -> None:
    # Loaders know clips by their names; this one has 24 speakers, of whom two are here.
    root = tmp_path / "savee"
    for speaker in ("DC", "JE", "JK", "KL"):
        for code in ("a01", "h01"):
            (root / speaker).mkdir(parents=True, exist_ok=True)
            (root / speaker / f"{code}.wav").touch()
    file = tmp_path / "theirs.csv"
    rows = [
        f"savee/{speaker}_{code},angry" for speaker in ("DC", "JE", "JK", "KL") for code in ("a01", "h01")
    ]
    file.write_text("\n".join(["id,predicted", *rows]))
    result = evaluate("--predictions", file, "--protocol", "savee:loso4", "--corpus", f"savee={root}")
    assert result.exit_code == 0, result.stderr
    assert report(tmp_path)["corpora"][0]["score"]["uar_pooled"] == 50.0


def test_a_report_twice_is_the_same(evaluate: Run, made_run: ModuleType, tmp_path: Path) -> None:
    run = made_run.write_run(tmp_path / "run")
    evaluate(run)
    first = {path.name: path.read_bytes() for path in (tmp_path / "report").iterdir()}
    evaluate(run)
    assert {path.name: path.read_bytes() for path in (tmp_path / "report").iterdir()} == first
