"""A network on numbers of a whole clip: the row is read as steps of one band, or as one step."""

from __future__ import annotations

from torch import Tensor

from affectone.models.nets.network import Network, NetworkOutput

__all__ = ["VectorNetwork"]


class VectorNetwork(Network):
    """Standardises a row of numbers and reads them one after the other, or all at once.

    It is no network of a name: it holds one, whose heads are its own.

    Parameters
    ----------
    network : Network
        Of one band, or of as many as there are numbers where they are read at once.
    mean, divisor : Tensor, shape (numbers,)
        Of the training clips; what is exported has them.
    at_once : bool
        Whether the row is one step of many bands, instead of many steps of one band.
    """

    mean: Tensor
    divisor: Tensor

    def __init__(self, network: Network, mean: Tensor, divisor: Tensor, *, at_once: bool = False) -> None:
        super().__init__()
        self.network = network
        self._axis = 1 if at_once else 2
        self.register_buffer("mean", mean.float())
        self.register_buffer("divisor", divisor.float())

    def encode(self, frames: Tensor) -> Tensor:
        """Map ``(batch, numbers)`` to the clips' embeddings ``(batch, size)``."""
        return self.network.encode(self._steps(self.standardised(frames)))

    def forward(self, frames: Tensor) -> NetworkOutput:
        """Map ``(batch, numbers)`` to the heads and the embedding."""
        return self.answer(self.standardised(frames))

    def standardised(self, numbers: Tensor) -> Tensor:
        """Return numbers ``(batch, numbers)`` with the scale of the training clips taken away."""
        return (numbers - self.mean) / self.divisor

    def answer(self, standardised: Tensor) -> NetworkOutput:
        """Map standardised numbers ``(batch, numbers)`` to the heads and the embedding."""
        output: NetworkOutput = self.network(self._steps(standardised))
        return output

    def _steps(self, standardised: Tensor) -> Tensor:
        return standardised.unsqueeze(self._axis)  # (batch, numbers, 1) or (batch, 1, numbers)
