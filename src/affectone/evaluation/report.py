"""Everything that a report says, as plain data."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from affectone import __version__
from affectone.evaluation.answers import Answers
from affectone.evaluation.comparison import compare
from affectone.evaluation.detail import class_rows, counts_of, in_order, mistakes, rankings, reliability
from affectone.evaluation.listeners import listener_results
from affectone.evaluation.metrics import bootstrap_interval, macro_f1
from affectone.evaluation.predictions import per_cent, score_predictions, seed_units, unit_column
from affectone.evaluation.robustness import robustness_results
from affectone.evaluation.slices import slice_results
from affectone.labels import LabelSet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["evaluate"]

SHARED = (
    "NOT speaker-independent: speakers, or recordings, may stand in training and in test, so the scores say "
    "how well people are recognised who are known"
)
APART = "speaker-independent: no speaker and no recording stands both in training and in test"
THEIRS = "; whether the model behind these predictions was trained so cannot be seen here"


def evaluate(answers: Answers, *, against: Answers | None = None, command: str = "") -> dict[str, Any]:
    """Judge predictions.

    Parameters
    ----------
    answers : Answers
    against : Answers, optional
        Others to compare with, of the same clips.
    command : str
        What was typed, for the record.

    Returns
    -------
    dict
        Ready for JSON. Shares are in %, except in ``rankings`` and ``calibration``.

    Raises
    ------
    CorpusError
        If the two cannot be compared.
    """
    table = answers.table
    listeners = listener_results(table)
    return {
        "name": answers.name,
        "affectone": __version__,
        "command": command,
        "protocol": answers.protocol,
        "protocol_source": answers.source,
        "protocol_sha256": answers.sha256,
        "predictions_sha256": _digest(table),
        "speaker_independent": answers.speaker_independent,
        "independence": _independence(answers),
        "warnings": list(answers.warnings),
        "notes": [*answers.notes, *_missing_slices(table)],
        "facts": dict(answers.facts),
        "clips": int(table["id"].nunique()),
        "speakers": len(table[["corpus", "speaker"]].drop_duplicates()),
        "folds": int(table["fold"].nunique()),
        "seeds": sorted(int(seed) for seed in table["seed"].unique()),
        "corpora": [_corpus(answers, str(name)) for name in sorted(table["corpus"].unique())],
        "listeners": listeners,
        "curves": [asdict(curve) for curve in answers.curves],
        "comparison": None if against is None else compare(answers, against),
    }


def _independence(answers: Answers) -> str:
    if answers.independence:
        return answers.independence
    if not answers.speaker_independent:
        return SHARED
    return APART if answers.ours else APART + THEIRS


def _missing_slices(table: pd.DataFrame) -> list[str]:
    if "duration" in table and table["duration"].notna().any():
        return []
    if "duration" in table:
        return ["no clip has a duration, so parts by duration are missing; affectone corpora scan listens"]
    return ["no manifest was given (--manifest), so parts by intensity and duration are missing"]


def _corpus(answers: Answers, corpus: str) -> dict[str, Any]:
    table, changed = answers.table, answers.changed
    rows = table[table["corpus"] == corpus]
    score = score_predictions(table, corpus)
    labels = in_order((*rows["emotion"], *rows["predicted"]))
    units = seed_units(rows, LabelSet(tuple(labels)), unit_column(score.interval_over == "clips"))
    low, high = bootstrap_interval(units, macro_f1)
    return {
        "corpus": corpus,
        "score": asdict(score) | {"macro_f1_interval": (per_cent(low), per_cent(high))},
        "classes": class_rows(rows, labels),
        "confusion": {"labels": labels, "counts": counts_of(rows, labels).tolist()},
        "mistakes": mistakes(rows),
        "rankings": rankings(rows),
        "calibration": reliability(rows),
        "slices": slice_results(rows, corpus),
        "robustness": [] if changed is None else robustness_results(table, changed, corpus),
        "adaptation": list(answers.adaptation.get(corpus, ())),
    }


def _digest(table: pd.DataFrame) -> str:
    """Hash what was predicted: equal answers have one digest, in whatever order they stand."""
    columns = (table[name].astype(str) for name in ("seed", "id", "emotion", "predicted"))
    lines = sorted("\t".join(row) for row in zip(*columns, strict=True))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
