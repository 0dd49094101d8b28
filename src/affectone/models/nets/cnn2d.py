"""2-D convolutions over the spectrogram as over a picture."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from affectone.models.nets.layers import ConvBlock2d, halved, mean_and_deviation
from affectone.models.nets.network import NETWORKS, Network
from affectone.models.nets.settings import Share, Size, Sizes
from affectone.models.space import OneOf, Real, Space

__all__ = ["Cnn2d"]


@NETWORKS.register("cnn2d")
class Cnn2d(Network):
    """Convolutions over time and bands with max pooling (after Badshah et al. 2017).

    A. M. Badshah, J. Ahmad, N. Rahim, S. W. Baik: Speech emotion recognition from spectrograms with deep
    convolutional neural network. PlatCon 2017. There pictures had one size; here maps are pooled over time.

    Parameters
    ----------
    bands : int
        Mel bands of the input.
    labels : int
        Number of emotions.
    channels : sequence of int
        One block each, which halves frames and bands.
    width : int
        Of the clip's embedding.
    dropout : float
    """

    space: ClassVar[Space] = {
        "channels": OneOf((16, 32, 64), (16, 32, 64, 96), (24, 48, 96, 144)),
        "width": OneOf(64, 128, 192),
        "dropout": Real(0.0, 0.5),
    }

    def __init__(
        self,
        *,
        bands: int,
        labels: int,
        channels: Sizes = (16, 32, 64, 96),
        width: Size = 128,
        dropout: Share = 0.1,
    ) -> None:
        super().__init__()
        inputs = (1, *channels)
        blocks: list[nn.Module] = []
        for number, outputs in enumerate(channels):
            blocks += [
                ConvBlock2d(inputs[number], outputs),
                nn.MaxPool2d(3, 2, 1),
                nn.Dropout2d(dropout / 3),
            ]
        self.blocks = nn.Sequential(*blocks)
        size = inputs[-1] * halved(bands, len(channels))
        self.embed = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(2 * size, width), nn.ReLU(), nn.Dropout(dropout)
        )
        self.add_heads(width, labels)

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to ``(batch, width)``."""
        maps = self.blocks(frames[:, None])  # (batch, channels, frames / 16, bands / 16)
        steps = maps.permute(0, 2, 1, 3).flatten(2)  # (batch, frames / 16, channels * bands / 16)
        embedding: Tensor = self.embed(mean_and_deviation(steps))
        return embedding
