"""Run a protocol: one cell a seed and fold, each kept on disk, so that a stopped run goes on."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from affectone.audio.augment import CONDITIONS, Condition
from affectone.corpora import Protocol, Split, split_manifest
from affectone.corpora.protocol import UNKNOWN
from affectone.evaluation.adaptation import adaptation_results, answer_adapted
from affectone.evaluation.listeners import listener_results
from affectone.evaluation.predictions import KEPT, SCORE, group_scores, joined_cells, score_predictions
from affectone.evaluation.robustness import answer_changed, holds_conditions, robustness_results
from affectone.files import replaced
from affectone.labels import VOICES
from affectone.training.calibration import expected_calibration_error, probabilities
from affectone.training.hardware import end_followers, leads
from affectone.training.kinds import check_adaptable
from affectone.training.logits import Logits
from affectone.training.run_folder import claimed_folder, drop_weights, search_words
from affectone.training.search import search_settings, searched
from affectone.training.session import Fitted, Session
from affectone.training.validation import set_aside_speakers

if TYPE_CHECKING:
    import pandas as pd

    from affectone.training.states import StatesSession

__all__ = ["AGE_BANDS", "age_bands", "confidence_curve", "run_protocol", "summarise"]

AGE_BANDS = (0, 30, 45, 60, 200)
PREDICTIONS, CHANGED, ADAPTED = "predictions.csv", "robustness.csv", "adaptation.csv"
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

Report = Callable[[str], None]


def run_protocol(
    session: Session[Any],
    protocol: Protocol,
    *,
    seeds: Sequence[int],
    folder: Path,
    report: Report,
    trials: int = 0,
    robustness: bool = False,
    adaptation: bool = False,
) -> dict[str, Any]:
    """Train and test every fold with every seed, and write ``result.json``.

    Parameters
    ----------
    session : Session
        Holds the protocol's corpora and no other.
    protocol : Protocol
    seeds : sequence of int
    folder : Path
        Of the run. Cells that are already there are not run again.
    report : callable
        Called with a line after each cell, and after each trial of a search.
    trials : int
        Of a search for settings that each cell makes for itself, over its own validation speakers; 0 takes
        the settings as they are.
    robustness : bool
        Whether each cell's model also answers changed copies of its test clips. A finished cell without such
        answers is trained again, as its model is gone; it gives the same model.
    adaptation : bool
        Whether each cell's model also answers when it is adapted to some of its test clips, without their
        labels. Cells without such answers are trained again likewise.

    Raises
    ------
    ConfigError
        If the folder holds a run of other settings, or the model cannot be adapted.
    """
    if adaptation:
        check_adaptable(session.config)
    extras = (*([CHANGED] if robustness else []), *([ADAPTED] if adaptation else []))
    purpose = f"{protocol.name} {protocol.digest}{search_words(trials)}"
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in (PREDICTIONS, *extras)}
    with claimed_folder(folder, session, purpose=purpose):
        splits = split_manifest(session.heard, protocol, left_out=session.left_out)
        for seed in seeds:
            for number, split in enumerate(splits.folds, start=1):
                cell = Cell(seed, number, folder / f"seed{seed}-fold{number}", trials, extras, report)
                if not cell.is_done:
                    _run_cell(session, split, cell, may_leak=protocol.may_leak)
                if not leads():
                    continue
                for name, read in tables.items():
                    read.append(_read(cell.folder / name))
                report(_cell_line(tables[PREDICTIONS][-1], seed, number))
    end_followers()
    joined = {name: joined_cells(read) for name, read in tables.items()}
    table, corpora = joined[PREDICTIONS], sorted(joined[PREDICTIONS]["corpus"].unique())
    result = summarise(table, protocol) | {
        "config": session.config.model_dump(mode="json", exclude={"seed"}),
        "parameters": session.parameters,
        "validation": "speakers named by the protocol"
        if splits.folds[0].validation.size
        else _share(session),
        "warnings": list(splits.warnings),
    }
    if robustness:
        under = joined[CHANGED]
        result |= {"robustness": {corpus: robustness_results(table, under, corpus) for corpus in corpora}}
    if adaptation:
        adapted = joined[ADAPTED]
        result |= {"adaptation": {corpus: adaptation_results(adapted, corpus) for corpus in corpora}}
    if trials:
        result |= {"parameters": None, "search": _searches(folder, seeds, len(splits.folds), trials)}
    (folder / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    side = {"machine": platform.processor() or platform.machine(), "written": time.strftime("%Y-%m-%d")}
    (folder / "machine.json").write_text(json.dumps(side) + "\n", encoding="utf-8")
    return result


def _read(file: Path) -> pd.DataFrame:
    """Read a table of a cell: labels of one's own, and speakers, may be called 1 or NA."""
    import pandas as pd

    names = ("id", "corpus", "speaker", "sex", "ethnicity", "emotion", "votes", "predicted")
    table = pd.read_csv(file, dtype=dict.fromkeys(names, str), keep_default_na=False, na_values=[""])
    return table.fillna({"speaker": UNKNOWN})


