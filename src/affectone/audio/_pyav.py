"""Decoding with FFmpeg through PyAV: AAC, WebM, video, AMR, WMA, and what libsndfile refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import av
import av.error
import numpy as np
from av.container import InputContainer

from affectone.audio.containers import Container
from affectone.audio.headers import Payload
from affectone.audio.signal import FloatArray
from affectone.audio.sources import ByteSource, GuardedHandle
from affectone.errors import AudioDecodeError

__all__ = ["PyAVDecoder"]

CHUNK_FRAMES = 16384
# Encoders add up to two frames of silence around the sound, which some containers count and some do not.
SLACK_SECONDS = 0.3
_STATES_LENGTH = frozenset(
    {"mp4", "m4a", "mov", "3gp", "webm", "matroska", "wma", "wav", "caf", "wavpack", "ape"}
)


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
        self._guard = GuardedHandle(source)
        try:
            self._input: InputContainer = av.open(
                self._guard, "r", format=container.demuxer, metadata_errors="replace"
            )
        except (av.error.FFmpegError, ValueError) as error:
            self._guard.check()
            raise AudioDecodeError(f"{source.name}: {_refusal(container, error)}") from error
        try:
            self._open_track(container, payload)
        except BaseException:
            self.close()
            raise

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
        codec = self._track.codec_context.codec.canonical_name
        self.subtype = str(codec)
        self.format = f"{container.name}/{codec}" if container.codecs_differ else container.name
        self.promised_frames = self._promised(container, payload)

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
        if track.duration is not None:
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
                self._guard.check()
            except av.error.FFmpegError as error:
                if isinstance(error, EOFError):
                    return
                self._broken_packets += 1
                continue
            if packet is None:
                return
            yield from frames

    def chunks(self) -> Iterator[FloatArray]:
        """Yield the sound; what could not be decoded is told in `damage` afterwards."""
        resampler = av.AudioResampler(format="fltp")
        gathered: list[FloatArray] = []
        held = 0
        for frame in self._checked():
            for planar in resampler.resample(frame):
                gathered.append(cast(FloatArray, planar.to_ndarray()))
                held += planar.samples
            if held >= CHUNK_FRAMES:
                yield np.concatenate(gathered, axis=1)
                gathered, held = [], 0
        if held:
            yield np.concatenate(gathered, axis=1)
        if self._broken_packets:
            self.damage = f"{self._broken_packets} damaged parts were skipped"

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


def _refusal(container: Container, error: Exception) -> str:
    words = getattr(error, "strerror", None) or str(error)
    return f"holds {container.name.upper()} that is cut off or damaged: {str(words).strip().rstrip('.')}"
