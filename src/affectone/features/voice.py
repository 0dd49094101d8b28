"""Feature sets of the voice itself, by Praat: pitch, and how regular its periods are."""

from __future__ import annotations

from typing import Any

import numpy as np

from affectone.errors import ConfigError
from affectone.features.sets import FEATURES, FeatureSet, Measured, feature_set
from affectone.features.settings import Settings
from affectone.features.sound import Sound

SHORTEST, LONGEST_PERIOD = 0.0001, 0.02
"""In seconds; Praat's own defaults."""
PERIOD_FACTOR, AMPLITUDE_FACTOR = 1.3, 1.6
"""Neighbouring periods may differ by these factors in length and amplitude; Praat's own defaults."""
FEWEST_PERIODS = 12
"""What shimmer over eleven periods needs."""
MOST_NOISE = 1e-10
"""Share of noise, or of harmonics, in the power that counts at least: the ratio stays within 100 dB."""

PERIODS = (SHORTEST, LONGEST_PERIOD, PERIOD_FACTOR)
JITTERS = {"jitter_local": "local", "jitter_rap": "rap", "jitter_ppq5": "ppq5"}
SHIMMERS = {
    "shimmer_local": "local",
    "shimmer_local_db": "local_dB",
    "shimmer_apq3": "apq3",
    "shimmer_apq5": "apq5",
    "shimmer_apq11": "apq11",
}


LEAST_HOP = 8
"""Samples from frame to frame that Praat places to the sample."""


@feature_set("pitch", gaps=("pitch_hz",))
def pitch(sound: Sound) -> Measured:
    """Fundamental frequency in Hz (NaN without voice), whether there is voice, and how periodic it is.

    Praat's autocorrelation method (Boersma 1993). Its frames are put on those of the other sets.
    """
    import parselmouth

    chosen, frames = _with_pitch(sound.settings), len(sound.times)
    if chosen.hop < LEAST_HOP:
        raise ConfigError(f"pitch needs hop >= {LEAST_HOP}; got {chosen.hop}")
    hop, rate = chosen.hop, chosen.sample_rate
    # Praat centres its frames on the middle of the sound: this much silence on both sides makes frame i
    # stand on sample i * hop, with half a hop to spare for rounding, and no room for a frame more.
    spare = hop // 4 + (2 if hop >= 16 else 0)
    side = int(np.ceil(1.5 * rate / chosen.pitch_lowest)) + spare
    padded = np.zeros((frames - 1) * hop + 2 * side + 1)
    kept = sound.samples[: len(padded) - side]
    padded[side : side + len(kept)] = kept
    tracked = parselmouth.Sound(padded, sampling_frequency=rate).to_pitch_ac(
        time_step=hop / rate, pitch_floor=chosen.pitch_lowest, pitch_ceiling=chosen.pitch_highest
    )
    found = tracked.selected_array
    voiced = found["frequency"] > 0
    hertz = np.where(voiced, found["frequency"], np.nan)
    values = np.stack([hertz, voiced, np.clip(found["strength"], 0, 1)], axis=1)
    return Measured(("pitch_hz", "pitch_voiced", "pitch_strength"), values)


def _with_pitch(settings: Settings) -> Settings:
    """Refuse a rate that cannot hold the highest pitch."""
    if settings.pitch_highest > settings.sample_rate / 2:
        raise ConfigError(
            f"pitch needs pitch_highest <= {settings.sample_rate / 2:g} Hz at sample_rate "
            f"{settings.sample_rate}; got {settings.pitch_highest:g}"
        )
    return settings


def voice_quality(sound: Sound) -> Measured:
    """Jitter, shimmer, harmonics-to-noise ratio in dB and the number of periods they were measured on.

    All are 0 where there are fewer than 12 periods, and so is then the number.
    """
    _with_pitch(sound.settings)
    names = (*JITTERS, *SHIMMERS, "hnr_db", "voice_periods")
    values = _regularity(sound) if sound.duration * sound.settings.pitch_lowest > 3 else None
    return Measured(names, np.zeros(len(names)) if values is None else np.array(values))


def _regularity(sound: Sound) -> list[float] | None:
    from parselmouth.praat import call

    chosen, heard = sound.settings, sound.praat
    tracked = heard.to_pitch_ac(pitch_floor=chosen.pitch_lowest, pitch_ceiling=chosen.pitch_highest)
    pulses = call([heard, tracked], "To PointProcess (cc)")
    periods = call(pulses, "Get number of periods", 0, 0, *PERIODS)
    if periods < FEWEST_PERIODS:
        return None
    jitters = [call(pulses, f"Get jitter ({kind})", 0, 0, *PERIODS) for kind in JITTERS.values()]
    both, limits = [heard, pulses], (*PERIODS, AMPLITUDE_FACTOR)
    shimmers = [call(both, f"Get shimmer ({kind})", 0, 0, *limits) for kind in SHIMMERS.values()]
    # Praat leaves open what periods in short bursts do not define, such as shimmer over eleven.
    defined = np.nan_to_num([*jitters, *shimmers], nan=0.0)
    return [*defined, _harmonics_to_noise(tracked.selected_array), periods]


def _harmonics_to_noise(tracked: Any) -> float:
    """Return the mean ratio in dB over voiced frames, as Praat's voice report has it (Boersma 1993)."""
    periodic = np.clip(tracked["strength"][tracked["frequency"] > 0], MOST_NOISE, 1 - MOST_NOISE)
    return float(np.mean(10 * np.log10(periodic / (1 - periodic))))


FEATURES.register("voice_quality", extra="features")(
    FeatureSet("voice_quality", voice_quality.__doc__ or "", None, voice_quality)
)
