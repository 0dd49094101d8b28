"""Fit one network: data in memory, a run folder with checkpoints and curves, resumable."""

from __future__ import annotations

import errno
import os
import pickle
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning as L  # noqa: N812  (Lightning's own convention)
import numpy as np
import numpy.typing as npt
import torch
from lightning.pytorch.callbacks import (
    Callback,
    EarlyStopping,
    EMAWeightAveraging,
    ModelCheckpoint,
    RichProgressBar,
)
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from lightning.pytorch.plugins.io import TorchCheckpointIO
from torch.utils.data import DataLoader

from affectone.errors import AffectoneError, ConfigError, ModelIntegrityError
from affectone.features.standardize import Statistics
from affectone.files import replaced
from affectone.models.nets import Network, VectorNetwork, level_frames
from affectone.training.cache import ClipFrames
from affectone.training.config import TrainConfig
from affectone.training.data import Batch, Batches, TrainingClips
from affectone.training.hardware import ONE_DEVICE, Hardware, leads, precision_on
from affectone.training.logits import Logits
from affectone.training.module import EmotionModule
from affectone.training.targets import Targets
from affectone.training.voices import Voices

__all__ = [
    "LAST",
    "fit_module",
    "fit_network",
    "keep_curve",
    "kept_checkpoint",
    "load_network",
    "make_trainer",
    "predict_logits",
    "progress",
    "read_checkpoint",
]

WATCHED = "val_uar"
LAST, BEST = "last.ckpt", "best.ckpt"
UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG})
MOST_SCORED = 512
"""Clips of one length that are scored at once: all numbers of clips have one length."""


def fit_network(
    config: TrainConfig,
    clips: Sequence[ClipFrames],
    targets: Targets,
    *,
    train: npt.NDArray[np.int64],
    validation: npt.NDArray[np.int64],
    folder: Path,
    hardware: Hardware = ONE_DEVICE,
    speakers: npt.NDArray[np.str_] | None = None,
) -> Network:
    """Train a network, or go on where an interrupted run of the same folder stopped.

    The moving average of the weights is kept. Without patience the number of epochs is fixed, and nothing is
    chosen on any score: validation speakers only draw a curve here, and fit the temperature later. With
    patience they choose the epoch, too.

    Processes that train together all call this; the network that the leading one gets is the result.

    Parameters
    ----------
    config : TrainConfig
    clips, targets
        Of all rows of the manifest.
    train, validation : numpy.ndarray of int64
        Rows to learn from, and rows to watch; the latter may be empty.
    folder : Path
        Gets ``last.ckpt`` after each epoch, ``metrics.csv`` and TensorBoard events; with patience also
        ``best.ckpt``.
    hardware : Hardware
        One device by default.
    speakers : numpy.ndarray of str, optional
        Of all rows of the manifest; wanted where some draws are adapted to their speaker.

    Returns
    -------
    Network
        In evaluation mode.

    Raises
    ------
    ConfigError
        If training is to stop by validation speakers, and there are none; or draws are to be adapted to
        speakers that nobody names.
    """
    if config.patience and not validation.size:
        raise ConfigError(
            f"patience = {config.patience}: no speaker is set aside to stop by; raise validation_share, or "
            "train with patience = 0"
        )
    if config.adapted_share and speakers is None:
        raise ConfigError(f"adapted_share = {config.adapted_share}: nobody says who speaks")
    L.seed_everything(config.seed, verbose=False)
    learned = [clips[row] for row in train]
    scale = _scale(learned) if config.one_row else None
    module = EmotionModule(config, scale)
    checkpoint = folder / LAST
    done, stopped = progress(checkpoint)
    if done < config.epochs and not stopped:
        if leads():
            keep_curve(folder, done)
        own = targets.take(train)
        voices = None
        if scale and config.adapted_share and speakers is not None:  # Both were checked before.
            voices = Voices.of(learned, scale, own.emotion, speakers[train])
        fit_module(
            config,
            module,
            _training_loader(config, learned, own, voices),
            _validation_loader(module.network, [clips[row] for row in validation], targets.take(validation)),
            folder=folder,
            hardware=hardware,
            done=done,
        )
    if leads():
        # There are the averaged weights, also where the run was already done and nothing was fitted.
        return load_network(config, kept_checkpoint(config, folder))
    module.network.eval()
    return module.network


