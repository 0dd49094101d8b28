"""What every network is: log-mel frames in, logits of its heads and an embedding out."""

from __future__ import annotations

import abc
from typing import ClassVar, NamedTuple

from torch import Tensor, nn

from affectone.errors import ModelError
from affectone.labels import DEGREES
from affectone.models.nets.frontend import LogMel
from affectone.models.space import Space
from affectone.registry import Registry

__all__ = ["NETWORKS", "Network", "NetworkOutput", "WaveformModel", "level_frames"]


class NetworkOutput(NamedTuple):
    """The heads' logits ``(batch, labels)`` and ``(batch, 2)``, and the embedding ``(batch, size)``.

    A network that tells degrees has their logits, too, ``(batch, 2)``, in the order of `DEGREES`; the sigmoid
    of one is the degree.
    """

    emotion_logits: Tensor
    voice_logits: Tensor
    embedding: Tensor
    degree_logits: Tensor | None = None


class Network(nn.Module, abc.ABC):
    """A network on levelled log-mel frames of equal length: an encoder of clips and its heads.

    A subclass takes the keywords `bands` and `labels` and settings of its own, each with a default; it
    calls `add_heads` last. Clips have any number of frames from 1 up, and all clips of a batch have equally
    many: nothing is padded, so `encode` needs no masks.
    """

    space: ClassVar[Space]
    """What a search may try of its own settings."""

    emotion: nn.Linear
    voice: nn.Linear
    degrees: nn.Linear | None

    def add_heads(self, size: int, labels: int, *, degrees: bool = False) -> None:
        """Make the heads on an embedding of a size; that of the degrees is made where it is wanted."""
        self.emotion = nn.Linear(size, labels)
        self.voice = nn.Linear(size, 2)
        self.degrees = nn.Linear(size, len(DEGREES)) if degrees else None

    @abc.abstractmethod
    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to the clips' embeddings ``(batch, size)``."""

    def forward(self, frames: Tensor) -> NetworkOutput:
        """Map ``(batch, frames, bands)`` to the heads and the embedding."""
        embedding = self.encode(frames)
        degrees = None if self.degrees is None else self.degrees(embedding)
        return NetworkOutput(self.emotion(embedding), self.voice(embedding), embedding, degrees)


NETWORKS: Registry[type[Network]] = Registry("model", ModelError)
"""Every network, one file a family in this folder.

Lengths vary between batches and never within one: training crops clips of nearly equal length to the
shortest, scoring groups clips of exactly equal length, and the recogniser runs one window at a time. So there
is no padding, and no network has masks.
"""


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
        """Map ``(batch, samples)`` to the heads and the embedding."""
        output: NetworkOutput = self.network(level_frames(self.frontend(waveform)))
        return output
