"""`Step`: one change of a clip, and the registry of all kinds of it."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
)

from affectone.audio.signal import FloatArray
from affectone.errors import ConfigError, shown, unknown_name
from affectone.registry import Registry
from affectone.units import Hertz, is_number

__all__ = ["STEPS", "Between", "Change", "Step", "kind", "own_change", "read_step"]

Change: TypeAlias = Callable[[FloatArray, Hertz], FloatArray]
"""What a step does to samples of shape ``(samples,)`` at a rate in Hz."""


class Step(BaseModel):
    """One change of a clip, made with the probability `chance`.

    Raises
    ------
    ConfigError
        If a setting is unknown or out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    kind: ClassVar[str]

    chance: float = Field(default=1.0, ge=0, le=1, strict=True)

    def __init__(self, **settings: Any) -> None:
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise ConfigError(f"augmentation step {self.kind!r}: {self._explained(error)}") from None

    @field_validator("*", mode="before")
    @classmethod
    def _within_limits(cls, value: Any, info: ValidationInfo) -> Any:
        for mark in cls.model_fields[str(info.field_name)].metadata:
            if isinstance(mark, Between):
                mark.check(value)
        return value

    @classmethod
    def _explained(cls, error: ValidationError) -> str:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            return unknown_name("setting", where, cls.model_fields)
        if first["type"] == "tuple_type":
            example = json.dumps(cls.model_fields[where].default)
            return f"{where}: wants a list, such as {example}; got {shown(first['input'])}"
        return f"{where}: {first['msg'].removeprefix('Value error, ')}; got {shown(first['input'])}"

    @abstractmethod
    def change(self, rng: np.random.Generator) -> Change:
        """Return a transform of audiomentations, which makes the change with the step's chance.

        It draws from the global generators of `random` and numpy, as audiomentations does, and what is not
        that library's from `rng`.
        """

    def identity(self) -> dict[str, Any]:
        """Return all that decides what the step does, for the keys of caches."""
        settings: dict[str, Any] = self.model_dump(mode="json")
        return settings

    @model_serializer(mode="wrap")
    def _with_its_kind(self, settings: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": self.kind, **settings(self)}


STEPS: Registry[type[Step]] = Registry("augmentation step", ConfigError)
"""Every kind of step, by the name that a configuration gives it."""


def kind(name: str) -> Callable[[type[Step]], type[Step]]:
    """Return a decorator that registers a class of steps under a name."""

    def add(step: type[Step]) -> type[Step]:
        step.kind = name
        return STEPS.register(name, extra="features")(step)

    return add


def read_step(settings: Mapping[str, Any]) -> Step:
    """Return the step that a table describes: its kind, and the settings that differ from the defaults.

    Examples
    --------
    >>> import affectone.audio.augment
    >>> read_step({"kind": "gain", "decibels": [-6, 0], "chance": 0.5}).model_dump()
    {'kind': 'gain', 'chance': 0.5, 'decibels': (-6.0, 0.0)}
    """
    if not isinstance(settings, Mapping) or not isinstance(settings.get("kind"), str):
        known = ", ".join(entry.name for entry in STEPS)
        raise ConfigError(
            f"an augmentation step is a table with its kind, one of {known}; got {shown(settings)}"
        )
    return STEPS.get(settings["kind"])(**{name: settings[name] for name in settings if name != "kind"})


def own_change(change: Change, chance: float) -> Change:
    """Return a change of ours as a transform of audiomentations, made with a chance."""
    import audiomentations as am

    transform: Change = am.Lambda(transform=change, p=chance)
    return transform


@dataclass(frozen=True, slots=True)
class Between:
    """Says of a pair of numbers that they are a range, the lower first, and between which limits it lies."""

    low: float
    high: float

    def check(self, pair: object) -> None:
        """Raise `ValueError` if something is no such range."""
        low, high = pair if isinstance(pair, list | tuple) and len(pair) == 2 else (None, None)
        if is_number(low) and is_number(high) and self.low <= low <= high <= self.high:
            return
        words = f"wants two numbers between {self.low:g} and {self.high:g}, the lower first"
        twice = f", such as [{pair}, {pair}] for one value" if is_number(pair) else ""
        raise ValueError(words + twice)
