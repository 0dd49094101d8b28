"""From the paths on a command line to recordings."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from affectone.audio import RawFormat, find_audio
from affectone.cli.status import complain
from affectone.errors import AudioValueError

__all__ = ["STDIN", "Input", "gather", "raw_format", "with_progress"]

STDIN = "-"
Input = Path | BinaryIO


def gather(paths: Sequence[str]) -> tuple[list[Input], int]:
    """Expand folders, and ``-`` to standard input; name on standard error what cannot be expanded.

    Returns
    -------
    tuple of list and int
        Every recording once, in order; and how many of the paths failed.
    """
    inputs: dict[Input, None] = {}
    failed = 0
    for path in paths:
        if path == STDIN:
            inputs[sys.stdin.buffer] = None
            continue
        found, problems = find_audio(path)
        inputs.update(dict.fromkeys(found))
        failed += len(problems)
        for problem in problems:
            complain(str(problem))
    return list(inputs), failed


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
