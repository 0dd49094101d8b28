"""A multilayer perceptron on the mean of the frames: what is known of a clip without its order."""

from __future__ import annotations

from torch import Tensor, nn

from affectone.models.nets.network import NETWORKS, Network
from affectone.models.nets.settings import Share, Size

__all__ = ["PooledMlp"]


@NETWORKS.register("pooled_mlp")
class PooledMlp(Network):
    """Mean over time, one hidden layer; on an encoder's states it is what is trained of the whole.

    Parameters
    ----------
    bands : int
        Numbers of a frame.
    labels : int
        Number of emotions.
    width : int
        Of the hidden layer, and so of the clip's embedding.
    dropout, input_dropout : float
        Of the hidden layer, and of the numbers that it is given.
    """

    def __init__(
        self, *, bands: int, labels: int, width: Size = 256, dropout: Share = 0.5, input_dropout: Share = 0.1
    ) -> None:
        super().__init__()
        self.hidden = nn.Sequential(
            nn.Dropout(input_dropout), nn.Linear(bands, width), nn.LayerNorm(width), nn.ReLU()
        )
        self.dropout = nn.Dropout(dropout)
        self.add_heads(width, labels)

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to ``(batch, width)``."""
        embedding: Tensor = self.dropout(self.hidden(frames.mean(dim=1)))
        return embedding
