"""The manifest: one table row a clip, with typed columns, as Parquet or CSV."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectone.corpora.cells import COLUMNS, LABELS, NEEDED, refuse_odd_cells
from affectone.corpora.clip import Clip
from affectone.corpora.own import OwnLabels, open_corpus
from affectone.errors import CorpusError, unknown_name
from affectone.files import replaced
from affectone.labels import LabelView
from affectone.registry import require_extra

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "COLUMNS",
    "load_corpora",
    "load_corpus",
    "read_manifest",
    "restrict",
    "to_manifest",
    "write_manifest",
]


def to_manifest(clips: Iterable[Clip]) -> pd.DataFrame:
    """Return clips as a table, one row a clip in the order given; unknown values are missing.

    Raises
    ------
    MissingExtraError
        If pandas is not installed.
    """
    require_extra("data", "a manifest")
    import pandas as pd

    return typed(pd.DataFrame([_row(clip) for clip in clips], columns=list(COLUMNS)))


def _row(clip: Clip) -> dict[str, Any]:
    row: dict[str, Any] = {field.name: getattr(clip, field.name) for field in dataclasses.fields(clip)}
    row["path"] = str(clip.path)
    if clip.votes is not None:
        shares = {label: round(share, 6) for label, share in clip.votes.shares.items()}
        row |= {"votes": json.dumps(shares), "raters": clip.votes.raters, "agreement": clip.votes.agreement}
    return row


def typed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the manifest's columns in their order and types; absent ones are missing."""
    import numpy as np
    import pandas as pd

    kinds: dict[str, Any] = {"text": pd.StringDtype(na_value=np.nan), "number": np.dtype(np.float64)}
    ours = table.loc[:, table.columns.isin(list(COLUMNS))]  # Others may stand there twice.
    whole = ours.reindex(columns=list(COLUMNS))
    return whole.astype({column: kinds[kind] for column, kind in COLUMNS.items()})


def read_manifest(path: str | Path) -> pd.DataFrame:
    """Read a manifest, Parquet or CSV, as `write_manifest` writes it or as a person edited it.

    Speakers and corpora lose the space around their names. A relative path is looked for in the working
    directory, and where there is no such file beside the manifest.

    Raises
    ------
    CorpusError
        If there is no such file, it is no table, a column of a manifest is missing from it, or a cell holds
        what no manifest holds.
    """
    require_extra("data", "a manifest")
    path = Path(path)
    if not os.path.isfile(path):  # A name that is too long is no error to it.
        raise CorpusError(f"no manifest {path}; affectone corpora scan makes one")
    table = _read_csv(path) if path.suffix.lower() == ".csv" else _read_parquet(path)
    advice = f"affectone corpora scan table={path} -o OTHER makes one of a table of yours"
    for column in NEEDED:
        if column not in table.columns:
            unknown = unknown_name("column", column, map(str, table.columns))
            raise CorpusError(f"{path} is no manifest: {unknown}; {advice}")
    try:
        refuse_odd_cells(table, source=path, labels=LABELS)
    except CorpusError as error:
        raise CorpusError(f"{error}. Correct it, or start anew: {advice}") from None
    table = typed(table)
    tidied = {name: _tidy(table[name]) for name in ("corpus", "speaker")}
    return table.assign(path=_found(table["path"], path.parent), **tidied)


def _read_csv(path: Path) -> pd.DataFrame:
    """Read all cells as text; pandas would take some words for missing and cells too many for an index."""
    import pandas as pd

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            heads, *rows = [row for row in reader if row] or [[]]
    except UnicodeDecodeError:
        raise CorpusError(f"{path} is no UTF-8 text; save it as UTF-8 with commas") from None
    except (OSError, csv.Error) as error:
        raise CorpusError(f"{path} cannot be read as a manifest: {error}") from None
    if len(heads) == 1 and len(heads[0].replace("\t", ";").split(";")) > 1:
        raise CorpusError(f"{path} has no commas between its cells; save it as UTF-8 with commas")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(heads):
            raise CorpusError(f"{path}: row {number} has {len(row)} cells, and the heads are {len(heads)}")
    return pd.DataFrame([[cell or None for cell in row] for row in rows], columns=heads, dtype=object)


def _read_parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path} cannot be read as a manifest: {error}") from None


def _tidy(names: pd.Series) -> pd.Series:
    """Return names without space around them, in one of the ways in which Unicode writes their letters."""
    tidy = {name: unicodedata.normalize("NFC", name).strip() or None for name in names.dropna().unique()}
    return names.map(tidy, na_action="ignore").astype(names.dtype)


