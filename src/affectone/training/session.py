"""A manifest made ready for training: frames in memory, targets, and the labels each corpus has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.corpora import CORPORA, Split, check_apart
from affectone.errors import CorpusError
from affectone.labels import LabelSet
from affectone.models.nets import Network
from affectone.training.cache import ClipFrames, cached_frames
from affectone.training.calibration import fit_temperature
from affectone.training.config import TrainConfig
from affectone.training.data import Targets, make_targets
from affectone.training.fit import Logits, fit_network, predict_logits
from affectone.training.module import IMPOSSIBLE, build_network

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Fitted", "Session"]


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A trained network and the temperatures of its heads; None where no validation speaker was spared."""

    network: Network
    temperature: float | None
    voice_temperature: float | None
    validation: Logits | None


class Session:
    """Everything that the folds of a protocol share.

    Parameters
    ----------
    config : TrainConfig
    manifest : pandas.DataFrame
        Clips whose emotion is not among the configuration's labels are left out.
    cache : Path
        Folder of cached frames.
    jobs : int
        Processes that compute frames.

    Raises
    ------
    CorpusError
        If no clip is left.
    ConfigError, ModelError
        If the configuration's network is unknown, or has no such setting.
    """

    def __init__(self, config: TrainConfig, manifest: pd.DataFrame, *, cache: Path, jobs: int) -> None:
        build_network(config)  # One that cannot be built is told before minutes of computing frames.
        self.config = config
        self.labels = LabelSet(config.labels)
        self.manifest = manifest[manifest["emotion"].isin(self.labels.names)].reset_index(drop=True)
        if self.manifest.empty:
            raise CorpusError(f"no clip has one of the labels {', '.join(self.labels)}")
        self.clips: list[ClipFrames] = cached_frames(self.manifest["path"].tolist(), config, cache, jobs)
        self.allowed = {
            str(corpus): tuple(name for name in self.labels if name in set(rows["emotion"]))
            for corpus, rows in self.manifest.groupby("corpus")
        }
        self.targets: Targets = make_targets(self.manifest, self.labels, self.allowed)

    def fit(self, split: Split, folder: Path, *, seed: int) -> Fitted:
        """Train on a split's training rows and calibrate on its validation rows.

        Raises
        ------
        LeakError
            If one recording stands on two sides of the split.
        """
        check_apart(self._recordings(), split, what="recordings")
        config = self.config.model_copy(update={"seed": seed})
        network = fit_network(
            config, self.clips, self.targets, train=split.train, validation=split.validation, folder=folder
        )
        if not split.validation.size:
            return Fitted(network, None, None, None)
        logits = self.predict(network, split.validation)
        targets = self.targets.take(split.validation)
        voiced = targets.voice >= 0
        return Fitted(
            network,
            fit_temperature(self.masked(logits.emotion, split.validation), targets.emotion),
            fit_temperature(logits.voice[voiced], targets.voice[voiced]),
            logits,
        )

    def _recordings(self) -> list[str]:
        """Return, for each clip, the id of the first one with the same content."""
        first: dict[str, str] = {}
        pairs = zip(self.clips, self.manifest["id"], strict=True)
        return [first.setdefault(clip.content_hash, name) for clip, name in pairs]

    def predict(self, network: Network, rows: npt.NDArray[np.int64]) -> Logits:
        """Return the logits of some rows."""
        return predict_logits(network, [self.clips[row] for row in rows])

    def masked(
        self, emotion: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32]:
        """Return emotion logits of some rows with the labels that their corpus lacks made impossible."""
        return np.where(self.targets.allowed[rows], emotion, np.float32(IMPOSSIBLE))

    @property
    def licences_allow_commerce(self) -> bool:
        """Whether every corpus may be used commercially."""
        return all(CORPORA.get(name).info.commercial_use for name in self.allowed)
