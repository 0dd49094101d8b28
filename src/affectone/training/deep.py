"""The session of a network: log-mel frames in memory, Lightning, torch's exporter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from affectone.audio import load_audio
from affectone.corpora import Split
from affectone.models.nets import Network, WaveformModel
from affectone.models.runner import OUTPUTS, SAMPLE_RATE
from affectone.speech import speech_span
from affectone.training.cache import ClipFrames, cached_frames, frontend
from affectone.training.checks import Checks, made_sounds
from affectone.training.config import TrainConfig
from affectone.training.export import Exported, export_onnx
from affectone.training.fit import Logits, fit_network, predict_logits
from affectone.training.module import build_network
from affectone.training.session import Rows, Session, spread

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DeepSession", "torch_logits"]

PROBES = 24


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
        self.clips: list[ClipFrames] = cached_frames(self.manifest["path"].tolist(), config, cache, jobs)

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
            config, self.clips, self.targets, train=split.train, validation=split.validation, folder=folder
        )
        if split.train.size and not (self.targets.voice[split.train] >= 0).any():
            _know_no_voice(network)
        return network

    def predict(self, model: Network, rows: Rows) -> Logits:
        """Return the logits of some rows."""
        return predict_logits(model, [self.clips[row] for row in rows])

    def export(self, model: Network, file: Path, rows: Rows) -> Exported:
        """Write a network with its front end as ONNX, and compare torch and onnxruntime on some rows."""
        return export_onnx(_whole(self._settings, model), file, self._probes(rows))

    def checks(self, model: Network, rows: Rows) -> Checks:
        """Return torch's answers to sounds that are made for this."""
        return Checks(made_sounds(), torch_logits(self._settings, model, made_sounds()))

    def _probes(self, rows: Rows) -> list[npt.NDArray[np.float32]]:
        """Return the speech of some of the rows, spread over them."""
        probes = []
        for path in self.manifest["path"].iloc[spread(rows, PROBES)]:
            samples = load_audio(path, sample_rate=SAMPLE_RATE).samples[0]
            start, end = speech_span(samples, SAMPLE_RATE) or (0, samples.size)
            probes.append(samples[start:end])
        return probes


def _know_no_voice(network: Network) -> None:
    """Make a voice head that learned of no voice say so, instead of what its random weights say."""
    with torch.no_grad():
        for weights in network.voice.parameters():
            weights.zero_()


def _whole(config: TrainConfig, network: Network) -> WaveformModel:
    return WaveformModel(frontend(config.features), network).eval()


def torch_logits(config: TrainConfig, network: Network, sounds: Sequence[npt.NDArray[np.float32]]) -> Logits:
    """Return a network's logits for sounds, each of shape (samples,), with the front end before it."""
    whole = _whole(config, network)
    with torch.inference_mode():
        outputs = [whole(torch.from_numpy(sound)[None]) for sound in sounds]
    emotion, voice = (
        np.concatenate([getattr(output, name).numpy() for output in outputs]) for name in OUTPUTS[:2]
    )
    return Logits(emotion, voice)
