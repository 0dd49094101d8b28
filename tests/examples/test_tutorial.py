"""The tutorial does what it says: its ten commands, on the page and in the notebook, on a small corpus."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import Result

pytest.importorskip("torch")
nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial"
LABELS = ("cheerful", "grumpy", "sleepy")
PEOPLE = ("ada", "jo", "kim", "lena", "max", "tom")


def commands() -> list[str]:
    """Return the commands of the page, in their order."""
    page = (TUTORIAL / "own-model.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line.startswith("affectone ")]


@pytest.fixture(scope="module")
def notebook() -> Any:
    """Return the notebook, checked to be one."""
    found = nbformat.read(TUTORIAL / "own-model.ipynb", as_version=4)
    nbformat.validate(found)
    return found


@pytest.fixture
def here(tiny: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a folder with recordings of six people and new ones of a seventh."""
    tiny.write_recordings(tmp_path / "recordings", LABELS, PEOPLE)
    tiny.write_recordings(tmp_path / "new", LABELS, ("noor",), 1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFFECTONE_CACHE", str(tmp_path / "cache"))
    return tmp_path


def check_what_is_left(here: Path) -> None:
    """Check the files that the commands were to make."""
    card = json.loads((here / "models" / "mine" / "card.json").read_text(encoding="utf-8"))
    assert card["labels"] == list(LABELS)
    assert "had not heard its speaker" in card["calibration"]["fitted_on"]
    result = json.loads((here / "runs" / "tested" / "result.json").read_text(encoding="utf-8"))
    assert result["speaker_independent"] is True
    assert result["scores"][0]["uar_pooled"] > 60
    assert len((here / "features.csv").read_text(encoding="utf-8").splitlines()) == 37
    for name in ("mine.parquet", "grumpy.png", "report/report.html", "models/mine/model.onnx"):
        assert (here / name).stat().st_size > 0, name


def test_there_are_ten_commands() -> None:
    assert [shlex.split(line)[1] for line in commands()] == [
        *(
            "corpora",
            "corpora",
            "corpora",
            "features",
            "plot",
            "train",
            "evaluate",
            "train",
            "export",
            "predict",
        )
    ]


def test_the_notebook_has_the_same_commands_and_no_output(notebook: Any) -> None:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    lines = [line for cell in code for line in cell.source.splitlines()]
    assert [line[1:] for line in lines if line.startswith("!")] == commands()
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * len(code)


@pytest.mark.train
def test_the_page_leads_to_a_model_that_answers(here: Path, invoke: Callable[..., Result]) -> None:
    for line in commands():
        result = invoke(shlex.split(line)[1:])
        assert result.exit_code == 0, f"{line}\n{result.stderr}"
    answers = [row.split() for row in result.stdout.splitlines()[1:]]
    assert [row[:2] for row in answers] == [[f"new/{label}/noor_1.wav", label] for label in LABELS]
    check_what_is_left(here)


@pytest.mark.train
def test_the_notebook_runs(
    here: Path, notebook: Any, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = tmp_path_factory.mktemp("jupyter")
    for variable in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(variable, str(own))
    # The command of this interpreter's environment, also where that is not activated.
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source.startswith("!"):
            cell.source += "\nassert _exit_code == 0, _exit_code"  # A failed command fails no cell.
    nbclient.NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(here)}}
    ).execute()
    last = "".join(output.text for output in notebook.cells[-1].outputs)
    assert [line.split()[:2] for line in last.splitlines()] == [["noor_1.wav", label] for label in LABELS]
    check_what_is_left(here)
