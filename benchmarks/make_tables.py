"""Write the measured numbers from benchmarks/results where people read them.

``python benchmarks/make_tables.py`` fills LEADERBOARD.md, README's score table, the pages on errors, sizing,
small devices and browsers, the packaged cards and their readable twins in docs/cards; ``--check`` fails where
one of them is not what the result files say.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from affectone.models.card import read_card
from browser_tables import browser
from error_tables import errors, used
from model_cards import completed_card, readable_card
from model_tables import beside
from scores import (
    BASE,
    COMMERCIAL,
    DOCS,
    EDGE,
    MODELS,
    RESULTS,
    ROOT,
    TUNED,
    adaptation,
    calibration,
    commands,
    notes,
    score_rows,
    table,
)
from sizing_tables import sizing
from small_tables import small
from suite_tables import read_suite, reasons, results_of, suite_sections
from trial_tables import edge_trials, encoder_folds, encoder_heads, tuning

BEGIN, END = "<!-- SCORES:begin -->", "<!-- SCORES:end -->"
SIZING = ROOT / "docs" / "explanation" / "sizing.md"
ERRORS = ROOT / "docs" / "explanation" / "error-analysis.md"
SMALL = ROOT / "docs" / "how-to" / "small-devices.md"
BROWSER = ROOT / "docs" / "how-to" / "in-the-browser.md"


def leaderboard() -> str:
    """Return LEADERBOARD.md."""
    base, edge = BASE.results(), EDGE.results()
    rows_of_base, rows_of_edge = score_rows(base), score_rows(edge)
    suite = [row for row in read_suite("base")["rows"] if f"base/{row['name']}" in BASE.files]
    suite_of_edge = read_suite("edge")["rows"]
    return "\n".join(
        [
            "# Leaderboard",
            "",
            "Made by `python benchmarks/make_tables.py` from the result files; do not edit by hand.",
            "",
            "## `base`: a small speech encoder, frozen, and heads on its states",
            "",
            BASE.how,
            "",
            table(rows_of_base, base),
            "",
            notes(rows_of_base, base),
            "",
            *reasons(suite, results_of("base", suite)),
            "",
            *commercial(),
            "Adapted to unlabelled recordings of a voice, and what that gains or costs; never mixed with "
            "the rows above. A speaker with fewer clips of a kind gives those that there are, in RAVDESS 4 "
            "neutral ones and 8 of each other emotion.",
            "",
            *adaptation(base),
            "",
            "Calibration on the unseen test speakers, with the temperature fitted on validation speakers:",
            "",
            *calibration(base),
            "",
            "## `edge`: under half a million parameters, nothing pretrained inside",
            "",
            EDGE.how,
            "",
            table(rows_of_edge, edge),
            "",
            notes(rows_of_edge, edge),
            "",
            *reasons(suite_of_edge, results_of("edge", suite_of_edge)),
            "",
            "Calibration on the unseen test speakers, with the temperature fitted on validation speakers:",
            "",
            *calibration(edge),
            "",
            *suite_sections(),
            *tuned(),
            "## Which way to tune the encoder of `base`",
            "",
            *tuning(measured("encoder_tuning")),
            "",
            *encoder_heads(measured("encoder_heads")),
            "",
            *encoder_folds(measured("encoder_folds")),
            "",
            "## What was tried for `edge`",
            "",
            *edge_trials(measured("edge_trials")),
            "",
            "## Speed and memory",
            "",
            *speed(),
            "",
            "## Sounds that are no speech",
            "",
            *trust(),
            "",
            "## The same speech in other formats",
            "",
            *formats(),
            "",
            "## Result files and the commands that made them",
            "",
            commands([*rows_of_base, *rows_of_edge], root=""),
            "",
        ]
    )


def commercial() -> list[str]:
    """Return the rows of `base-commercial`, as Markdown lines."""
    found = COMMERCIAL.results()
    return [f"`{COMMERCIAL.name}`: {COMMERCIAL.how}", "", table(score_rows(found), found), ""]


def tuned() -> list[str]:
    """Return the rows of `base` with a tuned encoder, as Markdown lines."""
    found, suite = TUNED.results(), read_suite("tuned")
    rows = score_rows(found)
    lines = [f"## {suite['title']}", "", TUNED.how, ""]
    if rows:
        lines += [table(rows, found), "", notes(rows, found), "", *adaptation(found), ""]
        lines += ["Calibration on the unseen test speakers:", "", *calibration(found), ""]
    lines += [*reasons(suite["rows"], results_of("tuned", suite["rows"])), ""]
    return [*lines, commands(rows, root=""), ""] if rows else lines


def measured(name: str) -> dict[str, Any]:
    """Return the committed result file of a benchmark."""
    result: dict[str, Any] = json.loads((RESULTS.parent / f"{name}.json").read_text(encoding="utf-8"))
    return result


def speed() -> list[str]:
    """Return what answering costs, as Markdown lines."""
    result = measured("speed")
    models, machine = result["models"], result["machine"]
    rows = (
        ("whole command on one clip of 3 s", lambda one: f"{one['command_seconds']['median']:.2f} s"),
        ("peak memory of that command", lambda one: f"{one['command_peak_mb']['median']:.0f} MB"),
        (
            "warm `Recognizer.predict` on 3 s of speech",
            lambda one: f"{one['warm_predict_ms']['median']:.1f} ms",
        ),
        ("peak memory on a WAV of two hours", lambda one: f"{one['two_hours_peak_mb']:.0f} MB"),
        ("time for a WAV of two hours", lambda one: f"{one['two_hours_seconds']:.0f} s"),
    )
    return [
        f"Medians on one core of {machine['cpu']}, Python {machine['python']}, and one run on two hours; "
        "[`speed.json`](benchmarks/results/speed.json), made by `python benchmarks/speed.py`.",
        "",
        *beside(models, rows),
    ]


def trust() -> list[str]:
    """Return what models say about sounds that are no speech, as Markdown lines."""
    result = measured("trust")
    models = result["models"]
    kinds = next(iter(models.values()))["sounds"]
    return [
        f"{result['draws']} made sounds of {result['seconds']:g} s of each kind; how many got an emotion "
        "that the model is sure of, which is the only wrong answer. The others were called no speech, unlike "
        "the training data, or unsure. Recorded music and laughter were not at hand. "
        f"[`trust.json`](benchmarks/results/trust.json), made by `{result['command']}`.",
        "",
        *beside(models, ((kind, partial(_sure, kind)) for kind in kinds), what="sound"),
    ]


def _sure(kind: str, one: dict[str, Any]) -> str:
    return str(one["sounds"][kind]["sure"])


def formats() -> list[str]:
    """Return how far scores move between formats, as Markdown lines."""
    result = measured("formats")
    return [
        f"`{result['model']}`: {result['clips']} real clips against themselves as 16 kHz WAV: how many keep "
        "their label, and the largest change of any probability; "
        "[`formats.json`](benchmarks/results/formats.json), made by "
        f"`{result['command']}`. Most of these clips are training clips: what is measured is the change.",
        "",
        "| format | same label | median change | 95th percentile |",
        "|---|---|---|---|",
        *(
            f"| {name} | {row['same_label']:.1%} | {row['median_change']:.3f} | {row['change_95']:.3f} |"
            for name, row in result["formats"].items()
        ),
    ]


def filled(page: Path, text: str) -> str:
    """Return a page with a text between its marks."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}"


def pages() -> dict[Path, str]:
    """Return each file with what it should hold."""
    results = BASE.results()
    rows = score_rows(results)
    scored = f"{table(rows, results)}\n\n{notes(rows, results)}"
    wanted = {
        ROOT / "LEADERBOARD.md": leaderboard(),
        ROOT / "README.md": filled(ROOT / "README.md", scored),
        SIZING: filled(SIZING, "\n".join(sizing(measured("batch")))),
        ERRORS: filled(ERRORS, "\n".join(errors(used(results | EDGE.results()), measured("listeners")))),
        SMALL: filled(SMALL, "\n".join(small(measured("small_devices")))),
        BROWSER: filled(BROWSER, "\n".join(browser(measured("browser")))),
    }
    for model in MODELS:
        card = completed_card(model, read_card(model.card))
        wanted[model.card] = card.model_dump_json(indent=1) + "\n"
        wanted[DOCS / f"{model.name}.md"] = readable_card(model, card)
    return wanted


def main() -> int:
    """Write the files, or with ``--check`` name those that differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    wanted = pages()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    if not check:
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
    for path in stale:
        sys.stdout.write(f"{'stale' if check else 'wrote'}: {path.relative_to(ROOT)}\n")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
