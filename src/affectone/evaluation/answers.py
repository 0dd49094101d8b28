"""What is judged: predictions of a protocol's test clips, and all that a report has to say about them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectone.corpora.protocol import UNKNOWN
from affectone.errors import CorpusError
from affectone.evaluation.curves import Curve, read_curves
from affectone.evaluation.predictions import joined_cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answers", "join_manifest", "read_run", "run_cells"]

CELL = re.compile(r"seed(\d+)-fold(\d+)")
PREDICTIONS, CHANGED = "predictions.csv", "robustness.csv"
NEEDED = ("id", "corpus", "speaker", "sex", "age", "emotion", "predicted", "confidence")
TEXT = ("id", "corpus", "speaker", "sex", "ethnicity", "emotion", "votes", "predicted", "predicted_voice")
JOINED = ("intensity", "duration", "path")
"""Columns of a manifest that predictions do not have."""
GO_ON = "the same affectone train command goes on where it stopped"


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Predictions, and what is known about how they came to be.

    Parameters
    ----------
    name : str
        The run's folder, or the file.
    table : pandas.DataFrame
        One row a clip and seed, as `score_predictions` takes them; ``confidence`` and ``score_<label>`` may
        be absent.
    protocol, source, sha256 : str
        Name of the protocol, who made it, and its digest.
    speaker_independent : bool
        Whether the protocol keeps speakers and recordings apart.
    ours : bool
        Whether affectone trained the model, so that the guard saw its training.
    warnings, notes : tuple of str
    facts : mapping of str to str
        What else is known: the model, what it was trained on.
    curves : tuple of Curve
    changed : pandas.DataFrame, optional
        Predictions of changed copies of the same clips, as `robustness_results` takes them.
    adaptation : mapping of str to sequence of dict
        Corpus -> what `adaptation_results` found, where the models of a run were adapted, too.
    independence : str
        What a report says about whom the model has heard; empty where the protocol says all.
    """

    name: str
    table: pd.DataFrame
    protocol: str
    source: str
    sha256: str
    speaker_independent: bool
    ours: bool
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    curves: tuple[Curve, ...] = ()
    changed: pd.DataFrame | None = None
    adaptation: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    independence: str = ""


def read_run(folder: Path) -> Answers:
    """Read the folder of a run that ``affectone train --protocol`` finished.

    Raises
    ------
    CorpusError
        If it is no such folder, the run is not finished, or its files do not belong together.
    """
    result = _result(folder)
    cells = run_cells(folder, result["seeds"])
    table = _joined(folder, cells, PREDICTIONS)
    _refuse_other_counts(folder, table, result)
    others = sorted({seed for seed, _ in run_cells(folder, None)} - set(result["seeds"]))
    notes = [f"seed {seed} lies in the folder, too; result.json does not speak of it" for seed in others]
    return Answers(
        name=str(folder),
        table=table,
        protocol=result["protocol"],
        source=result["protocol_source"],
        sha256=result["protocol_sha256"],
        speaker_independent=result["speaker_independent"],
        ours=True,
        warnings=tuple(result.get("warnings", ())),
        notes=tuple(notes),
        facts=_facts(result),
        curves=read_curves(cells),
        changed=_changed(folder, cells, table) if "robustness" in result else None,
        adaptation=result.get("adaptation", {}),
    )


def _result(folder: Path) -> dict[str, Any]:
    if not os.path.isdir(folder):
        raise CorpusError(f"no run folder {folder}; affectone train --protocol P -o RUN makes one")
    file = folder / "result.json"
    if not file.is_file():
        started = (folder / "run.json").is_file()
        why = f"the run is not finished: {GO_ON}" if started else "it is no run of a protocol"
        raise CorpusError(f"{folder} has no result.json; {why}")
    try:
        result = json.loads(file.read_text(encoding="utf-8"))
        wanted = ("protocol", "protocol_source", "protocol_sha256", "speaker_independent", "seeds", "scores")
        lacking = [name for name in wanted if name not in result]
    except (OSError, ValueError, TypeError) as error:
        raise CorpusError(f"{file} cannot be read: {error}") from None
    if lacking:
        raise CorpusError(f"{file} is no result of affectone train: it lacks {', '.join(lacking)}")
    return dict(result)


