"""Squeeze-and-excitation CNN, temporal convolutions, attentive statistics, two heads."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (torch's own convention)

from affectone.models.nets.network import NETWORKS, Network, NetworkOutput

__all__ = ["CnnTcn"]


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


class TemporalBlock(nn.Module):
    """A dilated convolution over time beside the identity (Bai et al. 2018, here not causal)."""

    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(channels, channels, 5, padding=2 * dilation, dilation=dilation, bias=False),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Dropout(dropout),
        )

    def forward(self, steps: Tensor) -> Tensor:
        """Map ``(batch, channels, steps)`` to the same shape."""
        longer: Tensor = steps + self.body(steps)
        return longer


@NETWORKS.register("cnn_tcn")
class CnnTcn(Network):
    """CNN with squeeze-and-excitation, dilated convolutions over time, attentive statistics pooling.

    Parameters
    ----------
    bands : int
        Mel bands of the input; a multiple of 16.
    labels : int
        Number of emotions.
    channels : sequence of four int
        Of the stem and the three residual blocks.
    width : int
        Of the steps in time, and of the clip's embedding.
    dilations : sequence of int
        One temporal block each.
    dropout : float
    """

    def __init__(
        self,
        *,
        bands: int,
        labels: int,
        channels: Sequence[int] = (16, 32, 48, 64),
        width: int = 128,
        dilations: Sequence[int] = (1, 2),
        dropout: float = 0.2,
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
            nn.Linear(third * (bands // 16), width), nn.LayerNorm(width), nn.ReLU(), nn.Dropout(dropout)
        )
        self.temporal = nn.Sequential(*(TemporalBlock(width, d, dropout / 2) for d in dilations))
        self.attention = nn.Sequential(nn.Linear(width, width // 2), nn.Tanh(), nn.Linear(width // 2, 1))
        self.embed = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(2 * width, width), nn.ReLU(), nn.Dropout(dropout)
        )
        self.emotion = nn.Linear(width, labels)
        self.voice = nn.Linear(width, 2)

    def forward(self, frames: Tensor) -> NetworkOutput:
        """Map ``(batch, frames, bands)`` to the two heads and the embedding."""
        maps = self.blocks(self.stem(frames[:, None]))  # (batch, channels, frames / 2, bands / 16)
        steps = self.project(maps.permute(0, 2, 1, 3).flatten(2))  # (batch, frames / 2, width)
        steps = self.temporal(steps.transpose(1, 2)).transpose(1, 2).float()
        weights = self.attention(steps).softmax(dim=1)
        mean = (weights * steps).sum(dim=1)
        variance = (weights * steps.square()).sum(dim=1) - mean.square()
        pooled = torch.cat((mean, variance.clamp_min(1e-5).sqrt()), dim=1)  # (batch, 2 width)
        embedding = self.embed(pooled)
        return NetworkOutput(self.emotion(embedding), self.voice(embedding), embedding)
