"""`affectone models`: which models there are, and what each one is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from affectone.cli.output import Output, cell, open_output
from affectone.cli.status import complain, status_of
from affectone.errors import ModelError
from affectone.models import ModelArtefact, ModelCard, find_model
from affectone.models.card import CorpusUse, ProtocolScore
from affectone.models.store import model_folders, read_artefact, search_problems

__all__ = ["list_command", "show_command"]


class CardFormat(StrEnum):
    """How a card is written."""

    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[CardFormat, typer.Option("--format", help="How to write it.")]


def list_command(
    commercial_only: Annotated[
        bool, typer.Option("--commercial-only", help="Only models that may be used commercially.")
    ] = False,
    wanted: FormatOption = CardFormat.TABLE,
) -> int:
    """List the models, with their licences."""
    artefacts, failed = _readable_models()
    chosen = [model for model in artefacts if model.card.commercial_use or not commercial_only]
    with open_output(None) as output:
        if wanted is CardFormat.JSON:
            output.write_json([_summary(model) for model in chosen])
        else:
            _write_list(output, chosen)
    return status_of(len(artefacts), failed)


def show_command(
    name: Annotated[str, typer.Argument(help="Name of a model, or its folder.")],
    wanted: FormatOption = CardFormat.TABLE,
) -> int:
    """Show a model's whole card: what it knows, how well it did, what it was trained on, its licence."""
    artefact = find_model(name)
    with open_output(None) as output:
        if wanted is CardFormat.JSON:
            output.write_json(artefact.card.model_dump(mode="json"))
        else:
            _write_card(output, artefact)
    return status_of(1, 0)


def _readable_models() -> tuple[list[ModelArtefact], int]:
    """Return the models whose cards can be read; name the others on standard error and count them."""
    artefacts: list[ModelArtefact] = []
    problems: list[ModelError] = [*search_problems()]
    for folder in model_folders().values():
        try:
            artefacts.append(read_artefact(folder))
        except ModelError as error:
            problems.append(error)
    for problem in problems:
        complain(str(problem))
    return artefacts, len(problems)


def _summary(model: ModelArtefact) -> dict[str, Any]:
    card = model.card
    return {
        "name": card.name,
        "version": card.version,
        "summary": card.summary,
        "labels": list(card.labels),
        "parameters": card.parameters,
        "size_bytes": card.size_bytes,
        "licence": card.licence,
        "commercial_use": card.commercial_use,
        "packaged": model.packaged,
        "path": str(model.path),
    }


def _write_list(output: Output, models: list[ModelArtefact]) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("name", "labels", "size", "licence", "commercial use", "summary"):
        table.add_column(column, overflow="fold")
    for model in models:
        card = model.card
        labels, size = str(len(card.labels)), f"{card.size_bytes / 1e6:.2f} MB"
        row = (model.title, labels, size, card.licence, _yes_no(card.commercial_use), card.summary)
        table.add_row(*map(cell, row))
    if models:
        output.write_table(table)


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def _write_card(output: Output, artefact: ModelArtefact) -> None:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _card_rows(artefact):
        table.add_row(cell(name), cell(value))
    output.write_table(table)


def _card_rows(artefact: ModelArtefact) -> list[tuple[str, str]]:
    card = artefact.card
    fitted = card.calibration
    rows = [
        ("model", artefact.title),
        ("summary", card.summary),
        ("folder", str(artefact.path)),
        ("licence", card.licence),
        ("commercial use", _yes_no(card.commercial_use)),
        ("labels", ", ".join(card.labels)),
        ("voices", ", ".join(card.voices)),
        ("network", _network_words(card)),
        ("input", f"{card.input} at {card.sample_rate} Hz, {card.min_seconds} to {card.window_seconds} s"),
        ("languages", ", ".join(card.languages)),
        ("unsure below", f"{fitted.threshold:.2f} (calibrated on {fitted.fitted_on})"),
        ("calibration error", f"{fitted.ece_before:.3f} before, {fitted.ece_after:.3f} after calibration"),
    ]
    rows += [("corpus", _corpus_words(corpus)) for corpus in card.corpora]
    rows += [("score", _score_words(score)) for score in card.scores]
    for group, values in card.slices.items():
        rows.append((f"by {group}", ", ".join(f"{name} {value:.3g}" for name, value in values.items())))
    rows += [("limit", limit) for limit in card.limits]
    return [*rows, ("trained by", card.training_command), ("sha256", card.sha256)]


def _network_words(card: ModelCard) -> str:
    count = "" if card.parameters is None else f", {card.parameters:,} parameters"
    return f"{card.network}{count}, {card.size_bytes / 1e6:.2f} MB"


def _corpus_words(corpus: CorpusUse) -> str:
    return (
        f"{corpus.name}: {corpus.clips} clips, {corpus.speakers} speakers, {corpus.language}, "
        f"{corpus.licence}"
    )


def _score_words(score: ProtocolScore) -> str:
    low, high = score.uar_interval
    wa_low, wa_high = score.wa_interval
    independent = "speaker-independent" if score.speaker_independent else "speakers shared"
    return (
        f"{score.corpus}:{score.protocol} (trained on {score.training}, {independent}): "
        f"UAR {score.uar_folds:.1f} (mean of folds), {score.uar_pooled:.1f} (pooled, {low:.1f} to {high:.1f} "
        f"over {score.interval_over}), WA {score.wa_pooled:.1f} ({wa_low:.1f} to {wa_high:.1f}), "
        f"macro-F1 {score.macro_f1:.1f}; {score.clips} clips, {score.speakers} speakers, "
        f"{score.folds} folds, {score.seeds} seeds"
    )
