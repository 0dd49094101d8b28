"""What stands in the folder that `affectone batch` wrote: its settings, and the parts that count."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from affectone.batch.places import Place
from affectone.batch.schema import SCHEMA
from affectone.errors import AffectoneError, ConfigError, unknown_name

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["ArchiveError", "Contents", "read_contents"]

SETTINGS, DONE, FAILED = "batch.json", "files", "failures.parquet"
ROWS: Mapping[str, str] = {"timeline": "segments", "predict": "predictions"}
"""Task -> the folder of its rows."""
KEY = "model="
WILD = re.compile(r"[*?\[]")


class ArchiveError(AffectoneError):
    """An archive holds nothing to report on, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The tables of one model in the folder of a batch.

    Parameters
    ----------
    place : Place
    task : str
        ``"timeline"`` or ``"predict"``.
    model : str
        As ``NAME@VERSION``.
    settings : mapping
        What the batch was told.
    columns : mapping of str to str
        Columns that were carried through from the input -> the name of their Arrow type.
    done, rows : tuple of str
        Names of the parts that count, in order.
    failed : tuple of str
        Name of the table of what failed, if there is one.
    """

    place: Place
    task: str
    model: str
    settings: Mapping[str, Any]
    columns: Mapping[str, str]
    done: tuple[str, ...]
    rows: tuple[str, ...]
    failed: tuple[str, ...]

    @property
    def over_time(self) -> bool:
        """Whether it is known when in a recording something was heard."""
        return self.task == "timeline"

    @property
    def system(self) -> AbstractFileSystem | None:
        """What reads it, if it is not on this machine's disks."""
        return None if self.place.local is not None else self.place.system

    def readable(self, names: tuple[str, ...]) -> list[str]:
        """Return how DuckDB is told of some of its files."""
        if self.place.local is not None:
            return [str(self.place.local / name) for name in names]
        named = self.place.system.protocol
        protocol = named if isinstance(named, str) else named[0]
        # Between brackets a letter stands for itself.
        paths = (WILD.sub(lambda found: f"[{found[0]}]", self.place.path(name)) for name in names)
        return [f"{protocol}://{path}" for path in paths]


def read_contents(place: Place, model: str | None = None) -> Contents:
    """Return what stands in the folder of a batch.

    A part of rows counts if the part of the recordings that are done has the same name: the latter is
    written last, and what a killed run left has none.

    Parameters
    ----------
    place : Place
    model : str, optional
        Which model's tables, where there are several.

    Raises
    ------
    ConfigError
        If no batch wrote it or a newer affectone did, if it holds features, or if the model is not there or
        not the only one.
    ArchiveError
        If no recording is done.
    """
    told = _settings(place)
    task = told["task"]
    if task not in ROWS:
        raise ConfigError(
            f"{place.name}: holds {task}; a report is made of what --task timeline or --task predict writes"
        )
    files = place.files()
    done, rows = _parts(files, DONE), _parts(files, ROWS[task])
    failed = (FAILED,) if FAILED in files else ()
    if not done:
        also = f"; what failed is in {FAILED}" if failed else ""
        raise ArchiveError(f"{place.name}: no recording is done, so there is nothing to report{also}")
    chosen = _chosen(place.name, sorted({found for found, _ in done}), model)
    parts = sorted(part for part in done if part[0] == chosen)
    for part in parts:
        if part not in rows:
            raise ArchiveError(f"{place.name}: {done[part]} has no {ROWS[task]}; was a file taken away?")
    return Contents(
        place=place,
        task=task,
        model=chosen,
        settings=told["settings"],
        columns=told["columns"],
        done=tuple(done[part] for part in parts),
        rows=tuple(rows[part] for part in parts),
        failed=failed,
    )


def _settings(place: Place) -> dict[str, Any]:
    """Return what ``batch.json`` holds."""
    try:
        content = place.read(SETTINGS)
    except NotADirectoryError:
        content = None
    except OSError as error:
        raise ArchiveError(f"{place.name}: cannot be read: {error.strerror or error}") from None
    if content is None:
        raise ConfigError(f"{place.name}: has no {SETTINGS}; name the folder that affectone batch -o wrote")
    try:
        told = json.loads(content)
        schema, kinds = told["schema"], (told["task"], told["settings"], told["columns"])
    except (ValueError, TypeError, KeyError):
        raise ConfigError(f"{place.name}: its {SETTINGS} is none that affectone batch wrote") from None
    if type(schema) is not int or list(map(type, kinds)) != [str, dict, dict]:
        raise ConfigError(f"{place.name}: its {SETTINGS} is none that affectone batch wrote")
    if schema > SCHEMA:
        raise ConfigError(
            f"{place.name}: its tables are of schema {schema}, and this affectone reads {SCHEMA} and older; "
            "install a newer one"
        )
    return {"task": told["task"], "settings": told["settings"], "columns": told["columns"]}


def _parts(files: list[str], kind: str) -> dict[tuple[str, str], str]:
    """Return the model and the name of each part of a kind, and where it is."""
    found = {}
    for name in files:
        folders, base = posixpath.split(name)
        first, _, key = folders.partition("/")
        if first == kind and key.startswith(KEY) and "/" not in key and base.endswith(".parquet"):
            found[unquote(key.removeprefix(KEY)), base] = name
    return found


def _chosen(name: str, models: list[str], model: str | None) -> str:
    if model is not None:
        if model not in models:
            raise ConfigError(f"{name}: {unknown_name('model', model, models)}")
        return model
    if len(models) > 1:
        raise ConfigError(f"{name}: holds several models; choose one with --model: {', '.join(models)}")
    return models[0]
