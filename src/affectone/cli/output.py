"""Where a command's result goes: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from affectone.cli.status import unwritable
from affectone.errors import AffectoneError

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["Output", "UnwritableError", "open_output"]

WIDE = 10_000


class UnwritableError(AffectoneError):
    """The result could not be written."""


class Output:
    """A place for the result.

    Parameters
    ----------
    stream : text file
    name : str
        As messages have it.
    """

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream = stream
        self._name = name

    def write(self, text: str) -> None:
        """Write text at once, so that a reader has it as soon as it is ready.

        Raises
        ------
        UnwritableError
            If the disk is full or the place cannot be written.
        """
        with _errors_named(self._name):
            self._stream.write(text)
            self._stream.flush()

    def write_json(self, value: Any) -> None:
        """Write a value as JSON for people and programs."""
        import json

        self.write(json.dumps(value, indent=2, allow_nan=False) + "\n")

    def write_table(self, table: Table) -> None:
        """Write a table: as wide as the terminal, or as wide as it needs to be where there is none."""
        from rich.console import Console

        terminal = self._stream.isatty()
        drawn = io.StringIO()
        width = None if terminal else WIDE
        Console(file=drawn, force_terminal=terminal, highlight=False, width=width).print(table)
        self.write("".join(line.rstrip() + "\n" for line in drawn.getvalue().splitlines()))

    @property
    def shows_blocks(self) -> bool:
        """Whether letters beyond ASCII can be shown."""
        return (self._stream.encoding or "").lower().replace("-", "").startswith("utf")


@contextlib.contextmanager
def open_output(path: Path | None) -> Iterator[Output]:
    """Open the place for the result: a file, or standard output for None.

    A file is written as ``NAME.part`` beside its place and moved there at the end, so that what stood there
    before is replaced whole or kept. After an interruption the part that was written stays.

    Raises
    ------
    UnwritableError
        If the file or standard output cannot be written; the message says why.
    """
    if path is None:
        yield Output(sys.stdout, "standard output")
        return
    target = Path(os.path.realpath(path))
    # A device or a pipe is written itself; a file beside it would take its place.
    special = target.exists() and not target.is_file()
    part = target if special else target.with_name(target.name + ".part")
    with _errors_named(str(path)):
        stream = part.open("w", encoding="utf-8", errors="backslashreplace", newline="")
    try:
        yield Output(stream, str(path))
    finally:
        with _errors_named(str(path)):
            stream.close()
    if not special:
        with _errors_named(str(path)):
            part.replace(target)


@contextlib.contextmanager
def _errors_named(name: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UnwritableError(unwritable(name, error)) from error
