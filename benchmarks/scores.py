"""Rows of measured accuracy, read from the committed result files, and the tables made of them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectone.models.card import ProtocolScore

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "accuracy"
PACKAGED = ROOT / "src" / "affectone" / "models" / "packaged"
DOCS = ROOT / "docs" / "cards"
TITLES = {
    "ravdess": "RAVDESS", "crema_d": "CREMA-D", "emodb": "EMO-DB", "tess": "TESS", "savee": "SAVEE",
    "nemo": "nEMO", "turev": "TurEV-DB",
}  # fmt: skip

Result = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """A packaged model, and where what it is worth was measured.

    Parameters
    ----------
    name : str
    how : str
        What the rows of the table are.
    files : tuple of str
        Result files, without their suffix, in the order they are shown; those not there are not shown.
    typical : tuple of str
        Of these, in order of preference, the one that says what a confidence is worth.
    grouped : tuple of str
        Of these, those whose slices are shown.
    """

    name: str
    how: str
    files: tuple[str, ...]
    typical: tuple[str, ...]
    grouped: tuple[str, ...]

    @property
    def card(self) -> Path:
        """Where the packaged card is."""
        return PACKAGED / self.name / "card.json"

    def results(self) -> dict[str, Result]:
        """Return the committed results by the name of their file."""
        return {
            name: json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
            for name in self.files
            if (RESULTS / f"{name}.json").exists()
        }


ROWS_OF_BASE = (
    *("ravdess-luna5", "ravdess-emobox6", "crema_d-group5", "crema_d-emobox-shared", "emodb-loso10"),
    *("emodb-emobox-shared", "savee-loso4", "tess-cross2", "nemo-loso9", "turev-loso6"),
    *("all-group5", "leave-corpus-out"),
)
BASE = Measured(
    "base",
    "Each row: the same recipe trained anew for each fold without the speakers that it tests, whatever "
    "corpus they are in; the other corpora are trained on in every fold. Settings were chosen once, by "
    "how well validation speakers of CREMA-D, EMO-DB and RAVDESS were told in two folds of `all:group5`: "
    "other folds test these speakers, and `leave-corpus-out` tests these corpora.",
    tuple(f"base/{row}" for row in ROWS_OF_BASE),
    ("base/all-group5", "base/crema_d-group5"),
    ("base/crema_d-group5", "base/ravdess-luna5", "base/emodb-loso10"),
)
TUNED = Measured(
    "base",
    "The recipe of `base`, and in each fold its encoder is tuned first, on what the fold trains on alone. "
    "Settings were chosen on validation speakers of a fold or two; that the encoder is tuned, and how far, "
    "also with EMO-DB, RAVDESS and CREMA-D left out in turn: of `leave-corpus-out` these three have been "
    "looked at, the other four have not.",
    ("tuned/all-group5", "tuned/leave-corpus-out"),
    ("tuned/all-group5",),
    ("tuned/all-group5",),
)
COMMERCIAL = Measured(
    "base-commercial",
    "The same recipe trained anew for each fold without the speakers that it tests, on CREMA-D alone.",
    ("base/commercial-crema_d-group5",),
    ("base/commercial-crema_d-group5",),
    ("base/commercial-crema_d-group5",),
)
ROWS_OF_EDGE = (
    *("taught-five-group5", "plain-five-group5", "taught-ravdess-luna5", "plain-ravdess-luna5"),
    *("taught-crema_d-group5", "plain-crema_d-group5", "taught-tess-cross2", "plain-tess-cross2"),
)
EDGE = Measured(
    "edge",
    "What this model does for people it has not heard is said by the rows of `five:group5` that are taught: "
    "the same recipe, trained anew for each fold without its speakers, and so is its teacher, the recipe of "
    "`base`. In the rows that are not taught nothing is pretrained; all else is the same. Settings were "
    "chosen once, by validation speakers of the first fold of `five:group5`, whom its other folds test.",
    tuple(f"edge/{row}" for row in ROWS_OF_EDGE),
    ("edge/taught-five-group5",),
    ("edge/taught-five-group5",),
)
MODELS = (BASE, COMMERCIAL, EDGE)


def score_rows(results: dict[str, Result]) -> list[ProtocolScore]:
    """Return every row of a table: a corpus tested under a protocol."""
    rows = []
    for name, result in results.items():
        for score in result["scores"]:
            known = {key: value for key, value in score.items() if key in ProtocolScore.model_fields}
            rows.append(
                ProtocolScore(
                    **known,
                    protocol=result["protocol"],
                    training=_training(result, score["corpus"]),
                    speaker_independent=result["speaker_independent"],
                    result_file=_file(name),
                    command=result["command"],
                )
            )
    return rows


def taught(result: Result) -> str:
    """Return what is said behind the name of a row whose network was taught by another."""
    return ", taught" if result["config"].get("teacher") else ""


def _training(result: Result, tested: str) -> str:
    return _corpora(result, tested) + taught(result)


def _corpora(result: Result, tested: str) -> str:
    corpora = list(result["training_corpora"])
    if result["protocol"] == "leave-corpus-out":
        return f"the other {len(corpora) - 1}"
    if corpora == [tested]:
        return "the corpus itself"
    return f"all {len(corpora)}" if len(corpora) > 5 else "+".join(TITLES[corpus] for corpus in corpora)


def _file(name: str) -> str:
    return f"benchmarks/results/accuracy/{name}.json"


def table(rows: list[ProtocolScore], results: dict[str, Result]) -> str:
    """Return rows as a Markdown table."""
    leaky = warned(results)
    lines = [
        "| tested on | protocol | trained on | clips | speakers | folds | seeds | UAR, mean of folds | "
        "UAR, pooled [95 %] | WA [95 %] | macro-F1 |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        mark = "" if row.interval_over == "speakers" else " ¹"
        protocol = f"`{row.protocol}`{' ²' if row.result_file in leaky else ''}"
        lines.append(
            f"| {TITLES[row.corpus]} | {protocol} | {row.training} | {row.clips} | {row.speakers} | "
            f"{row.folds} | {row.seeds} | **{row.uar_folds:.1f}** | "
            f"{with_interval(row.uar_pooled, row.uar_interval)}{mark} | "
            f"{with_interval(row.wa_pooled, row.wa_interval)}{mark} | {row.macro_f1:.1f} |"
        )
    return "\n".join(lines)


def with_interval(value: float, interval: Sequence[float]) -> str:
    """Return a score in %, and its interval behind it."""
    return f"{value:.1f} [{interval[0]:.1f}, {interval[1]:.1f}]"


def warned(results: dict[str, Result]) -> dict[str, list[str]]:
    """Return, by result file, what the leak guard said about those that it let pass with a warning."""
    return {
        _file(name): result["warnings"]
        for name, result in results.items()
        if result.get("warnings") and not result["speaker_independent"]
    }


def notes(rows: list[ProtocolScore], results: dict[str, Result]) -> str:
    """Return what a reader of the table must know."""
    by_file = warned(results)
    leaky = {row.protocol: by_file[row.result_file] for row in rows if row.result_file in by_file}
    lines = [
        f"All speakers tested{' but in rows marked ²' if leaky else ''} are unseen: nobody is in the "
        "training and in the test part. UAR is the "
        "unweighted average recall (balanced accuracy), WA the accuracy, both in %. Intervals are 95 % "
        "bootstrap intervals over test speakers. A corpus is scored over its own labels."
    ]
    few = [row for row in rows if row.per_speaker_uar]
    if few:
        by_whom = {_file(name): taught(result) for name, result in results.items()}
        lines += [
            "",
            "¹ Fewer than eight test speakers: the interval is over clips and says nothing about other "
            "speakers. UAR of each speaker: "
            + "; ".join(
                f"{TITLES[row.corpus]} (`{row.protocol}`{by_whom[row.result_file]}) "
                + ", ".join(f"{speaker} {uar:.1f}" for speaker, uar in (row.per_speaker_uar or {}).items())
                for row in few
            )
            + ".",
        ]
    if leaky:
        lines += ["", "² " + " ".join(f"`{name}`: {'; '.join(words)}." for name, words in leaky.items())]
    return "\n".join(lines)


def calibration(results: dict[str, Result]) -> list[str]:
    """Return the calibration errors where nobody tested was trained on, as Markdown lines."""
    return [
        f"- `{result['protocol']}`{taught(result)}: expected calibration error "
        f"{result['calibration_error']['ece']:.3f} "
        f"(mean confidence {result['calibration_error']['mean_confidence']:.3f}, accuracy "
        f"{result['calibration_error']['accuracy']:.3f})"
        for result in results.values()
        if result["calibration_error"] and result["speaker_independent"]
    ]


ONE_SIDED = re.compile(r", (?:(?P<share>\d+)% )?(?P<emotion>\w+)(?: only)?$")
"""How the name of a sample ends that is of one emotion, or mostly."""


def adapted_rows(result: Result, corpus: str) -> list[Result]:
    """Return what adapting to some clips of a corpus gains, of samples that show what they are there for.

    A sample of one emotion shows nothing of this emotion where all of its clips are in the sample. And where
    each fold tests one speaker of the corpus, its clips of "the corpus" are that speaker's.
    """
    score = next(score for score in result["scores"] if score["corpus"] == corpus)
    counts = {
        label: sum(row) / score["seeds"]
        for label, row in zip(score["labels"], score["confusion"], strict=True)
    }
    named: dict[str, Result] = {}
    whole = [row for row in result["adaptation"][corpus] if row["sample"].startswith("all clips")]
    alone = len(whole) == 2 and whole[0] | {"sample": ""} == whole[1] | {"sample": ""}
    for row in result["adaptation"][corpus]:
        sided = ONE_SIDED.search(row["sample"])
        taken = sum(counts.values()) - row["clips"]
        if sided and int(sided["share"] or 100) / 100 * taken > 0.9 * counts[sided["emotion"]]:
            continue
        name = row["sample"].replace("1 clips", "1 clip")
        named.setdefault(name.replace("of the corpus", "of the speaker") if alone else name, row)
    return [row | {"sample": name} for name, row in named.items()]


def adaptation(results: dict[str, Result]) -> list[str]:
    """Return what adapting without labels gains and costs, as Markdown lines; none if it was not measured."""
    rows = [
        f"| {TITLES[corpus]} | `{result['protocol']}` | {one['sample']} | {one['unadapted']:.1f} | "
        f"{one['uar']:.1f} | {one['difference']:+.1f} [{one['difference_interval'][0]:.1f}, "
        f"{one['difference_interval'][1]:.1f}]{'' if one['interval_over'] == 'speakers' else ' ¹'} |"
        for result in results.values()
        for corpus in result.get("adaptation", {})
        for one in adapted_rows(result, corpus)
    ]
    if not rows:
        return []
    return [
        "Left out: one-sided samples that leave less than a tenth of their emotion's clips to be tested. "
        "Where each fold tests one speaker of a corpus, clips of the corpus are that speaker's.",
        "",
        "| tested on | protocol | adapted to | UAR unadapted | UAR adapted | gain [95 %] |",
        "|---|---|---|---|---|---|",
        *rows,
    ]


def commands(rows: list[ProtocolScore], root: str) -> str:
    """Return the command of each result file; `root` leads from the page to the repository's root."""
    made = {row.result_file: row.command for row in rows}
    return "\n".join(f"- [`{file}`]({root}{file}): `{command}`" for file, command in made.items())
