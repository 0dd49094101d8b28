"""States of recordings, each at its true length; padded together with masks; kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.audio import load_audio
from affectone.errors import AudioValueError
from affectone.files import replaced
from affectone.units import Seconds, seconds_to_samples

if TYPE_CHECKING:
    from affectone.features.encoder.base import Encoder

__all__ = ["LONGEST", "SHORTEST", "cached_states", "encoder_states", "pad_states"]

RATE = 16_000
SHORTEST: Seconds = 0.1
"""Below it the convolutions have nothing to work on."""
LONGEST: Seconds = 30.0
"""Whisper has positions for this much; attention grows with the square of it."""
VERSION = 1
"""Raised whenever the same recording and encoder would give other states."""

FloatArray = npt.NDArray[np.float32]


def encoder_states(encoder: Encoder, samples: npt.ArrayLike) -> FloatArray:
    """Return what an encoder makes of a recording, before its first layer and after each.

    Parameters
    ----------
    encoder : Encoder
        Of `load_encoder`.
    samples : array_like of float, shape (samples,)
        At 16 kHz, in [-1, 1]; its level is of no effect.

    Returns
    -------
    numpy.ndarray of float32, shape (layers + 1, frames, dims)

    Raises
    ------
    AudioValueError
        If it has another shape, or is shorter than 0.1 s or longer than 30 s.
    """
    import torch

    heard = np.asarray(samples, np.float32)
    if heard.ndim != 1:
        raise AudioValueError(f"an encoder takes one channel, shape (samples,); got {heard.shape}")
    if not seconds_to_samples(SHORTEST, RATE) <= heard.size <= seconds_to_samples(LONGEST, RATE):
        raise AudioValueError(
            f"an encoder takes {SHORTEST:g} to {LONGEST:g} s at {RATE} Hz; got {heard.size / RATE:.3f} s"
        )
    with torch.inference_mode():
        states: FloatArray = encoder(torch.from_numpy(heard.copy())[None])[0].numpy()
    return states


def pad_states(states: Sequence[FloatArray]) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Put the states of recordings of several lengths into one array, zeros behind the shorter ones.

    Parameters
    ----------
    states : sequence of numpy.ndarray, shape (layers + 1, frames, dims)

    Returns
    -------
    padded : numpy.ndarray of float32, shape (recordings, layers + 1, longest, dims)
    mask : numpy.ndarray of bool, shape (recordings, longest)
        True where there is a frame.
    """
    lengths = np.array([clip.shape[1] for clip in states])
    mask = np.arange(lengths.max()) < lengths[:, None]
    layers, _, dims = states[0].shape
    padded = np.zeros((len(states), layers, lengths.max(), dims), np.float32)
    for place, clip in zip(padded, states, strict=True):
        place[:, : clip.shape[1]] = clip
    return padded, mask


def cached_states(path: str | Path, encoder: Encoder, *, name: str, folder: Path) -> FloatArray:
    """Return the states of a recording, taken from disk where they are; kept in half precision.

    Parameters
    ----------
    path : str or Path
    encoder : Encoder
    name : str
        Of the encoder; with the layers kept and the content of the file it is the key.
    folder : Path
        Of the cache.

    Returns
    -------
    numpy.ndarray of float32, shape (layers + 1, frames, dims)

    Raises
    ------
    AudioError
        If the recording cannot be read, or is too short or too long.
    """
    content = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    place = folder / f"states-{VERSION}" / f"{name}-{len(encoder.layers)}" / content[:2] / f"{content}.npy"
    if place.exists():
        return np.asarray(np.load(place, allow_pickle=False), np.float32)
    states = encoder_states(encoder, load_audio(path, sample_rate=RATE).samples[0]).astype(np.float16)
    place.parent.mkdir(parents=True, exist_ok=True)
    with replaced(place) as part, part.open("wb") as file:
        np.save(file, states)
    return states.astype(np.float32)
