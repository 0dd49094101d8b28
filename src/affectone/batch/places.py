"""`Place`: a folder of results, on a disk or in object storage, in which files appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectone.errors import ConfigError
from affectone.files import replaced

if TYPE_CHECKING:
    import pyarrow as pa
    from fsspec import AbstractFileSystem

__all__ = ["Place", "is_url", "opened_url", "parquet_table", "storage"]


def is_url(text: str) -> bool:
    """Tell whether a text is an address such as ``s3://bucket/calls`` and no path."""
    return "://" in text


def opened_url(url: str) -> tuple[AbstractFileSystem, str]:
    """Return the file system of an address, or of a path, and the path in it.

    Raises
    ------
    ConfigError
        If nothing reads such addresses, or what does is not installed.
    """
    from fsspec.core import url_to_fs
    from fsspec.implementations.local import LocalFileSystem

    if not is_url(url):  # Nor are colons in a path what fsspec takes them for.
        return LocalFileSystem(), os.path.abspath(url)
    try:
        system, path = url_to_fs(url)
    except (ValueError, ImportError) as error:  # fsspec names the package to install.
        raise ConfigError(f"{url}: {error}") from None
    return system, path


@contextmanager
def storage(name: str) -> Iterator[None]:
    """Raise `OSError` whatever a library of some storage raises: each has errors of its own."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(f"{name}: {error}") from error


def parquet_table(content: bytes, columns: Iterable[str] | None = None) -> pa.Table:
    """Read a table from the bytes of a Parquet file, or some of its columns.

    Arrow is given memory of its own, no file or bytes of Python's: a thread of Arrow that lets go of those
    while the interpreter ends brings the process down.

    Raises
    ------
    pyarrow.ArrowException
        If it is damaged.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    copied = pa.BufferOutputStream()
    copied.write(content)
    with ParquetFile(pa.BufferReader(copied.getvalue()), pre_buffer=False) as file:
        return file.read(columns=None if columns is None else list(columns), use_threads=False)


class Place:
    """A folder, by its path or its address.

    Parameters
    ----------
    where : str or path
        ``file://`` addresses are paths; others are what fsspec reads.

    Raises
    ------
    ConfigError
        If nothing reads such addresses.
    """

    def __init__(self, where: str | os.PathLike[str]) -> None:
        text = os.fspath(where)
        self._system, path = opened_url(text)
        self._root = path.rstrip("/") or "/"
        self.name = text.rstrip("/") or "/"
        self.local = Path(self._root) if "file" in _protocols(self._system) else None
        """Where it is on this machine's disks, if it is there."""

    @property
    def system(self) -> AbstractFileSystem:
        """What reads and writes it."""
        return self._system

    def path(self, name: str) -> str:
        """Return a file's path in the file system."""
        return f"{self._root}/{name}"

    def files(self, under: str = "") -> list[str]:
        """Return the names of all files below, sorted; none where the folder is not there."""
        self._system.invalidate_cache()
        start = self.path(under) if under else self._root
        try:
            with storage(self.name):
                found = self._system.find(start)
        except FileNotFoundError:
            return []
        return sorted(path[len(self._root) + 1 :] for path in found)

    def exists(self, name: str) -> bool:
        """Tell whether there is such a file."""
        self._system.invalidate_cache()
        try:
            with storage(self.name):
                # Not `isfile`, which takes a connection that is lost for a file that is not there.
                return bool(self._system.info(self.path(name))["type"] == "file")
        except FileNotFoundError:
            return False

    def read(self, name: str) -> bytes | None:
        """Return a file, or None where it is not there."""
        try:
            with storage(self.name):
                content: bytes = self._system.cat_file(self.path(name))
        except FileNotFoundError:
            return None
        return content

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole: it takes the place of the one that was there, or nothing changes.

        Raises
        ------
        OSError
        """
        if self.local is None:
            with storage(self.name):
                # An object appears when all of it was sent.
                self._system.pipe_file(self.path(name), content)
            return
        target = self.local / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with replaced(target) as part:
            part.write_bytes(content)

    def remove(self, name: str) -> None:
        """Remove a file; one that is gone already is no error."""
        try:
            with storage(self.name):
                self._system.rm_file(self.path(name))
        except FileNotFoundError:
            return


def _protocols(system: Any) -> tuple[str, ...]:
    named = system.protocol
    return (named,) if isinstance(named, str) else tuple(named)
