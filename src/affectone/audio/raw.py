"""`RawFormat`: what a caller must say of samples that come without a header."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass

from affectone.audio.signal import valid_rate
from affectone.errors import AudioValueError, unknown_name
from affectone.units import Hertz

__all__ = ["RAW_ENCODINGS", "RawFormat", "raw_format"]

MOST_CHANNELS = 1024
MOST_DIGITS = 10

RAW_ENCODINGS: dict[str, tuple[str, str, int]] = {
    "u8": ("PCM_U8", "FILE", 1),
    "s8": ("PCM_S8", "FILE", 1),
    "s16le": ("PCM_16", "LITTLE", 2),
    "s16be": ("PCM_16", "BIG", 2),
    "s24le": ("PCM_24", "LITTLE", 3),
    "s32le": ("PCM_32", "LITTLE", 4),
    "f32le": ("FLOAT", "LITTLE", 4),
    "f64le": ("DOUBLE", "LITTLE", 8),
    "mulaw": ("ULAW", "FILE", 1),
    "alaw": ("ALAW", "FILE", 1),
}
"""Encoding -> libsndfile's subtype and byte order, and bytes per sample."""


@dataclass(frozen=True, slots=True)
class RawFormat:
    """Encoding, rate and channels of headerless samples.

    Parameters
    ----------
    encoding : str
        One of `RAW_ENCODINGS`.
    sample_rate : int
        In Hz.
    channels : int
        Interleaved channels.

    Raises
    ------
    AudioValueError
        If one of them is unknown or out of range.

    Examples
    --------
    >>> RawFormat.parse("s16le:8000:1")
    RawFormat(encoding='s16le', sample_rate=8000, channels=1)
    """

    encoding: str
    sample_rate: Hertz
    channels: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.encoding, str) or self.encoding not in RAW_ENCODINGS:
            raise AudioValueError(unknown_name("raw encoding", self.encoding, RAW_ENCODINGS))
        valid_rate(self.sample_rate)
        count = self.channels
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_CHANNELS:
            raise AudioValueError(f"channels must be a whole number from 1 to {MOST_CHANNELS}; got {count!r}")

    @classmethod
    def parse(cls, text: str) -> RawFormat:
        """Read ``encoding:rate:channels``, for example ``s16le:8000:1``."""
        parts = text.split(":") if isinstance(text, str) else []
        if len(parts) != 3 or not all(part.isdecimal() and len(part) <= MOST_DIGITS for part in parts[1:]):
            raise AudioValueError(
                "a raw format is written encoding:rate:channels, such as s16le:8000:1; "
                f"got {reprlib.repr(text)}"
            )
        return cls(parts[0], int(parts[1]), int(parts[2]))

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return RAW_ENCODINGS[self.encoding][2] * self.channels

    def __str__(self) -> str:
        return f"{self.encoding}:{self.sample_rate}:{self.channels}"


def raw_format(raw: RawFormat | str | None) -> RawFormat | None:
    """Return a raw format given as such or as it is written."""
    return raw if raw is None or isinstance(raw, RawFormat) else RawFormat.parse(raw)
