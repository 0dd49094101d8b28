"""What `check_recording` measures, each a small accumulator that is fed block by block."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import numpy.typing as npt

from affectone.audio.signal import FloatArray
from affectone.units import Hertz

__all__ = ["ChannelDifference", "Fingerprint", "FrameLevels", "Levels", "Spectrum", "decibels"]

CLIP_LEVEL = 0.99
CLIP_RUN = 3
FRAME_SECONDS = 0.02
LOWEST_DB, DB_STEP = -120.0, 0.25
SPEECH_PERCENTILE, NOISE_PERCENTILE = 95.0, 10.0
SILENCE_BELOW_SPEECH_DB, SILENCE_DBFS = 30.0, -60.0
LEAST_FRAMES = 10
LOWEST_SNR_DB = -10.0
SPECTRUM_REACH_DB, SPECTRUM_MARGIN_DB = 70.0, 10.0
LEAST_SPECTRUM_RANGE_DB = 40.0
SAME_CHANNELS_DB = 50.0


def decibels(power: float) -> float | None:
    """Return a power ratio in dB, None where there is none."""
    return 10.0 * math.log10(power) if power > 0 else None


class Levels:
    """Peak, power, mean and clipping over all channels.

    Clipped are samples in runs of three or more equal ones at 0.99 of full scale or more: a loud sine passes
    there too, but does not stay. Runs are looked for within a block.
    """

    def __init__(self, channels: int) -> None:
        self.peak = 0.0
        self.clipped = 0
        self.samples = 0
        self._squares = 0.0
        self._sums = np.zeros(channels)

    def add(self, block: FloatArray) -> None:
        """Take in samples of shape ``(channels, samples)``."""
        loud = np.abs(block)
        peak = float(loud.max())
        self.peak = max(self.peak, peak)
        self.samples += block.size
        # Not np.dot, whose threads get in each other's way where several processes listen.
        self._squares += float(np.square(block, dtype=np.float64).sum())
        self._sums += block.sum(axis=1, dtype=np.float64)
        if peak >= CLIP_LEVEL:
            self.clipped += sum(_in_flat_runs(channel) for channel in block)

    @property
    def power(self) -> float:
        """Mean square."""
        return self._squares / self.samples

    @property
    def offset(self) -> float:
        """The largest channel mean, with its sign."""
        means = self._sums * len(self._sums) / self.samples
        return float(means[np.argmax(np.abs(means))])


def _in_flat_runs(channel: FloatArray) -> int:
    same = (channel[1:] == channel[:-1]) & (np.abs(channel[1:]) >= CLIP_LEVEL)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)))
    lengths = edges[1::2] - edges[::2] + 1
    return int(lengths[lengths >= CLIP_RUN].sum())


class FrameLevels:
    """A histogram of the levels of 20 ms frames, from which speech, silence and noise are told apart.

    Speech level is the 95th percentile of the frames' levels. The noise is the 10th percentile of their
    powers, as in percentile noise trackers: it presumes pauses in a tenth of the recording. The
    signal-to-noise ratio is what the mean power holds above that noise. Frames of digital silence, as
    editors put before and after a clip, are left out of both.
    """

    def __init__(self, sample_rate: Hertz) -> None:
        self._length = max(1, round(FRAME_SECONDS * sample_rate))
        self._counts = np.zeros(round(-LOWEST_DB / DB_STEP) + 1, dtype=np.int64)
        self._digital_silence = 0
        self._power = 0.0

    def add(self, mono: FloatArray) -> None:
        """Take in samples of shape ``(samples,)``."""
        count = len(mono) // self._length
        frames = mono[: count * self._length].reshape(count, self._length)
        powers = frames.var(axis=1, dtype=np.float64)  # A DC offset is not noise.
        heard = powers[powers > 0]
        self._digital_silence += count - len(heard)
        self._power += float(heard.sum())
        places = np.rint((10.0 * np.log10(heard) - LOWEST_DB) / DB_STEP).astype(np.int64)
        np.add.at(self._counts, np.clip(places, 0, len(self._counts) - 1), 1)

    @property
    def frames(self) -> int:
        """Frames that are not digital silence."""
        return int(self._counts.sum())

    def percentile(self, percent: float) -> float:
        """Return the level in dBFS under which that share of the frames lies."""
        place = int(np.searchsorted(np.cumsum(self._counts), percent / 100.0 * self.frames))
        return LOWEST_DB + DB_STEP * place

    @property
    def silence_share(self) -> float:
        """Share of frames 30 dB or more below the speech level, or below -60 dBFS."""
        if not self.frames:
            return 1.0
        limit = max(self.percentile(SPEECH_PERCENTILE) - SILENCE_BELOW_SPEECH_DB, SILENCE_DBFS)
        quiet = int(self._counts[: max(0, math.ceil((limit - LOWEST_DB) / DB_STEP))].sum())
        return (quiet + self._digital_silence) / (self.frames + self._digital_silence)

    @property
    def snr(self) -> float | None:
        """Signal-to-noise ratio in dB; None where there are too few frames, or one steady sound."""
        if self.frames < LEAST_FRAMES:
            return None
        noise = 10.0 ** (self.percentile(NOISE_PERCENTILE) / 10.0)
        ratio = decibels((self._power / self.frames - noise) / noise)
        # So little above the noise is one steady sound, of which nothing can be told apart.
        return ratio if ratio is not None and ratio > LOWEST_SNR_DB else None


class Spectrum:
    """The long-term spectrum, for the highest frequency that a recording really holds."""

    def __init__(self, sample_rate: Hertz) -> None:
        self._rate = sample_rate
        self._length = 1 << round(math.log2(sample_rate / 25))
        self._window = np.hanning(self._length).astype(np.float32)
        self._power = np.zeros(self._length // 2 + 1)
        self._count = 0

    def add(self, mono: FloatArray) -> None:
        """Take in samples of shape ``(samples,)``."""
        if len(mono) < self._length:
            mono = np.pad(mono, (0, self._length - len(mono)))
        count = len(mono) // self._length
        frames = mono[: count * self._length].reshape(count, self._length)
        frames = (frames - frames.mean(axis=1, keepdims=True)) * self._window
        self._power += np.square(np.abs(np.fft.rfft(frames, axis=1))).sum(axis=0)
        self._count += count

    @property
    def bandwidth(self) -> float | None:
        """Highest frequency in Hz within 70 dB of the spectrum's peak and above the noise of 16 bits.

        None where the sound is so quiet that this noise may hide its upper part.
        """
        mean = self._power / max(self._count, 1)
        peak = float(mean.max())
        quantisation = float(np.square(self._window).sum()) * 2.0**-30 / 12
        floor = max(peak * 10 ** (-SPECTRUM_REACH_DB / 10), quantisation * 10 ** (SPECTRUM_MARGIN_DB / 10))
        if peak < floor * 10 ** (LEAST_SPECTRUM_RANGE_DB / 10):
            return None
        above: npt.NDArray[np.intp] = np.flatnonzero(mean > floor)
        return float(above[-1] * self._rate / self._length) if len(above) else None


class ChannelDifference:
    """Whether the channels carry one and the same sound."""

    def __init__(self) -> None:
        self._common = 0.0
        self._different = 0.0
        self._several = False

    def add(self, block: FloatArray) -> None:
        """Take in samples of shape ``(channels, samples)``."""
        self._several = block.shape[0] > 1
        if self._several:
            self._common += float(np.square(block[0], dtype=np.float64).sum()) * (block.shape[0] - 1)
            self._different += float(np.square(block[1:] - block[0], dtype=np.float64).sum())

    @property
    def identical(self) -> bool:
        """Whether the channels differ by no more than -50 dB."""
        return self._several and self._different <= self._common * 10 ** (-SAME_CHANNELS_DB / 10)


class Fingerprint:
    """SHA-256 of the mean of the channels in 16 bits: equal for equal sound, in WAV and FLAC alike."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, mono: FloatArray) -> None:
        """Take in samples of shape ``(samples,)``."""
        self._hash.update(np.rint(mono * np.float32(32767)).astype("<i2").tobytes())

    @property
    def digest(self) -> str:
        """The hash in hexadecimal."""
        return self._hash.hexdigest()
