"""`affectone evaluate` on a wrong command line, a broken run or wrong predictions: what it says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from typer.testing import Result

pytest.importorskip("torch")
pytest.importorskip("matplotlib")

Run = Callable[..., Result]


@pytest.fixture
def refused(invoke: Run, tmp_path: Path) -> Callable[..., str]:
    """Return a function that runs `affectone evaluate`, and gives its one line; no report may be there."""

    def run(status: int, *arguments: object, output: bool = True) -> str:
        place = ["-o", str(tmp_path / "report")] if output else []
        result = invoke(["evaluate", *map(str, arguments), *place])
        assert (result.exit_code, result.stdout) == (status, "")
        assert result.stderr.startswith("affectone: ")
        assert result.stderr.count("\n") == 1
        assert not (tmp_path / "report").exists()
        return result.stderr.removeprefix("affectone: ").rstrip("\n")

    return run


@pytest.fixture
def run(made_run: ModuleType, tmp_path: Path) -> Path:
    folder: Path = made_run.write_run(tmp_path / "run")
    return folder


def test_nothing_to_judge(refused: Callable[..., str]) -> None:
    assert refused(2) == "one of RUN, MODEL and --predictions FILE.csv is needed: what is to be judged"


def test_both_to_judge(refused: Callable[..., str], run: Path) -> None:
    words = refused(2, run, "--predictions", "x.csv", "--protocol", "loso")
    assert words == "one of RUN, MODEL and --predictions FILE.csv is needed: what is to be judged"


def test_no_output(refused: Callable[..., str], run: Path) -> None:
    words = refused(2, run, output=False)
    assert words == "-o REPORT is needed: the folder for report.html, report.json and pictures"


def test_a_file_in_the_place_of_the_report(refused: Callable[..., str], run: Path, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    words = refused(2, run, "-o", tmp_path / "there", output=False)
    assert words == f"-o {tmp_path / 'there'} is a file; name a folder"


def test_predictions_without_a_protocol(refused: Callable[..., str]) -> None:
    words = refused(2, "--predictions", "x.csv")
    assert words == "--predictions wants --protocol P: it says which clips are tested"


def test_predictions_without_labels(refused: Callable[..., str]) -> None:
    words = refused(2, "--predictions", "x.csv", "--protocol", "loso")
    assert words == "--predictions wants --manifest or --corpus NAME=ROOT: they say what the labels are"


def test_two_sources_of_labels(refused: Callable[..., str], run: Path) -> None:
    words = refused(2, run, "--manifest", "m.csv", "--corpus", "savee=x")
    assert words == "--manifest and --corpus both say what the clips are; leave out one of them"


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--protocol", "--protocol goes with a model or --predictions; a run has its own"),
        ("--labels", "--labels goes with --predictions; a run has its own"),
    ],
)
def test_what_a_run_has_itself(refused: Callable[..., str], run: Path, flag: str, words: str) -> None:
    assert refused(2, run, flag, "8") == words


def test_a_run_cannot_be_asked(refused: Callable[..., str], run: Path) -> None:
    assert refused(2, run, "--robustness") == (
        "--robustness goes with a model, which can be asked; a run keeps its answers, and has those to "
        "changed clips where train --robustness made it"
    )


def test_noise_alone(refused: Callable[..., str], tiny_model: Path) -> None:
    words = refused(2, tiny_model, "--protocol", "loso", "--corpus", "savee=x", "--noise", "cafe=x")
    assert words == "--noise goes with --robustness"


@pytest.mark.parametrize(
    ("noise", "words"),
    [
        ("cafe", "--noise wants NAME=FOLDER, such as cafe=noises/cafe; got 'cafe'"),
        (" =x", "--noise wants NAME=FOLDER, such as cafe=noises/cafe; got ' ' as a name"),
        ("a\nb=x", "--noise wants NAME=FOLDER, such as cafe=noises/cafe; got 'a\\nb' as a name"),
        ("Codec =x", "--noise Codec : there is a change of this name already; name it otherwise"),
        ("clean=x", "--noise clean: there is a change of this name already; name it otherwise"),
        ("cafe=nowhere", "--noise cafe: no folder nowhere to augment from"),
    ],
)
def test_noise_that_cannot_be_used(
    refused: Callable[..., str], tiny_model: Path, noise: str, words: str
) -> None:
    given = (tiny_model, "--protocol", "loso", "--corpus", "savee=x", "--robustness", "--noise", noise)
    assert refused(2, *given) == words


def test_a_model_without_a_protocol(refused: Callable[..., str], tiny_model: Path) -> None:
    words = refused(2, tiny_model)
    assert words == f"{tiny_model} is a model, which wants --protocol P: it says which clips are tested"


def test_a_model_without_clips(refused: Callable[..., str], tiny_model: Path) -> None:
    words = refused(2, tiny_model, "--protocol", "loso")
    assert words == "a model wants --manifest or --corpus NAME=ROOT: they say what the labels are"


def test_a_model_with_a_view_of_labels(refused: Callable[..., str], tiny_model: Path) -> None:
    words = refused(2, tiny_model, "--protocol", "loso", "--labels", "4", "--corpus", "savee=x")
    assert words == "--labels goes with --predictions; a model has its own"


def test_a_model_that_is_nowhere(refused: Callable[..., str], made_run: ModuleType, tmp_path: Path) -> None:
    _, manifest, protocol = made_run.write_files(tmp_path)
    words = refused(3, "egde", "--protocol", protocol, "--manifest", manifest)
    assert words.startswith("unknown model 'egde'; did you mean 'edge'?")


def test_a_model_and_recordings_that_are_not_there(
    refused: Callable[..., str], made_run: ModuleType, tiny_model: Path, tmp_path: Path
) -> None:
    _, manifest, protocol = made_run.write_files(tmp_path)
    words = refused(3, tiny_model, "--protocol", protocol, "--manifest", manifest)
    assert "a-happy-1.wav" in words


def test_a_model_of_other_labels(
    refused: Callable[..., str], made_run: ModuleType, tiny: ModuleType, tmp_path: Path
) -> None:
    _, manifest, protocol = made_run.write_files(tmp_path)
    model = tiny.write_model(tmp_path, "calm", labels=("calm", "neutral"))
    words = refused(3, model, "--protocol", protocol, "--manifest", manifest)
    assert words == "no clip has a label that calm@0.0.1 knows; it knows calm, neutral"


def test_answers_to_changed_clips_that_were_cut(refused: Callable[..., str], run: Path) -> None:
    result = json.loads((run / "result.json").read_text())
    (run / "result.json").write_text(json.dumps(result | {"robustness": {}}))
    assert refused(3, run).startswith(f"{run / 'seed0-fold1'} has no robustness.csv; ")
    for cell in run.glob("seed0-fold*"):
        table = pd.read_csv(cell / "predictions.csv").assign(by="codec", of="Opus")
        table.iloc[:-1].to_csv(cell / "robustness.csv", index=False)
    assert refused(3, run).startswith(f"{run}: a robustness.csv is of other clips than the predictions.csv ")


def test_no_such_run(refused: Callable[..., str], tmp_path: Path) -> None:
    words = refused(3, tmp_path / "none")
    assert words == f"no run folder {tmp_path / 'none'}; affectone train --protocol P -o RUN makes one"


def test_a_folder_of_something_else(refused: Callable[..., str], tmp_path: Path) -> None:
    assert refused(3, tmp_path) == f"{tmp_path} has no result.json; it is no run of a protocol"


def test_a_run_that_is_not_finished(refused: Callable[..., str], run: Path) -> None:
    (run / "result.json").unlink()
    words = refused(3, run)
    assert words == (
        f"{run} has no result.json; the run is not finished: the same affectone train command goes on where "
        f"it stopped"
    )


def test_a_result_that_is_none(refused: Callable[..., str], run: Path) -> None:
    (run / "result.json").write_text("{")
    assert refused(3, run).startswith(f"{run / 'result.json'} cannot be read: ")
    (run / "result.json").write_text('{"protocol": "x", "seeds": [0]}')
    words = refused(3, run)
    assert words == (
        f"{run / 'result.json'} is no result of affectone train: it lacks protocol_source, protocol_sha256, "
        f"speaker_independent, scores"
    )


def test_a_cell_that_was_taken_away(refused: Callable[..., str], run: Path) -> None:
    shutil.rmtree(run / "seed0-fold2")
    assert refused(3, run).startswith(
        f"{run} holds 16 predictions of made, and its result.json speaks of 32; the same affectone train "
    )
    (run / "seed0-fold1" / "predictions.csv").unlink()
    assert refused(3, run).startswith(f"{run / 'seed0-fold1'} has no predictions.csv; the same affectone ")
    shutil.rmtree(run / "seed0-fold1")
    assert refused(3, run).startswith(f"{run} holds no predictions; the same affectone train ")


def test_a_cell_twice(refused: Callable[..., str], run: Path) -> None:
    shutil.copytree(run / "seed0-fold2", run / "seed0-fold3")
    assert refused(3, run) == f"{run}: made/e-happy-1 is predicted twice with seed 0"


def test_a_cell_that_is_no_table_of_predictions(refused: Callable[..., str], run: Path) -> None:
    file = run / "seed0-fold1" / "predictions.csv"
    file.write_text("id,corpus\nx,made\n")
    words = refused(3, run)
    assert words == (
        f"{file} is no table of predictions: it lacks speaker, sex, age, emotion, predicted, confidence"
    )
    file.write_bytes(b"")
    assert refused(3, run).startswith(f"{file} cannot be read: ")


def test_an_answer_that_is_empty(refused: Callable[..., str], run: Path) -> None:
    file = run / "seed0-fold1" / "predictions.csv"
    pd.read_csv(file).assign(predicted="").to_csv(file, index=False)
    assert refused(3, run) == f"{file} has empty cells in the column 'predicted'"


def test_a_curve_that_is_broken(refused: Callable[..., str], run: Path) -> None:
    (run / "seed0-fold1" / "metrics.csv").write_bytes(b"")
    assert refused(3, run).startswith(f"{run / 'seed0-fold1' / 'metrics.csv'} cannot be read: ")


def test_runs_of_two_protocols(refused: Callable[..., str], run: Path, tmp_path: Path) -> None:
    other = shutil.copytree(run, tmp_path / "other")
    result = json.loads((other / "result.json").read_text())
    result |= {"protocol": "made:other", "protocol_sha256": "0" * 64}
    (other / "result.json").write_text(json.dumps(result))
    words = refused(3, run, "--against", other)
    assert words.startswith(f"{run} is of made:two2 (")
    assert words.endswith("of made:other (000000000000): two protocols cannot be compared")


def test_runs_of_other_clips(
    refused: Callable[..., str], run: Path, made_run: ModuleType, tmp_path: Path
) -> None:
    other = shutil.copytree(run, tmp_path / "other")
    file = other / "seed0-fold1" / "predictions.csv"
    table = pd.read_csv(file)
    table.assign(id=table["id"].replace("made/a-sad-1", "made/x")).to_csv(file, index=False)
    assert f"{run} and {other} differ by 2 clips, such as made/a-sad-1; " in refused(
        3, run, "--against", other
    )
    table.assign(emotion="happy").to_csv(file, index=False)
    words = refused(3, run, "--against", other)
    assert words == f"{run} and {other} differ in the labels of 8 clips, such as made/a-sad-1"
    table.assign(speaker=table["speaker"].replace("a", "ann")).to_csv(file, index=False)
    words = refused(3, run, "--against", other)
    assert words == f"{run} and {other} differ in the speakers of 4 clips, such as made/a-happy-1"


@pytest.fixture
def judged(refused: Callable[..., str], made_run: ModuleType, tmp_path: Path) -> Callable[..., str]:
    """Return a function that judges changed predictions and gives the words of the refusal."""

    def judge(change: Callable[[pd.DataFrame], pd.DataFrame], *more: object) -> str:
        file, manifest, protocol = made_run.write_files(tmp_path)
        change(pd.read_csv(file, dtype=str)).to_csv(file, index=False)
        line: list[Any] = ["--predictions", file, "--protocol", protocol, "--manifest", manifest, *more]
        return refused(3, *line).replace(str(file), "FILE")

    return judge


def test_missing_clips(judged: Callable[..., str]) -> None:
    words = judged(lambda table: table.iloc[5:])
    assert words == (
        "5 of 32 test clips of made:two2 have no prediction in FILE: made/a-happy-1, made/a-happy-2, "
        "made/a-sad-1 and 2 more (happy, sad). A score without them would be of another test; if the model "
        "does not know a label, --labels names those that it knows"
    )


def test_ids_of_another_kind(judged: Callable[..., str]) -> None:
    words = judged(lambda table: table.assign(id=table["id"] + ".wav"))
    assert words == (
        "no id in FILE is that of a test clip of made:two2: ids there are such as 'made/a-happy-1', here "
        "'made/a-happy-1.wav'"
    )


def test_a_clip_twice(judged: Callable[..., str]) -> None:
    words = judged(lambda table: pd.concat([table, table.iloc[:1]]))
    assert words == "FILE has more than one prediction of made/a-happy-1; one a clip is scored"


def test_an_unknown_label(judged: Callable[..., str]) -> None:
    words = judged(lambda table: table.assign(predicted=table["predicted"].replace("happy", "hapy")))
    assert words.startswith("FILE, made/a-sad-1: unknown label 'hapy'; did you mean 'happy'? known: ") or (
        words.startswith("FILE, made/b-happy-1: unknown label 'hapy'; did you mean 'happy'? known: ")
    )
    assert words.endswith("(14 predictions have such labels)")


def test_a_label_that_is_no_text(judged: Callable[..., str]) -> None:
    words = judged(lambda table: table.assign(predicted=""))
    assert words.startswith("FILE, made/a-happy-1: unknown label ''; known: neutral, ")


def test_a_score_of_an_unknown_label(judged: Callable[..., str]) -> None:
    words = judged(lambda table: table.rename(columns={"score_angry": "score_angri"}))
    assert words.startswith("FILE: unknown label 'angri'; did you mean 'angry'? known: ")
    assert words.endswith(" in score_angri")


@pytest.mark.parametrize("cell", ["much", "", "nan", "inf", "-0.1", "80"])
def test_a_score_that_is_no_probability(judged: Callable[..., str], cell: str) -> None:
    words = judged(lambda table: table.assign(score_sad=cell))
    assert words == f"FILE, made/a-happy-1: score_sad is {cell!r}; a probability is a number from 0 to 1"


def test_scores_that_do_not_sum_to_one(judged: Callable[..., str]) -> None:
    words = judged(lambda table: table.assign(score_happy="0.3", score_sad="0.1", score_angry="0.1"))
    assert words == "FILE, made/a-happy-1: the scores sum to 0.5 instead of 1"


def test_no_column_of_predictions(judged: Callable[..., str]) -> None:
    words = judged(lambda table: table.rename(columns={"predicted": "prediction"}))
    assert words.startswith(
        "FILE is no table of predictions: unknown column 'predicted'; did you mean 'prediction'? known: id, "
    )


def test_a_row_that_is_cut(refused: Callable[..., str], made_run: ModuleType, tmp_path: Path) -> None:
    file, manifest, protocol = made_run.write_files(tmp_path)
    line = ("--predictions", file, "--protocol", protocol, "--manifest", manifest)
    file.write_text("id,predicted\nmade/a-happy-1\n")
    assert refused(3, *line) == f"{file}: row 2 has 1 cells, and the heads are 2"
    file.write_text("id,predicted,predicted\n")
    assert refused(3, *line) == f"{file} has the column 'predicted' more than once"
    file.write_text("id,predicted,score_happy,score_happy\n")
    assert refused(3, *line) == f"{file} has the column 'score_happy' more than once"
    file.write_bytes("id,predicted\nä,happy".encode("latin-1"))
    assert refused(3, *line).startswith(f"{file} cannot be read as CSV in UTF-8: ")
    file.write_text("")
    assert refused(3, *line).startswith(f"{file} is no table of predictions: unknown column 'id'")
    file.unlink()
    assert refused(3, *line) == f"no file {file}"


def test_an_unknown_protocol(refused: Callable[..., str], made_run: ModuleType, tmp_path: Path) -> None:
    file, manifest, _ = made_run.write_files(tmp_path)
    words = refused(3, "--predictions", file, "--protocol", "ravdes:luna5", "--manifest", manifest)
    assert words.startswith("unknown protocol 'ravdes:luna5'; did you mean 'ravdess:luna5'? known: ")


def test_a_report_that_cannot_be_written(invoke: Run, run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = invoke(["evaluate", str(run), "-o", str(tmp_path / "file" / "report")])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "cannot be written: Not a directory\n" in result.stderr
