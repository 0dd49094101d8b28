"""Residual network with squeeze-and-excitation."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field
from torch import Tensor, nn

from affectone.models.nets.layers import ConvBlock2d, ResidualBlock, mean_and_deviation
from affectone.models.nets.network import NETWORKS, Network
from affectone.models.nets.settings import Share, Sizes
from affectone.models.space import OneOf, Real, Space

__all__ = ["ResNetSe"]


@NETWORKS.register("resnet_se")
class ResNetSe(Network):
    """Residual blocks that weigh their channels, mean and deviation (He et al. 2016, Hu et al. 2018).

    K. He, X. Zhang, S. Ren, J. Sun: Deep residual learning for image recognition. CVPR 2016. J. Hu, L. Shen,
    G. Sun: Squeeze-and-excitation networks. CVPR 2018.

    Parameters
    ----------
    bands : int
        Mel bands of the input.
    labels : int
        Number of emotions.
    channels : sequence of int
        Of the stem, and of one residual block each; each halves frames and bands.
    dropout : float
    """

    space: ClassVar[Space] = {
        "channels": OneOf((16, 32, 64), (16, 32, 64, 128), (24, 48, 96, 144)),
        "dropout": Real(0.0, 0.5),
    }

    def __init__(
        self,
        *,
        bands: int,
        labels: int,
        channels: Annotated[Sizes, Field(min_length=2)] = (16, 32, 64, 128),
        dropout: Share = 0.3,
    ) -> None:
        super().__init__()
        stem, *rest = channels
        self.stem = ConvBlock2d(1, stem, (5, 5), (1, 2))
        pairs = zip(channels, rest, strict=False)
        self.blocks = nn.Sequential(*(ResidualBlock(inputs, outputs, (2, 2)) for inputs, outputs in pairs))
        self.dropout = nn.Dropout(dropout)
        self.add_heads(2 * channels[-1], labels)

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to ``(batch, 2 channels)``."""
        maps = self.blocks(self.stem(frames[:, None]))  # (batch, channels, frames / 8, bands / 16)
        embedding: Tensor = self.dropout(mean_and_deviation(maps.mean(dim=3).transpose(1, 2)))
        return embedding
