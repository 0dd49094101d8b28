"""What a voice is like, apart from what it says and from the emotion in it.

The encoder in the packaged models was made to know words, yet its states keep something of the voice. Beside
them stands what the shape of the throat does to the spectrum: mean and deviation of the cepstrum. Emotion
moves both. They are therefore seen from where the voices of actors differ more than each of them does between
emotions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from affectone.audio.signal import FloatArray
from affectone.errors import ConfigError
from affectone.models import ModelArtefact, OnnxRunner
from affectone.recognition.pieces import Piece, PieceCutter
from affectone.recognition.track import Spread
from affectone.units import Samples

__all__ = ["SPACE", "VoiceSpace", "Voices", "VoicesTrack", "cepstrum_of"]

SPACE: Final = Path(__file__).with_name("voice_space.npz")
"""Made by benchmarks/voices.py, which says how."""
FRAME_LENGTH: Final = 512
HOP: Final = 160
BANDS: Final = 40
COEFFICIENTS: Final = 24
"""Of the cepstrum, from the first: the 0th is the level."""
LOUD: Final = 0.02
"""Share of a piece's highest power, short bursts left out, from which a frame counts."""
SILENCE: Final = 1e-30
"""Mean power that a piece counts as having at least."""
FAINTEST: Final = 1e-7
"""Share of a piece's mean power under which nothing is told from nothing."""


@cache
def _window_and_filters() -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    # The room of features is loaded when voices are told apart, and not with every command.
    from affectone.features.filters import mel_filter_bank, window_of
    from affectone.features.settings import Settings

    settings = Settings(n_fft=FRAME_LENGTH, hop=HOP, n_mels=BANDS)
    return window_of(settings.window, FRAME_LENGTH), mel_filter_bank(settings).filters


@cache
def _cosines() -> npt.NDArray[np.float64]:
    """Return what turns logarithms of bands into the cepstrum, shape (bands, coefficients)."""
    phase = np.outer(np.arange(BANDS) + 0.5, np.arange(1, COEFFICIENTS + 1))
    return np.asarray(np.cos(np.pi / BANDS * phase) * np.sqrt(2 / BANDS))


def cepstrum_of(samples: FloatArray) -> FloatArray:
    """Return mean and deviation of the cepstrum over a piece's loud frames, shape (48,).

    Parameters
    ----------
    samples : numpy.ndarray of float32, shape (samples,)
        At 16 kHz, of any level.
    """
    window, filters = _window_and_filters()
    sound = np.pad(samples, (0, max(0, FRAME_LENGTH - samples.size)))
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME_LENGTH)[::HOP]
    spectra = np.fft.rfft(frames * window, axis=1)
    bands = np.square(np.abs(spectra)) @ filters
    bands = bands / max(float(bands.mean()), SILENCE) + FAINTEST
    power = bands.sum(axis=1)
    cepstrum = np.log(bands[power >= LOUD * np.quantile(power, 0.95)]) @ _cosines()
    return np.concatenate([cepstrum.mean(axis=0), cepstrum.std(axis=0)]).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class VoiceSpace:
    """A linear view of states and cepstrum in which a voice stays in its place while its emotion changes.

    Within a voice each coordinate has the variance 1, and they do not vary together.

    Parameters
    ----------
    states : numpy.ndarray of float32, shape (numbers, dim)
        From the states of one model.
    cepstrum : numpy.ndarray of float32, shape (48, dim)
    spread : numpy.ndarray of float64, shape (dim,)
        Variance between voices.
    """

    states: FloatArray
    cepstrum: FloatArray
    spread: npt.NDArray[np.float64]

    @classmethod
    def of(cls, artefact: ModelArtefact) -> VoiceSpace:
        """Return the one in the package for the states of a model.

        Raises
        ------
        ConfigError
            If it is not for this model, known by the hash of its network.
        """
        with np.load(SPACE, allow_pickle=False) as kept:
            models = kept["models"].tolist()
            if artefact.card.sha256 not in models:
                raise ConfigError(f"model {artefact.title} tells no speakers apart; base does")
            # Each model divides the encoder's states by numbers of its own.
            scale = kept["scales"][models.index(artefact.card.sha256)]
            states = scale[:, np.newaxis] * kept["states"].astype(np.float32)
            return cls(states, kept["cepstrum"], kept["spread"].astype(np.float64))

    def __call__(self, states: FloatArray, cepstrum: FloatArray) -> FloatArray:
        """Return where a voice lies, shape (dim,)."""
        return np.asarray(states @ self.states + cepstrum @ self.cepstrum, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Voices:
    """The pieces of a channel's speech, in order.

    Parameters
    ----------
    places : numpy.ndarray of int64, shape (pieces, 2)
        Samples ``[start, end)`` of each.
    rows : numpy.ndarray of float32, shape (pieces, dim)
        Where its voice lies in the `VoiceSpace`.
    """

    places: npt.NDArray[np.int64]
    rows: FloatArray


class VoicesTrack:
    """Takes a channel frame by frame and keeps what its pieces of speech are like.

    Parameters
    ----------
    runner : OnnxRunner
    space : VoiceSpace
        For the states of this model.
    spread : callable
        `map`, or that of a pool.
    """

    def __init__(self, runner: OnnxRunner, space: VoiceSpace, spread: Spread) -> None:
        self._runner, self._space, self._spread = runner, space, spread
        self._cutter = PieceCutter()
        self._places: list[tuple[Samples, Samples]] = []
        self._rows: list[FloatArray] = []

    def push(self, samples: FloatArray, speech: npt.NDArray[np.bool_]) -> None:
        """Take the next frames; see `PieceCutter.push`."""
        self._hear(self._cutter.push(samples, speech))

    def finish(self) -> Voices:
        """Return all pieces, once the sound has ended."""
        self._hear(self._cutter.finish())
        places = np.array(self._places, np.int64).reshape(-1, 2)
        return Voices(places, np.array(self._rows, np.float32).reshape(-1, self._space.spread.size))

    def _hear(self, pieces: list[Piece]) -> None:
        self._places += [(piece.start, piece.end) for piece in pieces]
        self._rows += self._spread(self._row, [piece.samples for piece in pieces])

    def _row(self, samples: FloatArray) -> FloatArray:
        return self._space(self._runner.run(samples).states, cepstrum_of(samples))
