"""What a model takes of a small device, as Markdown, from results/small_devices.json."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from model_tables import beside

__all__ = ["small"]


def small(result: dict[str, Any]) -> list[str]:
    """Return the table of docs/how-to/small-devices.md."""
    models, library = result["models"], result["library"]
    lengths = next(iter(models.values()))["lengths"]
    rows: list[tuple[str, Callable[[dict[str, Any]], str]]] = [
        ("the network, on disk", lambda one: f"{one['network_mb']:.1f} MB"),
        *((f"an answer to {seconds} s of sound", partial(_answer, seconds)) for seconds in lengths),
        (
            "the whole program with one answer, loading included",
            lambda one: f"{one['first_answer_processor_ms']['median']:.0f} ms",
        ),
        ("peak memory, whole process", _peak),
    ]
    return [
        f"On one core of {result['machine']['cpu']} (64-bit, x86), onnxruntime {library['version']}; "
        "[`small_devices.json`](../../benchmarks/results/small_devices.json), made by "
        f"`{result['command']}`. Times are of the processor, means of {_runs(models)} answers, and "
        f"of the whole program a median of 11 starts; load "
        f"{result['machine']['load_before'][0]:.1f}. Beside the network there are the program, "
        f"{1000 * result['program_mb']:.0f} KB, and onnxruntime's library, {library['mb']:.0f} MB.",
        "",
        *beside(models, rows),
    ]


def _answer(seconds: str, one: dict[str, Any]) -> str:
    return f"{one['lengths'][seconds]['processor_ms']:.1f} ms"


def _peak(one: dict[str, Any]) -> str:
    return f"{max(found['peak_mb'] for found in one['lengths'].values()):.0f} MB"


def _runs(models: dict[str, Any]) -> int:
    found = (length for one in models.values() for length in one["lengths"].values())
    return min(int(length["clock_ms"]["runs"]) for length in found)
