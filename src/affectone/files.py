"""`replaced`: a file that appears whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from affectone.errors import ConfigError

__all__ = ["check_place", "is_part", "is_utf8", "part_of", "replaced"]

PART = re.compile(r"affectone-[0-9a-f]{8}\.part")


def check_place(path: str | os.PathLike[str]) -> Path:
    """Return where a file's name leads, through links.

    Raises
    ------
    ConfigError
        If a folder, a device or a pipe is there: a file would take its place.
    """
    target = Path(os.path.realpath(path))
    if os.path.isdir(target):  # A name that is too long is no error to these.
        raise ConfigError(f"{os.fspath(path)} is a folder; name a file")
    if os.path.exists(target) and not os.path.isfile(target):
        raise ConfigError(f"{os.fspath(path)} is a device or a pipe; name a file")
    return target


def is_utf8(name: str) -> bool:
    """Tell whether a name can stand in a table: not all bytes that a file may be called by can."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def part_of(target: Path) -> Path:
    """Return a name beside a file under which to write it, by whoever does.

    It is a name of its own: two commands may write the same file, whose name may be as long as names can be.
    """
    return target.with_name(f"affectone-{secrets.token_hex(4)}.part")


def is_part(name: str) -> bool:
    """Tell whether a name, or a path with slashes, is one that `part_of` made."""
    return PART.fullmatch(name.rpartition("/")[2]) is not None


@contextmanager
def replaced(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a name beside a file under which to write; what is there in the end takes the file's place.

    Where the work fails, or writes nothing, what stood there stays. A link goes on leading where it led.

    Parameters
    ----------
    path : path
        Of the file.

    Raises
    ------
    ConfigError
        If a folder, a device or a pipe is there.
    OSError
        If the file cannot take its place.
    """
    target = check_place(path)
    part = part_of(target)
    try:
        yield part
        if part.exists():
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)
