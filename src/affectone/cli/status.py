"""What all commands share: exit status, one-line complaints, and errors turned into both."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable
from typing import ParamSpec

from affectone.cli import INTERRUPTED
from affectone.errors import AffectoneError, ConfigError

__all__ = [
    "ALL_DONE",
    "NOTHING_DONE",
    "SOME_FAILED",
    "WRONG_COMMAND",
    "complain",
    "printable",
    "status_of",
    "unwritable",
    "with_status",
]

ALL_DONE, SOME_FAILED, WRONG_COMMAND, NOTHING_DONE = 0, 1, 2, 3
BROKEN_PIPE = 128 + 13

Arguments = ParamSpec("Arguments")


def complain(words: str) -> None:
    """Write one line to standard error, on which nothing else can be told if it is full or gone."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"affectone: {printable(words)}\n")
        sys.stderr.flush()


def printable(text: str) -> str:
    r"""Escape what a terminal would obey, such as line breaks and colours in the names of files.

    Examples
    --------
    >>> printable("two  spaces\x1b[2J\n")
    'two  spaces\\x1b[2J\\n'
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )


def unwritable(name: str, error: OSError) -> str:
    """Say that something could not be written, and why."""
    return f"{name}: cannot be written: {error.strerror or error}"


def status_of(done: int, failed: int) -> int:
    """Return the exit status of so many inputs done and failed."""
    if not failed:
        return ALL_DONE
    return SOME_FAILED if done else NOTHING_DONE


def with_status(command: Callable[Arguments, int | None]) -> Callable[Arguments, None]:
    """Turn what a command returns or raises into the exit status, with words and without a traceback.

    Errors that affectone raises on purpose become one line on standard error. A bug still raises.
    """
    import typer

    @functools.wraps(command)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        try:
            status = command(*args, **kwargs) or ALL_DONE
        except ConfigError as error:
            complain(str(error))
            status = WRONG_COMMAND
        except AffectoneError as error:
            complain(str(error))
            status = NOTHING_DONE
        except BrokenPipeError:
            # Whoever read our output has seen enough, as in `affectone predict ... | head`.
            status = BROKEN_PIPE
        except KeyboardInterrupt:
            status = INTERRUPTED
        raise typer.Exit(status)

    return run
