"""A manifest made ready for training: targets, each corpus's labels, and what every kind of model does."""

from __future__ import annotations

import abc
import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Self, TypeVar

import numpy as np
import numpy.typing as npt

from affectone.audio.augment import Augmentation
from affectone.corpora import CORPORA, Guard, Split, refuse_leaks
from affectone.errors import CorpusError
from affectone.labels import LabelSet
from affectone.models.card import FeatureInput, Shrinkage
from affectone.training.calibration import fit_temperature
from affectone.training.checks import Checks
from affectone.training.config import RunConfig, TrainConfig
from affectone.training.export import Exported
from affectone.training.logits import IMPOSSIBLE, Logits
from affectone.training.targets import Targets, class_weights, make_targets

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MIN_SECONDS", "WINDOW_SECONDS", "Fitted", "Rows", "Session", "spread"]

WINDOW_SECONDS, MIN_SECONDS = 6.0, 0.5
"""Longest stretch of speech that a model is given at once, and what shorter ones are padded to."""

PROBES = 24

Rows = npt.NDArray[np.int64]
Model = TypeVar("Model")


@dataclass(frozen=True, slots=True, eq=False)
class Fitted(Generic[Model]):
    """A trained model and the temperatures of its heads; None where no validation speaker was spared."""

    model: Model
    temperature: float | None
    voice_temperature: float | None
    validation: Logits | None


