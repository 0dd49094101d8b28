"""The session of a network on numbers of whole clips, such as mean MFCC."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from affectone.errors import ConfigError
from affectone.models.card import FeatureInput
from affectone.models.feature_input import feature_input
from affectone.models.nets import Network, VectorNetwork
from affectone.training.cache import ClipFrames
from affectone.training.classic.measured import measured_clips
from affectone.training.config import MeasureConfig, TrainConfig
from affectone.training.deep import DeepSession, spread
from affectone.training.export import Exported, export_onnx
from affectone.training.session import MIN_SECONDS, Rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["VectorSession"]


class VectorSession(DeepSession):
    """Networks that are given what classic models are: one row of numbers of each clip.

    Parameters
    ----------
    As of `DeepSession`; the configuration's features are numbers of whole clips.
    """

    def __init__(self, config: TrainConfig, manifest: pd.DataFrame, *, cache: Path, jobs: int) -> None:
        if config.measured is None:
            raise ConfigError("features are frames, which DeepSession reads")
        self._measure: MeasureConfig = config.measured
        super().__init__(config, manifest, cache=cache, jobs=jobs)

    def _read(self, paths: Sequence[str], cache: Path, jobs: int) -> list[ClipFrames]:
        found = measured_clips(paths, self._measure.plan, shortest=MIN_SECONDS, cache=cache, jobs=jobs)
        return [ClipFrames((row,), content) for row, content in zip(found.values, found.hashes, strict=True)]

    @property
    def measured(self) -> FeatureInput:
        """The features that the network is given."""
        return feature_input(self._measure.title, self._measure.plan)

    def export(self, model: Network, file: Path, rows: Rows) -> Exported:
        """Write a network with its scale as ONNX, and compare torch and onnxruntime on some rows."""
        if not isinstance(model, VectorNetwork):
            raise ConfigError("a network on frames cannot be exported as one on numbers of clips")
        return export_onnx(model, file, [self.clips[row].copies[0] for row in spread(rows)])
