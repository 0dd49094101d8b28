"""Which emotions are taken for which, as Markdown, from the result files of accuracy and of listeners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from affectone.labels import Emotion
from listeners import CORPUS, matrix_of, shares_of
from scores import EDGE, TITLES, Result

__all__ = [
    "AROUSAL",
    "CONDITIONS",
    "VALENCE",
    "Pair",
    "confused_pairs",
    "errors",
    "kept_dimension",
    "mutual_shares",
    "of_listeners",
    "used",
]

LANGUAGES = {
    "crema_d": "English", "ravdess": "English", "savee": "English", "tess": "English", "emodb": "German",
    "nemo": "Polish", "turev": "Turkish",
}  # fmt: skip
ORDER = tuple(str(emotion) for emotion in Emotion)
CONDITIONS = {
    "base/all-group5": "`base`, speakers unseen",
    "base/leave-corpus-out": "`base`, corpus unseen",
    EDGE.typical[0]: "`edge`, speakers unseen",
}
"""Result file -> how its column is called."""
SHOWN = 5
"""Pairs of a corpus."""
MUTUAL = 8
"""Pairs over all corpora."""
OFTEN = 0.1
"""Share of a row from which a pair counts as confused."""
AROUSAL = {
    **dict.fromkeys(("happy", "angry", "fearful", "surprised"), "high"),
    **dict.fromkeys(("neutral", "calm", "sad"), "low"),
}
VALENCE = {
    **dict.fromkeys(("happy", "calm"), "positive"),
    **dict.fromkeys(("sad", "angry", "fearful", "disgust"), "negative"),
}

Counts = npt.NDArray[np.int64]
Listeners = Mapping[str, Any]


@dataclass(frozen=True)
class Pair:
    """One confusion: what was meant, what was answered, how often, and of how many answers."""

    meant: str
    answered: str
    count: int
    of: int

    @property
    def share(self) -> float:
        """Of the answers to what was meant."""
        return self.count / self.of

    def __str__(self) -> str:
        return f"{self.meant} → {self.answered} {self.share:.0%} ({self.count:,} of {self.of:,})"


def confused_pairs(labels: Sequence[str], counts: npt.ArrayLike) -> list[Pair]:
    """Return all confusions, the largest share of a row first; equal ones in the order of the labels."""
    cells = np.asarray(counts, np.int64)
    totals = cells.sum(axis=1)
    pairs = [
        Pair(labels[row], labels[column], int(cells[row, column]), int(totals[row]))
        for row, column in np.ndindex(cells.shape)
        if row != column
    ]
    return sorted(pairs, key=lambda pair: -pair.share)


def mutual_shares(labels: Sequence[str], counts: npt.ArrayLike) -> dict[tuple[str, str], float]:
    """Return, for each two labels, how often one is taken for the other: the mean of both directions."""
    shares = shares_of(counts)
    return {
        (labels[one], labels[other]): float(shares[one, other] + shares[other, one]) / 2
        for one, other in np.ndindex(shares.shape)
        if one < other
    }


def kept_dimension(
    labels: Sequence[str], counts: npt.ArrayLike, sides: Mapping[str, str]
) -> tuple[float, float]:
    """Return what share of the errors stays on the side of what was meant, and what chance would give.

    Parameters
    ----------
    labels : sequence of str
    counts : array of int, shape (labels, labels)
        Rows are what was meant.
    sides : mapping of str to str
        Label -> its side. Labels without one are left out of both.

    Returns
    -------
    tuple of float
        Chance deals the same errors evenly over the other labels that have a side.
    """
    placed = [pair for pair in confused_pairs(labels, counts) if {pair.meant, pair.answered} <= set(sides)]
    kept = sum(pair.count for pair in placed if sides[pair.meant] == sides[pair.answered])
    by_chance = 0.0
    for meant in labels:
        row = [pair for pair in placed if pair.meant == meant]
        same = sum(sides[pair.meant] == sides[pair.answered] for pair in row)
        by_chance += sum(pair.count for pair in row) * same / max(1, len(row))
    all_placed = sum(pair.count for pair in placed)
    return kept / all_placed, by_chance / all_placed


def errors(results: Mapping[str, Result], people: Listeners) -> list[str]:
    """Return what stands between the marks of docs/explanation/error-analysis.md.

    Parameters
    ----------
    results : mapping of str to dict
        Those of `CONDITIONS`.
    people : mapping
        results/listeners.json.
    """
    return [
        *_sources(results, people),
        "## Recall of each emotion",
        "",
        *_recalls(results),
        "## The most confused pairs of each corpus",
        "",
        "What was meant → what was answered, as the share of all answers to what was meant.",
        "",
        *(line for corpus in LANGUAGES for line in _corpus(corpus, results)),
        "## The same pairs over the corpora",
        "",
        *(line for name in CONDITIONS if name not in EDGE.files for line in _mutual(name, results[name])),
        "## What errors keep",
        "",
        *_dimensions(results),
        "## Listeners beside the models",
        "",
        *_listeners(results, people),
        "## By sex and age",
        "",
        *_groups(results, people),
    ]


def _sources(results: Mapping[str, Result], people: Listeners) -> list[str]:
    lines = [
        f"- {title}: `{results[name]['protocol']}`, {_seeds(results[name])}; "
        f"[`{name}.json`](../../benchmarks/results/accuracy/{name}.json), made by "
        f"`{results[name]['command']}`"
        for name, title in CONDITIONS.items()
    ]
    listened = (
        f"- Listeners: {people['ratings']:,} ratings of the sound of {people['clips']:,} clips of "
        f"{people['speakers']} actors; [`listeners.json`](../../benchmarks/results/listeners.json), made by "
        f"`{people['command']}`"
    )
    return [*lines, listened, ""]


def _seeds(result: Result) -> str:
    many = len(result["seeds"])
    return "one seed" if many == 1 else f"{many} seeds, so that each clip is counted {many} times"


def _score(result: Result, corpus: str) -> Result | None:
    return next((score for score in result["scores"] if score["corpus"] == corpus), None)


def _of(result: Result, corpus: str) -> Result:
    score = _score(result, corpus)
    if score is None:
        raise ValueError(f"{result['protocol']} does not test {corpus}")
    return score


def _ordered(score: Result) -> list[str]:
    return [label for label in ORDER if label in score["labels"]]


def _recalls(results: Mapping[str, Result]) -> Iterator[str]:
    for name, title in CONDITIONS.items():
        yield f"{title}, in %:"
        yield ""
        yield f"| corpus | {' | '.join(ORDER)} |"
        yield f"|---|{'---|' * len(ORDER)}"
        for corpus, language in LANGUAGES.items():
            score = _score(results[name], corpus)
            if score is not None:
                labels = _ordered(score)
                recall = dict(zip(labels, np.diag(shares_of(matrix_of(score, labels))), strict=True))
                cells = (f"{100 * recall[label]:.0f}" if label in recall else "" for label in ORDER)
                yield f"| {TITLES[corpus]}, {language} | {' | '.join(cells)} |"
        yield ""


def _corpus(corpus: str, results: Mapping[str, Result]) -> list[str]:
    scores = {name: _score(results[name], corpus) for name in CONDITIONS}
    found = {name: score for name, score in scores.items() if score is not None}
    pairs = [
        confused_pairs(_ordered(score), matrix_of(score, _ordered(score)))[:SHOWN] for score in found.values()
    ]
    return [
        f"### {TITLES[corpus]}, {LANGUAGES[corpus]}",
        "",
        f"| {' | '.join(CONDITIONS[name] for name in found)} |",
        f"|{'---|' * len(found)}",
        *(f"| {' | '.join(map(str, row))} |" for row in zip(*pairs, strict=True)),
        "",
    ]


def _mutual(name: str, result: Result) -> list[str]:
    """Return the two labels that are taken for each other most, over all corpora that have them."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for corpus in LANGUAGES:
        score = _of(result, corpus)
        for pair, share in mutual_shares(_ordered(score), matrix_of(score, _ordered(score))).items():
            found.setdefault(pair, {})[corpus] = share
    most = sorted(found, key=lambda pair: -float(np.mean(list(found[pair].values()))))[:MUTUAL]
    lines = [
        f"{CONDITIONS[name]}: how often one of two is taken for the other, in %, the mean of both "
        f"directions. The {MUTUAL} pairs with the largest mean over the corpora that have both labels.",
        "",
        f"| pair | {' | '.join(f'{TITLES[corpus]}, {of}' for corpus, of in LANGUAGES.items())} | mean |",
        f"|---|{'---|' * len(LANGUAGES)}---|",
    ]
    for pair in most:
        shares = found[pair]
        cells = [f"{100 * shares[corpus]:.0f}" if corpus in shares else "" for corpus in LANGUAGES]
        mean = 100 * float(np.mean(list(shares.values())))
        lines.append(f"| {' ↔ '.join(pair)} | {' | '.join(cells)} | {mean:.0f} |")
    return [*lines, ""]


