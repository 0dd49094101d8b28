"""Measure what models say about sounds that are no speech: python benchmarks/trust.py.

Every sound is made here, from a seed, so that anybody can repeat the run. Of each kind some are made, and
counted is how each was answered: no speech, unlike the training data, another doubt, or an emotion that the
model is sure of, which is the only wrong answer. Writes results/trust.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from affectone import Recognizer
from affectone.recognition import Prediction

HERE = Path(__file__).resolve().parent
RATE = 16_000
SECONDS = 4.0
COUNT = round(SECONDS * RATE)
TIME = np.arange(COUNT) / RATE

Floats = npt.NDArray[np.float64]
Maker = Callable[[np.random.Generator], Floats]


def silence(rng: np.random.Generator) -> Floats:
    """Return rounding noise of 16 bits."""
    return np.asarray(rng.normal(0, 0.5 / 32768, COUNT))


def coloured(exponent: float) -> Maker:
    """Return a maker of noise whose power falls with the frequency to this exponent."""

    def make(rng: np.random.Generator) -> Floats:
        spectrum = np.fft.rfft(rng.normal(0, 1, COUNT))
        frequency = np.maximum(np.fft.rfftfreq(COUNT, 1 / RATE), 20.0)
        return np.fft.irfft(spectrum * frequency ** (-exponent / 2), COUNT)

    return make


def hum(rng: np.random.Generator) -> Floats:
    """Return mains hum with its harmonics."""
    base = rng.choice([50.0, 60.0])
    return np.asarray(sum(rng.random() / k * np.sin(2 * np.pi * base * k * TIME) for k in range(1, 12)))


def clicks(rng: np.random.Generator) -> Floats:
    """Return clicks at random times, each rung by a narrow resonance."""
    hits = (rng.random(COUNT) < 6 / RATE) * rng.normal(0, 1, COUNT)
    ring = np.exp(-TIME[:1600] * 200) * np.sin(2 * np.pi * rng.uniform(800, 3000) * TIME[:1600])
    return np.asarray(np.convolve(hits, ring)[:COUNT])


def chord(rng: np.random.Generator) -> Floats:
    """Return chords of an organ, one a second."""
    sound = np.zeros(COUNT)
    for start in range(0, COUNT, RATE):
        root = 110 * 2 ** (rng.integers(0, 24) / 12)
        for step in (0, rng.choice([3, 4]), 7):
            for harmonic in range(1, 8):
                tone = np.sin(2 * np.pi * root * 2 ** (step / 12) * harmonic * TIME[:RATE]) / harmonic
                sound[start : start + RATE] += tone[: COUNT - start]
    return sound


def strings(rng: np.random.Generator) -> Floats:
    """Return plucked strings (Karplus and Strong 1983), four notes a second."""
    sound = np.zeros(COUNT)
    for start in range(0, COUNT, RATE // 4):
        period = round(RATE / (110 * 2 ** (rng.integers(0, 30) / 12)))
        line, out = rng.uniform(-1, 1, period), []
        while len(out) < RATE // 2:
            out.extend(line)
            line = 0.498 * (line + np.roll(line, 1))
        end = min(COUNT, start + len(out))
        sound[start:end] += np.asarray(out)[: end - start]
    return sound


def drums(rng: np.random.Generator) -> Floats:
    """Return bursts of noise and of a falling tone on a beat."""
    sound = np.zeros(COUNT)
    short = TIME[: RATE // 4]
    for start in range(0, COUNT - short.size + 1, RATE // 4):
        noise = rng.normal(0, 1, short.size) * np.exp(-short * 25)
        tone = np.sin(2 * np.pi * 60 * short * (1 + np.exp(-short * 30))) * np.exp(-short * 12)
        sound[start : start + short.size] += noise if rng.random() < 0.5 else 2 * tone
    return sound


def laughter(rng: np.random.Generator) -> Floats:
    """Return voiced bursts with breath between, five a second, the pitch falling: like laughter."""
    rate, pitch = rng.uniform(4.0, 6.0), rng.uniform(150, 400) * (1 - 0.06 * TIME)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    centre = rng.uniform(600, 1000)
    gains = [1 / (1 + ((pitch * k - centre) / 250) ** 2) for k in range(1, 25)]
    voiced = sum(gain * np.sin(k * phase) for k, gain in enumerate(gains, start=1))
    burst = np.clip(np.sin(2 * np.pi * rate * TIME), 0, 1)
    breath = 0.15 * rng.normal(0, 1, COUNT) * np.clip(-np.sin(2 * np.pi * rate * TIME), 0, 1)
    return np.asarray(voiced * burst + breath)


SOUNDS: dict[str, Maker] = {
    "silence": silence,
    "white noise": coloured(0.0),
    "pink noise": coloured(1.0),
    "brown noise": coloured(2.0),
    "mains hum": hum,
    "clicks": clicks,
    "organ chords": chord,
    "plucked strings": strings,
    "drums": drums,
    "like laughter": laughter,
}
ANSWERS = ("no speech", "unlike the training data", "unsure", "sure")


def answer(prediction: Prediction) -> str:
    """Return which of `ANSWERS` a prediction is."""
    if not prediction.unsure:
        return "sure"
    return prediction.reason if prediction.reason in ANSWERS else "unsure"


def variants(models: list[str]) -> dict[str, Recognizer]:
    """Return the models by name, and those that can be adapted also adapted to each sound by itself."""
    found = {}
    for model in models:
        found[model] = Recognizer(model)
        if found[model].card.adaptation:
            found[f"{model}, adapted to it"] = found[model].adapt("self")
    return found


def measure(recognizer: Recognizer, draws: int) -> dict[str, Any]:
    """Return the counts of answers to each kind of sound."""
    counts = {}
    for kind, make in SOUNDS.items():
        found: Counter[str] = Counter()
        for seed in range(draws):
            sound = make(np.random.default_rng(seed))
            scaled = sound if kind == "silence" else 0.1 * sound / sound.std()
            samples = np.clip(scaled, -1, 1).astype(np.float32)
            found[answer(recognizer.predict(samples, sample_rate=RATE))] += 1
        counts[kind] = {name: found[name] for name in ANSWERS}
    return {"sha256": recognizer.card.sha256, "sounds": counts}


def main() -> int:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["base", "base-commercial", "edge"])
    parser.add_argument("--draws", type=int, default=50, help="sounds of each kind")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "trust.json")
    options = parser.parse_args()
    result = {
        "command": f"python benchmarks/trust.py --models {' '.join(options.models)} --draws {options.draws}",
        "seconds": SECONDS,
        "draws": options.draws,
        "models": {
            name: measure(recognizer, options.draws) for name, recognizer in variants(options.models).items()
        },
    }
    text = json.dumps(result, indent=1) + "\n"
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
