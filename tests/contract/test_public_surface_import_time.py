"""The public names, and what importing them costs."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

import pytest

import affectone

HEAVY = {"torch", "pandas", "matplotlib", "librosa", "onnxruntime", "scipy", "sklearn", "lightning", "av"}
AFTER_NUMPY = (
    "import time, numpy; start = time.process_time(); import affectone; print(time.process_time() - start)"
)
"""Of the processor's time: what else this machine does meanwhile is not our cost."""


def fresh(program: str) -> str:
    """Run a program in a fresh interpreter and return what it printed."""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return done.stdout


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after a statement."""
    names = json.loads(fresh(f"{statement}\nimport json, sys; print(json.dumps(list(sys.modules)))"))
    return {name.partition(".")[0] for name in names}


def test_importing_costs_under_150_ms_more_than_numpy() -> None:
    assert statistics.median(float(fresh(AFTER_NUMPY)) for _ in range(5)) < 0.150


def test_importing_loads_nothing_heavy() -> None:
    assert modules_after("import affectone") & HEAVY == set()


def test_the_recognizer_needs_no_extra() -> None:
    extras = HEAVY - {"onnxruntime", "av"}
    assert modules_after("import affectone; affectone.Recognizer") & extras == set()


def test_classic_models_wait_for_no_lightning() -> None:
    pytest.importorskip("torch")
    program = (
        "import affectone.evaluation, affectone.training.deliver, affectone.training.release\n"
        "import affectone.training.classic.session\n"
        "from affectone.training.config import read_config\n"
        "from affectone.training.kinds import check_model\n"
        "check_model(read_config(None, model='svm_rbf'))"
    )
    assert "lightning" not in modules_after(program)


def test_all_is_sorted_and_without_repetition() -> None:
    assert list(affectone.__all__) == sorted(set(affectone.__all__))


@pytest.mark.parametrize("name", affectone.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(affectone, name) is not None


def test_completion_shows_the_public_names_before_they_are_loaded() -> None:
    missing = fresh("import affectone; print(*(set(affectone.__all__) - set(dir(affectone))))").split()
    assert missing == []


def test_the_names_that_the_documentation_uses_are_public() -> None:
    assert {"AffectoneError", "Prediction", "Recognizer"} <= set(affectone.__all__)


@pytest.mark.parametrize("name", ["Recogniser", "recognizer_"])
def test_an_unknown_name_is_an_attribute_error_that_says_so(name: str) -> None:
    with pytest.raises(AttributeError, match=name):
        getattr(affectone, name)


def test_the_recognizer_loads_no_features() -> None:
    program = "import sys, affectone; affectone.Recognizer; print('affectone.features' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
