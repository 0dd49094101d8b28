"""Write the measured numbers from benchmarks/results where people read them.

``python benchmarks/make_tables.py`` fills LEADERBOARD.md, README's score table, the packaged card and its
readable twin docs/cards/edge.md; ``--check`` fails where one of them is not what the result files say.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from affectone.models.card import ModelCard, ProtocolScore, read_card
from suite_tables import suite_sections

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "accuracy"
CARD = ROOT / "src" / "affectone" / "models" / "packaged" / "edge" / "card.json"
ORDER = ("ravdess", "crema_d", "emodb", "tess", "savee", "five")
TITLES = {
    "ravdess": "RAVDESS", "crema_d": "CREMA-D", "emodb": "EMO-DB", "tess": "TESS", "savee": "SAVEE",
}  # fmt: skip
BEGIN, END = "<!-- SCORES:begin -->", "<!-- SCORES:end -->"


def results() -> dict[str, dict[str, Any]]:
    """Return the committed results by name, in the order they are shown."""
    return {
        name: json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
        for name in ORDER
        if (RESULTS / f"{name}.json").exists()
    }


def score_rows() -> list[ProtocolScore]:
    """Return every row of the leaderboard: a corpus tested under a protocol."""
    rows = []
    for name, result in results().items():
        training = "+".join(TITLES[corpus] for corpus in result["training_corpora"])
        for score in result["scores"]:
            known = {key: value for key, value in score.items() if key in ProtocolScore.model_fields}
            rows.append(
                ProtocolScore(
                    **known,
                    protocol=result["protocol"],
                    training=training if len(result["training_corpora"]) > 1 else "the corpus itself",
                    speaker_independent=result["speaker_independent"],
                    result_file=f"benchmarks/results/accuracy/{name}.json",
                    command=result["command"],
                )
            )
    return rows


def warned() -> dict[str, list[str]]:
    """Return, by result file, what the leak guard said about those that it let pass with a warning."""
    return {
        f"benchmarks/results/accuracy/{name}.json": result["warnings"]
        for name, result in results().items()
        if result.get("warnings")
    }


def table(rows: list[ProtocolScore]) -> str:
    """Return rows as a Markdown table."""
    leaky = warned()
    lines = [
        "| tested on | protocol | trained on | clips | speakers | folds | seeds | UAR, mean of folds | "
        "UAR, pooled [95 %] | WA [95 %] | macro-F1 |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        mark = "" if row.interval_over == "speakers" else " ¹"
        protocol = f"`{row.protocol}`{' ²' if row.result_file in leaky else ''}"
        lines.append(
            f"| {TITLES[row.corpus]} | {protocol} | {row.training} | {row.clips} | {row.speakers} | "
            f"{row.folds} | {row.seeds} | **{row.uar_folds:.1f}** | "
            f"{_with_interval(row.uar_pooled, row.uar_interval)}{mark} | "
            f"{_with_interval(row.wa_pooled, row.wa_interval)}{mark} | {row.macro_f1:.1f} |"
        )
    return "\n".join(lines)


def _with_interval(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.1f} [{interval[0]:.1f}, {interval[1]:.1f}]"


def notes(rows: list[ProtocolScore]) -> str:
    """Return what a reader of the table must know."""
    leaky = {row.protocol: warned()[row.result_file] for row in rows if row.result_file in warned()}
    lines = [
        f"All speakers tested{' but in rows marked ²' if leaky else ''} are unseen: nobody is in the "
        "training and in the test part. UAR is the "
        "unweighted average recall (balanced accuracy), WA the accuracy, both in %. Intervals are 95 % "
        "bootstrap intervals over test speakers. A corpus is scored over its own labels. The packaged model "
        "is trained as the rows of `five:group5` are; the others show the network on one corpus alone.",
        "",
        "¹ Fewer than eight test speakers: the interval is over clips and says nothing about other speakers. "
        "UAR of each speaker: "
        + "; ".join(
            f"{TITLES[row.corpus]} (`{row.protocol}`) "
            + ", ".join(f"{speaker} {uar:.1f}" for speaker, uar in row.per_speaker_uar.items())
            for row in rows
            if row.per_speaker_uar
        )
        + ".",
    ]
    if leaky:
        lines += ["", "² " + " ".join(f"`{name}`: {'; '.join(words)}." for name, words in leaky.items())]
    return "\n".join(lines)


def commands(rows: list[ProtocolScore], root: str) -> str:
    """Return the command of each result file; `root` leads from the page to the repository's root."""
    made = {row.result_file: row.command for row in rows}
    return "\n".join(f"- [`{file}`]({root}{file}): `{command}`" for file, command in made.items())


