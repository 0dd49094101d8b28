"""`Results`: the folder of an archive's answers, in which each recording is whole and once, or not at all.

A part is two files of one name: rows, then the recordings they are of. The second makes the first count: rows
without it are left over from work that was cut off, and are removed before work goes on.
"""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from affectone import __version__
from affectone.batch.archive import Archive
from affectone.batch.places import Place, parquet_table
from affectone.batch.schema import SCHEMA, failures_schema, files_schema
from affectone.batch.tasks import Answer, StatesTask, Task
from affectone.batch.worker import Failure, Outcome
from affectone.errors import AffectoneError, ConfigError
from affectone.files import is_part

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["About", "Results", "parquet_bytes", "read_parquet", "sole_user"]

ABOUT, SUMMARY, LOCK = "batch.json", "summary.json", ".lock"
FILES, FAILURES = "files", "failures.parquet"
MOST_BYTES = 32 * 2**20
"""Of rows that are held before they become a part."""
MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class About:
    """What decides the rows, beside the recordings: all runs that share a folder agree on it.

    Parameters
    ----------
    task : Task
    settings : mapping
        Of the task, and how the model is used.
    model : str or None
        Name and version.
    sha256 : str or None
        Of the model.
    """

    task: Task
    settings: Mapping[str, Any]
    model: str | None
    sha256: str | None


