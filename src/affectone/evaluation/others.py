"""Somebody else's predictions, as a table of clips and labels, laid over a protocol's test clips."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from affectone.corpora import Protocol, restrict, select_clips, split_manifest
from affectone.corpora.guard import few
from affectone.corpora.kept import in_label_order
from affectone.corpora.protocol import UNKNOWN
from affectone.errors import CorpusError, unknown_name
from affectone.evaluation.answers import Answers
from affectone.evaluation.predictions import KEPT, SCORE
from affectone.labels import COMMON, LabelView

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["judge_predictions", "tested_clips"]

ROUNDED = 0.02
"""How far probabilities that were rounded may be from a sum of 1."""
JOINED = ("intensity", "duration", "path")


def judge_predictions(
    file: Path,
    manifest: pd.DataFrame,
    find: Callable[[pd.DataFrame], Protocol],
    view: LabelView | None = None,
) -> Answers:
    """Lay predictions over the test clips of a protocol.

    Parameters
    ----------
    file : Path
        CSV with the columns ``id`` and ``predicted``, and a ``score_<label>`` for each label or for none.
    manifest : pandas.DataFrame
        What the clips are.
    find : callable
        Gives the protocol for a manifest (`find_protocol`).
    view : LabelView, optional
        Fewer or coarser labels of the clips, which the predictions have to have.

    Raises
    ------
    CorpusError
        If the file is no such table, names a clip twice or a label that is not known, or a test clip is
        missing from it.
    """
    predicted = _read(file)
    keep = partial(restrict, view=view) if view is not None else _all_of
    protocol, tested, warnings, notes = tested_clips(manifest, find, keep)
    known = view.labels.names if view is not None else in_label_order((*COMMON, *manifest["emotion"]))
    scores = _checked_scores(file, predicted, known)
    _refuse_odd_ids(file, predicted, tested, protocol.name)
    placed = predicted.set_index("id").loc[tested["id"]]
    _refuse_labels(file, placed, known)
    table = tested.assign(predicted=placed["predicted"].to_numpy(), predicted_voice=None, temperature=None)
    if scores:
        numbers = placed[scores].astype(float)
        table = table.assign(**{name: numbers[name].to_numpy() for name in scores})
        table["confidence"] = _confidence(numbers, placed["predicted"])
        warnings += _not_likeliest(numbers, placed["predicted"])
    return Answers(
        name=str(file),
        table=table,
        protocol=protocol.name,
        source=protocol.source,
        sha256=protocol.digest,
        speaker_independent=not protocol.may_leak,
        ours=False,
        warnings=(*warnings, *_left_out(predicted, tested)),
        notes=notes,
    )


def _left_out(predicted: pd.DataFrame, tested: pd.DataFrame) -> tuple[str, ...]:
    """Say how many predictions are of no test clip."""
    extra = predicted.loc[~predicted["id"].isin(tested["id"]), "id"].tolist()
    words = (
        f"left out, as no test clip has that id: {len(extra)} of {len(predicted)} predictions: {few(extra)}"
    )
    return (words,) if extra else ()


def _all_of(manifest: pd.DataFrame) -> pd.DataFrame:
    return manifest


def tested_clips(
    manifest: pd.DataFrame,
    find: Callable[[pd.DataFrame], Protocol],
    keep: Callable[[pd.DataFrame], pd.DataFrame],
) -> tuple[Protocol, pd.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """Return a protocol, its test clips with their folds, what the guard warns of, and notes.

    Parameters
    ----------
    manifest : pandas.DataFrame
    find : callable
        Gives the protocol for a manifest (`find_protocol`).
    keep : callable
        Gives the clips of a manifest whose labels are asked for.
    """
    protocol = find(keep(manifest))
    selected = select_clips(manifest, protocol)
    kept = keep(selected.manifest)
    left_out = manifest[~manifest["id"].isin(kept["id"])]
    splits = split_manifest(kept, protocol, left_out=left_out)
    fold = np.zeros(len(kept), dtype=np.int64)
    for number, split in enumerate(splits.folds, start=1):
        fold[split.test] = number
    table = kept.reindex(columns=[*KEPT, *JOINED]).assign(fold=fold, seed=0)
    speakers = table["speaker"].fillna(UNKNOWN)
    tested = table.assign(speaker=speakers)[fold > 0].reset_index(drop=True)
    return protocol, tested, splits.warnings, (*protocol.notes, *selected.notes)


def _read(file: Path) -> pd.DataFrame:
    """Read all cells as text: pandas would take a label such as ``None`` for missing."""
    import pandas as pd

    if not os.path.isfile(file):
        raise CorpusError(f"no file {file}")
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            heads, *rows = [row for row in csv.reader(stream, strict=True) if row] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{file} cannot be read as CSV in UTF-8: {error}") from None
    for column in ("id", "predicted"):
        if column not in heads:
            raise CorpusError(f"{file} is no table of predictions: {unknown_name('column', column, heads)}")
    for column in heads:
        if heads.count(column) > 1 and (column in ("id", "predicted") or column.startswith(SCORE)):
            raise CorpusError(f"{file} has the column {column!r} more than once")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(heads):
            raise CorpusError(f"{file}: row {number} has {len(row)} cells, and the heads are {len(heads)}")
    return pd.DataFrame(rows, columns=heads, dtype=object)


def _refuse_odd_ids(file: Path, predicted: pd.DataFrame, tested: pd.DataFrame, protocol: str) -> None:
    twice = predicted.loc[predicted["id"].duplicated(), "id"].drop_duplicates().tolist()
    if twice:
        raise CorpusError(f"{file} has more than one prediction of {few(twice)}; one a clip is scored")
    missing = tested.loc[~tested["id"].isin(predicted["id"]), ["id", "emotion"]]
    if missing.empty:
        return
    if len(missing) == len(tested) and len(predicted):
        raise CorpusError(
            f"no id in {file} is that of a test clip of {protocol}: ids there are such as "
            f"{tested['id'].iloc[0]!r}, here {predicted['id'].iloc[0]!r}"
        )
    labels = ", ".join(sorted(missing["emotion"].unique()))
    raise CorpusError(
        f"{len(missing)} of {len(tested)} test clips of {protocol} have no prediction in {file}: "
        f"{few(missing['id'].tolist())} ({labels}). A score without them would be of another test; if the "
        f"model does not know a label, --labels names those that it knows"
    )


def _refuse_labels(file: Path, placed: pd.DataFrame, known: Sequence[str]) -> None:
    odd = placed[~placed["predicted"].isin(known)]
    if len(odd):
        words = unknown_name("label", odd["predicted"].iloc[0], known)
        raise CorpusError(f"{file}, {odd.index[0]}: {words} ({len(odd)} predictions have such labels)")


def _checked_scores(file: Path, predicted: pd.DataFrame, known: Sequence[str]) -> list[str]:
    """Return the names of the columns with probabilities; refuse what is none."""
    import pandas as pd

    columns = [name for name in predicted.columns if name.startswith(SCORE)]
    for column in columns:
        if column.removeprefix(SCORE) not in known:
            raise CorpusError(
                f"{file}: {unknown_name('label', column.removeprefix(SCORE), known)} in {column}"
            )
        numbers = pd.to_numeric(predicted[column], errors="coerce")
        odd = predicted[~numbers.between(0, 1)]
        if len(odd):
            clip, cell = odd["id"].iloc[0], odd[column].iloc[0]
            raise CorpusError(f"{file}, {clip}: {column} is {cell!r}; a probability is a number from 0 to 1")
    if columns and len(predicted):
        total = predicted[columns].astype(float).sum(axis=1)
        off = total[(total - 1).abs() > ROUNDED]
        if len(off):
            clip = predicted["id"].loc[off.index[0]]
            raise CorpusError(f"{file}, {clip}: the scores sum to {off.iloc[0]:.3g} instead of 1")
    return columns


def _confidence(scores: pd.DataFrame, predicted: pd.Series) -> list[float]:
    """Return the probability of each predicted label; 0 where that label has no column."""
    rows = scores.to_dict("records")
    return [float(row.get(SCORE + label, 0.0)) for row, label in zip(rows, predicted, strict=True)]


def _not_likeliest(scores: pd.DataFrame, predicted: pd.Series) -> tuple[str, ...]:
    """Say how many predictions are not the label with the highest score."""
    lower = int((scores.max(axis=1).to_numpy() > np.array(_confidence(scores, predicted))).sum())
    return (f"in {lower} of {len(predicted)} predictions another label has a higher score",) if lower else ()
