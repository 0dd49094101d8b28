"""Decoding with FFmpeg through PyAV: AAC, WebM, video, AMR, WMA, and what libsndfile refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import av
import av.error
import numpy as np
from av.container import InputContainer

from affectone.audio.containers import Container
from affectone.audio.headers import Payload
from affectone.audio.signal import FloatArray, as_floats
from affectone.audio.sources import ByteSource, read_error
from affectone.errors import AudioDecodeError

__all__ = ["PyAVDecoder", "frame_samples"]

CHUNK_FRAMES = 16384
_PACKED = frozenset({"u8", "s16", "s32", "flt", "dbl"})
_PLANAR = frozenset(f"{name}p" for name in _PACKED)
MOST_PLANES = 8
MOST_CHANNELS = 64  # FFmpeg's converter takes no more.
# Encoders add up to two frames of silence around the sound, which some containers count and some do not.
SLACK_SECONDS = 0.3
_STATES_LENGTH = frozenset(
    {"mp4", "m4a", "mov", "3gp", "webm", "matroska", "wma", "wav", "caf", "wavpack", "ape"}
)

# Others reckon the time of a frame from bytes, or have none.
_STATES_TIMES = frozenset({"mp4", "m4a", "mov", "3gp", "webm", "matroska", "wma", "mpeg-ts", "flv"})
_COUNT_FROM_0 = frozenset({"asf", "matroska"})
"""Demuxers whose lengths are times of the end; others say how long the sound itself lasts."""
GAP_SECONDS = 0.2
"""What is missing between two frames is silence from here on; clocks of recorders run apart by less."""
MOST_GAP_SECONDS = 3600.0
"""A frame that lies further ahead has a damaged time."""

# PyAV also stumbles in its own bookkeeping where damaged bytes name streams that are not there.
_REFUSALS = (av.error.FFmpegError, ValueError, IndexError)


class PyAVDecoder:
    """Sound that FFmpeg decodes.

    The rate and the channels come from the first decoded frame: HE-AAC names half its rate in the header.

    Raises
    ------
    AudioDecodeError
        If there is no sound track, or FFmpeg reads none of it.
    """

    slack_seconds = SLACK_SECONDS

    def __init__(self, source: ByteSource, container: Container, payload: Payload | None) -> None:
        self._name = source.name
        self.damage = payload.damage if payload else None
        self._broken_packets = 0
        self._container = container
        with self._told():
            self._input: InputContainer = av.open(
                _without_name(source), "r", format=container.demuxer, metadata_errors="replace"
            )
        try:
            with self._told():
                self._open_track(container, payload)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what PyAV raises into errors of ours, with the file's name."""
        try:
            yield
        except _REFUSALS as error:
            words = str(getattr(error, "strerror", None) or error).strip().rstrip(".")
            held = self._container.name.upper()
            raise AudioDecodeError(
                f"{self._name}: holds {held} that is cut off or damaged: {words}"
            ) from error
        except OSError as error:  # Of the handle; PyAV carries it through FFmpeg.
            raise read_error(error, self._name) from error

    def _open_track(self, container: Container, payload: Payload | None) -> None:
        self._track = self._sound_track()
        self._frames = self._decoded()
        first = next(self._frames, None)
        if first is None:
            raise AudioDecodeError(
                f"{self._name}: holds {container.name.upper()} whose sound is cut off or damaged"
            )
        self._first = first
        self.sample_rate: int = first.sample_rate
        self.channels: int = first.layout.nb_channels
        if self.channels > MOST_CHANNELS:
            raise AudioDecodeError(
                f"{self._name}: its header promises {self.channels} channels; "
                f"of {container.name.upper()} in this encoding at most {MOST_CHANNELS} can be read"
            )
        codec = self._track.codec_context.codec.canonical_name
        self.subtype = str(codec)
        self.format = f"{container.name}/{codec}" if container.codecs_differ else container.name
        self.promised_frames = self._promised(container, payload)
        self._begins = self._beginning() if container.name in _STATES_TIMES else None
        if self.promised_frames is not None and self._begins is not None:
            counted_from = 0.0 if container.demuxer in _COUNT_FROM_0 else first.time
            self.promised_frames += round((counted_from - self._begins) * self.sample_rate)

    def _beginning(self) -> float | None:
        """Return the time in seconds at which the recording begins; beside video the sound may come later."""
        first, whole = self._first.time, self._input
        if first is None or not whole.streams.video or whole.start_time is None:
            return None if first is None else float(first)
        return min(float(first), whole.start_time / float(av.time_base))

    def _sound_track(self) -> Any:
        track = self._input.streams.best("audio")
        if track is None:
            held = "holds video but no sound" if self._input.streams.video else "holds no sound track"
            raise AudioDecodeError(f"{self._name}: {held}")
        if track.codec_context is None:
            raise AudioDecodeError(f"{self._name}: its sound is in a codec that FFmpeg does not know")
        return track

    def _promised(self, container: Container, payload: Payload | None) -> int | None:
        if container.name == "mp3":
            return payload.samples if payload else None
        if container.name not in _STATES_LENGTH:
            return None
        track, whole = self._track, self._input
        if track.duration is not None and track.time_base is not None:
            stated = round(float(track.duration * track.time_base) * self.sample_rate)
            # FFmpeg reckons with the bytes that are there.
            return payload.promised(stated) if payload else stated
        if whole.duration is None or whole.streams.video:
            # The whole lasts as long as its longest track, which need not be the sound.
            return None
        return round(whole.duration / av.time_base * self.sample_rate)

    def _decoded(self) -> Iterator[Any]:
        """Yield frames; a broken packet is counted and skipped."""
        packets = self._input.demux(self._track)
        while True:
            try:
                packet = next(packets, None)
                frames = packet.decode() if packet is not None else []
            except av.error.EOFError:
                return
            except _REFUSALS:
                self._broken_packets += 1
                continue
            if packet is None:
                return
            yield from frames

    def chunks(self) -> Iterator[FloatArray]:
        """Yield the sound; what could not be decoded is told in `damage` afterwards."""
        gathered: list[FloatArray] = []
        held = 0
        for piece in self._pieces():
            gathered.append(piece)
            held += piece.shape[1]
            if held >= CHUNK_FRAMES:
                yield np.concatenate(gathered, axis=1)
                gathered, held = [], 0
        if held:
            yield np.concatenate(gathered, axis=1)
        if self._broken_packets:
            self.damage = f"{self._broken_packets} damaged parts were skipped"

    def _pieces(self) -> Iterator[FloatArray]:
        """Yield samples of shape ``(channels, samples)``."""
        converter = av.AudioResampler(format="flt")
        read = 0
        with self._told():
            for frame in self._checked():
                missing = self._missing(frame, read)
                for start in range(0, missing, CHUNK_FRAMES):
                    yield np.zeros((self.channels, min(CHUNK_FRAMES, missing - start)), np.float32)
                read += missing
                for readable in [frame] if _readable(frame) else converter.resample(frame):
                    samples = _samples(readable)
                    read += samples.shape[1]
                    yield samples

    def _missing(self, frame: Any, read: int) -> int:
        """Return how much silence lies between what was read and a frame: nothing was sent meanwhile."""
        if self._begins is None or frame.time is None:
            return 0
        ahead = float(frame.time) - self._begins - read / self.sample_rate
        if ahead > MOST_GAP_SECONDS:
            self._begins += ahead
        return round(ahead * self.sample_rate) if GAP_SECONDS < ahead <= MOST_GAP_SECONDS else 0

    def _checked(self) -> Iterator[Any]:
        yield self._first
        for frame in self._frames:
            if (frame.sample_rate, frame.layout.nb_channels) != (self.sample_rate, self.channels):
                raise AudioDecodeError(
                    f"{self._name}: changes within from {self.sample_rate} Hz, {self.channels} channels "
                    f"to {frame.sample_rate} Hz, {frame.layout.nb_channels} channels; split it first"
                )
            yield frame

    def close(self) -> None:
        """Close FFmpeg's side."""
        self._input.close()


def frame_samples(frame: Any) -> FloatArray:
    """Return one decoded frame's samples, shape (channels, samples)."""
    readable = [frame] if _readable(frame) else av.AudioResampler(format="flt").resample(frame)
    return np.concatenate([_samples(one) for one in readable], axis=1)


def _samples(frame: Any) -> FloatArray:
    array = as_floats(frame.to_ndarray())
    return array if frame.format.is_planar else array.reshape(-1, frame.layout.nb_channels).T


def _readable(frame: Any) -> bool:
    """Tell whether PyAV gives this frame's samples rightly; it reads beyond 8 and more planes.

    Its converter is slower, and now and then swallows Ctrl-C.
    """
    name = frame.format.name
    return name in _PACKED or (name in _PLANAR and frame.layout.nb_channels < MOST_PLANES)


def _without_name(source: ByteSource) -> SimpleNamespace:
    """Return only a handle's methods: a name must be UTF-8 for PyAV.

    They are C code. Were they Python, Ctrl-C would come up within them, and PyAV would drop it.
    """
    handle = source.handle
    handle.seek(0)
    return SimpleNamespace(read=handle.read, seek=handle.seek, tell=handle.tell)