def run_cells(folder: Path, seeds: Sequence[int] | None) -> dict[tuple[int, int], Path]:
    """Return the folders of the cells of some seeds, or of all, by seed and fold."""
    found = {}
    for path in sorted(folder.iterdir()):
        named = CELL.fullmatch(path.name)
        if named and path.is_dir() and (seeds is None or int(named[1]) in seeds):
            found[int(named[1]), int(named[2])] = path
    return dict(sorted(found.items()))


def _changed(folder: Path, cells: Mapping[tuple[int, int], Path], table: pd.DataFrame) -> pd.DataFrame:
    """Return the answers to changed clips, which have to be the clips of the table in each condition."""
    changed = _joined(folder, cells, CHANGED)
    counts = changed.groupby(["by", "of"])["id"].count()
    if (counts != len(table)).any():
        raise CorpusError(
            f"{folder}: a {CHANGED} is of other clips than the {PREDICTIONS} beside it; {GO_ON}"
        )
    return changed


def _joined(folder: Path, cells: Mapping[tuple[int, int], Path], name: str) -> pd.DataFrame:
    if not cells:
        raise CorpusError(f"{folder} holds no predictions; {GO_ON}")
    table = joined_cells([_read_cell(path / name, *cell) for cell, path in cells.items()])
    condition = [column for column in ("by", "of") if column in table]
    twice = table[table.duplicated(["seed", "id", *condition])]
    if len(twice):
        raise CorpusError(
            f"{folder}: {twice['id'].iloc[0]} is predicted twice with seed {twice['seed'].iloc[0]}"
        )
    return table


def _read_cell(file: Path, seed: int, fold: int) -> pd.DataFrame:
    import pandas as pd

    if not file.is_file():
        raise CorpusError(f"{file.parent} has no {file.name}; {GO_ON}")
    try:
        # Only an empty cell is missing: a speaker may be called NA.
        table = pd.read_csv(file, dtype=dict.fromkeys(TEXT, str), keep_default_na=False, na_values=[""])
    except (OSError, ValueError) as error:
        raise CorpusError(f"{file} cannot be read: {error}") from None
    lacking = [name for name in NEEDED if name not in table]
    if lacking:
        raise CorpusError(f"{file} is no table of predictions: it lacks {', '.join(lacking)}")
    empty = [name for name in ("id", "emotion", "predicted") if table[name].isna().any()]
    if empty:
        raise CorpusError(f"{file} has empty cells in the column {empty[0]!r}")
    absent = {name: None for name in ("predicted_voice", "temperature") if name not in table}
    return table.assign(seed=seed, fold=fold, speaker=table["speaker"].fillna(UNKNOWN), **absent)


def _refuse_other_counts(folder: Path, table: pd.DataFrame, result: Mapping[str, Any]) -> None:
    """Raise if cells were taken away or added since the result was written."""
    promised = {score["corpus"]: score["clips"] * len(result["seeds"]) for score in result["scores"]}
    counts = {str(corpus): int(count) for corpus, count in table["corpus"].value_counts().items()}
    for corpus in sorted(set(promised) | set(counts)):
        there, wanted = counts.get(corpus, 0), promised.get(corpus, 0)
        if there != wanted:
            raise CorpusError(
                f"{folder} holds {there} predictions of {corpus}, and its result.json speaks of {wanted}; "
                f"{GO_ON}"
            )


def _facts(result: Mapping[str, Any]) -> dict[str, str]:
    config = result.get("config", {})
    known = {
        "model": config.get("model"),
        "parameters": f"{result['parameters']:,}" if result.get("parameters") else None,
        "training corpora": ", ".join(result.get("training_corpora", ())),
        "validation": result.get("validation"),
        "search": _search_words(result.get("search")),
    }
    return {name: str(value) for name, value in known.items() if value}


def _search_words(search: Mapping[str, Any] | None) -> str | None:
    return f"{search['trials']} trials, {search['how']}" if search else None


def join_manifest(answers: Answers, manifest: pd.DataFrame) -> Answers:
    """Add what a manifest knows of the clips and predictions do not: intensity, duration, path.

    So is the ethnicity, where predictions of an earlier release lack it.
    """
    known = manifest.drop_duplicates("id").set_index("id")
    joined = known[[*JOINED, *({"ethnicity"} - set(answers.table))]]
    table = answers.table.drop(columns=[name for name in JOINED if name in answers.table])
    unknown = int((~table["id"].drop_duplicates().isin(joined.index)).sum())
    notes = [f"the manifest does not know {unknown} of the clips"] if unknown else []
    return replace(answers, table=table.join(joined, on="id"), notes=(*answers.notes, *notes))
