"""Moonshine's encoder, and its 8-bit ONNX file as torch weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from affectone.features.encoder.base import Encoder

__all__ = ["MoonshineStates", "moonshine_weights"]

Arrays = Mapping[str, npt.NDArray[Any]]


class MoonshineStates(Encoder):
    """Moonshine's encoder: three convolutions over samples, layers with rotary positions.

    Parameters
    ----------
    encoder : transformers.models.moonshine.MoonshineEncoder
    keep : int or None
        Layers to keep.
    """

    def __init__(self, encoder: Any, keep: int | None) -> None:
        super().__init__(encoder.layers, encoder.config.hidden_size, keep)
        self.conv1, self.conv2, self.conv3 = encoder.conv1, encoder.conv2, encoder.conv3
        self.groupnorm, self.rotary = encoder.groupnorm, encoder.rotary_emb

    def states(self, waveform: Tensor) -> Iterator[Tensor]:
        """Yield samples through three convolutions, about 41 frames a second, then each layer's states."""
        states = self.groupnorm(torch.tanh(self.conv1(waveform[:, None])))
        states = nn.functional.gelu(self.conv2(states))
        states = nn.functional.gelu(self.conv3(states)).transpose(1, 2)  # (batch, frames, dims)
        yield states
        positions = self.rotary(states, torch.arange(states.shape[1], device=states.device)[None])
        for layer in self.layers:
            states = layer(states, attention_mask=None, position_embeddings=positions)
            yield states


def moonshine_weights(file: Path) -> dict[str, Tensor]:
    """Return the state of a `MoonshineEncoder` out of the 8-bit ONNX file that moonshine-js ships.

    Its matrices are multiplied out; as the file runs them it scales whole tensors of activations, so that a
    clip's states depend on its level and on its batch.

    Parameters
    ----------
    file : Path
    """
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(file).graph
    arrays = {part.name: numpy_helper.to_array(part) for part in graph.initializer}
    weights = _convolutions(arrays) | _matrices(graph, arrays)
    for name, values in arrays.items():
        if name.endswith(("layernorm.weight", "layer_norm.weight", "fc1.bias", "fc2.bias")):
            weights[name] = values
    norm = next(node for node in graph.node if node.name == "/groupnorm/Mul")
    bias = next(node for node in graph.node if node.name == "/groupnorm/Add")
    weights["groupnorm.weight"] = arrays[norm.input[1]].ravel()
    weights["groupnorm.bias"] = arrays[bias.input[1]].ravel()
    return {name: torch.from_numpy(np.array(values, np.float32)) for name, values in weights.items()}


def _convolutions(arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
    weights = {}
    for name in ("conv1", "conv2", "conv3"):
        stored = arrays[f"{name}.weight_quantized"].astype(np.float32)
        weights[f"{name}.weight"] = (
            stored * arrays[f"{name}.weight_scale"] + arrays[f"{name}.weight_zero_point"]
        )
        if f"{name}.bias" in arrays:
            weights[f"{name}.bias"] = arrays[f"{name}.bias"]
    return weights


def _matrices(graph: Any, arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
    weights = {}
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            stem = node.input[1].removesuffix("_quantized")
            stored = arrays[node.input[1]].astype(np.float32) - arrays[node.input[3]].astype(np.float32)
            place = node.name.removeprefix("/").removesuffix("/MatMul_quant").replace("/", ".")
            weights[f"{place.replace('.dense', '.o_proj')}.weight"] = (stored * arrays[f"{stem}_scale"]).T
    return weights
