"""The step that puts a clip into a room."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from affectone.audio.augment.folder import FolderStep
from affectone.audio.augment.step import Between, Change, kind, own_change
from affectone.audio.signal import FloatArray
from affectone.units import Hertz

__all__ = ["Reverb", "room_response"]


@kind("reverb")
class Reverb(FolderStep):
    """Adds a room: a made-up one, or one whose impulse response is in a folder.

    The direct sound keeps its time and its level, and the clip its length. A response of a folder is taken
    from its highest peak on, and scaled to make that 1.
    """

    decay: Annotated[tuple[float, float], Between(0.02, 10)] = (0.15, 0.6)
    """Reverberation time T60 of a made-up room in seconds."""
    direct: Annotated[tuple[float, float], Between(0.1, 100)] = (2.0, 8.0)
    """Level of the direct sound over the tail of a made-up room, as a ratio of amplitudes."""

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""
        from scipy.signal import fftconvolve

        def in_a_room(samples: FloatArray, sample_rate: Hertz) -> FloatArray:
            response = _from_its_peak(self.drawn(rng, sample_rate))
            if response is None:
                response = room_response(
                    sample_rate, decay=rng.uniform(*self.decay), direct=rng.uniform(*self.direct), rng=rng
                )
            return fftconvolve(samples, response)[: samples.size].astype(np.float32)

        return own_change(in_a_room, self.chance)


def _from_its_peak(response: FloatArray | None) -> FloatArray | None:
    if response is None or not response.any():
        return response
    peak = int(np.abs(response).argmax())
    tail: FloatArray = response[peak:] / response[peak]
    return tail


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