def _share(session: Session[Any]) -> str:
    share = session.config.validation_share
    return f"{share:.0%} of the training speakers" if share else "none"


def _searches(folder: Path, seeds: Sequence[int], folds: int, trials: int) -> dict[str, Any]:
    """Return what the cells' searches found: no test clip was in any of them."""
    cells = [(seed, fold) for seed in seeds for fold in range(1, folds + 1)]
    return {
        "trials": trials,
        "how": "nested: each fold and seed searched by itself, trained on its training speakers and judged "
        "by its validation speakers",
        "cells": [
            {"seed": seed, "fold": fold} | (searched(folder / f"seed{seed}-fold{fold}") or {})
            for seed, fold in cells
        ],
    }


@dataclass(frozen=True, slots=True)
class Cell:
    """One fold with one seed, where its files are, and how it is run."""

    seed: int
    fold: int
    folder: Path
    trials: int
    extras: tuple[str, ...]
    """Tables that are wanted beside that of the predictions."""
    report: Report

    @property
    def is_done(self) -> bool:
        """Whether all that is wanted of it is there, with the changes of clips that there are now."""
        there = all((self.folder / name).exists() for name in (PREDICTIONS, *self.extras))
        return there and (CHANGED not in self.extras or holds_conditions(_read(self.folder / CHANGED)))

    def tell(self, words: str) -> None:
        """Report a line about this cell."""
        self.report(f"seed {self.seed}, fold {self.fold}: {words}")


def _run_cell(session: Session[Any], split: Split, cell: Cell, *, may_leak: bool) -> None:
    """Train on one fold and write its predictions; the checkpoint goes once they are there."""
    seed = cell.seed
    split = set_aside_speakers(session.manifest, split, share=session.config.validation_share, seed=seed)
    if cell.trials:
        best = search_settings(
            session, split, trials=cell.trials, folder=cell.folder, seed=seed, tell=cell.tell
        )
        session = session.with_config(best)
    fitted = session.fit(split, cell.folder, seed=seed, may_leak=may_leak)
    if not leads():
        return
    if ADAPTED in cell.extras:
        _write_table(answer_adapted(cast("StatesSession", session), fitted, split), cell, ADAPTED)
    if CHANGED in cell.extras:
        _write_table(
            answer_changed(partial(changed_table, session, fitted, split), CONDITIONS), cell, CHANGED
        )
    _write_table(predict_table(session, fitted, split), cell, PREDICTIONS)
    drop_weights(cell.folder)


def _write_table(table: pd.DataFrame, cell: Cell, name: str) -> None:
    """Write a table of a cell, whole or not at all."""
    cell.folder.mkdir(parents=True, exist_ok=True)
    with replaced(cell.folder / name) as part:
        table.assign(seed=cell.seed, fold=cell.fold).to_csv(part, index=False)


def predict_table(session: Session[Any], fitted: Fitted[Any], split: Split) -> pd.DataFrame:
    """Return the test rows with votes, predictions and calibrated probabilities."""
    return _answers(session, fitted, split, session.predict(fitted.model, split.test))


def changed_table(
    session: Session[Any], fitted: Fitted[Any], split: Split, condition: Condition
) -> pd.DataFrame:
    """Return what `predict_table` does, of changed copies of the test clips."""
    logits = session.predict_changed(fitted.model, split.test, condition.changes)
    return _answers(session, fitted, split, logits)


