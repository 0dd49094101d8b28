"""From a trained network to an artefact: one ONNX file with 8-bit weights, checked against torch."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import helper, numpy_helper

from affectone.errors import ModelIntegrityError
from affectone.models.nets import StatesModel, VectorNetwork, WaveformModel, onnx_translations
from affectone.models.runner import FEATURES, INPUT, OUTPUTS, open_network
from affectone.training.calibration import probabilities
from affectone.training.quiet import errors_only

__all__ = [
    "OPSET",
    "Candidate",
    "Exportable",
    "Exported",
    "export_onnx",
    "quantise_weights",
    "to_onnx",
    "torch_scores",
    "write_compared",
]

OPSET = 18
TOLERANCE_FLOAT, TOLERANCE_INT8 = 1e-3, 0.02
FRONTEND = "frontend."
RECURRENT = ("LSTM", "GRU")
SMALLEST_QUANTISED = 512
"""Tensors of fewer values stay float: they cost nothing, and biases and norms are the most sensitive."""
STEPS = 256
"""Values of an 8-bit integer."""

FloatArray = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float64]
Exportable = WaveformModel | VectorNetwork | StatesModel


class Candidate(NamedTuple):
    """A graph, and the emotion probabilities that torch gives each probe, shape (1, labels)."""

    graph: onnx.ModelProto
    scores: Sequence[Scores]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and how far the runtimes were apart on the probe clips."""

    path: Path
    sha256: str
    size_bytes: int
    parity: dict[str, float]


def export_onnx(model: Exportable, path: Path, probes: Sequence[FloatArray]) -> Exported:
    """Write a model with 8-bit weights and check it against torch on real clips.

    Weights are stored as 8-bit integers with one scale a channel and multiplied out by the runtime;
    activations stay float. So scores depend neither on a clip's batch mates nor on the processor's kernels.

    Parameters
    ----------
    model : WaveformModel, VectorNetwork or StatesModel
        In evaluation mode.
    path : Path
        The file to write.
    probes : sequence of numpy.ndarray, shape (samples,) or (numbers,)
        Clips to compare on; waveforms of several lengths.

    Returns
    -------
    Exported
        `parity` holds the largest difference of any emotion probability: ``torch_to_float32`` and
        ``torch_to_int8``.

    Raises
    ------
    ModelIntegrityError
        If the runtimes differ by more than 0.001 (float32) or 0.02 (8-bit weights).
    """
    exact = _exact(model)
    scores = torch_scores(model, probes)
    return write_compared(
        path, probes, exact=Candidate(exact, scores), small=Candidate(quantise_weights(exact), scores)
    )


def write_compared(
    path: Path, probes: Sequence[FloatArray], *, exact: Candidate, small: Candidate
) -> Exported:
    """Write a graph with 8-bit weights after comparing it, and the same with float weights, with torch.

    Parameters
    ----------
    path, probes
        As of `export_onnx`.
    exact, small : Candidate
        The model with float and with 8-bit weights; the latter is written.

    Raises
    ------
    ModelIntegrityError
        As of `export_onnx`.
    """
    onnx.checker.check_model(small.graph, full_check=True)
    parity = {
        "torch_to_float32": _largest_difference(exact, probes),
        "torch_to_int8": _largest_difference(small, probes),
    }
    for key, limit in (("torch_to_float32", TOLERANCE_FLOAT), ("torch_to_int8", TOLERANCE_INT8)):
        if not parity[key] <= limit:
            raise ModelIntegrityError(f"{key}: probabilities differ by {parity[key]:.4f}, over {limit}")
    content = small.graph.SerializeToString()
    path.write_bytes(content)
    return Exported(path, hashlib.sha256(content).hexdigest(), len(content), parity)


def _input(model: Exportable) -> str:
    return FEATURES if isinstance(model, VectorNetwork) else INPUT


def _example(model: Exportable) -> tuple[torch.Tensor, dict[str, Any]]:
    """Return something that a model takes, and which of its dimensions are open."""
    batch = torch.export.Dim("batch")
    if isinstance(model, VectorNetwork):
        return torch.stack((model.mean, model.mean + model.divisor)), {"frames": {0: batch}}
    example = torch.zeros(2, 16_000) + torch.linspace(-0.5, 0.5, 16_000)
    return example, {"waveform": {0: batch, 1: torch.export.Dim("samples", min=2_000)}}


def _exact(model: Exportable) -> onnx.ModelProto:
    example, shapes = _example(model)
    return to_onnx(model, [example], shapes, inputs=[_input(model)], outputs=OUTPUTS)


