"""Count what listeners heard in CREMA-D beside what the models hear there.

python benchmarks/listeners.py --corpora ../shared/corpora

Writes results/listeners.json: for each label that was meant, how often listeners of the sound alone chose
each label, and how alike their confusions and those of the models are. Counts alone are kept; no recording is
opened.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from scores import EDGE, RESULTS

HERE = Path(__file__).resolve().parent
CORPUS = "crema_d"
LABELS = ("neutral", "happy", "sad", "angry", "fearful", "disgust")
FILES = ("base/all-group5", "base/leave-corpus-out", EDGE.typical[0])
DRAWS, SEED = 2000, 20

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]


def counted(corpora: Path) -> tuple[list[dict[str, Any]], Counts]:
    """Return who speaks in each clip that was rated, and its ratings.

    Returns
    -------
    people : list of dict
        With ``speaker``, ``sex`` and ``age``, one a clip.
    ratings : numpy.ndarray of int, shape (clips, labels, labels)
        Meant, then heard.
    """
    from affectone.corpora import CORPORA

    people, ratings = [], []
    for clip in CORPORA.get(CORPUS)(corpora / CORPUS).scan().clips:
        if clip.votes is None or clip.votes.raters is None:
            continue
        people.append({"speaker": clip.speaker, "sex": clip.sex, "age": clip.age})
        cells = np.zeros((len(LABELS), len(LABELS)), np.int64)
        for heard, share in clip.votes.shares.items():
            cells[LABELS.index(clip.emotion), LABELS.index(heard)] = round(share * clip.votes.raters)
        ratings.append(cells)
    return people, np.array(ratings)


def shares_of(counts: npt.ArrayLike) -> Shares:
    """Return the rows of matrices, shape (..., labels, labels), as shares that sum to 1."""
    cells = np.asarray(counts, np.float64)
    return np.asarray(cells / cells.sum(axis=-1, keepdims=True))


def matrix_of(score: dict[str, Any], labels: Sequence[str]) -> Counts:
    """Return the confusions of a row of a result file, its labels in another order."""
    order = [score["labels"].index(label) for label in labels]
    return np.array(score["confusion"], np.int64)[np.ix_(order, order)]


def rank_correlation(one: Shares, other: Shares, answers: Sequence[int]) -> float:
    """Return Spearman's rank correlation of two matrices off their diagonals.

    Parameters
    ----------
    one, other : numpy.ndarray, shape (labels, labels)
        Shares of the rows.
    answers : sequence of int
        Columns that are compared.
    """
    from scipy.stats import spearmanr

    wrong = ~np.eye(len(one), dtype=np.bool_)[:, answers]
    return float(spearmanr(one[:, answers][wrong], other[:, answers][wrong]).statistic)


def scored(name: str) -> dict[str, Any]:
    """Return what a result file says of CREMA-D."""
    result = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = next(score for score in result["scores"] if score["corpus"] == CORPUS)
    return found


def alike(people: Counts, model: Counts, seeds: int) -> list[dict[str, Any]]:
    """Return how alike the confusions of people and of a model are, with intervals.

    Listeners' ratings are drawn anew by actor. Of the model there are sums over all actors: its answers to
    the clips of each label are drawn anew, as many as there are clips.

    Parameters
    ----------
    people : numpy.ndarray of int, shape (actors, labels, labels)
    model : numpy.ndarray of int, shape (labels, labels)
        Sums over `seeds` runs.
    """
    generator = np.random.default_rng(SEED)
    clips, truth = model.sum(axis=1) // seeds, shares_of(model)
    drawn = [
        (
            shares_of(people[generator.integers(len(people), size=len(people))].sum(axis=0)),
            shares_of([generator.multinomial(count, row) for count, row in zip(clips, truth, strict=True)]),
        )
        for _ in range(DRAWS)
    ]
    every = list(range(len(LABELS)))
    asked = {"all": every, "all but neutral": [one for one in every if LABELS[one] != "neutral"]}
    return [
        {
            "answers": name,
            "pairs": len(LABELS) * len(columns) - len(columns),
            "spearman": round(rank_correlation(shares_of(people.sum(axis=0)), truth, columns), 4),
            "interval": [
                round(float(end), 4)
                for end in np.quantile([rank_correlation(*pair, columns) for pair in drawn], (0.025, 0.975))
            ],
        }
        for name, columns in asked.items()
    ]


def by_group(people: list[dict[str, Any]], ratings: Counts) -> dict[str, dict[str, dict[str, float]]]:
    """Return the mean recall of listeners by who speaks, in %."""
    import pandas as pd

    from affectone.evaluation.protocol_run import age_bands

    told = pd.DataFrame(people)
    columns = {"sex": told["sex"].astype(str), "age_band": age_bands(told["age"].astype(float))}
    groups: dict[str, dict[str, dict[str, float]]] = {}
    for by, column in columns.items():
        groups[by] = {}
        for name in sorted(column.dropna().unique()):
            cells = ratings[(column == name).to_numpy()].sum(axis=0)
            recall = np.diag(shares_of(cells)).mean()
            groups[by][str(name)] = {"ratings": int(cells.sum()), "uar": round(100 * float(recall), 2)}
    return groups


def measure(corpora: Path) -> dict[str, Any]:
    """Return all figures."""
    people, ratings = counted(corpora)
    speakers = np.array([one["speaker"] for one in people])
    by_speaker = np.array([ratings[speakers == name].sum(axis=0) for name in np.unique(speakers)])
    total = ratings.sum(axis=0)
    scores = {name: scored(name) for name in FILES}
    return {
        "corpus": CORPUS,
        "clips": len(people),
        "speakers": len(by_speaker),
        "ratings": int(total.sum()),
        "labels": list(LABELS),
        "confusion": total.tolist(),
        "groups": by_group(people, ratings),
        "draws": DRAWS,
        "alike": {
            name: alike(by_speaker, matrix_of(score, LABELS), score["seeds"])
            for name, score in scores.items()
        },
    }


def main() -> int:
    """Count and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpora", type=Path, required=True, help="folder with one folder a corpus")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "listeners.json")
    options = parser.parse_args()
    result = {"command": "python benchmarks/listeners.py --corpora CORPORA"} | measure(options.corpora)
    options.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
