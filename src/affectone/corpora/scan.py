"""`scan_corpora`: corpora as one manifest, with what only their sound tells."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from affectone.audio.levels import SILENT_PEAK
from affectone.corpora.cells import spellings
from affectone.corpora.clip import Clip
from affectone.corpora.corpus import CORPORA, Scan, Skipped
from affectone.corpora.facts import Facts, Unreadable, listen
from affectone.corpora.manifest import to_manifest, typed
from affectone.corpora.own import OwnCorpus, OwnLabels, number, open_corpus
from affectone.corpora.protocol import speaker_keys
from affectone.corpora.twins import group_recordings
from affectone.errors import ConfigError, CorpusError
from affectone.files import is_utf8
from affectone.registry import require_extra

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Scanned", "scan_corpora"]

NOTHING_SAID = OwnLabels()


@dataclass(frozen=True, slots=True, eq=False)
class Scanned:
    """What a scan found.

    Parameters
    ----------
    manifest : pandas.DataFrame
        One row a clip that can be listened to: corpora in the order given, clips in order of their ids.
    skipped : tuple of Skipped
        Files that are no row, and why.
    notes : tuple of str
        Sentences for the user.
    failed : int
        How many of `skipped` should have been rows: unreadable clips and rows of a table, not foreign names.
    left_out : mapping of str to int
        Corpus -> how many of `skipped` lie among its clips.
    """

    manifest: pd.DataFrame
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    failed: int
    left_out: Mapping[str, int]

    @property
    def whole(self) -> pd.DataFrame:
        """The manifest, or `CorpusError` if anything failed: without it this would be another corpus."""
        if not self.failed:
            return self.manifest
        gone = [skip for skip in self.skipped if not skip.path.is_file()]
        first = (gone or self.skipped)[0]  # Those that cannot be read come before foreign names.
        more = f" (and {self.failed - 1} clips more)" if self.failed > 1 else ""
        raise CorpusError(f"{first.path}: {first.why}{more}; without it this would be another corpus")


def scan_corpora(
    roots: Mapping[str, str | Path],
    *,
    own: OwnLabels = NOTHING_SAID,
    cache: Path | None = None,
    jobs: int | None = None,
) -> Scanned:
    """Read corpora, and listen to every clip.

    What was heard is kept by the content of the files: a second scan is fast, and an interrupted one goes on
    where it was.

    Parameters
    ----------
    roots : mapping of str to path
        Registered corpus -> any folder above its clips; for ``table`` the table.
    own : OwnLabels
        What is to be known of recordings of one's own, for ``folder`` and ``table``.
    cache : Path, optional
        Folder for what was heard; by default ``AFFECTONE_CACHE``, else ``~/.cache/affectone``.
    jobs : int, optional
        Processes that listen; by default one for each core. They are spawned, so a script that calls this
        keeps its own work under ``if __name__ == "__main__":``.

    Raises
    ------
    CorpusError
        If a corpus is unknown, a root is missing or holds no clip, or two clips would have one id.
    ConfigError
        If `own` says something and no root is of one's own recordings, or names columns and there is no
        table.
    MissingExtraError
        If pandas is not installed.
    """
    require_extra("data", "a manifest")
    scans = _read(roots, own)
    clips = [clip for scan in scans.values() for clip in scan.clips]
    _refuse_equal_ids(clips)
    notes = [f"{name}: {note}" for name, scan in scans.items() for note in scan.notes]
    sounds = listen([clip.path for clip in clips], cache=cache, jobs=jobs, tell=notes.append)
    heard, unread = _parted(clips, sounds)
    foreign = _foreign(scans)
    manifest = _filled([clip for clip, _ in heard], [facts for _, facts in heard])
    return Scanned(
        manifest,
        tuple(skip for _, skip in (*unread, *foreign)),
        (*notes, *_spellings(manifest), *_repeats(manifest)),
        sum(skip.lost for _, skip in (*unread, *foreign)),
        Counter(corpus for corpus, _ in (*unread, *foreign)),
    )


def _read(roots: Mapping[str, str | Path], own: OwnLabels) -> dict[str, Scan]:
    """Scan each root; what is said of one's own recordings is not about published ones beside them."""
    owned = [name for name in roots if issubclass(CORPORA.get(name), OwnCorpus)]
    if own.columns and owned == ["folder"]:
        raise ConfigError("--column names a column of a table=...; folder=... has no columns")
    return {
        name: open_corpus(name, Path(root), own if name in owned or not owned else NOTHING_SAID).scan()
        for name, root in roots.items()
    }


