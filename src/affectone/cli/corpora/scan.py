"""TO BE WRITTEN."""

from __future__ import annotations


def scan() -> int:
    """Read labelled recordings into one table."""
    raise NotImplementedError
