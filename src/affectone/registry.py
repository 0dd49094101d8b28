"""One decorator registry for corpora, features and models: name, documentation, the extra it needs."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from affectone.errors import AffectoneError, MissingExtraError, unknown_name

__all__ = ["EXTRA_MODULES", "Entry", "Registry", "require_extra", "require_module"]

T = TypeVar("T")

EXTRA_MODULES: dict[str, tuple[str, ...]] = {
    "batch": (
        *("pandas", "pyarrow", "duckdb", "fsspec", "pebble", "filelock", "xlsxwriter"),
        *("matplotlib", "jinja2"),
    ),
    "data": ("pandas", "pyarrow", "duckdb"),
    "exchange": ("audformat", "datasets"),
    "features": ("audiomentations", "librosa", "opensmile", "parselmouth", "scipy", "threadpoolctl"),
    "mic": ("sounddevice",),
    "mqtt": ("paho",),
    "plots": ("matplotlib", "jinja2"),
    "client": ("httpx", "websockets"),
    "serve": (
        *("fastapi", "starlette", "uvicorn", "websockets", "python_multipart"),
        *("pydantic_settings", "prometheus_client", "sqlalchemy", "jinja2"),
    ),
    "postgres": ("psycopg",),
    "ray": ("ray",),
    "train": (
        *("torch", "lightning", "lightning_utilities", "torchmetrics", "tensorboard", "onnx", "onnxscript"),
        *("sklearn", "skl2onnx", "threadpoolctl", "jinja2", "optuna", "tomli_w"),
        *("transformers", "safetensors"),
    ),
}
"""Extra -> the modules that tell whether it is installed."""


def missing_modules(extra: str) -> list[str]:
    """Return which of an extra's modules are not installed, without importing any."""
    return [module for module in EXTRA_MODULES[extra] if importlib.util.find_spec(module) is None]


def require_extra(extra: str, wanted_for: str) -> None:
    """Raise `MissingExtraError` with the exact pip line if an extra is not installed."""
    if missing_modules(extra):
        raise MissingExtraError(extra, wanted_for)


def require_module(module: str, extra: str, wanted_for: str) -> None:
    """Raise `MissingExtraError` if one module is not installed that an extra brings, among others."""
    if importlib.util.find_spec(module) is None:
        raise MissingExtraError(extra, wanted_for)


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """One registered thing."""

    name: str
    value: T
    doc: str
    extra: str | None

    @property
    def available(self) -> bool:
        """Whether the extra it needs is installed."""
        return self.extra is None or not missing_modules(self.extra)


class Registry(Generic[T]):
    """Named things of one kind, in the order they were registered.

    Parameters
    ----------
    kind : str
        What is registered, as messages say it: ``"corpus"``, ``"network"``.
    error : type of AffectoneError
        Raised for an unknown name.
    """

    def __init__(self, kind: str, error: type[AffectoneError]) -> None:
        self.kind = kind
        self._error = error
        self._entries: dict[str, Entry[T]] = {}

    def register(self, name: str, *, extra: str | None = None) -> Callable[[T], T]:
        """Return a decorator that registers its object under `name`.

        The first line of the object's docstring becomes its description.
        """
        if name in self._entries:
            raise ValueError(f"{self.kind} {name!r} is registered twice")

        def add(value: T) -> T:
            doc = (value.__doc__ or "").strip().splitlines()
            self._entries[name] = Entry(name, value, doc[0] if doc else "", extra)
            return value

        return add

    def get(self, name: str) -> T:
        """Return the object of that name; an unknown one raises with the nearest known name."""
        return self.entry(name).value

    def entry(self, name: str) -> Entry[T]:
        """Return the registered entry of that name, with its documentation and extra."""
        if name not in self._entries:
            raise self._error(unknown_name(self.kind, name, self._entries))
        return self._entries[name]

    def __iter__(self) -> Iterator[Entry[T]]:
        return iter(self._entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)
