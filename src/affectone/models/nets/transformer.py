"""Transformer encoder: every step of the clip attends to every other."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (torch's own convention)

from affectone.errors import ConfigError
from affectone.models.nets.layers import ConvBlock1d
from affectone.models.nets.network import NETWORKS, Network
from affectone.models.nets.settings import Count, Share, Size
from affectone.models.space import OneOf, Real, Space, Whole

__all__ = ["Transformer"]


class SelfAttention(nn.Module):
    """Scaled dot products between all steps, in several heads (Vaswani et al. 2017)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.inward = nn.Linear(width, 3 * width)
        self.outward = nn.Linear(width, width)

    def forward(self, steps: Tensor) -> Tensor:
        """Map ``(batch, steps, width)`` to the same shape."""
        three = self.inward(steps).unflatten(2, (3, self.heads, -1))  # (batch, steps, 3, heads, size)
        query, key, value = three.permute(2, 0, 3, 1, 4)  # each (batch, heads, steps, size)
        found = F.scaled_dot_product_attention(query, key, value)
        outward: Tensor = self.outward(found.transpose(1, 2).flatten(2))
        return outward


class EncoderLayer(nn.Module):
    """Self-attention and a dense layer, each normed first and beside the identity (Xiong et al. 2020)."""

    def __init__(self, width: int, heads: int, dense: int, dropout: float) -> None:
        super().__init__()
        self.attention = nn.Sequential(nn.LayerNorm(width), SelfAttention(width, heads), nn.Dropout(dropout))
        self.dense = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, dense),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(dense, width),
            nn.Dropout(dropout),
        )

    def forward(self, steps: Tensor) -> Tensor:
        """Map ``(batch, steps, width)`` to the same shape."""
        steps = steps + self.attention(steps)
        longer: Tensor = steps + self.dense(steps)
        return longer


@NETWORKS.register("transformer")
class Transformer(Network):
    """Convolutions that shorten, transformer encoder, mean over time (after Tarantino et al. 2019).

    L. Tarantino, P. N. Garner, A. Lazaridis: Self-attention for speech emotion recognition. Interspeech 2019.
    Where a step stands is told by a convolution over neighbours, as in wav2vec 2.0 (Baevski et al. 2020): so
    no length is the longest.

    Parameters
    ----------
    bands : int
        Mel bands of the input.
    labels : int
        Number of emotions.
    width : int
        Of a step, and so of the clip's embedding.
    layers : int
    heads : int
        A divisor of `width`.
    dense : int
        Width of the dense part of a layer.
    dropout : float
    """

    space: ClassVar[Space] = {
        "width": OneOf(64, 96, 128),
        "layers": Whole(2, 4),
        "heads": OneOf(2, 4, 8),
        "dense": OneOf(128, 192, 256),
        "dropout": Real(0.0, 0.5),
    }

    def __init__(
        self,
        *,
        bands: int,
        labels: int,
        width: Size = 96,
        layers: Count = 3,
        heads: Count = 4,
        dense: Size = 192,
        dropout: Share = 0.2,
    ) -> None:
        if width % heads:
            raise ConfigError(f"network.heads: {heads} does not divide network.width, which is {width}")
        super().__init__()
        self.shorten = nn.Sequential(ConvBlock1d(bands, width, 5, 2), ConvBlock1d(width, width, 5, 2))
        self.place = nn.Conv1d(width, width, 15, padding=7, groups=width)
        self.layers = nn.Sequential(*(EncoderLayer(width, heads, dense, dropout) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.add_heads(width, labels)

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to ``(batch, width)``."""
        steps = self.shorten(frames.transpose(1, 2))  # (batch, width, frames / 4)
        steps = self.dropout((steps + self.place(steps)).transpose(1, 2))  # (batch, frames / 4, width)
        embedding: Tensor = self.dropout(self.norm(self.layers(steps)).float().mean(dim=1))
        return embedding
