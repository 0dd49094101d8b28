"""Measure how long it takes to scan the corpora, and to scan them again.

python benchmarks/scan.py --corpora ../shared/corpora

Writes results/scan.json with the machine and the commit: seconds of the command `affectone corpora scan` over
all folders with an empty cache and with that cache, the rows, and the clips that repeat another one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from affectone.corpora import read_manifest
from speed import commit, machine

HERE = Path(__file__).resolve().parent
NAMES = ("ravdess", "crema_d", "tess", "savee", "emodb", "nemo", "turev")


def scan(corpora: Path, folder: Path, jobs: int) -> tuple[float, Any]:
    """Run the command; return its seconds and its summary."""
    pairs = [f"{name}={corpora / name}" for name in NAMES]
    where = ["-o", str(folder / "m.parquet"), "--cache", str(folder / "cache")]
    line = [sys.executable, "-m", "affectone", "corpora", "scan", *pairs, *where, "--format", "json"]
    begun = time.perf_counter()
    done = subprocess.run([*line, "--jobs", str(jobs)], check=True, stdout=subprocess.PIPE)
    return time.perf_counter() - begun, json.loads(done.stdout)["corpora"]


def measure(corpora: Path, jobs: int) -> dict[str, Any]:
    """Return all figures."""
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        first, summary = scan(corpora, Path(name), jobs)
        again, _ = scan(corpora, Path(name), jobs)
        manifest = read_manifest(Path(name) / "m.parquet")
        kept = (Path(name) / "cache" / "facts.sqlite").stat().st_size
    repeats = manifest[manifest["recording"] != manifest["id"]]
    return {
        "jobs": jobs,
        "load_before": round(before, 1),
        "first_seconds": round(first, 1),
        "second_seconds": round(again, 1),
        "cache_mb": round(kept / 1e6, 1),
        "rows": len(manifest),
        "hours": round(float(manifest["duration"].sum()) / 3600, 2),
        "corpora": summary,
        "repeats": dict(zip(repeats["id"], repeats["recording"], strict=True)),
    }


def main() -> None:
    """Measure and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpora", type=Path, required=True, help="folder with one folder a corpus")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--output", type=Path, default=HERE / "results" / "scan.json")
    arguments = parser.parse_args()
    about = {"date": datetime.now(UTC).strftime("%Y-%m-%d"), "commit": commit(), "machine": machine()}
    result = {"command": "python benchmarks/scan.py --corpora CORPORA"} | about
    result |= measure(arguments.corpora, arguments.jobs)
    arguments.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