def _refuse_equal_ids(clips: Iterable[Clip]) -> None:
    paths: dict[str, Path] = {}
    for clip in clips:
        if clip.id in paths:
            raise CorpusError(
                f"two recordings would have the id {clip.id!r}: {paths[clip.id]} and {clip.path}; scan them "
                f"into two manifests, or give corpora of your own different names"
            )
        paths[clip.id] = clip.path


def _foreign(scans: Mapping[str, Scan]) -> list[tuple[str, Skipped]]:
    """Return corpus and file of what the loaders passed over, once, and not what another loader took.

    What is lost is told of whoever lost it: a table may name a file twice, or one that a folder holds.
    """
    seen = {clip.path for scan in scans.values() for clip in scan.clips}
    foreign = []
    for scan in scans.values():
        for skip in scan.skipped:
            if skip.lost or skip.path not in seen:
                foreign.append((scan.clips[0].corpus, skip))
        seen.update(skip.path for skip in scan.skipped)
    return foreign


def _parted(
    clips: Sequence[Clip], sounds: Sequence[Facts | Unreadable]
) -> tuple[list[tuple[Clip, Facts]], list[tuple[str, Skipped]]]:
    """Return the clips that become rows with their facts, and corpus and file of the others."""
    heard: list[tuple[Clip, Facts]] = []
    unread: list[tuple[str, Skipped]] = []
    for clip, sound in zip(clips, sounds, strict=True):
        if isinstance(sound, Unreadable):
            unread.append((clip.corpus, Skipped(clip.path, sound.why, lost=True)))
        elif not is_utf8(str(clip.path)):
            why = "its name is no UTF-8, as a manifest needs it; rename it"
            unread.append((clip.corpus, Skipped(clip.path, why, lost=True)))
        else:
            heard.append((clip, sound))
    return heard, unread


def _filled(clips: Sequence[Clip], facts: Sequence[Facts]) -> pd.DataFrame:
    """Return the manifest of clips that were listened to."""
    manifest = to_manifest(clips)
    contents = [None if one.peak < SILENT_PEAK else one.content_hash for one in facts]
    groups = group_recordings([one.signature for one in facts], contents, told=_told_copies(clips))
    return typed(
        manifest.assign(
            duration=[one.duration for one in facts],
            rate=[one.rate for one in facts],
            channels=[one.channels for one in facts],
            content_hash=[_hash_of(clip, one) for clip, one in zip(clips, facts, strict=True)],
            recording=manifest["id"].to_numpy()[groups],
        )
    )


def _hash_of(clip: Clip, facts: Facts) -> str:
    """Return the hash of the sound; silence repeats nothing, and each has its own."""
    if facts.peak >= SILENT_PEAK:
        return facts.content_hash
    return hashlib.sha256(f"{facts.content_hash} {clip.id}".encode()).hexdigest()


def _told_copies(clips: Sequence[Clip]) -> Iterator[tuple[int, int]]:
    """Yield the places of two clips that are said to be of one recording."""
    firsts = {clip.id: place for place, clip in enumerate(clips)}
    for place, clip in enumerate(clips):
        if clip.recording is not None:
            yield firsts.setdefault(clip.recording, place), place


def _spellings(manifest: pd.DataFrame) -> list[str]:
    known = manifest[manifest["speaker"].notna()]
    pairs = spellings(speaker_keys(known).tolist())
    if not pairs:
        return []
    (corpus, first), (beside, other) = (name.split("/", 1) for name in pairs[0])
    whose = f"{first!r} and {other!r} of {corpus}" if beside == corpus else " and ".join(map(repr, pairs[0]))
    more = f", and {number(len(pairs) - 1, 'such pair')} more" if len(pairs) > 1 else ""
    return [f"speakers {whose} differ in spelling alone{more}; splits refuse them: write one"]


def _repeats(manifest: pd.DataFrame) -> list[str]:
    repeats = manifest[manifest["recording"] != manifest["id"]]
    if repeats.empty:
        return []
    first = f"{repeats['id'].iloc[0]} that of {repeats['recording'].iloc[0]}"
    verb, such = ("repeats", ":") if len(repeats) == 1 else ("repeat", ", such as")
    return [
        f"{number(len(repeats), 'clip')} {verb} the sound of another, as it is or changed{such} {first}; "
        f"the column recording names it"
    ]
