"""A network on an encoder's states as one graph: statistics, their scale, heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import compose, numpy_helper
from torch import Tensor, nn

from affectone.models.nets import VectorNetwork
from affectone.models.runner import DEGREE_LOGITS, EMOTION_STATES, OUTPUTS, STATE_MEAN, STATE_SCALE, STATES
from affectone.training.export import to_onnx
from affectone.training.statistics import STATISTICS

__all__ = ["head_graph", "joined_graph"]

HEAD = "head_"


class AdaptableHead(nn.Module):
    """A network on statistics, which says what it standardised them to and lets itself be given others.

    Parameters
    ----------
    network : VectorNetwork
        On rows that are read at once.
    emotion_states : Tensor, shape (labels, numbers)
        Mean standardised states of each emotion.
    """

    emotion_states: Tensor

    def __init__(self, network: VectorNetwork, emotion_states: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("emotion_states", emotion_states)

    def forward(self, statistics: Tensor, state_mean: Tensor, state_scale: Tensor) -> tuple[Tensor, ...]:
        """Map statistics ``(batch, numbers)`` to the heads, the embedding and standardised states.

        Mean and scale, ``(numbers,)``, are those of the standardised states of the recordings that the model
        is adapted to; 0 and 1 are those of the clips that it was trained on.
        """
        states = self.network.standardised(statistics)
        output = self.network.answer((states - state_mean) / state_scale)
        return *(part for part in output if part is not None), states, self.emotion_states


def joined_graph(statistics: Path, head: onnx.ModelProto) -> onnx.ModelProto:
    """Return one graph from waveform to logits, embedding and states.

    Its inputs ``state_mean`` and ``state_scale`` need not be given: they have the values 0 and 1.

    Parameters
    ----------
    statistics : Path
        Graph of `statistics_graph`.
    head : onnx.ModelProto
        Of `head_graph`, with float weights or with those of 8 bits.
    """
    encoder = onnx.load(statistics)
    named = compose.add_prefix(head, HEAD, rename_inputs=False, rename_outputs=False)
    named.ir_version = encoder.ir_version
    joined = compose.merge_models(encoder, named, io_map=[(STATISTICS, HEAD + STATISTICS)])
    sizes = {port.name: port.type.tensor_type.shape.dim[0].dim_value for port in head.graph.input}
    for name, value in ((STATE_MEAN, 0.0), (STATE_SCALE, 1.0)):
        given = np.full(sizes[name], value, np.float32)
        joined.graph.initializer.append(numpy_helper.from_array(given, name))
    return joined


def head_graph(network: VectorNetwork, emotion_states: npt.NDArray[np.float32]) -> onnx.ModelProto:
    """Return the graph from statistics, and what they are adapted to, to logits, embedding and states.

    Parameters
    ----------
    network : VectorNetwork
        That learned from such statistics.
    emotion_states : numpy.ndarray of float32, shape (labels, numbers)
        Mean standardised states of each emotion.
    """
    numbers = len(network.mean)
    row = torch.stack((network.mean, network.mean + network.divisor))
    example = (row, torch.zeros(numbers), torch.ones(numbers))
    shapes: dict[str, dict[int, torch.export.Dim]] = {
        "statistics": {0: torch.export.Dim("batch")},
        "state_mean": {},
        "state_scale": {},
    }
    degrees = [] if network.network.degrees is None else [DEGREE_LOGITS]
    return to_onnx(
        AdaptableHead(network, torch.from_numpy(emotion_states)).eval(),
        example,
        shapes,
        inputs=[HEAD + STATISTICS, STATE_MEAN, STATE_SCALE],
        outputs=[*OUTPUTS, *degrees, STATES, EMOTION_STATES],
    )
