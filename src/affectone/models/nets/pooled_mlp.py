"""A multilayer perceptron on the mean of the frames: what is known of a clip without its order."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from affectone.models.nets.network import NETWORKS, Network
from affectone.models.nets.settings import Count, Share, Size
from affectone.models.space import OneOf, Real, Space, Whole

__all__ = ["PooledMlp"]


@NETWORKS.register("pooled_mlp")
class PooledMlp(Network):
    """Mean over time, hidden layers: what is trained on an encoder's states (after Pepino et al. 2021).

    L. Pepino, P. Riera, L. Ferrer: Emotion recognition from speech using wav2vec 2.0 embeddings. Interspeech
    2021. There the layers were convolutions of one step, and the mean was taken behind them.

    Parameters
    ----------
    bands : int
        Numbers of a frame.
    labels : int
        Number of emotions.
    width : int
        Of the hidden layers, and so of the clip's embedding.
    layers : int
    dropout, input_dropout : float
        Behind each hidden layer, and of the numbers that the first one is given.
    degrees : bool
        Whether it also tells how intense an emotion sounds, and how far listeners would agree on it.
    """

    space: ClassVar[Space] = {
        "width": OneOf(128, 256, 512),
        "layers": Whole(1, 3),
        "dropout": Real(0.0, 0.7),
        "input_dropout": Real(0.0, 0.4),
    }

    def __init__(
        self,
        *,
        bands: int,
        labels: int,
        width: Size = 256,
        layers: Count = 2,
        dropout: Share = 0.5,
        input_dropout: Share = 0.1,
        degrees: bool = False,
    ) -> None:
        super().__init__()
        hidden: list[nn.Module] = [nn.Dropout(input_dropout)]
        for inputs in (bands, *[width] * (layers - 1)):
            hidden += [nn.Linear(inputs, width), nn.LayerNorm(width), nn.ReLU(), nn.Dropout(dropout)]
        self.hidden = nn.Sequential(*hidden)
        self.add_heads(width, labels, degrees=degrees)

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to ``(batch, width)``."""
        embedding: Tensor = self.hidden(frames.mean(dim=1))
        return embedding
