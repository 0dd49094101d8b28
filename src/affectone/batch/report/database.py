"""`Database`: a DuckDB of one report. What does not fit its memory is on disk, and gone in the end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["Database", "Row", "column"]

Row = tuple[Any, ...]
MEMORY = "1GB"
AT_ONCE = 10_000
"""Rows that are held while many are read."""


def column(name: str) -> str:
    """Return a name as SQL takes it, whatever letters it has.

    Examples
    --------
    >>> print(column('a "b" c'))
    "a ""b"" c"
    """
    return '"' + name.replace('"', '""') + '"'


class Database:
    """Tables that a report is made of, in a file that is deleted when it is closed.

    Parameters
    ----------
    system : fsspec.AbstractFileSystem, optional
        What reads Parquet that is not on this machine's disks.
    memory : str
        What DuckDB may take, such as ``"1GB"``.
    threads : int, optional
        By default as many as there are cores.
    """

    def __init__(
        self,
        system: AbstractFileSystem | None = None,
        *,
        memory: str = MEMORY,
        threads: int | None = None,
    ) -> None:
        import duckdb

        self._folder = tempfile.TemporaryDirectory(prefix="affectone-", ignore_cleanup_errors=True)
        root = Path(self._folder.name)
        self._connection: Any = duckdb.connect(
            str(root / "report.duckdb"),
            config={
                "memory_limit": memory,
                "temp_directory": str(root / "spilled"),
                "preserve_insertion_order": False,
                # Nothing is fetched from anywhere but the archive.
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        self.run("SET enable_progress_bar = false")
        if threads is not None:
            self.run(f"SET threads = {int(threads)}")
        if system is not None:
            self._connection.register_filesystem(system)

    @property
    def folder(self) -> Path:
        """Where else to put what is needed for a while."""
        return Path(self._folder.name)

    def run(self, sql: str, *values: Any) -> None:
        """Run a statement that answers nothing."""
        self._connection.execute(sql, list(values)).fetchall()

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """Return all rows of a query that has few."""
        found: list[Row] = self._connection.execute(sql, list(values)).fetchall()
        return found

    def one(self, sql: str, *values: Any) -> Row:
        """Return the row of a query that has one."""
        (row,) = self.rows(sql, *values)
        return row

    def stream(self, sql: str, *values: Any) -> Iterator[Row]:
        """Yield the rows of a query that may have many; nothing else may be asked meanwhile."""
        result = self._connection.execute(sql, list(values))
        while some := result.fetchmany(AT_ONCE):
            yield from some

    def columns(self, parts: Iterable[str]) -> list[str]:
        """Return the names of the columns of Parquet files, as DuckDB calls them."""
        return [row[0] for row in self.rows(f"DESCRIBE SELECT * FROM {PARQUET}", list(parts))]

    def close(self) -> None:
        """Delete everything."""
        self._connection.close()
        self._folder.cleanup()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


PARQUET = "read_parquet(?, union_by_name = true, hive_partitioning = false)"
"""What a query reads whose first value is a list of files."""
