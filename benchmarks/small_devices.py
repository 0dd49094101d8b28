"""Measure what a packaged model takes of a small device, run from C++.

python benchmarks/small_devices.py --onnxruntime FOLDER

FOLDER holds onnxruntime's ``include`` and ``lib``, as an archive of its releases does. Compiles
examples/cpp/edge.cpp and writes results/small_devices.json with the machine and the commit: sizes on disk,
peak memory, and milliseconds of the processor and by the clock, pinned to one core. Linux alone: peak memory
is read from /proc.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Ran:
    """What one run of the program said and took.

    Parameters
    ----------
    answers : list of dict
    seconds, processor_seconds : float
        By the clock, and of the processor: others that compute at the same time make the first longer.
    peak_mb : float
    """

    answers: list[dict[str, Any]]
    seconds: float
    processor_seconds: float
    peak_mb: float


def run(line: Sequence[object]) -> Ran:
    """Run the program once."""
    begun, peak, ended = time.perf_counter(), 0.0, 0
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([str(word) for word in line], stdout=output)
        while not ended:
            peak = max(peak, high_water_mark(process.pid))
            time.sleep(POLL)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"the program ended with status {process.returncode}")
        output.seek(0)
        answers = [json.loads(row) for row in output]
    return Ran(answers, seconds, usage.ru_utime + usage.ru_stime, peak)


def high_water_mark(process: int) -> float:
    """Return the largest resident memory of a process so far, in MB; 0 of one that has ended."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="utf-8"))
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def measure(program: Path, model: str, clips: dict[float, Path], runs: int) -> dict[str, Any]:
    """Return all figures of a model."""
    artefact = find_model(model)
    network = artefact.path / "model.onnx"
    lengths = {}
    for seconds, clip in clips.items():
        once, often = ([program, artefact.path, *[clip] * count] for count in (1, 1 + runs))
        begun, ran = run(once), run(often)
        more = ran.processor_seconds - begun.processor_seconds
        lengths[f"{seconds:g}"] = {
            "processor_ms": round(1000 * more / runs, 3),
            # The first answer finds its memory.
            "clock_ms": spread([answer["milliseconds"] for answer in ran.answers[1:]]),
            "peak_mb": round(ran.peak_mb, 1),
        }
    starts = [run([program, artefact.path, clips[LENGTHS[0]]]) for _ in range(11)]
    return {
        "sha256": artefact.card.sha256,
        "network_mb": round(network.stat().st_size / 1e6, 2),
        "lengths": lengths,
        "first_answer_processor_ms": spread([start.processor_seconds for start in starts], 1000),
        "first_answer_clock_ms": spread([start.seconds for start in starts], 1000),
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
