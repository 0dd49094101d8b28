"""Measure what a shared spectrogram saves: python benchmarks/features.py.

Mel, 40 MFCC, chroma and spectral contrast of the same clips, by librosa called for each with ``y=`` and by
`affectone.extract`, in turn, in one process on one core and one thread. All clips differ, so that
only what a user's second clip finds cached is cached. Writes results/features.json with the machine and the
commit.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from speed import RATE, commit, machine, pin_to_one_core, spread, vowels

HERE = Path(__file__).resolve().parent
SETS = ["mel", "mfcc", "chroma", "contrast"]
LENGTHS = {"3 s": (3.0, 20), "60 s": (60.0, 5)}
"""Name -> seconds and number of different clips."""
LEAST_RATIO = 2.5
"""What the project promises, of the fastest runs: others may be slowed by what else the machine does."""
CLOSE = 1e-4
"""Largest difference of the two, relative to the largest value."""

FloatArray = npt.NDArray[np.float32]


def clip(seconds: float, number: int) -> FloatArray:
    """Return vowels with noise, each clip at a pitch of its own."""
    generator = np.random.default_rng(number)
    speech = vowels(seconds * 1.3)
    stretched = np.interp(
        np.arange(round(seconds * RATE)) * (1 + 0.01 * number), np.arange(speech.size), speech
    )
    return np.asarray(stretched + 0.003 * generator.normal(size=stretched.size), np.float32)


def by_librosa(samples: FloatArray) -> list[FloatArray]:
    """Return the four as people call them."""
    import librosa

    measure = librosa.feature
    return [
        measure.melspectrogram(y=samples, sr=RATE),
        measure.mfcc(y=samples, sr=RATE, n_mfcc=40),
        measure.chroma_stft(y=samples, sr=RATE),
        measure.spectral_contrast(y=samples, sr=RATE),
    ]


def by_affectone(samples: FloatArray) -> list[FloatArray]:
    """Return the same four from one shared spectrogram."""
    import affectone

    measured = affectone.extract(samples, SETS, sample_rate=RATE)
    return [measured[name].values.T for name in SETS]


def difference(samples: FloatArray) -> float:
    """Return the largest difference of the two, relative to the largest value of each set."""
    pairs = zip(by_affectone(samples), by_librosa(samples), strict=True)
    return max(float(np.abs(ours - theirs).max() / np.abs(theirs).max()) for ours, theirs in pairs)


def seconds_of(work: Callable[[FloatArray], Any], samples: FloatArray) -> float:
    """Return the wall time of one call."""
    start = time.perf_counter()
    work(samples)
    return time.perf_counter() - start


def compare(seconds: float, clips: int, rounds: int) -> dict[str, Any]:
    """Measure both in turn on some clips, some times over."""
    sounds = [clip(seconds, number) for number in range(clips)]
    differs = max(difference(samples) for samples in sounds)  # Also the warm-up of both.
    theirs, ours = [], []
    for _ in range(rounds):
        for samples in sounds:
            theirs.append(seconds_of(by_librosa, samples))
            ours.append(seconds_of(by_affectone, samples))
    return {
        "librosa_ms": spread(theirs, 1000),
        "affectone_ms": spread(ours, 1000),
        "ratio": round(float(np.median(theirs) / np.median(ours)), 2),
        "ratio_of_fastest": round(min(theirs) / min(ours), 2),
        "largest_difference": differs,
    }


def main() -> int:
    """Measure, write the result, and fail where the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "features.json")
    options = parser.parse_args()
    about = machine()
    about["libraries"] |= {name: version(name) for name in ("librosa", "scipy")}
    result: dict[str, Any] = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": about,
        "pinned_to_one_core": pin_to_one_core(),
        "sets": SETS,
        "sample_rate": RATE,
        "least_ratio": LEAST_RATIO,
    }
    with threadpool_limits(1):
        for name, (seconds, clips) in LENGTHS.items():
            result[name] = compare(seconds, clips, options.rounds)
    text = json.dumps(result, indent=2) + "\n"
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    missed = [
        name
        for name in LENGTHS
        if result[name]["ratio_of_fastest"] < LEAST_RATIO or result[name]["largest_difference"] > CLOSE
    ]
    sys.stderr.writelines(f"{name}: slower or less exact than promised\n" for name in missed)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
