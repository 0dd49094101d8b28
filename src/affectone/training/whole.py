"""A network with all that stands before it, as it is exported and asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from affectone.errors import ConfigError
from affectone.models.nets import Network, StatesModel, StateStatistics, VectorNetwork, WaveformModel
from affectone.models.runner import OUTPUTS
from affectone.training.cache import frontend
from affectone.training.config import TrainConfig
from affectone.training.export import Exportable
from affectone.training.logits import Logits
from affectone.training.statistics import state_statistics

__all__ = ["know_no_voice", "module_logits", "whole_network"]


def whole_network(
    config: TrainConfig, network: Network, statistics: StateStatistics | None = None
) -> Exportable:
    """Return a network with its front end, its scale or its encoder, in evaluation mode.

    Parameters
    ----------
    config : TrainConfig
    network : Network
    statistics : StateStatistics, optional
        Of the states of an encoder that was tuned; else it is as it was published.

    Raises
    ------
    ConfigError
        If the network is of another kind than the configuration's features.
    """
    if config.states:
        return StatesModel(statistics or state_statistics(config.states), network).eval()
    if not config.measured:
        return WaveformModel(frontend(config.frames), network).eval()
    if not isinstance(network, VectorNetwork):
        raise ConfigError("a network on frames cannot be exported as one on numbers of clips")
    return network.eval()


def module_logits(whole: Exportable, inputs: Sequence[npt.NDArray[np.float32]]) -> Logits:
    """Return torch's logits for inputs, each without the axis of the batch and run alone."""
    with torch.inference_mode():
        outputs = [whole(torch.from_numpy(one)[None]) for one in inputs]
    emotion, voice = (
        np.concatenate([getattr(output, name).numpy() for output in outputs]) for name in OUTPUTS[:2]
    )
    return Logits(emotion, voice)


def know_no_voice(network: Network) -> None:
    """Make a voice head that learned of no voice say so, instead of what its random weights say."""
    own = network.network if isinstance(network, VectorNetwork) else network
    with torch.no_grad():
        for weights in own.voice.parameters():
            weights.zero_()
