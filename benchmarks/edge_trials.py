"""Which recipe `edge` should be trained with, judged by validation speakers.

``python benchmarks/edge_trials.py --corpora CORPORA --cache CACHE`` trains on the training speakers of a fold
of five:group5 without those set aside for validation, who alone are scored: as they are, and as they come
through noise, telephones and a room. Test speakers are not heard. Writes results/edge_trials.json after each
trial, and a stopped run goes on.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from affectone.audio.augment import CONDITIONS
from affectone.corpora import find_protocol, select_clips, split_manifest
from affectone.corpora.scan import scan_corpora
from affectone.labels import EIGHT
from affectone.training.config import TrainConfig, read_config
from affectone.training.hardware import accelerator_name
from affectone.training.kinds import open_session
from affectone.training.logits import Logits
from affectone.training.quiet import quiet
from affectone.training.session import Rows, Session
from affectone.training.validation import set_aside_speakers
from robustness_noises import noises
from trial_scores import mean_of_corpora, uar_of_corpora

HERE = Path(__file__).resolve().parent
Scores = dict[str, dict[str, float]]
COMMAND = "python benchmarks/edge_trials.py --corpora CORPORA --cache CACHE"
PROTOCOL, FOLD, SHARE = "five:group5", 1, 0.3
"""Where the speakers come from, and the share set aside in corpora of eight or more."""
CORPORA = ("crema_d", "emodb", "ravdess", "savee", "tess")
BABBLE = ("5 dB SNR", "0 dB SNR")
CHANGED = (
    "white noise, 5 dB SNR",
    "codec, GSM full rate, 8 kHz",
    "codec, Opus, 8 kbit/s",
    "reverberation, T60 0.6 s, direct to reverberant 0 dB",
)
LISTENED = 600
"""Validation clips, spread over all, that are changed."""

SPEEDS = {"augment": {"steps": [{"kind": "speed", "factor": [0.85, 1.18]}, {"kind": "normalize"}]}}
"""As the suite `honest` has it."""
FIELD = {"augment": {"preset": "field", "chance": {"narrow_band": 0.5}}}
"""Noise, rooms and telephones, too: as `edge` has always had it."""
BEFORE: dict[str, Any] = {
    "model": "cnn_tcn",
    "epochs": 15,
    "batch_size": 32,
    "precision": "bf16-mixed",
    "features": {"copies": 4},
}
"""What `edge` was before version 0.2.0."""


def noisy(chance: float, snr: tuple[float, float]) -> dict[str, Any]:
    """Return as in the field with more of it, and noise whose colours are what their names say."""
    return {
        "augment": {
            "steps": [
                {"kind": "speed", "factor": [0.85, 1.18]},
                {"kind": "normalize"},
                {"kind": "reverb", "chance": 0.3, "decay": [0.15, 0.7], "direct": [1, 8]},
                {"kind": "noise", "chance": chance, "snr": snr},
                {"kind": "narrow_band", "chance": 0.5},
                {"kind": "gain", "chance": 0.2, "decibels": [-20, 9]},
            ]
        }
    }


NETWORK: dict[str, Any] = {
    "model": "resnet_se",
    "epochs": 40,
    "precision": "bf16-mixed",
    "features": {"copies": 4},
    "mixup_share": 0.2,
    "masking": {"frequency_masks": 1, "time_masks": 1, "shift": 1, "tilt": 0.05},
}
WIDER = {"network": {"channels": [20, 40, 80, 160]}}
TEACHER = read_config(HERE / "configs" / "base.toml")
TAUGHT = {"teacher": {"config": TEACHER}}
TAUGHT_MORE = {"teacher": {"config": TEACHER, "share": 0.9}}
TRIALS: dict[str, dict[str, Any]] = {
    "as before": BEFORE | FIELD,
    "other speeds": NETWORK | SPEEDS,
    "field": NETWORK | FIELD,
    "field, taught": NETWORK | FIELD | TAUGHT,
    "field, taught, wider": NETWORK | FIELD | TAUGHT | WIDER,
    "field, taught more": NETWORK | FIELD | TAUGHT_MORE,
    "field, taught more, corpora balanced": NETWORK | FIELD | TAUGHT_MORE | {"balance": 0.5},
    "noisier, taught": NETWORK | noisy(0.6, (0, 30)) | TAUGHT,
    "noisier, taught, more mixup": NETWORK | noisy(0.6, (0, 30)) | TAUGHT | {"mixup_share": 0.5},
    "noisiest, taught": NETWORK | noisy(0.8, (-5, 25)) | TAUGHT,
}
"""What is tried. The teacher is `base`, trained on the same clips."""


def scores(session: Session[Any], logits: Logits, rows: Rows) -> dict[str, float]:
    """Return the UAR in % of each corpus that has validation speakers."""
    predicted = session.masked(logits.emotion, rows).argmax(axis=1)
    corpora = session.manifest["corpus"].to_numpy(dtype=str)[rows]
    return uar_of_corpora(session.targets.emotion[rows], predicted, corpora, len(session.labels))


def in_babble(session: Session[Any], model: Any, rows: Rows, heard: pd.DataFrame, folder: Path) -> Scores:
    """Return the scores of clips behind which people of other corpora talk, by how loud they are."""
    corpora = session.manifest["corpus"].to_numpy(dtype=str)[rows]
    found: Scores = {f"babble, {name}": {} for name in BABBLE}
    for corpus in np.unique(corpora):
        own = rows[corpora == corpus]
        for condition in noises(corpus, heard, folder):
            if condition.by == "babble" and condition.name in BABBLE:
                logits = session.predict_changed(model, own, condition.changes)
                found[f"babble, {condition.name}"] |= scores(session, logits, own)
    return found


def run(name: str, session: Session[Any], train: Any, heard: pd.DataFrame, folder: Path) -> dict[str, Any]:
    """Train once; return how well the validation speakers' clips are told."""
    begun = time.monotonic()
    fitted = session.fit(train, folder, seed=0)
    validation: npt.NDArray[np.int64] = train.validation
    clean = scores(session, session.predict(fitted.model, validation), validation)
    spread = validation[np.linspace(0, len(validation) - 1, LISTENED).astype(np.int64)]
    by_name = {f"{condition.by}, {condition.name}": condition for condition in CONDITIONS}
    changed = {
        name: scores(session, session.predict_changed(fitted.model, spread, by_name[name].changes), spread)
        for name in CHANGED
    } | in_babble(session, fitted.model, spread, heard, folder.parent / "noises")
    return {
        "name": name,
        "parameters": session.parameters,
        "clips_learned": len(train.train),
        "clips_scored": len(validation),
        "uar": clean,
        "uar_mean": mean_of_corpora(clean),
        "changed": {name: mean_of_corpora(found) for name, found in changed.items()},
        "seconds": round(time.monotonic() - begun, 1),
        "accelerator": accelerator_name(),
    }


