"""Gated convolutions over time in both directions, from near to far, weighed by what each scale tells."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (torch's own convention)

from affectone.models.nets.network import NETWORKS, Network
from affectone.models.nets.settings import Count, Share, Size
from affectone.models.space import OneOf, Real, Space, Whole

__all__ = ["TimNet"]


class CausalConv(nn.Module):
    """A dilated convolution that sees no later step, batch norm, ReLU and dropout of whole channels."""

    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.dilation = dilation
        self.conv = nn.Conv1d(channels, channels, 2, dilation=dilation, bias=False)
        self.rest = nn.Sequential(nn.BatchNorm1d(channels), nn.ReLU(), nn.Dropout1d(dropout))

    def forward(self, steps: Tensor) -> Tensor:
        """Map ``(batch, channels, steps)`` to the same shape."""
        found: Tensor = self.rest(self.conv(F.pad(steps, (self.dilation, 0))))
        return found


class TemporalAwareBlock(nn.Module):
    """Two causal convolutions say how much of their input goes on."""

    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.gate = nn.Sequential(*(CausalConv(channels, dilation, dropout) for _ in range(2)))

    def forward(self, steps: Tensor) -> Tensor:
        """Map ``(batch, channels, steps)`` to the same shape."""
        return steps * torch.sigmoid(self.gate(steps))


@NETWORKS.register("tim_net")
class TimNet(Network):
    """Temporal-aware blocks in both directions, dynamic fusion (after TIM-Net, Ye et al. 2023).

    J. Ye, X. Wen, Y. Wei, Y. Xu, K. Liu, H. Shan: Temporal modeling matters: a novel temporal emotional
    modeling approach for speech emotion recognition. ICASSP 2023. Log-mel for MFCC; the blocks see 254
    frames to either side, about 5 s.

    Parameters
    ----------
    bands : int
        Mel bands of the input.
    labels : int
        Number of emotions.
    channels : int
        Of each direction, and so of the clip's embedding.
    blocks : int
        In each direction; their dilations are 1, 2, 4...
    dropout : float
    """

    space: ClassVar[Space] = {
        "channels": OneOf(32, 48, 64),
        "blocks": Whole(5, 8),
        "dropout": Real(0.0, 0.5),
    }

    def __init__(
        self, *, bands: int, labels: int, channels: Size = 48, blocks: Count = 7, dropout: Share = 0.1
    ) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(bands)
        self.inward = nn.ModuleList(nn.Conv1d(bands, channels, 1) for _ in range(2))
        self.ways = nn.ModuleList(
            nn.ModuleList(TemporalAwareBlock(channels, 2**number, dropout) for number in range(blocks))
            for _ in range(2)
        )
        self.fusion = nn.Parameter(torch.ones(blocks))
        self.dropout = nn.Dropout(dropout)
        self.add_heads(channels, labels)

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, frames, bands)`` to ``(batch, channels)``."""
        maps = self.norm(frames.transpose(1, 2))
        forward, backward = self.inward[0](maps), self.inward[1](maps.flip(2))  # (batch, channels, frames)
        scales = []
        for one, other in zip(*self.ways, strict=True):
            forward, backward = one(forward), other(backward)
            scales.append((forward + backward).float().mean(dim=2))
        embedding: Tensor = self.dropout(torch.stack(scales, dim=2) @ self.fusion)  # (batch, channels)
        return embedding
