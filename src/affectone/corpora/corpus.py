"""The base of all loaders: find clips by the stem of their names, in any layout of folders."""

from __future__ import annotations

import abc
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from affectone.audio.find import walk_files
from affectone.corpora.clip import Clip, CorpusInfo
from affectone.corpora.published_tables import find_table, read_table
from affectone.errors import AudioError, CorpusError, LabelError, unknown_name
from affectone.registry import Registry

__all__ = ["AUDIO_SUFFIXES", "CORPORA", "Corpus", "Scan", "Skipped"]

Row = TypeVar("Row")

AUDIO_SUFFIXES = frozenset(
    {".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aiff", ".aif", ".mp4", ".webm", ".avi"}
)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that a loader passed over, why, and whether it should have been a clip."""

    path: Path
    why: str
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found: clips in order of their ids, the files passed over, and what a reader should know.

    Parameters
    ----------
    clips : tuple of Clip
    skipped : tuple of Skipped
    notes : tuple of str
        Sentences for the user, such as how words were taken for labels.
    """

    clips: tuple[Clip, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...] = ()


class Corpus(abc.ABC):
    """A labelled corpus. A subclass says how a file's name reads, and nothing else.

    Attributes
    ----------
    name : str
        Registered name.
    info : CorpusInfo
    labels : mapping of str to str
        The corpus's own label -> common label, one of `affectone.labels.COMMON`.
    examples : mapping of str to mapping
        Path of a clip as published -> what `parse` must say of it, by the names of `Clip`'s fields. Tests
        over all corpora read it.
    example_tables : mapping of str to str
        Path of a table as published -> its content, where `examples` need one.
    example_root : str
        What the root is, as a path below the folder that holds the examples.
    """

    name: ClassVar[str]
    info: ClassVar[CorpusInfo]
    labels: ClassVar[Mapping[str, str]]
    examples: ClassVar[Mapping[str, Mapping[str, Any]]]
    example_tables: ClassVar[Mapping[str, str]] = {}
    example_root: ClassVar[str] = "."

    def __init__(self, root: Path) -> None:
        self.root = root

    @abc.abstractmethod
    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of this corpus's."""

    def why_not(self, path: Path) -> str:
        """Say why `parse` returns None for a file; a loader that knows better than its name says so."""
        return f"the name is not one of {self.name}'s"

    def clip(self, path: Path, *, original: str, speaker: str, **known: Any) -> Clip:
        """Build a clip of this corpus; for the use of `parse`.

        Raises
        ------
        LabelError
            If the corpus has no such label.
        """
        if original not in self.labels:
            raise LabelError(unknown_name(f"label of {self.name}", original, self.labels))
        fields: dict[str, Any] = {
            "id": f"{self.name}/{path.stem}",
            "path": path,
            "corpus": self.name,
            "speaker": speaker,
            "emotion": str(self.labels[original]),
            "original": original,
            "language": self.info.language,
        }
        return Clip(**(fields | known))

    def scan(self) -> Scan:
        """Find all clips below the root.

        A stem that occurs twice (the usual archives of RAVDESS and TESS nest a second copy) is taken once,
        from the shallowest folder.

        Raises
        ------
        CorpusError
            If the root is no folder, or holds no clip of this corpus.
        """
        if not os.path.isdir(self.root):  # A name that is too long is no error to it.
            raise CorpusError(f"{self.name}: no folder {self.root}")
        clips: dict[str, Clip] = {}
        skipped: list[Skipped] = []
        for path in self.files():
            clip = self.parse(path)
            if clip is None:
                skipped.append(Skipped(path, self.why_not(path)))
            elif clip.id in clips:
                skipped.append(Skipped(path, f"second copy of {clips[clip.id].path}"))
            else:
                clips[clip.id] = clip
        if not clips:
            raise CorpusError(self._nothing(skipped))
        return Scan(tuple(clips[key] for key in sorted(clips)), (*skipped, *self._unlisted()))

    def _unlisted(self) -> Iterator[Skipped]:
        """Yield the folders that could not be looked into: clips may be lost with them."""
        return (Skipped(self.root, str(problem), lost=True) for problem in self._walked[1])

    def _nothing(self, skipped: list[Skipped]) -> str:
        """Say that no clip was found, and why where it is not the names."""
        foreign = Corpus.why_not(self, self.root)
        whys = Counter(skip.why for skip in skipped if skip.why != foreign)
        if whys:
            why, files = whys.most_common(1)[0]
            return f"{self.name}: no clip in {self.root}; {files} of {len(skipped)} audio files: {why}"
        if self._walked[1]:
            return f"{self.name}: no clip in {self.root}; {self._walked[1][0]}"
        if not skipped:
            return f"{self.name}: no audio file under {self.root}; is this the right folder?"
        return (
            f"{self.name}: none of {len(skipped)} audio files under {self.root} is named as {self.name} "
            f"names them; is this the right folder?"
        )

    def table(
        self,
        name: str,
        columns: Sequence[str],
        parse: Callable[[dict[str, str]], Row | None],
        *,
        folder: str = ".",
        encoding: str = "utf-8-sig",
        delimiter: str = ",",
    ) -> list[Row]:
        """Return the publishers' table of that name, row by row, or nothing where there is no such file.

        The parameters and errors are those of `find_table` and `read_table`.
        """
        found = find_table(self.root, self.below, name, folder=folder)
        if found is None:
            return []
        return read_table(found, columns, parse, encoding=encoding, delimiter=delimiter)

    def files(self) -> Iterator[Path]:
        """Yield the files below the root whose names end as recordings do, shallow ones first."""
        files = (path for path in self.below if path.suffix.lower() in AUDIO_SUFFIXES)
        yield from sorted(files, key=lambda path: (len(path.parts), path))

    @property
    def below(self) -> list[Path]:
        """All files below the root that are not hidden, in links to folders, too."""
        return self._walked[0]

    @cached_property
    def _walked(self) -> tuple[list[Path], list[AudioError]]:
        return walk_files(self.root)


CORPORA: Registry[type[Corpus]] = Registry("corpus", CorpusError)
