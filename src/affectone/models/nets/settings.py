"""The types of networks' settings, and the check of what a configuration gives against them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, get_type_hints

from pydantic import ConfigDict, Field, ValidationError, create_model

from affectone.errors import ConfigError, shown, unknown_name
from affectone.models.nets.network import Network

__all__ = ["Count", "Share", "Size", "Sizes", "check_settings", "defaults"]

Size = Annotated[int, Field(gt=0, le=4096)]
"""Channels or widths."""
Count = Annotated[int, Field(gt=0, le=12)]
"""Layers, heads or blocks."""
Share = Annotated[float, Field(ge=0, lt=1)]
"""Dropout."""
Sizes = Annotated[Sequence[Size], Field(min_length=1, max_length=12)]
"""One of each layer or block."""


def defaults(network: type[Network]) -> dict[str, Any]:
    """Return a network's settings and their defaults, in the order of its keywords."""
    keywords = inspect.signature(network).parameters.values()
    return {part.name: part.default for part in keywords if part.default is not part.empty}


def check_settings(network: type[Network], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings that a network takes.

    Parameters
    ----------
    network : type of Network
        The types of its keywords say what is good.
    given : mapping of str to Any
        As a configuration has them.

    Raises
    ------
    ConfigError
        If it has no such setting, or a value is no good.
    """
    known = defaults(network)
    for name in given:
        if name not in known:
            raise ConfigError(
                unknown_name("setting", f"network.{name}", [f"network.{setting}" for setting in known])
            )
    types = get_type_hints(network.__init__, include_extras=True)
    fields: dict[str, Any] = {name: (types[name], default) for name, default in known.items()}
    settings = create_model("Settings", __config__=ConfigDict(strict=True, allow_inf_nan=False), **fields)
    try:
        checked: dict[str, Any] = settings(**given).model_dump(exclude_unset=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(["network", *map(str, first["loc"])])
        raise ConfigError(f"{where}: {first['msg']}; got {shown(first['input'])}") from None
    return checked
