"""`Sound`: one recording with all that several feature sets need of it, computed when first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.audio import AudioSource, FloatArray, open_audio
from affectone.errors import AudioValueError
from affectone.features.filters import mel_filter_bank, window_of
from affectone.features.settings import Settings
from affectone.features.tuning import tuning_of
from affectone.units import Seconds, samples_to_seconds

if TYPE_CHECKING:
    import parselmouth

__all__ = ["LONGEST", "Sound", "decibels", "listen"]

LONGEST: Seconds = 2 * 3600.0
"""A spectrogram is held whole: about 7 MB a minute. More than two hours are refused."""

FAINTEST = 1e-10
"""Power under it counts as it."""

BLOCK = 32
"""Frames that are transformed at a time: what they need in between stays in the processor's cache."""


def listen(source: AudioSource, settings: Settings) -> Sound:
    """Read a recording as the mean of its channels, at the settings' rate.

    Raises
    ------
    AudioError
        If it cannot be read.
    AudioValueError
        If it is longer than two hours.
    """
    with open_audio(source, sample_rate=settings.sample_rate) as stream:
        blocks, read = [], 0
        for block in stream.blocks(60.0):
            blocks.append(block[0])
            read += block.shape[1]
            if read > LONGEST * settings.sample_rate:
                raise AudioValueError(
                    f"{stream.source}: is longer than {LONGEST / 3600:g} hours; cut it and measure the pieces"
                )
        return Sound(np.concatenate(blocks), settings, stream.source, stream.warnings)


def decibels(power: npt.NDArray[np.float32], top_db: float) -> npt.NDArray[np.float32]:
    """Return power in decibels of 1, at most `top_db` below the largest value."""
    levels = 10.0 * np.log10(np.maximum(FAINTEST, power))
    return np.asarray(np.maximum(levels, levels.max() - top_db))


class Sound:
    """Samples with their lazily computed spectrogram and what follows from it.

    Frame i is centred on sample ``i * hop``; beyond the ends there is silence. All arrays are shared
    between feature sets: none may be written to.

    Parameters
    ----------
    samples : numpy.ndarray of float32, shape (samples,)
        One at least.
    settings : Settings
    source : str
        Its name, as messages have it.
    warnings : tuple of str
        What was wrong with the recording without making it useless.
    """

    def __init__(
        self, samples: FloatArray, settings: Settings, source: str = "<array>", warnings: tuple[str, ...] = ()
    ) -> None:
        self.samples = samples
        self.settings = settings
        self.source = source
        self.warnings = warnings

    @property
    def duration(self) -> Seconds:
        """Length in seconds."""
        return samples_to_seconds(len(self.samples), self.settings.sample_rate)

    @cached_property
    def times(self) -> npt.NDArray[np.float64]:
        """Centre of each frame in seconds."""
        count = 1 + len(self.samples) // self.settings.hop
        step = self.settings.hop / self.settings.sample_rate
        return np.asarray(np.arange(count) * step, np.float64)

    @cached_property
    def frames(self) -> FloatArray:
        """Samples of each frame; a view of shape (frames, n_fft)."""
        half = self.settings.n_fft // 2
        padded = np.pad(self.samples, half)
        return np.lib.stride_tricks.sliding_window_view(padded, 2 * half)[:: self.settings.hop]

    @cached_property
    def magnitude(self) -> FloatArray:
        """Magnitude of the short-time Fourier transform; shape (frames, n_fft // 2 + 1)."""
        from scipy.fft import rfft

        window = window_of(self.settings.window, self.settings.n_fft)
        magnitude = np.empty((len(self.frames), self.settings.n_fft // 2 + 1), np.float32)
        for at in range(0, len(magnitude), BLOCK):
            # In double: the deep valleys of a tone's spectrum lie below the rounding of single precision.
            spectrum = rfft(self.frames[at : at + BLOCK] * window, axis=1)
            np.abs(spectrum.astype(np.complex64), out=magnitude[at : at + BLOCK])
        return magnitude

    @cached_property
    def power(self) -> FloatArray:
        """Squared magnitude; shape (frames, n_fft // 2 + 1)."""
        return np.square(self.magnitude)

    @cached_property
    def frequencies(self) -> npt.NDArray[np.float64]:
        """Frequency of each column of the spectrogram in Hz."""
        return np.asarray(np.fft.rfftfreq(self.settings.n_fft, 1 / self.settings.sample_rate), np.float64)

    @cached_property
    def mel(self) -> FloatArray:
        """Power in mel bands; shape (frames, n_mels)."""
        bank = mel_filter_bank(self.settings)
        mel = np.empty((len(self.power), self.settings.n_mels), np.float32)
        for first, end, low, high in bank.parts:
            np.matmul(self.power[:, low:high], bank.filters[low:high, first:end], out=mel[:, first:end])
        return mel

    @cached_property
    def log_mel(self) -> FloatArray:
        """Power in mel bands in decibels; shape (frames, n_mels)."""
        return decibels(self.mel, self.settings.top_db)

    @cached_property
    def tuning(self) -> float:
        """How far the pitches lie from those of A = 440 Hz, in semitones from -0.5 to 0.49."""
        return tuning_of(self.chroma_spectrum, self.settings.sample_rate)

    @property
    def chroma_spectrum(self) -> FloatArray:
        """What is summed into pitch classes; shape (frames, n_fft // 2 + 1)."""
        return self.power if self.settings.chroma_of == "power" else self.magnitude

    @cached_property
    def moments(self) -> npt.NDArray[np.float64]:
        """Mean of the frequency and of its square, weighted by magnitude; zeros in silence; (frames, 2)."""
        weights = np.stack([np.ones_like(self.frequencies), self.frequencies, self.frequencies**2], axis=1)
        sums = self.magnitude.astype(np.float64) @ weights
        total = sums[:, :1]
        return np.divide(sums[:, 1:], total, out=np.zeros((len(sums), 2)), where=total > 0)

    @cached_property
    def praat(self) -> parselmouth.Sound:
        """The samples as Praat's own object."""
        import parselmouth

        return parselmouth.Sound(
            self.samples.astype(np.float64), sampling_frequency=self.settings.sample_rate
        )
