"""The session of a network on a pretrained encoder's states, frozen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from affectone.audio.augment import Augmentation
from affectone.corpora.protocol import speaker_keys
from affectone.errors import ConfigError
from affectone.labels import DEGREES
from affectone.models.card import Shrinkage
from affectone.models.nets import Network, OnnxStatistics, StatesModel, VectorNetwork
from affectone.models.runner import StateScale, open_network
from affectone.training.cache import ClipFrames, Frames
from affectone.training.config import ArtefactConfig, StatesConfig, TrainConfig
from affectone.training.deep import DeepSession
from affectone.training.effects import emotion_effects
from affectone.training.export import Candidate, Exported, quantise_weights, torch_scores, write_compared
from affectone.training.joined import head_graph, joined_graph
from affectone.training.logits import Logits
from affectone.training.session import Rows, spread
from affectone.training.statistics import (
    changed_statistics,
    clip_statistics,
    statistics_graph,
)
from affectone.training.targets import Targets

__all__ = ["StatesSession", "degrees_told"]

FAMILIAR = 0.999
"""Share of the clips learned from, and of their augmented copies, that are not unlike them."""
AT_ONCE = 2048
"""Clips whose states are held in full precision at the same time."""


class StatesSession(DeepSession):
    """Networks that are given statistics of an encoder's states.

    Parameters
    ----------
    As of `DeepSession`; the configuration's features name an encoder.
    """

    @property
    def degrees(self) -> tuple[str, ...]:
        """Which degrees the model tells: those that some clip it learned from has."""
        return degrees_told(self._settings, self.targets)

    @property
    def _states(self) -> StatesConfig | ArtefactConfig:
        if self._settings.states is None:
            raise ConfigError("features name no encoder")
        return self._settings.states

    def _read(self, paths: Sequence[str], cache: Path) -> list[ClipFrames]:
        self._cache = cache
        self._graph = statistics_graph(self._states, cache)
        changes = self._settings.augment
        return clip_statistics(paths, self._states, changes, cache=cache, jobs=self._jobs)

    def _exact_graph(self) -> Path:
        """Return the file of the encoder's graph with float weights."""
        return statistics_graph(self._states, self._cache, exact=True)

    def _changed(self, changes: Augmentation) -> Callable[[str], Frames]:
        return partial(changed_statistics, graph=self._graph, changes=changes)

    def export(self, model: Network, file: Path, rows: Rows) -> Exported:
        """Write encoder and network as ONNX, and compare torch and onnxruntime on some rows.

        The network learned from the states of an encoder with 8-bit weights, which the file has, too: there
        torch is asked about the same states.
        """
        network = _on_rows(model)
        head = head_graph(network, self.emotion_states(model, np.arange(len(self.manifest))))
        exact = joined_graph(self._exact_graph(), head)
        small = joined_graph(self._graph, quantise_weights(head))
        probes = self._speech(spread(rows))
        learned = StatesModel(OnnxStatistics(open_network(self._graph)), network).eval()
        return write_compared(
            file,
            probes,
            exact=Candidate(exact, torch_scores(self._whole(model), probes)),
            small=Candidate(small, torch_scores(learned, probes)),
        )

    @property
    def adaptation(self) -> Shrinkage:
        """How slowly the model is adapted."""
        return Shrinkage()

    def novelty(self, model: Network) -> float | None:
        """Return the novelty that next to none of the clips and of their augmented copies have."""
        heard = np.array([len(clip.copies) for clip in self.clips])
        found = [
            np.square(self.states(model, rows, copy), dtype=np.float64).mean(axis=1)
            for copy in range(self._states.copies + 1)
            for rows in _parts(np.flatnonzero(heard > copy))
        ]
        return round(float(np.quantile(np.concatenate(found), FAMILIAR)), 3)

    def states(self, model: Network, rows: Rows, copy: int = 0) -> npt.NDArray[np.float32]:
        """Return the standardised states of some rows, or of a copy of each, shape (rows, numbers)."""
        numbers = np.stack([self.clips[row].copies[copy] for row in rows]).astype(np.float32)
        with torch.inference_mode():
            states: npt.NDArray[np.float32] = _on_rows(model).standardised(torch.from_numpy(numbers)).numpy()
        return states

    def emotion_states(self, model: Network, rows: Rows) -> npt.NDArray[np.float32]:
        """Return the mean standardised states of each emotion in some rows, shape (labels, numbers)."""
        return emotion_effects(
            self.states(model, rows),
            self.targets.emotion[rows],
            speaker_keys(self.manifest)[rows],
            len(self.labels),
        )

    def predict_adapted(self, model: Network, rows: Rows, scale: StateScale) -> Logits:
        """Return the logits of some rows of a model that is adapted."""
        adapted = (self.states(model, rows) - scale.mean) / scale.scale
        with torch.inference_mode():
            output = _on_rows(model).answer(torch.from_numpy(adapted))
        return Logits(output.emotion_logits.numpy(), output.voice_logits.numpy())


def degrees_told(config: TrainConfig, targets: Targets) -> tuple[str, ...]:
    """Return which degrees a network on states tells: none unless asked for, and those that clips have."""
    if not config.network.get("degrees"):
        return ()
    known = np.flatnonzero(~np.isnan(targets.degrees).all(axis=0))
    return tuple(DEGREES[place] for place in known)


def _parts(rows: Rows) -> list[Rows]:
    return np.array_split(rows, len(rows) // AT_ONCE + 1)


def _on_rows(model: Network) -> VectorNetwork:
    if not isinstance(model, VectorNetwork):
        raise ConfigError("a network on states is one on rows of numbers")
    return model
