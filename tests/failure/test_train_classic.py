"""Classic models on a wrong configuration, and artefacts whose features cannot be had: the words of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import Result

pytest.importorskip("torch")

from affectone.errors import ConfigError, MissingExtraError, ModelError, ModelIntegrityError
from affectone.features.plan import Plan
from affectone.features.settings import Settings
from affectone.models import OnnxRunner, find_model
from affectone.models.feature_input import feature_input
from affectone.training.config import TrainConfig, read_config
from affectone.training.kinds import check_model

Run = Callable[..., Result]


def refused(tmp_path: Path, content: str) -> str:
    """Read a file that must be refused, and return the words after its name."""
    file = tmp_path / "run.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises((ConfigError, ModelError)) as refusal:
        read_config(file)
    return str(refusal.value).removeprefix(f"{file}: ")


KNOWN = "known: model, labels, seed, validation_share, features, classifier"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            "votes = 0.5",
            "votes is a setting of networks, and svm_rbf is a classic model, which learns from the label "
            f"that was meant alone; {KNOWN}",
        ),
        ("epochs = 3", f"epochs is a setting of networks, and svm_rbf is a classic model; {KNOWN}"),
        (
            "[network]\nwidth = 3",
            f"network is a setting of networks, and svm_rbf is a classic model; {KNOWN}",
        ),
        ("clasifier = 3", f"unknown setting 'clasifier'; did you mean 'classifier'? {KNOWN}"),
        (
            "[classifier]\ngama = 0.1",
            "unknown setting of svm_rbf 'classifier.gama'; did you mean 'classifier.gamma'? known: "
            "classifier.c, classifier.gamma",
        ),
        ("[classifier]\nc = 0.0", "classifier.c: Input should be greater than 0; got 0.0"),
        ("[classifier]\ngamma = -1.0", "classifier.gamma: Input should be greater than 0; got -1.0"),
        ("[classifier]\nc = inf", "classifier.c: Input should be a finite number; got inf"),
        ("classifier = 3", "classifier: Input should be a valid dictionary; got 3"),
        ("features = 'clasic180'", "unknown feature set 'clasic180'; did you mean 'classic180'? known: "),
        ("features = ['mfcc', 'egemaps88']", "the preset egemaps88 stands alone; "),
        ("features = []", "feature sets must be named once each; got none"),
        ("features = 3", "features: a preset or sets by their names are wanted; got 3"),
        (
            "[features]\nsets = 'mfcc'\nfunctionals = ['men']",
            "unknown functional 'men'; did you mean 'mean'?",
        ),
        (
            "[features]\nsets = 'classic180'\nsettings.n_mels = 64",
            "the preset classic180 has n_mels 128; got 64; leave it out",
        ),
        (
            "[features]\nsets = ['voice_quality']\nfunctionals = ['mean']",
            "voice_quality: has its own numbers about a recording; leave functionals out",
        ),
        (
            "[features]\nsets = 'classic180'\nfunctionals = ['mean']",
            "the preset classic180 brings its own functionals; leave them out",
        ),
        ("[features]\nset = 'mfcc'", "unknown setting 'features.set'; did you mean 'features.sets'?"),
        ("[features.settings]\nn_mel = 3", "unknown setting 'n_mel'; did you mean 'n_mels'?"),
        (
            "[features.settings]\nsample_rate = 8000",
            "features.settings.sample_rate: speech is heard at 16000 Hz; got 8000",
        ),
        ("labels = ['hapy', 'sad']", "unknown label 'hapy'; did you mean 'happy'?"),
        ("seed = -1", "seed: Input should be greater than or equal to 0; got -1"),
    ],
)
def test_a_configuration(tmp_path: Path, content: str, words: str) -> None:
    assert refused(tmp_path, f'model = "svm_rbf"\n{content}\n').startswith(words)


@pytest.mark.parametrize("model", ["['svm_rbf']", "3"])
def test_a_model_that_is_no_name(tmp_path: Path, model: str) -> None:
    assert refused(tmp_path, f"model = {model}\n").startswith("model: Input should be a valid string; got ")


@pytest.mark.parametrize(("name", "near"), [("svm_rfb", "svm_rbf"), ("cnn_tnc", "cnn_tcn")])
def test_a_misspelt_model_of_either_kind(name: str, near: str) -> None:
    with pytest.raises(ModelError, match=f"unknown model '{name}'; did you mean '{near}'\\? known: "):
        check_model(TrainConfig(model=name))


def test_epochs_on_the_command_line(invoke: Run, tmp_path: Path) -> None:
    line = ["train", "--model", "knn", "--epochs", 3, "--corpus", f"savee={tmp_path}", "-o", tmp_path / "run"]
    result = invoke(line)
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        result.stderr == f"affectone: epochs is a setting of networks, and knn is a classic model; {KNOWN}\n"
    )


def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the extra `features`."""
    import affectone.registry

    monkeypatch.setitem(affectone.registry.EXTRA_MODULES, "features", ("no_such_module_anywhere",))


def test_training_without_the_extra(invoke: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch)
    result = invoke(["train", "--model", "knn", "--corpus", f"savee={tmp_path}", "-o", tmp_path / "run"])
    assert result.exit_code == 3
    assert (
        result.stderr
        == "affectone: measuring features needs the extra 'features': pip install 'affectone[features]'\n"
    )


@pytest.fixture
def model(tiny: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of artefacts whose cards want 13 MFCC, with some of what they say about them changed."""

    def make(**changes: Any) -> Path:
        wanted = feature_input("mfcc13", Plan.of("mfcc13", Settings(), "clip")).model_dump(mode="json")
        folder: Path = tiny.write_model(tmp_path, "tiny", input="features:mfcc13", features=wanted | changes)
        return folder

    return make


def test_predicting_without_the_extra(model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = model()
    without(monkeypatch)
    with pytest.raises(
        MissingExtraError, match=r"the model tiny@0\.0\.1 needs the extra 'features': pip install"
    ):
        OnnxRunner(find_model(folder))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"sha256": "0" * 64},
            "was trained on other features than mfcc13 gives here; train it anew, or install",
        ),
        ({"functionals": ["std"]}, "was trained on other features than mfcc13 gives here"),
        ({"sets": ["mfccs"]}, "wants features that are not known: unknown feature set 'mfccs'; did you mean"),
        ({"settings": {"hopp": 3}}, "wants features that are not known: unknown setting 'hopp'"),
        ({"name": "egemaps88"}, "wants the input 'features:mfcc13'; its card describes 'features:egemaps88'"),
        ({}, "has the inputs waveform; it must have features alone"),
    ],
)
def test_a_card_whose_features_cannot_be_had(
    model: Callable[..., Path], changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ModelIntegrityError) as refusal:
        OnnxRunner(find_model(model(**changes)))
    assert str(refusal.value).startswith(f"model tiny@0.0.1 {words}")


def test_a_card_without_its_features(model: Callable[..., Path]) -> None:
    file = model() / "card.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"features": None}))
    with pytest.raises(
        ModelIntegrityError, match="wants the input 'features:mfcc13'; its card describes 'waveform'"
    ):
        OnnxRunner(find_model(file.parent))
