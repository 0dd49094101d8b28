"""What a search may try: a model's settings, each with a range or with its choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["OneOf", "Range", "Real", "Space", "Whole"]


@dataclass(frozen=True, slots=True)
class Real:
    """Any number from `low` to `high`; with `log` each factor of ten is as likely as another."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`, both among them."""

    low: int
    high: int
    log: bool = False


@dataclass(frozen=True, slots=True, init=False)
class OneOf:
    """One of some values, which may be sequences."""

    choices: tuple[Any, ...]

    def __init__(self, *choices: Any) -> None:
        object.__setattr__(self, "choices", choices)


Range: TypeAlias = Real | Whole | OneOf
Space: TypeAlias = Mapping[str, Range]
"""Name of a setting -> what may be tried. Every combination is a model that can be made."""
