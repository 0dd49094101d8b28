"""Augmentation of training clips: other speeds, rooms, noises, bands and levels, from one seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr

from affectone.audio.signal import FloatArray
from affectone.errors import ConfigError
from affectone.registry import require_extra
from affectone.units import Hertz

__all__ = ["AugmentConfig", "augment", "room_response"]

TELEPHONE_RATE = 8_000


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """How a clip is changed; a probability of 0 leaves a change out.

    Parameters
    ----------
    slowest, fastest : float
        Range of speed. Speed changes pitch and formants with it, which gives voices of other sizes.
    noise, reverb, band, level : float
        Probability of coloured noise at 5 to 30 dB, of a small room, of a narrower band (a telephone's, a low
        pass, or 8 kHz sampling), and of another level up to clipping.

    Raises
    ------
    ConfigError
        If a probability is not between 0 and 1, or the speeds are not ordered above 0.
    """

    slowest: float = 0.85
    fastest: float = 1.18
    noise: float = 0.4
    reverb: float = 0.25
    band: float = 0.2
    level: float = 0.2

    def __post_init__(self) -> None:
        if not 0 < self.slowest <= self.fastest:
            raise ConfigError(
                f"augment wants 0 < slowest <= fastest; got {self.slowest:g} and {self.fastest:g}"
            )
        for name in ("noise", "reverb", "band", "level"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(
                    f"augment.{name} is a probability between 0 and 1; got {getattr(self, name):g}"
                )


def augment(samples: FloatArray, sample_rate: Hertz, *, seed: int, config: AugmentConfig) -> FloatArray:
    """Return a changed copy of a clip; the same seed and configuration give the same copy.

    Parameters
    ----------
    samples : numpy.ndarray of float32, shape (samples,)
    sample_rate : int
        In Hz.
    seed : int
        Anything from 0 to 2**32 - 1.
    config : AugmentConfig

    Raises
    ------
    MissingExtraError
        If audiomentations is not installed.
    """
    require_extra("features", "augmentation")
    rng = np.random.default_rng(seed)
    speed = rng.uniform(config.slowest, config.fastest)
    changed = soxr.resample(samples, sample_rate * speed, sample_rate, quality="MQ").astype(np.float32)
    # audiomentations draws from the global generators of random and numpy: seed them, and put them back.
    state, legacy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    try:
        changed = _pipeline(config, rng)(samples=changed, sample_rate=sample_rate)
    finally:
        random.setstate(state)
        np.random.set_state(legacy_state)  # noqa: NPY002
    return np.clip(changed, -1.0, 1.0).astype(np.float32)


def _pipeline(config: AugmentConfig, rng: np.random.Generator) -> Callable[..., FloatArray]:
    import audiomentations as am
    from scipy.signal import fftconvolve

    def reverberate(samples: FloatArray, sample_rate: Hertz) -> FloatArray:
        response = room_response(sample_rate, decay=rng.uniform(0.15, 0.6), direct=rng.uniform(2, 8), rng=rng)
        return fftconvolve(samples, response)[: samples.size].astype(np.float32)

    def at_telephone_rate(samples: FloatArray, sample_rate: Hertz) -> FloatArray:
        low = soxr.resample(samples, sample_rate, TELEPHONE_RATE, quality="MQ")
        high = soxr.resample(low, TELEPHONE_RATE, sample_rate, quality="MQ")
        return np.asarray(high[: samples.size], dtype=np.float32)

    narrow: list[Any] = [
        # About 300 to 3,400 Hz, the band of analogue lines.
        am.BandPassFilter(min_center_freq=1750, max_center_freq=1950, min_bandwidth_fraction=1.55,
                          max_bandwidth_fraction=1.75, min_rolloff=24, max_rolloff=48, p=1.0),
        am.LowPassFilter(min_cutoff_freq=3000, max_cutoff_freq=6500, min_rolloff=24, max_rolloff=48, p=1.0),
        am.Lambda(transform=at_telephone_rate, p=1.0),
    ]  # fmt: skip
    return am.Compose(  # type: ignore[no-any-return]
        [
            am.Normalize(p=1.0),
            am.Lambda(transform=reverberate, p=config.reverb),
            am.AddColorNoise(min_snr_db=5, max_snr_db=30, min_f_decay=-6, max_f_decay=0, p=config.noise),
            am.OneOf(narrow, p=config.band),
            am.Gain(min_gain_db=-20, max_gain_db=9, p=config.level),
        ]
    )


def room_response(sample_rate: Hertz, *, decay: float, direct: float, rng: np.random.Generator) -> FloatArray:
    """Return the impulse response of a made-up room: a direct path and noise that dies away.

    Polack's statistical model: white noise times an exponential that has fallen by 60 dB after `decay`
    seconds (Polack 1988; exp(-6.908 t / decay)).

    Parameters
    ----------
    sample_rate : int
        In Hz.
    decay : float
        Reverberation time T60 in seconds.
    direct : float
        Level of the direct path over the tail, as a ratio of amplitudes of their energies.
    rng : numpy.random.Generator
    """
    times = np.arange(int(decay * sample_rate)) / sample_rate
    tail = rng.standard_normal(times.size) * np.exp(-6.908 * times / decay)
    tail /= np.sqrt(np.square(tail).sum()) * direct
    tail[0] = 1.0
    return tail.astype(np.float32)
