"""The artefact's network: what torch computes, smaller, at any length and batch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from affectone.errors import ModelIntegrityError
from affectone.models.nets import NETWORKS, LogMel, NetworkOutput, WaveformModel
from affectone.models.nets.recurrent import Recurrent
from affectone.training import export
from affectone.training.config import TrainConfig
from affectone.training.export import export_onnx, quantise_weights

pytestmark = pytest.mark.train
LENGTHS = (300, 8000, 16000, 24123, 96000)
"""Samples; the graph is traced at 16,000."""

of_default = pytest.mark.parametrize("model", [TrainConfig().model], indirect=True)
"""For what is the same of every network."""


def probe(samples: int, seed: int = 0) -> np.ndarray:
    """Return noise with a moving colour."""
    rng = np.random.default_rng(seed)
    sound = rng.standard_normal(samples) * np.linspace(0.02, 0.2, samples)
    return np.convolve(sound, rng.standard_normal(9), mode="same").astype(np.float32)


PROBES = [probe(length, seed) for seed, length in enumerate(LENGTHS)]


@pytest.fixture(scope="module", params=[entry.name for entry in NETWORKS])
def model(request: pytest.FixtureRequest) -> WaveformModel:
    """Return a network that has learned to tell sounds a little, so that its answers are far apart."""
    torch.manual_seed(2)
    network = NETWORKS.get(request.param)(bands=64, labels=8).train()
    whole = WaveformModel(LogMel(), network)
    sounds = torch.from_numpy(np.stack([probe(8000, seed) for seed in range(8)]))
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3)
    for _ in range(25):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(whole(sounds).emotion_logits, torch.arange(8)).backward()
        optimizer.step()
    return whole.eval()


@pytest.fixture(scope="module")
def exact(model: WaveformModel) -> onnx.ModelProto:
    """Return the float32 graph; making it takes seconds."""
    return export._exact(model)


@pytest.fixture
def write(
    model: WaveformModel, exact: onnx.ModelProto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], export.Exported]:
    """Return a function that exports the model without tracing it again."""
    monkeypatch.setattr(export, "_exact", lambda _: exact)
    return lambda: export_onnx(model, tmp_path / "model.onnx", PROBES)


@pytest.fixture(scope="module")
def run(exact: onnx.ModelProto) -> Callable[[np.ndarray], NetworkOutput]:
    """Return a function that runs the 8-bit graph on ``(batch, samples)``."""
    session = onnxruntime.InferenceSession(
        quantise_weights(exact).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return lambda waveform: NetworkOutput(*session.run(list(export.OUTPUTS), {"waveform": waveform}))


def test_ports_have_the_names_that_the_runner_asks_for(exact: onnx.ModelProto) -> None:
    assert [port.name for port in exact.graph.input] == ["waveform"]
    assert [port.name for port in exact.graph.output] == ["emotion_logits", "voice_logits", "embedding"]
    assert {entry.version for entry in exact.opset_import if entry.domain == ""} == {export.OPSET}


def test_onnx_is_what_torch_is(write: Callable[[], export.Exported]) -> None:
    parity = write().parity
    assert set(parity) == {"torch_to_float32", "torch_to_int8"}
    assert parity["torch_to_float32"] < 1e-4
    assert 0 < parity["torch_to_int8"] < 0.02


@pytest.mark.parametrize("length", LENGTHS)
def test_all_outputs_of_the_float_graph_are_torchs(
    model: WaveformModel, exact: onnx.ModelProto, length: int
) -> None:
    session = onnxruntime.InferenceSession(exact.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(list(export.OUTPUTS), {"waveform": probe(length)[None]})
    with torch.inference_mode():
        expected = model(torch.from_numpy(probe(length))[None])
    for one, other in zip(found, expected[:3], strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)


def test_the_answers_compared_are_far_apart(model: WaveformModel) -> None:
    scores = np.concatenate(export.torch_scores(model, PROBES))
    assert np.ptp(scores, axis=0).max() > 0.1


@of_default
def test_the_file_is_what_is_told_of_it(write: Callable[[], export.Exported]) -> None:
    import hashlib

    told = write()
    content = told.path.read_bytes()
    assert (told.size_bytes, told.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)


@of_default
def test_8_bit_weights_take_a_third_of_the_room(exact: onnx.ModelProto) -> None:
    small = quantise_weights(exact).ByteSize()
    assert small < exact.ByteSize() * 0.4
    assert small < 1_000_000


@of_default
def test_nothing_of_this_machine_is_in_the_file(write: Callable[[], export.Exported]) -> None:
    content = write().path.read_bytes()
    places = [str(Path(torch.__file__).parents[1]), str(Path.cwd()), str(Path.home()), "site-packages"]
    traces = [place for place in [*places, ".py", "stack_trace", 'File "'] if place.encode() in content]
    assert traces == []


def test_every_weight_is_within_half_a_step(exact: onnx.ModelProto) -> None:
    small = quantise_weights(exact)
    before = {part.name: numpy_helper.to_array(part) for part in exact.graph.initializer}
    after = {part.name: numpy_helper.to_array(part) for part in small.graph.initializer}
    nodes = [node for node in small.graph.node if node.op_type == "DequantizeLinear"]
    assert len(nodes) > 3
    for node in nodes:
        whole, scale = (after[name] for name in node.input[:2])
        (axis,) = (part.i for part in node.attribute if part.name == "axis")
        step = scale.reshape([-1 if number == axis else 1 for number in range(whole.ndim)])
        error = np.abs(whole.astype(np.float32) * step - before[node.output[0]])
        assert whole.dtype == np.int8
        assert (error <= step * 0.5001).all()
        assert np.abs(whole.astype(int)).max() == 127


@of_default
def test_small_tensors_and_the_given_graph_stay_as_they_are(exact: onnx.ModelProto) -> None:
    before = exact.SerializeToString(deterministic=True)
    small = quantise_weights(exact)
    assert exact.SerializeToString(deterministic=True) == before
    kept = {part.name for part in small.graph.initializer}
    for part in exact.graph.initializer:
        if part.data_type != onnx.TensorProto.FLOAT or len(part.dims) < 2:
            assert part.name in kept


def _product(weight: npt.NDArray[np.float32]) -> onnx.ModelProto:
    """Return a graph of one product: x times a weight."""
    ports = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", size])
        for name, size in zip("xy", weight.shape, strict=True)
    ]
    nodes = [onnx.helper.make_node("MatMul", ["x", "weight"], ["y"])]
    tensor = numpy_helper.from_array(weight, "weight")
    graph = onnx.helper.make_graph(nodes, "product", ports[:1], ports[1:], [tensor])
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=10)


def test_a_tensor_of_zeros_stays_zeros() -> None:
    session = onnxruntime.InferenceSession(
        quantise_weights(_product(np.zeros((32, 32), np.float32))).SerializeToString(),
        providers=["CPUExecutionProvider"],
    )
    assert not session.run(None, {"x": np.ones((1, 32), np.float32)})[0].any()


@pytest.mark.parametrize("zero_point", [0, 7, 128, 255])
def test_weights_that_come_rounded_are_kept_exactly(zero_point: int) -> None:
    given = np.random.default_rng(0).integers(0, 256, (48, 64))
    given[0, :2] = 0, 255
    weight = ((given - zero_point) * np.float32(0.0137)).astype(np.float32)
    session = onnxruntime.InferenceSession(
        quantise_weights(_product(weight)).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    found = session.run(None, {"x": np.eye(48, dtype=np.float32)})[0]
    np.testing.assert_allclose(found, weight, atol=0.0137 * 1e-3)


def test_weights_on_no_grid_or_on_a_finer_one_are_rounded() -> None:
    steps = np.random.default_rng(0).integers(0, 300, (48, 64))
    uneven = np.where(steps < 150, -1, np.where(steps < 290, 0.3, 1))
    for weight in ((steps - 150) * 0.01, uneven):
        small = quantise_weights(_product(weight.astype(np.float32)))
        (node,) = (node for node in small.graph.node if node.op_type == "DequantizeLinear")
        assert len(node.input) == 2, "no zero point: symmetric"


def test_a_recurrent_layer_is_one_operator(model: WaveformModel, exact: onnx.ModelProto) -> None:
    layers = [part.layers.num_layers for part in model.modules() if isinstance(part, Recurrent)]
    nodes = [node for node in exact.graph.node if node.op_type in ("LSTM", "GRU")]
    assert len(nodes) == sum(layers)
    before = {part.name: numpy_helper.to_array(part) for part in quantise_weights(exact).graph.initializer}
    assert {before[node.input[3]].dtype for node in nodes if node.input[3] in before} <= {np.dtype("float32")}
    assert {entry.domain for entry in exact.opset_import} == {""}


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("batch", [1, 3])
def test_any_length_and_any_batch(run: Callable[..., NetworkOutput], length: int, batch: int) -> None:
    found = run(np.stack([probe(length, seed) for seed in range(batch)]))
    assert (found.emotion_logits.shape, found.voice_logits.shape) == ((batch, 8), (batch, 2))
    assert found.embedding.shape[0] == batch
    assert all(np.isfinite(part).all() for part in found[:3])


def test_a_clips_scores_do_not_depend_on_its_batch(run: Callable[..., NetworkOutput]) -> None:
    clips = np.stack([probe(16000, seed) for seed in range(4)])
    for one, other in zip(run(clips)[:3], run(clips[2:3])[:3], strict=True):
        np.testing.assert_allclose(one[2:3], other, atol=1e-4)


@pytest.mark.parametrize("level", [0.01, 4.0])
def test_a_clips_scores_do_not_depend_on_its_level(run: Callable[..., NetworkOutput], level: float) -> None:
    clip = probe(16000)[None]
    np.testing.assert_allclose(
        run(clip * np.float32(level)).emotion_logits, run(clip).emotion_logits, atol=2e-3
    )


@of_default
@pytest.mark.parametrize(("name", "key"), [("TOLERANCE_FLOAT", "float32"), ("TOLERANCE_INT8", "int8")])
def test_runtimes_that_differ_are_refused(
    write: Callable[[], export.Exported], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, key: str
) -> None:
    monkeypatch.setattr(export, name, 0.0)
    with pytest.raises(ModelIntegrityError, match=rf"torch_to_{key}: probabilities differ by 0\.\d+, over 0"):
        write()
    assert not (tmp_path / "model.onnx").exists()


@of_default
def test_a_graph_that_computes_something_else_is_refused(
    write: Callable[[], export.Exported], exact: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = onnx.ModelProto()
    broken.CopyFrom(exact)
    for part in broken.graph.initializer:
        if part.name.endswith("emotion.weight"):
            part.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(part), part.name))
    monkeypatch.setattr(export, "_exact", lambda _: broken)
    with pytest.raises(ModelIntegrityError, match="torch_to_float32: probabilities differ by"):
        write()
