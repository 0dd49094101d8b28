"""From a path, bytes or a file object to seekable bytes; each refusal in plain words."""

from __future__ import annotations

import errno
import io
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, BinaryIO, TypeAlias, cast

import numpy.typing as npt

from affectone.audio.signal import Signal
from affectone.errors import AudioDecodeError, AudioError, AudioNotFoundError, AudioValueError
from affectone.units import Hertz

__all__ = ["AudioSource", "ByteSource", "GuardedHandle", "open_bytes", "read_error", "source_name"]

AudioSource: TypeAlias = (
    str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Signal | tuple[npt.ArrayLike, Hertz]
)
"""What can be read: a path, the bytes of a file, a binary file object, a `Signal`, or ``(array, rate)``."""

KEEP_IN_MEMORY = 32 * 2**20
MOST_PIPED = 4 * 2**30

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True, slots=True)
class ByteSource:
    """Seekable bytes with the name that messages use.

    Parameters
    ----------
    handle : binary file
    name : str
        Safe to print, whatever bytes the file's name holds.
    extension : str
        Lower case with the dot; empty where the source has no file name.
    size : int
        In bytes, above zero.
    owned : bool
        Whether `handle` was opened here and must be closed here.
    """

    handle: BinaryIO
    name: str
    extension: str
    size: int
    owned: bool

    def close(self) -> None:
        """Close the file if it was opened here."""
        if self.owned:
            self.handle.close()


class GuardedHandle:
    """A file object for C libraries: its errors are kept, because they cannot cross C code.

    It has no name: soundfile takes one that ends in ``.raw`` for the format.
    """

    def __init__(self, source: ByteSource) -> None:
        self._handle = source.handle
        self._name = source.name
        self._error: OSError | None = None
        self.seek, self.tell = source.handle.seek, source.handle.tell
        self.seek(0)

    def read(self, count: int) -> bytes:
        """Read, or end the file where reading fails."""
        try:
            return self._handle.read(count)
        except OSError as error:
            self._error = error
            return b""

    def check(self) -> None:
        """Raise what went wrong while reading."""
        if self._error is not None:
            raise read_error(self._error, self._name) from self._error


def source_name(source: object) -> str:
    r"""Return how messages name a source; always printable.

    Examples
    --------
    >>> source_name("call.wav"), source_name(b"RIFF"), source_name(os.fsdecode(b"caf\xe9.wav"))
    ('call.wav', '<bytes>', 'caf\\xe9.wav')
    """
    if isinstance(source, Signal):
        return source.source
    if isinstance(source, str | os.PathLike):
        return os.fsencode(source).decode("utf-8", "backslashreplace")
    if isinstance(source, bytes | bytearray | memoryview):
        return "<bytes>"
    if isinstance(source, tuple):
        return "<array>"
    name = getattr(source, "name", None)
    return source_name(name) if isinstance(name, str) else "<file>"


def open_bytes(source: object) -> ByteSource:
    """Open a path, bytes or a binary file object for reading from its beginning.

    A file object that cannot seek (a pipe) is first copied, to disk where it is large.

    Raises
    ------
    AudioNotFoundError
        If there is no such file, or it is a folder or a symlink loop.
    AudioDecodeError
        If it is empty, a pipe or a device, or a piped input over 4 GiB.
    AudioValueError
        If a file object is in text mode, or `source` is nothing that can be read.
    AudioError
        If reading is not permitted, or the disk fails.
    """
    name = source_name(source)
    handle, owned = _handle_of(source, name)
    if not _seekable(handle):
        piped = handle
        try:
            handle = _copied(piped, name)
        finally:
            if owned:
                piped.close()
        owned = True
    try:
        size = handle.seek(0, os.SEEK_END)
        if not size:
            raise AudioDecodeError(f"{name}: is empty (0 bytes)")
    except BaseException as error:
        if owned:
            handle.close()
        if isinstance(error, OSError):
            raise read_error(error, name) from error
        raise
    return ByteSource(handle, name, _extension(source), size, owned)


def _handle_of(source: object, name: str) -> tuple[BinaryIO, bool]:
    if isinstance(source, str | os.PathLike):
        return _open_path(source, name), True
    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(source), True
    if isinstance(source, io.TextIOBase):
        raise AudioValueError(f"{name}: the file object is in text mode; open it with mode 'rb'")
    if not hasattr(source, "read"):
        raise AudioValueError(
            "audio comes from a path, bytes, a binary file object, a Signal or (array, sample_rate); "
            f"got {type(source).__name__}"
        )
    return cast(BinaryIO, source), False


def _open_path(path: str | os.PathLike[str], name: str) -> BinaryIO:
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise AudioNotFoundError(f"{name}: is a folder, not a file")
        kind = next((words for test, words in _KINDS if test(mode)), None)
        if kind and not _open_already(path):
            raise AudioDecodeError(f"{name}: is {kind}, not a file; send its bytes to standard input")
        return open(path, "rb")
    except OSError as error:
        raise read_error(error, name) from error
    except ValueError as error:
        raise AudioNotFoundError(f"{name!r}: is not a file name: {error}") from error


def _open_already(path: str | os.PathLike[str]) -> bool:
    """Tell whether this is a shell's ``<(command)`` or standard input, which cannot hang on opening."""
    return os.fspath(path).startswith(("/dev/fd/", "/dev/stdin", "/proc/self/fd/"))


def _seekable(handle: BinaryIO) -> bool:
    test = getattr(handle, "seekable", None)
    return bool(test()) if test else hasattr(handle, "seek")


def _copied(handle: BinaryIO, name: str) -> BinaryIO:
    """Copy what cannot seek, in memory while it is small."""
    copy = cast(BinaryIO, tempfile.SpooledTemporaryFile(KEEP_IN_MEMORY))  # noqa: SIM115 - ByteSource closes it
    try:
        while block := handle.read(2**20):
            if not isinstance(block, bytes):
                raise AudioValueError(f"{name}: the file object is in text mode; open it with mode 'rb'")
            copy.write(block)
            if copy.tell() > MOST_PIPED:
                raise AudioDecodeError(
                    f"{name}: more than {MOST_PIPED / 2**30:.3g} GiB came through the pipe"
                )
    except BaseException as error:
        copy.close()
        if isinstance(error, OSError):
            raise read_error(error, name) from error
        raise
    return copy


def read_error(error: OSError, name: str) -> AudioError:
    """Return the operating system's refusal in plain words."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return AudioNotFoundError(f"{name}: no such file")
    if isinstance(error, PermissionError):
        return AudioError(f"{name}: no permission to read it")
    if error.errno == errno.ELOOP:
        return AudioNotFoundError(f"{name}: is a symlink loop")
    if error.errno == errno.ENAMETOOLONG:
        return AudioNotFoundError(f"{name}: no such file; the name is too long to be one")
    return AudioError(f"{name}: cannot be read: {error.strerror or error}")


def _extension(source: object) -> str:
    path = source if isinstance(source, str | os.PathLike) else getattr(source, "name", "")
    return PurePath(path).suffix.lower() if isinstance(path, str | os.PathLike) else ""
