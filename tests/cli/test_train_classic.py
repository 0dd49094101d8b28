"""`affectone train` with a classic model: from recordings to a result and to a model that answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from typer.testing import Result

pytest.importorskip("torch")

import affectone
from affectone.audio.augment import CONDITIONS
from affectone.evaluation import protocol_run, robustness
from affectone.models.card import read_card

pytestmark = pytest.mark.train

EMOTIONS = {"03": "happy", "05": "angry"}
ASKED = (*CONDITIONS[:4], CONDITIONS[-1])
"""White noise and a length: all conditions take a minute."""
Run = Callable[..., Result]


@pytest.fixture(scope="module", autouse=True)
def few_conditions() -> Iterator[None]:
    """Change recordings in a few ways alone."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (protocol_run, robustness):
            patch.setattr(module, "CONDITIONS", ASKED)
        yield


@pytest.fixture(scope="module")
def world(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with 24 actors under RAVDESS's names: the angry ones are higher."""
    root = tmp_path_factory.mktemp("train")
    rng = np.random.default_rng(11)
    for actor in range(1, 25):
        folder = root / "ravdess" / f"Actor_{actor:02}"
        folder.mkdir(parents=True)
        for number, emotion in enumerate(EMOTIONS):
            pitch = (110 if actor % 2 else 200) * (1 + 0.4 * number) + actor
            sound = tiny.spoken_clip(0.6 + 0.02 * actor, pitch=pitch, level=0.2 + 0.3 * number)
            # Breath makes each a recording of its own: steady voices alone may be taken for copies.
            sound += 0.02 * (1 + number) * rng.standard_normal(sound.size)
            sf.write(folder / f"03-01-{emotion}-01-01-01-{actor:02}.wav", sound, 16000)
    (root / "classic.toml").write_text('model = "svm_rbf"\nvalidation_share = 0.2\n', encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def train(world: Path, invoke: Run) -> Run:
    """Return a function that runs `affectone train` on these recordings."""

    def run(*arguments: object) -> Result:
        line = ["train", *map(str, arguments), "--corpus", f"ravdess={world / 'ravdess'}"]
        line += ["--cache", str(world / "cache"), "--threads", "1", "--jobs", "1"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["affectone", *line])
            return invoke(line)

    return run


@pytest.fixture(scope="module")
def tested(train: Run, world: Path) -> tuple[Result, Path]:
    """Return what a protocol run said, and its folder."""
    folder = world / "luna"
    return train("--model", "svm_rbf", "-o", folder, "--protocol", "ravdess:luna5"), folder


@pytest.fixture(scope="module")
def released(train: Run, world: Path) -> tuple[Result, Path]:
    """Return what a training run to a model said, and its folder."""
    return train(world / "classic.toml", "-o", world / "kept", "--name", "svm"), world / "kept"


def result_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return found


def test_a_protocol_is_run_fold_by_fold(tested: tuple[Result, Path]) -> None:
    result, folder = tested
    assert (result.exit_code, result.stdout) == (0, "")
    assert len(result.stderr.splitlines()) == 6
    assert len(list(folder.glob("seed0-fold*/predictions.csv"))) == 5


def test_voices_so_different_are_told_apart(tested: tuple[Result, Path]) -> None:
    (score,) = result_of(tested[1])["scores"]
    assert (score["clips"], score["speakers"], score["folds"]) == (48, 24, 5)
    assert score["uar_pooled"] > 80
    assert score["voice_accuracy"] > 80


def test_the_result_has_what_that_of_a_network_has(tested: tuple[Result, Path], repo_root: Path) -> None:
    kept = repo_root / "benchmarks" / "results" / "accuracy" / "edge" / "taught-five-group5.json"
    of_suites = {"suite", "row", "row_sha256", "shows", "number", "copies", "command"}
    network = set(json.loads(kept.read_text(encoding="utf-8"))) - of_suites
    result = result_of(tested[1])
    assert network - set(result) <= {"seconds"}
    assert result["parameters"] is None
    assert result["config"]["model"] == "svm_rbf"
    assert result["config"]["features"]["sets"] == "egemaps88"
    assert result["config"]["classifier"] == {"c": 3.0, "gamma": "scale"}
    assert result["calibration_error"] is not None


def test_a_cell_that_is_missing_is_run_again_with_the_same_answers(
    tested: tuple[Result, Path], train: Run
) -> None:
    folder = tested[1]
    lost = folder / "seed0-fold3" / "predictions.csv"
    content = lost.read_bytes()
    lost.unlink()
    assert train("--model", "svm_rbf", "-o", folder, "--protocol", "ravdess:luna5").exit_code == 0
    assert lost.read_bytes() == content


def test_another_classic_model_is_another_run(tested: tuple[Result, Path], train: Run) -> None:
    result = train("--model", "knn", "-o", tested[1], "--protocol", "ravdess:luna5")
    assert result.exit_code == 2
    assert "holds a run of other settings" in result.stderr


def test_a_model_to_keep_is_written(released: tuple[Result, Path]) -> None:
    result, folder = released
    size = (folder / "model" / "model.onnx").stat().st_size
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"affectone: {folder / 'model'}: svm 0.1.0, {size:,} bytes\n"


def test_a_model_that_is_done_is_written_again_the_same(
    released: tuple[Result, Path], train: Run, world: Path
) -> None:
    file = released[1] / "model" / "model.onnx"
    before = file.read_bytes()
    assert train(world / "classic.toml", "-o", released[1], "--name", "svm").exit_code == 0
    assert file.read_bytes() == before


def test_the_card_says_what_it_wants(released: tuple[Result, Path]) -> None:
    card = read_card(released[1] / "model" / "card.json")
    assert (card.network, card.input, card.parameters) == ("svm_rbf", "features:egemaps88", None)
    assert card.features is not None
    assert card.features.sets == ("egemaps",)
    assert card.features.settings["sample_rate"] == 16000
    assert card.parity["sklearn_to_onnx"] < 1e-4
    assert card.calibration.fitted_on == "10 clips of 5 validation speakers"


@pytest.mark.parametrize(("emotion", "number"), [("happy", "03"), ("angry", "05")])
@pytest.mark.parametrize("actor", ["07", "18"])
def test_the_command_line_predicts_with_it(
    released: tuple[Result, Path], world: Path, invoke: Run, emotion: str, number: str, actor: str
) -> None:
    clip = world / "ravdess" / f"Actor_{actor}" / f"03-01-{number}-01-01-01-{actor}.wav"
    result = invoke(["predict", clip, "--model", released[1] / "model", "--format", "json"])
    assert result.exit_code == 0
    (answer,) = json.loads(result.stdout)
    assert answer["label"] == emotion
    assert sum(answer["scores"].values()) == pytest.approx(1.0)
    assert max(answer["voice"], key=answer["voice"].get) == ("male" if int(actor) % 2 else "female")
    assert answer["model"] == "svm@0.1.0"


def test_threads_and_batches_change_no_answer(released: tuple[Result, Path], world: Path) -> None:
    recognizer = affectone.Recognizer(released[1] / "model")
    clips = sorted((world / "ravdess").rglob("*.wav"))[:8]
    alone = [recognizer.predict(clip) for clip in clips]
    assert list(recognizer.predict_many(clips, jobs=4)) == alone


def test_its_embedding_is_the_standardised_features(released: tuple[Result, Path], tiny: ModuleType) -> None:
    recognizer = affectone.Recognizer(released[1] / "model")
    embedding = recognizer.embed(tiny.spoken_clip(1.0, pitch=180), sample_rate=16000)
    assert embedding.shape == (88,)
    assert np.isfinite(embedding).all()


def test_models_show_needs_no_number_of_parameters(released: tuple[Result, Path], invoke: Run) -> None:
    result = invoke(["models", "show", released[1] / "model"])
    assert result.exit_code == 0
    assert "features:egemaps88 at 16000 Hz" in result.stdout
    assert "svm_rbf, 0." in result.stdout


@pytest.fixture(scope="module")
def searched(train: Run, world: Path) -> tuple[Result, Path]:
    """Return what a run said in which each fold searched, and its folder."""
    folder = world / "searched"
    line = ("--model", "svm_rbf", "-o", folder, "--protocol", "ravdess:luna5")
    return train(*line, "--search", 2, "--robustness"), folder


def test_each_fold_searches_by_itself(searched: tuple[Result, Path]) -> None:
    result, folder = searched
    assert (result.exit_code, result.stdout) == (0, "")
    lines = result.stderr.splitlines()
    assert len(lines) == 5 * 3 + 1
    assert lines[1].startswith("affectone: seed 0, fold 1: search, trial 2 of 2: UAR ")
    found = result_of(folder)["search"]
    assert found["trials"] == 2
    assert found["how"].startswith("nested: ")
    assert [(cell["seed"], cell["fold"]) for cell in found["cells"]] == [(0, fold) for fold in range(1, 6)]
    assert all(0 <= cell["uar_as_given"] <= cell["uar"] <= 100 for cell in found["cells"])


def test_what_a_fold_tried_is_a_table(searched: tuple[Result, Path]) -> None:
    lines = (searched[1] / "seed0-fold4" / "search" / "trials.csv").read_text().splitlines()
    assert lines[0] == "trial,uar,classifier.c,classifier.gamma,refused"
    assert len(lines) == 3


def test_a_search_is_resumed_and_is_part_of_what_a_run_is(searched: tuple[Result, Path], train: Run) -> None:
    said, folder = searched
    kept = result_of(folder)
    cell = folder / "seed0-fold2"
    answers = (cell / "predictions.csv").read_bytes()
    (cell / "predictions.csv").unlink()
    line = ("--model", "svm_rbf", "-o", folder, "--protocol", "ravdess:luna5")
    again = train(*line, "--search", 2, "--robustness")
    assert again.exit_code == 0
    assert again.stderr.splitlines() == [line for line in said.stderr.splitlines() if "search" not in line]
    assert (cell / "predictions.csv").read_bytes() == answers
    assert result_of(folder) == kept
    assert train(*line, "--search", 3).exit_code == 2
    assert train(*line).exit_code == 2


def test_what_was_chosen_can_be_trained_with(searched: tuple[Result, Path], train: Run, world: Path) -> None:
    best = searched[1] / "seed0-fold1" / "search" / "best.toml"
    assert best.read_text().startswith("# UAR ")
    assert train(best, "-o", world / "chosen").exit_code == 0


def test_a_model_to_keep_is_searched_for(train: Run, world: Path) -> None:
    folder = world / "found"
    result = train(world / "classic.toml", "-o", folder, "--search", 2)
    assert result.exit_code == 0
    assert len(result.stderr.splitlines()) == 3
    assert (folder / "search" / "best.toml").exists()
    assert "--search 2" in read_card(folder / "model" / "card.json").training_command


def test_a_classic_model_answers_changed_clips(searched: tuple[Result, Path]) -> None:
    clean, *rows = result_of(searched[1])["robustness"]["ravdess"]
    assert len(rows) == len(ASKED)
    assert {row["clips"] for row in rows} == {48}
    assert clean["uar"] == result_of(searched[1])["scores"][0]["uar_pooled"]
    assert rows[0]["uar"] >= rows[3]["uar"]


def test_a_finished_run_can_be_asked_about_changed_clips_later(train: Run, world: Path) -> None:
    folder = world / "later"
    line = ("--model", "svm_rbf", "-o", folder, "--protocol", "ravdess:serab")
    assert train(*line).exit_code == 0
    answers = (folder / "seed0-fold1" / "predictions.csv").read_bytes()
    assert train(*line, "--robustness").exit_code == 0
    assert (folder / "seed0-fold1" / "predictions.csv").read_bytes() == answers
    assert (folder / "seed0-fold1" / "robustness.csv").exists()
    whole = (folder / "seed0-fold1" / "robustness.csv").read_text("utf-8")
    assert len(result_of(folder)["robustness"]["ravdess"]) == 1 + len(ASKED)
    # As a version with fewer conditions left it: those that are missing are asked about.
    fewer = "".join(line for line in whole.splitlines(keepends=True) if ",length," not in line)
    (folder / "seed0-fold1" / "robustness.csv").write_text(fewer, "utf-8")
    assert train(*line, "--robustness").exit_code == 0
    assert (folder / "seed0-fold1" / "robustness.csv").read_text("utf-8") == whole != fewer
    assert train(*line).exit_code == 0
    assert "robustness" not in result_of(folder)


def test_the_report_has_what_changed_clips_cost(
    searched: tuple[Result, Path], invoke: Run, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    assert invoke(["evaluate", searched[1], "-o", tmp_path / "report"]).exit_code == 0
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    (part,) = report["corpora"]
    assert part["robustness"] == result_of(searched[1])["robustness"]["ravdess"]
    assert report["facts"]["search"].startswith("2 trials, nested: ")
    assert "Changed recordings" in (tmp_path / "report" / "report.html").read_text("utf-8")
