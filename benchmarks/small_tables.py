"""What a model takes of a small device, as Markdown, from results/small_devices.json."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

__all__ = ["small"]


def small(result: dict[str, Any]) -> list[str]:
    """Return the table of docs/how-to/small-devices.md."""
    models, library = result["models"], result["library"]
    lengths = next(iter(models.values()))["lengths"]
    rows: list[tuple[str, Callable[[dict[str, Any]], str]]] = [
        ("the network, on disk", lambda one: f"{one['network_mb']:.1f} MB"),
        *(
            (f"an answer to {seconds} s of sound, mean (fastest by the clock)", partial(_answer, seconds))
            for seconds in lengths
        ),
        (
            "from the start of the program to its end with one answer, median (fastest by the clock)",
            lambda one: _told(
                one["first_answer_processor_ms"]["median"], one["first_answer_clock_ms"]["min"]
            ),
        ),
        ("peak memory, whole process", lambda one: f"{_peak(one):.0f} MB"),
    ]
    return [
        f"On one core of {result['machine']['cpu']} (64-bit, x86), onnxruntime {library['version']}. Times are "
        "of the processor, for the machine had other work, too (load "
        f"{result['machine']['load_before'][0]:.1f}); "
        "[`small_devices.json`](../../benchmarks/results/small_devices.json), made by "
        f"`{result['command']}`. Beside the network there are the program, "
        f"{1000 * result['program_mb']:.0f} KB, and onnxruntime's library, {library['mb']:.0f} MB.",
        "",
        f"| what | {' | '.join(f'`{model}`' for model in models)} |",
        f"|---|{'---|' * len(models)}",
        *(f"| {what} | {' | '.join(told(one) for one in models.values())} |" for what, told in rows),
    ]


def _answer(seconds: str, one: dict[str, Any]) -> str:
    found = one["lengths"][seconds]
    return _told(found["processor_ms"], found["clock_ms"]["min"])


def _told(processor: float, fastest: float) -> str:
    return f"{processor:.1f} ms ({fastest:.1f})"


def _peak(one: dict[str, Any]) -> float:
    return max(found["peak_mb"] for found in one["lengths"].values())
