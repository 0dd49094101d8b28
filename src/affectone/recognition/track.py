"""Follows one channel while it comes in, from a file or a microphone: speech, windows, scores, segments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from affectone.audio.signal import FloatArray
from affectone.models import OnnxRunner
from affectone.models.runner import StateScale
from affectone.recognition.adaptation import StateSums
from affectone.recognition.hearing import Heard, hear
from affectone.recognition.recent import RecentSamples
from affectone.recognition.segments import Joiner, Smoothing, Stretch, Told
from affectone.recognition.view import ScoreView
from affectone.recognition.windows import Grid, Place
from affectone.speech.activity import SpeechActivity
from affectone.speech.music import LENGTH, MUSIC, music_likeness
from affectone.speech.network import FRAME, SAMPLE_RATE
from affectone.units import Samples

__all__ = ["ChannelTrack", "Ear", "FittedEar", "OwnEar", "Progress"]

LEAST_IN_WINDOW: Final = 7
"""Frames of speech (0.22 s) without which a window holds no speech: shorter bursts are none."""
LEAST_IN_STEP: Final = 3
"""Frames of speech (0.1 s) without which nobody speaks in a step."""
SPARSE: Final = 1 / 3
"""With a smaller share of speech a step may be music: some instruments pass for voices now and then."""
AUDIBLE: Final = 0.1
"""What stays 20 dB or more under the loudest sound of the last 5 s is no music: a hum of the line, or what a
codec makes of silence."""
HALF: Final = 0.5
"""Of a step that has to be filled by it."""
MUSIC_SAMPLES: Final = 3 * SAMPLE_RATE
"""Before the end of a window, in which music is looked for, however short the window is."""

Answer = TypeVar("Answer")


class Spread(Protocol):
    """Works as `map` does: answers in order."""

    def __call__(
        self, work: Callable[[FloatArray], Answer], over: Iterable[FloatArray], /
    ) -> Iterable[Answer]:
        """Return what comes of each."""
        ...


class Ear(Protocol):
    """Hears windows, in order."""

    def __call__(self, windows: Sequence[FloatArray]) -> Iterable[Heard]:
        """Return what is heard in each."""
        ...


class FrameListener(Protocol):
    """Hears a channel beside its windows."""

    def push(self, samples: FloatArray, speech: npt.NDArray[np.bool_]) -> object:
        """Take the next frames: their samples, of which the last frame may lack some, and where speech is."""
        ...


class FittedEar:
    """Hears each window by itself, with what the model is adapted to, if to anything.

    Parameters
    ----------
    runner : OnnxRunner
    scale : StateScale, optional
    spread : callable
        `map`, or that of a pool.
    """

    def __init__(self, runner: OnnxRunner, scale: StateScale | None, spread: Spread) -> None:
        self._runner, self._scale, self._spread = runner, scale, spread

    def __call__(self, windows: Sequence[FloatArray]) -> Iterable[Heard]:
        """Return what is heard in each."""
        return self._spread(lambda samples: hear(self._runner, samples, self._scale), windows)


class OwnEar:
    """Hears each window with what the model is adapted to by the windows of the channel before it.

    Parameters
    ----------
    runner : OnnxRunner
    sums : StateSums
    every : int
        Of so many windows one is learned from: the others hold the same sound.
    """

    def __init__(self, runner: OnnxRunner, sums: StateSums, every: int) -> None:
        self._runner, self._sums, self._every = runner, sums, every
        self._heard = 0

    def __call__(self, windows: Sequence[FloatArray]) -> Iterable[Heard]:
        """Return what is heard in each."""
        return [self._hear(samples) for samples in windows]

    def _hear(self, samples: FloatArray) -> Heard:
        learns, self._heard = self._heard % self._every == 0, self._heard + 1
        if not self._sums.windows:
            told = plain = hear(self._runner, samples)
        else:
            told = hear(self._runner, samples, self._sums.scale())
            plain = hear(self._runner, samples) if learns else told
        if learns:
            self._sums.add(plain.states[np.newaxis], plain.emotions[np.newaxis])
        return told


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """What came of some samples.

    Parameters
    ----------
    steps : list of (Place, Told)
        In which something was heard.
    ended : list of Stretch
    """

    steps: list[tuple[Place, Told]]
    ended: list[Stretch]


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A step before it is judged: its speech, and the window's samples from the first speech to the last."""

    start: Samples
    end: Samples
    speech_samples: Samples
    samples: FloatArray | None


