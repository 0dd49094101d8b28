"""How surely altered copies of a recording are found, and whether different recordings are taken for one.

python benchmarks/twins.py --corpora ../shared/corpora

Writes results/twins.json: for each kind of change the share of clips whose changed copy is found, and the
pairs of clips of all corpora that pass for one recording. Takes minutes; --jobs N for more than one process.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile as sf
import soxr

from affectone.audio import FloatArray, load_audio
from affectone.audio.augment import Augmentation, room_response
from affectone.corpora.scan import scan_corpora
from affectone.corpora.twins import SAME_RECORDING, Signature
from affectone.workers import over_workers

HERE = Path(__file__).parent
NAMES = ("ravdess", "crema_d", "tess", "savee", "emodb", "nemo", "turev")
RATE = 16000
CLIPS = 500
SEED = 20

Rng = np.random.Generator
Changed = tuple[FloatArray, int]


def noisy(sound: FloatArray, rng: Rng, *, decibels: float, slope: float = 0.0) -> FloatArray:
    """Add noise at a signal-to-noise ratio; a slope of 1 is pink."""
    spectrum = np.fft.rfft(rng.standard_normal(len(sound)))
    noise = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 1) ** (slope / 2), len(sound))
    level = np.sqrt(np.square(sound).mean() / np.square(noise).mean() / 10 ** (decibels / 10))
    return (sound + level * noise).astype(np.float32)


def encoded(sound: FloatArray, rate: int, container: str, subtype: str) -> Changed:
    """Encode and decode, lossy formats at their lowest quality."""
    quality = 0.99 if container in ("MP3", "OGG") else None
    buffer = io.BytesIO()
    sf.write(buffer, sound, rate, format=container, subtype=subtype, compression_level=quality)
    samples, rate = sf.read(io.BytesIO(buffer.getvalue()), dtype="float32")
    return samples, rate


def filtered(sound: FloatArray, gain: Callable[[npt.NDArray[np.float64]], Any]) -> FloatArray:
    """Multiply the spectrum by a gain of frequency."""
    spectrum = np.fft.rfft(sound)
    changed = np.fft.irfft(spectrum * gain(np.fft.rfftfreq(len(sound), 1 / RATE)), len(sound))
    return changed.astype(np.float32)


def tilt(decibels: float) -> Callable[[npt.NDArray[np.float64]], Any]:
    """Return an equaliser of so many dB an octave around 500 Hz."""
    return lambda hertz: 10 ** (decibels * np.clip(np.log2(np.maximum(hertz, 50) / 500), -3, 4) / 20)


def telephone(sound: FloatArray) -> FloatArray:
    """Keep 300 to 3400 Hz."""
    return filtered(sound, lambda hertz: (hertz > 300) & (hertz < 3400))


def faded(sound: FloatArray, seconds: float) -> FloatArray:
    """Fade in and out."""
    ramp = np.minimum(1, np.arange(len(sound)) / (seconds * RATE))
    return (sound * ramp * ramp[::-1]).astype(np.float32)


def in_a_room(sound: FloatArray, rng: Rng) -> FloatArray:
    """Add the sound of a small room."""
    response = room_response(RATE, decay=0.3, direct=1.5, rng=rng)
    size = len(sound) + len(response)
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size).astype(np.float32)


def shouted(sound: FloatArray, decibels: float) -> FloatArray:
    """Clip what is louder than so many dB below the peak."""
    limit = np.abs(sound).max() / 10 ** (decibels / 20)
    return np.clip(sound, -limit, limit)


def changes(sound: FloatArray, rng: Rng) -> dict[str, Changed]:
    """Return changed copies of a clip."""
    silence = np.zeros(RATE // 2, np.float32)
    edge = len(sound) // 20
    field, same_speed = Augmentation.preset("field"), Augmentation.preset("field", chance={"speed": 0})
    same_rate = {
        "gain of -20 dB": 0.1 * sound,
        "other polarity": -sound,
        "white noise, 20 dB": noisy(sound, rng, decibels=20),
        "white noise, 10 dB": noisy(sound, rng, decibels=10),
        "white noise, 5 dB": noisy(sound, rng, decibels=5),
        "pink noise, 10 dB": noisy(sound, rng, decibels=10, slope=1),
        "0.5 s of silence before": np.concatenate([silence, sound]),
        "0.1 s cut off in front": sound[RATE // 10 :],
        "a tenth cut off": sound[edge : len(sound) - edge],
        "fades of 0.3 s": faded(sound, 0.3),
        "equaliser, 2 dB an octave": filtered(sound, tilt(2)),
        "equaliser, -4 dB an octave": filtered(sound, tilt(-4)),
        "clipped by 6 dB": shouted(sound, 6),
        "clipped by 12 dB": shouted(sound, 12),
        "telephone band": telephone(sound),
        "small room": in_a_room(sound, rng),
        "8 bits": (np.round(sound * 127) / 127).astype(np.float32),
        "augmentation of training, same speed": same_speed(sound, RATE, seed=int(rng.integers(2**31))),
        "augmentation of training": field(sound, RATE, seed=int(rng.integers(2**31))),
    }
    noisy_mp3, _ = encoded(noisy(sound, rng, decibels=10), RATE, "MP3", "MPEG_LAYER_III")
    return {name: (copy, RATE) for name, copy in same_rate.items()} | {
        "8 kHz": (soxr.resample(sound, RATE, 8000), 8000),
        "48 kHz": (soxr.resample(sound, RATE, 48000), 48000),
        "MP3, lowest quality": encoded(sound, RATE, "MP3", "MPEG_LAYER_III"),
        "Opus, lowest quality": encoded(sound, RATE, "OGG", "OPUS"),
        "Vorbis, lowest quality": encoded(sound, RATE, "OGG", "VORBIS"),
        "telephone band, noise of 15 dB, mu-law": encoded(
            telephone(noisy(sound, rng, decibels=15)), RATE, "WAV", "ULAW"
        ),
        "noise of 10 dB, MP3, 48 kHz": (soxr.resample(noisy_mp3, RATE, 48000), 48000),
        "1 % faster": (soxr.resample(sound, RATE, round(RATE / 1.01)), RATE),
    }


def signature(sound: FloatArray, rate: int) -> npt.NDArray[np.float32] | None:
    """Return a signature of length 1, or None where there is none."""
    sketch = Signature(rate)
    sketch.add(sound)
    numbers = np.frombuffer(sketch.digest, np.int8).astype(np.float32)
    return numbers / np.linalg.norm(numbers) if len(numbers) else None


def cosines(job: tuple[int, str]) -> dict[str, float] | None:
    """Return, for each change of a clip, how alike the signatures are; None where the clip has none."""
    number, path = job
    sound = load_audio(path, sample_rate=RATE).samples[0]
    own = signature(sound, RATE)
    if own is None:
        return None
    copies = changes(sound, np.random.default_rng(number))
    found = {name: signature(*copy) for name, copy in copies.items()}
    return {name: 0.0 if other is None else float(own @ other) for name, other in found.items()}


def all_signatures(paths: list[str], jobs: int) -> list[npt.NDArray[np.float32] | None]:
    """Return the signature of every clip."""
    return list(over_workers(_signature_of, paths, jobs=jobs, label="all clips"))


def _signature_of(path: str) -> npt.NDArray[np.float32] | None:
    stream = load_audio(path, sample_rate=None)
    return signature(stream.samples[0], stream.sample_rate)


def pairs_above(
    signatures: list[npt.NDArray[np.float32] | None], least: float
) -> list[tuple[float, int, int]]:
    """Return the pairs of clips that are more alike than that, the most alike first."""
    places = [place for place, found in enumerate(signatures) if found is not None]
    numbers = np.stack([found for found in signatures if found is not None])
    pairs = []
    for top in range(0, len(numbers), 2048):
        alike = numbers[top : top + 2048] @ numbers[top:].T
        for one, other in np.argwhere(alike > least):
            if one < other:
                pairs.append((float(alike[one, other]), places[top + one], places[top + other]))
    return sorted(pairs, reverse=True)


def recall(measured: list[dict[str, float]]) -> dict[str, Any]:
    """Return, for each change, how many copies are found and the cosine that 95 % of them pass."""
    table = {}
    for name in measured[0]:
        values = np.array([cosine[name] for cosine in measured])
        table[name] = {
            "found": round(float(np.mean(values > SAME_RECORDING)), 3),
            "cosine_05": round(float(np.percentile(values, 5)), 3),
            "cosine_50": round(float(np.median(values)), 3),
        }
    return table


def measure(corpora: Path, jobs: int) -> dict[str, Any]:
    """Return all figures."""
    manifest = scan_corpora({name: corpora / name for name in NAMES}, jobs=jobs).manifest
    paths, ids = manifest["path"].tolist(), manifest["id"].tolist()
    signatures = all_signatures(paths, jobs)
    chosen = np.random.default_rng(SEED).choice(len(paths), CLIPS, replace=False)
    tried = list(
        over_workers(
            cosines, [(int(row), paths[row]) for row in sorted(chosen)], jobs=jobs, label="changed copies"
        )
    )
    pairs = pairs_above(signatures, 0.38)
    return {
        "command": "python benchmarks/twins.py --corpora CORPORA",
        "threshold": SAME_RECORDING,
        "clips": len(paths),
        "clips_without_signature": sum(found is None for found in signatures),
        "pairs": [
            [round(cosine, 3), ids[one], ids[other]]
            for cosine, one, other in pairs
            if cosine > SAME_RECORDING
        ],
        "nearest_others": [
            [round(cosine, 3), ids[one], ids[other]]
            for cosine, one, other in pairs
            if cosine <= SAME_RECORDING
        ][:10],
        "clips_changed": sum(found is not None for found in tried),
        "changes": recall([found for found in tried if found is not None]),
    }


def main() -> None:
    """Measure and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpora", type=Path, required=True, help="folder with one folder a corpus")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "twins.json")
    arguments = parser.parse_args()
    result = measure(arguments.corpora, arguments.jobs)
    arguments.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
