"""What the cells of a manifest may hold, and words for those that hold something else."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from affectone.errors import CorpusError, LeakError, unknown_name
from affectone.labels import COMMON, VIEWS, VOICES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "LABELS", "NEEDED", "refuse_odd_cells", "refuse_spellings", "spellings"]

COLUMNS: Mapping[str, str] = {
    "id": "text",
    "path": "text",
    "corpus": "text",
    "speaker": "text",
    "emotion": "text",
    "original": "text",
    "sex": "text",
    "age": "number",
    "ethnicity": "text",
    "language": "text",
    "text": "text",
    "sentence": "text",
    "take": "text",
    "intensity": "text",
    "votes": "text",
    "raters": "number",
    "agreement": "number",
    "heard_intensity": "number",
    "duration": "number",
    "rate": "number",
    "channels": "number",
    "content_hash": "text",
    "recording": "text",
}
"""Column -> ``"text"`` or ``"number"``, in order.

Up to ``intensity`` the fields of `Clip`. ``votes`` is a JSON object, common label -> share of listeners.
``heard_intensity`` is how intense the emotion sounded to listeners, 0 to 1.
``duration`` (seconds), ``rate`` (Hz) and ``channels`` are those of the file, ``content_hash`` is the SHA-256
of its decoded samples. ``recording`` is the id of the first clip of the same scan whose sound this one
repeats, as it is or changed: its own where it repeats none. Manifests of two scans that are put together do
not know of each other's sound: scan all corpora at once. What is unknown is missing; what only the sound
tells is missing until `scan_corpora` has listened.
"""

NEEDED = ("id", "path", "corpus", "emotion")
"""Columns without an empty cell."""

LABELS = tuple(dict.fromkeys([*COMMON, *(label for view in VIEWS.values() for label in view.labels)]))
"""What ``emotion`` holds in a file: common labels, or those of a named view of them."""

AT_MOST = {"heard_intensity": 1.0}
"""Column of numbers -> the highest that it may hold."""

Rows = npt.NDArray[np.bool_]
TIMES = frozenset({"datetime", "datetime64", "date", "timedelta", "timedelta64", "time", "period"})
"""What pandas calls columns that hold times."""
WHOLE_NUMBER = re.compile(r"0*(\d+)(\.0*)?")


def refuse_odd_cells(
    manifest: pd.DataFrame, *, source: object = "the manifest", labels: Collection[str] | None = None
) -> None:
    """Raise if a column that is there holds what no manifest holds.

    Parameters
    ----------
    manifest : pandas.DataFrame
        Columns may be absent, or be others than those of `COLUMNS`.
    source : object
        Where it is from, as the message says it.
    labels : collection of str, optional
        What ``emotion`` and ``votes`` may name; by default anything. A label that ``original`` has in the
        same row is the user's own, and may be named, too.

    Raises
    ------
    CorpusError
        It names the column, the first row as a spreadsheet counts (the heads are row 1), the value, and how
        many rows more are wrong.
    """
    for column, kind in COLUMNS.items():
        if list(manifest.columns).count(column) > 1:
            raise CorpusError(f"{source}: the column {column!r} stands there more than once")
        if column in manifest:
            (_check_text if kind == "text" else _check_numbers)(_Cells(manifest[column], source))
    if "id" in manifest:
        _check_ids(manifest["id"], source)
    if "corpus" in manifest:
        cells = _Cells(manifest["corpus"], source)
        cells.refuse_values(
            lambda name: "" if name.strip() and "/" not in name else "a name without '/' is wanted"
        )
    if labels is None:
        return
    labels = [*labels, *_own(manifest, labels)]
    for column, known in (("emotion", labels), ("sex", VOICES)):
        if column in manifest:
            _check_names(_Cells(manifest[column], source), known)
    if "votes" in manifest:
        _Cells(manifest["votes"], source).refuse_values(lambda text: _why_no_votes(text, labels))


def _own(manifest: pd.DataFrame, labels: Collection[str]) -> list[str]:
    """Return the labels that are kept as their user writes them: a misspelt one differs from its original."""
    if not {"emotion", "original"}.issubset(manifest.columns):
        return []
    kept = manifest.loc[manifest["emotion"] == manifest["original"], "emotion"]
    return [label for label in kept.dropna().unique() if label not in labels]


class _Cells:
    """One column, and how a cell of it is refused."""

    def __init__(self, column: pd.Series, source: object) -> None:
        self.column = column
        self.name = str(column.name)
        self.source = source

    def refuse(self, bad: Rows, why: str) -> None:
        """Raise if a cell is bad."""
        count = int(bad.sum())
        if not count:
            return
        first = int(bad.argmax())
        value = self.column.iloc[first]
        shown = "is empty" if _is_missing(value) or value == "" else _shown(value)
        more = f" (and {count - 1} {'row' if count == 2 else 'rows'} more)" if count > 1 else ""
        raise CorpusError(f"{self.source}: {self.name} {shown} in row {first + 2}{more}: {why}")

    def refuse_values(self, judge: Callable[[str], str]) -> None:
        """Raise if there is a text that `judge` finds a reason against; equal ones are judged once."""
        for value in self.column.dropna().unique():
            why = judge(value)
            if why:
                self.refuse((self.column == value).to_numpy(dtype=bool), why)


def _shown(value: Any) -> str:
    return repr(value.item() if isinstance(value, np.generic) else value)[:80]


def _is_missing(value: Any) -> bool:
    return value is None or value != value


def _check_text(cells: _Cells) -> None:
    import pandas as pd

    known = cells.column.dropna()
    if isinstance(known.dtype, pd.CategoricalDtype):
        known = known.astype(object)
    if not known.empty and pd.api.types.infer_dtype(known) != "string":
        strange = [not (_is_missing(cell) or isinstance(cell, str)) for cell in cells.column]
        cells.refuse(np.array(strange), "this column holds text; turn what is in it into text")
    missing = cells.column.isna() | (cells.column.astype(object) == "")
    if cells.name in NEEDED:
        cells.refuse(missing.to_numpy(dtype=bool), "every clip needs one")
    empty = missing & cells.column.notna()
    cells.refuse(empty.to_numpy(dtype=bool), "what is not known is missing (None), not an empty text")


def _check_numbers(cells: _Cells) -> None:
    import pandas as pd

    known = cells.column.notna().to_numpy(dtype=bool)
    words = "a finite number is wanted, with a point and without a unit, or nothing where it is not known"
    if pd.api.types.infer_dtype(cells.column, skipna=True) in TIMES:  # Pandas would count their nanoseconds.
        cells.refuse(known, words)
    numbers = pd.to_numeric(cells.column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    cells.refuse(known & ~np.isfinite(numbers), words)
    cells.refuse(known & (numbers < 0), "it cannot be below 0")
    highest = AT_MOST.get(cells.name, np.inf)
    cells.refuse(known & (numbers > highest), f"it cannot be above {highest:g}")


def _check_ids(ids: pd.Series, source: object) -> None:
    again = ids.duplicated().to_numpy(dtype=bool)
    if again.any():
        value = ids.iloc[int(again.argmax())]
        first, second = np.flatnonzero((ids == value).to_numpy(dtype=bool))[:2] + 2
        more = f" (and {again.sum() - 1} such rows more)" if again.sum() > 1 else ""
        raise CorpusError(
            f"{source}: id {value!r} in rows {first} and {second}{more}: every clip has an id of its own"
        )


def _check_names(cells: _Cells, known: Collection[str]) -> None:
    cells.refuse_values(
        lambda name: "" if name in known else unknown_name(cells.name, name, known).partition("; ")[2]
    )


def _why_no_votes(text: str, labels: Collection[str]) -> str:
    try:
        votes = json.loads(text)
        shares = list(votes.values())
        fits = all(_is_number(share) and share >= 0 for share in shares) and 0 < sum(shares) < math.inf
    except (ValueError, RecursionError, AttributeError, OverflowError):
        fits = False
    if not fits:
        return 'votes are written {"happy": 0.75, "sad": 0.25}: a label and the share of those who chose it'
    odd = [label for label in votes if label not in labels]
    return unknown_name("label", odd[0], labels) if odd else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def spellings(people: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of names that are most likely one person's, spelt in two ways.

    They, or their corpora, differ in case, in space or in how Unicode writes them, or they do as numbers may:
    3, 03 and 3.0.

    Parameters
    ----------
    people : iterable of str
        ``corpus/speaker``.

    Examples
    --------
    >>> spellings(["a/03", "a/Ann", "a/3.0", "a/ann", "b/3"])
    [('a/03', 'a/3.0'), ('a/Ann', 'a/ann')]
    """
    first: dict[tuple[str, str], str] = {}
    pairs = [(first.setdefault(_plain(name), name), name) for name in sorted(set(people))]
    return [(one, other) for one, other in pairs if one != other]


def _plain(name: str) -> tuple[str, str]:
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    corpus, speaker = (" ".join(part.split()) for part in folded.split("/", 1))
    number = WHOLE_NUMBER.fullmatch(speaker)
    return corpus, number[1] if number else speaker


def refuse_spellings(name: str, people: Iterable[str]) -> None:
    """Raise `LeakError` if a protocol would take one person, spelt in two ways, for two.

    Parameters
    ----------
    name : str
        Of the protocol, as the message says it.
    people : iterable of str
        ``corpus/speaker``.
    """
    pairs = spellings(people)
    if pairs:
        one, other = pairs[0]
        more = f" (and {len(pairs) - 1} such pairs more)" if len(pairs) > 1 else ""
        raise LeakError(
            f"{name} would take {one!r} and {other!r} for two people{more}: write a speaker in one way, or "
            f"give two people names that differ by more"
        )
