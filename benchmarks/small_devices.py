"""Measure what a packaged model takes of a small device, run from C++.

python benchmarks/small_devices.py --onnxruntime FOLDER

FOLDER holds onnxruntime's ``include`` and ``lib``, as an archive of its releases does. Compiles
examples/cpp/edge.cpp and writes results/small_devices.json with the machine and the commit: sizes on disk,
peak memory, and milliseconds, pinned to one core. Linux alone: peak memory is read from /proc.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import soundfile as sf

from affectone.models import find_model
from scores import ROOT
from speed import RATE, commit, machine, pin_to_one_core, spread, vowels

HERE = Path(__file__).resolve().parent
PROGRAM = ROOT / "examples" / "cpp" / "edge.cpp"
MODELS = ("edge", "base")
LENGTHS = (1.0, 3.0, 6.0)
POLL = 0.002
"""Seconds between two looks at the memory of the program, which runs hundreds of times as long."""


class ApiBase(ctypes.Structure):
    """onnxruntime's ``OrtApiBase``: where its C interface begins."""

    _fields_ = (("get_api", ctypes.c_void_p), ("version", ctypes.CFUNCTYPE(ctypes.c_char_p)))


def library_version(library: Path) -> str:
    """Return what the library calls itself."""
    begin = ctypes.CDLL(str(library)).OrtGetApiBase
    begin.restype = ctypes.POINTER(ApiBase)
    told: bytes = begin().contents.version()
    return told.decode()


def compiled(onnxruntime: Path, folder: Path) -> Path:
    """Compile the program and return it."""
    library = onnxruntime / "lib"
    places = ["-I", onnxruntime / "include", "-L", library, "-l", "onnxruntime", f"-Wl,-rpath,{library}"]
    program = folder / "edge"
    line = ["g++", "-std=c++17", "-O2", "-s", PROGRAM, "-o", program, *places]
    subprocess.run([str(word) for word in line], check=True)
    return program


def run(line: Sequence[object]) -> tuple[list[dict[str, Any]], float, float]:
    """Run the program once and return its answers, its seconds, and its peak memory in MB."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([str(word) for word in line], stdout=output)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, high_water_mark(process.pid))
            time.sleep(POLL)
        seconds = time.perf_counter() - begun
        if process.returncode:
            raise SystemExit(f"the program ended with status {process.returncode}")
        output.seek(0)
        return [json.loads(row) for row in output], seconds, peak


def high_water_mark(process: int) -> float:
    """Return the largest resident memory of a process so far, in MB; 0 of one that has ended."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="utf-8"))
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def measure(program: Path, model: str, clips: dict[float, Path], runs: int) -> dict[str, Any]:
    """Return all figures of a model."""
    artefact = find_model(model)
    network = artefact.path / "model.onnx"
    milliseconds, peaks = {}, []
    for seconds, clip in clips.items():
        answers, _, peak = run([program, artefact.path, *[clip] * runs])
        # The first runs find their memory.
        milliseconds[f"{seconds:g}"] = spread([answer["milliseconds"] for answer in answers[3:]])
        peaks.append(peak)
    starts = [run([program, artefact.path, clips[LENGTHS[0]]])[1] for _ in range(11)]
    return {
        "sha256": artefact.card.sha256,
        "network_mb": round(network.stat().st_size / 1e6, 2),
        "milliseconds": milliseconds,
        "peak_mb": {f"{seconds:g}": round(peak, 1) for seconds, peak in zip(clips, peaks, strict=True)},
        "first_answer_ms": round(1000 * statistics.median(starts), 1),
    }


def main() -> int:
    """Measure and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--onnxruntime", type=Path, required=True, help="folder with include and lib")
    parser.add_argument("--runs", type=int, default=300, help="answers for each length")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "small_devices.json")
    options = parser.parse_args()
    about = {"date": datetime.now(UTC).strftime("%Y-%m-%d"), "commit": commit(), "machine": machine()}
    pinned = pin_to_one_core()
    onnxruntime = options.onnxruntime.resolve()
    library = onnxruntime / "lib" / "libonnxruntime.so"
    with tempfile.TemporaryDirectory() as folder:
        clips = {seconds: Path(folder) / f"{seconds:g}.wav" for seconds in LENGTHS}
        for seconds, clip in clips.items():
            sf.write(clip, vowels(seconds), RATE, subtype="PCM_16")
        program = compiled(onnxruntime, Path(folder))
        result = about | {
            "command": "python benchmarks/small_devices.py --onnxruntime FOLDER",
            "pinned_to_one_core": pinned,
            "library": {
                "version": library_version(library),
                "mb": round(library.stat().st_size / 1e6, 2),
            },
            "program_mb": round(program.stat().st_size / 1e6, 3),
            "models": {model: measure(program, model, clips, options.runs) for model in MODELS},
        }
    options.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
