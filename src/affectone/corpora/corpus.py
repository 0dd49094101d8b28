"""The base of all loaders: find clips by the stem of their names, in any layout of folders."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from affectone.corpora.clip import Clip, CorpusInfo
from affectone.errors import CorpusError
from affectone.labels import emotion_of
from affectone.registry import Registry

__all__ = ["CORPORA", "Corpus", "Scan", "Skipped"]

AUDIO_SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aiff", ".aif"})


@dataclass(frozen=True, slots=True)
class Skipped:
    """An audio file that a loader passed over, and why."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found under a folder: clips in order of their ids, and the audio files passed over."""

    clips: tuple[Clip, ...]
    skipped: tuple[Skipped, ...]


class Corpus(abc.ABC):
    """A labelled corpus. A subclass says how a file's stem reads, and nothing else."""

    name: ClassVar[str]
    info: ClassVar[CorpusInfo]

    def __init__(self, root: Path) -> None:
        self.root = root

    @abc.abstractmethod
    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of this corpus's."""

    def clip(self, path: Path, *, original: str, speaker: str, **known: object) -> Clip:
        """Build a clip of this corpus; for the use of `parse`."""
        fields: dict[str, object] = {
            "id": f"{self.name}/{path.stem}",
            "path": path,
            "corpus": self.name,
            "speaker": speaker,
            "original": original,
            "emotion": emotion_of(self.name, original),
            "language": self.info.language,
            "sex": None,
            "age": None,
        }
        return Clip(**(fields | known))  # type: ignore[arg-type]

    def scan(self) -> Scan:
        """Find all clips below the root.

        A stem that occurs twice (the usual archives of RAVDESS and TESS nest a second copy) is taken once,
        from the shallowest folder.

        Raises
        ------
        CorpusError
            If the root is no folder, or holds no clip of this corpus.
        """
        if not self.root.is_dir():
            raise CorpusError(f"{self.name}: no folder {self.root}")
        clips: dict[str, Clip] = {}
        skipped: list[Skipped] = []
        for path in self._audio_files():
            clip = self.parse(path)
            if clip is None:
                skipped.append(Skipped(path, f"the name is not one of {self.name}'s"))
            elif clip.id in clips:
                skipped.append(Skipped(path, f"second copy of {clips[clip.id].path}"))
            else:
                clips[clip.id] = clip
        if not clips:
            raise CorpusError(
                f"{self.name}: none of {len(skipped)} audio files under {self.root} is named as {self.name} "
                f"names them; is this the right folder?"
            )
        return Scan(tuple(clips[key] for key in sorted(clips)), tuple(skipped))

    def _audio_files(self) -> Iterator[Path]:
        files = (
            path
            for path in self.root.rglob("*")
            if path.suffix.lower() in AUDIO_SUFFIXES and not path.name.startswith("._") and path.is_file()
        )
        yield from sorted(files, key=lambda path: (len(path.parts), path))


CORPORA: Registry[type[Corpus]] = Registry("corpus", CorpusError)
