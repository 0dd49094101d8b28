"""The command line: `affectone ...`. One file per command group, and no logic of its own."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import sys
import warnings
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["main"]

INTERRUPTED, TERMINATED = 128 + 2, 128 + 15
OF_STREAM = {
    errno.EPIPE,
    errno.ECONNRESET,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EBADF,
    errno.EINVAL,
}
"""How writing to standard output fails."""


def main() -> int:
    """Run the command line with the arguments of the process and return its exit status."""
    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _terminate)
        _prepare_streams()
        return _run()
    except KeyboardInterrupt:
        return INTERRUPTED


def _terminate(signum: int, frame: FrameType | None) -> None:
    """End as after Ctrl-C, so that nothing half-written stays."""
    sys.exit(TERMINATED)


def _prepare_streams() -> None:
    """Give the process the streams that its caller closed, and let no letter stop the work.

    Without that, the next file to be opened would take their place. Standard input stays None, so that it
    can be refused; standard output cannot be written, so that results are not lost in silence.
    """
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDONLY)
    if sys.stdout is None:
        sys.stdout = open(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")  # noqa: SIM115 - lives as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as above
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter must not stop the work.
            stream.reconfigure(errors="backslashreplace")


def _run() -> int:
    from affectone.cli.app import app
    from affectone.cli.status import BROKEN_PIPE, NOTHING_DONE, complain, unwritable

    _tell_warnings()
    status: int | None = None
    try:
        try:
            app(prog_name="affectone")
        except SystemExit as done:
            status = done.code if isinstance(done.code, int) else NOTHING_DONE
        sys.stdout.flush()
    except OSError as error:
        if error.filename is not None:  # Not of a stream: a bug.
            raise
        if error.errno not in OF_STREAM:  # Such as a machine without a folder for temporary files.
            complain(str(error.strerror or error))
            return NOTHING_DONE
        _forget_stdout()
        if not isinstance(error, BrokenPipeError):
            if status != NOTHING_DONE:  # Else the command has said so.
                complain(unwritable("standard output", error))
            return NOTHING_DONE
    return BROKEN_PIPE if status is None else status


def _tell_warnings() -> None:
    """Let our own warnings be told as everything else is, and those of other packages as Python does."""
    from affectone.cli.status import complain

    package, otherwise = Path(__file__).parents[1], warnings.showwarning

    def tell(
        message: Warning | str, category: type[Warning], filename: str, *more: Any, **named: Any
    ) -> None:
        if Path(filename).is_relative_to(package):
            complain(str(message))
        else:
            otherwise(message, category, filename, *more, **named)

    warnings.showwarning = tell


def _forget_stdout() -> None:
    """Send what is left to nowhere, or Python would fail on it again while it exits."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
