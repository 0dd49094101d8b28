"""What recordings meet outside a studio: the changes that robustness is measured with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectone.audio.augment.chain import Augmentation
from affectone.audio.augment.codec import Codec
from affectone.audio.augment.folder import check_recordings
from affectone.audio.augment.levels import Gain, Normalize
from affectone.audio.augment.noise import Noise
from affectone.audio.augment.rooms import Reverb
from affectone.audio.augment.step import Step
from affectone.audio.augment.timing import Excerpt

__all__ = ["CONDITIONS", "Condition", "noise_conditions"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One way to change a recording.

    Parameters
    ----------
    by : str
        What is changed, as a table has it.
    name : str
        How far.
    changes : Augmentation
        Nothing in it is drawn but the noise and the room themselves, by a clip's content.
    """

    by: str
    name: str
    changes: Augmentation


SNRS = (20.0, 10.0, 5.0, 0.0)
"""In dB."""


def noise_conditions(by: str, folder: Path) -> tuple[Condition, ...]:
    """Return the conditions of recorded noise, from hardly heard to as loud as the clip.

    Parameters
    ----------
    by : str
        What the noise is, as a table has it.
    folder : Path
        Recordings of it. They are read whole: a run must not stop, nor go on with nothing, when one is drawn.

    Raises
    ------
    ConfigError
        If the folder is not there, or a recording in it cannot be read or is silent.
    """
    check_recordings(folder)
    return _noise(by, folder=folder)


def _noise(by: str, **settings: Any) -> tuple[Condition, ...]:
    return tuple(_condition(by, f"{snr:g} dB SNR", Noise(snr=(snr, snr), **settings)) for snr in SNRS)


def _condition(by: str, name: str, *steps: Step) -> Condition:
    return Condition(by, name, Augmentation(steps))


def _level(name: str, decibels: float) -> Condition:
    return _condition("level", name, Normalize(), Gain(decibels=(decibels, decibels)))


def _length(seconds: float) -> Condition:
    return _condition("length", f"{seconds:g} s", Excerpt(seconds=(seconds, seconds)))


CONDITIONS: tuple[Condition, ...] = (
    *_noise("white noise", colours=("white",)),
    _condition("codec", "G.711 mu-law, 8 kHz", Codec(codecs=("mulaw",))),
    _condition("codec", "GSM full rate, 8 kHz", Codec(codecs=("gsm",))),
    _condition("codec", "Opus, 8 kbit/s", Codec(codecs=("opus",), bitrate=(8, 8))),
    _condition(
        "reverberation", "T60 0.6 s, direct to reverberant 0 dB", Reverb(decay=(0.6, 0.6), direct=(1, 1))
    ),
    _level("peak 40 dB below full scale", -40),
    _level("peak 20 dB below full scale", -20),
    _level("peak 12 dB over full scale, clipped", 12),
    _level("peak 24 dB over full scale, clipped", 24),
    *map(_length, (0.5, 1, 2, 5, 10)),
)
"""In the order of tables. A length is that of the loudest stretch; shorter clips are repeated to it."""
