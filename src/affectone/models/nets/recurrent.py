"""Recurrent layers that torch trains and every ONNX runtime runs, at any length.

torch's exporter cannot be relied on for them. Older releases unroll an LSTM or a GRU to the length it was
traced at; torch 2.13 with onnxscript 0.7 keeps one in one direction, and fixes the length of one in two. The
older exporter keeps all, but is deprecated. So in an exported graph each layer is an operator of our own
without a body, `affectone::lstm` or `affectone::gru`, and `onnx_translations` tells the exporter to write
ONNX's LSTM or GRU there. torch documents all that this needs since 2.6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor, nn

__all__ = ["Recurrent", "onnx_translations"]

GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2)}
"""ONNX's order of the gates, as places in torch's: i o f g of i f g o, and z r n of r z n."""


def _shape_of_layer(
    steps: Tensor, weights: Tensor, recurrence: Tensor, biases: Tensor, width: int, direction: str
) -> Tensor:
    """Return the shape of ONNX's first output: ``(steps, directions, batch, width)``."""
    return steps.new_empty(steps.shape[0], weights.shape[0], steps.shape[1], width)


for _kind in GATES:
    torch.library.define(
        f"affectone::{_kind}",
        "(Tensor steps, Tensor weights, Tensor recurrence, Tensor biases, int width, str direction) "
        "-> Tensor",
    )
    torch.library.register_fake(f"affectone::{_kind}", _shape_of_layer)


def onnx_translations() -> dict[Callable[..., Any], Callable[..., Any]]:
    """Return how the exporter writes our operators, as its `custom_translation_table`."""
    from onnxscript import opset18 as op

    # The exporter reads the names and annotations.
    def lstm(steps: Any, weights: Any, recurrence: Any, biases: Any, width: int, direction: str) -> Any:
        return op.LSTM(steps, weights, recurrence, biases, hidden_size=width, direction=direction)[0]

    def gru(steps: Any, weights: Any, recurrence: Any, biases: Any, width: int, direction: str) -> Any:
        # torch's reset gate multiplies the recurrent product and not the state.
        return op.GRU(
            steps,
            weights,
            recurrence,
            biases,
            hidden_size=width,
            direction=direction,
            linear_before_reset=1,
        )[0]

    return {torch.ops.affectone.lstm.default: lstm, torch.ops.affectone.gru.default: gru}


class Recurrent(nn.Module):
    """Layers of LSTM (Hochreiter and Schmidhuber 1997) or GRU (Cho et al. 2014).

    Parameters
    ----------
    kind : {"lstm", "gru"}
    inputs, width : int
        Of a step, and of each direction's state.
    layers : int
    both_ways : bool
        Whether a second direction reads the steps from the last to the first.
    dropout : float
        Between layers.
    """

    def __init__(
        self,
        kind: Literal["lstm", "gru"],
        inputs: int,
        width: int,
        *,
        layers: int = 1,
        both_ways: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.kind = kind
        self.size = width * (1 + both_ways)
        made = nn.LSTM if kind == "lstm" else nn.GRU
        self.layers = made(
            inputs,
            width,
            layers,
            batch_first=True,
            bidirectional=both_ways,
            dropout=dropout if layers > 1 else 0.0,
        )

    def forward(self, steps: Tensor) -> Tensor:
        """Map ``(batch, steps, inputs)`` to ``(batch, steps, size)``."""
        if not torch.compiler.is_compiling():
            # In single precision: a processor without bfloat16 has no such LSTM, and torch then raises.
            with torch.autocast(steps.device.type, enabled=False):
                found: Tensor = self.layers(steps.float())[0]
            return found
        steps = steps.transpose(0, 1)
        for layer in range(self.layers.num_layers):
            steps = self._exported(steps, layer)
        return steps.transpose(0, 1)

    def _exported(self, steps: Tensor, layer: int) -> Tensor:
        """Map ``(steps, batch, inputs)`` to ``(steps, batch, size)`` by ONNX's operator."""
        operator = getattr(torch.ops.affectone, self.kind)
        biases = torch.cat((self._weights("bias_ih", layer), self._weights("bias_hh", layer)), dim=1)
        found: Tensor = operator(
            steps,
            self._weights("weight_ih", layer),
            self._weights("weight_hh", layer),
            biases,
            self.layers.hidden_size,
            "bidirectional" if self.layers.bidirectional else "forward",
        )  # (steps, directions, batch, width)
        return found.transpose(1, 2).flatten(2)

    def _weights(self, name: str, layer: int) -> Tensor:
        """Return a layer's weights of all directions, with ONNX's order of gates: ``(directions, ...)``."""
        ends = ("", "_reverse") if self.layers.bidirectional else ("",)
        width = self.layers.hidden_size
        ways = []
        for end in ends:
            gates: Tensor = getattr(self.layers, f"{name}_l{layer}{end}")
            parts = [gates[place * width : (place + 1) * width] for place in GATES[self.kind]]
            ways.append(torch.cat(parts))
        return torch.stack(ways)
