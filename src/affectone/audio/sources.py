"""From a path, bytes or a file object to seekable bytes; each refusal in plain words."""

from __future__ import annotations

import errno
import io
import math
import os
import re
import select
import stat
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, BinaryIO, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from affectone.audio.signal import Signal
from affectone.errors import AudioDecodeError, AudioError, AudioNotFoundError, AudioValueError
from affectone.units import Hertz

if TYPE_CHECKING:
    from affectone.audio.decoders import Decoder

__all__ = [
    "AudioSource",
    "ByteSource",
    "DecodedElsewhere",
    "GuardedHandle",
    "arriving",
    "is_seekable",
    "open_bytes",
    "read_error",
    "source_name",
    "with_rate",
]


class DecodedElsewhere(ABC):
    """A recording that somebody else decodes, such as another process.

    Attributes
    ----------
    name : str
        As messages have it.
    """

    name: str

    @abstractmethod
    def open(self) -> tuple[Decoder, list[str]]:
        """Return a decoder at the recording's beginning, and warnings; each call begins anew."""


AudioSource: TypeAlias = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | IO[bytes]
    | Signal
    | tuple[npt.ArrayLike, Hertz]
    | DecodedElsewhere
)
"""What can be read: a path, the bytes of a file, a binary file object, a `Signal`, or ``(array, rate)``; or
what somebody else decodes."""

KEEP_IN_MEMORY = 32 * 2**20
COPY_BYTES = 2**20
MOST_PIPED = 4 * 2**30
WAIT_MILLISECONDS = 200
LARGEST_OFFSET = 2**63 - 1

# Control characters, line ends, marks that turn the direction of writing, and bytes that are no UTF-8.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

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
        Of the standard library's own types, whose methods run no Python code: no exception can come up
        within them while a decoder calls them from C, where it would be lost.
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
    """Reading for callbacks from C: what they raise is kept, because it cannot cross C code.

    Also Ctrl-C arrives in whatever Python code runs next, which is a callback.
    """

    def __init__(self, source: ByteSource) -> None:
        self._handle = source.handle
        self._name = source.name
        self.size = source.size
        self._error: BaseException | None = None
        self.tell = source.handle.tell
        self._handle.seek(0)

    def read(self, count: int) -> bytes:
        """Read; after a failure the file is at its end."""
        return b"" if self._error else self._handle.read(count)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; one before the beginning or beyond all files is refused as C does, with -1."""
        start = (0, self._handle.tell(), self.size)[whence]
        return self._handle.seek(start + offset) if 0 <= start + offset <= LARGEST_OFFSET else -1

    def keep(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Take in the exception of a callback; the first one counts."""
        self._error = self._error or error

    def check(self) -> None:
        """Raise what was kept."""
        if isinstance(self._error, OSError):
            raise read_error(self._error, self._name) from self._error
        if self._error is not None:
            raise self._error


def source_name(source: object) -> str:
    r"""Return how messages name a source; always safe to print.

    Control characters, line ends, marks that turn the direction of writing and bytes that are no UTF-8 are
    written with a backslash. A name without any is the exact path.

    Examples
    --------
    >>> source_name("call.wav"), source_name(b"RIFF"), source_name(os.fsdecode(b"caf\xe9.wav"))
    ('call.wav', '<bytes>', 'caf\\xe9.wav')
    """
    if isinstance(source, Signal):
        return _safe(source.source)
    if isinstance(source, DecodedElsewhere):
        return _safe(source.name)
    if isinstance(source, str | os.PathLike):
        return _safe(_path(source))
    if isinstance(source, bytes | bytearray | memoryview):
        return "<bytes>"
    if isinstance(source, tuple):
        return "<array>"
    name = getattr(source, "name", None)
    return _safe(name) if name and isinstance(name, str) else "<file>"


def with_rate(source: AudioSource | npt.ArrayLike, sample_rate: Hertz | None) -> AudioSource:
    """Join an array and its rate; refuse a rate for what states its own, and an array without one."""
    if sample_rate is None:
        if isinstance(source, np.ndarray | list) or hasattr(source, "__array__"):
            raise AudioValueError("an array needs sample_rate=, the rate of its samples in Hz")
        return source  # type: ignore[return-value]
    if _states_rate(source):
        raise AudioValueError("sample_rate= belongs to an array; a recording states its own rate")
    return source, sample_rate  # type: ignore[return-value]


def _states_rate(source: object) -> bool:
    """Return whether a source is a recording, or an array with its rate, and not samples of any kind."""
    if isinstance(source, tuple):
        return len(source) == 2 and not isinstance(source[0], int | float | np.number)
    known = (str, bytes, bytearray, memoryview, os.PathLike, Signal, DecodedElsewhere)
    return isinstance(source, known) or hasattr(source, "read")


def _safe(name: str) -> str:
    return _UNSAFE.sub(_escaped, name)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # How Python holds a byte that is no UTF-8.
        return f"\\x{code - 0xDC00:02x}"
    return found[0].encode("unicode_escape").decode("ascii")


def _path(path: str | os.PathLike[str]) -> str:
    """Return a path as text, also where its object gives bytes."""
    try:
        return os.fsdecode(path)
    except TypeError as error:
        raise AudioValueError(f"{type(path).__name__} is no path: {error}") from error


