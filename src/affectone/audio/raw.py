"""`RawFormat`: what a caller must say of samples that come without a header."""

from __future__ import annotations

from dataclasses import dataclass

from affectone.audio.signal import valid_rate
from affectone.errors import AudioValueError, unknown_name
from affectone.units import Hertz

__all__ = ["RAW_ENCODINGS", "RawFormat"]

MOST_CHANNELS = 1024

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
        if self.encoding not in RAW_ENCODINGS:
            raise AudioValueError(unknown_name("raw encoding", self.encoding, RAW_ENCODINGS))
        valid_rate(self.sample_rate)
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise AudioValueError(f"channels must be between 1 and {MOST_CHANNELS}; got {self.channels}")

    @classmethod
    def parse(cls, text: str) -> RawFormat:
        """Read ``encoding:rate:channels``, for example ``s16le:8000:1``."""
        parts = text.split(":")
        if len(parts) != 3 or not all(part.isdecimal() for part in parts[1:]):
            raise AudioValueError(
                f"a raw format is written encoding:rate:channels, such as s16le:8000:1; got {text!r}"
            )
        return cls(parts[0], int(parts[1]), int(parts[2]))

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return RAW_ENCODINGS[self.encoding][2] * self.channels

    def __str__(self) -> str:
        return f"{self.encoding}:{self.sample_rate}:{self.channels}"
