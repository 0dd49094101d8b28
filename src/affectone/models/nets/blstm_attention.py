"""Bidirectional LSTM, and attention that picks the frames that carry emotion."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from affectone.models.nets.layers import AttentiveMean
from affectone.models.nets.network import NETWORKS, Network
from affectone.models.nets.recurrent import Recurrent
from affectone.models.nets.settings import Count, Share, Size
from affectone.models.space import OneOf, Real, Space, Whole

__all__ = ["BlstmAttention"]


@NETWORKS.register("blstm_attention")
class BlstmAttention(Network):
    """Dense layer on each frame, bidirectional LSTM, attentive mean (after Mirsamadi et al. 2017).

    S. Mirsamadi, E. Barsoum, C. Zhang: Automatic speech emotion recognition using recurrent neural networks
    with local attention. ICASSP 2017.

    Parameters
    ----------
    bands : int
        Mel bands of the input.
    labels : int
        Number of emotions.
    dense : int
        Width of the layer before the recurrent one.
    width : int
        Of each direction's state; the clip's embedding is twice as wide.
    layers : int
    dropout : float
    """

    space: ClassVar[Space] = {
        "width": OneOf(48, 96, 144),
        "layers": Whole(1, 2),
        "dropout": Real(0.0, 0.5),
    }

    def __init__(
        self,
        *,
        bands: int,
        labels: int,
        dense: Size = 128,
        width: Size = 96,
        layers: Count = 1,
        dropout: Share = 0.3,
    ) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(bands)
        self.dense = nn.Sequential(nn.Linear(bands, dense), nn.ReLU(), nn.Dropout(dropout))
        self.recurrent = Recurrent("lstm", dense, width, layers=layers, both_ways=True, dropout=dropout)
        self.pool = AttentiveMean(self.recurrent.size)
        self.dropout = nn.Dropout(dropout)
        self.add_heads(self.recurrent.size, labels)

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to ``(batch, 2 width)``."""
        steps = self.dense(self.norm(frames.transpose(1, 2)).transpose(1, 2))  # (batch, frames, dense)
        steps = self.recurrent(steps).float()  # (batch, frames, 2 width)
        embedding: Tensor = self.dropout(self.pool(steps))
        return embedding
