"""`replaced`: a file that appears whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from affectone.errors import ConfigError

__all__ = ["check_place", "replaced"]


def check_place(path: str | os.PathLike[str]) -> Path:
    """Return where a file's name leads, through links.

    Raises
    ------
    ConfigError
        If a folder, a device or a pipe is there: a file would take its place.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise ConfigError(f"{os.fspath(path)} is a folder; name a file")
    if target.exists() and not target.is_file():
        raise ConfigError(f"{os.fspath(path)} is a device or a pipe; name a file")
    return target


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
    # A name of its own: two commands may write the same file, and the file's may be as long as names can be.
    part = target.with_name(f"affectone-{secrets.token_hex(4)}.part")
    try:
        yield part
        if part.exists():
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)
