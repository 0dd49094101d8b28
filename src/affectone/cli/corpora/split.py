"""TO BE WRITTEN."""

from __future__ import annotations


def split() -> int:
    """Split a manifest by a protocol, and show every part."""
    raise NotImplementedError
