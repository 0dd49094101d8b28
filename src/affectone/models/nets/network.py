"""What every network is: log-mel frames in, emotion and voice logits and an embedding out."""

from __future__ import annotations

import abc
from typing import NamedTuple

from torch import Tensor, nn

from affectone.errors import ModelError
from affectone.models.nets.frontend import LogMel
from affectone.registry import Registry

__all__ = ["NETWORKS", "Network", "NetworkOutput", "WaveformModel", "level_frames"]


class NetworkOutput(NamedTuple):
    """The two heads' logits ``(batch, labels)`` and ``(batch, 2)``, and the embedding ``(batch, size)``."""

    emotion_logits: Tensor
    voice_logits: Tensor
    embedding: Tensor


class Network(nn.Module, abc.ABC):
    """A network on levelled log-mel frames of equal length."""

    @abc.abstractmethod
    def forward(self, frames: Tensor) -> NetworkOutput:
        """Map ``(batch, frames, bands)`` to the two heads and the embedding."""


NETWORKS: Registry[type[Network]] = Registry("model", ModelError)


def level_frames(frames: Tensor) -> Tensor:
    """Take each clip's mean over time and bands from its log-mel frames: ``(batch, frames, bands)``.

    One number a clip and not one a band, because the spectrum's tilt is what tells effort in a voice.
    """
    return frames - frames.mean(dim=(1, 2), keepdim=True)


class WaveformModel(nn.Module):
    """Front end, levelling and network in one: what is exported.

    Parameters
    ----------
    frontend : LogMel
    network : Network
    """

    def __init__(self, frontend: LogMel, network: Network) -> None:
        super().__init__()
        self.frontend = frontend
        self.network = network

    def forward(self, waveform: Tensor) -> NetworkOutput:
        """Map ``(batch, samples)`` to the two heads and the embedding."""
        output: NetworkOutput = self.network(level_frames(self.frontend(waveform)))
        return output
