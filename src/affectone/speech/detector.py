"""Where speech is: a detector that takes sound block by block and answers the same whatever the blocks."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from affectone.audio.signal import FloatArray
from affectone.errors import AudioValueError
from affectone.speech.network import FRAME, SAMPLE_RATE, SpeechNetwork
from affectone.speech.regions import Region
from affectone.units import Hertz, Samples

__all__ = ["SpeechDetector", "detect_speech", "speech_span"]

SPAN: Final = 960 * FRAME
"""Samples brought to one level together: 30.72 s, whole frames, counted from the recording's start."""
LEVEL: Final = 0.95
"""Peak that each span is brought to before detection."""
MOST_GAIN: Final = 200.0
"""No span is amplified by more than this (46 dB)."""
SILENT_PEAK: Final = 1e-4
"""A span that never reaches this is silence: it is not amplified, and holds no speech."""

FEW: Final = 16
"""A span with fewer frames of speech than this (0.5 s) is listened to a second time, lowered."""
LOWERED: Final = (3, 2)
"""The second time, the span is played at 2/3 of its speed: 7 semitones lower."""
LOWERED_SHARE: Final = 0.03
"""What the second listening hears counts if it is at least this share of the span's frames."""

START: Final = 0.5
"""Speech begins at a frame with at least this probability."""
STOP: Final = START - 0.15
"""Speech may end at a frame with less than this probability."""
MIN_SPEECH: Final = round(0.2 * SAMPLE_RATE)
"""Shorter bursts are not speech."""
MIN_SILENCE: Final = round(0.1 * SAMPLE_RATE)
"""Shorter pauses do not end a region."""
PADDING: Final = round(0.03 * SAMPLE_RATE)
"""Added to both sides of a region, so that soft consonants stay."""
LONGEST: Final = 1920 * FRAME
"""A region is cut here (61.44 s), so that memory stays bounded on endless speech."""


class SpeechDetector:
    """Finds speech in one channel of 16 kHz sound, as it comes.

    Sound is gathered in spans of 30.72 s. Each span is brought to a peak of 0.95, by at most 46 dB,
    because the network misses speech recorded very softly, and is then given to Silero's network, whose state
    runs on from span to span. The network also misses shouting: it hears nothing in 7 % of CREMA-D's clips of
    high intensity. A span with next to no speech is therefore listened to again, 7 semitones lower, which
    leaves under 1 %. Spans are counted from the first sample, so that the answer does not depend on the size
    of the blocks.

    Examples
    --------
    >>> detector = SpeechDetector()
    >>> detector.push(np.zeros(16000, np.float32)) + detector.finish()
    []
    """

    def __init__(self) -> None:
        self._network = SpeechNetwork()
        self._waiting: list[FloatArray] = []
        self._waiting_samples = 0
        self._taken = 0
        self._tracker = _Tracker()

    @property
    def settled(self) -> Samples:
        """No region still to come starts before this sample."""
        return self._tracker.settled

    def push(self, samples: npt.ArrayLike) -> list[Region]:
        """Take the next samples and return the regions that are now complete.

        Parameters
        ----------
        samples : array_like of float, shape (samples,)
            In [-1, 1], at 16 kHz.

        Returns
        -------
        list of Region
            In order, padded, never overlapping.

        Raises
        ------
        AudioValueError
            If they have another shape, or are NaN or infinite.
        """
        block = np.array(samples, np.float32)  # It waits here, and its owner may fill the array anew.
        if block.ndim != 1:
            raise AudioValueError(f"speech detection takes one channel, shape (samples,); got {block.shape}")
        if not np.isfinite(block).all():
            raise AudioValueError("speech detection takes numbers; some samples are NaN or infinite")
        self._waiting.append(block)
        self._waiting_samples += block.size
        if self._waiting_samples < SPAN:
            return []
        stream = np.concatenate(self._waiting)
        whole = stream.size - stream.size % SPAN
        for start in range(0, whole, SPAN):
            self._take(stream[start : start + SPAN])
        self._waiting = [stream[whole:].copy()]
        self._waiting_samples = stream.size - whole
        return self._tracker.completed()

    def finish(self) -> list[Region]:
        """Take the end of the recording and return the regions that remain."""
        if self._waiting_samples:
            self._take(np.concatenate(self._waiting))
        self._waiting, self._waiting_samples = [], 0
        self._tracker.close(self._taken)
        return self._tracker.completed()

    def _take(self, span: FloatArray) -> None:
        levelled = _whole_frames(span) * _gain(span)
        probabilities = self._network.probabilities(levelled)
        if levelled.any() and np.count_nonzero(probabilities >= START) < FEW:
            probabilities = np.maximum(probabilities, _lowered_probabilities(levelled))
        self._taken += span.size
        self._tracker.push(probabilities)


