"""Write Silero's network for sequences as products of matrices: the same numbers in less time.

onnxruntime runs a convolution over four or five frames far below the speed of a matrix product, so each tap
becomes a part of one. What the right edge reflects is folded into the matrix of the last frame.

    python benchmarks/speech_graph.py silero_vad_16k_sequence.onnx silero_vad_16k.onnx

The first file is Silero's own (https://github.com/snakers4/silero-vad, MIT); the second is the one in
``src/affectone/speech/silero``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper
from onnxruntime import InferenceSession, SessionOptions

FloatArray = npt.NDArray[np.float32]

FRAME, CONTEXT, WINDOW, STEP, BINS, STATES = 512, 64, 256, 128, 129, 128
INPUT = FRAME + CONTEXT
TAPS = 3
FRAMES = 4
"""Windows in a chunk, the first at its beginning; the last reaches beyond its end."""
TOLERANCE = 1e-4


class Graph:
    """Nodes and constants as they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: npt.NDArray[np.generic]) -> str:
        """Add a constant, if there is none of that name yet, and return its name."""
        if all(one.name != name for one in self.constants):
            self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, kind: str, inputs: list[str], output: str, **settings: object) -> str:
        """Add a node of one output and return that."""
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **settings))
        return output


def spectrum(graph: Graph, basis: FloatArray) -> list[str]:
    """Add the magnitudes of each window, shape (chunks, bins)."""
    found = []
    for frame in range(FRAMES):
        start, end = frame * STEP, min(frame * STEP + WINDOW, INPUT)
        matrix = basis[:, : end - start].copy()
        for beyond in range(end - start, WINDOW):  # The sound is reflected at its end.
            matrix[:, 2 * (end - start - 1) - beyond] += basis[:, beyond]
        edges = [
            graph.constant(f"start{frame}", np.array([start])),
            graph.constant(f"end{frame}", np.array([end])),
        ]
        piece = graph.add("Slice", ["input", *edges, "axis"], f"piece{frame}")
        squares = []
        for name, rows in (("cosine", matrix[:BINS]), ("sine", matrix[BINS:])):
            weights = graph.constant(f"{name}_rows_of_{end - start}", rows.T)
            part = graph.add("MatMul", [piece, weights], f"{name}{frame}")
            squares.append(graph.add("Mul", [part, part], f"{name}_power{frame}"))
        power = graph.add("Add", squares, f"power{frame}")
        found.append(graph.add("Sqrt", [power], f"magnitude{frame}"))
    return found


def layer(
    graph: Graph, number: int, frames: list[str], weights: dict[str, FloatArray], stride: int
) -> list[str]:
    """Add one convolution over the frames, with zeros beyond them, and its rectifier."""
    kernel, bias = weights[f"encoder.{number}.weight"], weights[f"encoder.{number}.bias"]
    offset = graph.constant(f"bias{number}", bias)
    bands = kernel.shape[1]
    all_taps = graph.constant(f"taps{number}", np.concatenate([kernel[:, :, tap].T for tap in range(TAPS)]))
    found = []
    for middle in range(0, len(frames), stride):
        taps = [tap for tap in range(TAPS) if 0 <= middle + tap - 1 < len(frames)]
        name = f"{number}_{middle}"
        matrix = all_taps if len(taps) == TAPS else part_of(graph, all_taps, bands, taps)
        inputs = [frames[middle + tap - 1] for tap in taps]
        beside = inputs[0] if len(inputs) == 1 else graph.add("Concat", inputs, f"beside{name}", axis=1)
        found.append(
            graph.add("Relu", [graph.add("Gemm", [beside, matrix, offset], f"sum{name}")], f"layer{name}")
        )
    return found


def rewritten(original: onnx.ModelProto) -> onnx.ModelProto:
    """Return the network as products of matrices."""
    weights = {one.name: numpy_helper.to_array(one) for one in original.graph.initializer}
    (lstm,) = (node for node in original.graph.node if node.op_type == "LSTM")
    graph = Graph()
    graph.constant("axis", np.array([1]))
    frames = spectrum(graph, weights["stft.forward_basis_buffer"][:, 0])
    for number, stride in enumerate((1, 2, 2, 1)):
        frames = layer(graph, number, frames, weights, stride)
    steps = graph.add("Unsqueeze", [*frames, "axis"], "steps")
    parts = [graph.constant(f"lstm_{place}", weights[name]) for place, name in enumerate(lstm.input[1:4])]
    graph.nodes.append(
        helper.make_node("LSTM", [steps, *parts, "", "h", "c"], ["states", "hn", "cn"], hidden_size=STATES)
    )
    graph.constant("rows", np.array([-1, STATES]))
    graph.constant("flat", np.array([-1]))
    heard = graph.add("Relu", [graph.add("Reshape", ["states", "rows"], "state_rows")], "heard")
    out = [
        graph.constant("output_rows", weights["output.weight"][0].astype(np.float32)),
        graph.constant("output_bias", weights["output.bias"]),
    ]
    logit = graph.add("Gemm", [heard, *out], "logit")
    graph.add("Reshape", [graph.add("Sigmoid", [logit], "probability"), "flat"], "speech_probs")
    made = helper.make_graph(
        graph.nodes, "silero_vad_16k", original.graph.input, original.graph.output, graph.constants
    )
    model = helper.make_model(made, opset_imports=original.opset_import, producer_name="affectone")
    model.ir_version = original.ir_version
    onnx.checker.check_model(model, full_check=True)
    return model


def part_of(graph: Graph, all_taps: str, bands: int, taps: list[int]) -> str:
    """Return the rows of some taps, which stand side by side; onnxruntime takes them out while loading."""
    name = f"{all_taps}_from{taps[0]}_to{taps[-1]}"
    if any(name in node.output for node in graph.nodes):
        return name
    edges = (bands * taps[0], bands * (taps[-1] + 1))
    return graph.add("Slice", [all_taps, *(graph.constant(f"row{at}", np.array([at])) for at in edges)], name)


def session(model: onnx.ModelProto) -> InferenceSession:
    """Return a network that runs on one thread."""
    options = SessionOptions()
    options.intra_op_num_threads = 1
    return InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def compared(original: onnx.ModelProto, made: onnx.ModelProto) -> float:
    """Print how long both take, turn by turn; return the largest difference of their probabilities."""
    rng = np.random.default_rng(0)
    chunks = rng.normal(0, 1, (937, INPUT)) * np.geomspace(1e-4, 0.5, 937)[:, None]
    state = np.zeros((1, 1, STATES), np.float32)
    given = {"input": chunks.astype(np.float32), "h": state, "c": state}
    both = [session(original), session(made)]
    took: list[list[float]] = [[], []]
    for _ in range(15):
        for one, times in zip(both, took, strict=True):
            begun = time.perf_counter()
            one.run(None, given)
            times.append(time.perf_counter() - begun)
    seconds = len(chunks) * FRAME / 16_000
    before, after = (1000 * min(times) / seconds for times in took)
    sys.stdout.write(f"{before:.2f} ms for a second of sound, now {after:.2f} ms\n")
    first, second = (one.run(None, given) for one in both)
    return max(float(np.abs(a - b).max()) for a, b in zip(first, second, strict=True))


def main() -> int:
    """Write the network named second, made of the one named first."""
    source, target = map(Path, sys.argv[1:])
    original = onnx.load(source)
    made = rewritten(original)
    difference = compared(original, made)
    sys.stdout.write(f"largest difference {difference:.1e}\n")
    if difference > TOLERANCE:
        return 1
    onnx.save(made, target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
