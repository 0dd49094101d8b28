"""Test media, made with soundfile and PyAV; no recording is stored."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

Samples = npt.NDArray[np.float32]
Encode = Callable[..., bytes]

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1", 16: "hexadecagonal"}


def make_tone(hertz: float, rate: int, seconds: float = 2.0, level: float = 0.5) -> Samples:
    """Return a sine of shape ``(samples,)``."""
    time = np.arange(round(rate * seconds)) / rate
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def with_soundfile(samples: Samples, rate: int, container: str, subtype: str | None = None) -> bytes:
    """Encode samples of shape ``(samples,)`` or ``(channels, samples)`` with libsndfile."""
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, samples.T, rate, format=container, subtype=subtype)
    return buffer.getvalue()


def with_pyav(
    samples: Samples, rate: int, container: str, codec: str, *, bits: int = 64000, options: Any = None
) -> bytes:
    """Encode samples of shape ``(samples,)`` or ``(channels, samples)`` with FFmpeg."""
    import av

    planar = np.atleast_2d(samples)
    layout = LAYOUTS[planar.shape[0]]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options=options or {}) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        stream.bit_rate = bits
        packed = np.ascontiguousarray(planar.T).reshape(1, -1)  # PyAV 18 takes no 8 planes.
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        stream.codec_context.open()
        resampler = av.AudioResampler(
            format=stream.format.name, layout=layout, rate=rate, frame_size=stream.codec_context.frame_size
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def loudest_hertz(samples: Samples, rate: int) -> float:
    """Return the frequency of the strongest spectral line."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


def sine_level(samples: Samples) -> float:
    """Return the amplitude of a sine from its power, over the middle half (codecs fade in and out)."""
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    return float(np.sqrt(2 * np.mean(np.square(middle, dtype=np.float64))))


@pytest.fixture(scope="session")
def tone() -> Callable[..., Samples]:
    return make_tone


@pytest.fixture(scope="session")
def sndfile() -> Encode:
    return with_soundfile


@pytest.fixture(scope="session")
def ffmpeg() -> Encode:
    return with_pyav


@pytest.fixture(scope="session")
def hertz_of() -> Callable[[Samples, int], float]:
    return loudest_hertz


@pytest.fixture(scope="session")
def level_of() -> Callable[[Samples], float]:
    return sine_level


@pytest.fixture(scope="session")
def speechlike() -> Callable[..., Samples]:
    """Return a maker of noise bursts with pauses, as syllables are, that end at a known frequency."""

    def make(rate: int = 16000, seconds: float = 6.0, top_hertz: float = 7000.0) -> Samples:
        rng = np.random.default_rng(5)
        count = round(rate * seconds)
        time = np.arange(count) / rate
        syllables = np.maximum(0.0, np.sin(2 * np.pi * 3.0 * time)) ** 2
        phrases = np.sin(2 * np.pi * 0.4 * time) > -0.6
        spectrum = np.fft.rfft(rng.standard_normal(count) * syllables * phrases)
        hertz = np.fft.rfftfreq(count, 1 / rate)
        sound = np.fft.irfft(spectrum * (hertz > 100) * (hertz < top_hertz) / np.maximum(hertz, 300.0), count)
        return (0.5 * sound / np.abs(sound).max()).astype(np.float32)

    return make
