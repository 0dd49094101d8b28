"""`LiveSession`: sound that comes in block by block, answered while it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import soxr

from affectone.audio.signal import FloatArray, sound_array, valid_rate, valid_samples
from affectone.errors import AudioValueError
from affectone.recognition.names import checked_names
from affectone.recognition.over_time import ChannelTold, OverTime
from affectone.recognition.segments import Told
from affectone.recognition.timeline import Segment, in_time
from affectone.recognition.track import Progress
from affectone.recognition.windows import Place
from affectone.units import Hertz, Seconds, samples_to_seconds

__all__ = ["LiveSession"]

Event: TypeAlias = Literal["segment", "step"]

MOST_CHANNELS = 32
LIVE = "<live>"
"""The file of what comes from no file."""


class LiveSession:
    """Sound that comes in block by block; made by `Recognizer.stream`.

    It answers what `Recognizer.timeline` answers for the same sound, whatever the length of the blocks. One
    session belongs to one thread.

    Attributes
    ----------
    channels : int
    """

    def __init__(
        self, settings: OverTime, sample_rate: Hertz, channels: int, names: Sequence[str] | None, file: str
    ) -> None:
        whole = isinstance(channels, int | np.integer) and not isinstance(channels, bool)
        if not whole or not 1 <= channels <= MOST_CHANNELS:
            raise AudioValueError(f"channels must be from 1 to {MOST_CHANNELS}; got {channels!r}")
        self.channels = channels = int(channels)
        self._native, self._rate = valid_rate(sample_rate), settings.runner.artefact.card.sample_rate
        speakers = checked_names(names, channels)
        self._told = [
            ChannelTold(settings, file, *one) for one in zip(range(channels), speakers, strict=True)
        ]
        self._resampler = (
            None
            if self._native == self._rate
            else soxr.ResampleStream(self._native, self._rate, channels, dtype="float32", quality="HQ")
        )
        self._current: list[Segment | None] = [None] * channels
        self._steps: list[tuple[int, tuple[Place, Told]]] = []
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False

    @property
    def seconds(self) -> Seconds:
        """How much sound was heard."""
        return samples_to_seconds(self._told[0].track.known, self._rate)

    def push(self, samples: npt.ArrayLike) -> list[Segment]:
        """Take the next samples and return the segments that have ended.

        Parameters
        ----------
        samples : array_like, shape (samples,) or (channels, samples)
            Floats in [-1, 1], or integers; as many or as few as there are.

        Raises
        ------
        AudioValueError
            If they are no samples of so many channels, or the session has ended.
        """
        self._check_open()
        if _holds_nothing(samples):
            return []
        sound = valid_samples(samples)
        if sound.shape[0] != self.channels:
            raise AudioValueError(f"this session has {self.channels} channels; got {sound.shape[0]}")
        return self._take(self._at_rate(sound))

    def finish(self) -> list[Segment]:
        """Take the end of the sound and return the segments that remain.

        Raises
        ------
        AudioValueError
            If the session has ended.
        """
        self._check_open()
        self._open = False
        rest = self._take(self._at_rate(None)) if self._resampler is not None else []
        last = [self._noted(number, one.track.finish()) for number, one in enumerate(self._told)]
        return rest + in_time(last)

    def events(self, samples: npt.ArrayLike) -> Iterator[tuple[Event, Segment]]:
        """Take the next samples, and yield the segments that have ended and each step, before smoothing.

        Parameters
        ----------
        samples : array_like, shape (samples,) or (channels, samples)
            As `push` takes them.

        Yields
        ------
        tuple of str and Segment
            ``"segment"`` or ``"step"``.

        Raises
        ------
        AudioValueError
            As `push` does.
        """
        if _holds_nothing(samples):
            return
        sound = sound_array(samples)
        # So short that a step is told soon after it was heard.
        most = max(1, self._native // 20)
        for start in range(0, sound.shape[1], most):
            self._steps.clear()
            for segment in self.push(sound[:, start : start + most]):
                yield "segment", segment
            for number, step in self._steps:
                yield "step", self._told[number].moment(*step)

    def last_events(self) -> Iterator[tuple[Event, Segment]]:
        """Take the end of the sound, and yield the steps whose windows had not ended, and the last segments.

        Yields
        ------
        tuple of str and Segment
            As `events` does.

        Raises
        ------
        AudioValueError
            If the session has ended.
        """
        self._steps.clear()
        segments = self.finish()
        for number, step in self._steps:
            yield "step", self._told[number].moment(*step)
        for segment in segments:
            yield "segment", segment

    def current(self, channel: int = 0) -> Segment | None:
        """Return what the newest step of a channel sounds like, before smoothing; None before the first one.

        A step without speech leaves it as it is: see its `end` and `seconds`.
        """
        if isinstance(channel, bool) or channel not in range(self.channels):
            raise AudioValueError(f"this session has the channels 0 to {self.channels - 1}; got {channel!r}")
        return self._current[channel]

    def _at_rate(self, sound: FloatArray | None) -> FloatArray:
        """Return samples at the model's rate; those of the end for None."""
        if self._resampler is None:
            return np.zeros((self.channels, 0), np.float32) if sound is None else sound
        block = np.zeros((0, self.channels), np.float32) if sound is None else np.ascontiguousarray(sound.T)
        heard = self._resampler.resample_chunk(block, last=sound is None)
        return np.clip(np.asarray(heard, np.float32).reshape(-1, self.channels).T, -1.0, 1.0)

    def _take(self, sound: FloatArray) -> list[Segment]:
        self._steps.clear()
        ended = [
            self._noted(number, one.track.push(np.ascontiguousarray(samples)))
            for number, (one, samples) in enumerate(zip(self._told, sound, strict=True))
        ]
        return in_time(ended)

    def _noted(self, number: int, progress: Progress) -> list[Segment]:
        told = self._told[number]
        self._steps += [(number, step) for step in progress.steps]
        if progress.steps:
            self._current[number] = told.moment(*progress.steps[-1])
        return told.segments(progress.ended)

    def _check_open(self) -> None:
        if not self._open:
            raise AudioValueError("this session has ended; open another one")


def _holds_nothing(samples: npt.ArrayLike) -> bool:
    if isinstance(samples, np.ndarray):
        return samples.size == 0
    return isinstance(samples, Sequence) and len(samples) == 0
