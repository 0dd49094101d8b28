"""Measure timelines: python benchmarks/timeline.py --corpora ROOT.

How long a two-hour call of two channels takes and how much memory, how late a live session answers, and
what smoothing does to changes of emotion. Writes results/timeline.json with the machine and the commit.
The call is made of CREMA-D's clips, which fill 60 % of a channel; their ends are silent, and speech is heard
in about 36 % of it. The changes are made of RAVDESS's clips, several
of one emotion after the other by a speaker, heard with `base-commercial`, which never heard RAVDESS.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import soundfile as sf

from speed import commit, machine, run_affectone

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).resolve().parent
RATE = 16_000
SHARE = 0.6
"""Of a channel of the call that clips fill."""
LIMITS = {
    "base": {"long_peak_mb": 300.0, "times_real_time": 40.0, "live_ms": 50.0},
    "edge": {"long_peak_mb": 300.0, "times_real_time": 150.0},
}
"""What the project promises on two cores: at most so much memory and delay, at least so fast."""
EMOTIONS = ("neutral", "happy", "sad", "angry", "fearful", "disgust")
CHANGES = "base-commercial"

FloatArray = npt.NDArray[np.float32]


def sound_of(path: str) -> FloatArray:
    """Return the sound of a clip."""
    from affectone import load_audio

    return load_audio(path).samples[0]


def write_call(path: Path, clips: list[FloatArray], hours: float, rng: np.random.Generator) -> None:
    """Write two channels of clips with pauses between them, each by itself."""
    with sf.SoundFile(path, "w", RATE, 2, "PCM_16") as file:
        for _ in range(round(60 * hours)):
            minute = 3e-4 * rng.standard_normal((60 * RATE, 2)).astype(np.float32)
            for channel in range(2):
                at = 0
                while True:
                    clip = clips[rng.integers(len(clips))]
                    if at + clip.size > len(minute):
                        break
                    minute[at : at + clip.size, channel] += clip
                    at += round(clip.size / SHARE)
            file.write(np.clip(minute, -1, 1))


def long_call(path: Path, model: str, jobs: int) -> dict[str, float]:
    """Return wall time and peak memory of the whole command; this has to be a new process."""
    place = path.with_suffix(".json")
    seconds, peak = run_affectone(
        *("timeline", path, "--model", model, "--jobs", jobs, "--format", "json", "-o", place)
    )
    told = json.loads(place.read_text(encoding="utf-8"))
    return {
        "long_seconds": round(seconds, 1),
        "times_real_time": round(told["duration_seconds"] / seconds, 1),
        "long_peak_mb": round(peak, 1),
        "length_s": told["duration_seconds"],
        "jobs": jobs,
        "segments": len(told["segments"]),
        "windows": sum(len(one["start"]) for one in told["windows"]),
    }


def live_delay(model: str, clips: list[FloatArray]) -> dict[str, float]:
    """Return how long the push of a window's last sample takes, where the window holds speech."""
    from affectone import Recognizer

    sound = np.concatenate(clips)
    delays = []
    with Recognizer(model).stream(RATE) as live:
        for start in range(0, sound.size - RATE, RATE):
            live.push(sound[start : start + RATE - 1])
            before, begun = live.current(), time.perf_counter()
            live.push(sound[start + RATE - 1 : start + RATE])
            if live.current() is not before:
                delays.append(1000 * (time.perf_counter() - begun))
    return {
        "live_ms": round(statistics.median(delays), 1),
        "live_ms_95th": round(float(np.percentile(delays, 95)), 1),
        "live_windows": len(delays),
    }


def talk_of(clips: pd.DataFrame, rng: np.random.Generator) -> tuple[FloatArray, npt.NDArray[Any]]:
    """Return over a minute of a speaker, and the emotion every 10 ms: it changes every two to four clips."""
    sound, truth, last = [], [], None
    while len(truth) < 7000:
        last = rng.choice([emotion for emotion in EMOTIONS if emotion != last])
        for path in rng.choice(clips.path[clips.emotion == last], rng.integers(2, 5)):
            samples = sound_of(path)[RATE // 2 : -RATE // 2]
            samples = samples[: samples.size // 160 * 160]
            sound.append(samples)
            truth += [last] * (samples.size // 160)
    return np.concatenate(sound), np.array(truth)


def changes(corpus: pd.DataFrame) -> dict[str, Any]:
    """Return how much of the time the label is right, and how many segments there are for each true one."""
    from affectone import Recognizer
    from affectone.recognition import Smoothing

    rng = np.random.default_rng(0)
    recognizer = Recognizer(CHANGES)
    talks = [talk_of(clips, rng) for _, clips in corpus.groupby("speaker")]
    hows = {"smoothed": Smoothing(), "not smoothed": Smoothing(1.0, 0.0, 0.0)}
    found: dict[str, Any] = {}
    for name, how in hows.items():
        right = told = segments = true = 0
        for sound, truth in talks:
            true += 1 + int((truth[1:] != truth[:-1]).sum())
            for one in recognizer.timeline(sound, sample_rate=RATE, smoothing=how):
                if one.prediction.label:
                    segments += 1
                    part = truth[round(100 * one.start) : round(100 * one.end)]
                    right, told = right + int((part == one.prediction.label).sum()), told + part.size
        found[name] = {"right": round(100 * right / told, 1), "segments_per_true": round(segments / true, 2)}
    return found | {"model": CHANGES, "corpus": "ravdess", "speakers": len(talks), "labels": len(EMOTIONS)}


def missed(model: str, figures: dict[str, Any]) -> list[str]:
    """Name the figures of a model that are worse than promised."""
    words = []
    for name, limit in LIMITS.get(model, {}).items():
        good = figures[name] >= limit if name == "times_real_time" else figures[name] <= limit
        if not good:
            words.append(f"{model}: {name}: {figures[name]} (promised: {limit})")
    return words


def main() -> int:
    """Measure, write the result, and fail where a promise is not kept."""
    from affectone import load_corpus

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpora", type=Path, required=True, help="folder with crema_d and ravdess")
    parser.add_argument("--models", nargs="+", default=["base", "edge"], help="names, or folders")
    parser.add_argument("--hours", type=float, default=2.0, help="length of the call")
    parser.add_argument("--jobs", type=int, default=2, help="windows that are judged at once")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "timeline.json")
    options = parser.parse_args()
    about = {"date": datetime.now(UTC).strftime("%Y-%m-%d"), "commit": commit(), "machine": machine()}
    rng = np.random.default_rng(0)
    paths = load_corpus("crema_d", options.corpora / "crema_d").path
    clips = [sound_of(path) for path in rng.choice(paths, 300, replace=False)]
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        call = Path(folder) / "call.wav"
        write_call(call, clips, options.hours, rng)
        for model in options.models:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                figures[model] = alone.submit(long_call, call, model, options.jobs).result()
            figures[model] |= live_delay(model, clips[:40])
    ravdess = load_corpus("ravdess", options.corpora / "ravdess")
    result = about | {"models": figures, "limits": LIMITS, "changes": changes(ravdess)}
    text = json.dumps(result, indent=2) + "\n"
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    worse = [words for model, found in figures.items() for words in missed(model, found)]
    sys.stderr.writelines(f"worse than promised: {words}\n" for words in worse)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
