"""Steps that may take sounds from a folder of one's own."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import field_validator

from affectone.audio.augment.step import Step
from affectone.audio.find import find_audio
from affectone.audio.signal import FloatArray
from affectone.audio.sources import source_name
from affectone.audio.stream import load_audio, open_audio
from affectone.errors import AudioError, AudioNotFoundError, ConfigError
from affectone.units import Hertz, Seconds

__all__ = ["FolderStep", "check_recordings"]

KEPT = 16
"""Recordings that a process keeps in memory."""
BEGINNING: Seconds = 0.1
"""How much of a recording is read to see that it is one."""
AT_ONCE: Seconds = 10.0
"""How much of a recording is in memory while all of it is read."""


class FolderStep(Step):
    """A step with sounds of its own making, or those of a folder."""

    folder: Path | None = None
    """Recordings in any format, also in folders below; all have to be readable."""

    @field_validator("folder", mode="before")
    @classmethod
    def _a_path(cls, folder: object) -> object:
        if isinstance(folder, str) and not folder.strip():  # As a path it would be the current folder.
            raise ConfigError(f"augmentation step {cls.kind!r}: folder: {folder!r} is no path")
        return folder

    @field_validator("folder")
    @classmethod
    def _of_readable_recordings(cls, folder: Path | None) -> Path | None:
        try:
            for path in () if folder is None else _recordings(folder):
                _check_beginning(path)
        except AudioError as error:
            raise ConfigError(f"augmentation step {cls.kind!r}: folder: {error}") from None
        return folder

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the folder's content in place of its path."""
        return super().identity() | {"folder": self.folder and _content(self.folder)}

    def drawn(self, rng: np.random.Generator, sample_rate: Hertz) -> FloatArray | None:
        """Return one of the folder's recordings at a rate, or None where there is no folder."""
        if self.folder is None:
            return None
        paths = _recordings(self.folder)
        return _loaded(paths[rng.integers(len(paths))], sample_rate)


def check_recordings(folder: Path) -> None:
    """Read all recordings of a folder whole.

    Raises
    ------
    ConfigError
        If the folder is not there, or a recording in it cannot be read or is silent.
    """
    try:
        for path in _recordings(folder):
            with open_audio(path, sample_rate=None) as stream:
                if not any(block.any() for block in stream.blocks(AT_ONCE)):
                    raise ConfigError(f"{source_name(path)} is silent")
    except AudioError as error:
        raise ConfigError(str(error)) from None


@cache
def _recordings(folder: Path) -> tuple[Path, ...]:
    if not folder.is_dir():
        raise AudioNotFoundError(f"no folder {source_name(folder)} to augment from")
    paths, problems = find_audio(folder)
    if problems:
        raise problems[0]
    return tuple(paths)


def _check_beginning(path: Path) -> None:
    """Raise `AudioError` where a recording does not begin as one: a run must not stop when it is drawn."""
    with open_audio(path, sample_rate=None) as stream:
        next(stream.blocks(BEGINNING))


@lru_cache(maxsize=KEPT)
def _loaded(path: Path, sample_rate: Hertz) -> FloatArray:
    samples: FloatArray = load_audio(path, sample_rate=sample_rate).samples[0]
    return samples


def _content(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in _recordings(folder):
        try:
            whole.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:
            raise AudioNotFoundError(f"cannot read {source_name(path)}: {error.strerror}") from None
    return whole.hexdigest()
