"""`affectone export` on runs that hold no model, or one that is not what was trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from typer.testing import Result

pytest.importorskip("torch")

from affectone.training.checks import Checks, made_sounds, onnx_logits, write_checks

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, tiny: ModuleType) -> Path:
    """Return the folder of a run whose model is the tiny one; as a classic model it has no checkpoint."""
    folder = tmp_path / "run"
    tiny.write_model(folder, "model")
    keep_run(folder, "model tiny 0.0.1, seed 0")
    keep_checks(folder)
    return folder


def keep_run(folder: Path, purpose: str) -> None:
    (folder / "run.json").write_text(json.dumps({"purpose": purpose, "config": {"model": "svm_rbf"}}))


def keep_checks(
    folder: Path, moved: float = 0.0, labels: int = 8, config: dict[str, object] | None = None
) -> None:
    """Keep the answers of the model, the first label's logit moved since, and fewer labels."""
    network = (folder / "model" / "model.onnx").read_bytes()
    sounds = made_sounds()
    found = onnx_logits(network, sounds)
    write_checks(folder / "checks.npz", Checks(sounds, found, config or {"model": "svm_rbf"}), network)
    with np.load(folder / "checks.npz") as kept:
        content = dict(kept)
    content["emotion"] = (content["emotion"] + moved * np.eye(8, dtype=np.float32)[0])[:, :labels]
    np.savez(folder / "checks.npz", **content)


@pytest.fixture
def export(invoke: Run, tmp_path: Path) -> Run:
    """Return a function that runs `affectone export RUN -o OUT`."""

    def call(folder: Path, *arguments: object, out: Path | None = None) -> Result:
        return invoke(["export", folder, "-o", out or tmp_path / "out", *arguments])

    return call


def refused(result: Result, status: int) -> str:
    assert (result.exit_code, result.stdout) == (status, "")
    return result.stderr.splitlines()[-1].removeprefix("affectone: ")


def test_a_run_that_is_whole_is_exported(run: Path, export: Run, tmp_path: Path) -> None:
    result = export(run)
    size = (run / "model" / "model.onnx").stat().st_size
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "affectone: onnxruntime and the trained model differ by 0.0e+00 on 4 inputs",
        f"affectone: {tmp_path / 'out'}: model 0.0.1, {size:,} bytes",
    ]


def test_an_older_export_is_replaced(run: Path, export: Run, tmp_path: Path) -> None:
    assert export(run).exit_code == 0
    (tmp_path / "out" / "card.json").write_text("{}")
    assert export(run).exit_code == 0
    assert (tmp_path / "out" / "card.json").read_bytes() == (run / "model" / "card.json").read_bytes()


def test_no_output(invoke: Run, run: Path) -> None:
    assert refused(invoke(["export", run]), 2) == "-o DIR is needed: the folder for model.onnx and card.json"


def test_no_such_run(export: Run, tmp_path: Path) -> None:
    words = refused(export(tmp_path / "none"), 2)
    assert words == f"no run folder {tmp_path / 'none'}; affectone train -o RUN makes one"


def test_something_else_than_a_run(export: Run, tmp_path: Path) -> None:
    words = refused(export(tmp_path), 2)
    assert words == f"{tmp_path} is no run of affectone train: it has no run.json"


def test_a_model_instead_of_its_run(export: Run, run: Path) -> None:
    words = refused(export(run / "model"), 2)
    assert words == f"{run / 'model'} is no run of affectone train: it has no run.json; it is a model already"


def test_the_run_of_a_protocol(export: Run, run: Path) -> None:
    keep_run(run, "group5 0123abc")
    assert refused(export(run), 2).startswith(
        f"{run} is a run of the protocol group5: its models were trained "
    )


@pytest.mark.parametrize("content", ["", "{}", "[]"])
def test_a_broken_run_file(export: Run, run: Path, content: str) -> None:
    (run / "run.json").write_text(content)
    assert refused(export(run), 2).startswith(f"{run / 'run.json'} cannot be read: ")


def test_a_run_that_was_interrupted(export: Run, run: Path) -> None:
    (run / "model" / "card.json").unlink()
    words = refused(export(run), 2)
    assert words == f"{run} is not finished: the same affectone train command goes on where it stopped"


def test_another_model_than_the_cards(export: Run, run: Path, tmp_path: Path) -> None:
    file = run / "model" / "model.onnx"
    file.write_bytes(file.read_bytes() + b"\0")
    words = refused(export(run), 3)
    assert words.startswith(f"{file} is not the model its card describes: its sha256 is ")
    assert not (tmp_path / "out").exists()


def test_runtimes_that_disagree(export: Run, run: Path, tmp_path: Path) -> None:
    keep_checks(run, moved=3.0)
    words = refused(export(run), 3)
    assert words.startswith(
        f"{run / 'model'}: onnxruntime and the trained model disagree: probabilities differ by 0."
    )
    assert words.endswith(", and by 0.0000 when the model was exported; train it anew")
    assert not (tmp_path / "out").exists()


def test_scores_of_other_labels(export: Run, run: Path) -> None:
    keep_checks(run, labels=5)
    words = refused(export(run), 3)
    assert words == (
        f"{run / 'model'}: its card names 8 labels, and the run recorded scores of 5; train it anew"
    )


def test_a_run_that_recorded_nothing(export: Run, run: Path) -> None:
    (run / "checks.npz").unlink()
    words = refused(export(run), 3)
    assert words == f"no {run / 'checks.npz'}: the run does not say what its model answered"


def test_settings_of_another_version(export: Run, run: Path) -> None:
    keep_checks(run, config={"model": "cnn_tcn", "bells": 3})
    assert refused(export(run), 2).startswith("its settings are none that this version knows: ")


def test_a_folder_with_other_things(export: Run, run: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("dear")
    words = refused(export(run), 2)
    assert words == (f"-o {tmp_path / 'out'} holds other things, such as letter.txt; name another folder")


def test_a_file_in_the_place_of_the_folder(export: Run, run: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    assert refused(export(run), 2) == f"-o {tmp_path / 'out'} is a file; name a folder"


@pytest.mark.parametrize("inside", [".", "model", "model/new"])
def test_a_place_in_the_run_itself(export: Run, run: Path, inside: str) -> None:
    words = refused(export(run, out=run / inside), 2)
    assert words == f"-o {run / inside} lies in the run itself; name a folder elsewhere"


def test_a_place_that_cannot_be_made(export: Run, run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    words = refused(export(run, out=tmp_path / "file" / "out"), 2)
    assert words == f"-o {tmp_path / 'file' / 'out'}: cannot be written: Not a directory"


def test_without_the_extra(export: Run, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import affectone.registry

    monkeypatch.setitem(affectone.registry.EXTRA_MODULES, "train", ("no_such_module_anywhere",))
    assert refused(export(run), 3) == "an export needs the extra 'train': pip install 'affectone[train]'"


def test_numbers_that_are_none(export: Run, run: Path) -> None:
    with np.load(run / "checks.npz") as kept:
        content = dict(kept)
    content["emotion"] = np.full_like(content["emotion"], np.nan)
    np.savez(run / "checks.npz", **content)
    assert "disagree: probabilities differ by nan" in refused(export(run), 3)
