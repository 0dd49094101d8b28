"""From a waveform to statistics of an encoder's states, and to answers by a network on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from affectone.models.nets.network import Network, NetworkOutput

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

__all__ = ["OnnxStatistics", "StateStatistics", "StatesModel"]


class StateStatistics(nn.Module):
    """Mean and standard deviation over time of some layers' states.

    Parameters
    ----------
    encoder : torch.nn.Module
        Maps ``(batch, samples)`` to ``(batch, layers + 1, frames, dims)``.
    layers : sequence of int
    """

    def __init__(self, encoder: nn.Module, layers: Sequence[int]) -> None:
        super().__init__()
        self.encoder = encoder
        self._layers = list(layers)

    def forward(self, waveform: Tensor) -> Tensor:
        """Map ``(batch, samples)`` to ``(batch, 2 * layers * dims)``: all means, then all deviations."""
        states = self.encoder(waveform)
        chosen = torch.stack([states[:, layer] for layer in self._layers], dim=1)
        mean = chosen.mean(dim=2)  # (batch, layers, dims)
        variance = (chosen - mean[:, :, None]).square().mean(dim=2)
        if variance.requires_grad:
            variance.register_hook(_finite)  # type: ignore[no-untyped-call]
        return torch.cat((mean, variance.sqrt()), dim=1).flatten(1)


def _finite(slope: Tensor) -> Tensor:
    """Where nothing varies, as in digital silence, the root has no slope that could be learned by."""
    return slope.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)


class OnnxStatistics(nn.Module):
    """The same by onnxruntime, of an encoder whose weights in torch are not at hand.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        Of one input and one output.
    """

    def __init__(self, session: InferenceSession) -> None:
        super().__init__()
        self._session = session

    def forward(self, waveform: Tensor) -> Tensor:
        """Map ``(batch, samples)`` to ``(batch, numbers)``."""
        (port,) = self._session.get_inputs()
        (numbers,) = self._session.run(None, {port.name: waveform.numpy()})
        return torch.from_numpy(numbers)


class StatesModel(nn.Module):
    """Encoder, statistics and network in one: what is exported.

    Parameters
    ----------
    statistics : StateStatistics or OnnxStatistics
    network : Network
    """

    def __init__(self, statistics: StateStatistics | OnnxStatistics, network: Network) -> None:
        super().__init__()
        self.statistics = statistics
        self.network = network

    def forward(self, waveform: Tensor) -> NetworkOutput:
        """Map ``(batch, samples)`` to the heads and the embedding."""
        output: NetworkOutput = self.network(self.statistics(waveform))
        return output
