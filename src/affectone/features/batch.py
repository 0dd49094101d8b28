"""`extract_many`: features of many recordings over all cores, kept on disk by content."""

from __future__ import annotations

import hashlib
import json
import math
import os
import warnings
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from functools import cache as once
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import numpy as np

from affectone.audio import AudioSource
from affectone.audio.contents import DECODERS, Content, Unreadable, content_of
from affectone.errors import AudioError, ConfigError, unknown_name
from affectone.features.extract import DEFAULTS
from affectone.features.plan import Plan
from affectone.features.result import ClipFeatures, Features
from affectone.features.settings import Settings
from affectone.features.sound import Sound
from affectone.registry import require_extra
from affectone.store import Store, default_cache
from affectone.workers import all_cores, over_workers

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

__all__ = ["ON_ERROR", "Extracted", "extract_many", "measure"]

Extracted: TypeAlias = Features | ClipFeatures
Found = TypeVar("Found")

ON_ERROR = ("stop", "skip")
VERSION = 2
"""Raised whenever the same recording and the same plan would give other numbers."""
LIBRARIES = (*DECODERS, "numpy", "scipy", "opensmile", "praat-parselmouth")
AT_ONCE = {"clip": 8, "frames": 1}
"""Recordings that a process takes at once: rows are small, frames are not."""
SEAL = 16
"""Bytes of a checksum."""
LARGEST_KEPT = 256 * 2**20
"""Bytes. SQLite takes a few times as much; frames of an hour have 100 MB at most."""


def extract_many(
    paths: Iterable[str | os.PathLike[str]],
    sets: str | Iterable[str],
    *,
    settings: Settings = DEFAULTS,
    level: Literal["frames", "clip"] = "clip",
    functionals: str | Iterable[str] | None = None,
    jobs: int | None = None,
    cache: str | os.PathLike[str] | None = None,
    on_error: Literal["stop", "skip"] = "stop",
    tell: Callable[[str], None] = warnings.warn,
) -> Generator[Extracted | Unreadable, None, None]:
    """Measure many recordings over all cores, or remember what was measured.

    What is measured is kept as it comes, by the content of the file and by what was asked for: a second run
    measures nothing, equal files are measured once, and an interrupted run goes on where it was. Memory
    does not grow with the number of recordings, beyond their names and hashes.

    Parameters
    ----------
    paths : iterable of path
        Files.
    sets : str or iterable of str
        As for `extract`.
    settings : Settings, optional
    level : "clip" or "frames", default "clip"
        Over frames the sets stand side by side in one `Features`, so a set with frames of its own
        (openSMILE's) has to stand alone.
    functionals : str or iterable of str, optional
        As for `extract`.
    jobs : int, optional
        Processes; by default one for each core. They are spawned, so a script that calls this keeps its own
        work under ``if __name__ == "__main__":``.
    cache : path, optional
        Folder of the cache; by default ``AFFECTONE_CACHE``, else ``~/.cache/affectone``. One that is damaged
        or cannot be written is told, and done without.
    on_error : "stop" or "skip", default "stop"
        What a recording that cannot be measured does: raise, or become an `Unreadable`.
    tell : callable
        Takes a sentence about the cache; by default it becomes a Python warning.

    Yields
    ------
    ClipFeatures, Features or Unreadable
        One for each path, in their order, as soon as it is known.

    Raises
    ------
    ConfigError
        As for `extract`: at once, before any sound is read.
    AudioError
        If a recording cannot be measured and `on_error` is ``"stop"``.
    MissingExtraError
        Without the extra `features`.
    """
    if isinstance(paths, str | os.PathLike):
        raise ConfigError("extract_many takes a list of paths; got one: pass a list, or use extract")
    if on_error not in ON_ERROR:
        raise ConfigError(unknown_name("on_error", on_error, ON_ERROR))
    if jobs is not None and (not isinstance(jobs, int) or isinstance(jobs, bool) or jobs < 1):
        raise ConfigError(f"jobs must be a whole number from 1; got {jobs!r}")
    plan = Plan.of(sets, settings, level, functionals)
    plan.check_joined()
    require_extra("features", "measuring features")
    folder = default_cache() if cache is None else Path(cache)
    return _extracted(list(map(Path, paths)), plan, jobs or all_cores(), folder, on_error == "stop", tell)


def _extracted(
    places: Sequence[Path], plan: Plan, jobs: int, folder: Path, stop: bool, tell: Callable[[str], None]
) -> Generator[Extracted | Unreadable, None, None]:
    with closing(over_workers(_content, places, jobs=jobs, label="reading", threads=True)) as read:
        contents = [_or_raised(found, stop) for found in read]
    with closing(Store[bytes](folder / "features.sqlite", tell)) as store:
        kept = _Kept(store, plan)
        new = _first_of_new(contents, kept)
        items = [places[index] for index in new.values()]
        running = over_workers(
            partial(_measured, plan),
            items,
            jobs=jobs,
            label="measuring",
            at_once=AT_ONCE[plan.level],
        )
        with closing(running) as measured:
            for index, (place, content) in enumerate(zip(places, contents, strict=True)):
                found: Extracted | AudioError
                if isinstance(content, AudioError):
                    found = content
                elif new.get(content) == index:
                    found = kept.put(content, next(measured))
                else:
                    # Measured here where the cache has lost it, or where an equal file could not be.
                    found = kept.get(content) or kept.put(content, _measured(plan, place))
                found = _or_raised(found, stop)
                yield Unreadable.of(place, found) if isinstance(found, AudioError) else found


