"""The session of a classic model: features of whole clips in memory, scikit-learn, skl2onnx."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from affectone.audio.augment import Augmentation
from affectone.corpora import Split
from affectone.models.card import FeatureInput
from affectone.models.classic import Classic, classic_settings
from affectone.models.feature_input import feature_input
from affectone.training.checks import Checks
from affectone.training.classic.export import export_classic
from affectone.training.classic.fit import FittedClassic, fit_classic
from affectone.training.classic.measured import measured_clips, speech_features
from affectone.training.config import ClassicConfig
from affectone.training.export import Exported
from affectone.training.logits import Logits
from affectone.training.session import MIN_SECONDS, Rows, Session, spread
from affectone.workers import over_workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ClassicSession"]


class ClassicSession(Session[FittedClassic]):
    """Classic models on features of whole clips.

    Parameters
    ----------
    config : ClassicConfig
    manifest : pandas.DataFrame
        Clips whose emotion is not among the configuration's labels are left out.
    cache : Path
        Folder of cached features.
    jobs : int
        Processes that measure clips.
    threads : int, default 1
        Threads that fitting may use. Few clips are fitted in seconds by one, and several that wait for each
        other on a busy machine were seen to take a hundred times as long.

    Raises
    ------
    CorpusError
        If no clip is left.
    AudioError
        If a clip cannot be measured.
    """

    def __init__(
        self,
        config: ClassicConfig,
        manifest: pd.DataFrame,
        *,
        cache: Path,
        jobs: int,
        threads: int = 1,
    ) -> None:
        super().__init__(config, manifest, jobs=jobs)
        self._measure = config.features
        self._threads = threads
        paths = self.manifest["path"].tolist()
        self.clips = measured_clips(paths, config.features.plan, shortest=MIN_SECONDS, cache=cache, jobs=jobs)

    @property
    def _settings(self) -> Classic:
        config = cast("ClassicConfig", self.config)
        return classic_settings(config.model, config.classifier)

    @property
    def hashes(self) -> Sequence[str]:
        """SHA-256 of each clip's bytes."""
        return self.clips.hashes

    @property
    def parameters(self) -> None:
        """Nothing: how many numbers a classic model keeps depends on the clips it has seen."""
        return

    @property
    def measured(self) -> FeatureInput:
        """The features that the model is given."""
        return feature_input(self._measure.title, self._measure.plan)

    def learn(self, split: Split, folder: Path, seed: int) -> FittedClassic:
        """Return a model fitted to a split's training rows; fitting takes seconds and is not resumed."""
        features = self.clips.values[split.train]
        targets = self.targets_of(split.train).take(split.train)
        with self._limited():
            return fit_classic(self._settings, features, targets, self.labels, seed=seed)

    def predict(self, model: FittedClassic, rows: Rows) -> Logits:
        """Return the logits of some rows."""
        with self._limited():
            return model.logits(self.clips.values[rows])

    def predict_changed(self, model: FittedClassic, rows: Rows, changes: Augmentation) -> Logits:
        """Return the logits of changed copies of some rows' recordings."""
        work = partial(speech_features, plan=self._measure.plan, shortest=MIN_SECONDS, changes=changes)
        paths = self.manifest["path"].iloc[rows].tolist()
        values = np.stack(list(over_workers(work, paths, jobs=self._jobs, label="changed clips")))
        with self._limited():
            return model.logits(values.astype(np.float32))

    def export(self, model: FittedClassic, file: Path, rows: Rows) -> Exported:
        """Write a model as ONNX, and compare scikit-learn and onnxruntime on the features of some rows."""
        with self._limited():
            return export_classic(model, file, self.clips.values[rows])

    def checks(self, model: FittedClassic, rows: Rows) -> Checks:
        """Return scikit-learn's answers to the features of some rows."""
        values = self.clips.values[spread(rows)]
        with self._limited():
            return Checks(tuple(values), model.logits(values), self.config.model_dump(mode="json"))

    def _limited(self) -> AbstractContextManager[object]:
        import sklearn.ensemble  # noqa: F401 - only libraries that are loaded are limited
        from threadpoolctl import threadpool_limits

        limits: AbstractContextManager[object] = threadpool_limits(self._threads)
        return limits
