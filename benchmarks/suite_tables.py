"""Sections of LEADERBOARD.md about suites: every row of each, and what is missing named as missing."""

from __future__ import annotations

import itertools
import json
import tomllib
from typing import Any

import scores
from scores import RESULTS, ROOT

SUITES = ROOT / "src" / "affectone" / "evaluation" / "suites"
NUMBERS = ("leak", "no leak", "unseen speakers")
MISSING = "missing"

Row = dict[str, Any]


def suite_sections() -> list[str]:
    """Return the sections as Markdown lines."""
    lines: list[str] = []
    for name, table in (("honest", honest_table), ("precursors", precursors_table)):
        suite = read_suite(name)
        rows, found = suite["rows"], results_of(name, suite["rows"])
        lines += [f"## {suite['title']}", "", suite["notes"], "", *table(rows, found), ""]
        lines += [*reasons(rows, found), "", *origin(name, found), ""]
    return lines


def read_suite(name: str) -> Row:
    """Return a suite as its file has it."""
    return tomllib.loads((SUITES / f"{name}.toml").read_text(encoding="utf-8"))


def results_of(suite: str, rows: list[Row]) -> dict[str, Row | None]:
    """Return the results of some rows of a suite by name."""
    return {row["name"]: score_of(suite, row["name"]) for row in rows}


def score_of(suite: str, row: str) -> Row | None:
    """Return a row's result, or None where it is missing."""
    file = RESULTS / suite / f"{row}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def honest_table(rows: list[Row], results: dict[str, Row | None]) -> list[str]:
    """Return every model and protocol, one line for each corpus that is tested."""
    lines = [
        "| model | protocol | tested on | clips | speakers | folds | seeds | UAR, mean of folds | "
        "UAR, pooled [95 %] | WA [95 %] | macro-F1 |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        start = f"| {named(row)} | `{row['protocol']}` | "
        result = results[row["name"]]
        if result is None:
            lines.append(
                f"{start}{', '.join(row['corpora'])} | | | | | {MISSING} | {MISSING} | {MISSING} | |"
            )
            continue
        lines += [
            f"{start}{score['corpus']} | {score['clips']} | {score['speakers']} | {score['folds']} | "
            f"{score['seeds']} | **{score['uar_folds']:.1f}** | {with_interval(score, 'uar')} | "
            f"{with_interval(score, 'wa')} | {score['macro_f1']:.1f} |"
            for score in result["scores"]
        ]
    return lines


def named(row: Row) -> str:
    """Return a row's model, or what stands in its place."""
    return f"`{row['model']}`" if "model" in row else row["shows"]


def with_interval(score: Row, measure: str) -> str:
    """Return a pooled score with its interval; where they are few it is over clips, and marked."""
    mark = "" if score["interval_over"] == "speakers" else " (over clips)"
    return scores.with_interval(score[f"{measure}_pooled"], score[f"{measure}_interval"]) + mark


def precursors_table(rows: list[Row], results: dict[str, Row | None]) -> list[str]:
    """Return the three numbers of each model in a line, and what each kind of leak is worth."""
    lines = [
        "| what | published | leak | no leak | unseen speakers [95 %] | worth of leaked copies "
        "| worth of known speakers |",
        "|---|---|---|---|---|---|---|",
    ]
    for shows in dict.fromkeys(row["shows"] for row in rows):
        group = {row["number"]: row for row in rows if row["shows"] == shows}
        found = {number: results[row["name"]] for number, row in group.items()}
        shares = {number: accuracy(result) for number, result in found.items() if result}
        told = [f"{shares[number]:.1f}" if number in shares else MISSING for number in NUMBERS[:2]]
        unseen = found["unseen speakers"]
        told.append(of_unseen(unseen) if unseen else MISSING)
        told += [_difference(found, *pair) for pair in itertools.pairwise(NUMBERS)]
        published = group["leak"].get("published")
        lines.append(f"| {shows} | {published} | {' | '.join(told)} |")
    return [
        *lines,
        "",
        "All are accuracies (WA) in %; the result files hold UAR, too. Leaked copies are worth the first "
        "number less the second one, known speakers the second less the third. There is no difference where "
        "other clips or labels are tested: `four:group5` leaves out calm and surprised, which not all four "
        "have.",
    ]


def _difference(found: dict[str, Row | None], one: str, other: str) -> str:
    """Return how much more the first of two numbers is, if both are of the same clips and labels."""
    first, second = found[one], found[other]
    if not (first and second):
        return MISSING
    tested = [
        {score["corpus"]: (score["clips"], score["labels"]) for score in result["scores"]}
        for result in (first, second)
    ]
    return f"{accuracy(first) - accuracy(second):+.1f}" if tested[0] == tested[1] else "-"


def of_unseen(result: Row) -> str:
    """Return the accuracy on unseen speakers; an interval is known for one corpus and not for several."""
    scores = result["scores"]
    return with_interval(scores[0], "wa") if len(scores) == 1 else f"{accuracy(result):.1f}"


def accuracy(result: Row) -> float:
    """Return the accuracy over all clips of a result, whatever corpus they are of."""
    clips = sum(score["clips"] for score in result["scores"])
    return float(sum(score["wa_pooled"] * score["clips"] for score in result["scores"]) / clips)


def reasons(rows: list[Row], results: dict[str, Row | None]) -> list[str]:
    """Return why rows are missing, each reason once."""
    gone = [row for row in rows if results[row["name"]] is None]
    why = dict.fromkeys(row.get("missing", "not run yet") for row in gone)
    if not gone:
        return ["No row is missing."]
    return [f"{len(gone)} of {len(rows)} rows are missing: {'; '.join(why)}."]


def origin(suite: str, results: dict[str, Row | None]) -> list[str]:
    """Say where the result files are and what made them."""
    folder = f"benchmarks/results/accuracy/{suite}"
    files = f"[`{folder}`]({folder})" if any(results.values()) else f"`{folder}`"
    command = f"affectone benchmark accuracy --suite {suite} --corpora CORPORA -o RESULTS"
    return [f"Result files: {files}, made by `{command}`."]
