"""What is costly to compute, by key in one SQLite file; without it, the work is done again."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from affectone.errors import ConfigError

__all__ = ["Store", "default_cache"]

Value = TypeVar("Value", bound=str | bytes)

KEEP_SECONDS = 1.0
"""What an interruption may lose. Each writing costs some milliseconds, so it is not done for each text."""
KEEP_BYTES = 8 * 2**20
"""What waits to be written at most: frames of a long recording are large."""
WAIT_SECONDS = 30.0
"""How long to wait while another process writes."""


def default_cache() -> Path:
    """Return the folder for what was computed: ``AFFECTONE_CACHE``, else ``~/.cache/affectone``.

    Raises
    ------
    ConfigError
        If the user has no home, as in some containers, and the variable names none.
    """
    told = os.environ.get("AFFECTONE_CACHE")
    try:
        return Path(os.path.expanduser(told)) if told else Path.home() / ".cache" / "affectone"
    except RuntimeError:
        raise ConfigError(
            "you have no home to keep in what is computed: name a folder by AFFECTONE_CACHE"
        ) from None


class Store(Generic[Value]):
    """Texts or bytes on disk, one kind in each file. Several processes may use one file at the same time.

    A file that is damaged, or cannot be written, is told once and then done without.

    Parameters
    ----------
    file : Path
        Made with its folder where it is not there.
    tell : callable
        Takes the sentence about a file that cannot be used.
    """

    def __init__(self, file: Path, tell: Callable[[str], None]) -> None:
        self._file = file
        self._tell = tell
        self._waiting: dict[str, Value] = {}
        self._waits = 0
        self._written = time.monotonic()
        self._connection: sqlite3.Connection | None = None
        with self._or_without():
            file.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(file, timeout=WAIT_SECONDS)
            self._connection.execute("CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value)")

    def get(self, key: str) -> Value | None:
        """Return what is kept under a key, or None where there is nothing."""
        return self._waiting[key] if key in self._waiting else self._one("value", key)

    def __contains__(self, key: str) -> bool:
        return key in self._waiting or self._one("1", key) is not None

    def put(self, key: str, value: Value) -> None:
        """Keep a text or bytes; they are on disk a second later, or when the store is closed."""
        self._waiting[key] = value
        self._waits += len(value)
        if time.monotonic() - self._written > KEEP_SECONDS or self._waits > KEEP_BYTES:
            self._write()

    def close(self) -> None:
        """Write what is left, and close the file."""
        self._write()
        if self._connection is not None:
            self._connection.close()

    def _one(self, column: str, key: str) -> Value | None:
        if self._connection is not None:
            with self._or_without():
                line = f"SELECT {column} FROM kept WHERE key = ?"  # noqa: S608 - the column is ours
                row = self._connection.execute(line, (key,)).fetchone()
                return None if row is None else row[0]
        return None

    def _write(self) -> None:
        if self._connection is not None and self._waiting:
            rows = list(self._waiting.items())
            with self._or_without(), self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", rows)
        self._waiting, self._waits = {}, 0
        self._written = time.monotonic()

    @contextmanager
    def _or_without(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._tell(
                f"the cache {self._file} cannot be used: {error}; all is computed without it. Delete it if "
                f"it is damaged, or name another folder"
            )
