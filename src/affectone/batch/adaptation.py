"""What a model is adapted to, group by group: a first walk through the archive, which can be cut off as well.

Sums are whole numbers of a small step, so that they are the same in whatever order recordings come, on one
machine or on many. What a group is adapted to is kept, and recordings that come later take it as it is.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from affectone.batch.places import Place
from affectone.batch.results import parquet_bytes, read_parquet
from affectone.batch.tasks import STEP, Answer, StatesTask
from affectone.models.runner import StateScale
from affectone.recognition.adaptation import StateSums

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Groups"]

KEPT = "groups.parquet"


@dataclass(slots=True)
class _Sums:
    """Sums of one group, and the recordings that they are of."""

    windows: int = 0
    shifts: npt.NDArray[np.int64] | int = 0
    squares: npt.NDArray[np.int64] | int = 0
    files: list[str] = field(default_factory=list)

    def add(self, windows: int, shifts: Any, squares: Any, files: Iterable[str]) -> None:
        self.windows += windows
        self.shifts = self.shifts + np.asarray(shifts, np.int64)
        self.squares = self.squares + np.asarray(squares, np.int64)
        self.files += files


class Groups:
    """What is known of the groups of an archive.

    Parameters
    ----------
    place : Place
        Of the results.
    model : str
        Name and version.
    """

    def __init__(self, place: Place, model: str) -> None:
        self._place = place
        self._under = f"{StatesTask.table}/model={quote(model, safe='@')}"
        self._new: dict[str, _Sums] = {}
        self._sums: dict[str, _Sums] = {}
        self.scales = self._kept()
        for part in self._parts():
            for row in read_parquet(place, part).to_pylist():
                self._of(self._sums, row["group"]).add(
                    row["windows"], row["shifts"], row["squares"], row["files"]
                )
        self.heard = {name for sums in self._sums.values() for name in sums.files}
        """Recordings that need not be heard again."""

    def add(self, group: str, file: str, answer: Answer | None) -> None:
        """Take what came of one recording; nothing of one that failed or holds no speech."""
        if answer is None:
            told: tuple[int, Any, Any] = (0, 0, 0)
        else:
            row = answer.rows.to_pylist()[0]
            told = (row["windows"], row["shifts"], row["squares"])
        self._of(self._new, group).add(*told, [file])

    def flush(self) -> None:
        """Write the sums that were taken."""
        if not self._new:
            return
        name = f"{self._under}/part-{secrets.token_hex(8)}.parquet"
        self._place.write(name, parquet_bytes(_table(self._new)))
        for group, sums in self._new.items():
            self._of(self._sums, group).add(sums.windows, sums.shifts, sums.squares, sums.files)
        self._new = {}

    def settle(self, empty: StateSums, groups: Iterable[str]) -> None:
        """Make of the sums of some groups, all of which was heard, what the model is adapted to, and keep it.

        A group without speech has nothing. Sums of others, which a run was cut off in, are left as they are.

        Parameters
        ----------
        empty : StateSums
            Of the model, without any recording.
        groups : iterable of str
        """
        self.flush()
        rows, heard = self._kept_rows(), set(groups)
        for group, known in sorted(self._sums.items()):
            if group in heard and group not in self.scales and known.windows:
                sums = copy.deepcopy(empty)
                sums.add_totals(known.windows, known.shifts * STEP, known.squares * STEP)
                self.scales[group] = scale = sums.scale()
                rows.append(
                    {
                        "group": group,
                        "files": len(known.files),
                        "windows": known.windows,
                        "mean": scale.mean,
                        "scale": scale.scale,
                    }
                )
        self._place.write(f"{self._under}/{KEPT}", parquet_bytes(_groups_table(rows)))
        if self._sums.keys() <= heard.union(self.scales):
            for part in self._parts():
                self._place.remove(part)

    def _of(self, known: dict[str, _Sums], group: str) -> _Sums:
        return known.setdefault(group, _Sums())

    def _parts(self) -> Iterator[str]:
        for name in self._place.files(self._under):
            if not name.endswith(f"/{KEPT}"):
                yield name

    def _kept_rows(self) -> list[dict[str, Any]]:
        name = f"{self._under}/{KEPT}"
        if not self._place.exists(name):
            return []
        rows: list[dict[str, Any]] = read_parquet(self._place, name).to_pylist()
        return rows

    def _kept(self) -> dict[str, StateScale]:
        return {
            row["group"]: StateScale(*(np.asarray(row[name], np.float32) for name in ("mean", "scale")))
            for row in self._kept_rows()
        }


def _table(known: dict[str, _Sums]) -> pa.Table:
    import pyarrow as pa

    sums = pa.list_(pa.int64())
    schema = pa.schema(
        [
            ("group", pa.string()),
            ("windows", pa.int64()),
            ("shifts", sums),
            ("squares", sums),
            ("files", pa.list_(pa.string())),
        ]
    )
    rows = [
        {
            "group": group,
            "windows": one.windows,
            "shifts": np.atleast_1d(one.shifts),
            "squares": np.atleast_1d(one.squares),
            "files": one.files,
        }
        for group, one in known.items()
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def _groups_table(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    numbers = pa.list_(pa.float32())
    kinds = {
        "group": pa.string(),
        "files": pa.int64(),
        "windows": pa.int64(),
        "mean": numbers,
        "scale": numbers,
    }
    return pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items())))
