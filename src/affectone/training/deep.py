"""The session of a network: log-mel frames in memory, Lightning, torch's exporter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.audio import load_audio
from affectone.corpora import Split
from affectone.models.nets import Network, WaveformModel
from affectone.models.runner import SAMPLE_RATE
from affectone.speech import speech_span
from affectone.training.cache import ClipFrames, cached_frames, frontend
from affectone.training.config import TrainConfig
from affectone.training.export import Exported, export_onnx
from affectone.training.fit import Logits, fit_network, predict_logits
from affectone.training.module import build_network
from affectone.training.session import Rows, Session

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DeepSession", "spread"]

PROBES = 24


def spread(rows: Rows) -> Rows:
    """Return some of the rows, spread over them, that runtimes are compared on."""
    chosen: Rows = rows[np.linspace(0, len(rows) - 1, PROBES).astype(int)]
    return chosen


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

    Raises
    ------
    CorpusError
        If no clip is left.
    ConfigError, ModelError
        If the configuration's network is unknown, or has no such setting.
    """

    def __init__(self, config: TrainConfig, manifest: pd.DataFrame, *, cache: Path, jobs: int) -> None:
        build_network(config)  # One that cannot be built is told before minutes of computing frames.
        super().__init__(config, manifest)
        self._settings = config
        self.clips = self._read(self.manifest["path"].tolist(), cache, jobs)

    def _read(self, paths: Sequence[str], cache: Path, jobs: int) -> list[ClipFrames]:
        """Return what the network is given of recordings."""
        return cached_frames(paths, self._settings, cache, jobs)

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
        return fit_network(
            config, self.clips, self.targets, train=split.train, validation=split.validation, folder=folder
        )

    def predict(self, model: Network, rows: Rows) -> Logits:
        """Return the logits of some rows."""
        return predict_logits(model, [self.clips[row] for row in rows])

    def export(self, model: Network, file: Path, rows: Rows) -> Exported:
        """Write a network with its front end as ONNX, and compare torch and onnxruntime on some rows."""
        whole = WaveformModel(frontend(self._settings.frames), model).eval()
        return export_onnx(whole, file, self._speech(spread(rows)))

    def _speech(self, rows: Rows) -> list[npt.NDArray[np.float32]]:
        """Return the speech of some rows."""
        probes = []
        for path in self.manifest["path"].iloc[rows]:
            samples = load_audio(path, sample_rate=SAMPLE_RATE).samples[0]
            start, end = speech_span(samples, SAMPLE_RATE) or (0, samples.size)
            probes.append(samples[start:end])
        return probes
