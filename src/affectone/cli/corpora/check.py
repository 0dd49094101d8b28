"""TO BE WRITTEN."""

from __future__ import annotations


def check() -> int:
    """Say what is wrong with a corpus."""
    raise NotImplementedError
