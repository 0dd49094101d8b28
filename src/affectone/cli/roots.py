"""Pairs of a corpus and a folder above its clips, as commands take them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from affectone.errors import ConfigError

__all__ = ["parse_roots"]


def parse_roots(
    pairs: Sequence[str], *, flag: str = "", form: str = "NAME=ROOT, such as ravdess=data/ravdess"
) -> dict[str, Path]:
    """Read ``NAME=ROOT`` pairs.

    Parameters
    ----------
    pairs : sequence of str
    flag : str
        The option that takes them, with a space after it, as messages begin; empty for arguments.
    form : str
        Of a pair with an example, for messages.

    Raises
    ------
    ConfigError
        If there is none, one has no name or no root, or a name is given twice.
    """
    roots: dict[str, Path] = {}
    for pair in pairs:
        name, _, root = pair.partition("=")
        if not name or not root:
            raise ConfigError(f"{flag or 'a corpus '}wants {form}; got {pair!r}")
        if name in roots:
            raise ConfigError(f"{flag}{name} is given twice")
        roots[name] = Path(os.path.expanduser(root))  # The shell leaves the ~ of NAME=~/x alone.
    if not roots:
        raise ConfigError(f"at least one {flag}NAME=ROOT is needed")
    return roots
