"""Squeeze-and-excitation CNN, bidirectional GRU, attentive statistics, two heads."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (torch's own convention)

from affectone.models.nets.network import NETWORKS, Network, NetworkOutput

__all__ = ["CnnGru"]


class SqueezeExcite(nn.Module):
    """Weigh channels by what they hold over the whole clip (Hu et al. 2018)."""

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, channels // reduction)
        self.excite = nn.Linear(channels // reduction, channels)

    def forward(self, maps: Tensor) -> Tensor:
        """Map ``(batch, channels, frames, bands)`` to the same shape."""
        weights = torch.sigmoid(self.excite(F.relu(self.squeeze(maps.mean(dim=(2, 3))))))
        return maps * weights[:, :, None, None]


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a projection; the first one strides."""

    def __init__(self, inputs: int, outputs: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
            SqueezeExcite(outputs),
        )
        self.skip = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, maps: Tensor) -> Tensor:
        """Map ``(batch, inputs, frames, bands)`` to ``(batch, outputs, frames / s0, bands / s1)``."""
        return F.relu(self.body(maps) + self.skip(maps))


@NETWORKS.register("cnn_gru")
class CnnGru(Network):
    """CNN with squeeze-and-excitation, bidirectional GRU, attentive statistics pooling.

    Parameters
    ----------
    bands : int
        Mel bands of the input; a multiple of 16.
    labels : int
        Number of emotions.
    channels : sequence of four int
        Of the stem and the three residual blocks.
    hidden, embedding : int
        Units of the GRU in each direction; size of the clip's embedding.
    dropout : float
    """

    def __init__(
        self,
        *,
        bands: int,
        labels: int,
        channels: tuple[int, int, int, int] = (16, 32, 48, 64),
        hidden: int = 64,
        embedding: int = 128,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        stem, first, second, third = channels
        self.stem = nn.Sequential(
            nn.Conv2d(1, stem, 5, (1, 2), 2, bias=False), nn.BatchNorm2d(stem), nn.ReLU()
        )
        self.blocks = nn.Sequential(
            ResidualBlock(stem, first, (2, 2)),
            ResidualBlock(first, second, (1, 2)),
            ResidualBlock(second, third, (1, 2)),
        )
        self.project = nn.Sequential(
            nn.Linear(third * (bands // 16), 128), nn.LayerNorm(128), nn.ReLU(), nn.Dropout(dropout)
        )
        self.gru = nn.GRU(128, hidden, batch_first=True, bidirectional=True)
        self.attention = nn.Sequential(nn.Linear(2 * hidden, 64), nn.Tanh(), nn.Linear(64, 1))
        self.embed = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(4 * hidden, embedding), nn.ReLU(), nn.Dropout(dropout)
        )
        self.emotion = nn.Linear(embedding, labels)
        self.voice = nn.Linear(embedding, 2)

    def forward(self, frames: Tensor) -> NetworkOutput:
        """Map ``(batch, frames, bands)`` to the two heads and the embedding."""
        maps = self.blocks(self.stem(frames[:, None]))  # (batch, channels, frames / 2, bands / 16)
        steps = self.project(maps.permute(0, 2, 1, 3).flatten(2))  # (batch, frames / 2, 128)
        states, _ = self.gru(steps)  # (batch, frames / 2, 2 hidden)
        weights = self.attention(states).softmax(dim=1)
        mean = (weights * states).sum(dim=1)
        variance = (weights * states.square()).sum(dim=1) - mean.square()
        pooled = torch.cat((mean, variance.clamp_min(1e-5).sqrt()), dim=1)
        embedding = self.embed(pooled)
        return NetworkOutput(self.emotion(embedding), self.voice(embedding), embedding)
