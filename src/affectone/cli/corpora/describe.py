"""TO BE WRITTEN."""

from __future__ import annotations


def list_command() -> int:
    """List the corpora that can be read."""
    raise NotImplementedError


def show_command() -> int:
    """Show what is known about one corpus."""
    raise NotImplementedError
