"""Measure what 8-bit weights cost: the packaged model beside the same model in float32.

``python benchmarks/quantised.py --run RUN --corpora ROOT`` takes the folder of the run that made a packaged
model, puts its checkpoint behind the encoder with float weights, and asks both about every tenth clip. Most
clips were learned from: what is measured is the difference. Writes results/quantised.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import recall_score

from affectone.corpora import load_corpora
from affectone.errors import ConfigError
from affectone.labels import LabelSet
from affectone.models import find_model
from affectone.models.nets import VectorNetwork
from affectone.models.runner import INPUT, open_network
from affectone.store import default_cache
from affectone.training.calibration import probabilities
from affectone.training.checks import CHECKS, read_checks
from affectone.training.config import config_of_run
from affectone.training.fit import kept_checkpoint, load_network
from affectone.training.joined import head_graph, joined_graph
from affectone.training.speech import speech_of
from affectone.training.statistics import statistics_graph

HERE = Path(__file__).resolve().parent
STEP = 10
LOGITS = "emotion_logits"


def float_graph(run: Path, cache: Path) -> bytes:
    """Return the model of a run in float32, from waveform to logits."""
    config = config_of_run(read_checks(run / CHECKS).config)
    network = load_network(config, kept_checkpoint(config, run / "final"))
    if config.states is None or not isinstance(network, VectorNetwork):
        raise ConfigError(f"{run} holds no model on an encoder's states")
    nothing = np.zeros((len(config.labels), len(network.mean)), np.float32)
    whole = joined_graph(statistics_graph(config.states, cache, exact=True), head_graph(network, nothing))
    return bytes(whole.SerializeToString())


def answers(session: Any, waves: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Return logits, shape (clips, labels)."""
    return np.concatenate([session.run([LOGITS], {INPUT: wave[None]})[0] for wave in waves])


def measure(run: Path, corpora: Path, cache: Path, model: str) -> dict[str, Any]:
    """Return, for each corpus, how far the two models differ."""
    artefact = find_model(model)
    card, labels = artefact.card, LabelSet(artefact.card.labels)
    small = open_network(artefact.read_network())
    exact = open_network(float_graph(run, cache))
    found = {}
    for use in card.corpora:
        manifest = load_corpora({use.name: corpora / use.name})
        rows = manifest[manifest["emotion"].isin(labels.names)].iloc[::STEP]
        waves = [speech_of(path) for path in rows["path"]]
        allowed = labels.mask(sorted(set(manifest["emotion"]) & set(labels.names)))
        logits = [np.where(allowed, answers(session, waves), -1e4) for session in (exact, small)]
        scores = [probabilities(one, card.calibration.temperature) for one in logits]
        told = [np.asarray(labels.names)[one.argmax(axis=1)] for one in scores]
        uar = [
            100 * recall_score(rows["emotion"], one, average="macro", labels=sorted(set(rows["emotion"])))
            for one in told
        ]
        found[use.name] = {
            "clips": len(rows),
            "same_label": round(float(np.mean(told[0] == told[1])), 4),
            "largest_change": round(float(np.abs(scores[0] - scores[1]).max()), 4),
            "uar_float32": round(float(uar[0]), 2),
            "uar_int8": round(float(uar[1]), 2),
        }
        sys.stderr.write(f"{use.name}: {found[use.name]}\n")
    return {
        "command": "python benchmarks/quantised.py --run RUN --corpora CORPORA",
        "model": artefact.title,
        "sha256": card.sha256,
        "every": STEP,
        "corpora": found,
    }


def main() -> int:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="folder that affectone train -o made")
    parser.add_argument("--corpora", type=Path, required=True, help="folder with one folder a corpus")
    parser.add_argument("--model", default="base", help="the packaged model that the run made")
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--output", type=Path, default=HERE / "results" / "quantised.json")
    options = parser.parse_args()
    result = measure(options.run, options.corpora, options.cache, options.model)
    options.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
