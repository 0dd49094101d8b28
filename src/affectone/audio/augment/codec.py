"""The step that encodes a clip and decodes it again."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

import numpy as np
import soundfile as sf
from pydantic import Field

from affectone.audio.augment.bands import TELEPHONE_RATE, at_rate
from affectone.audio.augment.step import Between, Change, Step, kind, own_change
from affectone.audio.signal import FloatArray
from affectone.units import Hertz

__all__ = ["CODECS", "Codec"]

MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
MP3_DELAY = 576 + 529
"""Samples that LAME and a decoder put in front. A header tells, but has no room in frames of few bits."""
OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
OPUS_BITRATES = (6.0, 256.0)


@kind("codec")
class Codec(Step):
    """Encodes and decodes by MP3, Opus, G.711 (mu-law, A-law) or GSM at 8 kHz, and keeps time and length."""

    codecs: tuple[Literal["mp3", "opus", "mulaw", "alaw", "gsm"], ...] = Field(
        default=("mp3", "opus", "mulaw", "alaw"), min_length=1
    )
    """One of them is drawn."""
    bitrate: Annotated[tuple[float, float], Between(6, 320)] = (16.0, 64.0)
    """Of MP3 and Opus in kbit/s; the nearest that there is at the rate of the clip."""

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""

        def coded(samples: FloatArray, sample_rate: Hertz) -> FloatArray:
            codec = CODECS[rng.choice(self.codecs)]
            return codec(np.clip(samples, -1.0, 1.0), sample_rate, rng.uniform(*self.bitrate))

        return own_change(coded, self.chance)


def _mp3(samples: FloatArray, sample_rate: Hertz, bitrate: float) -> FloatArray:
    rate = _nearest(sample_rate, MP3_RATES)
    low, high = (32, 320) if rate >= 32_000 else (8, 160) if rate >= 16_000 else (8, 64)
    # libsndfile speaks of a level of compression between these two, and refuses the last of them.
    level = min(max((high - bitrate) / (high - low), 0.0), 0.99)
    there = partial(
        _round_trip,
        rate=rate,
        form={"format": "MP3", "compression_level": level, "bitrate_mode": "CONSTANT"},
        delay=MP3_DELAY,
    )
    return at_rate(samples, sample_rate, rate, there)


def _opus(samples: FloatArray, sample_rate: Hertz, bitrate: float) -> FloatArray:
    rate = _nearest(sample_rate, OPUS_RATES)
    low, high = OPUS_BITRATES
    level = min(max((high - bitrate) / (high - low), 0.0), 1.0)
    form = {"format": "OGG", "subtype": "OPUS", "compression_level": level}
    return at_rate(samples, sample_rate, rate, partial(_round_trip, rate=rate, form=form))


def _telephone(samples: FloatArray, sample_rate: Hertz, bitrate: float, *, subtype: str) -> FloatArray:
    there = partial(_round_trip, rate=TELEPHONE_RATE, form={"format": "WAV", "subtype": subtype})
    return at_rate(samples, sample_rate, TELEPHONE_RATE, there)


CODECS: dict[str, Callable[[FloatArray, Hertz, float], FloatArray]] = {
    "mp3": _mp3,
    "opus": _opus,
    "mulaw": partial(_telephone, subtype="ULAW"),
    "alaw": partial(_telephone, subtype="ALAW"),
    "gsm": partial(_telephone, subtype="GSM610"),
}
"""Name -> a function of samples, their rate and a bitrate in kbit/s."""


def _nearest(sample_rate: Hertz, known: tuple[Hertz, ...]) -> Hertz:
    """Return the lowest known rate that loses nothing, or the highest there is."""
    return min((rate for rate in known if rate >= sample_rate), default=known[-1])


def _round_trip(samples: FloatArray, *, rate: Hertz, form: dict[str, object], delay: int = 0) -> FloatArray:
    """Encode and decode; `delay` samples are in front, if more come back than went in."""
    encoded = io.BytesIO()
    sf.write(encoded, samples, rate, **form)
    encoded.seek(0)
    decoded: FloatArray = sf.read(encoded, dtype="float32")[0]
    if decoded.size > samples.size:
        decoded = decoded[delay:]
    return np.pad(decoded, (0, max(0, samples.size - decoded.size)))[: samples.size]
