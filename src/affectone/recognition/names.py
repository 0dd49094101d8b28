"""Names that a user gives to channels, or to the speakers within one."""

from __future__ import annotations

from collections.abc import Sequence

from affectone.errors import ConfigError

__all__ = ["checked_names"]


def checked_names(names: Sequence[str] | None, count: int, of: str = "channel") -> list[str] | list[None]:
    """Return one name for each channel or speaker, or None for each.

    Parameters
    ----------
    names : sequence of str, optional
    count : int
        How many there are.
    of : str, default "channel"
        What is named.

    Raises
    ------
    ConfigError
        If there are more or fewer, or one is no text that can be shown, is empty, or is given twice.
    """
    if names is None:
        return [None] * count
    if isinstance(names, str) or not all(isinstance(name, str) and name.isprintable() for name in names):
        raise ConfigError(f"{of} names are a list of words on one line; got {names!r}")
    names = [name.strip() for name in names]
    if len(names) != count:
        raise ConfigError(f"{len(names)} {of} names for {count} {of}{'s' * (count != 1)}")
    if not all(names) or len(set(names)) != len(names):
        raise ConfigError(f"{of} names must differ and none be empty; got {', '.join(map(repr, names))}")
    return names
