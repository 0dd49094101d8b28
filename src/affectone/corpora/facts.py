"""What only the sound of a recording tells, kept on disk by the content of its file."""

from __future__ import annotations

import base64
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

from affectone.audio import AudioStream, open_audio
from affectone.audio.contents import DECODERS, Content, Unreadable, content_of
from affectone.audio.measures import ChannelDifference, Fingerprint, FrameLevels, Levels
from affectone.corpora.twins import Signature
from affectone.errors import AudioError
from affectone.store import Store, default_cache
from affectone.units import Hertz, Seconds
from affectone.workers import all_cores, over_workers

__all__ = ["Facts", "Unreadable", "listen"]

VERSION = 2
"""Raised whenever the same file would give other facts."""
BLOCK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What one recording is.

    Parameters
    ----------
    file_hash : str
        SHA-256 of the bytes of the file.
    content_hash : str
        SHA-256 of the decoded samples, mixed to mono in 16 bits at their own rate: equal for a WAV and its
        FLAC.
    duration : float
        Seconds that could be read.
    rate, channels : int
        Of the file; the rate in Hz.
    identical_channels : bool
        Several channels that hold one sound.
    format : str
        Container, with its codec where there are several: ``"wav"``, ``"ogg/opus"``.
    peak : float
        Largest sample; full scale is 1.
    clipped_share : float
        Share of the samples in flat runs at full scale.
    silence_share : float
        Share of the time without speech or another sound: see `affectone.audio.measures.FrameLevels`.
    warnings : tuple of str
        What is wrong with the file without making it useless.
    signature : bytes
        By which changed copies are found: see `affectone.corpora.twins`.
    """

    file_hash: str
    content_hash: str
    duration: Seconds
    rate: Hertz
    channels: int
    identical_channels: bool
    format: str
    peak: float
    clipped_share: float
    silence_share: float
    warnings: tuple[str, ...]
    signature: bytes


def _key(content: Content) -> str:
    return f"{_release()} {content.ending} {content.file_hash}"


@cache
def _release() -> str:
    """Return what decides the facts beside the file: this code, and the libraries that decode."""
    return " ".join([str(VERSION), *(f"{name}-{version(name)}" for name in DECODERS)])


def listen(
    paths: Sequence[str | Path],
    *,
    cache: Path | None = None,
    jobs: int | None = None,
    tell: Callable[[str], None] = warnings.warn,
) -> list[Facts | Unreadable]:
    """Listen to recordings, or remember what was heard when their bytes were met before.

    What is found is kept as it comes, so that an interrupted run goes on where it was. Several runs may share
    a cache at the same time. A cache that is damaged or cannot be written is told, and done without.

    Parameters
    ----------
    paths : sequence of path
    cache : Path, optional
        Folder of the cache; by default `default_cache()`.
    jobs : int, optional
        Processes that listen; by default one for each core. They are spawned, so a script that calls this
        keeps its own work under ``if __name__ == "__main__":``.
    tell : callable
        Takes a sentence about the cache; by default it becomes a Python warning.

    Returns
    -------
    list of Facts or Unreadable
        In the order of `paths`.
    """
    places = [Path(path) for path in paths]
    jobs = jobs or all_cores()
    contents = list(over_workers(_content, places, jobs=jobs, label="reading", threads=True))
    files = {
        content: place
        for content, place in zip(contents, places, strict=True)
        if isinstance(content, Content)
    }
    with closing(Store[str]((cache or default_cache()) / "facts.sqlite", tell)) as store:
        heard: dict[Content, Facts | Unreadable] = dict(_remembered(store, files))
        new = [(place, content) for content, place in files.items() if content not in heard]
        with closing(over_workers(_hear, new, jobs=jobs, label="listening")) as found:
            for (_, content), facts in zip(new, found, strict=True):
                heard[content] = facts
                if isinstance(facts, Facts):
                    store.put(_key(content), _to_text(facts))
    return [_of(place, heard, content) for place, content in zip(places, contents, strict=True)]


def _of(
    place: Path, heard: Mapping[Content, Facts | Unreadable], content: Content | Unreadable
) -> Facts | Unreadable:
    found = content if isinstance(content, Unreadable) else heard[content]
    # Of equal files only one was tried.
    return replace(found, path=place) if isinstance(found, Unreadable) else found


def _content(place: Path) -> Content | Unreadable:
    try:
        return content_of(place)
    except AudioError as error:
        return Unreadable.of(place, error)


def _hear(new: tuple[Path, Content]) -> Facts | Unreadable:
    place, content = new
    try:
        with open_audio(place, sample_rate=None, channels="split") as stream:
            return _facts(stream, content.file_hash)
    except AudioError as error:
        return Unreadable.of(place, error)


def _facts(stream: AudioStream, file_hash: str) -> Facts:
    """Measure a recording in one pass, block by block."""
    levels, difference = Levels(stream.channels), ChannelDifference()
    fingerprint, signature = Fingerprint(), Signature(stream.native_rate)
    frames = FrameLevels(stream.native_rate)
    for block in stream.blocks(BLOCK_SECONDS):
        mono = block.mean(axis=0)
        levels.add(block)
        difference.add(block)
        frames.add(mono)
        fingerprint.add(mono)
        signature.add(mono)
    return Facts(
        file_hash=file_hash,
        content_hash=fingerprint.digest,
        duration=stream.seconds_read,
        rate=stream.native_rate,
        channels=stream.native_channels,
        identical_channels=difference.identical,
        format=stream.format,
        peak=levels.peak,
        clipped_share=levels.clipped / levels.samples,
        silence_share=frames.silence_share,
        warnings=stream.warnings,
        signature=signature.digest,
    )


def _remembered(store: Store[str], contents: Iterable[Content]) -> Iterator[tuple[Content, Facts]]:
    for content in contents:
        text = store.get(_key(content))
        facts = None if text is None else _from_text(text)
        if facts is not None:
            yield content, facts


def _to_text(facts: Facts) -> str:
    return json.dumps(asdict(facts) | {"signature": base64.b64encode(facts.signature).decode("ascii")})


def _from_text(text: str) -> Facts | None:
    """Return the facts, or None where the text is damaged."""
    try:
        told = json.loads(text)
        told["warnings"] = tuple(told["warnings"])
        told["signature"] = base64.b64decode(told["signature"], validate=True)
        return Facts(**told)
    except (ValueError, TypeError, KeyError):
        return None
