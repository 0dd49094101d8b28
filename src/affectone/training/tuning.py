"""A published encoder, trained on a run's training clips together with a network on its states."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import lightning as L  # noqa: N812  (Lightning's own convention)
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.data import DataLoader

from affectone.audio.augment import Augmentation
from affectone.audio.contents import content_of
from affectone.errors import ConfigError, ModelIntegrityError
from affectone.features.encoder.base import LEVEL
from affectone.features.standardize import Statistics
from affectone.models.nets import Network, StatesModel, StateStatistics
from affectone.models.runner import SAMPLE_RATE, padded
from affectone.training.cache import ClipFrames, Frames
from affectone.training.config import StatesConfig, TrainConfig, TuningConfig
from affectone.training.data import Batch, Batches, TrainingClips
from affectone.training.fit import LAST, fit_module, keep_curve, progress, read_checkpoint
from affectone.training.hardware import Hardware, leads
from affectone.training.module import EmotionModule
from affectone.training.session import MIN_SECONDS, WINDOW_SECONDS
from affectone.training.speech import speech_copies
from affectone.training.statistics import published_statistics
from affectone.training.targets import Targets
from affectone.units import seconds_to_samples
from affectone.workers import over_workers

__all__ = ["ENCODER", "Waves", "move_weights", "states_of", "tune_encoder", "tuned_encoder"]

ENCODER = "encoder"
"""Folder of the encoder's training within that of the run."""
MEASURED = 1024
"""Clips by which the states are standardised before anything is learned."""
SILENCED = 8
"""A stretch of each waveform, up to this part of it, is silenced."""
SHORTEST = seconds_to_samples(MIN_SECONDS, SAMPLE_RATE)
LONGEST = seconds_to_samples(WINDOW_SECONDS, SAMPLE_RATE)
WEIGHTS = "network.statistics."


def tune_encoder(
    config: TrainConfig,
    paths: Sequence[str],
    targets: Targets,
    *,
    folder: Path,
    hardware: Hardware,
    jobs: int,
) -> StateStatistics:
    """Train an encoder, or go on where an interrupted run of the same folder stopped.

    The moving average of the weights is kept, as where a network alone is trained.

    Parameters
    ----------
    config : TrainConfig
        With `tuning`, and features that name an encoder.
    paths : sequence of str
        Recordings to learn from.
    targets : Targets
        Of these.
    folder : Path
        Gets ``last.ckpt`` after each epoch, ``metrics.csv`` and TensorBoard events.
    hardware : Hardware
    jobs : int
        Processes that read recordings.

    Returns
    -------
    StateStatistics
        From a waveform to the statistics of the tuned encoder's states, in evaluation mode.

    Raises
    ------
    AudioError
        If a recording cannot be read.
    ConfigError
        If the encoder's weights are no numbers any more.
    """
    states, tuning = states_of(config), _tuning_of(config)
    own = config.model_copy(
        update={
            "epochs": tuning.epochs,
            "batch_size": tuning.batch_size,
            "mixup_share": tuning.mixup_share,
            "precision": tuning.precision,
            "patience": 0,
        }
    )
    checkpoint = folder / LAST
    done, _ = progress(checkpoint)
    if done < own.epochs:
        work = partial(_heard, copies=states.copies, changes=config.augment)
        clips = list(over_workers(work, paths, jobs=jobs, label="speech"))
        if leads():
            keep_curve(folder, done)
        L.seed_everything(own.seed, verbose=False)
        module = TuningModule(own, [] if done else clips)
        fit_module(own, module, _loader(own, clips, targets), folder=folder, hardware=hardware, done=done)
        if not leads():  # What the leading process has written, the others do not read.
            return _with_weights(config, module.state_dict())
    return tuned_encoder(config, folder)


def tuned_encoder(config: TrainConfig, folder: Path) -> StateStatistics:
    """Return what `tune_encoder` left in its folder.

    Raises
    ------
    ModelIntegrityError
        If the file is no checkpoint of such an encoder.
    ConfigError
        If its weights are no numbers.
    """
    checkpoint = folder / LAST
    try:
        return _with_weights(config, read_checkpoint(checkpoint)["state_dict"])
    except (OSError, RuntimeError, EOFError, KeyError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0]
        raise ModelIntegrityError(f"{checkpoint} is no checkpoint of a tuned encoder: {reason}") from None


def _with_weights(config: TrainConfig, learned: Mapping[str, Tensor]) -> StateStatistics:
    statistics, tuning = published_statistics(states_of(config)), _tuning_of(config)
    own = {name: learned[f"{WEIGHTS}{name}"].cpu() for name in statistics.state_dict()}
    if not all(value.isfinite().all() for value in own.values()):
        raise ConfigError(
            f"[tuning] rate = {tuning.rate}: the encoder's weights are no numbers any more; try a lower one"
        )
    move_weights(statistics, own, tuning.share)
    return statistics


