"""What recordings meet outside a studio: the changes that robustness is measured with."""

from __future__ import annotations

from dataclasses import dataclass

from affectone.audio.augment.chain import Augmentation
from affectone.audio.augment.codec import Codec
from affectone.audio.augment.noise import Noise
from affectone.audio.augment.rooms import Reverb
from affectone.audio.augment.step import Step

__all__ = ["CONDITIONS", "Condition"]


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


def _condition(by: str, name: str, step: Step) -> Condition:
    return Condition(by, name, Augmentation([step]))


CONDITIONS: tuple[Condition, ...] = (
    *(
        _condition("white noise", f"{snr} dB SNR", Noise(snr=(snr, snr), colours=("white",)))
        for snr in (20, 10, 5, 0)
    ),
    _condition("codec", "G.711 mu-law, 8 kHz", Codec(codecs=("mulaw",))),
    _condition("codec", "Opus, 8 kbit/s", Codec(codecs=("opus",), bitrate=(8, 8))),
    _condition(
        "reverberation", "T60 0.6 s, direct to reverberant 0 dB", Reverb(decay=(0.6, 0.6), direct=(1, 1))
    ),
)
"""In the order of tables."""
