"""Read `four:group5` from a run of `all:group5`: python benchmarks/four.py RUN.

The speakers are dealt to the same folds in both, and the models are the same: `four:group5` has four of the
corpora and six of the labels, and the others are masked. Writes results/four.json. RUN is the folder that

    affectone benchmark accuracy --suite base --only all-group5 --corpora ROOT -o DIR

leaves in DIR/runs/base.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CORPORA = ("ravdess", "crema_d", "tess", "savee")
LABELS = ("neutral", "happy", "sad", "angry", "fearful", "disgust")


def read(run: Path) -> dict[str, Any]:
    """Return the scores of each of the four corpora over the six labels."""
    from affectone.evaluation.answers import read_run
    from affectone.evaluation.predictions import score_predictions

    table = read_run(run).table
    table = table[table.corpus.isin(CORPORA) & table.emotion.isin(LABELS)].copy()
    scores = table[[f"score_{label}" for label in LABELS]]
    table["predicted"] = scores.idxmax(axis=1).str.removeprefix("score_")
    return {
        "protocol": "four:group5",
        "read_from": "all:group5",
        "labels": list(LABELS),
        "scores": [dataclasses.asdict(score_predictions(table, corpus)) for corpus in CORPORA],
    }


def main() -> int:
    """Read, write, and print a line for each corpus."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "four.json")
    options = parser.parse_args()
    result = read(options.run)
    options.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for score in result["scores"]:
        sys.stdout.write(
            f"{score['corpus']}: {score['clips']} clips, {score['speakers']} speakers: UAR "
            f"{score['uar_folds']} (mean of folds), {score['uar_pooled']} {score['uar_interval']} (pooled)\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
