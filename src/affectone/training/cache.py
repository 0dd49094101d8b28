"""Log-mel frames of every clip and of its augmented copies, kept on disk by content."""

from __future__ import annotations

import contextlib
import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affectone.audio.augment import Augmentation
from affectone.errors import ConfigError
from affectone.files import replaced
from affectone.models.nets import LogMel
from affectone.models.runner import SAMPLE_RATE
from affectone.store import default_cache
from affectone.training.config import FeatureConfig, TrainConfig
from affectone.training.speech import speech_copies, speech_of
from affectone.workers import over_workers

__all__ = ["ClipFrames", "cached_frames", "changed_frames", "clip_frames", "default_cache", "one_thread"]

CACHE_VERSION = 2
"""Raised whenever the same settings would give other frames."""

Frames = npt.NDArray[np.float16] | npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ClipFrames:
    """Frames of one clip: first the clip itself, then its augmented copies, each ``(frames, bands)``.

    Where the features are numbers of whole clips there are no copies, and what is called frames is the row
    of these numbers, ``(numbers,)``. Of clips that an encoder is tuned on they are waveforms.
    """

    copies: tuple[Frames, ...]
    content_hash: str
    """SHA-256 of the recording's bytes: equal recordings have equal ones."""


def cached_frames(paths: Sequence[str], config: TrainConfig, folder: Path, jobs: int) -> list[ClipFrames]:
    """Return the frames of each recording, computing those that are not on disk yet.

    Parameters
    ----------
    paths : sequence of str
        Recordings.
    config : TrainConfig
        Its `features` and `augment` parts, with the content of the files, are the key.
    folder : Path
        Where the cache lives.
    jobs : int
        Number of processes.

    Raises
    ------
    AudioError
        If a recording cannot be read: training on what is left would change the corpus silently.
    """
    work = partial(
        _clip_from_cache, features=config.frames, changes=config.augment, folder=folder / _key(config)
    )
    return list(over_workers(work, paths, jobs=jobs, label="frames", prepare=one_thread))


def one_thread() -> None:
    """Keep a process that computes frames to one thread: there is a process for each core."""
    import torch

    torch.set_num_threads(1)


def _key(config: TrainConfig) -> str:
    settings = [CACHE_VERSION, config.frames.model_dump(), config.augment.identity()]
    return hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:16]


def _clip_from_cache(
    path: str, *, features: FeatureConfig, changes: Augmentation, folder: Path
) -> ClipFrames:
    data = Path(path).read_bytes()
    content_hash = hashlib.sha256(data).hexdigest()
    file = folder / content_hash[:2] / f"{content_hash}.npz"
    copies = _kept(file)
    if copies is None:
        copies = clip_frames(path, content_hash, features, changes)
        _keep(file, copies)
    return ClipFrames(copies, content_hash)


def clip_frames(
    path: str, content_hash: str, features: FeatureConfig, changes: Augmentation
) -> tuple[Frames, ...]:
    """Compute the frames of a clip's speech and of its augmented copies.

    The clip is cut as `speech_of` does it.
    """
    waves = speech_copies(path, content_hash, features.copies, changes)
    return tuple(_log_mel(wave, features) for wave in waves)


def changed_frames(path: str, *, features: FeatureConfig, changes: Augmentation) -> Frames:
    """Compute the frames of the speech in a changed recording."""
    return _log_mel(speech_of(path, changes), features)


def _log_mel(wave: npt.NDArray[np.float32], features: FeatureConfig) -> Frames:
    import torch

    with torch.inference_mode():
        frames: torch.Tensor = frontend(features)(torch.from_numpy(wave)[None])[0]
    return np.asarray(frames, dtype=np.float16)


@cache
def frontend(features: FeatureConfig) -> LogMel:
    """Return the front end of a configuration, in evaluation mode."""
    settings = features.model_dump(exclude={"copies"})
    return LogMel(sample_rate=SAMPLE_RATE, **settings).eval()


def _kept(file: Path) -> tuple[Frames, ...] | None:
    """Return what a file keeps; None where there is none, or it is damaged."""
    try:
        with file.open("rb") as content, np.load(content, allow_pickle=False) as stored:
            return tuple(np.split(stored["frames"], np.cumsum(stored["lengths"])[:-1]))
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def _keep(file: Path, copies: tuple[Frames, ...]) -> None:
    """Write a file, or do without where that cannot be: the store of facts beside it has said so."""
    with contextlib.suppress(OSError, ConfigError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with replaced(file) as part, part.open("wb") as content:
            np.savez(content, frames=np.concatenate(copies), lengths=[len(copy) for copy in copies])
