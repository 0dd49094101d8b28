"""What is measured in a recording of any length, in pieces, as if it were measured at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from affectone.features import FEATURES
from affectone.features.sound import Sound, decibels
from affectone.features.spectral import contrast_of, peaks_and_valleys

if TYPE_CHECKING:
    from affectone.audio import FloatArray
    from affectone.features import Settings

__all__ = ["over_pieces"]

Part: TypeAlias = "Callable[[Sound], FloatArray]"
Finish: TypeAlias = "Callable[[FloatArray, Settings], FloatArray]"


def over_pieces(feature: str, blocks: Iterable[FloatArray], settings: Settings) -> FloatArray:
    """Measure a recording that comes in blocks; only a few numbers a frame are held of more than one.

    Floors in decibels are those of the whole recording. The tuning of chroma is that of the first block.

    Parameters
    ----------
    feature : str
        One of `MEASURED`.
    blocks : iterable of arrays of float32, shape (samples,)
        All of one length but the last; it is a multiple of the hop, and longer than two frames.
    settings : Settings

    Returns
    -------
    numpy.ndarray of float32, shape (frames, dims)
        As `affectone.features.extract` measures them.
    """
    part, finish = MEASURED[feature]
    lead = -(-settings.n_fft // (2 * settings.hop))
    pieces: list[FloatArray] = []
    tuning: float | None = None
    for samples in _overlapping(blocks, 2 * lead * settings.hop):
        sound = Sound(samples, settings)
        if feature == "chroma" and tuning is not None:
            sound.tuning = tuning
        # Frames that reach over the ends of a piece are taken from its neighbour.
        pieces.append(part(sound)[lead if pieces else 0 :])
        tuning = sound.tuning if feature == "chroma" else None
    whole = np.concatenate([*(piece[: -lead - 1] for piece in pieces[:-1]), pieces[-1]])
    return finish(whole, settings)


def _overlapping(blocks: Iterable[FloatArray], size: int) -> Iterator[FloatArray]:
    """Yield blocks, each behind so many of the samples before it."""
    tail: FloatArray | None = None
    for block in blocks:
        samples = block if tail is None else np.concatenate([tail, block])
        yield samples
        tail = samples[-size:]


def _mfcc(mel: FloatArray, settings: Settings) -> FloatArray:
    whole = Sound(np.broadcast_to(np.float32(0), (len(mel) - 1) * settings.hop), settings)
    whole.mel = mel
    return FEATURES.get("mfcc").over_frames(whole).values


def _contrast(both: FloatArray, settings: Settings) -> FloatArray:
    peaks, valleys = np.split(both, 2, axis=1)
    return contrast_of(peaks, valleys, settings.top_db)


MEASURED: dict[str, tuple[Part, Finish]] = {
    "log_mel": (lambda sound: sound.mel, lambda mel, settings: decibels(mel, settings.top_db)),
    "mfcc": (lambda sound: sound.mel, _mfcc),
    "chroma": (lambda sound: FEATURES.get("chroma").over_frames(sound).values, lambda values, _: values),
    "contrast": (lambda sound: np.hstack(peaks_and_valleys(sound)), _contrast),
}
"""Feature set -> what is measured in a piece, and what becomes of all pieces together."""
