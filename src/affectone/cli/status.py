"""What all commands share: exit status, one-line complaints, and errors turned into both."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec

from affectone.errors import AffectoneError, ConfigError

__all__ = [
    "ALL_DONE",
    "NOTHING_DONE",
    "SOME_FAILED",
    "WRONG_COMMAND",
    "complain",
    "status_of",
    "unwritable",
    "with_status",
]

ALL_DONE, SOME_FAILED, WRONG_COMMAND, NOTHING_DONE = 0, 1, 2, 3
BROKEN_PIPE, INTERRUPTED = 128 + 13, 128 + 2

Arguments = ParamSpec("Arguments")


def complain(words: str) -> None:
    """Write one line to standard error."""
    sys.stderr.write(f"affectone: {' '.join(words.split())}\n")


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
