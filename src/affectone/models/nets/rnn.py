"""Plain recurrent networks: LSTM and GRU over the frames, their states' mean over time."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import Tensor, nn

from affectone.models.nets.network import NETWORKS, Network
from affectone.models.nets.recurrent import Recurrent
from affectone.models.nets.settings import Count, Share, Size
from affectone.models.space import OneOf, Real, Space, Whole

__all__ = ["Gru", "Lstm"]


class PlainRecurrent(Network):
    """Recurrent layers over the frames.

    Parameters
    ----------
    bands : int
        Mel bands of the input.
    labels : int
        Number of emotions.
    width : int
        Of the state, and so of the clip's embedding.
    layers : int
    dropout : float
    """

    kind: ClassVar[Literal["lstm", "gru"]]
    space: ClassVar[Space] = {
        "width": OneOf(64, 128, 192),
        "layers": Whole(1, 3),
        "dropout": Real(0.0, 0.5),
    }

    def __init__(
        self, *, bands: int, labels: int, width: Size = 128, layers: Count = 2, dropout: Share = 0.1
    ) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(bands)
        self.recurrent = Recurrent(self.kind, bands, width, layers=layers, dropout=dropout)
        self.dropout = nn.Dropout(dropout)
        self.add_heads(self.recurrent.size, labels)

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to ``(batch, width)``."""
        steps = self.recurrent(self.norm(frames.transpose(1, 2)).transpose(1, 2))  # (batch, frames, width)
        # The last state alone has forgotten how a long clip began.
        embedding: Tensor = self.dropout(steps.float().mean(dim=1))
        return embedding


@NETWORKS.register("lstm")
class Lstm(PlainRecurrent):
    """Two layers of LSTM, mean of their states (after Wöllmer et al. 2008).

    M. Wöllmer, F. Eyben, S. Reiter, B. Schuller, C. Cox, E. Douglas-Cowie, R. Cowie: Abandoning emotion
    classes - towards continuous emotion recognition with modelling of long-range dependencies.
    Interspeech 2008.
    """

    kind = "lstm"


@NETWORKS.register("gru")
class Gru(PlainRecurrent):
    """Two layers of GRU, mean of their states (after Rana 2016).

    R. Rana: Gated recurrent unit (GRU) for emotion classification from noisy speech. arXiv 1612.07778, 2016.
    """

    kind = "gru"
