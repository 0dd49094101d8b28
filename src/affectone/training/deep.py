"""The session of a network: log-mel frames in memory, Lightning, torch's exporter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from affectone.audio.augment import Augmentation
from affectone.corpora import Split
from affectone.corpora.protocol import speaker_keys
from affectone.models.nets import Network
from affectone.training.cache import ClipFrames, Frames, cached_frames, changed_frames, one_thread
from affectone.training.calibration import probabilities
from affectone.training.checks import Checks, made_sounds
from affectone.training.config import TrainConfig
from affectone.training.export import Exportable, Exported, export_onnx
from affectone.training.fit import fit_network, predict_logits
from affectone.training.hardware import ONE_DEVICE, Hardware
from affectone.training.logits import Logits
from affectone.training.module import build_network
from affectone.training.session import Rows, Session, spread
from affectone.training.speech import speech_of
from affectone.training.targets import Targets
from affectone.training.whole import know_no_voice, module_logits, whole_network
from affectone.workers import over_workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DeepSession"]

TEACHER = "teacher"
"""Folder of the teacher's training within that of the run."""


class DeepSession(Session[Network]):
    """Networks on log-mel frames.

    Parameters
    ----------
    config : TrainConfig
    manifest : pandas.DataFrame
        Clips whose emotion is not among the configuration's labels are left out.
    cache : Path
        Folder of cached frames.
    jobs : int
        Processes that compute frames.
    hardware : Hardware
        What networks are trained on.
    teacher : Session, optional
        Of the same clips, where the configuration names a teacher.

    Raises
    ------
    CorpusError
        If no clip is left.
    ConfigError, ModelError
        If the configuration's network is unknown, or has no such setting.
    """

    def __init__(
        self,
        config: TrainConfig,
        manifest: pd.DataFrame,
        *,
        cache: Path,
        jobs: int,
        hardware: Hardware = ONE_DEVICE,
        teacher: Session[Any] | None = None,
    ) -> None:
        build_network(config)  # One that cannot be built is told before minutes of computing frames.
        super().__init__(config, manifest, jobs=jobs)
        self._hardware = hardware
        self._teacher = teacher
        self.clips = self._read(self.manifest["path"].tolist(), cache)

    def _read(self, paths: Sequence[str], cache: Path) -> list[ClipFrames]:
        """Return what the network is given of recordings."""
        return cached_frames(paths, self._settings, cache, self._jobs)

    @property
    def _settings(self) -> TrainConfig:
        return cast("TrainConfig", self.config)

    @property
    def hashes(self) -> Sequence[str]:
        """SHA-256 of each clip's bytes."""
        return [clip.content_hash for clip in self.clips]

    @property
    def parameters(self) -> int:
        """How many numbers the network learns."""
        return sum(value.numel() for value in build_network(self._settings).parameters())

    def learn(self, split: Split, folder: Path, seed: int) -> Network:
        """Return a network trained on a split's training rows; validation rows draw a curve."""
        config = self._settings.model_copy(update={"seed": seed})
        network = fit_network(
            config,
            self.clips,
            self._told(split, folder / TEACHER, seed),
            train=split.train,
            validation=split.validation,
            folder=folder,
            hardware=self._hardware,
            speakers=speaker_keys(self.manifest),
        )
        if split.train.size and not (self.targets.voice[split.train] >= 0).any():
            know_no_voice(network)
        return network

    def _told(self, split: Split, folder: Path, seed: int) -> Targets:
        """Return the targets as the training rows have them, with what the teacher says of these, if any."""
        targets = self.targets_of(split.train)
        if self._teacher is None or self._settings.teacher is None:
            return targets
        model = self._teacher.learn(split, folder, seed)
        logits = self._teacher.predict(model, split.train).emotion
        masked = self.masked(logits, split.train)
        taught = np.zeros_like(targets.taught)
        taught[split.train] = probabilities(masked, self._settings.teacher.temperature)
        return replace(targets, taught=taught)

    def predict(self, model: Network, rows: Rows) -> Logits:
        """Return the logits of some rows."""
        return predict_logits(model, [self.clips[row] for row in rows])

    def predict_changed(self, model: Network, rows: Rows, changes: Augmentation) -> Logits:
        """Return the logits of changed copies of some rows' recordings."""
        paths = self.manifest["path"].iloc[rows].tolist()
        work = self._changed(changes)
        frames = over_workers(work, paths, jobs=self._jobs, label="changed clips", prepare=one_thread)
        hashes = (self.clips[row].content_hash for row in rows)
        return predict_logits(
            model, [ClipFrames((own,), content) for own, content in zip(frames, hashes, strict=True)]
        )

    def _changed(self, changes: Augmentation) -> Callable[[str], Frames]:
        """Return what makes of a recording's path what the network is given of its changed copy."""
        return partial(changed_frames, features=self._settings.frames, changes=changes)

    def export(self, model: Network, file: Path, rows: Rows) -> Exported:
        """Write a network with its front end as ONNX, and compare torch and onnxruntime on some rows."""
        return export_onnx(self._whole(model), file, self._speech(spread(rows)))

    def checks(self, model: Network, rows: Rows) -> Checks:
        """Return torch's answers to inputs that are no recordings."""
        inputs = self._check_inputs(rows)
        config = self._settings.model_dump(mode="json")
        return Checks(inputs, module_logits(self._whole(model), inputs), config)

    def _whole(self, model: Network) -> Exportable:
        """Return a network with all that stands before it."""
        return whole_network(self._settings, model)

    def _check_inputs(self, rows: Rows) -> tuple[npt.NDArray[np.float32], ...]:
        return made_sounds()

    def _speech(self, rows: Rows) -> list[npt.NDArray[np.float32]]:
        """Return the speech of some rows."""
        return [speech_of(path) for path in self.manifest["path"].iloc[rows]]
