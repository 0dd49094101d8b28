"""What noise, telephones, rooms, levels and lengths cost, as tables, and the bar for later models."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from typing import Any

from scores import RESULTS, TITLES

Row = dict[str, Any]


@functools.cache
def robustness_result() -> dict[str, Any]:
    """Return the committed result file."""
    result: dict[str, Any] = json.loads((RESULTS.parent / "robustness.json").read_text(encoding="utf-8"))
    return result


def find_lost(rows: Sequence[Row], bar: Sequence[Row], most: float) -> list[Row]:
    """Return the conditions whose scores are more than so many points under a bar, or not there any more."""
    known = {(row["by"], row["of"]): row["uar"] for row in rows}
    found = [{**row, "bar": row["uar"], "uar": known.get((row["by"], row["of"]), 0.0)} for row in bar]
    return [row for row in found if not row["uar"] >= row["bar"] - most]  # What is no number is lost, too.


def robustness(result: dict[str, Any], name: str) -> list[str]:
    """Return what a model's scores become under each condition, as Markdown lines."""
    model = result["models"][name]
    rows, corpora = model["together"], model["corpora"]
    note = f" {model['note']}" if "note" in model else ""
    clips, named = rows[0]["clips"], " | ".join(TITLES[corpus] for corpus in corpora)
    return [
        f"The recipe of this model, trained anew for each of the {model['folds']} folds of "
        f"`{model['protocol']}` without the fold's speakers, and asked as its users ask: {clips} clips of "
        f"{rows[0]['speakers']} "
        f"speakers, {result['clips_of_each_emotion']} of each emotion of a corpus, as they are and changed "
        "before speech is looked for. UAR in %: mean recall over the emotions of all corpora, and of each "
        "corpus alone; one seed. The cost is to the clips as they are, with its 95 % interval over "
        f"{over_whom(rows[0])}, paired.{note} A length is that of a clip's loudest stretch, and shorter "
        "clips are repeated to it. "
        f"[`robustness.json`]({ROOT}benchmarks/results/robustness.json), made by `{result['command']}`.",
        "",
        f"| change | how far | UAR | cost [95 %] | {named} | no speech heard |",
        "|---|---|---|---|" + "---|" * (len(corpora) + 1),
        *(
            f"| {row['by']} | {row['of']} | **{row['uar']:.1f}** | {_cost(row)} | "
            f"{' | '.join(format(own[place]['uar'], '.1f') for own in corpora.values())} | "
            f"{row['unanswered'] / row['clips']:.0%} |"
            for place, row in enumerate(rows)
        ),
    ]


def over_whom(row: Row) -> str:
    """Return what an interval is over, in the words of people."""
    whom: str = row["interval_over"]
    for name, title in TITLES.items():
        whom = whom.replace(name, title)
    return whom + ("" if whom == "speakers" else ", which have few speakers, drawn within each corpus")


ROOT = "../../"
"""From docs/cards."""


def _cost(row: Row) -> str:
    if row["difference"] is None:
        return "-"
    low, high = row["difference_interval"]
    return f"{row['difference']:+.1f} [{low:+.1f}, {high:+.1f}]"
