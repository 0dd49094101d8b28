"""`affectone train` from recordings to an artefact that answers, and to a result that can be compared."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable
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
from affectone.models.card import read_card

pytestmark = pytest.mark.train

SETTINGS = """\
epochs = 1
batch_size = 8
validation_share = 0.2
[features]
copies = 1
"""
EMOTIONS = {"03": "happy", "05": "angry"}
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def world(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with 24 actors under RAVDESS's names, a cache, and a small configuration."""
    root = tmp_path_factory.mktemp("train")
    rng = np.random.default_rng(11)
    for actor in range(1, 25):
        folder = root / "ravdess" / f"Actor_{actor:02}"
        folder.mkdir(parents=True)
        for number, emotion in enumerate(EMOTIONS):
            pitch = (110 if actor % 2 else 200) * (1 + 0.15 * number) + actor
            level = 0.2 + 0.3 * number
            sound = tiny.spoken_clip(0.6 + 0.02 * actor, pitch=pitch, level=level)
            # Breath makes each a recording of its own: steady voices alone may be taken for copies.
            sound += 0.1 * level * rng.standard_normal(sound.size)
            sf.write(folder / f"03-01-{emotion}-01-01-01-{actor:02}.wav", sound, 16000)
    (root / "small.toml").write_text(SETTINGS, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def train(world: Path, invoke: Run) -> Run:
    """Return a function that runs `affectone train` on these recordings."""

    def run(*arguments: object, config: str = "small.toml") -> Result:
        line = ["train", str(world / config), "--corpus", f"ravdess={world / 'ravdess'}"]
        line += ["--cache", str(world / "cache"), "--threads", "1", "--jobs", "1", *map(str, arguments)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["affectone", *line])
            return invoke(line)

    return run


@pytest.fixture(scope="module")
def released(train: Run, world: Path) -> tuple[Result, Path]:
    """Return what a training run to a model said, and its folder."""
    folder = world / "runs" / "mine"
    return train("-o", folder, "--name", "small", "--summary", "For tests."), folder


@pytest.fixture(scope="module")
def tested(train: Run, world: Path) -> tuple[Result, Path]:
    """Return what a protocol run said, and its folder."""
    folder = world / "runs" / "luna"
    return train("-o", folder, "--protocol", "ravdess:luna5"), folder


def result_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return found


def rows_of(folder: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for path in sorted(folder.glob("seed*-fold*/predictions.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            found += csv.DictReader(file)
    return found


def test_a_release_says_what_it_wrote(released: tuple[Result, Path]) -> None:
    result, folder = released
    assert (result.exit_code, result.stdout) == (0, "")
    size = (folder / "model" / "model.onnx").stat().st_size
    assert result.stderr == f"affectone: {folder / 'model'}: small 0.1.0, {size:,} bytes\n"


def test_the_artefact_answers(released: tuple[Result, Path], tiny: ModuleType) -> None:
    recognizer = affectone.Recognizer(released[1] / "model")
    answer = recognizer.predict(tiny.spoken_clip(2.0), sample_rate=16000)
    assert answer.label in answer.scores
    assert list(answer.scores) == list(read_card(released[1] / "model" / "card.json").labels)
    assert sum(answer.scores.values()) == pytest.approx(1.0)
    assert set(answer.voice) == {"female", "male"}
    assert answer.model == "small@0.1.0"


def test_the_card_says_what_it_was_trained_on(released: tuple[Result, Path]) -> None:
    card = read_card(released[1] / "model" / "card.json")
    assert (card.name, card.version, card.summary) == ("small", "0.1.0", "For tests.")
    (use,) = card.corpora
    assert (use.name, use.clips, use.speakers, use.language) == ("ravdess", 48, 24, "en")
    assert (card.commercial_use, card.languages) == (False, ("en",))
    assert card.calibration.fitted_on == "10 clips of 5 validation speakers"
    assert set(card.parity) == {"torch_to_float32", "torch_to_int8"}


def test_the_card_tells_the_command_and_nothing_of_this_machine(
    released: tuple[Result, Path], world: Path
) -> None:
    content = (released[1] / "model" / "card.json").read_text(encoding="utf-8")
    command = json.loads(content)["training_command"]
    assert command.startswith(
        "affectone train PATH --corpus ravdess=PATH --cache PATH --threads 1 --jobs 1 -o PATH"
    )
    assert str(world) not in content
    assert str(Path.home()) not in content


def test_the_run_folder_keeps_settings_curves_and_a_checkpoint(released: tuple[Result, Path]) -> None:
    folder = released[1]
    assert json.loads((folder / "run.json").read_text())["config"]["epochs"] == 1
    assert (folder / "final" / "metrics.csv").exists()
    assert (folder / "final" / "last.ckpt").exists()


def test_a_release_that_is_done_is_written_again_the_same(released: tuple[Result, Path], train: Run) -> None:
    folder = released[1]
    before = (folder / "model" / "model.onnx").read_bytes()
    checkpoint = (folder / "final" / "last.ckpt").stat().st_mtime_ns
    assert train("-o", folder, "--name", "small", "--summary", "For tests.").exit_code == 0
    assert (folder / "final" / "last.ckpt").stat().st_mtime_ns == checkpoint
    assert (folder / "model" / "model.onnx").read_bytes() == before


@pytest.mark.parametrize("changes", [("--epochs", 2), ("--seeds", 5)])
def test_other_settings_are_no_resumption_of_a_release(
    released: tuple[Result, Path], train: Run, changes: tuple[object, ...]
) -> None:
    # Another seed has other validation speakers: these weights have seen them.
    result = train("-o", released[1], "--name", "small", "--summary", "For tests.", *changes)
    assert result.exit_code == 2
    assert "holds a run of other settings; choose another folder with -o" in result.stderr


def test_a_protocol_run_tells_each_fold_and_the_result(tested: tuple[Result, Path]) -> None:
    result, _ = tested
    assert (result.exit_code, result.stdout) == (0, "")
    lines = result.stderr.splitlines()
    for number, line in enumerate(lines[:5], start=1):
        assert re.fullmatch(rf"affectone: seed 0, fold {number}: UAR ravdess \d+\.\d", line)
    assert re.fullmatch(
        r"affectone: ravdess:luna5 on ravdess: UAR \d+\.\d\d \(mean of folds\), "
        r"\d+\.\d\d \([\d., ]+\) \(pooled\), "
        r"WA \d+\.\d\d; 48 clips, 24 speakers, 1 seeds",
        lines[5],
    )
    assert len(lines) == 6


def test_a_run_draws_how_it_went(released: tuple[Result, Path], tested: tuple[Result, Path]) -> None:
    pytest.importorskip("matplotlib")
    for _, folder in (released, tested):
        assert (folder / "learning-curves.png").read_bytes().startswith(b"\x89PNG")


def test_where_no_picture_can_be_drawn_there_is_none(
    tested: tuple[Result, Path], train: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import affectone.registry

    said, folder = tested
    (folder / "learning-curves.png").unlink(missing_ok=True)
    monkeypatch.setitem(affectone.registry.EXTRA_MODULES, "plots", ("no_such_module_anywhere",))
    again = train("-o", folder, "--protocol", "ravdess:luna5")
    assert (again.exit_code, again.stderr) == (0, said.stderr)
    assert not (folder / "learning-curves.png").exists()


def test_a_network_answers_changed_clips(train: Run, world: Path) -> None:
    folder = world / "runs" / "changed"
    assert train("-o", folder, "--protocol", "ravdess:serab", "--robustness").exit_code == 0
    clean, *rows = result_of(folder)["robustness"]["ravdess"]
    (score,) = result_of(folder)["scores"]
    assert (clean["uar"], clean["clips"], len(rows)) == (score["uar_pooled"], 10, len(CONDITIONS))
    with (folder / "seed0-fold1" / "robustness.csv").open(newline="", encoding="utf-8") as file:
        changed = list(csv.DictReader(file))
    assert len(changed) == 10 * len(CONDITIONS)
    assert len({row["confidence"] for row in changed if row["id"] == changed[0]["id"]}) > 3


def test_every_clip_is_tested_once_by_a_network_that_did_not_hear_its_speaker(
    tested: tuple[Result, Path],
) -> None:
    from affectone.corpora import load_protocol

    rows = rows_of(tested[1])
    assert len({row["id"] for row in rows}) == len(rows) == 48
    folds = load_protocol("ravdess:luna5").folds
    for number, fold in enumerate(folds, start=1):
        speakers = {f"ravdess/{row['speaker']}" for row in rows if row["fold"] == str(number)}
        assert speakers == set(fold.test)


def test_predictions_are_labels_of_the_corpus_with_a_confidence(tested: tuple[Result, Path]) -> None:
    rows = rows_of(tested[1])
    assert {row["emotion"] for row in rows} == set(EMOTIONS.values())
    assert {row["predicted"] for row in rows} <= set(EMOTIONS.values())
    assert all(0.5 <= float(row["confidence"]) <= 1 for row in rows)
    assert all(float(row["temperature"]) > 0 for row in rows)


def test_the_result_counts_what_was_tested(tested: tuple[Result, Path]) -> None:
    result = result_of(tested[1])
    (score,) = result["scores"]
    assert (score["corpus"], score["clips"], score["speakers"]) == ("ravdess", 48, 24)
    assert (score["folds"], score["seeds"], score["interval_over"]) == (5, 1, "speakers")
    assert sum(map(sum, score["confusion"])) == 48
    assert result["speaker_independent"] is True
    assert (result["training_corpora"], result["seeds"]) == (["ravdess"], [0])
    assert result["validation"] == "speakers named by the protocol"
    assert set(result["slices"]["ravdess"]) == {"sex", "age_band"}
    assert set(result["slices"]["ravdess"]["sex"]) == {"female", "male"}


def test_the_result_is_what_the_predictions_say(tested: tuple[Result, Path]) -> None:
    rows = rows_of(tested[1])
    (score,) = result_of(tested[1])["scores"]
    right = np.mean([row["emotion"] == row["predicted"] for row in rows])
    assert score["wa_pooled"] == pytest.approx(100 * right, abs=0.01)
    recalls = [
        np.mean([row["predicted"] == emotion for row in rows if row["emotion"] == emotion])
        for emotion in EMOTIONS.values()
    ]
    assert score["uar_pooled"] == pytest.approx(100 * np.mean(recalls), abs=0.01)


def test_a_cell_leaves_its_curve_and_no_checkpoint(tested: tuple[Result, Path]) -> None:
    assert len(list(tested[1].glob("seed0-fold*/metrics.csv"))) == 5
    assert list(tested[1].rglob("*.ckpt")) == []


def test_cells_that_are_done_are_not_run_again(tested: tuple[Result, Path], train: Run) -> None:
    said, folder = tested
    cells = sorted(folder.glob("seed0-fold*/*"))
    before = {path: path.stat().st_mtime_ns for path in cells}
    result = result_of(folder)
    again = train("-o", folder, "--protocol", "ravdess:luna5")
    assert (again.exit_code, again.stderr) == (0, said.stderr)
    assert {path: path.stat().st_mtime_ns for path in sorted(folder.glob("seed0-fold*/*"))} == before
    assert result_of(folder) == result


def test_a_cell_that_is_missing_is_run_again_with_the_same_answers(
    tested: tuple[Result, Path], train: Run
) -> None:
    folder = tested[1]
    lost = folder / "seed0-fold3" / "predictions.csv"
    kept = folder / "seed0-fold2" / "predictions.csv"
    content, time = lost.read_bytes(), kept.stat().st_mtime_ns
    lost.unlink()
    assert train("-o", folder, "--protocol", "ravdess:luna5").exit_code == 0
    assert lost.read_bytes() == content
    assert kept.stat().st_mtime_ns == time


@pytest.mark.parametrize("changes", [("--epochs", 2), ("--protocol", "ravdess:emobox6")])
def test_another_run_in_the_same_folder_is_refused(
    tested: tuple[Result, Path], train: Run, changes: tuple[object, ...]
) -> None:
    folder = tested[1]
    before = (folder / "run.json").read_bytes()
    result = train("-o", folder, "--protocol", "ravdess:luna5", *changes)
    assert result.exit_code == 2
    assert result.stderr == (
        f"affectone: {folder} holds a run of other settings; choose another folder with -o\n"
    )
    assert (folder / "run.json").read_bytes() == before


def test_other_recordings_of_the_same_number_are_another_run(
    tested: tuple[Result, Path], train: Run, world: Path
) -> None:
    clip = next((world / "ravdess").rglob("*.wav"))
    kept = clip.read_bytes()
    samples, rate = sf.read(clip)
    sf.write(clip, samples[::-1], rate)
    try:
        result = train("-o", tested[1], "--protocol", "ravdess:luna5")
    finally:
        clip.write_bytes(kept)
    assert result.exit_code == 2
    assert "holds a run of other settings" in result.stderr


def test_the_seed_of_the_file_is_taken(train: Run, world: Path) -> None:
    (world / "seeded.toml").write_text("seed = 7\n" + SETTINGS, encoding="utf-8")
    folder = world / "runs" / "seeded"
    result = train("-o", folder, "--protocol", "ravdess:serab", config="seeded.toml")
    assert result.exit_code == 0
    assert [path.name for path in folder.glob("seed*")] == ["seed7-fold1"]
    assert result_of(folder)["seeds"] == [7]


def test_seeds_are_runs_of_their_own(train: Run, world: Path) -> None:
    folder = world / "runs" / "seeds"
    assert train("-o", folder, "--protocol", "ravdess:serab", "--seeds", "0,3").exit_code == 0
    (score,) = result_of(folder)["scores"]
    assert (score["seeds"], score["clips"], score["speakers"]) == (2, 10, 5)
    confidences = [[row["confidence"] for row in rows_of(folder) if row["seed"] == seed] for seed in "03"]
    assert confidences[0] != confidences[1]


def test_a_random_split_says_what_it_is(train: Run, world: Path) -> None:
    folder = world / "runs" / "random"
    result = train("-o", folder, "--protocol", "random")
    assert result.exit_code == 0
    found = result_of(folder)
    (warning,) = found["warnings"]
    assert warning.startswith("speakers in both training and test of folds 1 to 5: ravdess/01, ")
    assert found["speaker_independent"] is False
    assert found["scores"][0]["clips"] == 48
    assert f"affectone: warning: random: {warning}" in result.stderr.splitlines()


def test_a_file_is_a_protocol_and_other_corpora_are_left_out(
    train: Run, world: Path, tiny: ModuleType
) -> None:
    from affectone.corpora import Fold, Protocol, save_protocol

    (world / "savee").mkdir()
    sf.write(world / "savee" / "DC_a01.wav", tiny.spoken_clip(0.7, pitch=90), 16000)
    made = Protocol(
        "mine:two", "me", ("ravdess",), (Fold(("ravdess/01", "ravdess/02")),), labels=("happy", "angry")
    )
    save_protocol(made, world / "mine.json")
    folder = world / "runs" / "file"
    result = train("-o", folder, "--protocol", world / "mine.json", "--corpus", f"savee={world / 'savee'}")
    assert result.exit_code == 0
    first = result.stderr.splitlines()[0]
    assert first == "affectone: mine:two is about ravdess: 1 clips of savee are left out"
    found = result_of(folder)
    assert (found["protocol"], found["protocol_sha256"]) == ("mine:two", made.digest)
    assert (found["training_corpora"], found["warnings"]) == (["ravdess"], [])
    assert (found["scores"][0]["clips"], found["scores"][0]["speakers"]) == (4, 2)
