"""The command line: `affectone ...`. One file per command group, and no logic of its own."""

from __future__ import annotations

import contextlib
import io
import os
import sys

__all__ = ["main"]


def main() -> int:
    """Run the command line with the arguments of the process and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter must not stop the work.
            stream.reconfigure(errors="backslashreplace")
    from affectone.cli.app import app
    from affectone.cli.status import NOTHING_DONE, complain, unwritable

    try:
        app(prog_name="affectone")
    except SystemExit as done:
        status = done.code if isinstance(done.code, int) else NOTHING_DONE
    try:
        sys.stdout.flush()
    except OSError as error:
        _forget_stdout()
        if not isinstance(error, BrokenPipeError):
            complain(unwritable("standard output", error))
            return NOTHING_DONE
    return status


def _forget_stdout() -> None:
    """Send what is left to nowhere, or Python would fail on it again while it exits."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