def main() -> None:
    """Run the trials that are not there yet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "edge_trials.json")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=TRIALS)
    options = parser.parse_args()
    done = json.loads(options.output.read_text("utf-8"))["trials"] if options.output.exists() else []
    known = {result["name"] for result in done}
    left = [name for name in options.only or TRIALS if name not in known]
    roots = {name: options.corpora / name for name in CORPORA}
    heard = scan_corpora(roots, cache=options.cache, jobs=options.jobs).whole
    whole = heard[heard["emotion"].isin(EIGHT.names)].reset_index(drop=True)
    protocol = find_protocol(PROTOCOL)(whole)
    manifest = select_clips(whole, protocol).manifest.reset_index(drop=True)
    for name in left:
        config = TrainConfig.model_validate(TRIALS[name])
        with quiet():
            session = open_session(config, manifest, cache=options.cache, jobs=options.jobs)
            split = split_manifest(session.heard, protocol, left_out=session.left_out).folds[FOLD - 1]
            part = set_aside_speakers(session.manifest, split, share=SHARE, seed=0)
            folder = options.cache / "edge-trials" / config.digest[:16]
            done.append(run(name, session, part, heard, folder))
        told = {
            "command": COMMAND,
            "protocol": PROTOCOL,
            "fold": FOLD,
            "share": SHARE,
            "changed_clips": LISTENED,
            "trials": sorted(done, key=lambda trial: list(TRIALS).index(trial["name"])),
        }
        options.output.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
