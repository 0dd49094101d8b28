"""A recogniser's settings for hearing over time, and a whole recording heard with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
import numpy.typing as npt

from affectone.audio import AudioStream, Channels, FloatArray
from affectone.models import OnnxRunner
from affectone.models.runner import StateScale
from affectone.recognition.adaptation import StateSums
from affectone.recognition.answer import answered
from affectone.recognition.names import checked_names
from affectone.recognition.outline import OutlineSums
from affectone.recognition.prediction import MUSIC, Prediction
from affectone.recognition.segments import Joiner, Smoothing, Stretch, Told
from affectone.recognition.timeline import Segment, Timeline, WindowScores, in_time
from affectone.recognition.track import ChannelTrack, FittedEar, OwnEar, Progress, Spread
from affectone.recognition.turns import Speakers, parts_of, turns_of
from affectone.recognition.view import ScoreView
from affectone.recognition.voices import VoicesTrack
from affectone.recognition.windows import Grid, Place
from affectone.units import samples_to_seconds

__all__ = ["ChannelTold", "OverTime", "timeline_of"]


@dataclass(frozen=True, slots=True)
class OverTime:
    """What hears a channel over time.

    Parameters
    ----------
    runner : OnnxRunner
    view : ScoreView or None
    grid : Grid
    smoothing : Smoothing
    adapted : StateScale, "self" or None
        With ``"self"`` each channel is fitted to what was heard in it so far.
    spread : callable
        `map`, or that of a pool.
    speakers : Speakers, optional
        Who may speak within a channel; without, each channel is one speaker's.
    """

    runner: OnnxRunner
    view: ScoreView | None
    grid: Grid
    smoothing: Smoothing
    adapted: StateScale | Literal["self"] | None
    spread: Spread
    speakers: Speakers | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """What is answered with."""
        return tuple(self.runner.artefact.card.labels if self.view is None else self.view.labels)

    def voices(self) -> VoicesTrack | None:
        """Return what follows the voices of one channel, if they are to be told apart."""
        if self.speakers is None:
            return None
        return VoicesTrack(self.runner, self.speakers.space, self.spread)

    def track(self, voices: VoicesTrack | None) -> ChannelTrack:
        """Return what follows one channel, and lets its voices be followed."""
        if self.adapted == "self":
            every = max(1, self.grid.window // self.grid.hop)
            ear: OwnEar | FittedEar = OwnEar(self.runner, StateSums.of(self.runner), every)
        else:
            ear = FittedEar(self.runner, self.adapted, self.spread)
        return ChannelTrack(self.grid, ear, self.smoothing, self.view, voices)


class ChannelTold:
    """One channel and what is told of it: steps become predictions, stretches become segments.

    Parameters
    ----------
    settings : OverTime
    file : str
        Where the sound comes from.
    channel : int or None
    speaker : str or None
    """

    def __init__(self, settings: OverTime, file: str, channel: int | None, speaker: str | None) -> None:
        self._settings, self._file, self.channel, self.speaker = settings, file, channel, speaker
        self._rate = settings.runner.artefact.card.sample_rate
        self._voices = settings.voices()
        self.track = settings.track(self._voices)

    def segments(self, ended: Sequence[Stretch]) -> list[Segment]:
        """Return stretches as segments."""
        return [self._segment(one, self.speaker) for one in ended]

    def turned(self, steps: Iterable[Told]) -> list[Segment]:
        """Return the segments of all steps of a channel that has ended; another speaker ends one."""
        speakers, voices = self._settings.speakers, self._voices
        if speakers is None or voices is None:
            raise ValueError("nobody asked for speakers")
        segments: list[Segment] = []
        for number, parts in groupby(
            parts_of(steps, turns_of(voices.finish(), speakers)), lambda part: part[0]
        ):
            joiner = Joiner(self._settings.smoothing, self._rate)
            ended = [stretch for _, step in parts for stretch in joiner.push(step)] + joiner.finish()
            name = None if number is None else speakers.names[number]
            segments += [self._segment(stretch, name) for stretch in ended]
        return segments

    def moment(self, place: Place, step: Told) -> Segment:
        """Return one step by itself, before smoothing."""
        if step.heard is None:
            return self._segment(Stretch(place.start, place.end, None), self.speaker)
        alone = step.heard.alone(step.speech_samples)
        return self._segment(Stretch(step.start, step.end, alone), self.speaker)

    def _segment(self, stretch: Stretch, speaker: str | None) -> Segment:
        start, end = (samples_to_seconds(edge, self._rate) for edge in (stretch.start, stretch.end))
        artefact, verdict = self._settings.runner.artefact, stretch.verdict
        known = Prediction(
            file=self._file,
            channel=self.channel,
            unsure=True,
            reason=MUSIC,
            speech_seconds=0.0,
            duration_seconds=end - start,
            model=artefact.title,
            adapted=self._settings.adapted is not None and verdict is not None,
        )
        told = known if verdict is None else answered(known, artefact.card, verdict, self._settings.view)
        return Segment(start, end, told, speaker)


def timeline_of(
    stream: AudioStream,
    settings: OverTime,
    channels: Channels,
    names: Sequence[str] | None,
    check: Callable[[AudioStream, int], None],
    beside: Callable[..., Iterable[None]],
) -> Timeline:
    """Hear an open recording to its end.

    Parameters
    ----------
    stream : AudioStream
    settings : OverTime
    channels : "mix", "split" or int
        Those of the stream.
    names : sequence of str, optional
        Of the speakers, one a channel.
    check : callable
        Is given the stream and how many samples of speech were found in a channel at most, and may refuse.
    beside : callable
        `map`, or that of a pool: channels do not wait for each other.

    Raises
    ------
    AudioError
        If the recording cannot be read.
    ConfigError
        If there are more or fewer names than channels.
    """
    speakers = checked_names(None if settings.speakers else names, stream.channels)
    first = 0 if isinstance(channels, str) else int(channels)
    numbers = [None] if channels == "mix" else list(range(first, first + stream.channels))
    told = [ChannelTold(settings, stream.source, *one) for one in zip(numbers, speakers, strict=True)]
    gathered = [_Gathered(turned=settings.speakers is not None) for _ in told]

    def hear(one: ChannelTold, of_it: _Gathered, samples: FloatArray) -> None:
        of_it.outline.push(samples)
        of_it.take(one, one.track.push(samples))

    for block in stream.blocks():
        for _ in beside(hear, told, gathered, block):
            pass
    for one, of_it in zip(told, gathered, strict=True):
        of_it.take(one, one.track.finish())
        of_it.finish(one)
    check(stream, max(of_it.speech_samples for of_it in gathered))
    rate = stream.sample_rate
    return Timeline(
        file=stream.source,
        # Resampling may round the length up by half a sample.
        duration_seconds=max(stream.seconds_read, samples_to_seconds(told[0].track.known, rate)),
        window_seconds=samples_to_seconds(settings.grid.window, rate),
        hop_seconds=samples_to_seconds(settings.grid.hop, rate),
        model=settings.runner.artefact.title,
        adapted=settings.adapted is not None,
        channels=tuple(numbers),
        speakers=tuple(speakers),
        segments=tuple(in_time(of_it.segments for of_it in gathered)),
        windows=tuple(
            of_it.windows(one.channel, settings.labels, rate)
            for one, of_it in zip(told, gathered, strict=True)
        ),
        warnings=stream.warnings,
        outlines=tuple(of_it.outline.outline() for of_it in gathered),
    )


class _Gathered:
    """What was heard in one channel: little more than its scores is kept of a window.

    Parameters
    ----------
    turned : bool
        Whether segments are made in the end, when all voices are known.
    """

    def __init__(self, *, turned: bool) -> None:
        self._steps: list[Told] | None = [] if turned else None
        self.outline = OutlineSums()
        self.segments: list[Segment] = []
        self.speech_samples = 0
        self._places: list[tuple[int, int, int, int]] = []
        self._scores: list[npt.NDArray[np.float64]] = []

    def take(self, channel: ChannelTold, progress: Progress) -> None:
        if self._steps is None:
            self.segments += channel.segments(progress.ended)
        else:
            self._steps += [step.without_states() for _, step in progress.steps]
        for place, step in progress.steps:
            if step.scores is not None:
                self.speech_samples += step.speech_samples
                self._places.append((place.window_start, place.window_end, place.start, step.speech_samples))
                self._scores.append(step.scores)

    def finish(self, channel: ChannelTold) -> None:
        if self._steps is not None:
            self.segments = channel.turned(self._steps)

    def windows(self, channel: int | None, labels: tuple[str, ...], rate: int) -> WindowScores:
        places = np.array(self._places, np.float64).reshape(-1, 4) / rate
        start, end, step_start, speech = places.T
        scores = np.array(self._scores, np.float64).reshape(-1, len(labels))
        return WindowScores(channel, labels, start, end, step_start, speech, scores)