def _or_raised(found: Found, stop: bool) -> Found:
    if stop and isinstance(found, AudioError):
        raise found
    return found


def _content(place: Path) -> Content | AudioError:
    try:
        return content_of(place)
    except AudioError as error:
        return error


def _measured(plan: Plan, place: Path) -> Extracted | AudioError:
    try:
        return measure(plan, place)
    except AudioError as error:
        return error


def measure(plan: Plan, source: AudioSource | Sound) -> Extracted:
    """Measure a recording on one thread.

    There is a process for each core: threads of numpy's algebra would wait for each other. With one thread,
    the last bits are also the same for any number of processes.

    Raises
    ------
    AudioError
        If it cannot be read.
    """
    with _algebra().limit(limits=1):
        return plan.joined(source)


@once
def _algebra() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _first_of_new(contents: Iterable[Content | AudioError], kept: _Kept) -> dict[Content, int]:
    """Return where each content that is not kept comes first."""
    new: dict[Content, int] = {}
    for index, content in enumerate(contents):
        if isinstance(content, Content) and content not in new and content not in kept:
            new[content] = index
    return new


class _Kept:
    """What a plan measured, in a store: numbers as they are, so that they come back the same to the bit.

    The names of the columns are kept once; all recordings have the same. Each record is sealed with its key
    and the names, so that what is damaged or belongs elsewhere counts as not kept.
    """

    def __init__(self, store: Store[bytes], plan: Plan) -> None:
        self._store = store
        self._plan = plan
        self._under = f"{plan.digest} {_release()}"
        names = _opened(store.get(self._under), self._under)
        self._names = None if names is None else tuple(names.decode().split("\n"))

    def __contains__(self, content: Content) -> bool:
        return self._names is not None and self._key(content) in self._store

    def get(self, content: Content) -> Extracted | None:
        """Return what was measured, or None where it is not there or damaged."""
        if self._names is None:
            return None
        key = self._key(content)
        data = _opened(self._store.get(key), key, *self._names)
        return None if data is None else _from_bytes(data, self._plan, self._names)

    def put(self, content: Content, found: Extracted | AudioError) -> Extracted | AudioError:
        """Keep what was measured, and return it; errors are not kept, since files are repaired."""
        if isinstance(found, AudioError):
            return found
        if self._names is None:
            self._names = found.names
            self._store.put(self._under, _sealed("\n".join(found.names).encode(), self._under))
        if found.values.nbytes <= LARGEST_KEPT:
            key = self._key(content)
            self._store.put(key, _sealed(_to_bytes(found), key, *self._names))
        return found

    def _key(self, content: Content) -> str:
        return f"{content.file_hash} {content.ending} {self._under}"


@once
def _release() -> str:
    """Return what decides the numbers beside the recording and the plan: this code, and the libraries."""
    return " ".join([str(VERSION), *(f"{name}-{version(name)}" for name in LIBRARIES)])


def _to_bytes(found: Extracted) -> bytes:
    """Return a line of JSON, then the values in 32 bits, then the times in 64."""
    head = {"warnings": found.warnings, "shape": found.values.shape}
    times = found.times.astype("<f8").tobytes() if isinstance(found, Features) else b""
    return json.dumps(head).encode() + b"\n" + found.values.astype("<f4").tobytes() + times


def _from_bytes(data: bytes, plan: Plan, names: tuple[str, ...]) -> Extracted:
    line, _, numbers = data.partition(b"\n")
    head = json.loads(line)
    shape, told = head["shape"], tuple(head["warnings"])
    split = 4 * math.prod(shape)
    values = np.frombuffer(numbers[:split], "<f4").astype(np.float32).reshape(shape)
    if plan.level == "clip":
        return ClipFeatures(values, names, told)
    times = np.frombuffer(numbers[split:], "<f8").astype(np.float64)
    return Features(plan.title, values, times, names, told)


def _sealed(data: bytes, *owners: str) -> bytes:
    """Return bytes behind their checksum, in which the names of those they belong to are."""
    return _checksum(data, owners) + data


def _opened(sealed: object, *owners: str) -> bytes | None:
    """Return what `_sealed` was given, or None for anything else."""
    if not isinstance(sealed, bytes) or sealed[:SEAL] != _checksum(sealed[SEAL:], owners):
        return None
    return sealed[SEAL:]


def _checksum(data: bytes, owners: tuple[str, ...]) -> bytes:
    checksum = hashlib.blake2b("\n".join(owners).encode() + b"\n", digest_size=SEAL)
    checksum.update(data)
    return checksum.digest()
