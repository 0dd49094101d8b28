"""Run a protocol: one cell a seed and fold, each kept on disk, so that a stopped run goes on."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from affectone.corpora import Protocol, Split, split_manifest
from affectone.evaluation.listeners import listener_results
from affectone.evaluation.predictions import SCORE, group_scores, score_predictions
from affectone.labels import VOICES
from affectone.training.calibration import expected_calibration_error, probabilities
from affectone.training.run_folder import claim_folder
from affectone.training.session import Fitted, Session
from affectone.training.validation import set_aside_speakers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AGE_BANDS", "age_bands", "confidence_curve", "run_protocol", "summarise"]

AGE_BANDS = (0, 30, 45, 60, 200)
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

Report = Callable[[str], None]


def run_protocol(
    session: Session[Any], protocol: Protocol, *, seeds: Sequence[int], folder: Path, report: Report
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
        Called with a line after each cell.

    Raises
    ------
    ConfigError
        If the folder holds a run of other settings.
    """
    import pandas as pd

    claim_folder(folder, session, purpose=f"{protocol.name} {protocol.digest}")
    splits = split_manifest(session.heard, protocol, left_out=session.left_out)
    cells = []
    for seed in seeds:
        for number, split in enumerate(splits.folds, start=1):
            file = folder / f"seed{seed}-fold{number}" / "predictions.csv"
            if not file.exists():
                _run_cell(session, split, file, seed=seed, fold=number, may_leak=protocol.may_leak)
            # Labels of one's own, and speakers, may be called 1 or NA.
            text = dict.fromkeys(("id", "corpus", "speaker", "sex", "emotion", "votes", "predicted"), str)
            cells.append(pd.read_csv(file, dtype=text, keep_default_na=False, na_values=[""]))
            report(_cell_line(cells[-1], seed, number))
    table = pd.concat(cells, ignore_index=True)
    result = summarise(table, protocol) | {
        "config": session.config.model_dump(mode="json", exclude={"seed"}),
        "parameters": session.parameters,
        "validation": "speakers named by the protocol"
        if splits.folds[0].validation.size
        else _share(session),
        "warnings": list(splits.warnings),
    }
    (folder / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    side = {"machine": platform.processor() or platform.machine(), "written": time.strftime("%Y-%m-%d")}
    (folder / "machine.json").write_text(json.dumps(side) + "\n", encoding="utf-8")
    return result


def _share(session: Session[Any]) -> str:
    share = session.config.validation_share
    return f"{share:.0%} of the training speakers" if share else "none"


def _run_cell(
    session: Session[Any], split: Split, file: Path, *, seed: int, fold: int, may_leak: bool
) -> None:
    """Train on one fold and write its predictions; the checkpoint goes once they are there."""
    split = set_aside_speakers(session.manifest, split, share=session.config.validation_share, seed=seed)
    fitted = session.fit(split, file.parent, seed=seed, may_leak=may_leak)
    table = predict_table(session, fitted, split)
    table["seed"], table["fold"] = seed, fold
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".tmp")
    table.to_csv(temporary, index=False)
    temporary.replace(file)
    for checkpoint in file.parent.glob("*.ckpt"):
        checkpoint.unlink()


def predict_table(session: Session[Any], fitted: Fitted[Any], split: Split) -> pd.DataFrame:
    """Return the test rows with votes, predictions and calibrated probabilities."""
    logits = session.predict(fitted.model, split.test)
    scores = probabilities(session.masked(logits.emotion, split.test), fitted.temperature or 1.0)
    columns = ["id", "corpus", "speaker", "sex", "age", "emotion", "votes", "raters", "agreement"]
    table = session.manifest.iloc[split.test][columns].reset_index(drop=True)
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
        "slices": {
            corpus: {column: group_scores(rows, column) for column in ("sex", "age_band")}
            for corpus, rows in banded.groupby("corpus")
        },
        "listeners": listener_results(table),
    }


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
