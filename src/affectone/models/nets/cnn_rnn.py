"""2-D convolutions find local patterns, a recurrent layer follows them through the clip."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from affectone.models.nets.layers import AttentiveMean, ConvBlock2d, halved
from affectone.models.nets.network import NETWORKS, Network
from affectone.models.nets.recurrent import Recurrent
from affectone.models.nets.settings import Share, Size, Sizes
from affectone.models.space import OneOf, Real, Space

__all__ = ["CnnGruAttention", "CnnLstm"]


@NETWORKS.register("cnn_lstm")
class CnnLstm(Network):
    """Four blocks of convolution and pooling, LSTM, mean of its states (after Zhao et al. 2019).

    J. Zhao, X. Mao, L. Chen: Speech emotion recognition using deep 1D & 2D CNN LSTM networks. Biomedical
    Signal Processing and Control 47, 2019.

    Parameters
    ----------
    bands : int
        Mel bands of the input.
    labels : int
        Number of emotions.
    channels : sequence of int
        One block each; all halve the bands, the first two the frames.
    width : int
        Of the LSTM's state, and so of the clip's embedding.
    dropout : float
    """

    space: ClassVar[Space] = {
        "channels": OneOf((16, 32, 48), (16, 32, 48, 64), (24, 48, 72, 96)),
        "width": OneOf(64, 128, 192),
        "dropout": Real(0.0, 0.5),
    }

    def __init__(
        self,
        *,
        bands: int,
        labels: int,
        channels: Sizes = (16, 32, 48, 64),
        width: Size = 128,
        dropout: Share = 0.1,
    ) -> None:
        super().__init__()
        inputs = (1, *channels)
        blocks: list[nn.Module] = []
        for number, outputs in enumerate(channels):
            stride = (2 if number < 2 else 1, 2)
            blocks += [
                ConvBlock2d(inputs[number], outputs),
                nn.MaxPool2d(3, stride, 1),
                nn.Dropout2d(dropout / 3),
            ]
        self.blocks = nn.Sequential(*blocks)
        self.recurrent = Recurrent("lstm", inputs[-1] * halved(bands, len(channels)), width)
        self.dropout = nn.Dropout(dropout)
        self.add_heads(width, labels)

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to ``(batch, width)``."""
        maps = self.blocks(frames[:, None])  # (batch, channels, frames / 4, bands / 16)
        steps = self.dropout(maps.permute(0, 2, 1, 3).flatten(2))  # (batch, frames / 4, ..)
        embedding: Tensor = self.dropout(self.recurrent(steps).float().mean(dim=1))
        return embedding


@NETWORKS.register("cnn_gru_attention")
class CnnGruAttention(Network):
    """Convolutions that stride, bidirectional GRU, attentive mean (after Chen et al. 2018).

    M. Chen, X. He, J. Yang, H. Zhang: 3-D convolutional recurrent neural networks with attention model for
    speech emotion recognition. IEEE Signal Processing Letters 25, 2018. There the layer was an LSTM and the
    input had deltas, which convolutions over time can find themselves.

    Parameters
    ----------
    bands : int
        Mel bands of the input.
    labels : int
        Number of emotions.
    channels : sequence of int
        One convolution each; all halve the bands, the first one the frames.
    width : int
        Of each direction's state; the clip's embedding is twice as wide.
    dropout : float
    """

    space: ClassVar[Space] = {
        "channels": OneOf((32, 48, 64), (32, 48, 64, 64), (32, 64, 96, 96)),
        "width": OneOf(32, 64, 96),
        "dropout": Real(0.0, 0.5),
    }

    def __init__(
        self,
        *,
        bands: int,
        labels: int,
        channels: Sizes = (32, 48, 64, 64),
        width: Size = 64,
        dropout: Share = 0.3,
    ) -> None:
        super().__init__()
        inputs = (1, *channels)
        blocks: list[nn.Module] = []
        for number, outputs in enumerate(channels):
            stride = (2 if number == 0 else 1, 2)
            blocks += [ConvBlock2d(inputs[number], outputs, stride=stride), nn.Dropout2d(dropout / 3)]
        self.blocks = nn.Sequential(*blocks)
        self.recurrent = Recurrent("gru", inputs[-1] * halved(bands, len(channels)), width, both_ways=True)
        self.pool = AttentiveMean(self.recurrent.size)
        self.dropout = nn.Dropout(dropout)
        self.add_heads(self.recurrent.size, labels)

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to ``(batch, 2 width)``."""
        maps = self.blocks(frames[:, None])  # (batch, channels, frames / 2, bands / 16)
        steps = self.dropout(maps.permute(0, 2, 1, 3).flatten(2))  # (batch, frames / 2, ..)
        embedding: Tensor = self.dropout(self.pool(self.recurrent(steps).float()))
        return embedding