def to_onnx(
    model: torch.nn.Module,
    example: Sequence[torch.Tensor],
    shapes: dict[str, Any],
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
) -> onnx.ModelProto:
    """Return a module as a graph of float weights.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode.
    example : sequence of Tensor
        What it may be given, one of each input.
    shapes : dict of str to dict
        Argument -> which of its dimensions are open.
    inputs, outputs : sequence of str
        What the graph calls them.

    Raises
    ------
    ModelIntegrityError
        If torch returns no graph.
    """
    # A constant output, as a model's states of the emotions are, is a warning of the second.
    with errors_only("torch.onnx", "onnx_ir"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            model, tuple(example), dynamo=True, opset_version=OPSET, input_names=list(inputs),
            output_names=list(outputs), dynamic_shapes=shapes, verbose=False,
            custom_translation_table=onnx_translations(),
        )  # fmt: skip
    if program is None:
        raise ModelIntegrityError("torch returned no ONNX program")
    exported: onnx.ModelProto = program.model_proto
    # The exporter notes where in the source each node came from: paths of this machine, and half the file.
    for node in exported.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    exported.graph.ClearField("value_info")
    exported.graph.ClearField("metadata_props")
    exported.ClearField("metadata_props")
    return exported


def quantise_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy whose large weights are 8-bit integers.

    Weights that come rounded to 256 steps, as those of some published encoders do, are kept exactly. All
    others are rounded, symmetric, one scale an output channel: that is the first axis, but the last one of a
    matrix that activations are multiplied by from the left. The mel filters stay float: they are a definition
    and no weights. So do the biases of recurrent layers, which are matrices in ONNX. Each large weight
    becomes an initializer of 8-bit integers and a DequantizeLinear node of the old name.
    """
    small = onnx.ModelProto()
    small.CopyFrom(model)
    biases = {node.input[3] for node in model.graph.node if node.op_type in RECURRENT}
    factors = {node.input[1] for node in model.graph.node if node.op_type == "MatMul"}
    kept = []
    nodes = []
    for tensor in small.graph.initializer:
        values = numpy_helper.to_array(tensor)
        exact = f".{FRONTEND}" in f".{tensor.name}" or tensor.name in biases
        if values.dtype != np.float32 or values.ndim < 2 or values.size < SMALLEST_QUANTISED or exact:
            kept.append(tensor)
            continue
        axis = values.ndim - 1 if tensor.name in factors else 0
        parts = _as_they_came(values) or _rounded(values, axis)
        names = [f"{tensor.name}_{part}" for part in ("int8", "scale", "zero_point")][: len(parts)]
        kept += [numpy_helper.from_array(part, name) for part, name in zip(parts, names, strict=True)]
        nodes.append(helper.make_node("DequantizeLinear", names, [tensor.name], axis=axis))
    del small.graph.initializer[:]
    small.graph.initializer.extend(kept)
    rest = list(small.graph.node)
    del small.graph.node[:]
    small.graph.node.extend([*nodes, *rest])
    return small


def _rounded(values: FloatArray, axis: int) -> tuple[npt.NDArray[Any], ...]:
    """Return weights as integers from -127 to 127, and the scale of each channel."""
    others = tuple(place for place in range(values.ndim) if place != axis)
    scale = np.maximum(np.abs(values).max(axis=others), 1e-12).astype(np.float32) / 127
    return np.rint(values / np.expand_dims(scale, others)).astype(np.int8), scale


def _as_they_came(values: FloatArray) -> tuple[npt.NDArray[Any], ...] | None:
    """Return integers, scale and zero point of weights that are multiples of one step; None of others."""
    levels = np.unique(values).astype(np.float64)
    if not 1 < levels.size <= STEPS or levels[0] > 0 or levels[-1] < 0:
        return None
    # What float arithmetic left of one level is no level of its own.
    gaps = np.diff(levels)
    width = levels[-1] - levels[0]
    step = width / np.rint(width / gaps[gaps > width * 1e-6].min())
    lowest = np.rint(levels[0] / step)
    whole = np.rint(values / step) - lowest
    if whole.max() >= STEPS or np.abs(values - (whole + lowest) * step).max() > step * 1e-3:
        return None
    return whole.astype(np.uint8), np.array(step, np.float32), np.array(-lowest, np.uint8)


def torch_scores(model: torch.nn.Module, inputs: Sequence[FloatArray]) -> list[Scores]:
    """Return the emotion probabilities of inputs, each run alone; the model returns a `NetworkOutput`."""
    with torch.inference_mode():
        logits = [model(torch.from_numpy(one)[None]).emotion_logits.numpy() for one in inputs]
    return [probabilities(values, temperature=1.0) for values in logits]


def _largest_difference(candidate: Candidate, probes: Sequence[FloatArray]) -> float:
    session = open_network(candidate.graph.SerializeToString())
    (port,) = session.get_inputs()
    logits = [session.run(["emotion_logits"], {port.name: probe[None]})[0] for probe in probes]
    found = [probabilities(values, temperature=1.0) for values in logits]
    return max(float(np.abs(one - other).max()) for one, other in zip(found, candidate.scores, strict=True))
