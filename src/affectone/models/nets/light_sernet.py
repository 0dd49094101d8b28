"""Three parallel convolutions that see time, bands and both, and a small body."""

from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from affectone.models.nets.layers import ConvBlock2d
from affectone.models.nets.network import NETWORKS, Network
from affectone.models.nets.settings import Share, Size, Sizes
from affectone.models.space import OneOf, Real, Space

__all__ = ["LightSerNet"]


def pool(frames: int, bands: int) -> nn.AvgPool2d:
    """Return a mean over neighbours that shortens frames and bands by these factors, rounded up."""
    size = (2 * frames - 1, 2 * bands - 1)
    return nn.AvgPool2d(size, (frames, bands), (frames - 1, bands - 1), count_include_pad=False)


@NETWORKS.register("light_sernet")
class LightSerNet(Network):
    """Three parallel convolutions, five more, global mean (after LIGHT-SERNET, Aftab et al. 2022).

    A. Aftab, A. Morsali, S. Ghaemmaghami, B. Champagne: LIGHT-SERNET: a lightweight fully convolutional
    neural network for speech emotion recognition. ICASSP 2022. Half as many channels as there, log-mel for
    MFCC, and paths that stride over the bands where those were pooled.

    Parameters
    ----------
    bands : int
        Mel bands of the input.
    labels : int
        Number of emotions.
    path : int
        Channels of each of the three paths.
    channels : sequence of five int
        Of the body; the last is the size of the clip's embedding.
    dropout : float
    """

    space: ClassVar[Space] = {
        "path": OneOf(16, 24, 32),
        "channels": OneOf((32, 48, 64, 80, 160), (64, 96, 128, 160, 320)),
        "dropout": Real(0.0, 0.5),
    }

    def __init__(
        self,
        *,
        bands: int,
        labels: int,
        path: Size = 16,
        channels: Annotated[Sizes, Field(min_length=5, max_length=5)] = (32, 48, 64, 80, 160),
        dropout: Share = 0.3,
    ) -> None:
        super().__init__()
        sizes = ((9, 1), (1, 11), (3, 3))
        self.paths = nn.ModuleList(
            nn.Sequential(ConvBlock2d(1, path, size, (1, 2)), pool(2, 1)) for size in sizes
        )
        first, second, third, fourth, last = channels
        self.body = nn.Sequential(
            ConvBlock2d(3 * path, first),
            pool(2, 2),
            ConvBlock2d(first, second),
            pool(2, 2),
            ConvBlock2d(second, third),
            pool(2, 1),
            ConvBlock2d(third, fourth),
            pool(1, 2),
            ConvBlock2d(fourth, last, (1, 1)),
        )
        self.dropout = nn.Dropout(dropout)
        self.add_heads(last, labels)

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to ``(batch, channels)``."""
        maps = torch.cat([path(frames[:, None]) for path in self.paths], dim=1)  # (.., frames / 2, bands / 2)
        maps = self.body(maps)  # (batch, channels, frames / 16, bands / 16)
        embedding: Tensor = self.dropout(maps.float().mean(dim=(2, 3)))
        return embedding
