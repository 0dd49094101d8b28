"""From a fitted classic model to one ONNX file, checked against scikit-learn."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from affectone.errors import ModelIntegrityError
from affectone.labels import VOICES
from affectone.models.runner import FEATURES, OUTPUTS, open_network
from affectone.training.calibration import probabilities
from affectone.training.classic.fit import FittedClassic, Head
from affectone.training.export import OPSET, Exported
from affectone.training.logits import IMPOSSIBLE

__all__ = ["export_classic"]

OPSET_ML = 3
TOLERANCE = 1e-3
SCALED = "embedding"
"""The standardised features are what the model makes of a clip before it decides."""

Values = npt.NDArray[np.float32]


class _Graph:
    """Nodes and constants of a graph that grows."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: npt.ArrayLike) -> str:
        """Add a constant, and return its name."""
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node, and return the name of its output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def take(self, other: onnx.GraphProto) -> None:
        """Add all of another graph."""
        self.nodes += other.node
        self.constants += other.initializer


def export_classic(model: FittedClassic, file: Path, probes: Values) -> Exported:
    """Write a model as ONNX and check it against scikit-learn on real clips.

    Parameters
    ----------
    model : FittedClassic
    file : Path
        The file to write.
    probes : numpy.ndarray of float32, shape (clips, features)
        Clips to compare on.

    Returns
    -------
    Exported
        `parity` holds the largest difference of any probability: ``sklearn_to_onnx``.

    Raises
    ------
    ModelIntegrityError
        If scikit-learn and onnxruntime differ by more than 0.001.
    """
    network = to_onnx(model, probes.shape[1])
    content = network.SerializeToString()
    parity = _largest_difference(content, model, probes)
    if not parity <= TOLERANCE:
        raise ModelIntegrityError(f"sklearn_to_onnx: probabilities differ by {parity:.4f}, over {TOLERANCE}")
    file.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return Exported(file, digest, len(content), {"sklearn_to_onnx": parity})


def to_onnx(model: FittedClassic, width: int) -> onnx.ModelProto:
    """Return a graph from ``features``, shape (batch, `width`), to the three outputs of every model."""
    graph = _Graph()
    _add_scale(graph, model)
    _add_head(graph, model.emotion, width, OUTPUTS[0])
    if model.voice is None:
        nobody = graph.constant("nobody", np.zeros((width, len(VOICES)), np.float32))
        graph.node("MatMul", [SCALED, nobody], OUTPUTS[1])
    else:
        _add_head(graph, model.voice, width, OUTPUTS[1])
    widths = dict(zip(OUTPUTS, (model.emotion.count, len(VOICES), width), strict=True))
    built = helper.make_graph(
        graph.nodes,
        "classic",
        [_port(FEATURES, width)],
        [_port(name, count) for name, count in widths.items()],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", OPSET_ML)]
    whole = helper.make_model(built, opset_imports=opsets, ir_version=10)
    onnx.checker.check_model(whole, full_check=True)
    return whole


def _port(name: str, width: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])


def _add_scale(graph: _Graph, model: FittedClassic) -> None:
    """Standardise in double precision, as the features were when the model learned."""
    scale = model.scale.pooled
    wide = graph.node("Cast", [FEATURES], "wide", to=TensorProto.DOUBLE)
    centred = graph.node("Sub", [wide, graph.constant("mean", scale.mean)], "centred")
    scaled = graph.node("Div", [centred, graph.constant("spread", scale.divisor)], "scaled")
    graph.node("Cast", [scaled], SCALED, to=TensorProto.FLOAT)


def _add_head(graph: _Graph, head: Head, width: int, output: str) -> None:
    """Add a head's own graph, and what makes logits of all labels of its answers."""
    own = _converted(head, width, prefix=f"{output}/")
    graph.take(own.graph)
    answers = _answers(graph, head, own.graph.output[1].name, output)
    # Each known label has its column; the others are impossible.
    places = np.zeros((len(head.known), head.count), np.float32)
    places[np.arange(len(head.known)), head.known] = 1
    absent = np.full(head.count, IMPOSSIBLE, np.float32)
    absent[head.known] = 0
    placed = graph.node("MatMul", [answers, graph.constant(f"{output}/places", places)], f"{output}/placed")
    graph.node("Add", [placed, graph.constant(f"{output}/absent", absent)], output)


