"""What every encoder is: samples in, the states of its layers out."""

from __future__ import annotations

import abc
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from affectone.errors import ConfigError

__all__ = ["LEVEL", "Encoder"]

LEVEL = 0.06
"""Root mean square that a recording is brought to: then its level is of no effect."""


class Encoder(nn.Module, abc.ABC):
    """A frozen encoder, cut after one of its layers.

    A batch holds recordings of one length: nothing is padded, so the states of a recording do not depend on
    what else is in its batch.

    Parameters
    ----------
    layers : torch.nn.ModuleList
        All of them.
    dims : int
        Numbers in a frame.
    keep : int or None
        How many layers to keep; None keeps all.

    Raises
    ------
    ConfigError
        If it has no such layer.
    """

    def __init__(self, layers: nn.ModuleList, dims: int, keep: int | None) -> None:
        super().__init__()
        if keep is not None and not 0 < keep <= len(layers):
            raise ConfigError(f"the encoder has layers 1 to {len(layers)}; got {keep}")
        self.layers = layers[:keep]
        self.dims = dims

    @abc.abstractmethod
    def states(self, waveform: Tensor) -> Iterator[Tensor]:
        """Yield what the first layer takes and what each layer returns, each ``(batch, frames, dims)``.

        Parameters
        ----------
        waveform : Tensor, shape (batch, samples)
            Of the level `LEVEL`.
        """

    def forward(self, waveform: Tensor) -> Tensor:
        """Map samples at 16 kHz to the states before the first layer and after each.

        Parameters
        ----------
        waveform : Tensor, shape (batch, samples)

        Returns
        -------
        Tensor, shape (batch, layers + 1, frames, dims)
        """
        level = waveform.square().mean(dim=1, keepdim=True).sqrt()
        return torch.stack(list(self.states(waveform * (LEVEL / (level + 1e-7)))), dim=1)
