"""Feature sets that come from the spectrogram. Definitions are librosa's; all share one `Sound`."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError
from affectone.features.filters import chroma_filters, tonnetz_filters
from affectone.features.sets import Measured, feature_set, numbered
from affectone.features.sound import FAINTEST, Sound, decibels

__all__ = ["PITCH_CLASSES", "contrast_of", "peaks_and_valleys"]

PITCH_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

Floats = npt.NDArray[np.float32]


@feature_set("mel")
def mel(sound: Sound) -> Measured:
    """Power in mel bands."""
    return Measured(numbered("mel", sound.settings.n_mels), sound.mel)


@feature_set("log_mel")
def log_mel(sound: Sound) -> Measured:
    """Power in mel bands, in decibels."""
    return Measured(numbered("log_mel", sound.settings.n_mels), sound.log_mel)


@feature_set("mfcc")
def mfcc(sound: Sound) -> Measured:
    """Mel-frequency cepstral coefficients from the 0th, which follows the level."""
    return Measured(numbered("mfcc", sound.settings.n_mfcc, first=0), _mfcc(sound))


@feature_set("mfcc_delta")
def mfcc_delta(sound: Sound) -> Measured:
    """Change of the MFCC from frame to frame."""
    return Measured(numbered("mfcc_delta", sound.settings.n_mfcc, first=0), _delta(sound, 1))


@feature_set("mfcc_delta2")
def mfcc_delta2(sound: Sound) -> Measured:
    """Change of the change of the MFCC."""
    return Measured(numbered("mfcc_delta2", sound.settings.n_mfcc, first=0), _delta(sound, 2))


def _mfcc(sound: Sound) -> Floats:
    from scipy.fft import dct

    coefficients = dct(sound.log_mel, axis=1, type=2, norm="ortho")
    return np.asarray(coefficients[:, : sound.settings.n_mfcc], np.float32)


def _delta(sound: Sound, order: int) -> Floats:
    """Return the derivative of a parabola or a line through the frames around each frame."""
    from scipy.signal import savgol_filter

    values, width = _mfcc(sound), sound.settings.delta_width
    # At the ends a line goes through the outer frames; where there are too few, the outermost are repeated.
    mode: Literal["interp", "nearest"] = "interp" if len(values) >= width else "nearest"
    return np.asarray(savgol_filter(values, width, polyorder=order, deriv=order, axis=0, mode=mode))


@feature_set("chroma")
def chroma(sound: Sound) -> Measured:
    """Power in the twelve pitch classes; the largest of a frame is 1."""
    return Measured(tuple(f"chroma_{note}" for note in PITCH_CLASSES), _chroma(sound))


def _chroma(sound: Sound) -> Floats:
    settings = sound.settings
    filters = chroma_filters(settings.sample_rate, settings.n_fft, sound.tuning)
    raw = sound.chroma_spectrum @ filters
    return _shares(raw, raw.max(axis=1, keepdims=True))


def _shares(values: Floats, whole: Floats) -> Floats:
    """Divide, where the divisor is more than nothing; elsewhere the values stay what they are."""
    enough = whole >= np.finfo(np.float32).tiny
    return np.asarray(np.divide(values, whole, out=values.copy(), where=enough))


@feature_set("tonnetz")
def tonnetz(sound: Sound) -> Measured:
    """Tonal centroid of the chroma: fifths, minor and major thirds, two axes each."""
    chroma = _chroma(sound)
    shares = _shares(chroma, chroma.sum(axis=1, keepdims=True))
    axes = ("fifth_x", "fifth_y", "minor_x", "minor_y", "major_x", "major_y")
    return Measured(tuple(f"tonnetz_{axis}" for axis in axes), shares @ tonnetz_filters())


@feature_set("contrast")
def contrast(sound: Sound) -> Measured:
    """Decibels between peak and valley of the spectrum, from octave to octave."""
    values = contrast_of(*peaks_and_valleys(sound), sound.settings.top_db)
    return Measured(numbered("contrast", values.shape[1]), values)


def peaks_and_valleys(sound: Sound) -> tuple[Floats, Floats]:
    """Return the levels of peaks and of valleys in the bands of contrast; shape (frames, bands) each."""
    columns = [_peak_and_valley(sound, *band) for band in _contrast_edges(sound)]
    peaks, valleys = (np.stack(side, axis=1) for side in zip(*columns, strict=True))
    return peaks, valleys


def contrast_of(peaks: Floats, valleys: Floats, top_db: float) -> Floats:
    """Return the contrast in decibels; peaks and valleys count as at most `top_db` below the highest."""
    return np.asarray(decibels(peaks, top_db) - decibels(valleys, top_db))


def _contrast_edges(sound: Sound) -> list[tuple[int, int, int]]:
    """Return first and end column of each band, and how many columns make its peak.

    As in librosa a band takes in the last column before it and leaves out its own last one, except the
    highest band, which goes up to half the rate.
    """
    chosen = sound.settings
    octaves = chosen.contrast_lowest * 2.0 ** np.arange(chosen.contrast_bands + 1)
    if octaves[-2] >= chosen.sample_rate / 2:
        raise ConfigError(
            f"contrast of {chosen.contrast_bands} octaves from {chosen.contrast_lowest:g} Hz does not fit "
            f"below {chosen.sample_rate / 2:g} Hz; set fewer contrast_bands or a lower contrast_lowest"
        )
    lows, highs = [0.0, *octaves[:-1]], octaves
    edges = []
    for number, (low, high) in enumerate(zip(lows, highs, strict=True)):
        first = int(np.searchsorted(sound.frequencies, low, "left")) - (number > 0)
        end = int(np.searchsorted(sound.frequencies, high, "right"))
        last = number == chosen.contrast_bands
        end = len(sound.frequencies) if last else end
        wide = max(1, int(np.rint(chosen.contrast_quantile * (end - first))))
        end = end if last else end - 1
        if end <= first:
            raise ConfigError(
                f"contrast: n_fft {chosen.n_fft} has no frequency in the band from {low:g} to {high:g} Hz; "
                "set a longer n_fft, or a higher contrast_lowest"
            )
        edges.append((first, end, wide))
    return edges


def _peak_and_valley(sound: Sound, first: int, end: int, wide: int) -> tuple[Floats, Floats]:
    ordered = np.sort(sound.magnitude[:, first:end], axis=1)
    return ordered[:, -wide:].mean(axis=1), ordered[:, :wide].mean(axis=1)


@feature_set("centroid")
def centroid(sound: Sound) -> Measured:
    """Mean frequency in Hz, weighted by magnitude; 0 in silence."""
    return Measured(("centroid",), sound.moments[:, :1])


@feature_set("bandwidth")
def bandwidth(sound: Sound) -> Measured:
    """Spread of the frequencies around the centroid, in Hz; 0 in silence."""
    mean, square = sound.moments[:, :1], sound.moments[:, 1:]
    return Measured(("bandwidth",), np.sqrt(np.maximum(0.0, square - mean**2)))


@feature_set("rolloff")
def rolloff(sound: Sound) -> Measured:
    """Frequency in Hz below which 85 % of the magnitude lie; 0 in silence."""
    total = np.cumsum(sound.magnitude, axis=1)
    reached = total >= np.float32(sound.settings.rolloff) * total[:, -1:]
    return Measured(("rolloff",), sound.frequencies[np.argmax(reached, axis=1)][:, np.newaxis])


@feature_set("flatness")
def flatness(sound: Sound) -> Measured:
    """Geometric by arithmetic mean of the power, from 0 for a tone to 1 for silence."""
    power = np.maximum(np.float32(FAINTEST), sound.power)
    ratio = np.exp(np.log(power).mean(axis=1, keepdims=True)) / power.mean(axis=1, keepdims=True)
    return Measured(("flatness",), ratio)
