"""Suites of benchmarks as data: rows that say which model is tested by which protocol, and what for."""

from __future__ import annotations

import hashlib
import json
import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from affectone.errors import ConfigError, LabelError, shown, unknown_name
from affectone.labels import FOURTEEN, SIXTEEN, label_view
from affectone.training.config import MOST_SEED, ClassicConfig, TrainConfig, read_config
from affectone.training.kinds import check_adaptable, model_names

__all__ = ["NAME", "Row", "Suite", "list_suites", "load_suite"]

NAME = "^[A-Za-z0-9_][A-Za-z0-9_-]*$"
"""What a row or a suite may be called: its files have that name."""

SUFFIX = ".toml"
VOICED = {"14": FOURTEEN, "16": SIXTEEN}
"""Label sets of emotion and voice by the name that a row has for them."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Row(_Strict):
    """One model tested by one protocol."""

    name: str = Field(pattern=NAME)
    shows: str
    """What a reader learns from it. Rows of one such sentence stand in one line of the leaderboard."""
    corpora: tuple[str, ...] = Field(min_length=1)
    protocol: str
    """As `affectone train` takes it, or one of `affectone.evaluation.rebuilt`."""
    model: str | None = None
    recipes: tuple[str, ...] = ()
    """Settings of the suite that are the row's, too; a later recipe is before an earlier one."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """As in a TOML file of `affectone train`; before those of the recipes."""
    seeds: tuple[int, ...] = Field(default=(0,), min_length=1)
    labels: str = "8"
    """A label view, or ``14`` or ``16``: emotion and voice in one label."""
    copies: Literal["none", "noise", "noise+stretch", "same"] = "none"
    """Copies of each clip that stand beside it in the manifest: with noise on it; also one that is slower and
    higher; or just the same once more."""
    others: bool = False
    """Whether corpora that the protocol is not about train in every fold, instead of being left out."""
    adaptation: bool = False
    """Whether models also answer when they are adapted to some of the test clips."""
    number: Literal["leak", "no leak", "unseen speakers"] = "unseen speakers"
    published: float | None = None
    """Accuracy in % that its authors reported."""
    missing: str | None = None
    """Why it cannot be run yet."""

    @model_validator(mode="after")
    def _complete(self) -> Row:
        if self.model is None and self.missing is None:
            raise ValueError("model is needed where nothing says why the row is missing")
        if len(set(self.seeds)) < len(self.seeds) or not all(0 <= seed <= MOST_SEED for seed in self.seeds):
            raise ValueError(f"seeds are different numbers from 0 to {MOST_SEED}")
        return self

    @property
    def config(self) -> TrainConfig | ClassicConfig:
        """The settings of its runs, complete and checked.

        Raises
        ------
        ConfigError, LabelError
            If a setting or a label is unknown or out of range.
        """
        labels = VOICED.get(self.labels) or label_view(self.labels).labels
        return read_config(None, **{**self.settings, "model": self.model, "labels": tuple(labels)})

    @property
    def digest(self) -> str:
        """SHA-256 over all that decides its scores, defaults of the model included."""
        told = self.model_dump(mode="json", exclude={"shows", "number", "published", "missing", "recipes"})
        # Rows that were run before these keys were known are still what they were.
        for key in ("others", "adaptation"):
            if not told[key]:
                del told[key]
        text = json.dumps([told, self.config.digest], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


class _File(_Strict):
    title: str
    notes: str = ""
    recipes: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Settings by a name, which rows can have in common."""
    rows: tuple[Row, ...] = Field(min_length=1)


class Suite(_File):
    """Rows that are read together."""

    name: str = Field(pattern=NAME)

    @model_validator(mode="after")
    def _of_their_own(self) -> Suite:
        names = [row.name for row in self.rows]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"more than one row is called {', '.join(twice)}")
        return self

    def named(self, names: list[str] | None) -> list[Row]:
        """Return the rows of these names in the order of the suite, or all.

        Raises
        ------
        ConfigError
            If there is no such row.
        """
        known = [row.name for row in self.rows]
        for name in names or ():
            if name not in known:
                raise ConfigError(unknown_name(f"row of {self.name}", name, known))
        return [row for row in self.rows if names is None or row.name in names]

    def chosen(self, names: list[str] | None) -> list[Row]:
        """Return the rows of these names in the order of the suite, or all that can be run.

        Raises
        ------
        ConfigError
            If there is no such row, or it cannot be run yet.
        """
        rows = self.named(names)
        for row in rows if names is not None else ():
            if row.missing is not None:
                raise ConfigError(f"{self.name}: {row.name} cannot be run: {row.missing}")
        return [row for row in rows if row.missing is None]


def list_suites() -> list[str]:
    """Return the names of the suites in the package."""
    return sorted(_packaged())


def load_suite(name_or_path: str) -> Suite:
    """Return a suite of the package by its name, or read one from a file.

    Parameters
    ----------
    name_or_path : str
        What ends in ``.toml`` is a file; the suite is called as the file is.

    Raises
    ------
    ConfigError
        If there is no such suite, the file cannot be read, or a row is not as `Row` wants it; the message
        names the row.
    """
    if name_or_path.endswith(SUFFIX):
        file: Path | Traversable = Path(name_or_path)
        if file.name.removesuffix(SUFFIX) in _packaged():
            raise ConfigError(f"{name_or_path} has the name of a suite of the package; give it another one")
    elif name_or_path in _packaged():
        file = _packaged()[name_or_path]
    else:
        raise ConfigError(
            f"{unknown_name('suite', name_or_path, list_suites())}; or a file whose name ends in {SUFFIX}"
        )
    return _checked(_parsed(file), name_or_path)


def _packaged() -> dict[str, Traversable]:
    folder = resources.files("affectone.evaluation") / "suites"
    files = [file for file in folder.iterdir() if file.name.endswith(SUFFIX)]
    return {file.name.removesuffix(SUFFIX): file for file in files}


def _parsed(file: Path | Traversable) -> dict[str, Any]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot read the suite {file}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file} is not TOML: {error}") from None
    return content | {"name": file.name.removesuffix(SUFFIX)}


def _checked(content: dict[str, Any], where: str) -> Suite:
    try:
        suite = Suite.model_validate(content)
    except ValidationError as error:
        raise ConfigError(_explain(error, content, where)) from None
    rows = []
    for row in suite.rows:
        try:
            whole = _with_recipes(row, suite.recipes)
            _check_model(whole)
        except (ConfigError, LabelError) as error:
            raise ConfigError(f"{where}: {row.name}: {error}") from None
        rows.append(whole)
    return suite.model_copy(update={"rows": tuple(rows)})


def _with_recipes(row: Row, recipes: dict[str, dict[str, Any]]) -> Row:
    """Return a row whose settings are complete."""
    settings: dict[str, Any] = {}
    for name in row.recipes:
        if name not in recipes:
            raise ConfigError(unknown_name("recipe", name, recipes))
        settings |= recipes[name]
    return row.model_copy(update={"settings": settings | row.settings})


def _check_model(row: Row) -> None:
    if row.model is None:
        return
    if row.model not in model_names():
        raise ConfigError(unknown_name("model", row.model, model_names()))
    config = row.config
    if row.adaptation:
        check_adaptable(config)


def _explain(error: ValidationError, content: dict[str, Any], where: str) -> str:
    first = error.errors()[0]
    place = list(first["loc"])
    known: Any = Suite
    if len(place) > 1 and place[0] == "rows":
        row = content["rows"][place[1]]
        name = row.get("name") if isinstance(row, dict) else None
        where, place, known = f"{where}: {name or f'row {int(place[1]) + 1}'}", place[2:], Row
    key = ".".join(map(str, place))
    if first["type"] == "extra_forbidden" and len(place) == 1:
        return f"{where}: {unknown_name('key', key, known.model_fields)}"
    if first["type"] == "missing":
        return f"{where}: {key} is missing"
    words = first["msg"].removeprefix("Value error, ")
    return f"{where}: {key}: {words}; got {shown(first['input'])}" if key else f"{where}: {words}"
