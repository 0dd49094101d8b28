"""Libraries that talk more than a user wants to hear."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator

__all__ = ["errors_only", "quiet"]


@contextlib.contextmanager
def errors_only(*names: str) -> Iterator[None]:
    """Keep what loggers say below an error off the terminal; they are set back afterwards."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep Lightning's notices and advertisements off the terminal; its errors still raise."""
    with errors_only("lightning.pytorch", "lightning.fabric"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"lightning\..*")
        yield