class Results:
    """What is done and what failed, and the parts that are written.

    Parameters
    ----------
    place : Place
    about : About
    archive : Archive

    Raises
    ------
    ConfigError
        If other work was begun in this folder, or a recording's rows are in it twice.
    """

    def __init__(self, place: Place, about: About, archive: Archive) -> None:
        self._place = place
        self._about = about
        self._archive = archive
        self._under = "" if about.model is None else f"model={quote(about.model, safe='@')}/"
        self._answers: list[tuple[int, Answer]] = []
        self._held = 0
        self._agree()
        self.parts = self._settled()
        self._part = self._new_part()
        self.done = self._known()
        self._failures_changed = False
        self._failed_elsewhere, self.failed = self._known_failures()

    def add(self, outcome: Outcome) -> None:
        """Take what came of a recording; nothing is written before `flush`."""
        name = self._name(outcome.row)
        if outcome.answer is not None:
            self._answers.append((outcome.row, outcome.answer))
            self._held += outcome.answer.rows.nbytes
            self._failures_changed |= self.failed.pop(name, None) is not None
        elif outcome.failure is not None:
            self.failed[name] = outcome.failure
            self._failures_changed = True

    @property
    def full(self) -> bool:
        """Whether enough is held to be written."""
        return self._held >= MOST_BYTES or len(self._answers) >= MOST_FILES

    def flush(self) -> None:
        """Write what is held: rows, then the recordings that are done, then those that failed.

        Raises
        ------
        OSError
        """
        if self._answers:
            # Under the same name until both are there: what was written in vain is written over.
            self._place.write(f"{self._about.task.table}/{self._part}", parquet_bytes(self._rows()))
            self._place.write(f"{FILES}/{self._part}", parquet_bytes(self._files()))
            self.parts += 1
            self._part = self._new_part()
            self.done.update(self._name(row) for row, _ in self._answers)
            self._answers, self._held = [], 0
        if self._failures_changed:
            self._place.write(FAILURES, parquet_bytes(self._failures()))
            self._failures_changed = False

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write ``summary.json``."""
        self._place.write(SUMMARY, _json(summary))

    def read_summary(self) -> dict[str, Any]:
        """Return what stands in ``summary.json``; nothing where there is none."""
        return _read_json(self._place, SUMMARY) or {}

    def totals(self) -> dict[str, float]:
        """Return sums over all recordings that are done with this model."""
        import pyarrow.compute as pc

        sums = dict.fromkeys(("rows", "duration_seconds", "speech_seconds"), 0.0)
        for _, table in self._file_parts(list(sums)):
            for name in sums:
                sums[name] += pc.sum(table.column(name)).as_py() or 0.0
        return sums

    def _new_part(self) -> str:
        return f"{self._under}part-{self.parts:06d}-{secrets.token_hex(4)}.parquet"

    def _name(self, row: int) -> str:
        name: str = self._archive.table.column("file")[row].as_py()
        return name

    def _agree(self) -> None:
        """Begin the folder, or see that what was begun there is the same work."""
        about = {
            "schema": SCHEMA,
            "affectone": __version__,
            "task": self._about.task.name,
            "settings": json.loads(json.dumps(self._about.settings)),
            "columns": {field.name: str(field.type) for field in self._archive.carried},
        }
        begun = self._begun(about)
        models: dict[str, str | None] = {} if begun is None else dict(begun["models"])
        base = None if begun is None else begun.get("base")
        if base is not None and self._archive.base not in (None, base):
            raise ConfigError(
                f"{self._place.name} holds recordings whose names count from {base}; these count from "
                f"{self._archive.base}, where the same name may be another recording: name a new folder"
            )
        if self._about.model is not None:
            hash = models.setdefault(self._about.model, self._about.sha256)
            if hash != self._about.sha256:
                raise ConfigError(
                    f"{self._place.name} holds rows of another {self._about.model}: give the model a new "
                    f"version, or name a new folder"
                )
        told = (begun or about) | {"models": models, "base": base or self._archive.base}
        if begun != told:
            self._place.write(ABOUT, _json(told))

    def _begun(self, about: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what was begun in the folder, or None where nothing was, or nothing came of it."""
        begun = _read_json(self._place, ABOUT)
        # A run that was killed as it began may have left a part of ours.
        names = [name for name in self._place.files() if name != LOCK and not is_part(name)]
        if begun is None:
            if names:
                raise ConfigError(
                    f"{self._place.name} holds other files, such as {names[0]}: name a new folder"
                )
            return None
        try:
            _check_same(self._place.name, begun, about)
        except ConfigError:
            if any(name.startswith(f"{FILES}/") for name in names) or begun.get("schema") != SCHEMA:
                raise
            for name in names:  # No recording is done: whoever corrects a setting begins anew.
                if name in (FAILURES, SUMMARY) or name.startswith(f"{StatesTask.table}/"):
                    self._place.remove(name)
            return None
        return begun

    def _settled(self) -> int:
        """Remove what was left over, of either kind; return how many parts there are."""
        names = self._place.files()
        both = [
            {name.removeprefix(under) for name in names if name.startswith(under)}
            for under in (f"{FILES}/", f"{self._about.task.table}/")
        ]
        whole = both[0] & both[1]
        for name in names:
            table, _, part = name.partition("/")
            left_over = table in (FILES, self._about.task.table) and part not in whole
            if left_over or is_part(name):
                self._place.remove(name)
        return sum(part.startswith(self._under) for part in whole)

    def _file_parts(self, columns: list[str]) -> Iterator[tuple[str, pa.Table]]:
        for name in self._place.files(f"{FILES}/{self._under}".rstrip("/")):
            yield name, read_parquet(self._place, name, columns)

    def _known(self) -> set[str]:
        done: set[str] = set()
        for name, table in self._file_parts(["file"]):
            files = table.column("file").to_pylist()
            twice = done.intersection(files)
            if twice:
                raise ConfigError(
                    f"{self._place.name}: {min(twice)} stands in {name} and in another part; two runs wrote "
                    f"here at once. Remove that file and run again: what only it holds is done anew"
                )
            done.update(files)
        return done

    def _known_failures(self) -> tuple[list[dict[str, Any]], dict[str, Failure]]:
        """Return what failed with other models, and with this one."""
        if not self._place.exists(FAILURES):
            return [], {}
        rows = read_parquet(self._place, FAILURES, failures_schema().names).to_pylist()
        others = [row for row in rows if row["model"] != self._about.model]
        ours = {
            row["file"]: Failure(row["kind"], row["reason"])
            for row in rows
            if row["model"] == self._about.model and row["file"] not in self.done
        }
        # A run that was killed may have done some, and not have written that they fail no more.
        self._failures_changed = len(others) + len(ours) < len(rows)
        return others, ours

    def _carried(self, rows: Any, table: pa.Table) -> pa.Table:
        """Return a table with what is carried through beside its columns; `rows` are those of the archive."""
        carried = self._archive.table.select(self._archive.carried.names).take(rows)
        twice = sorted({*carried.column_names}.intersection(table.column_names))
        if twice:
            raise ConfigError(f"the input has a column {twice[0]!r}, and so have the features: rename it")
        for name in carried.column_names:
            table = table.append_column(carried.schema.field(name), carried.column(name))
        return table

    def _rows(self) -> pa.Table:
        import pyarrow as pa

        every = [row for row, answer in self._answers for _ in range(answer.rows.num_rows)]
        places = pa.array(every, pa.int64())
        names = self._archive.table.column("file").take(places)
        told = pa.Table.from_batches([answer.rows for _, answer in self._answers])
        return self._carried(places, told.add_column(0, pa.field("file", pa.string()), names))

    def _files(self) -> pa.Table:
        import pyarrow as pa

        known = [
            {
                "file": self._name(row),
                "channels": answer.channels,
                "duration_seconds": answer.duration_seconds,
                "speech_seconds": answer.speech_seconds,
                "rows": answer.rows.num_rows,
                "warnings": "; ".join(answer.warnings),
            }
            for row, answer in self._answers
        ]
        table = pa.Table.from_pylist(known, schema=files_schema())
        return self._carried(pa.array([row for row, _ in self._answers], pa.int64()), table)

    def _failures(self) -> pa.Table:
        """Return what failed, with what is carried through where the recording is in the archive."""
        import pyarrow as pa
        import pyarrow.compute as pc

        model = self._about.model
        told = [
            {"file": name, "model": model, "kind": failure.kind, "reason": failure.reason}
            for name, failure in sorted(self.failed.items())
        ]
        table = pa.Table.from_pylist([*self._failed_elsewhere, *told], schema=failures_schema())
        places = pc.index_in(table.column("file"), self._archive.table.column("file"))
        return self._carried(places, table)


