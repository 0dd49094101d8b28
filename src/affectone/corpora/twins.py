"""Recordings that repeat another one, as it is or changed: found by a signature of their sound.

The signature looks at what no two takes share, even of one sentence by one speaker: the fine structure of the
spectrum of the whole clip, from 80 to 1800 Hz. Its magnitude stays as it is when a clip is shifted or padded.
Dividing it by its own mean over 6 Hz takes out level, equaliser and room, and what voices, words and pitch
have in common. What is left, a thousand values for each second, is added up with random signs to 256 numbers,
so that the cosine of two signatures is about that of the two spectra (a count sketch: Charikar, Chen and
Farach-Colton 2002).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import soxr

from affectone.audio import FloatArray
from affectone.audio.levels import SILENT_PEAK
from affectone.units import Hertz, seconds_to_samples

__all__ = ["SAME_RECORDING", "Signature", "group_recordings"]

SIZE = 256
"""Numbers, and bytes, of a signature."""
SAME_RECORDING = 0.5
"""Signatures with a larger cosine are of one recording. Two that have nothing in common pass 0.4 once in some
ten billion pairs."""

RATE = 4000
LENGTH = 2**16
SECONDS = LENGTH / RATE
LOWEST, HIGHEST = (round(frequency * LENGTH / RATE) for frequency in (80, 1800))
SMOOTHED = round(6 * LENGTH / RATE)
LOUDER_COUNTS = 0.25
"""Exponent of the mean level by which a frequency weighs: noise lies where speech is weak."""

LEAST_SOUND = 0.4
SOUND_REACH_DB = 40.0
FRAME_SECONDS = 0.02
FEWEST_VALUES = 800
"""Fewer values that matter are a few steady tones, which two recordings may share; speech has above 1400."""

PAIRED_AT_ONCE = 2048, 8192


class Signature:
    """The signature of one recording, fed block by block.

    Measured on seven corpora of 18,659 clips (``benchmarks/twins.py``): of their 174 million pairs, ten are
    taken for one recording, and all ten are; of the others, none comes above a cosine of 0.45. Of 498 clips
    at random a changed copy is found in every case or nearly (98 % and more) after another level, polarity
    or rate, silence added, 0.1 s or a tenth cut off, fades, equalisers, a telephone's band, a small room,
    8 bits, clipping by 6 dB, MP3, Vorbis or Opus at their lowest quality, and noise of 20 dB. It is found in
    93 % after noise of 10 dB, 94 % after clipping by 12 dB, 77 % after noise of 5 dB; quiet single words are
    missed first.

    A change of speed or pitch is not found, not even of 1 %, nor is a cut that leaves out much of the sound.
    A clip has no signature if it is silent, has less than 0.4 s of sound, or is a few steady tones (26 of the
    clips). Of a long recording the first 16.4 s count.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    """

    def __init__(self, sample_rate: Hertz) -> None:
        self._rate = sample_rate
        self._wanted = seconds_to_samples(SECONDS, sample_rate)
        self._blocks: list[FloatArray] = []

    def add(self, mono: FloatArray) -> None:
        """Take in samples of shape ``(samples,)``."""
        if self._wanted > 0:
            self._blocks.append(mono[: self._wanted].copy())
            self._wanted -= len(mono)

    @property
    def digest(self) -> bytes:
        """The signature as 256 signed bytes, or none where there is too little sound."""
        if not any(map(len, self._blocks)):
            return b""
        sound = np.concatenate(self._blocks)
        sound -= sound.mean()  # An offset would end in two steps, which clips of one length share.
        if not _enough(sound, self._rate):
            return b""
        values = _fine_structure(soxr.resample(sound, self._rate, RATE)[:LENGTH])
        powers = np.square(values)
        if powers.sum() ** 2 < FEWEST_VALUES * np.square(powers).sum():
            return b""
        padded = np.pad(values, (0, len(_signs()) - len(values))) * _signs()
        sums = padded.reshape(-1, SIZE).sum(axis=0)
        return bytes(np.rint(sums * (127 / np.abs(sums).max())).astype(np.int8))


def _enough(sound: FloatArray, sample_rate: Hertz) -> bool:
    """Tell whether 0.4 s of frames come within 40 dB of the loudest one."""
    length = seconds_to_samples(FRAME_SECONDS, sample_rate)
    frames = sound[: len(sound) // length * length].reshape(-1, length)
    if not frames.size or np.abs(frames).max() < SILENT_PEAK:
        return False
    power = np.square(frames).mean(axis=1)
    heard = np.count_nonzero(power >= power.max() * 10 ** (-SOUND_REACH_DB / 10))
    return bool(heard * FRAME_SECONDS >= LEAST_SOUND)


def _fine_structure(sound: FloatArray) -> npt.NDArray[np.float64]:
    magnitude = np.abs(np.fft.rfft(sound, LENGTH))[LOWEST:HIGHEST].astype(np.float64)
    local = np.sqrt(_smoothed(np.square(magnitude))) + 1e-9 * magnitude.max()
    ratio = magnitude / local
    values: npt.NDArray[np.float64] = (ratio - _smoothed(ratio)) * local**LOUDER_COUNTS
    return values


def _smoothed(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the mean over 6 Hz around each value; at the ends, of those there are."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    places = np.arange(len(values))
    first = np.maximum(places - SMOOTHED // 2, 0)
    last = np.minimum(places + SMOOTHED // 2 + 1, len(values))
    means: npt.NDArray[np.float64] = (sums[last] - sums[first]) / (last - first)
    return means


@cache
def _signs() -> npt.NDArray[np.float64]:
    """Return +1 or -1 for each frequency, the same on every machine and in every release of numpy."""
    count = -(-(HIGHEST - LOWEST) // SIZE) * SIZE
    stream = hashlib.shake_256(b"affectone").digest(count // 8)
    return np.where(np.unpackbits(np.frombuffer(stream, np.uint8)), 1.0, -1.0)


def group_recordings(
    signatures: Sequence[bytes],
    content_hashes: Sequence[str | None],
    *,
    told: Iterable[tuple[int, int]] = (),
) -> npt.NDArray[np.int64]:
    """Group recordings whose sound is equal, or whose signatures say that one is a changed copy of the other.

    Parameters
    ----------
    signatures : sequence of bytes
        As `Signature` gives them; an empty one is like no other.
    content_hashes : sequence of str or None
        Equal ones are equal sound; None equals nothing. Silent recordings should have None: two that happen
        to be of one length repeat no speech.
    told : iterable of pairs of int
        Places of two that are known to be of one recording.

    Returns
    -------
    numpy.ndarray of int64, shape (recordings,)
        For each the place of the first recording of its group; its own where it is alone.
    """
    groups = np.arange(len(signatures))
    firsts: dict[str, int] = {}
    for place, content in enumerate(content_hashes):
        if content is not None:
            groups[place] = firsts.setdefault(content, place)
    alone = np.flatnonzero(groups == np.arange(len(groups)))
    signed = [place for place in alone.tolist() if signatures[place]]
    for one, other in _alike([signatures[place] for place in signed]):
        _join(groups, signed[one], signed[other])
    for one, other in told:
        _join(groups, one, other)
    return np.array([_leader(groups, place) for place in range(len(groups))], dtype=np.int64)


def _alike(signatures: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of one recording, by products of parts of the matrix of all pairs."""
    rows, columns = PAIRED_AT_ONCE
    numbers = np.frombuffer(b"".join(signatures), np.int8).reshape(-1, SIZE).astype(np.float32)
    numbers /= np.linalg.norm(numbers, axis=1, keepdims=True)
    for top in range(0, len(numbers), rows):
        for left in range(top, len(numbers), columns):
            cosines = numbers[top : top + rows] @ numbers[left : left + columns].T
            for one, other in np.argwhere(cosines > SAME_RECORDING):
                if top + one < left + other:
                    yield top + int(one), left + int(other)


def _leader(groups: npt.NDArray[np.int64], place: int) -> int:
    while groups[place] != place:
        groups[place] = groups[groups[place]]
        place = int(groups[place])
    return place


def _join(groups: npt.NDArray[np.int64], one: int, other: int) -> None:
    first, second = sorted((_leader(groups, one), _leader(groups, other)))
    groups[second] = first