def _found(paths: pd.Series, folder: Path) -> pd.Series:
    """Return paths, those of files that are not there from the folder if there they are."""
    if folder == Path():
        return paths
    beside = {path: os.path.join(folder, path) for path in paths if not os.path.isfile(path)}
    moved = {path: other for path, other in beside.items() if os.path.isfile(other)}
    return paths.map(lambda path: moved.get(path, path)).astype(paths.dtype) if moved else paths


def write_manifest(manifest: pd.DataFrame, path: str | Path) -> None:
    """Write a manifest, as CSV where the name ends so, else as Parquet; it appears whole or not at all.

    Raises
    ------
    CorpusError
        If the name ends in neither ``.parquet`` nor ``.csv``.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in (".parquet", ".csv"):
        raise CorpusError(f"{path}: the name of a manifest ends in .parquet or .csv")
    with replaced(path) as part:
        if suffix == ".csv":
            manifest.to_csv(part, index=False)
        else:
            manifest.to_parquet(part, index=False)


def load_corpus(name: str, root: str | Path) -> pd.DataFrame:
    """Read one corpus as a manifest.

    Parameters
    ----------
    name : str
        Registered corpus name, for example ``"ravdess"``.
    root : str or Path
        Any folder above its recordings; clips are found by the stems of their names.

    Raises
    ------
    CorpusError
        If the name is unknown, or the folder is missing or holds no clip of that corpus.
    MissingExtraError
        If pandas is not installed.
    """
    return load_corpora({name: root})


def load_corpora(roots: Mapping[str, str | Path], *, own: OwnLabels | None = None) -> pd.DataFrame:
    """Read several corpora, name to folder, as one manifest, without listening to a recording.

    Parameters
    ----------
    roots : mapping of str to path
    own : OwnLabels, optional
        What is to be known of recordings of one's own; then all of them have to be.
    """
    loaders = [open_corpus(name, Path(root), own or OwnLabels()) for name, root in roots.items()]
    return to_manifest(clip for loader in loaders for clip in loader.scan().clips)


def restrict(manifest: pd.DataFrame, view: LabelView) -> pd.DataFrame:
    """Return the clips that have a place in a view, in their order, with the view's labels.

    Votes become shares of the view's labels: those for a label without a place are left out, the others sum
    to 1 again, and ``raters`` and ``agreement`` are theirs. A clip none of whose listeners chose a label with
    a place keeps its label and has no votes. ``heard_intensity`` stays that of all who listened.

    Parameters
    ----------
    manifest : pandas.DataFrame
    view : LabelView

    Raises
    ------
    CorpusError
        If there are clips and none has a place, or a label or a vote is none of a manifest.
    """
    refuse_odd_cells(manifest, labels=LABELS)
    placed = manifest["emotion"].map(view.of, na_action="ignore")
    kept = manifest[placed.notna()].assign(emotion=placed.dropna()).reset_index(drop=True)
    if manifest.size and kept.empty:
        present = ", ".join(sorted(manifest["emotion"].dropna().unique()))
        raise CorpusError(f"no clip has a place in the label view {view.name!r}; the labels are {present}")
    return _restrict_votes(kept, view).astype(manifest.dtypes)


def _restrict_votes(kept: pd.DataFrame, view: LabelView) -> pd.DataFrame:
    """Return clips with the votes that have a place; equal votes, of which there are many, are read once."""
    heard = {text: _votes_in_view(text, view) for text in kept["votes"].dropna().unique()}
    voted = kept["votes"].notna()
    columns = zip(*heard.values(), strict=True) if heard else ((), (), ())
    votes, placed, agreement = (
        kept["votes"].map(dict(zip(heard, column, strict=True)), na_action="ignore") for column in columns
    )
    return kept.assign(
        votes=votes,
        raters=kept["raters"].mask(voted, (kept["raters"] * placed.astype(float)).round()),
        agreement=kept["agreement"].mask(voted, agreement.astype(float)),
    )


def _votes_in_view(text: str, view: LabelView) -> tuple[str | None, float, float]:
    """Return the votes of a clip in a view, the share of them that has a place there, and the agreement."""
    shares = dict.fromkeys(view.labels, 0.0)
    for label, share in json.loads(text).items():
        place = view.of(label)
        if place is not None:
            shares[place] += share
    total = sum(shares.values())
    if total <= 0:
        return None, float("nan"), float("nan")
    shares = {label: round(share / total, 6) for label, share in shares.items() if share > 0}
    return json.dumps(shares), total, max(shares.values())
