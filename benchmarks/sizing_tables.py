"""What an archive takes and costs, as Markdown, from results/batch.json."""

from __future__ import annotations

from typing import Any

__all__ = ["PRICE", "sizing"]

NAMES = {"wav": "16 kHz WAV", "opus": "Opus"}
PRICE = 0.05
"""Dollars a core-hour: about what clouds ask for one on demand."""


def sizing(result: dict[str, Any]) -> list[str]:
    """Return the tables of docs/explanation/sizing.md."""
    pace, dense = result["pace"], result["dense"]
    sparse_share, dense_share = (part["alone"]["wav"]["speech_share"] for part in (pace, dense))
    rows = [(row, sparse_share) for row in pace["paces"]] + [(row, dense_share) for row in dense["paces"]]
    return [
        f"Calls of {pace['call_seconds'] // 60} minutes, one channel, on {pace['machine']['cpu']} "
        f"({pace['machine']['cores']} cores), Python {pace['machine']['python']}; "
        "[`batch.json`](../../benchmarks/results/batch.json), made by "
        "`python benchmarks/batch.py pace dense`.",
        "",
        "| model | task | from | speech | processes | hours of audio an hour and core | calls a core-hour | "
        f"1,000 hours of audio at ${PRICE:.2f} a core-hour |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(row, share) for row, share in rows),
        "",
        "Two processes against one: "
        + ", ".join(f"`{model}` {times:.2f} times" for model, times in pace["scaling_1_to_2"].items())
        + ". By themselves, for a second of sound: "
        + ", ".join(
            f"decoding {NAMES[kind]} {of['decoding_ms_a_second']:.2f} ms"
            for kind, of in pace["alone"].items()
        )
        + f", finding speech {pace['alone']['wav']['finding_speech_ms_a_second']:.2f} ms; "
        "both are in the figures above.",
        "",
        *_engines(result["engines"], result["alone"], result["kills"], result["many"]),
    ]


def _row(row: dict[str, Any], share: float) -> str:
    pace = row["hours_an_hour_and_core"]
    cells = (
        f"`{row['model']}`",
        row["task"],
        NAMES[row["from"]],
        f"{share:.0%}",
        row["processes"],
        f"{pace:.0f}",
        f"{row['recordings_a_core_hour']:,}",
        f"${1000 / pace * PRICE:.2f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def _engines(
    engines: dict[str, Any], alone: dict[str, Any], kills: dict[str, Any], many: dict[str, Any]
) -> list[str]:
    return [
        f"- {engines['recordings']:,} recordings of four corpora, adapted by corpus, with `base`: "
        f"{engines['local_seconds']:.0f} s by two processes, {engines['ray_seconds']:.0f} s by a Ray cluster "
        f"of two nodes with a core each. All rows {_same(engines['ray'])}; after an actor was killed "
        f"{_same(engines['after_an_actor_was_killed'])}.",
        f"- The same by Ray that the command starts on this machine with two processors: all rows "
        f"{_same(alone)}.",
        f"- A run over {kills['rows']['predictions']:,} of these corpora that was killed {kills['kills']} "
        f"times, then left to end: {_same(kills)} to one that was left alone.",
        f"- {many['recordings']:,} short recordings with `edge`: {many['rows']:,} rows, "
        f"{many['recordings_a_second']:.0f} recordings a second by two processes, "
        f"{many['leading_process_mb']:.0f} MB at most in the process that leads.",
        "",
        "Made by `python benchmarks/batch.py engines alone kills many`.",
    ]


def _same(compared: dict[str, Any]) -> str:
    return "equal" if compared["equal"] else "NOT equal"
