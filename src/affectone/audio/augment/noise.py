"""Steps that add noise at a stated ratio of signal to noise."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from affectone.audio.augment.folder import FolderStep
from affectone.audio.augment.step import Between, Change, Step, kind, own_change
from affectone.audio.signal import FloatArray
from affectone.units import Hertz

__all__ = ["COLOURS", "Noise", "SlopedNoise", "coloured_noise"]

COLOURS = {"white": 0, "pink": 1, "brown": 2}
"""Colour -> b, where the power falls with 1 / frequency**b: by 0, 3 and 6 dB an octave."""

LOWEST = 50.0
"""Hz. Noise begins here: most of the power of brown noise would lie where nothing is heard."""


@kind("noise")
class Noise(FolderStep):
    """Adds white, pink or brown noise, or a recording of a folder, at a ratio of signal to noise.

    The ratio is that of the powers of the whole clip and of the noise. Silence gets no noise. A recording
    that is longer than the clip is cut at a random place; a shorter one is repeated. Where the sum would be
    clipped, it is scaled to a peak of 1: the level changes, the ratio does not.
    """

    snr: Annotated[tuple[float, float], Between(-20, 100)] = (5.0, 30.0)
    """In dB."""
    colours: tuple[Literal["white", "pink", "brown"], ...] = Field(
        default=("white", "pink", "brown"), min_length=1
    )
    """One of them is drawn; not used where there is a folder."""

    def identity(self) -> dict[str, Any]:
        """Return all that decides what the step does, for the keys of caches."""
        # Sums were once clipped: copies of then are not those of now.
        return super().identity() | {"sum": "unclipped"}

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""

        def with_noise(samples: FloatArray, sample_rate: Hertz) -> FloatArray:
            snr = rng.uniform(*self.snr)
            recording = self.drawn(rng, sample_rate)
            if recording is None:
                noise = coloured_noise(samples.size, sample_rate, rng.choice(self.colours), rng)
            else:
                noise = _cut(recording, samples.size, rng)
            return mixed(samples, noise, snr)

        return own_change(with_noise, self.chance)


def coloured_noise(size: int, sample_rate: Hertz, colour: str, rng: np.random.Generator) -> FloatArray:
    """Return noise of a colour above 50 Hz: white noise whose spectrum is multiplied by the colour's slope.

    audiomentations has such noise, but makes it with a filter so short that nearly nine tenths of its brown
    noise lie below 125 Hz (at 16 kHz).
    """
    spectrum = np.fft.rfft(rng.standard_normal(size))
    hertz = np.fft.rfftfreq(size, 1 / sample_rate)
    gain = (hertz >= LOWEST) * np.maximum(hertz, LOWEST) ** (-COLOURS[colour] / 2)
    return np.fft.irfft(spectrum * gain, size).astype(np.float32)


def _cut(recording: FloatArray, size: int, rng: np.random.Generator) -> FloatArray:
    start = int(rng.integers(max(0, recording.size - size) + 1))
    return np.resize(recording[start : start + size], size)


def mixed(samples: FloatArray, noise: FloatArray, snr: float) -> FloatArray:
    """Return samples with noise added, so many dB below them in power; silent noise adds nothing.

    A sum that would be clipped is scaled down to a peak of 1.
    """
    loud, quiet = (float(np.square(part, dtype=np.float64).mean()) for part in (samples, noise))
    scale = np.sqrt(loud / quiet / 10 ** (snr / 10)) if quiet > 0 else 0.0
    both = samples + np.float32(scale) * noise
    return (both / max(1.0, float(np.abs(both).max(initial=0.0)))).astype(np.float32)


@kind("sloped_noise")
class SlopedNoise(Step):
    """Adds noise whose power falls by so many dB an octave, as audiomentations makes it.

    The packaged model was trained with it. Where the slope is steep, most of it is a rumble below 125 Hz, and
    a sum that is louder than 1 is clipped at the end of all steps, by which the ratio changes; the step
    ``noise`` keeps to its colours and its ratio.
    """

    snr: Annotated[tuple[float, float], Between(-20, 100)] = (5.0, 30.0)
    """In dB."""
    slope: Annotated[tuple[float, float], Between(-12, 12)] = (-6.0, 0.0)
    """In dB an octave."""

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""
        import audiomentations as am

        change: Change = am.AddColorNoise(
            min_snr_db=self.snr[0],
            max_snr_db=self.snr[1],
            min_f_decay=self.slope[0],
            max_f_decay=self.slope[1],
            p=self.chance,
        )
        return change
