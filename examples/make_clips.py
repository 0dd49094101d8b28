"""Make the example clips: short sentences said by a speech synthesiser, and one chord without speech.

Run it with ``python examples/make_clips.py``; it needs the program espeak-ng and
rewrites the clips beside it.
"""

from __future__ import annotations

import argparse
import io
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile as sf
import soxr

FloatArray = npt.NDArray[np.float32]

RATE = 16_000
PHONE_RATE = 8_000


@dataclass(frozen=True)
class Clip:
    """One sentence and how the synthesiser says it."""

    name: str
    """File name; its ending chooses the container."""
    voice: str
    """Voice and variant of espeak-ng: f variants sound female-like, m variants male-like."""
    pitch: int
    """0 to 99; espeak-ng's own default is 50."""
    pitch_range: str
    """How far the pitch moves, in % of the voice's own range."""
    words_per_minute: int
    amplitude: int
    """0 to 200; espeak-ng's own default is 100."""
    text: str
    subtype: str = "PCM_16"
    sample_rate: int = RATE


CLIPS = (
    Clip("train.wav", "en-gb+m3", 42, "60%", 165, 90, "The train to the coast leaves at ten past nine."),
    Clip("keys.flac", "en-us+f2", 62, "180%", 205, 125, "How often must I ask? Give me back my keys! Now!"),
    Clip(
        "garden.opus",
        "en-gb+f5",
        90,
        "200%",
        180,
        105,
        "Come and see! The whole garden is in flower!",
        "OPUS",
    ),
    Clip("rain.flac", "en-us+m7", 18, "30%", 120, 45, "It rained all week, and nobody came."),
    Clip(
        "phone.wav",
        "en-us+f2",
        48,
        "100%",
        170,
        110,
        "Hello, I am calling about the letter you sent me.",
        "ULAW",
        PHONE_RATE,
    ),
)
CHORD = "chord.flac"


def speak(clip: Clip) -> FloatArray:
    """Return the sentence as the synthesiser says it, shape (samples,), at the clip's rate."""
    ssml = f'<speak><prosody range="{clip.pitch_range}">{clip.text}</prosody></speak>'
    options = {"-v": clip.voice, "-p": clip.pitch, "-s": clip.words_per_minute, "-a": clip.amplitude}
    command = ["espeak-ng", "-m", "--stdout", *(str(part) for pair in options.items() for part in pair), ssml]
    wav = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    # Written to a pipe, the WAV header promises more samples than there are; raw reading ignores it.
    pcm = np.frombuffer(wav[44:], dtype="<i2").astype(np.float32) / 32768
    spoken_rate = int.from_bytes(wav[24:28], "little")
    return np.asarray(soxr.resample(pcm, spoken_rate, clip.sample_rate), dtype=np.float32)


def telephone(samples: FloatArray, sample_rate: int) -> FloatArray:
    """Keep 300 to 3400 Hz, as a telephone line does; shape (samples,) in and out."""
    spectrum = np.fft.rfft(samples)
    frequency = np.fft.rfftfreq(len(samples), 1 / sample_rate)
    spectrum[(frequency < 300) | (frequency > 3400)] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


def chord(seconds: float = 2.5) -> FloatArray:
    """Return a soft A major chord that swells and fades, shape (samples,), at 16 kHz."""
    time = np.arange(round(seconds * RATE)) / RATE
    partials = [
        np.sin(2 * np.pi * root * harmonic * time) / harmonic**2
        for root in (220.0, 277.18, 329.63)
        for harmonic in (1, 2, 3)
    ]
    swell = np.sin(np.pi * time / seconds) ** 2
    return np.asarray(0.12 * swell * np.sum(partials, axis=0), dtype=np.float32)


def write(path: Path, samples: FloatArray, sample_rate: int, subtype: str) -> None:
    """Write samples of shape (samples,); the ending of `path` chooses the container."""
    container = {".wav": "WAV", ".flac": "FLAC", ".opus": "OGG"}[path.suffix]
    buffer = io.BytesIO()
    sf.write(buffer, np.clip(samples, -1, 1), sample_rate, format=container, subtype=subtype)
    path.write_bytes(buffer.getvalue())


def main() -> None:
    """Write all clips into a folder."""
    parser = argparse.ArgumentParser(description="Make the example clips with espeak-ng.")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).parent, help="folder to write to")
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    for clip in CLIPS:
        samples = speak(clip)
        if clip.sample_rate == PHONE_RATE:
            samples = telephone(samples, PHONE_RATE)
        write(folder / clip.name, samples, clip.sample_rate, clip.subtype)
    write(folder / CHORD, chord(), RATE, "PCM_16")


if __name__ == "__main__":
    main()
