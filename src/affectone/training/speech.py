"""The speech of a clip, cut as the recogniser cuts it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affectone.audio import load_audio
from affectone.audio.augment import Augmentation
from affectone.models.runner import SAMPLE_RATE
from affectone.speech import speech_span

__all__ = ["changed_recording", "content_seed", "speech_copies", "speech_of"]

FloatArray = npt.NDArray[np.float32]


def content_seed(content_hash: str) -> int:
    """Return the seed of what is random about a recording's copies: equal recordings have equal copies."""
    return int(content_hash[:8], 16)


def changed_recording(path: str, changes: Augmentation) -> FloatArray:
    """Return a whole recording at 16 kHz, changed as its content decides; shape (samples,)."""
    seed = content_seed(hashlib.sha256(Path(path).read_bytes()).hexdigest())
    return changes(load_audio(path, sample_rate=SAMPLE_RATE).samples[0], SAMPLE_RATE, seed=seed)


def speech_of(path: str, changes: Augmentation | None = None) -> FloatArray:
    """Return a clip at 16 kHz from its first to its last speech, shape (samples,).

    Where no speech is found (whispers, or a silent recording) the whole clip is taken. Changes are made
    before speech is looked for, as somebody who gets a changed recording would have it.
    """
    if changes is None:
        samples: FloatArray = load_audio(path, sample_rate=SAMPLE_RATE).samples[0]
    else:
        samples = changed_recording(path, changes)
    start, end = speech_span(samples, SAMPLE_RATE) or (0, samples.size)
    return samples[start:end]


def speech_copies(path: str, content_hash: str, copies: int, changes: Augmentation) -> list[FloatArray]:
    """Return the speech of a clip and changed copies of it, each of shape (samples,).

    Parameters
    ----------
    path : str
    content_hash : str
        SHA-256 of the recording's bytes, which decides how it is changed.
    copies : int
    changes : Augmentation
    """
    speech, seed = speech_of(path), content_seed(content_hash)
    numbers = range(1, copies + 1)
    return [speech, *(changes(speech, SAMPLE_RATE, seed=(seed + number) % 2**32) for number in numbers)]
