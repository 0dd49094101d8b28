"""Features of each clip's speech, kept on disk by content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from affectone.audio.augment import Augmentation
from affectone.audio.contents import DECODERS
from affectone.features.plan import Plan
from affectone.models.runner import SAMPLE_RATE, padded
from affectone.training.kept import kept_numbers
from affectone.training.speech import speech_of
from affectone.units import Seconds, seconds_to_samples

__all__ = ["MeasuredClips", "measured_clips", "speech_features"]

VERSION = 1
"""Raised whenever the same recording and the same plan would give other numbers."""
LIBRARIES = (*DECODERS, "numpy", "scipy", "opensmile", "praat-parselmouth")


class MeasuredClips(NamedTuple):
    """A row of features for each clip, and SHA-256 of each recording's bytes."""

    values: npt.NDArray[np.float32]  # (clips, features)
    hashes: list[str]


def measured_clips(
    paths: Sequence[str], plan: Plan, *, shortest: Seconds, cache: Path, jobs: int
) -> MeasuredClips:
    """Measure the speech of recordings, computing what is not on disk yet.

    A clip is cut from its first to its last speech and padded to `shortest`, as the recogniser does it.
    Where no speech is found (whispers, or a silent recording) the whole clip is taken.

    Parameters
    ----------
    paths : sequence of str
        Recordings.
    plan : Plan
        What to measure, at level ``"clip"``; with the content of the files it is the key.
    shortest : float
        In seconds.
    cache : Path
        Folder of the cache.
    jobs : int
        Number of processes.

    Raises
    ------
    AudioError
        If a recording cannot be read or measured: training on what is left would change the corpus
        silently.
    """
    rows, hashes = kept_numbers(
        paths,
        partial(speech_features, plan=plan, shortest=shortest),
        dtype="<f4",
        file=cache / "speech-features.sqlite",
        key=_key(plan, shortest),
        jobs=jobs,
        label="features",
    )
    return MeasuredClips(np.stack(rows).astype(np.float32), hashes)


def _key(plan: Plan, shortest: Seconds) -> str:
    """Return what decides the numbers beside the recording: the plan, this code, and the libraries."""
    release = [f"{name}-{version(name)}" for name in LIBRARIES]
    return hashlib.sha256(json.dumps([VERSION, plan.digest, shortest, release]).encode()).hexdigest()


def speech_features(
    path: str, *, plan: Plan, shortest: Seconds, changes: Augmentation | None = None
) -> npt.NDArray[np.float32]:
    """Measure the speech of one recording, or of a changed copy of it; shape (features,)."""
    speech = padded(speech_of(path, changes), seconds_to_samples(shortest, SAMPLE_RATE))
    return plan.over_clip((speech, SAMPLE_RATE)).values