def leaderboard(rows: list[ProtocolScore]) -> str:
    """Return LEADERBOARD.md."""
    calibration = [
        f"- `{result['protocol']}`: expected calibration error {result['calibration_error']['ece']:.3f} "
        f"(mean confidence {result['calibration_error']['mean_confidence']:.3f}, accuracy "
        f"{result['calibration_error']['accuracy']:.3f})"
        for result in results().values()
        if result["calibration_error"]
    ]
    return "\n".join(
        [
            "# Leaderboard",
            "",
            "Made by `python benchmarks/make_tables.py` from the result files; do not edit by hand.",
            "",
            "## `edge`: trained from nothing, under half a million parameters",
            "",
            table(rows),
            "",
            notes(rows),
            "",
            "Calibration on the unseen test speakers, with the temperature fitted on validation speakers:",
            "",
            *calibration,
            "",
            *suite_sections(),
            "## Speed and memory",
            "",
            *speed(),
            "",
            "## The same speech in other formats",
            "",
            *formats(),
            "",
            "## Result files and the commands that made them",
            "",
            commands(rows, root=""),
            "",
        ]
    )


def measured(name: str) -> dict[str, Any]:
    """Return the committed result file of a benchmark."""
    result: dict[str, Any] = json.loads((RESULTS.parent / f"{name}.json").read_text(encoding="utf-8"))
    return result


def speed() -> list[str]:
    """Return what answering costs, as Markdown lines."""
    result = measured("speed")
    figures, machine = result, result["machine"]
    rows = (
        ("whole command on one clip of 3 s", f"{figures['command_seconds']['median']:.2f} s"),
        ("peak memory of that command", f"{figures['command_peak_mb']['median']:.0f} MB"),
        ("warm `Recognizer.predict` on 3 s of speech", f"{figures['warm_predict_ms']['median']:.1f} ms"),
        ("peak memory on a WAV of two hours", f"{figures['two_hours_peak_mb']:.0f} MB"),
        ("time for a WAV of two hours", f"{figures['two_hours_seconds']:.0f} s"),
    )
    return [
        f"Medians on one core of {machine['cpu']}, Python {machine['python']}; "
        "[`speed.json`](benchmarks/results/speed.json), made by `python benchmarks/speed.py`.",
        "",
        "| what | `edge` |",
        "|---|---|",
        *(f"| {what} | {figure} |" for what, figure in rows),
    ]


def formats() -> list[str]:
    """Return how far scores move between formats, as Markdown lines."""
    result = measured("formats")
    return [
        f"{result['clips']} real clips against themselves as 16 kHz WAV: how many keep their label, and the "
        "largest change of any probability; [`formats.json`](benchmarks/results/formats.json), made by "
        f"`{result['command']}`. Most of these clips are training clips: what is measured is the change.",
        "",
        "| format | same label | median change | 95th percentile |",
        "|---|---|---|---|",
        *(
            f"| {name} | {row['same_label']:.1%} | {row['median_change']:.3f} | {row['change_95']:.3f} |"
            for name, row in result["formats"].items()
        ),
    ]


