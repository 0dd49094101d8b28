"""TO BE WRITTEN."""

from __future__ import annotations


def plot() -> int:
    """Draw what a manifest holds."""
    raise NotImplementedError
