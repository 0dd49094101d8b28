"""Measure what features of a whole corpus cost, and what they cost again.

python benchmarks/features_corpus.py --corpora ../shared/corpora

Writes results/features_corpus.json with the machine and the commit: seconds and peak memory of the command
`affectone features` over RAVDESS with an empty cache and with that cache, and the seconds of the processors,
which other work on the machine changes less. Memory is the sum over the command and its workers of what each
holds resident, looked up often; what they share counts in each of them, so it is an upper bound. Fails where
a promise is not kept. Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from speed import commit, machine

HERE = Path(__file__).resolve().parent
CLIPS = 1440
SETS = "mfcc,chroma,contrast,mel"
LIMITS = {"first_seconds": 60.0, "second_seconds": 3.0, "peak_mb": 500.0}
"""What the project promises of two cores."""
EVERY_SECONDS = 0.02


def family(process: int) -> list[int]:
    """Return a process with all below it."""
    try:
        below = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [process, *(each for child in below for each in family(int(child)))]


def resident(process: int) -> int:
    """Return the bytes of a process that are in memory; 0 where it has ended."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def processor_seconds() -> float:
    """Return what all processes that this one started, and that have ended, took of the processors."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(ravdess: Path, folder: Path, output: str, jobs: int) -> dict[str, float]:
    """Run the command; return its seconds and the most memory of it and its workers together."""
    line = [sys.executable, "-m", "affectone", "features", str(ravdess), "--set", SETS, "--jobs", str(jobs)]
    line += ["-o", str(folder / output), "--cache", str(folder / "cache")]
    most, begun, before = 0, time.perf_counter(), processor_seconds()
    with subprocess.Popen(line, stderr=subprocess.DEVNULL) as command:
        while command.poll() is None:
            most = max(most, sum(map(resident, family(command.pid))))
            time.sleep(EVERY_SECONDS)
        seconds = time.perf_counter() - begun
    if command.returncode:
        raise RuntimeError(f"the command ended with {command.returncode}")
    spent = processor_seconds() - before
    return {"seconds": round(seconds, 2), "cpu": round(spent, 1), "peak_mb": round(most / 1e6, 1)}


def measure(ravdess: Path, jobs: int) -> dict[str, Any]:
    """Return all figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, again = (run(ravdess, folder, f"{place}.parquet", jobs) for place in ("first", "second"))
        same = (folder / "first.parquet").read_bytes() == (folder / "second.parquet").read_bytes()
        kept = (folder / "cache" / "features.sqlite").stat().st_size
        written = (folder / "first.parquet").stat().st_size
    return {
        "first_seconds": first["seconds"],
        "first_cpu_seconds": first["cpu"],
        "second_seconds": again["seconds"],
        "second_cpu_seconds": again["cpu"],
        "peak_mb": max(first["peak_mb"], again["peak_mb"]),
        "equal_files": same,
        "cache_mb": round(kept / 1e6, 1),
        "parquet_mb": round(written / 1e6, 1),
    }


def main() -> int:
    """Measure, write the result file, and say what was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpora", type=Path, required=True, help="folder with ravdess in it")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "features_corpus.json")
    arguments = parser.parse_args()
    clips = sum(path.is_file() for path in (arguments.corpora / "ravdess").rglob("03-*"))
    if clips != CLIPS:
        parser.error(f"RAVDESS has {CLIPS} clips of speech; found {clips}")
    about = machine()
    about["libraries"] |= {name: version(name) for name in ("scipy", "pyarrow")}
    result: dict[str, Any] = {
        "command": "python benchmarks/features_corpus.py --corpora CORPORA",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": about,
        "clips": clips,
        "sets": SETS,
        "jobs": arguments.jobs,
        "limits": LIMITS,
    }
    result |= measure(arguments.corpora / "ravdess", arguments.jobs)
    text = json.dumps(result, indent=2) + "\n"
    arguments.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    missed = [name for name, most in LIMITS.items() if result[name] > most]
    sys.stderr.writelines(f"{name}: {result[name]}, promised {LIMITS[name]}\n" for name in missed)
    return 1 if missed or not result["equal_files"] else 0


if __name__ == "__main__":
    sys.exit(main())
