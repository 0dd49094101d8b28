"""Parts that several networks share. Maps are ``(batch, channels, frames, bands)``."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (torch's own convention)

__all__ = [
    "AttentiveMean",
    "ConvBlock1d",
    "ConvBlock2d",
    "ResidualBlock",
    "SqueezeExcite",
    "halved",
    "mean_and_deviation",
]


def halved(length: int, times: int = 1) -> int:
    """Return what is left of a length after poolings or convolutions of stride 2, each rounding up."""
    return -(-length // (1 << times))


def mean_and_deviation(steps: Tensor) -> Tensor:
    """Pool ``(batch, steps, width)`` to the mean and standard deviation over time: ``(batch, 2 width)``.

    In float32 also where training is not: differences of squares cancel.
    """
    steps = steps.float()
    mean = steps.mean(dim=1)
    variance = steps.square().mean(dim=1) - mean.square()
    return torch.cat((mean, variance.clamp_min(1e-5).sqrt()), dim=1)


class AttentiveMean(nn.Module):
    """Mean over time, weighed by how much a small network attends to each step."""

    def __init__(self, width: int) -> None:
        super().__init__()
        half = halved(width)
        self.score = nn.Sequential(nn.Linear(width, half), nn.Tanh(), nn.Linear(half, 1))

    def forward(self, steps: Tensor) -> Tensor:
        """Map ``(batch, steps, width)`` to ``(batch, width)``."""
        weights = self.score(steps).softmax(dim=1)  # (batch, steps, 1)
        mean: Tensor = (weights * steps).sum(dim=1)
        return mean


class ConvBlock1d(nn.Sequential):
    """Convolution over time, batch norm, ReLU.

    From ``(batch, inputs, steps)`` to ``(batch, outputs, steps / stride)``, rounded up: one step stays one.
    """

    def __init__(self, inputs: int, outputs: int, size: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv1d(inputs, outputs, size, stride, size // 2, bias=False),
            nn.BatchNorm1d(outputs),
            nn.ReLU(),
        )


class ConvBlock2d(nn.Sequential):
    """Convolution over time and bands, batch norm, ReLU; sizes and strides in this order, rounded up."""

    def __init__(
        self, inputs: int, outputs: int, size: tuple[int, int] = (3, 3), stride: tuple[int, int] = (1, 1)
    ) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, size, stride, (size[0] // 2, size[1] // 2), bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )


class SqueezeExcite(nn.Module):
    """Weigh channels by what they hold over the whole clip (Hu et al. 2018)."""

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        fewer = max(1, channels // reduction)
        self.squeeze = nn.Linear(channels, fewer)
        self.excite = nn.Linear(fewer, channels)

    def forward(self, maps: Tensor) -> Tensor:
        """Map ``(batch, channels, frames, bands)`` to the same shape."""
        weights = torch.sigmoid(self.excite(F.relu(self.squeeze(maps.mean(dim=(2, 3))))))
        return maps * weights[:, :, None, None]


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a projection; the first one strides."""

    def __init__(self, inputs: int, outputs: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
            SqueezeExcite(outputs),
        )
        self.skip = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, maps: Tensor) -> Tensor:
        """Map ``(batch, inputs, frames, bands)`` to ``(batch, outputs, frames / s0, bands / s1)``."""
        return F.relu(self.body(maps) + self.skip(maps))
