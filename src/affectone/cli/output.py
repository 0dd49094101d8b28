"""Where a command's result goes: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from affectone.cli.status import complain, printable, unwritable
from affectone.errors import AffectoneError
from affectone.files import part_of

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

__all__ = ["Output", "UnwritableError", "cell", "open_output"]

WIDE = 10_000
NARROW = 40
"""In fewer columns nothing of a table can be read."""
FOLDED = 12
"""A column that folds is at least so wide, or as wide as what it holds."""


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
        """Write a table: as wide as the terminal, or as wide as it needs to be where there is none.

        In a narrow terminal only columns with ``overflow="fold"`` break words; a line may be longer than it.
        """
        from rich.console import Console

        terminal = self._stream.isatty()
        drawn = io.StringIO()
        width = max(_needed(table), shutil.get_terminal_size().columns) if terminal else WIDE
        Console(file=drawn, force_terminal=terminal, highlight=False, width=width).print(table)
        self.write("".join(line.rstrip() + "\n" for line in drawn.getvalue().splitlines()))

    @property
    def shows_blocks(self) -> bool:
        """Whether letters beyond ASCII can be shown."""
        return (self._stream.encoding or "").lower().replace("-", "").startswith("utf")


def _needed(table: Table) -> int:
    """Return the width in which no word of a column that does not fold has to be broken."""
    from rich.console import Console
    from rich.measure import Measurement

    console = Console(width=WIDE)
    width = 2 * (len(table.columns) - 1)
    for column in table.columns:
        cells = (column.header, *column.cells)
        sizes = [Measurement.get(console, console.options, one) for one in cells]
        if column.overflow == "fold":
            width += min(max(size.maximum for size in sizes), FOLDED)
        else:
            width += max(size.minimum for size in sizes)
    return max(NARROW, width)


def cell(text: str) -> Text:
    """Return text for a table as it is: a file's name may look like rich's markup, or steer a terminal."""
    from rich.text import Text

    return Text(printable(text))


@contextlib.contextmanager
def open_output(path: Path | None) -> Iterator[Output]:
    """Open the place for the result: a file, or standard output for None.

    A file is written under another name beside its place and moved there at the end, so that what stood
    there before is replaced whole or kept. After an interruption the part that was written stays, and is
    named on standard error.

    Raises
    ------
    UnwritableError
        If the file or standard output cannot be written; the message says why.
    """
    if path is None:
        yield Output(sys.stdout, "standard output")
        return
    target = Path(os.path.realpath(path))
    with _errors_named(str(path)):
        # A device or a pipe is written itself; a file beside it would take its place.
        special = _is_special(path)  # Where a link leads that names a pipe, there is nothing by that name.
        part = path if special else part_of(target)
        stream = part.open("w" if special else "x", encoding="utf-8", errors="backslashreplace", newline="")
    try:
        try:
            yield Output(stream, str(path))
        finally:
            with _errors_named(str(path)):
                stream.close()
        if not special:
            with _errors_named(str(path)):
                part.replace(target)
    except BaseException:
        if not special:
            _leave(part)
        raise


def _is_special(target: Path) -> bool:
    try:
        return not stat.S_ISREG(target.stat().st_mode)
    except FileNotFoundError:
        return False


def _leave(part: Path) -> None:
    """Say where the part is that was written, unless that is nothing."""
    with contextlib.suppress(OSError):
        if part.stat().st_size:
            complain(f"what was written so far is in {part}")
        else:
            part.unlink()


@contextlib.contextmanager
def _errors_named(name: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UnwritableError(unwritable(name, error)) from error