def _dimensions(results: Mapping[str, Result]) -> list[str]:
    """Return how far errors keep arousal and valence."""
    words = [f"{title}: {side}" for title in CONDITIONS.values() for side in ("arousal", "valence")]
    lines = [
        f"High arousal: {_named(AROUSAL, 'high')}; low: {_named(AROUSAL, 'low')}. Positive valence: "
        f"{_named(VALENCE, 'positive')}; negative: {_named(VALENCE, 'negative')}. Labels that are on no side "
        "are left out. Of the errors, the share on the side of what was meant; in parentheses, what dealing "
        "the same errors evenly over the other labels would give.",
        "",
        f"| corpus | {' | '.join(words)} |",
        f"|---|{'---|' * len(words)}",
    ]
    for corpus, language in LANGUAGES.items():
        cells = []
        for name in CONDITIONS:
            score = _score(results[name], corpus)
            for sides in (AROUSAL, VALENCE):
                kept = score and kept_dimension(score["labels"], score["confusion"], sides)
                cells.append(f"{kept[0]:.0%} ({kept[1]:.0%})" if kept else "")
        lines.append(f"| {TITLES[corpus]}, {language} | {' | '.join(cells)} |")
    return [*lines, ""]


def _named(sides: Mapping[str, str], side: str) -> str:
    return ", ".join(label for label, of in sides.items() if of == side)


