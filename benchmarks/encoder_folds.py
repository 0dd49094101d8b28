"""What validation speakers say of the suite `tuned`: `base`'s recipe with no, some and half of the tuning.

``python benchmarks/encoder_folds.py --corpora CORPORA --cache CACHE --encoders FOLDER`` tunes the encoder on
what each fold of all:group5 trains on, as the suite does, and trains the heads on its states with the weights
moved a share of the way; the head that learned together with the encoder is asked, too. Test speakers are not
heard. Writes results/encoder_folds.json after each head, and a stopped run goes on. What was tuned stays in
FOLDER/foldN/encoder/last.ckpt; a row of the suite that finds it there in the folder of its cell does not tune
again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from affectone.corpora import Split, load_protocol, select_clips, split_manifest
from affectone.corpora.scan import scan_corpora
from affectone.evaluation.suite import load_suite
from affectone.labels import EIGHT
from affectone.models.runner import padded
from affectone.training.config import TrainConfig
from affectone.training.fit import LAST, read_checkpoint
from affectone.training.kinds import open_session
from affectone.training.quiet import quiet
from affectone.training.session import Rows
from affectone.training.speech import speech_of
from affectone.training.states import StatesSession
from affectone.training.tuned import TunedSession
from affectone.training.tuning import ENCODER, SHORTEST, TuningModule
from affectone.training.validation import set_aside_speakers
from affectone.training.whole import module_logits
from trial_scores import mean_of_corpora, uar_of_corpora

HERE = Path(__file__).resolve().parent
COMMAND = "python benchmarks/encoder_folds.py --corpora CORPORA --cache CACHE --encoders FOLDER"
ROW = next(row for row in load_suite("tuned").rows if row.name == "all-group5")
SEEDS = (0, 1, 2)
"""Of the heads; the encoder is tuned with the first."""
OWN = 1.0
"""All of the way, with the head that learned together with the encoder; it is one, of the first seed."""
SHARES = (0.0, 0.25, 0.5, OWN)
"""How far the weights are moved from the published to the learned ones; 0 is the recipe of `base`."""


def folds_of(options: argparse.Namespace) -> list[tuple[pd.DataFrame, Split]]:
    """Return the clips of each fold's training part, with speakers set aside as the suite does."""
    protocol = load_protocol(ROW.protocol)
    whole = scan_corpora(
        {name: options.corpora / name for name in ROW.corpora}, cache=options.cache, jobs=options.jobs
    ).whole
    manifest = select_clips(whole[whole["emotion"].isin(EIGHT.names)], protocol).manifest
    folds = []
    for fold in split_manifest(manifest, protocol).folds:
        aside = set_aside_speakers(manifest, fold, share=ROW.config.validation_share, seed=SEEDS[0])
        rows = np.concatenate([aside.train, aside.validation])
        train, validation = np.split(np.arange(len(rows)), [len(aside.train)])
        folds.append((manifest.iloc[rows].reset_index(drop=True), Split(train, validation, rows[:0])))
    return folds


def heard_by(share: float, manifest: pd.DataFrame, split: Split, folder: Path, options: Any) -> StatesSession:
    """Return the clips as an encoder hears them whose weights are moved so far."""
    config = cast("TrainConfig", ROW.config)
    if share in (0.0, OWN) or not config.tuning:  # For its own head the clips are heard anew.
        frozen = config.model_copy(update={"tuning": None})
        session = open_session(frozen, manifest, cache=options.cache, jobs=options.jobs)
        return cast("StatesSession", session)
    tuning = config.tuning.model_copy(update={"share": share})
    config = config.model_copy(update={"tuning": tuning})
    session = open_session(config, manifest, cache=options.cache, jobs=options.jobs)
    return cast("TunedSession", session).tuned_to(split, folder, SEEDS[0])


def head_scores(heard: StatesSession, split: Split, seed: int) -> dict[str, Any]:
    """Train the head once; return how well validation speakers are told, and at what cross entropy."""
    with tempfile.TemporaryDirectory() as folder:
        found = heard.fit(split, Path(folder), seed=seed).validation
    if found is None:
        raise SystemExit("no speaker is set aside")
    return scores_of(heard, split.validation, found.emotion)


def own_head_scores(heard: StatesSession, split: Split, folder: Path) -> dict[str, Any]:
    """Return the same of the head that learned together with the encoder, which was not moved back."""
    module = TuningModule(ROW.config, [])
    module.load_state_dict(read_checkpoint(folder / ENCODER / LAST)["state_dict"])
    paths = heard.manifest["path"].iloc[split.validation]
    found = module_logits(module.network.eval(), [padded(speech_of(path), SHORTEST) for path in paths])
    return scores_of(heard, split.validation, found.emotion)


def scores_of(heard: StatesSession, rows: Rows, emotion: npt.NDArray[np.float32]) -> dict[str, Any]:
    """Return how well clips are told by logits of emotions, and at what cross entropy."""
    meant = heard.targets.emotion[rows]
    logits = heard.masked(emotion, rows).astype(np.float64)
    corpora = heard.manifest["corpus"].to_numpy(dtype=str)[rows]
    uar = uar_of_corpora(meant, logits.argmax(axis=1), corpora, len(EIGHT))
    surprise = np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(rows)), meant]
    entropy = {name: round(float(surprise[corpora == name].mean()), 3) for name in uar}
    return {"uar": uar, "uar_mean": mean_of_corpora(uar), "cross_entropy": entropy}


def main() -> None:
    """Train the heads that are not there yet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--encoders", type=Path, required=True, help="Folder of what is tuned.")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "encoder_folds.json")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--folds", type=int, nargs="*", help="These alone, from 1.")
    options = parser.parse_args()
    done = json.loads(options.output.read_text("utf-8"))["heads"] if options.output.exists() else []
    there = {(head["fold"], head["share"], head["seed"]) for head in done}
    for number, (manifest, split) in enumerate(folds_of(options), start=1):
        for share in SHARES if number in (options.folds or [number]) else ():
            seeds = SEEDS[:1] if share == OWN else SEEDS
            left = [seed for seed in seeds if (number, share, seed) not in there]
            if not left:
                continue
            with quiet():
                heard = heard_by(share, manifest, split, options.encoders / f"fold{number}", options)
            for seed in left:
                with quiet():
                    scores = (
                        own_head_scores(heard, split, options.encoders / f"fold{number}")
                        if share == OWN
                        else head_scores(heard, split, seed)
                    )
                counts = {"clips_learned": len(split.train), "clips_scored": len(split.validation)}
                done.append({"fold": number, "share": share, "seed": seed} | scores | counts)
                told = {"command": COMMAND, "protocol": ROW.protocol, "heads": done}
                options.output.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
