"""Recordings that lie among the clips of a corpus and are no row of the manifest."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from affectone.audio import open_audio
from affectone.corpora.checks.files import unreadable_kind
from affectone.corpora.checks.finding import Finding, Kind, Severity
from affectone.corpora.checks.part import Part
from affectone.corpora.checks.words import alike, number
from affectone.corpora.corpus import AUDIO_SUFFIXES, Corpus
from affectone.corpora.facts import Facts, Unreadable
from affectone.errors import AudioError, CorpusError, LabelError

__all__ = ["Hear", "extra_findings"]


@dataclass(frozen=True, slots=True)
class _Extra:
    """A recording that is no row: which clip it would be, or why it is none."""

    path: str
    clip: str | None = None
    why: str = ""


Hear = Callable[[Sequence[Path]], Sequence[Facts | Unreadable]]


def extra_findings(part: Part, known: Collection[str], hear: Hear) -> Iterator[Finding]:
    """Tell the recordings beside the clips of a corpus that are no row of the manifest.

    Those of a published corpus are looked for as its loader does, below the folder that holds all its clips.
    Recordings of one's own may lie anywhere: only the folders that hold some are looked into.

    Parameters
    ----------
    part : Part
    known : collection of str
        Absolute path of every row of the manifest, of whichever corpus.
    hear : callable
        Listens to recordings, as `affectone.corpora.facts.listen`.
    """
    folders = sorted({os.path.dirname(os.path.abspath(row.path)) for row in part.rows if row.sound})
    if not folders:
        return
    root = _common(folders)
    if part.loader is None or root is None:
        yield from _beside(part, folders, known)
        return
    try:
        extras = [extra for extra in _extras(part.loader(root)) if extra.path not in known]
    except (CorpusError, LabelError) as error:
        words = f"extra files were not looked for: {error}"
        yield Finding(Kind.FOREIGN, part.name, Severity.NOTE, words)
        return
    yield from _told(part, extras, hear)


def _common(folders: list[str]) -> Path | None:
    """Return the folder above all; None where that would be a whole disk."""
    try:
        common = Path(os.path.commonpath(folders))
    except ValueError:  # Several disks of Windows.
        return None
    return None if common == Path(common.anchor) else common


def _beside(part: Part, folders: list[str], known: Collection[str]) -> Iterator[Finding]:
    files = (path for folder in folders for path in sorted(Path(folder).glob("*")))
    sounds = [path for path in files if path.suffix.lower() in AUDIO_SUFFIXES and path.is_file()]
    extras = [
        _Extra(str(path)) for path in sounds if not path.name.startswith(".") and str(path) not in known
    ]
    yield from _left_out(part, extras, "recording", _peek)


def _extras(loader: Corpus) -> Iterator[_Extra]:
    scan = loader.scan()
    for clip in scan.clips:
        yield _Extra(os.path.abspath(clip.path), clip.id)
    for file in scan.skipped:
        clip_here = loader.parse(file.path)
        yield _Extra(os.path.abspath(file.path), clip_here.id if clip_here else None, file.why)


def _told(part: Part, extras: Iterable[_Extra], hear: Hear) -> Iterator[Finding]:
    seen = {row.id for row in part.rows}
    copies: list[_Extra] = []
    others: list[_Extra] = []
    for extra in extras:
        if extra.clip is not None:
            (copies if extra.clip in seen else others).append(extra)
            seen.add(extra.clip)
    if copies:
        total = len(copies) + len(others) + len(part.rows)
        words = f"{total} files for {number(len(seen), 'clip')}: each clip is taken once"
        yield _about(part, Kind.COPY, words, copies)
    yield from _left_out(part, others, "clip", lambda paths: _reasons(hear(paths)))
    foreign = ((extra, extra.why) for extra in extras if extra.clip is None)
    for group in alike(foreign).values():
        words = f"{number(len(group), 'file')} among the clips passed over: {group[0][1]}"
        yield _about(part, Kind.FOREIGN, words, [extra for extra, _ in group])


def _left_out(
    part: Part, extras: list[_Extra], noun: str, judge: Callable[[Sequence[Path]], Iterable[str]]
) -> Iterator[Finding]:
    """Tell what could have been a row; those that cannot be read are why they are none."""
    judged = list(zip(extras, judge([Path(extra.path) for extra in extras]), strict=True))
    broken, unbroken = [pair for pair in judged if pair[1]], [extra for extra, why in judged if not why]
    for group in alike(broken).values():
        why = group[0][1]
        words = f"{number(len(group), 'file')} beside the clips cannot be read: {why}"
        yield _about(part, unreadable_kind(why), words, [extra for extra, _ in group], Severity.ERROR)
    if unbroken:
        words = f"{number(len(unbroken), noun)} beside these {'is' if len(unbroken) == 1 else 'are'} not in "
        yield _about(part, Kind.LEFT_OUT, f"{words}the manifest", unbroken)


def _reasons(sounds: Iterable[Facts | Unreadable]) -> list[str]:
    """Return why recordings cannot be read, or nothing for those that can."""
    return [sound.why if isinstance(sound, Unreadable) else "" for sound in sounds]


def _peek(paths: Sequence[Path]) -> Iterator[str]:
    """Yield the same from the first second: what lies beside recordings of one's own may be hours long."""
    for path in paths:
        try:
            with open_audio(path, sample_rate=None) as stream:
                next(iter(stream.blocks(1.0)), None)
        except AudioError as error:
            yield Unreadable.of(path, error).why
        else:
            yield ""


def _about(
    part: Part, kind: Kind, words: str, extras: list[_Extra], severity: Severity = Severity.NOTE
) -> Finding:
    ids = tuple(extra.clip for extra in extras if extra.clip is not None)
    return Finding(kind, part.name, severity, words, ids, tuple(extra.path for extra in extras))
