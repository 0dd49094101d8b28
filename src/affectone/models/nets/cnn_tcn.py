"""Squeeze-and-excitation CNN, temporal convolutions, attentive statistics, two heads."""

from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from affectone.models.nets.layers import ResidualBlock, halved
from affectone.models.nets.network import NETWORKS, Network
from affectone.models.nets.settings import Share, Size, Sizes
from affectone.models.space import OneOf, Real, Space

__all__ = ["CnnTcn"]


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

    Parts of several papers: squeeze-and-excitation of Hu et al. 2018, temporal convolutions of Bai et al.
    2018, mean and deviation of attended steps of Okabe et al. 2018.

    Parameters
    ----------
    bands : int
        Mel bands of the input.
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

    space: ClassVar[Space] = {
        "channels": OneOf((16, 24, 32, 48), (16, 32, 48, 64), (24, 48, 64, 96)),
        "width": OneOf(64, 128, 192),
        "dilations": OneOf((1,), (1, 2), (1, 2, 4)),
        "dropout": Real(0.0, 0.5),
    }

    def __init__(
        self,
        *,
        bands: int,
        labels: int,
        channels: Annotated[Sizes, Field(min_length=4, max_length=4)] = (16, 32, 48, 64),
        width: Size = 128,
        dilations: Sizes = (1, 2),
        dropout: Share = 0.2,
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
            nn.Linear(third * halved(bands, 4), width), nn.LayerNorm(width), nn.ReLU(), nn.Dropout(dropout)
        )
        self.temporal = nn.Sequential(*(TemporalBlock(width, d, dropout / 2) for d in dilations))
        half = halved(width)
        self.attention = nn.Sequential(nn.Linear(width, half), nn.Tanh(), nn.Linear(half, 1))
        self.embed = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(2 * width, width), nn.ReLU(), nn.Dropout(dropout)
        )
        self.add_heads(width, labels)

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to ``(batch, width)``."""
        maps = self.blocks(self.stem(frames[:, None]))  # (batch, channels, frames / 2, bands / 16)
        steps = self.project(maps.permute(0, 2, 1, 3).flatten(2))  # (batch, frames / 2, width)
        steps = self.temporal(steps.transpose(1, 2)).transpose(1, 2).float()
        weights = self.attention(steps).softmax(dim=1)
        mean = (weights * steps).sum(dim=1)
        variance = (weights * steps.square()).sum(dim=1) - mean.square()
        pooled = torch.cat((mean, variance.clamp_min(1e-5).sqrt()), dim=1)  # (batch, 2 width)
        embedding: Tensor = self.embed(pooled)
        return embedding
