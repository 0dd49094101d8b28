"""The session of a network on a pretrained encoder's states, frozen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from affectone.audio.augment import Augmentation
from affectone.errors import ConfigError
from affectone.labels import DEGREES
from affectone.models.nets import Network
from affectone.training.cache import ClipFrames, Frames
from affectone.training.config import StatesConfig
from affectone.training.deep import DeepSession
from affectone.training.export import Exported, write_compared
from affectone.training.joined import joined_graph
from affectone.training.session import Rows, spread
from affectone.training.statistics import (
    changed_statistics,
    clip_statistics,
    statistics_graph,
)
from affectone.training.whole import whole_network

__all__ = ["StatesSession"]


class StatesSession(DeepSession):
    """Networks that are given statistics of an encoder's states.

    Parameters
    ----------
    As of `DeepSession`; the configuration's features name an encoder.
    """

    @property
    def degrees(self) -> tuple[str, ...]:
        """Which degrees the model tells: those that some clip it learned from has."""
        if not self._settings.network.get("degrees"):
            return ()
        known = np.flatnonzero(~np.isnan(self.targets.degrees).all(axis=0))
        return tuple(DEGREES[place] for place in known)

    @property
    def _states(self) -> StatesConfig:
        if self._settings.states is None:
            raise ConfigError("features name no encoder")
        return self._settings.states

    def _read(self, paths: Sequence[str], cache: Path) -> list[ClipFrames]:
        self._cache = cache
        self._graph = statistics_graph(self._states, cache)
        changes = self._settings.augment
        return clip_statistics(paths, self._states, changes, cache=cache, jobs=self._jobs)

    def _changed(self, changes: Augmentation) -> Callable[[str], Frames]:
        return partial(changed_statistics, graph=self._graph, changes=changes)

    def export(self, model: Network, file: Path, rows: Rows) -> Exported:
        """Write encoder and network as ONNX, and compare torch and onnxruntime on some rows."""
        whole = whole_network(self._settings, model)
        exact = joined_graph(statistics_graph(self._states, self._cache, exact=True), model, small=False)
        small = joined_graph(self._graph, model, small=True)
        return write_compared(whole, file, self._speech(spread(rows)), exact=exact, small=small)
