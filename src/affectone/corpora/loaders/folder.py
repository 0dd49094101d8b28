"""Recordings of one's own in folders named after emotions."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from affectone.audio.find import find_audio
from affectone.corpora.clip import Clip, CorpusInfo
from affectone.corpora.corpus import CORPORA, Scan, Skipped
from affectone.corpora.kept import refuse_odd_labels
from affectone.corpora.own import OwnCorpus, listed, map_option, number, tidy
from affectone.corpora.own_paths import short_names
from affectone.corpora.words import guess_label
from affectone.errors import AudioError, CorpusError
from affectone.files import is_utf8

__all__ = ["Folder"]


@CORPORA.register("folder")
class Folder(OwnCorpus):
    """Recordings of one's own: one folder a class, such as angry/lena_01.wav.

    The nearest folder above a recording that the label map has, or whose name can be guessed, is its label;
    a folder of the map counts before one that is guessed. Other folders may lie between and above. Where
    labels are kept as they are, the first folder below the root is the label.
    """

    name = "folder"
    info = CorpusInfo(
        title="Recordings of one's own, in folders named after emotions",
        language=None,
        licence="yours",
        commercial_use=False,
        citation=None,
        home=None,
    )
    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "angry/lena_01.wav": {
            "id": "mine/angry/lena_01",
            "corpus": "mine",
            "speaker": None,
            "emotion": "angry",
            "original": "angry",
        },
        "train/Freude/lena/01.wav": {
            "id": "mine/train/Freude/lena/01",
            "corpus": "mine",
            "speaker": None,
            "emotion": "happy",
            "original": "Freude",
        },
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its folders name no emotion, or several."""
        relative = path.relative_to(self.root)
        named = self._named(relative)
        if len(set(named.values())) != 1 or not is_utf8(str(relative)):
            return None
        original, emotion = next(iter(named.items()))
        return Clip(
            id=f"{self.own.name}/{self._names.get(relative, relative.with_suffix('').as_posix())}",
            path=path,
            corpus=self.own.name,
            speaker=self.speaker_in(relative.as_posix()),
            emotion=emotion,
            original=original,
        )

    @cached_property
    def _names(self) -> dict[Path, str]:
        """What tells the recordings apart: their paths, without endings where those are not wanted for it."""
        paths = [path.relative_to(self.root) for path in self.below]
        return dict(zip(paths, short_names([path.as_posix() for path in paths]), strict=True))

    def _named(self, relative: Path) -> dict[str, str]:
        """Return the folders above a file that name an emotion, the nearest first."""
        if self.own.keep:
            return {name: name for folder in relative.parts[:-1][:1] if (name := tidy(folder))}
        folders = relative.parts[-2::-1]
        told = {folder: label for folder in folders if (label := self.told(folder))}
        return told or {folder: label for folder in folders if (label := guess_label(folder))}

    def why_not(self, path: Path) -> str:
        """Say why a file is no clip."""
        relative = path.relative_to(self.root)
        if not is_utf8(str(relative)):
            return "its name is not UTF-8, as a manifest wants it; rename it"
        named = self._named(relative)
        if not named:
            return "it lies in no folder" if self.own.keep else "no folder above it names an emotion"
        words = " and ".join(f"{folder!r} ({label})" for folder, label in named.items())
        folder, label = next(iter(named.items()))
        decision = shlex.quote(f"{folder}={label}")
        return f"its folders name different emotions: {words}; --map {decision} would decide"

    def files(self) -> Iterator[Path]:
        """Yield the recordings below the root, in order of their names."""
        yield from self.below

    @cached_property
    def _walked(self) -> tuple[list[Path], list[AudioError]]:
        return find_audio(self.root)

    def scan(self) -> Scan:
        """Find all recordings below the root whose folders name an emotion.

        Raises
        ------
        CorpusError
            If the root is no folder, no recording is labelled, or the speaker pattern finds nobody.
        """
        if os.path.isfile(self.root):
            raise CorpusError(f"folder: no folder {self.root}, but a file; table={self.root} reads a table")
        found = super().scan()
        if self.own.keep:
            refuse_odd_labels(Counter(clip.emotion for clip in found.clips), where=f"folder: {self.root}")
        return dataclasses.replace(found, notes=tuple(self._notes(found.clips, found.skipped)))

    def _notes(self, clips: tuple[Clip, ...], skipped: tuple[Skipped, ...]) -> Iterator[str]:
        paths = [clip.path.relative_to(self.root) for clip in clips]
        beside = [skip.path.relative_to(self.root) for skip in skipped]
        folders = {folder for path in (*paths, *beside) for folder in path.parts[:-1]}
        yield from self.label_notes(Counter(clip.original for clip in clips), sorted(folders))
        yield from self.speaker_notes(clips, [path.as_posix() for path in paths])
        unnamed = self._unnamed(skipped)
        if unnamed:
            yield (
                f"left out {number(unnamed.total(), 'recording')} below folders that name no emotion: "
                f"{listed(unnamed)}; {map_option(dict(unnamed.most_common(1)))} says what one means"
            )

    def _unnamed(self, skipped: tuple[Skipped, ...] | list[Skipped]) -> Counter[str]:
        """Return the nearest folder of each recording that no folder labels."""
        paths = [skip.path.relative_to(self.root) for skip in skipped]
        return Counter(
            path.parts[-2]
            for path in paths
            if len(path.parts) > 1 and is_utf8(str(path)) and not self._named(path)
        )

    def _nothing(self, skipped: list[Skipped]) -> str:
        if not skipped:
            return f"folder: {self._walked[1][0]}"
        unnamed = self._unnamed(skipped)
        words = f"folder: none of {number(len(skipped), 'recording')} under {self.root} is labelled: "
        published = self._published(skipped[0].path)
        if published:
            return f"{words}they are named as {published} names them; {published}={self.root} reads them"
        label = self.label_of(self.root.resolve().name)
        if label and not unnamed:
            return f"{words}if {self.root.name!r} is the label, give the folder above it"
        if not unnamed:
            return f"{words}{skipped[0].path.relative_to(self.root)}: {skipped[0].why}"
        names, option = listed(unnamed), map_option(unnamed)
        return f"{words}the folders {names} name no emotion; say what each means: {option}"

    def _published(self, path: Path) -> str | None:
        """Return the published corpus whose loader knows a file, or None."""
        for entry in CORPORA:
            if entry.value.info.releases:
                with contextlib.suppress(CorpusError):
                    if entry.value(self.root).parse(path) is not None:
                        return entry.name
        return None