def fit_module(
    config: TrainConfig,
    module: EmotionModule,
    training: Any,
    validation: Any = None,
    *,
    folder: Path,
    hardware: Hardware,
    done: int,
) -> None:
    """Train a module as the settings say, kept in a folder after each epoch, from the epochs `done` on.

    Raises
    ------
    AffectoneError
        If the disk is full, or the folder may not be written any more.
    """
    trainer, last = make_trainer(config, folder, hardware), folder / LAST if done else None
    try:
        trainer.fit(module, training, validation, ckpt_path=last, weights_only=False)
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        raise AffectoneError(f"{folder}: cannot be written: {error.strerror}") from None


def kept_checkpoint(config: TrainConfig, folder: Path) -> Path:
    """Return the checkpoint in the folder of a training whose weights are the model."""
    return folder / (BEST if config.patience else LAST)


def load_network(config: TrainConfig, checkpoint: Path) -> Network:
    """Return the network of a checkpoint, in evaluation mode.

    Raises
    ------
    ModelIntegrityError
        If the file is no checkpoint of such a network.
    """
    try:
        state = read_checkpoint(checkpoint)["state_dict"]
        mean = state["network.mean"].numpy() if config.one_row else None
        # The scale is in the checkpoint; this one is as wide.
        scale = None if mean is None else Statistics(0, mean, np.ones_like(mean))
        module = EmotionModule(config, scale)
        module.load_state_dict(state)
    except (OSError, RuntimeError, EOFError, KeyError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0]
        raise ModelIntegrityError(f"{checkpoint} is no checkpoint of {config.model}: {reason}") from None
    module.network.eval()
    return module.network


def read_checkpoint(checkpoint: Path) -> dict[str, Any]:
    """Return what a checkpoint holds, on the processor."""
    return torch.load(checkpoint, map_location="cpu", weights_only=True)  # type: ignore[no-any-return]


def progress(checkpoint: Path) -> tuple[int, bool]:
    """Return how many epochs a checkpoint has seen, and whether patience was lost with the last one."""
    if not checkpoint.exists():
        return 0, False
    content = read_checkpoint(checkpoint)
    states = [
        state for name, state in content["callbacks"].items() if name.startswith(EarlyStopping.__name__)
    ]
    return int(content["epoch"]) + 1, any(state["wait_count"] >= state["patience"] for state in states)


def keep_curve(folder: Path, done: int) -> None:
    """Put the curve of an interrupted run aside: the logger would delete it."""
    curve = folder / "metrics.csv"
    if curve.exists():
        curve.replace(folder / f"metrics-to-epoch-{done}.csv")


def _callbacks(config: TrainConfig, folder: Path) -> list[Callback]:
    def keep(name: str, **how: Any) -> Callback:
        return ModelCheckpoint(
            dirpath=folder, filename=Path(name).stem, save_top_k=1, enable_version_counter=False, **how
        )

    stopping: list[Callback] = []
    if config.patience:
        stopping = [
            EarlyStopping(WATCHED, mode="max", patience=config.patience),
            keep(BEST, monitor=WATCHED, mode="max"),
        ]
    # The last epoch is kept after what chooses the best one, so that a resumed run knows what it chose; and
    # not after a validation, which a long run has every few epochs, or never.
    last = keep(LAST, every_n_epochs=1, save_on_train_epoch_end=True)
    return [*stopping, last, EMAWeightAveraging(decay=config.averaging)]


class WholeCheckpoints(TorchCheckpointIO):
    """Checkpoints that are written beside the last good one, and take its place once they are whole.

    Lightning writes them to the folder of temporary files; where that is another disk, the last good one is
    copied over, and a run that is killed meanwhile has none (Lightning-AI/pytorch-lightning#21253).
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any | None = None
    ) -> None:
        """Write a checkpoint."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with replaced(path) as part, part.open("wb") as content:
            torch.save(checkpoint, content)
            content.flush()
            os.fsync(content.fileno())