@contextmanager
def sole_user(place: Place) -> Iterator[None]:
    """Keep a second run out of a folder on this machine's disks; the lock goes with its process.

    Raises
    ------
    AffectoneError
        If another run is at work there.
    """
    if place.local is None:
        yield
        return
    from filelock import FileLock, Timeout

    place.local.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place.local / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise AffectoneError(f"{place.name}: another run is at work there") from None
    try:
        yield
    finally:
        lock.release()


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a table as Parquet."""
    from pyarrow.parquet import write_table

    written = io.BytesIO()
    write_table(table, written, compression="zstd")
    return written.getvalue()


def read_parquet(place: Place, name: str, columns: Iterable[str] | None = None) -> pa.Table:
    """Read a table, or some of its columns.

    Raises
    ------
    ConfigError
        If it is damaged.
    """
    import pyarrow as pa

    try:
        content = place.read(name)
        if content is None:
            raise FileNotFoundError("it is gone")
        return parquet_table(content, columns)
    except (pa.ArrowException, OSError) as error:
        raise ConfigError(f"{place.name}/{name} cannot be read: {error}") from None


def _check_same(name: str, begun: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Refuse a folder in which other work was begun, naming the first difference."""
    if begun.get("schema", 0) != SCHEMA:
        raise ConfigError(
            f"{name} was written with schema {begun.get('schema')}; this release writes {SCHEMA}"
        )
    if not all(isinstance(begun.get(part), dict) for part in ("settings", "columns", "models")):
        raise ConfigError(f"{name}/{ABOUT} is damaged: it is no JSON of ours")
    told = [("task", begun.get("task"), asked["task"])]
    for part in ("settings", "columns"):
        old, new = begun[part], asked[part]
        told += [(key, old.get(key), new.get(key)) for key in dict.fromkeys((*old, *new))]
    for key, old, new in told:
        if old != new:
            raise ConfigError(
                f"{name} was begun with {key} {_shown(old)}; now it is {_shown(new)}. Ask for the same, or "
                f"name a new folder"
            )


def _shown(value: object) -> str:
    return "none" if value is None else json.dumps(value)


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _read_json(place: Place, name: str) -> dict[str, Any] | None:
    content = place.read(name)
    if content is None:
        return None
    try:
        known = json.loads(content)
    except ValueError:
        known = None
    if not isinstance(known, dict):
        raise ConfigError(f"{place.name}/{name} is damaged: it is no JSON of ours")
    return known
