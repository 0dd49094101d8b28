"""What the head of `base` makes of a tuned encoder's states: new speakers, and a corpus left out.

``python benchmarks/encoder_heads.py --corpora CORPORA --cache CACHE --weights FOLDER`` trains the head on the
states of the encoders that ``encoder_tuning.py --weights FOLDER`` tuned without a corpus, on the same clips:
with their weights as they were published, as they were learned, and half-way between. Test speakers are not
heard. Writes results/encoder_heads.json after each, and a stopped run goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import torch

from affectone.corpora.protocol import speaker_keys
from affectone.labels import EIGHT
from affectone.models.nets import StateStatistics
from affectone.training.cache import ClipFrames
from affectone.training.config import TrainConfig, read_config
from affectone.training.fit import fit_network, predict_logits
from affectone.training.module import mask_logits
from affectone.training.quiet import quiet
from affectone.training.statistics import published_statistics
from affectone.training.targets import make_targets
from affectone.training.tuning import move_weights, states_of
from encoder_tuning import (
    COPIES,
    HERE,
    PROTOCOL,
    SHARE,
    TRIALS,
    Rows,
    Trial,
    answers,
    clips_of,
    folds_of,
    parts_of,
)
from trial_scores import mean_of_corpora, uar_of_corpora

COMMAND = "python benchmarks/encoder_heads.py --corpora CORPORA --cache CACHE --weights FOLDER"
SEEDS = (0, 1, 2)
SHARES = (0.5, 1.0)
"""How far the weights are moved from the published to the learned ones."""


def ways() -> Iterator[tuple[Trial, float]]:
    """Yield encoders that are tuned without a corpus, and how far their weights are moved."""
    for trial in TRIALS:
        if trial.left_out and trial.encoder == "moonshine-base":
            yield from ((trial, share) for share in (SHARES if trial.rate else (0.0,)))


def encoder_of(trial: Trial, share: float, weights: Path) -> StateStatistics:
    """Return an encoder whose weights lie between the published and the learned ones."""
    statistics = published_statistics(states_of(trial.config))
    if share:
        move_weights(statistics, torch.load(weights / f"{trial.name}.pt", weights_only=True), share)
    return statistics


def heard_by(
    statistics: StateStatistics, waves: Mapping[int, ClipFrames], train: Rows, scored: Rows
) -> dict[int, ClipFrames]:
    """Return the statistics of the clips, and of the copies of those that are learned from."""

    def copies(rows: Rows, number: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        return answers(statistics, [waves[row].copies[number] for row in rows])

    rows = np.unique(np.concatenate([train, scored]))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = {row: [own] for row, own in zip(rows, copies(rows, 0), strict=True)}
        for number in range(1, COPIES + 1):
            for row, own in zip(train, copies(train, number), strict=True):
                found[row].append(own)
    return {row: ClipFrames(tuple(own), "") for row, own in found.items()}


def scores_of(
    trial: Trial,
    found: Mapping[int, ClipFrames],
    manifest: pd.DataFrame,
    parts: tuple[Rows, Rows, Rows],
    config: TrainConfig,
) -> dict[str, Any]:
    """Train the head once; return how well it tells those it has not learned from."""
    train, *rows_scored = parts
    allowed = {str(corpus): tuple(set(rows["emotion"])) for corpus, rows in manifest.groupby("corpus")}
    targets, own = (
        make_targets(rows, EIGHT, allowed, balance=config.balance)
        for rows in (manifest, manifest.iloc[train])
    )
    # How classes are weighed is counted in what is learned from.
    weight = targets.weight.copy()
    weight[train] = own.weight
    any_clip = found[train[0]]
    clips = [found.get(row, any_clip) for row in range(len(manifest))]  # The others are not asked for.
    with tempfile.TemporaryDirectory() as folder, quiet():
        head = fit_network(
            config, clips, replace(targets, weight=weight), train=train, validation=train[:0],
            folder=Path(folder), speakers=speaker_keys(manifest),
        )  # fmt: skip
    scores: dict[str, Any] = {"without": trial.left_out, "epochs": trial.epochs}
    for name, rows in zip(("seen", "unseen"), rows_scored, strict=True):
        logits = torch.from_numpy(predict_logits(head, [found[row] for row in rows]).emotion)
        best = mask_logits(logits, torch.from_numpy(targets.allowed[rows])).argmax(dim=1).numpy()
        corpora = manifest["corpus"].to_numpy(dtype=str)[rows]
        scores[name] = uar_of_corpora(targets.emotion[rows], best, corpora, len(EIGHT))
        scores[f"{name}_mean"] = mean_of_corpora(scores[name])
    return scores


def main() -> None:
    """Train the heads that are not there yet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "encoder_heads.json")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    done = json.loads(options.output.read_text("utf-8"))["heads"] if options.output.exists() else []
    there = {(head["trial"], head["share"]) for head in done}
    left = [(trial, share) for trial, share in ways() if (trial.name, share) not in there]
    if not left:
        return
    config = cast("TrainConfig", read_config(HERE / "configs" / "base.toml"))
    manifest, folds = folds_of(options)
    fold = folds[0]
    waves = clips_of(manifest, np.union1d(fold.train, fold.validation), options.jobs)
    for trial, share in left:
        parts = parts_of(trial, manifest, fold.train, fold.validation)
        encoder = encoder_of(trial, share, options.weights)
        found = heard_by(encoder, waves, parts[0], np.concatenate(parts[1:]))
        for seed in SEEDS:
            seeded = config.model_copy(update={"seed": seed})
            scores = scores_of(trial, found, manifest, parts, seeded)
            done.append({"trial": trial.name, "share": share, "seed": seed} | scores)
        result = {"command": COMMAND, "protocol": PROTOCOL, "fold": 1, "aside": SHARE, "heads": done}
        options.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
