"""From the paths on a command line to recordings."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from affectone.audio import RawFormat, find_audio
from affectone.cli.status import complain
from affectone.errors import AudioValueError, ConfigError

__all__ = ["STDIN", "Input", "gather", "named_path", "raw_format", "refuse_overwriting", "with_progress"]

STDIN = "-"
Input = Path | BinaryIO


def gather(paths: Sequence[str]) -> tuple[list[Input], int]:
    """Expand folders, and ``-`` to standard input; name on standard error what cannot be expanded.

    Returns
    -------
    tuple of list and int
        Every recording once, in order; and how many of the paths failed.

    Raises
    ------
    ConfigError
        If a path is empty, which would be the working directory.
    """
    if "" in paths:
        raise ConfigError("a PATH is empty; it must be a file, a folder, or - for standard input")
    inputs: dict[Input, None] = {}
    failed = 0
    for path in paths:
        if path == STDIN:
            if sys.stdin is None:
                failed += 1
                complain("standard input is closed")
            else:
                inputs[sys.stdin.buffer] = None
            continue
        found, problems = find_audio(path)
        inputs.update(dict.fromkeys(found))
        failed += len(problems)
        for problem in problems:
            complain(str(problem))
    return list(inputs), failed


def refuse_overwriting(output: Path | None, inputs: Iterable[Input]) -> None:
    """Raise `ConfigError` if the output is one of the recordings, by whatever name."""
    status = None if output is None else _regular(output)
    if status is None:
        return
    for source in inputs:
        same = _regular(source)
        if same is not None and os.path.samestat(same, status):
            raise ConfigError(f"-o {output} is one of the recordings to read; it would be overwritten")


def _regular(place: Input) -> os.stat_result | None:
    """Return what tells a file from others, or None for what is not there and for devices and pipes."""
    with contextlib.suppress(OSError):
        status = os.stat(place if isinstance(place, Path) else place.fileno())
        return status if stat.S_ISREG(status.st_mode) else None
    return None


def named_path(text: str) -> Path:
    """Read a path; an empty one, as from an unset variable, would be the working directory."""
    return Path(os.path.expanduser(named_place(text)))  # The shell leaves the ~ of --cache=~/x alone.


def named_place(text: str) -> str:
    """Read a path or an address, which may not be empty."""
    import typer

    if not text:
        raise typer.BadParameter("the path is empty")
    return text


def raw_format(text: str | None) -> RawFormat | None:
    """Read ``--raw``; a wrong one is a wrong command line."""
    import typer

    if text is None:
        return None
    try:
        return RawFormat.parse(text)
    except AudioValueError as error:
        raise typer.BadParameter(str(error), param_hint="--raw") from None


def with_progress(inputs: Sequence[Input]) -> Iterator[Input]:
    """Yield the inputs, with a bar on standard error if that is a terminal and there are several."""
    if len(inputs) < 2 or not sys.stderr.isatty():
        yield from inputs
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(inputs, description="", console=Console(stderr=True), transient=True)