def _gain(span: FloatArray) -> np.float32:
    """Return the factor that brings a span to `LEVEL`; 0 for silence, so that its hiss is not heard."""
    peak = float(np.max(np.abs(span)))
    return np.float32(0.0 if peak < SILENT_PEAK else min(LEVEL / peak, MOST_GAIN))


def _whole_frames(span: FloatArray) -> FloatArray:
    """Append zeros up to the next whole frame."""
    return np.pad(span, (0, -span.size % FRAME))


def _lowered_probabilities(span: FloatArray) -> FloatArray:
    """Listen to a span 7 semitones lower; zeros where that hears next to nothing.

    Tones and music fool the network for an instant now and then; the share keeps that out.
    """
    import soxr

    slow, fast = LOWERED
    lowered = np.asarray(soxr.resample(span, fast, slow), np.float32)
    heard = SpeechNetwork().probabilities(_whole_frames(lowered))
    frames = span.size // FRAME
    middles = (2 * np.arange(frames) + 1) * slow // (2 * fast)
    found = heard[np.minimum(middles, heard.size - 1)]
    enough = np.count_nonzero(found >= START) >= LOWERED_SHARE * frames
    return found if enough else np.zeros_like(found)


class _Tracker:
    """Turns frame probabilities into padded regions, with Silero's two thresholds.

    Two regions lie at least `MIN_SILENCE` apart, which is more than both paddings, or touch where one was
    cut: so a region is known in full as soon as it has ended.
    """

    def __init__(self) -> None:
        self._now = 0
        self._start: Samples | None = None
        self._pause: Samples | None = None
        self._continues = False
        self._done: list[Region] = []

    @property
    def settled(self) -> Samples:
        """No region still to come starts before this sample."""
        return max(0, (self._now if self._start is None else self._start) - PADDING)

    def push(self, probabilities: FloatArray) -> None:
        """Take the probabilities of the next frames."""
        for probability in probabilities.tolist():
            self._step(probability)
            self._now += FRAME
            self._cut_if_endless()

    def close(self, samples: Samples) -> None:
        """End the recording at `samples`."""
        if self._start is not None:
            self._end(self._start, self._pause or samples, limit=samples)

    def completed(self) -> list[Region]:
        """Return the regions that ended since the last call."""
        done, self._done = self._done, []
        return done

    def _step(self, probability: float) -> None:
        if probability >= START:
            self._pause = None
            if self._start is None:
                self._start = self._now
        elif probability < STOP and self._start is not None:
            if self._pause is None:
                self._pause = self._now
            elif self._now - self._pause >= MIN_SILENCE:
                self._end(self._start, self._pause, limit=self._now)

    def _cut_if_endless(self) -> None:
        if self._start is not None and self._pause is None and self._now - self._start >= LONGEST:
            self._done.append(Region(self._padded_start(self._start), self._now))
            self._start, self._continues = self._now, True

    def _end(self, start: Samples, end: Samples, *, limit: Samples) -> None:
        # What follows a cut is the rest of longer speech: it stays, however short.
        if end - start >= (1 if self._continues else MIN_SPEECH):
            self._done.append(Region(self._padded_start(start), min(end + PADDING, limit)))
        self._start, self._pause, self._continues = None, None, False

    def _padded_start(self, start: Samples) -> Samples:
        return start if self._continues else max(0, start - PADDING)


def _checked(samples: npt.ArrayLike, sample_rate: Hertz) -> FloatArray:
    if sample_rate != SAMPLE_RATE:
        raise AudioValueError(
            f"speech detection works at {SAMPLE_RATE} Hz; got {sample_rate}: resample, or use load_audio"
        )
    return np.asarray(samples, np.float32)


def detect_speech(samples: npt.ArrayLike, sample_rate: Hertz = SAMPLE_RATE) -> list[Region]:
    """Return the speech regions of one channel.

    Parameters
    ----------
    samples : array_like of float, shape (samples,)
        In [-1, 1].
    sample_rate : int
        Must be 16000.

    Returns
    -------
    list of Region
        In order, never overlapping, within the recording.

    Raises
    ------
    AudioValueError
        If the rate is not 16 kHz, or there is more than one channel.
    """
    detector = SpeechDetector()
    return detector.push(_checked(samples, sample_rate)) + detector.finish()


def speech_span(samples: npt.ArrayLike, sample_rate: Hertz = SAMPLE_RATE) -> tuple[int, int] | None:
    """Return the samples ``(start, end)`` from the first speech to the last, or None without speech.

    Parameters
    ----------
    samples : array_like of float, shape (samples,)
        In [-1, 1].
    sample_rate : int
        Must be 16000.
    """
    regions = detect_speech(samples, sample_rate)
    return (regions[0].start, regions[-1].end) if regions else None
