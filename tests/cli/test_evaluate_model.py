"""`affectone evaluate MODEL`: a model answers a protocol's test clips, and whom it has heard is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from typer.testing import Result

pytest.importorskip("torch")
pytest.importorskip("matplotlib")

from affectone.audio.augment import CONDITIONS
from affectone.corpora import save_protocol, write_manifest
from affectone.evaluation.models import answer_clips, labels_of_corpora
from affectone.models.store import read_artefact

Run = Callable[..., Result]
USE = {"clips": 32, "speakers": 8, "language": "en", "licence": "none"}
QUIET = "made/h-sad-2"


@pytest.fixture(scope="module")
def world(tiny: ModuleType, made_run: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the recordings of the made-up protocol, one of them silent; and three models."""
    root = tmp_path_factory.mktemp("models")
    manifest = made_run.manifest().replace({"emotion": {"sad": "angry"}})
    (root / "clips").mkdir()
    for number, (name, emotion) in enumerate(zip(manifest["id"], manifest["emotion"], strict=True)):
        level = 0.9 if emotion == "angry" else 0.1
        sound = tiny.spoken_clip(1.0, pitch=100 + 5 * number, level=level) * (name != QUIET)
        sf.write(root / "clips" / f"{number}.wav", sound, 16000)
    paths = [str(root / "clips" / f"{number}.wav") for number in range(len(manifest))]
    write_manifest(manifest.assign(path=paths), root / "manifest.csv")
    save_protocol(made_run.protocol(), root / "made.json")
    tiny.write_model(root, "stranger", corpora=[USE | {"name": "other"}])
    tiny.write_model(root, "friend", corpora=[USE | {"name": "made"}, USE | {"name": "other"}])
    tiny.write_model(root, "angry-only", labels=("angry", "neutral"), corpora=[])
    return root


@pytest.fixture(scope="module")
def evaluate(world: Path, invoke: Run) -> Run:
    """Return a function that runs `affectone evaluate` on these recordings."""

    def run(model: str, *arguments: object, protocol: object = None) -> Result:
        given = ["--manifest", world / "manifest.csv", "--protocol", protocol or world / "made.json"]
        return invoke(["evaluate", world / model, *given, "-o", world / f"report-{model}", *arguments])

    return run


def report(world: Path, model: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((world / f"report-{model}" / "report.json").read_text())
    return read


@pytest.fixture(scope="module")
def stranger(
    evaluate: Run, world: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Result, dict[str, Any]]:
    """Return what was said of a model that has not heard the corpus, and the report."""
    noise = tmp_path_factory.mktemp("noise")
    sf.write(noise / "hum.wav", 0.1 * np.sin(np.arange(16_000) / 50), 16_000)
    result = evaluate("stranger", "--robustness", "--noise", f"hum={noise}")
    return result, report(world, "stranger")


def test_the_answers_are_those_of_predict(
    stranger: tuple[Result, dict[str, Any]], world: Path, invoke: Run
) -> None:
    result, found = stranger
    assert (result.exit_code, result.stdout) == (0, "")
    manifest = pd.read_csv(world / "manifest.csv").query("id != @QUIET")
    line = ["predict", *manifest["path"], "--model", world / "stranger", "--format", "json"]
    answers = json.loads(invoke(line).stdout)
    # The corpus has no other labels than these two.
    predicted = [max(("happy", "angry"), key=answer["scores"].get) for answer in answers]
    right = {
        label: np.sum(np.array(predicted)[manifest["emotion"] == label] == label)
        for label in ("happy", "angry")
    }
    recalls = [right["happy"] / 16, right["angry"] / 16]  # The silent clip is an angry one, and not told.
    assert found["corpora"][0]["score"]["uar_pooled"] == pytest.approx(100 * np.mean(recalls), abs=0.01)
    assert 50 < found["corpora"][0]["score"]["uar_pooled"] < 100


def test_the_labels_to_choose_from_are_those_of_the_corpus_and_not_of_a_few_clips(world: Path) -> None:
    """A model that hears what is loud as angry does so where no clip that is asked about is angry, too."""
    manifest = pd.read_csv(world / "manifest.csv").query("id != @QUIET")
    few = manifest[manifest["emotion"] == "angry"].head(3).assign(emotion="happy").reset_index(drop=True)
    labels = labels_of_corpora(manifest)
    assert labels == {"made": {"angry", "happy"}}
    table = answer_clips(read_artefact(world / "stranger"), few, labels, 1, None)
    assert set(table["predicted"]) == {"angry"}


def test_a_clip_without_speech_is_a_wrong_answer(stranger: tuple[Result, dict[str, Any]]) -> None:
    confusion = stranger[1]["corpora"][0]["confusion"]
    assert confusion["labels"] == ["happy", "angry", "no speech"]
    assert [row[-1] for row in confusion["counts"]] == [0, 1, 0]


def test_every_condition_is_a_row(stranger: tuple[Result, dict[str, Any]], world: Path) -> None:
    rows = stranger[1]["corpora"][0]["robustness"]
    hum = [("hum", f"{snr} dB SNR") for snr in (20, 10, 5, 0)]
    known = [(condition.by, condition.name) for condition in CONDITIONS]
    assert [(row["by"], row["of"]) for row in rows] == [("clean", "as recorded"), *known, *hum]
    assert {row["clips"] for row in rows} == {32}
    assert rows[0]["uar"] == stranger[1]["corpora"][0]["score"]["uar_pooled"]
    assert all(row["unanswered"] >= 1 for row in rows)
    page = (world / "report-stranger" / "report.html").read_text("utf-8")
    assert "Changed recordings" in page
    assert "direct to reverberant 0 dB" in page


def test_a_model_that_has_not_heard_the_corpus(stranger: tuple[Result, dict[str, Any]]) -> None:
    result, found = stranger
    assert found["speaker_independent"] is True
    assert found["independence"] == (
        "speaker-independent as far as the card of stranger@0.0.1 says: it was trained on none of made"
    )
    assert found["facts"]["training corpora"] == "other"
    assert "NOT speaker-independent" not in result.stderr


def test_a_model_that_has_heard_the_corpus_says_so(evaluate: Run, world: Path) -> None:
    result = evaluate("friend")
    assert result.exit_code == 0
    found = report(world, "friend")
    assert found["speaker_independent"] is False
    words = (
        "NOT speaker-independent: friend@0.0.1 was trained on made, as its card says, so it may have heard "
        "these speakers, and these very clips; the folds were not trained anew"
    )
    assert found["independence"] == words
    assert f"affectone: made:two2 is {words}\n" in result.stderr
    assert words in (world / "report-friend" / "report.html").read_text("utf-8")
    assert found["corpora"][0]["robustness"] == []


def test_clips_of_labels_that_it_does_not_know_are_left_out(evaluate: Run, world: Path) -> None:
    assert evaluate("angry-only", "--jobs", 2).exit_code == 0
    found = report(world, "angry-only")
    assert found["clips"] == 16
    assert "16 clips have labels that angry-only@0.0.1 does not know" in found["notes"]


def test_a_random_protocol_is_no_proof(evaluate: Run, world: Path) -> None:
    assert evaluate("stranger", "-o", world / "report-random", protocol="random").exit_code == 0
    assert report(world, "random")["independence"].startswith(
        "NOT speaker-independent by its protocol, random;"
    )
