"""Models that are missing, damaged, or not what their card says: the words of each refusal."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from affectone.errors import ConfigError, ModelIntegrityError, ModelNotFoundError
from affectone.models import OnnxRunner, find_model, store

onnx = pytest.importorskip("onnx")


class BytesPath:
    """A path as bytes."""

    def __fspath__(self) -> bytes:
        return b"edge"

    def __repr__(self) -> str:
        return "BytesPath()"  # Without its address, so that every worker of pytest names the test the same.


def refused(folder: Path) -> str:
    """Load a model that must be refused, and return the words."""
    with pytest.raises(ModelIntegrityError) as refusal:
        OnnxRunner(find_model(folder))
    return str(refusal.value)


def with_graph(tiny: ModuleType, folder: Path, change: Any) -> Path:
    """Write a model whose graph was changed, with a card that has the right hash."""
    model = tiny.network(tuple(tiny.ROWS))
    change(model)
    content = model.SerializeToString()
    folder.mkdir()
    (folder / "model.onnx").write_bytes(content)
    (folder / "card.json").write_text(json.dumps(tiny.card("odd", tuple(tiny.ROWS), content)))
    return folder


def rename(model: Any, old: str, new: str) -> None:
    """Rename an input or output everywhere in a graph."""
    for node in model.graph.node:
        for names in (node.input, node.output):
            names[:] = [new if name == old else name for name in names]
    for port in (*model.graph.input, *model.graph.output):
        port.name = new if port.name == old else port.name


def test_an_unknown_name_is_answered_with_the_nearest(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PACKAGED", tmp_path / "none")
    monkeypatch.setenv("AFFECTONE_MODELS", str(tiny_model.parent))
    with pytest.raises(ModelNotFoundError) as refusal:
        find_model("tinny")
    words = "unknown model 'tinny'; did you mean 'tiny'? known: tiny"
    assert str(refusal.value) == f"{words}; searched: {tiny_model.parent}"


def test_a_folder_of_models_that_does_not_exist_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFFECTONE_MODELS", str(tmp_path / "none"))
    with pytest.raises(ModelNotFoundError) as refusal:
        find_model("mine")
    assert str(refusal.value).endswith(f"; searched: {tmp_path / 'none'} (no such folder)")


@pytest.mark.parametrize("name", [None, 5, b"edge", ["edge"], "", BytesPath()], ids=repr)
def test_what_is_no_name_and_no_path(name: Any) -> None:
    with pytest.raises(ConfigError, match="a model is given by its name or its folder; got "):
        find_model(name)


@pytest.mark.parametrize("threads", [0, "2", 1.5, True, None, 10**6])
def test_a_number_of_threads_that_is_none(tiny_model: Path, threads: Any) -> None:
    with pytest.raises(ConfigError, match="threads must be a whole number from 1 to 256; got "):
        OnnxRunner(find_model(tiny_model), threads=threads)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=f"no model folder at {re.escape(str(tmp_path))}/none"):
        find_model(tmp_path / "none")


def test_a_folder_without_a_card(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=f"no card.json in {re.escape(str(tmp_path))}"):
        find_model(tmp_path)


def test_a_folder_without_a_network(tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.write_model(tmp_path, "tiny")
    (folder / "model.onnx").unlink()
    with pytest.raises(ModelNotFoundError, match=f"no model.onnx in {re.escape(str(folder))}"):
        OnnxRunner(find_model(folder))


def test_a_changed_network_is_told_by_both_hashes(tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.write_model(tmp_path, "tiny")
    promised = json.loads((folder / "card.json").read_text())["sha256"]
    with (folder / "model.onnx").open("ab") as file:
        file.write(b"\0")
    words = refused(folder)
    assert re.search(
        r"is not the model its card describes: its sha256 is [0-9a-f]{64}, the card says ", words
    )
    assert words.endswith(promised)


def test_a_card_with_an_unknown_field(tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.write_model(tmp_path, "tiny", windw_seconds=3)
    with pytest.raises(ModelIntegrityError, match="is not a model card: windw_seconds: Extra inputs"):
        find_model(folder)


def test_a_card_of_another_rate(tiny: ModuleType, tmp_path: Path) -> None:
    words = refused(tiny.write_model(tmp_path, "tiny", sample_rate=8000))
    assert words == "model tiny@0.0.1 wants sound at 8000 Hz; models run at 16000 Hz"


def test_a_card_of_another_input(tiny: ModuleType, tmp_path: Path) -> None:
    words = refused(tiny.write_model(tmp_path, "tiny", input="features:egemaps"))
    assert words == "model tiny@0.0.1 wants the input 'features:egemaps'; its card describes 'waveform'"


def test_a_card_with_another_number_of_labels(tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.write_model(tmp_path, "tiny")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"labels": ["happy", "sad"]}))
    expected = "model tiny@0.0.1: emotion_logits has 8 values, the card names 2: happy, sad"
    assert refused(folder) == expected


def test_bytes_that_are_no_network(tiny: ModuleType, tmp_path: Path) -> None:
    folder, content = tmp_path / "odd", b"not a network at all"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(content)
    (folder / "card.json").write_text(json.dumps(tiny.card("odd", tuple(tiny.ROWS), content)))
    assert refused(folder).startswith("model odd@0.0.1 cannot be loaded: ")


def test_a_network_with_another_input_name(tiny: ModuleType, tmp_path: Path) -> None:
    folder = with_graph(tiny, tmp_path / "odd", lambda model: rename(model, "waveform", "audio"))
    assert refused(folder) == "model odd@0.0.1 has the inputs audio; it must have waveform alone"


def test_a_network_without_an_output(tiny: ModuleType, tmp_path: Path) -> None:
    folder = with_graph(tiny, tmp_path / "odd", lambda model: rename(model, "voice_logits", "voices"))
    expected = "model odd@0.0.1 lacks the outputs voice_logits; it has emotion_logits, voices, embedding"
    assert refused(folder) == expected


def test_a_network_that_answers_with_nan(tiny: ModuleType, tmp_path: Path) -> None:
    def poison(model: Any) -> None:
        (rows,) = (part for part in model.graph.initializer if part.name == "emotion_rows")
        rows.CopyFrom(onnx.numpy_helper.from_array(np.full((2, 8), np.nan, np.float32), "emotion_rows"))

    runner = OnnxRunner(find_model(with_graph(tiny, tmp_path / "odd", poison)))
    with pytest.raises(ModelIntegrityError, match=r"odd@0\.0\.1: emotion_logits has NaN or infinite values"):
        runner.run(tiny.speech(1.0))


def test_a_network_whose_undeclared_number_of_scores_is_wrong(tiny: ModuleType, tmp_path: Path) -> None:
    def undeclared(model: Any) -> None:
        del model.graph.output[0].type.tensor_type.shape.dim[1:]
        model.graph.output[0].type.tensor_type.shape.dim.add().dim_param = "any"
        model.graph.node[-2].input[1] = "voice_rows"

    folder = with_graph(tiny, tmp_path / "odd", undeclared)
    with pytest.raises(ModelIntegrityError, match="emotion_logits has 2 values, the card names 8: neutral, "):
        OnnxRunner(find_model(folder)).run(tiny.speech(1.0))


CALIBRATION = {"threshold": 0.2, "fitted_on": "nothing", "ece_before": 0.0, "ece_after": 0.0}
FITTED = {"temperature": 1.0, "voice_temperature": 1.0, **CALIBRATION}
EIGHT = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust"]
WRONG_CARDS: dict[str, tuple[dict[str, Any], str]] = {
    "a path for a name": ({"name": "../../x"}, "name: String should match pattern"),
    "no name": ({"name": ""}, "name: String should match pattern"),
    "a version of two lines": ({"version": "1\n"}, "version: String should match pattern"),
    "two labels alike": ({"labels": [*EIGHT, "calm"]}, "labels: two are alike: neutral, calm"),
    "an empty label": ({"labels": [*EIGHT, " "]}, "labels: there must be at least one and no empty one"),
    "no labels": ({"labels": []}, "labels: there must be at least one and no empty one"),
    "two voices alike": ({"voices": ["male", "male"]}, "voices: two are alike: male, male"),
    "no voices": ({"voices": []}, "voices: there must be at least one"),
    "endless windows": ({"window_seconds": float("inf")}, "window_seconds: Input should be a finite number"),
    "long windows": ({"window_seconds": 121}, "window_seconds: Input should be less than or equal to 120"),
    "short windows": ({"window_seconds": 0.4}, r"file: min_seconds 0\.5 > window_seconds 0\.4"),
    "long padding": ({"min_seconds": 1e6}, r"file: min_seconds 1e\+06 > window_seconds 6"),
    "no padding": ({"min_seconds": 0.01}, r"min_seconds: Input should be greater than or equal to 0\.05"),
    "cold": ({"calibration": FITTED | {"temperature": 5e-324}}, r"calibration\.temperature: Input should be"),
    "hot": ({"calibration": FITTED | {"voice_temperature": 101}}, r"calibration\.voice_temperature: Input"),
    "NaN": ({"calibration": FITTED | {"ece_before": float("nan")}}, r"calibration\.ece_before: Input should"),
    "NaN in a table": ({"slices": {"voice": {"male": float("nan")}}}, r"slices\.voice\.male: Input should"),
}


@pytest.mark.parametrize("wrong", WRONG_CARDS)
def test_a_card_that_promises_what_cannot_be(tiny: ModuleType, tmp_path: Path, wrong: str) -> None:
    changes, words = WRONG_CARDS[wrong]
    folder = tiny.write_model(tmp_path, "tiny")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | changes))
    with pytest.raises(ModelIntegrityError, match=f"is not a model card: {words}"):
        find_model(folder)


def test_labels_of_ones_own_are_allowed(tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.write_model(tmp_path, "tiny")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"labels": [*EIGHT, "müde"]}))
    assert find_model(folder).card.labels[-1] == "müde"


def test_a_card_that_is_no_utf8(tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.write_model(tmp_path, "tiny")
    (folder / "card.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(ModelIntegrityError, match=r"card\.json is not a model card: it is not UTF-8"):
        find_model(folder)


def test_a_card_that_is_a_folder(tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.write_model(tmp_path, "tiny")
    (folder / "card.json").unlink()
    (folder / "card.json").mkdir()
    with pytest.raises(ModelNotFoundError, match=r"cannot read .*card\.json: "):
        find_model(folder)


def test_a_network_that_cannot_take_the_sound(tiny: ModuleType, tmp_path: Path) -> None:
    def fix(model: Any) -> None:
        model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 7

    runner = OnnxRunner(find_model(with_graph(tiny, tmp_path / "odd", fix)))
    with pytest.raises(ModelIntegrityError, match=r"model odd@0\.0\.1 cannot be run: "):
        runner.run(tiny.speech(1.0))
