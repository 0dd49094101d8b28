"""The session of a network on numbers of whole clips, such as mean MFCC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affectone.audio.augment import Augmentation
from affectone.errors import ConfigError
from affectone.models.card import FeatureInput
from affectone.models.feature_input import feature_input
from affectone.models.nets import Network
from affectone.training.cache import ClipFrames, Frames
from affectone.training.classic.measured import measured_clips, speech_features
from affectone.training.config import MeasureConfig
from affectone.training.deep import DeepSession
from affectone.training.export import Exported, export_onnx
from affectone.training.session import MIN_SECONDS, Rows, spread

__all__ = ["VectorSession"]


class VectorSession(DeepSession):
    """Networks that are given what classic models are: one row of numbers of each clip.

    Parameters
    ----------
    As of `DeepSession`; the configuration's features are numbers of whole clips.
    """

    @property
    def _measure(self) -> MeasureConfig:
        if self._settings.measured is None:
            raise ConfigError("features are frames, which DeepSession reads")
        return self._settings.measured

    def _read(self, paths: Sequence[str], cache: Path) -> list[ClipFrames]:
        plan = self._measure.plan
        found = measured_clips(paths, plan, shortest=MIN_SECONDS, cache=cache, jobs=self._jobs)
        return [ClipFrames((row,), content) for row, content in zip(found.values, found.hashes, strict=True)]

    def _changed(self, changes: Augmentation) -> Callable[[str], Frames]:
        return partial(speech_features, plan=self._measure.plan, shortest=MIN_SECONDS, changes=changes)

    @property
    def measured(self) -> FeatureInput:
        """The features that the network is given."""
        return feature_input(self._measure.title, self._measure.plan)

    def export(self, model: Network, file: Path, rows: Rows) -> Exported:
        """Write a network with its scale as ONNX, and compare torch and onnxruntime on some rows."""
        return export_onnx(self._whole(model), file, self._check_inputs(rows))

    def _check_inputs(self, rows: Rows) -> tuple[npt.NDArray[np.float32], ...]:
        return tuple(np.asarray(self.clips[row].copies[0], np.float32) for row in spread(rows))