def confidence_table(name: str) -> list[str]:
    """Return what a threshold on the confidence buys on unseen speakers, as Markdown lines."""
    curve = results()[name]["by_confidence"]
    return [
        "| confidence at least | clips answered | of these right | of the others right |",
        "|---|---|---|---|",
        *(
            f"| {row['threshold']:.1f} | {row['answered']:.0%} | {_share(row['right_above'])} | "
            f"{_share(row['right_below'])} |"
            for row in curve
        ),
    ]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def readable_card(card: ModelCard) -> str:
    """Return docs/cards/edge.md."""
    rows = list(card.scores)
    slices = "\n".join(
        f"- {name}: " + ", ".join(f"{group} {value:.1f}" for group, value in groups.items())
        for name, groups in card.slices.items()
    )
    corpora = "\n".join(
        f"| {TITLES[use.name]} | {use.language} | {use.clips} | {use.speakers} | {use.licence} |"
        for use in card.corpora
    )
    calibration = card.calibration
    return "\n".join(
        [
            f"# Model card: {card.name} {card.version}",
            "",
            f"{card.summary} Made from `card.json` by `python benchmarks/make_tables.py`.",
            "",
            f"- Network: `{card.network}`, {card.parameters:,} parameters; file {card.size_bytes:,} bytes, "
            f"8-bit weights, float activations, ONNX opset {card.opset}.",
            f"- Input: speech at {card.sample_rate:,} Hz, up to {card.window_seconds:g} s at once.",
            f"- Emotions: {', '.join(card.labels)}. Voices: {', '.join(card.voices)}.",
            f"- Languages heard in training: {', '.join(card.languages)}. All of it is acted.",
            f"- Licence of the weights: {card.licence}. "
            f"Commercial use: {'yes' if card.commercial_use else 'no'}.",
            "- Largest difference of a probability between runtimes: "
            + ", ".join(f"{key.replace('_', ' ')} {value:.2g}" for key, value in card.parity.items())
            + ".",
            f"- Calibration: temperature {calibration.temperature:.2f}, unsure under "
            f"{calibration.threshold:.2f}, fitted on {calibration.fitted_on}; expected calibration error "
            f"there {calibration.ece_before:.3f} before, {calibration.ece_after:.3f} after.",
            f"- Trained by `{card.training_command}`.",
            "",
            "## Trained on",
            "",
            "| corpus | language | clips | speakers | licence |",
            "|---|---|---|---|---|",
            corpora,
            "",
            "## Measured on unseen speakers",
            "",
            "What this model does for people it has not heard is said by the rows of `five:group5`: the same "
            "settings, trained anew for each fold without its speakers. The other rows are of the same "
            "network trained on one corpus alone, with that corpus's settings.",
            "",
            table(rows),
            "",
            notes(rows),
            "",
            "## What a confidence is worth",
            "",
            "On unseen speakers, from `five:group5`, over the labels of each clip's corpus:",
            "",
            *confidence_table("five"),
            "",
            "## By group",
            "",
            "UAR in % on unseen speakers, from `five:group5`:",
            "",
            slices,
            "",
            "## Limits",
            "",
            *(f"- {limit}" for limit in card.limits),
            "",
            "## Commands",
            "",
            commands(rows, root="../../"),
            "",
        ]
    )


def completed_card(card: ModelCard) -> ModelCard:
    """Return the packaged card with scores and slices of the committed results."""
    slices = {
        f"{TITLES[corpus]}, {column.replace('_', ' ')}": groups
        for corpus, columns in results().get("five", {"slices": {}})["slices"].items()
        for column, groups in columns.items()
        if len(groups) > 1
    }
    return card.model_copy(update={"scores": tuple(score_rows()), "slices": slices})


def pages() -> dict[Path, str]:
    """Return each file with what it should hold."""
    rows = score_rows()
    card = completed_card(read_card(CARD))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    return {
        ROOT / "LEADERBOARD.md": leaderboard(rows),
        ROOT / "README.md": f"{before}{BEGIN}\n\n{table(rows)}\n\n{notes(rows)}\n\n{END}{after}",
        CARD: card.model_dump_json(indent=1) + "\n",
        ROOT / "docs" / "cards" / "edge.md": readable_card(card),
    }


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
