"""What a model in the browser takes, and how near it is to Python, as Markdown from results/browser.json."""

from __future__ import annotations

from typing import Any

from model_tables import beside

__all__ = ["browser"]


def browser(result: dict[str, Any]) -> list[str]:
    """Return the tables of docs/how-to/in-the-browser.md."""
    models, machine, sizes = result["models"], result["machine"], result["bytes"]
    seconds = result["clip_seconds"]
    rows = (
        ("fetched, the model", lambda one: _megabytes(one["model_bytes"])),
        ("fetched, what runs it: the runtime", lambda one: _megabytes(sizes["runtime"])),
        ("fetched, the network that finds speech", lambda one: _megabytes(sizes["speech"])),
        ("making ready, once, with the model fetched", lambda one: f"{one['open_ms']} ms"),
        *(
            row
            for length in ("short", "long")
            for row in (
                (
                    f"an answer for {seconds[length]:g} s of speech, processor time of its thread",
                    lambda one, length=length: f"{one[f'{length}_processor_ms']:.0f} ms",
                ),
                (
                    "by the clock: the shortest, and the median",
                    lambda one, length=length: _milliseconds(one[f"{length}_ms"]),
                ),
            )
        ),
        ("memory of the page's process, before", lambda one: f"{one['memory_mb_without_model']} MB"),
        ("after answers", lambda one: f"{one['memory_mb']} MB"),
        ("at most", lambda one: f"{one['memory_mb_peak']} MB"),
    )
    return [
        f"{result['browser']}, 64-bit, on one core of {machine['cpu']}, which it shares with the service "
        f"and with what else ran then (load {machine['load_before'][0]:.0f} on {machine['cores']} cores). "
        "[`browser.json`](../../benchmarks/results/browser.json), made by "
        "`python benchmarks/browser.py --corpora CORPORA`.",
        "",
        *beside(models, rows),
        "",
        "The same files given to `affectone.Recognizer`: the largest difference of any score, the median "
        "over files of each file's largest, and how many have none over 0.01. The clips are of six corpora.",
        "",
        "| files | model | files | largest | median | within 0.01 | other label |",
        "|---|---|---|---|---|---|---|",
        *(
            _row(kind, name, one)
            for name, kinds in result["agreement"].items()
            for kind, one in kinds.items()
        ),
        "",
        _refused(result["agreement"]),
    ]


def _row(kind: str, model: str, one: dict[str, Any]) -> str:
    compared = one["files"] - len(one["refused"])
    cells = (
        *(kind, f"`{model}`", str(compared), _score(one["largest_difference"])),
        *(_score(one["median_difference"]), str(one["within_0.01"]), str(one["other_labels"])),
    )
    return f"| {' | '.join(cells)} |"


def _refused(agreement: dict[str, Any]) -> str:
    kinds = next(iter(agreement.values()))
    refused = [words.partition(":")[0] for one in kinds.values() for words in one["refused"]]
    if not refused:
        return "The browser decodes all of them."
    return f"Python reads them and the browser does not: {', '.join(f'`{name}`' for name in refused)}."


def _score(difference: float) -> str:
    return f"{difference:.5f}" if difference < 0.001 else f"{difference:.3f}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _milliseconds(spread: dict[str, float]) -> str:
    return f"{spread['min']:.0f} ms, {spread['median']:.0f} ms"