class ChannelTrack:
    """Takes one channel block by block. What comes of it does not depend on how long the blocks are.

    Parameters
    ----------
    grid : Grid
    ear : Ear
    smoothing : Smoothing
    view : ScoreView, optional
        Labels to answer with.
    beside : FrameListener, optional
        Is given all frames, and whether somebody speaks in each.
    """

    def __init__(
        self,
        grid: Grid,
        ear: Ear,
        smoothing: Smoothing,
        view: ScoreView | None,
        beside: FrameListener | None = None,
    ) -> None:
        self._grid, self._ear, self._view, self._beside = grid, ear, view, beside
        self._joiner = Joiner(smoothing, SAMPLE_RATE)
        self._activity = SpeechActivity()
        self._recent = RecentSamples()
        self._known = 0
        self._next = 0
        self._speech = _Frames()

    @property
    def known(self) -> Samples:
        """How many samples came."""
        return self._known

    def push(self, samples: FloatArray) -> Progress:
        """Take the next samples, shape (samples,), at 16 kHz."""
        self._recent.append(samples)
        self._known += samples.size
        return self._walk(ended=False)

    def finish(self) -> Progress:
        """Take the end of the recording."""
        last = self._walk(ended=True)
        return Progress(last.steps, last.ended + self._joiner.finish())

    def _walk(self, *, ended: bool) -> Progress:
        """Judge all steps whose windows are complete."""
        places = list(self._grid.places(self._next, self._known, ended=ended))
        if not places:
            return Progress([], [])
        self._listen(places[-1].window_end, ended=ended)
        found = [self._step(place, self._complete(place.window_end, ended=ended)) for place in places]
        self._next += len(places)
        told = self._judged(found)
        ends: list[Stretch] = []
        for place, step in zip(places, told, strict=True):
            ends += self._joiner.pause(place.end) if step is None else self._joiner.push(step)
        past = places[-1].window_end - MUSIC_SAMPLES
        needed = max(0, min(places[-1].window_start, past, self._speech.end * FRAME))
        self._recent.forget(needed)
        self._speech.forget(needed // FRAME)
        return Progress([(at, step) for at, step in zip(places, told, strict=True) if step is not None], ends)

    def _complete(self, until: Samples, *, ended: bool) -> int:
        """Return how many frames are complete at a sample; the last one of a recording is filled up."""
        return -(-until // FRAME) if ended and until == self._known else until // FRAME

    def _listen(self, until: Samples, *, ended: bool) -> None:
        """Look for speech in all frames that are complete at a sample."""
        first, last = self._speech.end, self._complete(until, ended=ended)
        if last > first:
            samples = self._recent.between(first * FRAME, min(last * FRAME, self._known))
            missing = (last - first) * FRAME - samples.size
            speech = self._activity.push(np.pad(samples, (0, missing)))
            self._speech.append(speech, self._activity.gains)
            if self._beside is not None:
                self._beside.push(samples, speech)

    def _step(self, place: Place, known: int) -> _Step | None:
        """Return where speech is in a step, all of it if it is music, or None if there is nothing.

        Of the frames so many are known when the window has ended.
        """
        within = self._speech.between(place.window_start, place.window_end, known)
        if self._is_music(place, known):
            return _Step(place.start, place.end, 0, None)
        here = self._speech.between(place.start, place.end, known)
        # The last step of a recording may be short.
        least = min(LEAST_IN_STEP, max(1, (place.end - place.start) // (3 * FRAME)))
        if within.size < LEAST_IN_WINDOW or here.size < least:
            return None
        # A frame more on both sides, so that soft consonants stay.
        first = max(place.window_start, int(within[0] - 1) * FRAME)
        last = min(place.window_end, int(within[-1] + 2) * FRAME)
        start = max(place.start, int(here[0]) * FRAME)
        end = min(place.end, int(here[-1] + 1) * FRAME)
        return _Step(
            start,
            end,
            min(here.size * FRAME, end - start),
            self._recent.between(first, last),
        )

    def _is_music(self, place: Place, known: int) -> bool:
        """Tell whether what sounds before the end of a window and in the step, but for speech, is music."""
        start = max(0, place.window_end - MUSIC_SAMPLES)
        count = (place.window_end - start) // LENGTH
        speech = self._speech.between(start, place.window_end, known)
        if speech.size > SPARSE * (place.window_end - start) / FRAME:
            return False
        spectra = self._recent.between(start, start + count * LENGTH).reshape(-1, LENGTH)
        heard = np.ptp(spectra, axis=1) / 2 * self._speech.gain(known) >= AUDIBLE
        # Speech swells and dies away a little beside the frames in which it is found.
        for beside in (-1, 0, 1, 2):
            at = (speech * FRAME + beside * LENGTH // 2 - start) // LENGTH
            heard[at[(at >= 0) & (at < count)]] = False
        starts = start + LENGTH * np.arange(count)
        here = heard[(starts + LENGTH > place.start) & (starts < place.end)]
        if here.sum() < max(1, HALF * here.size):
            return False
        return music_likeness(spectra[heard]) >= MUSIC

    def _judged(self, found: Sequence[_Step | None]) -> list[Told | None]:
        heard = iter(self._ear([s.samples for s in found if s is not None and s.samples is not None]))
        return [None if step is None else self._told(step, heard) for step in found]

    def _told(self, step: _Step, heard: Iterator[Heard]) -> Told:
        if step.samples is None:
            return Told(step.start, step.end, 0, None, None)
        one = next(heard)
        scores = one.emotions if self._view is None else self._view.scores(one.emotions)
        return Told(step.start, step.end, step.speech_samples, one, scores)


class _Frames:
    """Which of the last frames hold speech, and their gains, addressed by their place in the recording."""

    def __init__(self) -> None:
        self._first = 0
        self._speech = np.zeros(0, np.bool_)
        self._gains = np.zeros(0, np.float32)

    @property
    def end(self) -> int:
        """How many frames came."""
        return self._first + self._speech.size

    def append(self, speech: npt.NDArray[np.bool_], gains: FloatArray) -> None:
        """Take the next frames."""
        self._speech = np.concatenate([self._speech, speech])
        self._gains = np.concatenate([self._gains, gains])

    def forget(self, before: int) -> None:
        """Let go of the frames before one."""
        self._speech = self._speech[before - self._first :]
        self._gains = self._gains[before - self._first :]
        self._first = before

    def gain(self, known: int) -> float:
        """Return the gain of the last of so many frames; 0 of none."""
        return float(self._gains[known - 1 - self._first]) if known > self._first else 0.0

    def between(self, start: Samples, end: Samples, known: int) -> npt.NDArray[np.int64]:
        """Return the frames of speech, of so many that are known, whose middle lies in ``[start, end)``."""
        first, last = (-(-(edge - FRAME // 2) // FRAME) for edge in (start, end))
        first, last = max(first, self._first), min(last, known)
        return np.flatnonzero(self._speech[first - self._first : max(0, last - self._first)]) + first
