"""A report on answers whose scores can be worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from affectone.evaluation import (
    Answers,
    compare,
    evaluate,
    join_manifest,
    judge_predictions,
    read_run,
    score_predictions,
)
from affectone.evaluation.detail import class_rows, in_order, mistakes, rankings, reliability
from affectone.evaluation.slices import slice_results
from affectone.labels import label_view
from affectone.training.calibration import expected_calibration_error


@pytest.fixture
def run(made_run: ModuleType, tmp_path: Path) -> Answers:
    return read_run(made_run.write_run(tmp_path / "run"))


@pytest.fixture
def report(run: Answers) -> dict[str, Any]:
    return evaluate(run, command="affectone evaluate run -o report")


def test_a_run_is_read_whole(run: Answers) -> None:
    assert (run.protocol, run.source, run.speaker_independent) == ("made:two2", "by hand", True)
    assert (len(run.table), run.table["fold"].nunique()) == (32, 2)
    assert run.facts == {
        "model": "cnn_tcn",
        "parameters": "12,345",
        "training corpora": "made",
        "validation": "12% of the training speakers",
    }


def test_curves_count_epochs_from_one(run: Answers) -> None:
    assert [(curve.seed, curve.fold) for curve in run.curves] == [(0, 1), (0, 2)]
    assert run.curves[0].values == {"train_loss": {1: 2.0, 2: 1.0}, "val_loss": {1: 1.5}, "val_uar": {1: 0.5}}


def test_the_curve_of_an_interrupted_run_is_joined(made_run: ModuleType, tmp_path: Path) -> None:
    folder = made_run.write_run(tmp_path / "run")
    (folder / "seed0-fold1" / "metrics-to-epoch-1.csv").write_text("epoch,step,train_loss\n0,4,2.5\n")
    (folder / "seed0-fold1" / "metrics.csv").write_text("epoch,step,train_loss\n1,8,1.25\n")
    assert read_run(folder).curves[0].values == {"train_loss": {1: 2.5, 2: 1.25}}


def test_a_seed_that_is_not_in_the_result_is_left_out_and_named(made_run: ModuleType, tmp_path: Path) -> None:
    folder = made_run.write_run(tmp_path / "run", seeds=(0, 1))
    result = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps(result | {"seeds": [1]}))
    read = read_run(folder)
    assert set(read.table["seed"]) == {1}
    assert read.notes == ("seed 0 lies in the folder, too; result.json does not speak of it",)


def test_what_the_whole_report_says(report: dict[str, Any]) -> None:
    wanted = {"clips": 32, "speakers": 8, "folds": 2, "seeds": [0], "protocol": "made:two2"}
    assert {name: report[name] for name in wanted} == wanted
    assert report["independence"].startswith("speaker-independent: ")
    assert report["command"] == "affectone evaluate run -o report"
    assert json.loads(json.dumps(report, allow_nan=False))["clips"] == 32


def test_the_scores_by_hand(report: dict[str, Any]) -> None:
    score = report["corpora"][0]["score"]
    recalls, f1s = (14 / 16, 15 / 16), (2 * 14 / 30, 2 * 15 / 33)
    assert score["uar_pooled"] == pytest.approx(100 * np.mean(recalls), abs=0.01)
    assert score["wa_pooled"] == pytest.approx(100 * 29 / 32, abs=0.01)
    assert score["macro_f1"] == pytest.approx(100 * np.mean(f1s), abs=0.01)
    low, high = score["macro_f1_interval"]
    assert low < score["macro_f1"] < high
    assert score["interval_over"] == "speakers"


def test_labels_by_hand(report: dict[str, Any]) -> None:
    happy, sad, angry = report["corpora"][0]["classes"]
    assert happy == {"label": "happy", "precision": 100.0, "recall": 87.5, "f1": 93.33, "support": 16}
    assert sad == {"label": "sad", "precision": 88.24, "recall": 93.75, "f1": 90.91, "support": 16}
    assert angry == {"label": "angry", "precision": 0.0, "recall": None, "f1": None, "support": 0}


def test_the_confusion_matrix_by_hand(report: dict[str, Any]) -> None:
    confusion = report["corpora"][0]["confusion"]
    assert confusion == {"labels": ["happy", "sad", "angry"], "counts": [[14, 2, 0], [0, 15, 1], [0, 0, 0]]}


def test_mistakes_are_named_with_clips(report: dict[str, Any]) -> None:
    first, second = report["corpora"][0]["mistakes"]
    assert (first["emotion"], first["predicted"], first["count"], first["share"]) == ("happy", "sad", 2, 12.5)
    assert [clip["id"] for clip in first["examples"]] == ["made/a-happy-1", "made/a-happy-2"]
    assert (second["emotion"], second["predicted"], second["share"]) == ("sad", "angry", 6.25)


def test_the_surest_mistakes_come_first() -> None:
    table = pd.DataFrame(
        {
            "id": list("pqrs"),
            "emotion": "happy",
            "predicted": "sad",
            "confidence": [0.5, 0.9, 0.7, 0.6],
        }
    )
    assert [clip["id"] for clip in mistakes(table)[0]["examples"]] == ["q", "r", "s"]


def test_a_ranking_by_hand(report: dict[str, Any]) -> None:
    ranked = {row["label"]: row for row in report["corpora"][0]["rankings"]}
    # Happy: 14 of 16 with 0.8; no other clip has that.
    assert ranked["happy"]["auc"] == (14 * 16 + 0.5 * 2 * 16) / 256
    assert ranked["happy"]["roc"] == [[0.0, 0.0], [0.0, 0.875], [1.0, 1.0]]
    assert ranked["happy"]["average_precision"] == pytest.approx(0.875 + 0.125 / 2, abs=1e-4)
    assert "angry" not in ranked


def test_a_long_curve_keeps_its_shape() -> None:
    rng = np.random.default_rng(0)
    target = np.where(rng.random(5000) < 0.3, "happy", "sad")
    scores = np.clip(np.where(target == "happy", 0.6, 0.4) + 0.2 * rng.standard_normal(5000), 0, 1)
    (row,) = rankings(pd.DataFrame({"emotion": target, "score_happy": scores}))
    along, up = np.array(row["roc"]).T
    assert len(along) < 250
    assert np.trapezoid(up, along) == pytest.approx(row["auc"], abs=0.01)


def test_calibration_by_hand(report: dict[str, Any]) -> None:
    known = report["corpora"][0]["calibration"]
    assert known["ece"] == pytest.approx(29 / 32 - 0.8, abs=1e-4)
    assert known["bins"] == [
        {"from": 0.8, "to": 0.8667, "answers": 32, "confidence": 0.8, "right": 0.9062},
    ]


def test_the_calibration_error_is_that_of_the_training() -> None:
    rng = np.random.default_rng(3)
    scores = rng.dirichlet((1, 1, 1), 400)
    names = np.array(["happy", "sad", "angry"])
    target = rng.integers(0, 3, 400)
    table = pd.DataFrame({"emotion": names[target], "predicted": names[scores.argmax(axis=1)]})
    known = reliability(table.assign(confidence=scores.max(axis=1), temperature=1.0))
    assert known is not None
    assert known["ece"] == pytest.approx(expected_calibration_error(scores, target), abs=1e-4)


def test_answers_without_scores_have_no_rankings(made_run: ModuleType, tmp_path: Path) -> None:
    part = evaluate(read_run(made_run.write_run(tmp_path / "run", scores=False)))["corpora"][0]
    assert part["rankings"] == []
    assert part["calibration"]["ece"] == pytest.approx(29 / 32 - 0.8, abs=1e-4)


def test_two_seeds_count_no_clips_twice(made_run: ModuleType, tmp_path: Path) -> None:
    report = evaluate(read_run(made_run.write_run(tmp_path / "run", seeds=(0, 1))))
    part = report["corpora"][0]
    assert (report["clips"], report["seeds"], part["classes"][0]["support"]) == (32, [0, 1], 16)
    assert part["score"]["wa_pooled"] == pytest.approx(100 * (29 / 32 + 1) / 2, abs=0.01)
    assert part["classes"][0]["recall"] == pytest.approx(100 * (14 + 16) / 32, abs=0.01)


def test_parts_by_hand(run: Answers, made_run: ModuleType) -> None:
    table = join_manifest(run, made_run.manifest()).table
    found = {(row["by"], row["of"]): row for row in slice_results(table, "made")}
    assert list(found) == [
        *(("sex", "female"), ("sex", "male"), ("age", "under 30"), ("age", "45-59")),
        *(
            ("intensity", "strong"),
            ("intensity", "weak"),
            ("duration", "under 2 s"),
            ("duration", "2 to 3 s"),
        ),
    ]
    assert (found["sex", "male"]["wa"], found["sex", "female"]["wa"]) == (100.0, 81.25)
    assert found["intensity", "strong"]["wa"] == found["duration", "2 to 3 s"]["wa"] == 93.75
    assert (found["age", "under 30"]["clips"], found["age", "under 30"]["interval_over"]) == (8, "clips")
    assert found["sex", "male"]["labels"] == 2


def test_without_a_manifest_it_says_which_parts_are_missing(report: dict[str, Any]) -> None:
    assert report["notes"] == [
        "no manifest was given (--manifest), so parts by intensity and duration are missing"
    ]
    assert {row["by"] for row in report["corpora"][0]["slices"]} == {"sex", "age"}


def test_parts_by_ethnicity_come_with_the_predictions(made_run: ModuleType, tmp_path: Path) -> None:
    folder = made_run.write_run(tmp_path / "run")
    for file in folder.glob("*/predictions.csv"):
        table = pd.read_csv(file)
        # To pandas, NA is nothing; here it is a word like others.
        words = table["speaker"].map({"a": "NA", "b": "other"})
        table.assign(ethnicity=words).to_csv(file, index=False)
    parts = evaluate(read_run(folder))["corpora"][0]["slices"]
    found = {row["of"]: (row["clips"], row["wa"]) for row in parts if row["by"] == "ethnicity"}
    assert found == {"NA": (4, 50.0), "other": (4, 75.0)}


def test_a_manifest_tells_ethnicity_where_predictions_do_not(run: Answers, made_run: ModuleType) -> None:
    manifest = made_run.manifest().assign(ethnicity="asian")
    assert set(join_manifest(run, manifest).table["ethnicity"]) == {"asian"}
    told = replace(run, table=run.table.assign(ethnicity="hispanic"))
    assert set(join_manifest(told, manifest).table["ethnicity"]) == {"hispanic"}


def test_without_durations_it_says_so(run: Answers, made_run: ModuleType) -> None:
    joined = join_manifest(run, made_run.manifest().assign(duration=np.nan))
    assert evaluate(joined)["notes"] == [
        "no clip has a duration, so parts by duration are missing; affectone corpora scan listens"
    ]


def test_a_speaker_may_be_called_na(made_run: ModuleType, tmp_path: Path) -> None:
    folder = made_run.write_run(tmp_path / "run")
    file = folder / "seed0-fold1" / "predictions.csv"
    table = pd.read_csv(file)
    table.assign(speaker=table["speaker"].replace("a", "NA")).to_csv(file, index=False)
    assert set(read_run(folder).table["speaker"]) == {"NA", *"bcdefgh"}


def test_clips_that_a_manifest_does_not_know_are_counted(run: Answers, made_run: ModuleType) -> None:
    assert join_manifest(run, made_run.manifest().iloc[2:]).notes == (
        "the manifest does not know 2 of the clips",
    )


def test_listeners_stand_beside(report: dict[str, Any]) -> None:
    assert report["listeners"]["made"]["people"]["clips"] == 4


def test_a_leaky_protocol_is_told_in_words(made_run: ModuleType, tmp_path: Path) -> None:
    folder = made_run.write_run(tmp_path / "run", name="made-shared", warnings=["speakers on both sides"])
    report = evaluate(read_run(folder))
    assert report["independence"].startswith("NOT speaker-independent: ")
    assert report["warnings"] == ["speakers on both sides"]


def test_labels_are_in_the_common_order() -> None:
    assert in_order(["odd", "bored", "angry", "neutral", "angry"]) == ["neutral", "angry", "bored", "odd"]


def test_a_label_that_is_never_answered_has_no_precision() -> None:
    table = pd.DataFrame({"emotion": ["happy", "sad"], "predicted": ["happy", "happy"], "seed": 0})
    sad = class_rows(table, ["happy", "sad"])[1]
    assert (sad["precision"], sad["recall"], sad["f1"]) == (None, 0.0, 0.0)


def test_a_run_against_itself_differs_by_nothing(run: Answers) -> None:
    (part,) = compare(run, run)["corpora"]
    assert (part["uar_difference"], part["uar_interval"]) == (0.0, [0.0, 0.0])
    assert part["counts"] == {"clips": 32, "both": 29, "only_one": 0, "only_other": 0, "neither": 3}
    assert "does not show which of them is better" in part["words"]


def test_a_difference_by_hand(run: Answers, made_run: ModuleType, tmp_path: Path) -> None:
    worse = {name: "angry" for name, speaker, emotion in made_run.clips() if emotion == "happy"}
    other = read_run(made_run.write_run(tmp_path / "other", mistakes=worse))
    (part,) = compare(run, other)["corpora"]
    # 29 of 32 against the 16 sad ones; of these, one is wrong in the first.
    assert part["counts"] == {"clips": 32, "both": 15, "only_one": 14, "only_other": 1, "neither": 2}
    assert part["wa_difference"] == pytest.approx(100 * 13 / 32, abs=0.01)
    assert part["uar_difference"] == pytest.approx(100 * (14 / 16 + 15 / 16 - 1) / 2, abs=0.01)
    low, high = part["uar_interval"]
    assert 0 < low < part["uar_difference"] < high
    assert part["words"].endswith("does not hold 0: the first is better on this test.")
    (back,) = compare(other, run)["corpora"]
    assert back["uar_interval"] == pytest.approx([-high, -low], abs=0.011)


def test_speakers_are_drawn_alike_for_both(made_run: ModuleType, tmp_path: Path) -> None:
    # The second has one mistake more with each speaker: whoever is drawn, the difference is the same.
    more = {f"made/{speaker}-sad-2": "happy" for speaker in made_run.SPEAKERS}
    one, other = (
        read_run(made_run.write_run(tmp_path / name, mistakes=mistakes))
        for name, mistakes in (("one", made_run.MISTAKES), ("other", made_run.MISTAKES | more))
    )
    (part,) = compare(one, other)["corpora"]
    assert part["wa_difference"] == 25.0
    assert part["wa_interval"] == [25.0, 25.0]


def test_runs_of_several_seeds_can_be_compared(run: Answers, made_run: ModuleType, tmp_path: Path) -> None:
    other = read_run(made_run.write_run(tmp_path / "other", seeds=(0, 1)))
    (part,) = compare(run, other)["corpora"]
    assert part["wa_difference"] == pytest.approx(-100 * 3 / 64, abs=0.011)
    # Right in one of two seeds is not right.
    assert part["counts"]["neither"] == 3


def theirs(made_run: ModuleType, folder: Path, view: str | None = None, **changes: Any) -> Answers:
    file, _, _ = made_run.write_files(folder, **changes)
    wanted = None if view is None else label_view(view)
    return judge_predictions(file, made_run.manifest(), lambda _: made_run.protocol(), wanted)


def test_somebody_elses_predictions_are_scored_by_the_same_rules(
    run: Answers, made_run: ModuleType, tmp_path: Path
) -> None:
    others = theirs(made_run, tmp_path)
    ours, their = (score_predictions(part.table, "made") for part in (run, others))
    assert their.voice_accuracy is None
    for name in ("uar_folds", "uar_pooled", "uar_interval", "wa_pooled", "macro_f1", "confusion", "folds"):
        assert getattr(their, name) == getattr(ours, name)
    assert others.sha256 == run.sha256
    assert evaluate(others)["corpora"][0]["rankings"] == evaluate(run)["corpora"][0]["rankings"]


def test_who_trained_somebody_elses_model_is_not_known(made_run: ModuleType, tmp_path: Path) -> None:
    words = evaluate(theirs(made_run, tmp_path))["independence"]
    assert words.endswith("whether the model behind these predictions was trained so cannot be seen here")


def test_the_guards_warnings_are_kept(made_run: ModuleType, tmp_path: Path) -> None:
    assert "32 of 32 clips were never listened to" in theirs(made_run, tmp_path).warnings[0]


def test_a_view_leaves_out_clips(made_run: ModuleType, tmp_path: Path) -> None:
    file, _, _ = made_run.write_files(tmp_path)
    manifest = made_run.manifest()
    manifest.loc[manifest["id"] == "made/h-sad-2", "emotion"] = "bored"
    known = judge_predictions(file, manifest, lambda _: made_run.protocol(), label_view("8"))
    assert len(known.table) == 31
    assert known.warnings[-1] == ("left out, as no test clip has that id: 1 of 32 predictions: made/h-sad-2")


def test_predictions_that_are_not_the_likeliest_are_counted(made_run: ModuleType, tmp_path: Path) -> None:
    predicted = made_run.answers()["predicted"].where(lambda names: names != "angry", "happy")
    others = theirs(made_run, tmp_path, predicted=predicted)
    assert others.warnings[-1] == "in 1 of 32 predictions another label has a higher score"
    assert others.table.set_index("id").loc["made/b-sad-1", "confidence"] == 0.1


def test_predictions_without_scores_have_no_confidence(made_run: ModuleType, tmp_path: Path) -> None:
    file, _, _ = made_run.write_files(tmp_path)
    pd.read_csv(file)[["predicted", "id"]].sample(frac=1, random_state=1).to_csv(file, index=False)
    part = evaluate(judge_predictions(file, made_run.manifest(), lambda _: made_run.protocol()))["corpora"][0]
    assert (part["rankings"], part["calibration"], part["score"]["wa_pooled"]) == ([], None, 90.62)
    assert part["mistakes"][0]["examples"][0]["confidence"] is None
