"""The session of a network on the states of an encoder that was tuned to the same training clips first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from affectone.audio.augment import Augmentation
from affectone.corpora import Split
from affectone.files import replaced
from affectone.models.card import Shrinkage
from affectone.models.nets import Network, StatesModel, StateStatistics
from affectone.models.runner import StateScale
from affectone.training.cache import ClipFrames
from affectone.training.checks import Checks
from affectone.training.config import TrainConfig
from affectone.training.export import Exportable, Exported
from affectone.training.hardware import Hardware
from affectone.training.kept import hashes_of
from affectone.training.logits import Logits
from affectone.training.module import build_network
from affectone.training.session import Rows, Session
from affectone.training.states import StatesSession, degrees_told
from affectone.training.statistics import heard_statistics, published_statistics, traced_statistics
from affectone.training.tuning import ENCODER, states_of, tune_encoder
from affectone.workers import over_workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TunedSession"]


class TunedStates(StatesSession):
    """The clips as a tuned encoder hears them.

    Its states are of use to one network, and are not kept in the cache. Of clips that this network does not
    learn from there are no copies.

    Parameters
    ----------
    statistics : StateStatistics
        Of the tuned encoder's states.
    learned : Rows
        Those that the network learns from.
    config, manifest, jobs, hardware, teacher
        As of `DeepSession`.
    folder : Path
        Gets the graph of the encoder.
    """

    def __init__(
        self,
        statistics: StateStatistics,
        learned: Rows,
        config: TrainConfig,
        manifest: pd.DataFrame,
        *,
        folder: Path,
        jobs: int,
        hardware: Hardware,
        teacher: Session[Any] | None,
    ) -> None:
        self._tuned, self._learned = statistics, learned
        super().__init__(config, manifest, cache=folder, jobs=jobs, hardware=hardware, teacher=teacher)

    def _read(self, paths: Sequence[str], cache: Path) -> list[ClipFrames]:
        self._cache = cache
        self._graph = self._written("statistics", exact=False)
        copies = np.zeros(len(paths), np.int64)
        copies[self._learned] = self._states.copies
        work = partial(_heard, graph=self._graph, changes=self._settings.augment)
        asked = list(zip(paths, copies.tolist(), strict=True))
        rows = over_workers(work, asked, jobs=self._jobs, label="states")
        hashes = hashes_of(paths, jobs=self._jobs)
        return [ClipFrames(tuple(own), content) for own, content in zip(rows, hashes, strict=True)]

    def _exact_graph(self) -> Path:
        return self._written("statistics-exact", exact=True)

    def _written(self, name: str, *, exact: bool) -> Path:
        file = self._cache / f"{name}.onnx"
        with replaced(file) as part:
            part.write_bytes(traced_statistics(self._tuned, exact=exact).SerializeToString())
        return file

    def _whole(self, model: Network) -> Exportable:
        return StatesModel(self._tuned, model).eval()


def _heard(asked: tuple[str, int], *, graph: Path, changes: Augmentation) -> npt.NDArray[np.float16]:
    path, copies = asked
    return heard_statistics(path, graph=graph, copies=copies, changes=changes)


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """A network, and the clips as its own encoder hears them."""

    session: TunedStates
    network: Network


class TunedSession(Session[Tuned]):
    """Networks on the states of an encoder that is tuned to the training clips of each split first.

    Parameters
    ----------
    config : TrainConfig
        With `tuning`.
    manifest, jobs, hardware
        As of `DeepSession`.
    teacher : Session, optional
        It teaches the network on the states; the encoder is tuned by labels.

    Raises
    ------
    CorpusError
        If no clip is left.
    AudioError
        If a recording cannot be read.
    """

    def __init__(
        self,
        config: TrainConfig,
        manifest: pd.DataFrame,
        *,
        jobs: int,
        hardware: Hardware,
        teacher: Session[Any] | None,
    ) -> None:
        super().__init__(config, manifest, jobs=jobs)
        self._hardware = hardware
        self._teacher = teacher
        self._hashes = hashes_of(self.manifest["path"].tolist(), jobs=jobs)

    @property
    def _settings(self) -> TrainConfig:
        return cast("TrainConfig", self.config)

    @property
    def hashes(self) -> Sequence[str]:
        """SHA-256 of each clip's bytes."""
        return self._hashes

    @property
    def parameters(self) -> int:
        """How many numbers the encoder and the network learn."""
        parts = (published_statistics(states_of(self._settings)), build_network(self._settings))
        return sum(value.numel() for part in parts for value in part.parameters())

    @property
    def degrees(self) -> tuple[str, ...]:
        """Which degrees the model tells: those that some clip it learned from has."""
        return degrees_told(self._settings, self.targets)

    @property
    def adaptation(self) -> Shrinkage:
        """How slowly the model is adapted."""
        return Shrinkage()

    def novelty(self, model: Tuned) -> float | None:
        """Return the novelty that next to none of the clips and of their augmented copies have."""
        return model.session.novelty(model.network)

    def tuned_to(self, split: Split, folder: Path, seed: int) -> TunedStates:
        """Return the clips as an encoder hears them that is tuned on a split's training rows."""
        config = self._settings.model_copy(update={"seed": seed})
        statistics = tune_encoder(
            config,
            self.manifest["path"].iloc[split.train].tolist(),
            self.targets_of(split.train).take(split.train),
            folder=folder / ENCODER,
            hardware=self._hardware,
            jobs=self._jobs,
        )
        return TunedStates(
            statistics,
            split.train,
            config,
            self.manifest,
            folder=folder / ENCODER,
            jobs=self._jobs,
            hardware=self._hardware,
            teacher=self._teacher,
        )

    def learn(self, split: Split, folder: Path, seed: int) -> Tuned:
        """Return an encoder tuned on a split's training rows, and a network trained on its states."""
        heard = self.tuned_to(split, folder, seed)
        return Tuned(heard, heard.learn(split, folder, seed))

    def predict(self, model: Tuned, rows: Rows) -> Logits:
        """Return the logits of some rows."""
        return model.session.predict(model.network, rows)

    def predict_changed(self, model: Tuned, rows: Rows, changes: Augmentation) -> Logits:
        """Return the logits of changed copies of some rows' recordings."""
        return model.session.predict_changed(model.network, rows, changes)

    def export(self, model: Tuned, file: Path, rows: Rows) -> Exported:
        """Write encoder and network as ONNX, and compare torch and onnxruntime on some rows."""
        return model.session.export(model.network, file, rows)

    def checks(self, model: Tuned, rows: Rows) -> Checks:
        """Return torch's answers to inputs that are no recordings."""
        return model.session.checks(model.network, rows)

    def states(self, model: Tuned, rows: Rows) -> npt.NDArray[np.float32]:
        """Return the standardised states of some rows, shape (rows, numbers)."""
        return model.session.states(model.network, rows)

    def emotion_states(self, model: Tuned, rows: Rows) -> npt.NDArray[np.float32]:
        """Return the mean standardised states of each emotion in some rows, shape (labels, numbers)."""
        return model.session.emotion_states(model.network, rows)

    def predict_adapted(self, model: Tuned, rows: Rows, scale: StateScale) -> Logits:
        """Return the logits of some rows of a model that is adapted."""
        return model.session.predict_adapted(model.network, rows, scale)