def open_bytes(source: object) -> ByteSource:
    """Open a path, bytes or a binary file object for reading from its beginning.

    A file object that is no plain file (a pipe, an archive's member, a download) is first copied, to disk
    where it is large: its errors are then met here, and not within a decoder.

    Raises
    ------
    AudioNotFoundError
        If there is no such file, or it is a folder or a symlink loop.
    AudioDecodeError
        If it is empty, a pipe or a device, or a piped input over 4 GiB.
    AudioValueError
        If a file object is closed or in text mode, or `source` is nothing that can be read.
    AudioError
        If reading is not permitted, or the disk fails.
    """
    name = source_name(source)
    handle, owned = _handle_of(source, name)
    if not (_plain(handle) and handle.seekable()):
        foreign = handle
        try:
            handle = _copied(foreign, name)
        finally:
            if owned:
                foreign.close()
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
        return _open_path(_path(source), name), True
    if isinstance(source, bytes | bytearray | memoryview):
        # A view may take every second byte; BytesIO wants them side by side.
        return io.BytesIO(source.tobytes() if isinstance(source, memoryview) else source), True
    if not hasattr(source, "read"):
        raise AudioValueError(
            "audio comes from a path, bytes, a binary file object, a Signal or (array, sample_rate); "
            f"got {type(source).__name__}"
        )
    if getattr(source, "closed", False) is True:
        raise AudioValueError(f"{name}: the file object is closed")
    if hasattr(source, "readable") and not source.readable():
        raise AudioValueError(f"{name}: the file object is not open for reading; open it with mode 'rb'")
    # Wrappers of text files (temporary files, codecs) are no TextIOBase, but they too have an encoding.
    if isinstance(source, io.TextIOBase) or isinstance(getattr(source, "encoding", None), str):
        raise _text_mode(name)
    return cast(BinaryIO, source), False


def _text_mode(name: str) -> AudioValueError:
    return AudioValueError(f"{name}: the file object is in text mode; open it with mode 'rb'")


def _open_path(path: str, name: str) -> BinaryIO:
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
        raise AudioNotFoundError(f"{name}: is not a file name: {error}") from error


def _open_already(path: str) -> bool:
    """Tell whether this is a shell's ``<(command)`` or standard input, which cannot hang on opening."""
    return path.startswith(("/dev/fd/", "/dev/stdin", "/proc/self/fd/"))


def _plain(handle: object) -> bool:
    """Tell whether a handle's methods are C code, down to the system's calls."""
    if type(handle) in (io.BufferedReader, io.BufferedRandom):
        handle = cast(io.BufferedReader, handle).raw
    return type(handle) in (io.BytesIO, io.FileIO)


def is_seekable(handle: Any) -> bool:
    """Tell whether a file object can be read again from its beginning."""
    test = getattr(handle, "seekable", None)
    return bool(test()) if test else hasattr(handle, "seek")


def _copied(handle: BinaryIO, name: str) -> BinaryIO:
    """Copy a file object: from its beginning where it can seek, in memory while it is small."""
    copy = cast(BinaryIO, io.BytesIO())
    try:
        most = math.inf if is_seekable(handle) else MOST_PIPED
        if most > MOST_PIPED:
            handle.seek(0)
        for block in arriving(handle, name):
            if isinstance(copy, io.BytesIO) and copy.tell() + len(block) > KEEP_IN_MEMORY:
                copy = _on_disk(copy, name)
            copy.write(block)
            if copy.tell() > most:
                raise AudioDecodeError(f"{name}: more than {most / 2**30:.3g} GiB came through the pipe")
    except BaseException as error:
        copy.close()
        if isinstance(error, OSError | EOFError):
            raise read_error(error, name) from error
        raise
    return copy


def _wait_for_bytes(handle: BinaryIO) -> None:
    """Wait for a pipe in short steps, between which Python acts on signals.

    A blocking read would sleep through a Ctrl-C that came just before it.
    """
    if hasattr(select, "poll"):
        pipe = select.poll()
        pipe.register(handle, select.POLLIN)
        while not pipe.poll(WAIT_MILLISECONDS):
            pass


def arriving(handle: BinaryIO, name: str) -> Iterator[bytes | bytearray | memoryview]:
    """Yield what comes through a file object to its end; of a pipe, as soon as it comes.

    Raises
    ------
    AudioValueError
        If its `read` gives no bytes.
    OSError
        If it cannot be read.
    """
    piped = _plain(handle)
    read = getattr(handle, "read1", handle.read) if piped else handle.read
    while True:
        if piped and not isinstance(handle, io.BytesIO):
            _wait_for_bytes(handle)
        block: object = read(COPY_BYTES)
        if isinstance(block, str):
            raise _text_mode(name)
        if not isinstance(block, bytes | bytearray | memoryview):
            raise AudioValueError(f"{name}: its read() gave {type(block).__name__}, not bytes")
        if not block:
            return
        yield block


def _on_disk(copy: io.BytesIO, name: str) -> BinaryIO:
    try:
        moved = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - ByteSource closes it
    except OSError as error:
        reason = error.strerror or error
        raise AudioError(
            f"{name}: cannot be copied to disk, where TMPDIR names the folder: {reason}"
        ) from error
    with copy.getbuffer() as held:
        moved.write(held)
    return moved


def read_error(error: OSError | EOFError, name: str) -> AudioError:
    """Return the operating system's refusal in plain words."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return AudioNotFoundError(f"{name}: no such file")
    if isinstance(error, PermissionError):
        return AudioError(f"{name}: no permission to read it")
    number = getattr(error, "errno", None)
    if number == errno.ELOOP:
        return AudioNotFoundError(f"{name}: is a symlink loop")
    if number == errno.ENAMETOOLONG:
        return AudioNotFoundError(f"{name}: no such file; the name is too long to be one")
    return AudioError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}")


def _extension(source: object) -> str:
    path = source if isinstance(source, str | os.PathLike) else getattr(source, "name", "")
    return PurePath(_path(path)).suffix.lower() if isinstance(path, str | os.PathLike) else ""
