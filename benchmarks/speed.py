"""Measure how fast affectone answers and how much memory it takes: python benchmarks/speed.py.

Writes results/speed.json with the machine and the commit. Everything runs pinned to one core where the
system allows that. The speech is made here, so that anybody on Linux or macOS can repeat the run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile as sf

HERE = Path(__file__).resolve().parent
RATE = 16_000
LIBRARIES = ("numpy", "onnxruntime", "soundfile", "soxr", "typer", "rich", "pydantic")
LIMITS = {
    "edge": {
        "command_seconds": 0.8,
        "command_peak_mb": 200.0,
        "warm_predict_ms": 15.0,
        "two_hours_peak_mb": 300.0,
    },
    "base": {"warm_predict_ms": 40.0},
}
"""What the project promises of its models."""

FloatArray = npt.NDArray[np.float32]


def vowels(seconds: float) -> FloatArray:
    """Return vowels on a moving pitch, which a voice activity detector takes for speech."""
    time_axis = np.arange(round(seconds * RATE)) / RATE
    pitch = 120 * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * time_axis))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    table = np.array([(730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480)])
    formants = table[(time_axis / 0.22).astype(int) % len(table)].T
    sound = np.zeros(time_axis.size)
    for harmonic in range(1, 30):
        nearness = [
            gain / (1 + ((pitch * harmonic - at) / 100) ** 2)
            for gain, at in zip((1, 0.5, 0.25), formants, strict=True)
        ]
        sound += sum(nearness) * np.sin(harmonic * phase) / harmonic**0.3
    sound *= np.clip(np.sin(np.pi * (time_axis / 0.22 % 1)) * 1.6, 0, 1)
    return np.asarray(0.5 * sound / np.abs(sound).max(), np.float32)


def write_long(path: Path, hours: float) -> None:
    """Write speech with pauses, 5 s and 1 s in turn."""
    minute = np.tile(np.concatenate([vowels(5.0), np.zeros(RATE, np.float32)]), 10)
    with sf.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        for _ in range(round(hours * 60)):
            file.write(minute)


def pin_to_one_core() -> bool:
    """Keep this process and its children on one core; tell whether the system allows it."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return True


def run_command(clip: Path, model: str) -> tuple[float, float]:
    """Run `affectone predict` once and return its wall time in s and its peak memory in MB."""
    return run_affectone("predict", clip, "--model", model, "--format", "json")


def run_affectone(*arguments: object) -> tuple[float, float]:
    """Run a command of affectone once and return its wall time in s and its peak memory in MB.

    The latter is never less than what this process holds when it starts the command.
    """
    line = [sys.executable, "-m", "affectone", *map(str, arguments)]
    start = time.perf_counter()
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(line)} ended with status {process.returncode}")
    return seconds, peak_mb(usage)


def peak_mb(usage: resource.struct_rusage) -> float:
    """Return a process's largest resident memory; macOS counts bytes, Linux KiB."""
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def timed(work: Callable[[], Any], runs: int) -> list[float]:
    """Return the wall times of some runs in s, after three that do not count."""
    for _ in range(3):
        work()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return seconds


def spread(values: Sequence[float], scale: float = 1.0) -> dict[str, float]:
    """Return median, smallest and largest value."""
    chosen = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: round(scale * value, 4) for name, value in chosen.items()} | {"runs": len(values)}


def measure(folder: Path, model: str, runs: int, hours: float) -> dict[str, Any]:
    """Return all figures of a model.

    A command's peak memory is never less than what this process holds when it starts the command: models are
    loaded here last, and each model is measured in a process of its own.
    """
    from affectone import Recognizer

    clip, long = folder / "clip.wav", folder / "long.wav"
    speech = vowels(3.0)
    sf.write(clip, speech, RATE)
    write_long(long, hours)
    commands = [run_command(clip, model) for _ in range(runs + 1)][1:]
    long_seconds, long_peak = run_command(long, model)
    recognizer = Recognizer(model)
    warm = timed(lambda: recognizer.predict(speech, sample_rate=RATE), 4 * runs)
    return {
        "model": recognizer.predict(speech, sample_rate=RATE).model,
        "sha256": recognizer.card.sha256,
        "command_seconds": spread([seconds for seconds, _ in commands]),
        "command_peak_mb": spread([peak for _, peak in commands]),
        "warm_predict_ms": spread(warm, 1000),
        "two_hours_peak_mb": round(long_peak, 1),
        "two_hours_seconds": round(long_seconds, 1),
        "two_hours_length_s": 3600 * hours,
    }


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    cpu = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        cpu = names[0] if names else cpu
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "platform": platform.platform(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def commit() -> str:
    """Return the commit that was measured, marked where files differ from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"], cwd=HERE, capture_output=True, text=True
    )
    return described.stdout.strip() or "unknown"


def over_limit(model: str, figures: dict[str, Any]) -> list[str]:
    """Name the figures of a model that are worse than promised."""
    limits = LIMITS.get(model, {})
    values = {
        name: figures[name]["median"] if isinstance(figures[name], dict) else figures[name] for name in limits
    }
    return [
        f"{model}: {name}: {value} (promised: under {limits[name]})"
        for name, value in values.items()
        if value >= limits[name]
    ]


def main() -> int:
    """Measure, write the result, and fail where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", nargs="+", default=["base", "edge"], help="names, or folders")
    parser.add_argument("--runs", type=int, default=15, help="runs of the whole command")
    parser.add_argument("--hours", type=float, default=2.0, help="length of the long recording")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "speed.json")
    options = parser.parse_args()
    about = {"date": datetime.now(UTC).strftime("%Y-%m-%d"), "commit": commit(), "machine": machine()}
    pinned = pin_to_one_core()
    with tempfile.TemporaryDirectory() as folder:
        figures = {}
        for model in options.models:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                asked = alone.submit(measure, Path(folder), model, options.runs, options.hours)
                figures[model] = asked.result()
    result = about | {"pinned_to_one_core": pinned, "models": figures, "limits": LIMITS}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=2) + "\n"
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    missed = [words for model, found in figures.items() for words in over_limit(model, found)]
    sys.stderr.writelines(f"slower or larger than promised: {words}\n" for words in missed)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
