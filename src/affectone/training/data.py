"""From clips and their targets to batches: equal lengths without padding, masks, mixup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from affectone.errors import ConfigError
from affectone.training.cache import ClipFrames, Frames
from affectone.training.config import TrainConfig
from affectone.training.hardware import place_among_processes
from affectone.training.masking import mask_frames
from affectone.training.targets import Targets
from affectone.training.voices import Voices

__all__ = ["Batch", "BatchPlan", "Batches", "TrainingClips"]

SHORTEST_FRAMES = 32


class BatchPlan(NamedTuple):
    """Which copy of which rows make a batch, and the seed of everything random about it."""

    rows: npt.NDArray[np.int64]
    copies: npt.NDArray[np.int64]
    seed: tuple[int, int, int]


class Batch(NamedTuple):
    """One training batch; emotion is a distribution over labels."""

    frames: Tensor  # (batch, frames, bands), or (batch, numbers)
    emotion: Tensor  # (batch, labels), rows sum to 1
    allowed: Tensor  # (batch, labels)
    voice: Tensor  # (batch, 2); a row of zeros where unknown
    weight: Tensor  # (batch,)
    degrees: Tensor  # (batch, 2), NaN where unknown


class Batches(Sampler[BatchPlan]):
    """Batches of clips of nearly equal length, so that cropping to the shortest loses little.

    Neither padding nor masks are needed then, and a clip alone is treated as it is in a batch. The order is
    a function of seed and epoch: a resumed run sees what an undisturbed one would have seen. Processes that
    train together draw the same batches and each takes its own, equally many: a clip is seen once an epoch.
    """

    def __init__(
        self, lengths: Sequence[Sequence[int]], *, batch_size: int, clean_share: float, seed: int
    ) -> None:
        self._lengths = lengths
        self._batch_size = batch_size
        self._clean_share = clean_share
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order is drawn next; Lightning calls it."""
        self._epoch = epoch

    def __len__(self) -> int:
        _, processes = place_among_processes()
        if len(self._lengths) < processes:
            raise ConfigError(f"{len(self._lengths)} clips are too few to train on {processes} devices")
        return -(-len(self._lengths) // (self._batch_size * processes))

    def __iter__(self) -> Iterator[BatchPlan]:
        rng = np.random.default_rng((self._seed, self._epoch))
        counts = np.array([len(lengths) for lengths in self._lengths])
        changed = rng.integers(np.minimum(1, counts - 1), counts)
        copies = np.where(rng.random(counts.size) < self._clean_share, 0, changed)
        drawn = np.array([self._lengths[row][copy] for row, copy in enumerate(copies)])
        # The jitter mixes neighbours anew in each epoch.
        order = np.argsort(drawn * rng.uniform(0.93, 1.07, len(drawn)))
        place, processes = place_among_processes()
        chunks = np.array_split(order, len(self) * processes)
        rng.shuffle(chunks)
        for number, rows in list(enumerate(chunks))[place::processes]:
            yield BatchPlan(rows, copies[rows], (self._seed, self._epoch, number))


class TrainingClips(Dataset[Batch]):
    """Clips in memory; an item is a whole batch, named by a `BatchPlan`."""

    def __init__(
        self,
        clips: Sequence[ClipFrames],
        targets: Targets,
        config: TrainConfig,
        voices: Voices | None = None,
    ) -> None:
        self._clips = clips
        self._targets = targets
        self._config = config
        self._voices = voices

    def __getitem__(self, plan: BatchPlan) -> Batch:
        rng = np.random.default_rng(plan.seed)
        frames = [self._clips[row].copies[copy] for row, copy in zip(plan.rows, plan.copies, strict=True)]
        stacked = self._made_ready(frames, plan.rows, rng)
        targets = self._targets.take(plan.rows)
        teacher = self._config.teacher
        emotion = targets.distribution(self._config.votes, teacher.share if teacher else 0.0)
        voice = np.eye(3, dtype=np.float32)[targets.voice][:, :2]  # row -1 of eye(3) is unknown
        arrays = (stacked, emotion, targets.allowed, voice, targets.weight, targets.degrees)
        batch = Batch(*map(torch.from_numpy, arrays))
        mixed = rng.random() < self._config.mixup_share
        return _mix(batch, rng, self._config.mixup) if mixed else batch

    def _made_ready(
        self, frames: Sequence[Frames], rows: npt.NDArray[np.int64], rng: np.random.Generator
    ) -> npt.NDArray[np.float32]:
        """Return frames of one length, changed at random; of numbers of whole clips only states are."""
        if self._config.one_row:
            numbers = np.stack(frames).astype(np.float32)
            if self._voices is None:
                return numbers
            return self._voices.adapted(numbers, rows, self._config.adapted_share, rng)
        return mask_frames(_crop(frames, rng), rng, self._config.masking)


def _crop(frames: Sequence[Frames], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Cut all to the shortest at random places; those under `SHORTEST_FRAMES` repeat their last frame."""
    shortest = max(min(len(clip) for clip in frames), SHORTEST_FRAMES)
    padded = [np.pad(clip, ((0, max(0, shortest - len(clip))), (0, 0)), mode="edge") for clip in frames]
    starts = [rng.integers(0, len(clip) - shortest + 1) for clip in padded]
    cut = [clip[start : start + shortest] for clip, start in zip(padded, starts, strict=True)]
    return np.stack(cut).astype(np.float32)


def _mix(batch: Batch, rng: np.random.Generator, alpha: float) -> Batch:
    """Mix each clip with another of its batch (Zhang et al. 2018); the labels of both are allowed."""
    share = float(rng.beta(alpha, alpha))
    other = torch.from_numpy(rng.permutation(len(batch.weight)))

    def blend(values: Tensor) -> Tensor:
        return share * values + (1 - share) * values[other]

    # Weighing each label's part by its own clip's weight keeps the classes balanced within a mixed clip.
    weighed = blend(batch.emotion * batch.weight[:, None])
    weight = weighed.sum(dim=1)
    return Batch(
        blend(batch.frames),
        weighed / weight[:, None],
        batch.allowed | batch.allowed[other],
        blend(batch.voice),
        weight,
        blend(batch.degrees),  # Unknown where one of the two is.
    )
