"""Bytes or arrays to float32 chunks at their native rate: one interface, and the choice between decoders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy.typing as npt

from affectone.audio.containers import Container, named_wrongly, not_audio_because, sniff
from affectone.audio.headers import payload_of
from affectone.audio.raw import RawFormat
from affectone.audio.signal import FloatArray, as_floats, sound_array, valid_rate
from affectone.audio.sources import ByteSource
from affectone.errors import AudioDecodeError
from affectone.units import Hertz

__all__ = ["ArrayDecoder", "Decoder", "decoder_for"]

CHUNK_FRAMES = 65536
MP3_NOISE = 0.01
"""Where an MP3's size differs more than this from its header, libmpg123 writes to standard error."""


class Decoder(Protocol):
    """What the stream needs of a decoder. Chunks are of shape ``(channels, samples)``, of any length."""

    format: str
    subtype: str
    sample_rate: Hertz
    channels: int
    promised_frames: int | None
    slack_seconds: float
    """How much shorter than promised is ordinary for this format."""
    damage: str | None
    """What was found broken; complete after the chunks were read."""

    def chunks(self) -> Iterator[FloatArray]:
        """Yield the sound once, from beginning to end."""
        ...

    def close(self) -> None:
        """Let go of the decoder; the bytes below stay open."""
        ...


class ArrayDecoder:
    """Samples already in memory."""

    format = "array"
    slack_seconds = 0.0
    damage: str | None = None

    def __init__(self, samples: npt.ArrayLike, sample_rate: Hertz) -> None:
        self._samples = sound_array(samples)
        self.subtype = str(self._samples.dtype.newbyteorder("="))
        self.sample_rate = valid_rate(sample_rate)
        self.channels = int(self._samples.shape[0])
        self.promised_frames: int | None = int(self._samples.shape[1])

    def chunks(self) -> Iterator[FloatArray]:
        """Yield slices, each made float32 when its turn comes."""
        for start in range(0, self._samples.shape[1], CHUNK_FRAMES):
            yield as_floats(self._samples[:, start : start + CHUNK_FRAMES])

    def close(self) -> None:
        """Do nothing."""


def decoder_for(source: ByteSource, raw: RawFormat | None) -> tuple[Decoder, list[str]]:
    """Choose and open the decoder for some bytes.

    Returns
    -------
    tuple of Decoder and list of str
        The second are warnings about the file's name.

    Raises
    ------
    AudioDecodeError
        If the bytes are not audio, or no decoder reads them.
    """
    from affectone.audio._soundfile import SoundFileDecoder

    container = sniff(source.handle)
    if raw is not None:
        warnings = [f"read as raw {raw} although it holds {container.name.upper()}"] if container else []
        return SoundFileDecoder.raw(source, raw), warnings
    if container is None:
        return _unrecognised(source), []
    warning = named_wrongly(source.extension, container)
    return _opened(source, container), [warning] if warning else []


def _opened(source: ByteSource, container: Container) -> Decoder:
    from affectone.audio._soundfile import SoundFileDecoder

    payload = payload_of(source.handle, container, source.size)
    noisy = payload is not None and container.name == "mp3" and payload.off_by > MP3_NOISE
    # libsndfile hears nothing of what was left open, and of a chain its first link alone.
    partly = payload is not None and (payload.left_open or payload.chained)
    if not container.soundfile or noisy or partly:
        return _by_ffmpeg(source, container)
    try:
        return SoundFileDecoder(source, container, payload)
    except AudioDecodeError as refusal:
        try:
            return _by_ffmpeg(source, container)
        except AudioDecodeError:
            raise refusal from None


def _by_ffmpeg(source: ByteSource, container: Container) -> Decoder:
    # PyAV takes 0.1 s to import, which most recordings do not need.
    from affectone.audio._pyav import PyAVDecoder

    return PyAVDecoder(source, container, payload_of(source.handle, container, source.size))


def _unrecognised(source: ByteSource) -> Decoder:
    """Leave rare formats that libsndfile knows (VOC, NIST SPHERE, IRCAM) to it; say what the rest is."""
    from affectone.audio._soundfile import SoundFileDecoder

    try:
        return SoundFileDecoder(source, None, None)
    except AudioDecodeError:
        source.handle.seek(0)
        reason = not_audio_because(source.handle.read(512))
        raise AudioDecodeError(f"{source.name}: {reason}") from None