def _answers(graph: _Graph, head: Head, found: str, output: str) -> str:
    """Return the name of what `Head` answers with, for the labels it knows."""
    if head.settings.answers == "decision":
        if len(head.known) > 2:
            return found
        return graph.node("Mul", [found, graph.constant(f"{output}/half", np.float32(0.5))], f"{output}/far")
    if head.settings.answers == "log probability":
        return _before_exponential(graph, found)
    floor = graph.constant(f"{output}/floor", np.float32(head.settings.floor))
    above = graph.node("Max", [found, floor], f"{output}/above")
    return graph.node("Log", [above], f"{output}/log")


def _before_exponential(graph: _Graph, name: str) -> str:
    """Return what probabilities are the exponential of: single precision would lose the small ones."""
    (node,) = (node for node in graph.nodes if name in node.output)
    if node.op_type != "Exp":
        raise ModelIntegrityError(f"skl2onnx made probabilities by {node.op_type}; Exp was expected")
    return str(node.input[0])


def _converted(head: Head, width: int, *, prefix: str) -> onnx.ModelProto:
    """Return skl2onnx's graph of a head, its names beginning with a prefix."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    source = SCALED if head.settings.scaled else FEATURES
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # It asks scikit-learn for what is going to leave it.
        made = convert_sklearn(
            head.estimator,
            initial_types=[(source, FloatTensorType([None, width]))],
            options={id(head.estimator): _options(head)},
            target_opset={"": OPSET, "ai.onnx.ml": OPSET_ML},
            **_boosting(),
        )
    return onnx.compose.add_prefix(made, prefix, rename_inputs=False)


def _options(head: Head) -> dict[str, bool]:
    """Return what skl2onnx is told: no dictionaries, and decision values where they are the answer."""
    own = type(head.estimator).__name__
    options = {} if own == "LinearSVC" else {"zipmap": False}
    return options | ({"raw_scores": True} if head.settings.answers == "decision" else {})


def _boosting() -> Mapping[str, Any]:
    """Return skl2onnx's converter of gradient boosting, mended: onnx takes no booleans for whole numbers."""
    from skl2onnx.common._registration import get_converter, get_shape_calculator
    from sklearn.ensemble import HistGradientBoostingClassifier

    name = "SklearnHistGradientBoostingClassifier"

    def convert(scope: Any, operator: Any, container: Any) -> None:
        get_converter(name)(scope, operator, _WholeNumbers(container))

    return {
        "custom_conversion_functions": {HistGradientBoostingClassifier: convert},
        "custom_shape_calculators": {HistGradientBoostingClassifier: get_shape_calculator(name)},
    }


class _WholeNumbers:
    """A container of skl2onnx that makes Python's own numbers of booleans and NumPy's integers."""

    def __init__(self, container: Any) -> None:
        self._container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def add_node(self, *arguments: Any, **attributes: Any) -> Any:
        """Add a node."""
        plain = {name: _whole(value) for name, value in attributes.items()}
        return self._container.add_node(*arguments, **plain)


def _whole(values: Any) -> Any:
    whole = isinstance(values, list) and all(isinstance(v, int | np.integer | np.bool_) for v in values)
    return [int(value) for value in values] if whole else values


def _largest_difference(content: bytes, model: FittedClassic, probes: Values) -> float:
    session = open_network(content)
    rows = [session.run(list(OUTPUTS[:2]), {FEATURES: row[np.newaxis]}) for row in probes]
    wanted = model.logits(probes)
    apart = [
        np.abs(probabilities(np.concatenate(found), 1.0) - probabilities(expected, 1.0)).max()
        for found, expected in zip(zip(*rows, strict=True), (wanted.emotion, wanted.voice), strict=True)
    ]
    return float(max(apart))