def _listeners(results: Mapping[str, Result], people: Listeners) -> list[str]:
    labels, heard = people["labels"], np.array(people["confusion"])
    models = {name: matrix_of(of_listeners(results[name]), labels) for name in CONDITIONS}
    model = models["base/all-group5"]
    return [
        "![What listeners and the models heard in CREMA-D](../images/errors-crema_d.svg)",
        "",
        f"{TITLES[CORPUS]}, in % of each row: listeners / {CONDITIONS['base/all-group5']}.",
        "",
        f"| meant | {' | '.join(labels)} |",
        f"|---|{'---|' * len(labels)}",
        *_beside(labels, heard, model),
        "",
        f"A pair counts as confused from {OFTEN:.0%} of its row. Listeners, then the model:",
        "",
        *_shared(labels, heard, model),
        "",
        "How alike the confusions are: Spearman's rank correlation over all pairs of two labels, and over "
        "those whose answer is not neutral, with 95 % intervals. The ratings are drawn anew by actor; of the "
        "models only sums over actors are kept, so that their answers are drawn anew by clip, which makes "
        "the intervals too narrow.",
        "",
        "| model | all answers | answers but neutral |",
        "|---|---|---|",
        *(
            f"| {title} | {' | '.join(_told(one) for one in people['alike'][name])} |"
            for name, title in CONDITIONS.items()
        ),
        "",
    ]


def of_listeners(result: Result) -> Result:
    """Return what a result says of the corpus that was listened to."""
    return _of(result, CORPUS)


def _beside(labels: Sequence[str], heard: Counts, model: Counts) -> Iterator[str]:
    for label, people_row, model_row in zip(labels, shares_of(heard), shares_of(model), strict=True):
        cells = (
            f"{100 * one:.0f} / {100 * other:.0f}" for one, other in zip(people_row, model_row, strict=True)
        )
        yield f"| {label} | {' | '.join(cells)} |"


def _shared(labels: Sequence[str], heard: Counts, model: Counts) -> list[str]:
    """Return who confuses which pairs."""
    by_model = {(pair.meant, pair.answered): pair.share for pair in confused_pairs(labels, model)}
    found: dict[str, list[str]] = {"both": [], "listeners alone": [], "the model alone": []}
    for pair in confused_pairs(labels, heard):
        share = by_model[pair.meant, pair.answered]
        who = [pair.share >= OFTEN, share >= OFTEN]
        if any(who):
            name = "both" if all(who) else "listeners alone" if who[0] else "the model alone"
            found[name].append(f"{pair.meant} → {pair.answered} {pair.share:.1%}, {share:.1%}")
    return [f"- {name}: {'; '.join(pairs) or 'none'}" for name, pairs in found.items()]


def _told(one: Mapping[str, Any]) -> str:
    low, high = one["interval"]
    return f"{one['spearman']:.2f} [{low:.2f}, {high:.2f}], {one['pairs']} pairs"


def _groups(results: Mapping[str, Result], people: Listeners) -> Iterator[str]:
    yield (
        "UAR in %, which is the mean of the recalls; guessing gives 17 of six labels, 25 of four. Only "
        "groups of one corpus can be compared."
    )
    yield ""
    yield f"| corpus | group | {' | '.join(CONDITIONS.values())} | listeners |"
    yield f"|---|---|{'---|' * len(CONDITIONS)}---|"
    for corpus in LANGUAGES:
        known = [results[name]["slices"].get(corpus, {}) for name in CONDITIONS]
        for by in ("sex", "age_band"):
            heard = people["groups"][by] if corpus == CORPUS else {}
            names = sorted({group for slices in known for group in slices.get(by, {})}, key=_youngest_first)
            if len(names) < 2:
                continue
            for group in names:
                values = [slices.get(by, {}).get(group) for slices in known]
                values.append(heard.get(group, {}).get("uar"))
                cells = ("" if value is None else f"{value:.1f}" for value in values)
                yield f"| {TITLES[corpus]} | {group} | {' | '.join(cells)} |"
    yield ""
    yield "The others tell neither sex nor age, or have speakers of one group alone."


def _youngest_first(group: str) -> tuple[bool, str]:
    return not group.startswith("under"), group


def used(found: Mapping[str, Result]) -> dict[str, Result]:
    """Return the results that the page is made of."""
    return {name: found[name] for name in CONDITIONS}
