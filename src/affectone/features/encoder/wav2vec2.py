"""wav2vec 2.0, HuBERT and WavLM: convolutions over samples, positions by convolution, layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from affectone.features.encoder.base import Encoder

__all__ = ["Wav2Vec2States"]


class Wav2Vec2States(Encoder):
    """A model of the family; its own code runs the layers, as they differ in their positions.

    Parameters
    ----------
    model : transformers.Wav2Vec2Model, HubertModel or WavLMModel
    keep : int or None
        Layers to keep.
    """

    def __init__(self, model: Any, keep: int | None) -> None:
        super().__init__(model.encoder.layers, model.config.hidden_size, keep)
        model.encoder.layers = self.layers
        if model.config.do_stable_layer_norm:  # What stands behind the last layer is no part of its states.
            model.encoder.layer_norm = nn.Identity()
        self.model = model

    def states(self, waveform: Tensor) -> Iterator[Tensor]:
        """Yield samples of mean 0 and variance 1 through the convolutions, 50 a second, then the layers."""
        mean = waveform.mean(dim=1, keepdim=True)
        spread = (waveform.var(dim=1, keepdim=True, correction=0) + 1e-7).sqrt()
        yield from self.model((waveform - mean) / spread, output_hidden_states=True).hidden_states