class Session(abc.ABC, Generic[Model]):
    """Everything that the folds of a protocol share. Each kind of model has its own.

    Parameters
    ----------
    config : RunConfig
    manifest : pandas.DataFrame
        Clips whose emotion is not among the configuration's labels are left out.
    jobs : int, default 1
        Processes that compute what is given to models.

    Raises
    ------
    CorpusError
        If no clip is left.
    """

    def __init__(self, config: RunConfig, manifest: pd.DataFrame, *, jobs: int = 1) -> None:
        self._jobs = jobs
        self._config = config
        self.labels = LabelSet(config.labels)
        placed = manifest["emotion"].isin(self.labels.names)
        self.manifest = manifest[placed].reset_index(drop=True)
        self.left_out = manifest[~placed]
        if self.manifest.empty:
            raise CorpusError(f"no clip has one of the labels {', '.join(self.labels)}")
        self.allowed = {
            str(corpus): tuple(name for name in self.labels if name in set(rows["emotion"]))
            for corpus, rows in self.manifest.groupby("corpus")
        }
        self.targets: Targets = make_targets(self.manifest, self.labels, self.allowed, balance=self._balance)

    @property
    def config(self) -> RunConfig:
        """The settings of the run."""
        return self._config

    @property
    def _balance(self) -> float:
        return self._config.balance if isinstance(self._config, TrainConfig) else 0.0

    def targets_of(self, train: Rows) -> Targets:
        """Return the targets of all rows, with classes weighed as the training rows have them.

        How often a class is tested must not be known while a model learns.
        """
        weight = np.ones_like(self.targets.weight)
        corpora = self.manifest["corpus"].to_numpy(dtype=str)[train]
        weight[train] = class_weights(self.targets.emotion[train], corpora, self._balance)
        return replace(self.targets, weight=weight)

    def with_config(self, config: RunConfig) -> Self:
        """Return the same clips, to be trained on with other settings of the model and of its training.

        Settings of labels, features and augmentation have to be those that the clips were read with.
        """
        other = copy.copy(self)
        other._config = config
        return other

    @property
    @abc.abstractmethod
    def hashes(self) -> Sequence[str]:
        """SHA-256 of each clip's bytes."""

    @property
    @abc.abstractmethod
    def parameters(self) -> int | None:
        """How many numbers the model learns; None where that depends on the clips."""

    @property
    def measured(self) -> FeatureInput | None:
        """The features that the model is given; None where it takes the waveform."""
        return None

    @property
    def degrees(self) -> tuple[str, ...]:
        """Which degrees the model tells: those that some clip it learned from has."""
        return ()

    @property
    def adaptation(self) -> Shrinkage | None:
        """How slowly the model is adapted to a voice; None of one that cannot be."""
        return None

    def novelty(self, model: Model) -> float | None:
        """Return the novelty over which a recording is unlike those learned from; None where nobody can say.

        It is the mean square of a model's standardised states.
        """
        return None

    @abc.abstractmethod
    def learn(self, split: Split, folder: Path, seed: int) -> Model:
        """Return a model trained on a split's training rows; its validation rows may only be watched."""

    @abc.abstractmethod
    def predict(self, model: Model, rows: Rows) -> Logits:
        """Return the logits of some rows."""

    @abc.abstractmethod
    def predict_changed(self, model: Model, rows: Rows, changes: Augmentation) -> Logits:
        """Return the logits of changed copies of some rows' recordings.

        Raises
        ------
        AudioError
            If a recording cannot be read, or the changed one cannot be measured.
        """

    @abc.abstractmethod
    def export(self, model: Model, file: Path, rows: Rows) -> Exported:
        """Write a model as ONNX, and compare the runtimes on some rows.

        Raises
        ------
        ModelIntegrityError
            If they differ.
        """

    @abc.abstractmethod
    def checks(self, model: Model, rows: Rows) -> Checks:
        """Return what a model says about a few inputs, to be kept: none is a recording of a person."""

    @property
    def heard(self) -> pd.DataFrame:
        """The manifest; the bytes of a file stand for its sound where nobody has listened to it."""
        of_bytes = [f"bytes {content}" for content in self.hashes]
        if "content_hash" not in self.manifest:
            return self.manifest.assign(content_hash=of_bytes)
        known = self.manifest["content_hash"]
        return self.manifest.assign(content_hash=known.astype(object).where(known.notna(), of_bytes))

    def fit(self, split: Split, folder: Path, *, seed: int, may_leak: bool = False) -> Fitted[Model]:
        """Train on a split's training rows and calibrate on its validation rows.

        Parameters
        ----------
        split : Split
        folder : Path
            For checkpoints and curves.
        seed : int
        may_leak : bool
            Whether the name of the split's protocol says that it may leak.

        Raises
        ------
        LeakError
            If one speaker or one recording stands on two sides of a split that may not leak.
        """
        if not may_leak:
            refuse_leaks(Guard(self.heard).leaks(split))
        model = self.learn(split, folder, seed)
        if not split.validation.size:
            return Fitted(model, None, None, None)
        return self.calibrated(model, self.predict(model, split.validation), split.validation)

    def calibrated(self, model: Model, logits: Logits, rows: Rows) -> Fitted[Model]:
        """Fit the temperatures of a model to logits for some rows, of clips that were not learned from."""
        targets = self.targets.take(rows)
        voiced = targets.voice >= 0
        return Fitted(
            model,
            fit_temperature(self.masked(logits.emotion, rows), targets.emotion),
            fit_temperature(logits.voice[voiced], targets.voice[voiced]),
            logits,
        )

    def masked(self, emotion: npt.NDArray[np.float32], rows: Rows) -> npt.NDArray[np.float32]:
        """Return emotion logits of some rows with the labels that their corpus lacks made impossible."""
        return np.where(self.targets.allowed[rows], emotion, np.float32(IMPOSSIBLE))

    @property
    def licences_allow_commerce(self) -> bool:
        """Whether every corpus is known to allow commercial use; nobody knows that of a user's own."""
        return all(name in CORPORA and CORPORA.get(name).info.commercial_use for name in self.allowed)


def spread(rows: Rows) -> Rows:
    """Return some of the rows, spread over them, that runtimes are compared on; of few all."""
    places = np.linspace(0, len(rows) - 1, min(PROBES, len(rows))).astype(np.int64)
    return np.asarray(rows[places])
