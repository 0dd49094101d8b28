"""Recordings by the bytes of their files: what is computed of them is kept under these."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from affectone.audio.sources import open_bytes, read_error, source_name
from affectone.errors import AudioError

__all__ = ["DECODERS", "Content", "Unreadable", "content_of"]

DECODERS = ("soundfile", "av", "soxr")
"""Distributions whose version decides which samples a file gives."""


@dataclass(frozen=True, slots=True)
class Content:
    """What decides all that is computed of a file: its bytes, and its ending, which a warning may name."""

    file_hash: str
    ending: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be listened to, and why."""

    path: Path
    why: str

    @classmethod
    def of(cls, path: Path, error: AudioError) -> Unreadable:
        """Return the file and the reason without the name, with which messages begin."""
        return cls(path, str(error).removeprefix(f"{source_name(path)}: "))


def content_of(path: Path) -> Content:
    """Return the SHA-256 of a file, and its ending in lower case; `AudioError` if it cannot be read."""
    with closing(open_bytes(path)) as source:
        try:
            source.handle.seek(0)
            digest = hashlib.file_digest(source.handle, "sha256")  # type: ignore[arg-type] # a plain file
            return Content(digest.hexdigest(), source.extension)
        except OSError as error:
            raise read_error(error, source.name) from error