def make_trainer(config: TrainConfig, folder: Path, hardware: Hardware) -> L.Trainer:
    """Return what trains a module as the settings say, and keeps it in a folder after each epoch."""
    callbacks = _callbacks(config, folder)
    watched = sys.stderr.isatty()
    if watched:
        callbacks.append(RichProgressBar(console_kwargs={"stderr": True}))
    return L.Trainer(
        **hardware.for_trainer(),
        use_distributed_sampler=False,  # Ours deals its batches out by itself.
        max_epochs=config.epochs,
        precision=precision_on(hardware, config.precision),  # type: ignore[arg-type]
        gradient_clip_val=2.0,
        callbacks=callbacks,
        plugins=[WholeCheckpoints()],
        logger=[CSVLogger(folder, name=None, version=""), TensorBoardLogger(folder, name=None, version="")],
        enable_progress_bar=watched,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        check_val_every_n_epoch=1 if config.patience else max(1, config.epochs // 10),
        default_root_dir=folder,
    )


def _training_loader(
    config: TrainConfig, clips: Sequence[ClipFrames], targets: Targets, voices: Voices | None
) -> Any:
    lengths = [[len(copy) for copy in clip.copies] for clip in clips]
    order = Batches(lengths, batch_size=config.batch_size, clean_share=config.clean_share, seed=config.seed)
    return DataLoader(TrainingClips(clips, targets, config, voices), batch_size=None, sampler=order)


def _validation_loader(network: Network, clips: Sequence[ClipFrames], targets: Targets) -> Any:
    batches: list[Batch] = []
    for rows in _equal_lengths(clips):
        own = targets.take(rows)
        emotion = torch.eye(own.allowed.shape[1])[torch.from_numpy(own.emotion)]
        voice = torch.eye(3)[torch.from_numpy(own.voice)][:, :2]
        masks, weight, degrees = map(torch.from_numpy, (own.allowed, own.weight, own.degrees))
        batches.append(Batch(_stack(network, clips, rows), emotion, masks, voice, weight, degrees))
    return DataLoader(batches, batch_size=None)  # type: ignore[arg-type]


def _equal_lengths(clips: Sequence[ClipFrames]) -> list[npt.NDArray[np.int64]]:
    """Group clips whose unchanged frames are equally many: no clip is padded or cut to be scored."""
    lengths = np.array([len(clip.copies[0]) for clip in clips], dtype=np.int64)
    groups = [np.flatnonzero(lengths == length) for length in np.unique(lengths)]
    return [
        rows[start : start + MOST_SCORED] for rows in groups for start in range(0, len(rows), MOST_SCORED)
    ]


def _stack(network: Network, clips: Sequence[ClipFrames], rows: npt.NDArray[np.int64]) -> torch.Tensor:
    """Return what a network is given of some rows: frames are levelled, and numbers of clips are not."""
    frames = torch.from_numpy(np.stack([clips[row].copies[0] for row in rows]).astype(np.float32))
    return frames if isinstance(network, VectorNetwork) else level_frames(frames)


def _scale(clips: Sequence[ClipFrames]) -> Statistics:
    """Measure the numbers of clips that are learned from."""
    return Statistics.of(np.stack([clip.copies[0] for clip in clips]).astype(np.float64))


def predict_logits(network: Network, clips: Sequence[ClipFrames]) -> Logits:
    """Return a network's logits for whole, unchanged clips, in their order."""
    emotion: list[npt.NDArray[np.float32]] = []
    voice: list[npt.NDArray[np.float32]] = []
    groups = _equal_lengths(clips)
    with torch.inference_mode():
        for rows in groups:
            output = network(_stack(network, clips, rows))
            emotion.append(output.emotion_logits.numpy())
            voice.append(output.voice_logits.numpy())
    order = np.argsort(np.concatenate(groups))
    return Logits(np.concatenate(emotion)[order], np.concatenate(voice)[order])