def _answers(session: Session[Any], fitted: Fitted[Any], split: Split, logits: Logits) -> pd.DataFrame:
    scores = probabilities(session.masked(logits.emotion, split.test), fitted.temperature or 1.0)
    # What a manifest has no column for is missing.
    table = session.manifest.iloc[split.test].reindex(columns=list(KEPT)).reset_index(drop=True)
    table["predicted"] = [session.labels[index] for index in scores.argmax(axis=1)]
    table["confidence"] = scores.max(axis=1).round(5)
    table["predicted_voice"] = [VOICES[index] for index in logits.voice.argmax(axis=1)]
    table["temperature"] = fitted.temperature
    for label, column in zip(session.labels, scores.T, strict=True):
        table[f"{SCORE}{label}"] = column.round(5)
    return table


def _cell_line(table: pd.DataFrame, seed: int, fold: int) -> str:
    scores = {
        corpus: score_predictions(table, corpus).uar_pooled for corpus in sorted(table["corpus"].unique())
    }
    shown = ", ".join(f"{corpus} {uar:.1f}" for corpus, uar in scores.items())
    return f"seed {seed}, fold {fold}: UAR {shown}"


def summarise(table: pd.DataFrame, protocol: Protocol) -> dict[str, Any]:
    """Return everything a result file says about a table of predictions."""
    calibrated = table[table["temperature"].notna()]
    banded = table.assign(age_band=age_bands(table["age"]))
    return {
        "protocol": protocol.name,
        "protocol_source": protocol.source,
        "protocol_sha256": protocol.digest,
        "speaker_independent": not protocol.may_leak,
        "training_corpora": list(protocol.corpora),
        "seeds": sorted(int(seed) for seed in table["seed"].unique()),
        "scores": [asdict(score_predictions(table, corpus)) for corpus in sorted(table["corpus"].unique())],
        "calibration_error": _calibration_error(calibrated) if len(calibrated) else None,
        "by_confidence": confidence_curve(calibrated),
        "slices": {corpus: _slices(rows) for corpus, rows in banded.groupby("corpus")},
        "listeners": listener_results(table),
    }


def _slices(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return the UAR of each part of the clips. Few corpora tell ethnicity; the others have no such part."""
    parts = {column: group_scores(rows, column) for column in ("sex", "age_band")}
    told = group_scores(rows, "ethnicity") if "ethnicity" in rows else {}
    return parts | ({"ethnicity": told} if told else {})


def age_bands(ages: pd.Series) -> pd.Series:
    """Return the name of the band that each age in years is in; missing where the age is."""
    import pandas as pd

    names = ["under 30", "30-44", "45-59", "60 and over"]
    return pd.cut(ages, AGE_BANDS, right=False, labels=names).astype(object)


def confidence_curve(table: pd.DataFrame) -> list[dict[str, float | None]]:
    """Return, for each threshold, the share of clips answered with at least that confidence, and how right.

    ``right_above`` and ``right_below`` are None where no clip is on that side of the threshold.
    """
    right, confidence = table["emotion"] == table["predicted"], table["confidence"]
    curve: list[dict[str, float | None]] = []
    for threshold in THRESHOLDS if len(table) else ():
        sure = confidence >= threshold
        shares = {"right_above": right[sure].mean(), "right_below": right[~sure].mean()}
        known = {name: None if np.isnan(share) else round(float(share), 4) for name, share in shares.items()}
        curve.append({"threshold": threshold, "answered": round(float(sure.mean()), 4), **known})
    return curve


def _calibration_error(table: pd.DataFrame) -> dict[str, float]:
    right = (table["emotion"] == table["predicted"]).to_numpy()
    confidence = table["confidence"].to_numpy()
    # Two columns say all that the error asks: the confidence, and whether the answer was right.
    scores = np.stack([confidence, np.zeros_like(confidence)], axis=1)
    error = expected_calibration_error(scores, np.where(right, 0, 1))
    return {"ece": round(error, 4), "accuracy": round(float(right.mean()), 4),
            "mean_confidence": round(float(confidence.mean()), 4)}  # fmt: skip
