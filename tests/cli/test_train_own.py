"""`affectone train --table`: a user's own labels, from a table to answers with these names."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import Result

pytest.importorskip("torch")

import affectone
from affectone.models.card import read_card

pytestmark = pytest.mark.train

LABELS = ("happy", "1", "bored caller")
"""A common one comes first, then those of one's own by name; that one is a number must not matter."""
PEOPLE = ("ada", "jo", "kim", "lena", "max", "tom")
SMALL = "epochs = 1\nbatch_size = 4\n[features]\ncopies = 1\n"
Run = Callable[..., Result]
Rows = Sequence[tuple[str, str, str]]


def write_table(file: Path, rows: Rows, columns: str = "path,label,speaker") -> Path:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns.split(","))
        writer.writerows(row[: len(columns.split(","))] for row in rows)
    return file


@pytest.fixture(scope="module")
def world(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with 36 recordings of six people and tables of them."""
    root = tmp_path_factory.mktemp("own")
    rows = tiny.write_recordings(root, LABELS, PEOPLE)
    write_table(root / "mine.csv", rows)
    write_table(root / "nobody.csv", rows, "path,label")
    write_table(root / "two.csv", [row for row in rows if row[2] in ("ada", "jo") and row[1] != "1"])
    (root / "small.toml").write_text(SMALL, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def train(world: Path, invoke: Run) -> Run:
    """Return a function that runs `affectone train --table` with a table of that folder."""

    def run(table: str, *arguments: object) -> Result:
        line = ["train", "--table", str(world / table), "--cache", str(world / "cache")]
        line += ["--threads", "1", "--jobs", "1", *map(str, arguments)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["affectone", *line])
            return invoke(line)

    return run


@pytest.fixture(scope="module")
def kept(train: Run, world: Path) -> tuple[Result, Path]:
    """Return what training a classic model to keep said, and its run."""
    return train("mine.csv", "--model", "svm_rbf", "-o", world / "kept"), world / "kept"


@pytest.fixture(scope="module")
def tested(train: Run, world: Path) -> tuple[Result, Path]:
    """Return what a protocol said, and its run."""
    run = world / "tested"
    return train("mine.csv", "--model", "svm_rbf", "--protocol", "group5", "-o", run), run


@pytest.fixture(scope="module")
def network(train: Run, world: Path) -> tuple[Result, Path]:
    """Return what training a network on two people said, and its run."""
    run = world / "network"
    return train("two.csv", world / "small.toml", "-o", run), run


def test_labels_are_kept_and_how_it_was_calibrated_is_said(kept: tuple[Result, Path]) -> None:
    result, run = kept
    assert (result.exit_code, result.stdout) == (0, "")
    size = (run / "model" / "model.onnx").stat().st_size
    assert result.stderr.splitlines() == [
        "affectone: table: kept '1' as it is (12 files)",
        "affectone: table: kept 'bored caller' as it is (12 files)",
        "affectone: table: kept 'happy' as it is (12 files)",
        "affectone: no speaker is set aside to calibrate the model: 12% of a corpus's speakers are, if it "
        "has 8 or more; mine has 6 speakers. The model learns from all clips; 5 more are trained, each "
        "without some of the speakers, and their answers to these calibrate it",
        "affectone: calibrated on 36 clips of 6 speakers, each answered by one of 5 models that had not "
        "heard its speaker; this model was trained on all clips",
        f"affectone: {run / 'model'}: mine 0.1.0, {size:,} bytes",
    ]


def test_the_card_has_the_labels_in_their_order_and_what_was_done(kept: tuple[Result, Path]) -> None:
    card = read_card(kept[1] / "model" / "card.json")
    assert card.labels == LABELS
    assert card.calibration.fitted_on == (
        "36 clips of 6 speakers, each answered by one of 5 models that had not heard its speaker; this model "
        "was trained on all clips"
    )
    assert (card.corpora[0].name, card.corpora[0].speakers, card.commercial_use) == ("mine", 6, False)
    assert card.limits == (
        "Trained on its maker's own recordings; affectone train --protocol says how well that does.",
        "Says how a voice sounds to listeners, not what a person feels.",
        "Knows nothing of female and male voices: no clip it was trained on said which it is.",
    )
    assert "PATH" in card.training_command


def test_answers_have_these_names(kept: tuple[Result, Path], world: Path) -> None:
    recognizer = affectone.Recognizer(kept[1] / "model")
    for label in LABELS:
        answer = recognizer.predict(world / label / "kim_1.wav")
        assert (answer.label, tuple(answer.scores)) == (label, LABELS)
        assert sum(answer.scores.values()) == pytest.approx(1.0)
        assert answer.voice["female"] == pytest.approx(0.5)


def test_the_command_line_predicts_with_it(kept: tuple[Result, Path], world: Path, invoke: Run) -> None:
    result = invoke(["predict", world / "bored caller", "--model", kept[1] / "model", "--format", "csv"])
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert result.exit_code == 0
    assert [name for name in rows[0] if name.startswith("score_")] == [f"score_{label}" for label in LABELS]
    assert {row["label"] for row in rows} == {"bored caller"}


def test_the_order_of_the_rows_changes_nothing(kept: tuple[Result, Path], train: Run, world: Path) -> None:
    head, *lines = (world / "mine.csv").read_text(encoding="utf-8").splitlines()
    (world / "backwards.csv").write_text("\n".join([head, *lines[::-1]]), encoding="utf-8")
    run = world / "backwards"
    assert train("backwards.csv", "--model", "svm_rbf", "-o", run).exit_code == 0
    assert (run / "model" / "model.onnx").read_bytes() == (kept[1] / "model" / "model.onnx").read_bytes()


def test_a_protocol_tests_every_clip_by_a_model_that_did_not_hear_its_speaker(
    tested: tuple[Result, Path],
) -> None:
    result, run = tested
    found = json.loads((run / "result.json").read_text(encoding="utf-8"))
    (score,) = found["scores"]
    assert result.exit_code == 0
    assert (found["speaker_independent"], found["warnings"]) == (True, [])
    assert (score["clips"], score["speakers"], score["folds"]) == (36, 6, 5)
    assert set(score["labels"]) == set(LABELS)
    assert score["uar_pooled"] > 70


def test_a_protocol_that_is_done_is_read_again_the_same(tested: tuple[Result, Path], train: Run) -> None:
    # A label that is a number must come back from the table of predictions as it went there.
    result, run = tested
    before = (run / "result.json").read_bytes()
    again = train("mine.csv", "--model", "svm_rbf", "--protocol", "group5", "-o", run)
    assert (again.exit_code, again.stderr) == (0, result.stderr)
    assert (run / "result.json").read_bytes() == before


def test_the_report_has_the_labels(tested: tuple[Result, Path], world: Path, invoke: Run) -> None:
    result = invoke(["evaluate", tested[1], "-o", world / "report"])
    report: dict[str, Any] = json.loads((world / "report" / "report.json").read_text(encoding="utf-8"))
    assert result.exit_code == 0
    (corpus,) = report["corpora"]
    assert tuple(corpus["confusion"]["labels"]) == LABELS
    assert "bored caller" in (world / "report" / "report.html").read_text(encoding="utf-8")


def test_leaving_one_speaker_out(train: Run, world: Path) -> None:
    run = world / "loso"
    assert train("mine.csv", "--model", "gaussian_nb", "--protocol", "loso", "-o", run).exit_code == 0
    assert json.loads((run / "result.json").read_text())["scores"][0]["folds"] == 6


def test_without_speakers_a_split_is_random_and_says_so(train: Run, world: Path) -> None:
    result = train("nobody.csv", "--model", "gaussian_nb", "--protocol", "random", "-o", world / "random")
    assert result.exit_code == 0
    assert json.loads((world / "random" / "result.json").read_text())["speaker_independent"] is False
    assert "warning: random: speakers in both training and test of folds 1 to 5" in result.stderr


def test_without_speakers_recordings_calibrate_and_a_warning_says_what_that_means(
    train: Run, world: Path
) -> None:
    run = world / "unknown"
    result = train("nobody.csv", "--model", "gaussian_nb", "-o", run)
    assert result.exit_code == 0
    card = read_card(run / "model" / "card.json")
    assert card.calibration.fitted_on == (
        "36 clips, each answered by one of 5 models that had not heard the recording but may have heard the "
        "speaker; this model was trained on all clips"
    )
    assert "who speaks is not known of 36 of 36 clips" in result.stderr
    assert (
        "affectone: warning: the models that calibrate it may know the speakers they are asked about: for "
        "strangers its confidences are too high" in result.stderr.splitlines()
    )


def test_a_pattern_finds_the_speakers(train: Run, world: Path) -> None:
    line = ("--model", "gaussian_nb", "--protocol", "loso", "-o", world / "pattern")
    result = train("nobody.csv", *line, "--speaker", r"([a-z]+)_\d")
    assert result.exit_code == 0
    assert "table: the speaker pattern finds 6 speakers: " in result.stderr


def test_settings_may_name_some_of_the_labels(train: Run, world: Path) -> None:
    (world / "some.toml").write_text('model = "gaussian_nb"\nlabels = ["1", "happy"]\n', encoding="utf-8")
    assert train("mine.csv", world / "some.toml", "-o", world / "some").exit_code == 0
    assert read_card(world / "some" / "model" / "card.json").labels == ("1", "happy")


def test_what_a_scan_kept_is_a_table(train: Run, world: Path, invoke: Run) -> None:
    manifest = world / "scanned.parquet"
    scan = ["corpora", "scan", f"table={world / 'mine.csv'}", "--own-labels", "--jobs", "1", "-o", manifest]
    assert invoke(scan).exit_code == 0
    result = train("scanned.parquet", "--model", "gaussian_nb", "-o", world / "scanned")
    assert result.exit_code == 0
    assert read_card(world / "scanned" / "model" / "card.json").labels == LABELS


def test_a_network_learns_them_too(network: tuple[Result, Path], world: Path) -> None:
    result, run = network
    assert result.exit_code == 0
    card = read_card(run / "model" / "card.json")
    assert (card.labels, card.network) == (("happy", "bored caller"), "cnn_tcn")
    assert card.calibration.fitted_on == (
        "8 clips of 2 speakers, each answered by one of 2 models that had not heard its speaker; this model "
        "was trained on all clips"
    )
    answer = affectone.Recognizer(run / "model").predict(world / "happy" / "tom_1.wav")
    assert tuple(answer.scores) == ("happy", "bored caller")
    # Nobody said who is a woman: the voice head's first weights must not pretend to know.
    assert answer.voice["female"] == pytest.approx(0.5)


def test_a_network_that_is_done_is_written_again_the_same(
    network: tuple[Result, Path], train: Run, world: Path
) -> None:
    result, run = network
    before = (run / "model" / "model.onnx").read_bytes()
    logits = (run / "calibration" / "fold1" / "logits.npz").stat().st_mtime_ns
    assert list((run / "calibration").rglob("*.ckpt")) == []
    again = train("two.csv", world / "small.toml", "-o", run)
    assert (again.exit_code, again.stderr) == (0, result.stderr)
    assert (run / "model" / "model.onnx").read_bytes() == before
    assert (run / "calibration" / "fold1" / "logits.npz").stat().st_mtime_ns == logits


def test_a_network_is_exported_after_its_checkpoint_was_asked(
    network: tuple[Result, Path], world: Path, invoke: Run
) -> None:
    run, place = network[1], world / "exported" / "network"
    result = invoke(["export", run, "-o", place])
    first, second, third = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (0, "")
    assert first.startswith("affectone: onnxruntime and the trained model differ by ")
    assert first.endswith(" on 4 inputs")
    assert second == f"affectone: {run / 'final' / 'last.ckpt'} answers as recorded"
    assert third.startswith(f"affectone: {place}: mine 0.1.0, ")
    assert sorted(path.name for path in place.iterdir()) == ["card.json", "model.onnx"]
    for name in ("card.json", "model.onnx"):
        assert (place / name).read_bytes() == (run / "model" / name).read_bytes()
    assert affectone.Recognizer(place).predict(world / "happy" / "tom_1.wav").label in LABELS


def test_a_network_on_numbers_of_clips_is_exported_too(train: Run, world: Path, invoke: Run) -> None:
    settings = 'model = "cnn1d"\nfeatures = "mfcc40"\nepochs = 1\nbatch_size = 4\n'
    (world / "numbers.toml").write_text(settings, encoding="utf-8")
    run = world / "numbers"
    assert train("two.csv", world / "numbers.toml", "-o", run).exit_code == 0
    result = invoke(["export", run, "-o", world / "exported" / "numbers"])
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0].endswith(" on 8 inputs")
    assert f"{run / 'final' / 'last.ckpt'} answers as recorded" in result.stderr
    answer = affectone.Recognizer(world / "exported" / "numbers").predict(world / "happy" / "tom_1.wav")
    assert answer.voice["female"] == pytest.approx(0.5)


def test_another_checkpoint_than_the_models_is_told(
    network: tuple[Result, Path], world: Path, invoke: Run
) -> None:
    import torch

    run = network[1]
    file = run / "final" / "last.ckpt"
    whole = file.read_bytes()
    content = torch.load(file, weights_only=True)
    content["state_dict"]["network.emotion.bias"] += torch.tensor([2.0, 0.0])
    try:
        torch.save(content, file)
        changed = invoke(["export", run, "-o", world / "exported" / "changed"])
        file.write_bytes(b"no checkpoint")
        broken = invoke(["export", run, "-o", world / "exported" / "broken"])
        file.unlink()
        gone = invoke(["export", run, "-o", world / "exported" / "gone"])
    finally:
        file.write_bytes(whole)
    assert (changed.exit_code, broken.exit_code, gone.exit_code) == (3, 3, 0)
    assert f"{file} is not what the model was made of: its probabilities differ by 0." in changed.stderr
    assert f"{file} is no checkpoint of cnn_tcn: " in broken.stderr
    assert f"no checkpoint {file}: the recorded answers alone were compared" in gone.stderr
    assert not (world / "exported" / "changed").exists()


def test_a_classic_model_is_exported(kept: tuple[Result, Path], world: Path, invoke: Run) -> None:
    place = world / "exported" / "classic"
    result = invoke(["export", kept[1], "-o", place])
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0].endswith(" on 24 inputs")
    assert affectone.Recognizer(place).predict(world / "1" / "tom_1.wav").label == "1"


def test_a_protocols_run_is_no_model_to_keep(tested: tuple[Result, Path], world: Path, invoke: Run) -> None:
    result = invoke(["export", tested[1], "-o", world / "exported" / "tested"])
    assert result.exit_code == 2
    assert result.stderr == (
        f"affectone: {tested[1]} is a run of the protocol group5: its models were trained to be tested and "
        f"are not kept; affectone train without --protocol makes one to keep\n"
    )