def move_weights(module: nn.Module, learned: Mapping[str, Tensor], share: float) -> None:
    """Move all weights of a module a share of the way to others of the same names."""
    module.load_state_dict(
        {name: value.lerp(learned[name], share) for name, value in module.state_dict().items()}
    )


class TuningModule(EmotionModule):
    """An encoder and a network on the statistics of its states, which learn together.

    Parameters
    ----------
    config : TrainConfig
        With `tuning`.
    clips : sequence of ClipFrames
        Waveforms whose states are what the network's numbers are standardised by; none where a checkpoint
        knows that already.
    """

    network: StatesModel  # type: ignore[assignment]

    def __init__(self, config: TrainConfig, clips: Sequence[ClipFrames]) -> None:
        states = states_of(config)
        statistics = published_statistics(states)
        scale = _scale(statistics, clips) if clips else Statistics(0, *np.zeros((2, states.numbers)))
        super().__init__(config, scale)
        self._rate = _tuning_of(config).rate
        head = cast("Network", self.network)
        self.network = StatesModel(statistics.requires_grad_(True), head)

    def training_step(self, batch: Batch, number: int) -> Tensor:
        """Return the loss of a batch."""
        if self.device.type != "cpu":
            return super().training_step(batch, number)
        # With the processor's fused attention a step takes 1.15 times as long, for its gradient (torch 2.13,
        # AVX-512, bfloat16).
        with sdpa_kernel(SDPBackend.MATH):
            return super().training_step(batch, number)

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Return the network on the states, and the encoder, which learns at a rate of its own."""
        return [
            {"params": list(self.network.network.parameters()), "lr": self.config.learning_rate},
            {"params": list(self.network.statistics.parameters()), "lr": self._rate},
        ]


class Waves(TrainingClips):
    """Batches of waveforms, cut to the shortest of a batch at random places."""

    def _made_ready(
        self, frames: Sequence[Frames], rows: npt.NDArray[np.int64], rng: np.random.Generator
    ) -> npt.NDArray[np.float32]:
        length = min(LONGEST, *(len(wave) for wave in frames))
        starts = [rng.integers(0, len(wave) - length + 1) for wave in frames]
        cut = [wave[start : start + length] for wave, start in zip(frames, starts, strict=True)]
        waves = np.stack(cut).astype(np.float32)
        # Of one level, as the encoder makes them, so that two voices that are mixed are equally loud.
        waves *= LEVEL / (np.sqrt(np.square(waves).mean(axis=1, keepdims=True)) + 1e-7)
        for wave in waves:
            width = int(rng.integers(0, length // SILENCED + 1))
            start = int(rng.integers(0, length - width + 1))
            wave[start : start + width] = 0.0
        return waves


def states_of(config: TrainConfig) -> StatesConfig:
    """Return which encoder's states a network is given, of settings that name one."""
    if not isinstance(config.features, StatesConfig):
        raise ConfigError("features name no encoder")
    return config.features


def _tuning_of(config: TrainConfig) -> TuningConfig:
    if config.tuning is None:
        raise ConfigError("no encoder is to be tuned")
    return config.tuning


def _loader(config: TrainConfig, clips: Sequence[ClipFrames], targets: Targets) -> Any:
    lengths = [[min(len(wave), LONGEST) for wave in clip.copies] for clip in clips]
    order = Batches(lengths, batch_size=config.batch_size, clean_share=config.clean_share, seed=config.seed)
    return DataLoader(Waves(clips, targets, config), batch_size=None, sampler=order)


def _heard(path: str, *, copies: int, changes: Augmentation) -> ClipFrames:
    """Return the speech of a recording and its copies as waveforms."""
    content_hash = content_of(Path(path)).file_hash
    waves = (padded(wave, SHORTEST) for wave in speech_copies(path, content_hash, copies, changes))
    return ClipFrames(tuple(wave.astype(np.float16) for wave in waves), content_hash)


def _scale(statistics: StateStatistics, clips: Sequence[ClipFrames]) -> Statistics:
    some = np.random.default_rng(0).permutation(len(clips))[:MEASURED]
    waves = (torch.from_numpy(clips[row].copies[0][:LONGEST].astype(np.float32)) for row in some)
    with torch.inference_mode():
        rows = [statistics(wave[None])[0].numpy() for wave in waves]
    return Statistics.of(np.stack(rows).astype(np.float64))
