"""1-D convolutions over time, the bands as channels."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from affectone.models.nets.layers import ConvBlock1d, mean_and_deviation
from affectone.models.nets.network import NETWORKS, Network
from affectone.models.nets.settings import Share, Size, Sizes
from affectone.models.space import OneOf, Real, Space

__all__ = ["Cnn1d"]


@NETWORKS.register("cnn1d")
class Cnn1d(Network):
    """Convolutions over time, mean and deviation (after Issa et al. 2020).

    D. Issa, M. F. Demirci, A. Yazici: Speech emotion recognition with deep convolutional neural networks.
    Biomedical Signal Processing and Control 59, 2020. There the input was one vector a clip; here it is
    frames.

    Parameters
    ----------
    bands : int
        Mel bands of the input.
    labels : int
        Number of emotions.
    channels : sequence of int
        One convolution each; the second one halves the frames.
    size : int
        Frames that a convolution sees.
    width : int
        Of the clip's embedding.
    dropout : float
    """

    space: ClassVar[Space] = {
        "channels": OneOf((96, 96, 96), (128, 128, 128, 128), (192, 192, 192, 192)),
        "size": OneOf(3, 5, 7),
        "dropout": Real(0.0, 0.5),
    }

    def __init__(
        self,
        *,
        bands: int,
        labels: int,
        channels: Sizes = (128, 128, 128, 128),
        size: Size = 5,
        width: Size = 128,
        dropout: Share = 0.1,
    ) -> None:
        super().__init__()
        inputs = (bands, *channels)
        blocks: list[nn.Module] = []
        for number, outputs in enumerate(channels):
            stride = 2 if number == 1 else 1
            blocks += [ConvBlock1d(inputs[number], outputs, size, stride), nn.Dropout(dropout / 2)]
        self.blocks = nn.Sequential(*blocks)
        self.embed = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(2 * inputs[-1], width), nn.ReLU(), nn.Dropout(dropout)
        )
        self.add_heads(width, labels)

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to ``(batch, width)``."""
        steps = self.blocks(frames.transpose(1, 2))  # (batch, channels, frames / 2)
        embedding: Tensor = self.embed(mean_and_deviation(steps.transpose(1, 2)))
        return embedding
