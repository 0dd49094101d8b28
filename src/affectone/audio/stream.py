"""`open_audio` and `load_audio`: any source, at the wanted rate and channels, in blocks or whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Literal, Self, TypeAlias

import numpy as np

from affectone.audio.decoders import ArrayDecoder, Decoder, decoder_for
from affectone.audio.levels import LevelWatch
from affectone.audio.raw import RawFormat, raw_format
from affectone.audio.resample import resampled
from affectone.audio.signal import FloatArray, Signal, sound_rate, valid_rate
from affectone.audio.sources import (
    AudioSource,
    ByteSource,
    DecodedElsewhere,
    open_bytes,
    read_error,
    source_name,
)
from affectone.errors import AudioDecodeError, AudioValueError, unknown_name
from affectone.units import Hertz, Seconds, seconds_to_samples

__all__ = ["AudioStream", "Channels", "load_audio", "open_audio"]

Channels: TypeAlias = Literal["mix", "split"] | int
"""``"mix"``: the mean of all channels; ``"split"``: all of them; a number: that one, counted from 0."""

LEAST_SECONDS = 0.3
"""Of a cut recording, less than this is an error instead of a warning."""
WHOLE_BLOCK_SECONDS = 600.0
LOUDEST = 1e6
"""Samples of floats may be near the largest that there are, and resampled they would be none any more."""


def open_audio(
    source: AudioSource,
    *,
    sample_rate: Hertz | None = 16000,
    channels: Channels = "mix",
    raw: RawFormat | str | None = None,
) -> AudioStream:
    """Open a recording to read it block by block; memory does not grow with its length.

    Parameters
    ----------
    source : path, bytes, binary file object, Signal, or tuple of array and rate
        The format is decided by the content, never by the name.
    sample_rate : int or None, default 16000
        Rate of the blocks in Hz; None keeps the recording's own.
    channels : "mix", "split" or int, default "mix"
        The mean of all channels, all of them, or one, counted from 0.
    raw : RawFormat or str, optional
        What headerless samples are, also as ``"s16le:8000:1"``. Without it the source must have a header.

    Returns
    -------
    AudioStream
        A context manager.

    Raises
    ------
    AudioNotFoundError
        If there is no such file.
    AudioDecodeError
        If the bytes are empty, or not audio.
    AudioValueError
        If a setting or an array is not sound.

    Examples
    --------
    >>> with open_audio((np.zeros((2, 48000)), 48000), sample_rate=16000) as stream:
    ...     [block.shape for block in stream.blocks(0.75)]
    [(1, 12000), (1, 4000)]
    """
    rate = None if sample_rate is None else valid_rate(sample_rate)
    form = raw_format(raw)
    if isinstance(source, Signal | tuple | np.ndarray):
        if form is not None:
            raise AudioValueError("raw describes bytes without a header; an array has none")
        return AudioStream(_array_decoder(source), source_name(source), rate, channels, _told(source))
    if isinstance(source, DecodedElsewhere):
        if form is not None:
            raise AudioValueError("raw is for who decodes")
        decoder, warnings = source.open()
        return AudioStream(decoder, source_name(source), rate, channels, warnings)
    opened = open_bytes(source)
    try:
        decoder, warnings = decoder_for(opened, form)
        return AudioStream(decoder, opened.name, rate, channels, warnings, opened)
    except BaseException as error:
        opened.close()
        if isinstance(error, OSError):
            raise read_error(error, opened.name) from error
        raise


def load_audio(
    source: AudioSource,
    *,
    sample_rate: Hertz | None = 16000,
    channels: Channels = "mix",
    raw: RawFormat | str | None = None,
) -> Signal:
    """Read a whole recording into memory.

    The parameters and errors are those of `open_audio`; the samples are those of its blocks, put together.

    Returns
    -------
    Signal
        With the warnings of the reading.

    Examples
    --------
    >>> load_audio((np.zeros((2, 48000)), 48000)).samples.shape
    (1, 16000)
    """
    with open_audio(source, sample_rate=sample_rate, channels=channels, raw=raw) as stream:
        samples = np.concatenate(list(stream.blocks(WHOLE_BLOCK_SECONDS)), axis=1)
        return Signal(samples, stream.sample_rate, stream.source, stream.warnings)


class AudioStream:
    """A recording being read; made by `open_audio`.

    Attributes
    ----------
    source : str
        Its name, as messages have it.
    sample_rate, channels : int
        Of the blocks.
    native_rate, native_channels : int
        Of the recording itself.
    format, subtype : str
        Container, with its codec where there are several (``"wav"``, ``"ogg/opus"``, ``"m4a/aac"``), and
        encoding (``"PCM_16"``, ``"aac"``).
    promised_seconds : float or None
        Length that the header states.
    """

    def __init__(
        self,
        decoder: Decoder,
        source: str,
        sample_rate: Hertz | None,
        channels: Channels,
        warnings: Iterable[str] = (),
        opened: ByteSource | None = None,
    ) -> None:
        self.source = source
        self.format = decoder.format
        self.subtype = decoder.subtype
        self.native_rate = sound_rate(decoder.sample_rate, source)
        self.native_channels = decoder.channels
        self.sample_rate = sample_rate or self.native_rate
        self._pick = _valid_channels(channels, decoder.channels, source)
        self.channels = decoder.channels if channels == "split" else 1
        promised = decoder.promised_frames
        self.promised_seconds: Seconds | None = None if promised is None else promised / self.native_rate
        self._decoder = decoder
        self._opened = opened
        self._noted = list(warnings)
        self._levels = LevelWatch(source, self.native_rate)
        self._begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened; a file object that the caller gave stays open."""
        self._decoder.close()
        if self._opened is not None:
            self._opened.close()

    @property
    def seconds_read(self) -> Seconds:
        """How much of the recording was read so far."""
        return self._levels.frames / self.native_rate

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong without making the recording useless; complete once the blocks were read."""
        return tuple(dict.fromkeys(self._noted))

    def blocks(self, seconds: Seconds = 10.0) -> Iterator[FloatArray]:
        """Yield the sound once, in blocks of one length; the last one is shorter.

        Parameters
        ----------
        seconds : float, default 10
            Length of a block. The samples do not depend on it.

        Yields
        ------
        numpy.ndarray of float32, shape (channels, samples)
            In [-1, 1].

        Raises
        ------
        AudioDecodeError
            If there is no sound, or the recording is cut to less than 0.3 s.
        AudioValueError
            If samples are NaN or infinite, or the blocks were asked for before.
        """
        length = seconds_to_samples(seconds, self.sample_rate) if math.isfinite(seconds) else 0
        if length < 1:
            raise AudioValueError(f"a block must last at least one sample; got {seconds!r} s")
        if self._begun:
            raise AudioValueError(f"{self.source}: its blocks were asked for before; open it again")
        self._begun = True
        return self._reblocked(length)

    def _reblocked(self, length: int) -> Iterator[FloatArray]:
        produced = 0
        for block in reblocked(resampled(self._picked(), self.native_rate, self.sample_rate), length):
            produced += block.shape[1]
            yield np.clip(block, -1.0, 1.0)
        self._judge()
        if not produced:
            there = self._levels.frames
            words = (
                f"is too short: {there} samples at {self.native_rate} Hz"
                if there
                else "holds no sound (0 samples)"
            )
            raise AudioDecodeError(f"{self.source}: {words}")

    def _picked(self) -> Iterator[FloatArray]:
        for decoded in self._decoder.chunks():
            too_loud = self._levels.see(decoded) > LOUDEST
            chunk = np.clip(decoded, -LOUDEST, LOUDEST) if too_loud else decoded
            if isinstance(self._pick, int):
                picked = chunk[self._pick : self._pick + 1]
            elif self._pick == "mix" and self.native_channels > 1:
                picked = chunk.mean(axis=0, keepdims=True, dtype=np.float32)
            else:
                picked = chunk
            self._levels.see_picked(picked)
            yield picked

    def _judge(self) -> None:
        """Note what can be said only at the end: cut, damaged, silent, too loud."""
        cut = self.cut
        if cut and self.seconds_read < LEAST_SECONDS:
            raise AudioDecodeError(f"{self.source}: {cut}; less than {LEAST_SECONDS} s is left")
        self._noted += [cut] if cut else []
        self._noted += self._levels.warnings()

    @property
    def cut(self) -> str | None:
        """What is missing of a recording that is cut short or damaged; complete once the blocks were read."""
        damage, promised = self._decoder.damage, self.promised_seconds
        if promised is not None and promised - self.seconds_read > self._decoder.slack_seconds:
            words = f"cut short: promised {promised:.2f} s, read {self.seconds_read:.2f} s"
            return f"{words} ({damage})" if damage else words
        return f"damaged: {damage}; read {self.seconds_read:.2f} s" if damage else None


def reblocked(chunks: Iterable[FloatArray], length: int) -> Iterator[FloatArray]:
    """Cut chunks of any length into blocks of one length; the last one is shorter."""
    held: list[FloatArray] = []
    count = 0
    for chunk in chunks:
        held.append(chunk)
        count += chunk.shape[1]
        if count < length:
            continue
        joined = np.concatenate(held, axis=1)
        whole = count - count % length
        yield from (joined[:, at : at + length] for at in range(0, whole, length))
        held, count = [joined[:, whole:]], count - whole
    if count:
        yield np.concatenate(held, axis=1)


def _array_decoder(source: object) -> ArrayDecoder:
    if isinstance(source, Signal):
        return ArrayDecoder(source.samples, source.sample_rate)
    if not isinstance(source, tuple):
        raise AudioValueError("an array needs its sample rate: pass (array, sample_rate)")
    if len(source) != 2 or isinstance(source[1], list | tuple) or np.ndim(source[1]) != 0:
        raise AudioValueError("an array comes as a tuple of two: (array, sample_rate)")
    return ArrayDecoder(source[0], source[1])


def _told(source: object) -> tuple[str, ...]:
    return source.warnings if isinstance(source, Signal) else ()


def _valid_channels(channels: Channels, there: int, source: str) -> Channels:
    if isinstance(channels, str):
        if channels not in ("mix", "split"):
            raise AudioValueError(unknown_name("channels", channels, ("mix", "split", "a number from 0")))
        return channels
    if isinstance(channels, bool) or not isinstance(channels, int | np.integer):
        raise AudioValueError(f"channels must be 'mix', 'split' or a number from 0; got {channels!r}")
    if not 0 <= channels < there:
        has = "1 channel (0)" if there == 1 else f"{there} channels (0 to {there - 1})"
        raise AudioValueError(f"{source}: has {has}; there is no channel {channels}")
    return int(channels)
