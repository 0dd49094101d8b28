"""Steps that may take sounds from a folder of one's own."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from affectone.audio.augment.step import Step
from affectone.audio.find import find_audio
from affectone.audio.signal import FloatArray
from affectone.audio.sources import source_name
from affectone.audio.stream import load_audio
from affectone.errors import AudioNotFoundError
from affectone.units import Hertz

__all__ = ["FolderStep"]

KEPT = 16
"""Recordings that a process keeps in memory."""


class FolderStep(Step):
    """A step with sounds of its own making, or those of a folder."""

    folder: Path | None = None
    """Recordings in any format, also in folders below."""

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the folder's content in place of its path."""
        return super().identity() | {"folder": self.folder and _content(self.folder)}

    def drawn(self, rng: np.random.Generator, sample_rate: Hertz) -> FloatArray | None:
        """Return one of the folder's recordings at a rate, or None where there is no folder."""
        if self.folder is None:
            return None
        paths = _recordings(self.folder)
        return _loaded(paths[rng.integers(len(paths))], sample_rate)


@cache
def _recordings(folder: Path) -> tuple[Path, ...]:
    if not folder.is_dir():
        raise AudioNotFoundError(f"no folder {source_name(folder)} to augment from")
    paths, problems = find_audio(folder)
    if problems:
        raise problems[0]
    return tuple(paths)


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
