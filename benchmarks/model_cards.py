"""The packaged cards, completed with what was measured, and their readable twins docs/cards/NAME.md."""

from __future__ import annotations

from affectone.models.card import ModelCard
from error_tables import CONDITIONS
from robustness_tables import robustness, robustness_result
from scores import DOCS, TITLES, Measured, Result, adaptation, calibration, commands, notes, score_rows, table


def completed_card(model: Measured, card: ModelCard) -> ModelCard:
    """Return the packaged card with scores and slices of the committed results."""
    results = model.results()
    slices = {
        f"{TITLES[corpus]}, {column.replace('_', ' ')}": groups
        for name in model.grouped
        for corpus, columns in results.get(name, {"slices": {}})["slices"].items()
        for column, groups in columns.items()
        if len(groups) > 1
    }
    return card.model_copy(update={"scores": tuple(score_rows(results)), "slices": slices})


def readable_card(model: Measured, card: ModelCard) -> str:
    """Return docs/cards/NAME.md."""
    results, rows = model.results(), list(card.scores)
    sections = [
        [f"# Model card: {card.name} {card.version}"],
        [f"{card.summary} Made from `card.json` by `python benchmarks/make_tables.py`."],
        _facts(card),
        ["## Trained on"],
        _corpora(card),
    ]
    if rows:
        sections += [
            ["## Measured on unseen speakers"],
            [model.how],
            [table(rows, results)],
            [notes(rows, results)],
        ]
        sections += _adapted(results) + _confidence(model, results) + _groups(model, card)
        if not set(CONDITIONS).isdisjoint(model.files):
            sections += [["Which emotions it takes for which: [errors](../explanation/error-analysis.md)."]]
        if (DOCS / f"{card.name}.png").exists():
            sections += [[f"![what a threshold on the confidence buys, groups, adaptation]({card.name}.png)"]]
    else:
        sections += [["## Measured on unseen speakers"], ["Not yet."]]
    if card.name in robustness_result()["models"]:
        sections += [
            ["## In noise, on telephones, in rooms"],
            robustness(robustness_result(), card.name),
            [f"![UAR in noise, by length, on telephones, at levels]({card.name}-robustness.png)"],
        ]
    sections += [["## Limits"], [f"- {limit}" for limit in card.limits]]
    if rows:
        sections += [["## Commands"], [commands(rows, root="../../")]]
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _facts(card: ModelCard) -> list[str]:
    told = card.calibration
    lines = [
        f"- Network: `{card.network}`, {card.parameters:,} parameters learned; file "
        f"{card.size_bytes:,} bytes, "
        f"8-bit weights, float activations, ONNX opset {card.opset}.",
        f"- Input: speech at {card.sample_rate:,} Hz, up to {card.window_seconds:g} s at once.",
        f"- Emotions: {', '.join(card.labels)}. Voices: {', '.join(card.voices)}.",
        f"- Languages heard in training: {', '.join(card.languages)}. All of it is acted.",
        f"- Licence of the weights: {card.licence}. Commercial use: "
        f"{'yes' if card.commercial_use else 'no'}.",
        "- Largest difference of a probability between runtimes: "
        + ", ".join(f"{key.replace('_', ' ')} {value:.2g}" for key, value in card.parity.items())
        + ".",
        f"- Calibration: temperature {told.temperature:.2f}, unsure under "
        f"{told.threshold:.2f}, fitted on {told.fitted_on}; expected calibration error "
        f"there {told.ece_before:.3f} before, {told.ece_after:.3f} after.",
    ]
    if card.degrees:
        lines.append(f"- Tells, from 0 to 1: {', '.join(card.degrees)}.")
    if told.novelty is not None:
        lines.append(
            f"- Unlike the training data: a mean square of standardised states over {told.novelty:.2f}."
        )
    return [*lines, f"- Trained by `{card.training_command}`."]


def _corpora(card: ModelCard) -> list[str]:
    return [
        "| corpus | language | clips | speakers | licence |",
        "|---|---|---|---|---|",
        *(
            f"| {TITLES[use.name]} | {use.language} | {use.clips} | {use.speakers} | {use.licence} |"
            for use in card.corpora
        ),
    ]


def _adapted(results: dict[str, Result]) -> list[list[str]]:
    rows = adaptation(results)
    if not rows:
        return []
    told = [
        "`Recognizer.adapt` and `affectone predict --adapt` give the model unlabelled recordings of a voice. "
        "Numbers of their own, beside those of the unadapted model on the same clips; clips that it was "
        "adapted to are not tested, but where it is all of them. One-sided sets are there to see whether an "
        "angry caller becomes a neutral one: a set leaves clips of its emotion to be tested."
    ]
    return [["## Adapted to a voice without labels"], told, rows]


def _confidence(model: Measured, results: dict[str, Result]) -> list[list[str]]:
    """Return what a threshold on the confidence buys on unseen speakers."""
    found = next((name for name in model.typical if name in results), None)
    if found is None:
        return []
    where = f"On unseen speakers, from `{results[found]['protocol']}`, over the labels of each clip's corpus:"
    rows = [
        "| confidence at least | clips answered | of these right | of the others right |",
        "|---|---|---|---|",
        *(
            f"| {row['threshold']:.1f} | {row['answered']:.0%} | {_share(row['right_above'])} | "
            f"{_share(row['right_below'])} |"
            for row in results[found]["by_confidence"]
        ),
    ]
    errors = ["Calibration on the unseen test speakers, with the temperature fitted on validation speakers:"]
    return [["## What a confidence is worth"], [where], rows, errors, calibration(results)]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _groups(model: Measured, card: ModelCard) -> list[list[str]]:
    shown = [f"`{result['protocol']}`" for name, result in model.results().items() if name in model.grouped]
    if not card.slices:
        return []
    lines = [
        f"- {name}: " + ", ".join(f"{group} {value:.1f}" for group, value in groups.items())
        for name, groups in card.slices.items()
    ]
    return [["## By group"], [f"UAR in % on unseen speakers, from {', '.join(shown)}:"], lines]
