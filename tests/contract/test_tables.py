"""Numbers that people read are those of the committed result files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from affectone.models.store import PACKAGED
from affectone.recognition import DEFAULT_MODEL

SIZE_LIMITS = {"edge": 1_000_000, "base": 20_000_000, "base-commercial": 20_000_000}
"""Bytes of a packaged network."""


def test_tables_card_and_readme_are_what_the_result_files_say(repo_root: Path) -> None:
    command = [sys.executable, "benchmarks/make_tables.py", "--check"]
    done = subprocess.run(command, cwd=repo_root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def packaged_hash(name: str) -> str:
    card = json.loads((PACKAGED / name / "card.json").read_text(encoding="utf-8"))
    return str(card["sha256"])


@pytest.mark.parametrize("file", ["browser", "small_devices", "speed", "trust"])
def test_a_measurement_is_of_the_packaged_models(file: str, repo_root: Path) -> None:
    result = json.loads((repo_root / "benchmarks" / "results" / f"{file}.json").read_text(encoding="utf-8"))
    assert {"base", "edge"} <= set(result["models"])
    for name, figures in result["models"].items():
        assert figures["sha256"] == packaged_hash(name.partition(",")[0])


@pytest.mark.parametrize("name", ["formats", "encoder", "quantised"])
def test_the_default_model_is_the_one_measured(name: str, repo_root: Path) -> None:
    file = repo_root / "benchmarks" / "results" / f"{name}.json"
    assert json.loads(file.read_text(encoding="utf-8"))["sha256"] == packaged_hash(DEFAULT_MODEL)


def test_no_packaged_model_is_under_the_bar(bench_module: Callable[[str], ModuleType]) -> None:
    tables = bench_module("robustness_tables")
    models = tables.robustness_result()["models"]
    assert DEFAULT_MODEL in models
    for name, model in models.items():
        assert model["sha256"] == packaged_hash(name)
        assert len(model["bar"]) == len(model["together"]) > 20
        assert tables.find_lost(model["together"], model["bar"], most=2.0) == []


def test_what_responsible_use_says_of_noise_is_so(
    repo_root: Path, bench_module: Callable[[str], ModuleType]
) -> None:
    rows = bench_module("robustness_tables").robustness_result()["models"]["base"]["together"]
    worst = sorted((row for row in rows if row["by"] != "clean"), key=lambda row: row["uar"])[:2]
    assert {(row["by"], row["of"]) for row in worst} == {("babble", "0 dB SNR"), ("length", "0.5 s")}
    page = (repo_root / "docs" / "explanation" / "responsible-use.md").read_text(encoding="utf-8")
    assert "talk as\n  loud as the voice and recordings of half a second cost most" in page


def test_all_packaged_models_together_keep_their_size() -> None:
    assert sum(file.stat().st_size for file in PACKAGED.rglob("*.onnx")) < 45_000_000


@pytest.mark.parametrize("name", sorted(SIZE_LIMITS))
def test_a_packaged_network_keeps_its_size(name: str) -> None:
    network = PACKAGED / name / "model.onnx"
    assert network.stat().st_size < SIZE_LIMITS[name]


def test_a_packaged_network_has_fewer_than_half_a_million_parameters() -> None:
    card = json.loads((PACKAGED / "edge" / "card.json").read_text(encoding="utf-8"))
    assert 0 < card["parameters"] < 500_000


def test_a_row_that_leaks_is_marked_and_says_how(bench_module: Callable[[str], ModuleType]) -> None:
    scores = bench_module("scores")
    found = scores.COMMERCIAL.results()
    found["base/commercial-crema_d-group5"] |= {
        "protocol": "crema_d:emobox-shared",
        "speaker_independent": False,
        "warnings": ["speakers in both training and test"],
    }
    rows = scores.score_rows(found)
    marked = [line for line in scores.table(rows, found).splitlines() if "²" in line]
    assert [line.split(" | ")[1] for line in marked] == ["`crema_d:emobox-shared` ²"]
    notes = scores.notes(rows, found)
    assert notes.startswith("All speakers tested but in rows marked ² are unseen: ")
    assert "² `crema_d:emobox-shared`: speakers in both training and test." in notes


def adapted(**clips: int) -> dict[str, object]:
    """Return a result of 10 angry and 20 sad clips, and samples that leave so many of them to be tested."""
    rows = [
        {"sample": name.replace("_", " ").replace(" only", ", angry only"), "clips": count, "uar": 50.0}
        for name, count in clips.items()
    ]
    score = {"corpus": "tess", "seeds": 2, "labels": ["angry", "sad"], "confusion": [[20, 0], [10, 30]]}
    return {"scores": [score], "adaptation": {"tess": rows}}


@pytest.fixture
def scores(bench_module: Callable[[str], ModuleType]) -> ModuleType:
    return bench_module("scores")


def test_a_sample_that_takes_all_of_its_emotion_shows_nothing(scores: ModuleType) -> None:
    for left, shown in ((20, False), (25, True)):
        rows = scores.adapted_rows(adapted(**{"10_clips_of_the_speaker_only": left}), "tess")
        assert [row["sample"] for row in rows] == ["10 clips of the speaker, angry only"] * shown


def test_clips_of_a_corpus_that_are_one_speakers_are_called_so(scores: ModuleType) -> None:
    names = ("all_clips_of_the_speaker", "30_clips_of_the_corpus", "all_clips_of_the_corpus")
    alone = scores.adapted_rows(adapted(**dict.fromkeys(names, 30)), "tess")
    assert [row["sample"] for row in alone] == ["all clips of the speaker", "30 clips of the speaker"]
    several = scores.adapted_rows(adapted(**dict(zip(names, (30, 30, 29), strict=True))), "tess")
    assert [row["sample"].replace(" ", "_") for row in several] == list(names)


def test_calibration_is_of_unseen_speakers(scores: ModuleType) -> None:
    found = {"ece": 0.1, "mean_confidence": 0.6, "accuracy": 0.5}
    results = {
        name: {"protocol": name, "speaker_independent": unseen, "calibration_error": found, "config": {}}
        for name, unseen in (("loso", True), ("random", False))
    }
    (line,) = scores.calibration(results)
    assert line.startswith("- `loso`")


@pytest.fixture
def suite_tables(bench_module: Callable[[str], ModuleType]) -> ModuleType:
    return bench_module("suite_tables")


def scored(wa: float, clips: int = 10) -> dict[str, object]:
    score = {"clips": clips, "wa_pooled": wa, "wa_interval": (wa - 1, wa + 1), "interval_over": "speakers"}
    return {"scores": [score | {"corpus": "tess", "labels": ["angry", "sad"]}]}


def three(**results: dict[str, object]) -> tuple[list[dict[str, object]], dict[str, object]]:
    """Return the rows of one line, and what is there of their results."""
    rows = [
        {"name": name, "shows": "a tree", "number": number, "model": "tree", **more}
        for name, number, more in (
            ("a", "leak", {"published": 40.0}),
            ("b", "no leak", {}),
            ("c", "unseen speakers", {"missing": "nobody made it"}),
        )
    ]
    return rows, {str(row["name"]): results.get(str(row["name"])) for row in rows}


def test_three_numbers_stand_in_a_line_and_what_each_leak_is_worth(suite_tables: ModuleType) -> None:
    lines = suite_tables.precursors_table(*three(a=scored(60), b=scored(50), c=scored(30)))
    assert lines[2] == "| a tree | 40.0 | 60.0 | 50.0 | 30.0 [29.0, 31.0] | +10.0 | +20.0 |"


def test_numbers_of_other_clips_are_not_subtracted(suite_tables: ModuleType) -> None:
    lines = suite_tables.precursors_table(*three(a=scored(60), b=scored(50), c=scored(30, clips=9)))
    assert lines[2] == "| a tree | 40.0 | 60.0 | 50.0 | 30.0 [29.0, 31.0] | +10.0 | - |"


def test_a_number_that_is_missing_is_called_so(suite_tables: ModuleType) -> None:
    rows, results = three(a=scored(60))
    lines = suite_tables.precursors_table(rows, results)
    assert lines[2] == "| a tree | 40.0 | 60.0 | missing | missing | missing | missing |"
    assert suite_tables.reasons(rows, results) == ["2 of 3 rows are missing: not run yet; nobody made it."]


def test_a_model_that_is_missing_is_called_so(suite_tables: ModuleType) -> None:
    row = {"name": "net", "shows": "a net", "model": "lstm", "protocol": "loso", "corpora": ["tess"]}
    (line,) = suite_tables.honest_table([row], {"net": None})[2:]
    assert line == "| `lstm` | `loso` | tess | | | | | missing | missing | missing | |"
