"""Features as one npz, of which no array is ever held whole."""

from __future__ import annotations

import struct
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError
from affectone.features.result import ClipFeatures, Features

__all__ = ["NpzFile"]

BLOCK = 2**20


class NpzFile:
    """Arrays of features that grow on disk, beside the file that they become.

    An npz is a zip of arrays, each after its shape, and the shape is known at the end. So numbers and names
    are collected in files without a name, which need as much room as the npz itself.

    Parameters
    ----------
    part : Path
        The npz to write.
    """

    def __init__(self, part: Path) -> None:
        self._part = part
        self._open = ExitStack()
        self._names: tuple[str, ...] = ()
        self._over_frames = False
        self._frames = 0
        self._recordings = 0

    def __enter__(self) -> Self:
        self._values, self._times, self._offsets = (self._spool() for _ in range(3))
        self._ids, self._paths = (_Texts(self._spool()) for _ in range(2))
        self._offsets.write(_little(0, "<i8"))
        return self

    def _spool(self) -> IO[bytes]:
        return self._open.enter_context(tempfile.TemporaryFile(dir=self._part.parent))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._open:
            if kind is None and self._recordings:
                self._write()

    def add(self, id: str, path: str, found: Features | ClipFeatures) -> None:
        """Take the features of one recording; all have the same columns."""
        if not self._recordings:
            self._names, self._over_frames = found.names, isinstance(found, Features)
        if found.names != self._names:
            raise ConfigError(f"{id}: has other columns than the first recording")
        self._recordings += 1
        self._ids.add(id)
        self._paths.add(path)
        self._values.write(_little(found.values, "<f4"))
        if isinstance(found, Features):
            self._times.write(_little(found.times, "<f8"))
            self._frames += len(found.times)
            self._offsets.write(_little(self._frames, "<i8"))

    def _write(self) -> None:
        rows = self._frames if self._over_frames else self._recordings
        with zipfile.ZipFile(self._part, "w", allowZip64=True) as archive:
            _add(archive, "values", "<f4", (rows, len(self._names)), _blocks(self._values))
            if self._over_frames:
                _add(archive, "times", "<f8", (rows,), _blocks(self._times))
                _add(archive, "offsets", "<i8", (self._recordings + 1,), _blocks(self._offsets))
            names = np.array(self._names)
            _add(archive, "names", names.dtype.str, names.shape, [names.tobytes()])
            for name, texts in (("ids", self._ids), ("paths", self._paths)):
                _add(archive, name, texts.kind, (self._recordings,), texts.blocks())


class _Texts:
    """Texts that become one array, in which all are as long as the longest."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        self._longest = 1

    @property
    def kind(self) -> str:
        """What numpy calls an array of them."""
        return f"<U{self._longest}"

    def add(self, text: str) -> None:
        """Take a text."""
        self._longest = max(self._longest, len(text))
        letters = text.encode("utf-32-le")
        self._spool.write(struct.pack("<I", len(letters)) + letters)

    def blocks(self) -> Iterator[bytes]:
        """Yield the texts in the order in which they came, each filled up."""
        self._spool.seek(0)
        while size := self._spool.read(4):
            yield self._spool.read(struct.unpack("<I", size)[0]).ljust(4 * self._longest, b"\0")


def _little(numbers: npt.ArrayLike, kind: str) -> bytes:
    return np.asarray(numbers, kind).tobytes()


def _blocks(spool: IO[bytes]) -> Iterator[bytes]:
    spool.seek(0)
    while block := spool.read(BLOCK):
        yield block


def _add(
    archive: zipfile.ZipFile, name: str, kind: str, shape: tuple[int, ...], blocks: Iterable[bytes]
) -> None:
    """Write one array as numpy's own function for arrays in memory does."""
    member = zipfile.ZipInfo(f"{name}.npy")  # Without a time, so that equal features are equal files.
    if "U" in kind:
        member.compress_type = zipfile.ZIP_DEFLATED  # Four bytes a letter, and mostly filling.
    with archive.open(member, "w", force_zip64=True) as place:
        np.lib.format.write_array_header_1_0(place, {"descr": kind, "fortran_order": False, "shape": shape})
        for block in blocks:
            place.write(block)
