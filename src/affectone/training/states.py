"""The session of a network on a pretrained encoder's states, frozen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from affectone.errors import ConfigError
from affectone.models.nets import Network, StatesModel
from affectone.training.cache import ClipFrames
from affectone.training.config import StatesConfig, TrainConfig
from affectone.training.deep import DeepSession, spread
from affectone.training.export import Exported, export_onnx
from affectone.training.session import Rows
from affectone.training.statistics import clip_statistics, state_statistics

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["StatesSession"]


class StatesSession(DeepSession):
    """Networks that are given statistics of an encoder's states.

    Parameters
    ----------
    As of `DeepSession`; the configuration's features name an encoder.
    """

    def __init__(self, config: TrainConfig, manifest: pd.DataFrame, *, cache: Path, jobs: int) -> None:
        if config.states is None:
            raise ConfigError("features name no encoder")
        self._states: StatesConfig = config.states
        super().__init__(config, manifest, cache=cache, jobs=jobs)

    def _read(self, paths: Sequence[str], cache: Path, jobs: int) -> list[ClipFrames]:
        return clip_statistics(paths, self._states, self._settings.augment, cache=cache, jobs=jobs)

    def export(self, model: Network, file: Path, rows: Rows) -> Exported:
        """Write encoder and network as ONNX, and compare torch and onnxruntime on some rows."""
        whole = StatesModel(state_statistics(self._states), model).eval()
        return export_onnx(whole, file, self._speech(spread(rows)))
