"""`Clip`: one labelled recording, and `CorpusInfo`: what is known about a corpus."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from affectone.labels import Voice

__all__ = ["Clip", "CorpusInfo"]


@dataclass(frozen=True, slots=True)
class Clip:
    """One labelled recording: a row of the manifest.

    Parameters
    ----------
    id : str
        ``"<corpus>/<stem>"``, unique over all corpora.
    path : pathlib.Path
        The recording.
    corpus, speaker : str
        Registered corpus name; the speaker as the corpus writes it.
    original : str
        The label as the corpus writes it.
    emotion : str
        The common label: one of the eight emotions, or ``"bored"``.
    sex : Voice or None
        Sex of the speaker as the corpus states it.
    age : int or None
        In years.
    language : str
        ISO 639-1 code.
    sentence, take, intensity : str or None
        What was said, which repetition it is, and how strongly it was acted, as the corpus codes them.
    """

    id: str
    path: Path
    corpus: str
    speaker: str
    original: str
    emotion: str
    sex: Voice | None
    age: int | None
    language: str
    sentence: str | None = None
    take: str | None = None
    intensity: str | None = None


@dataclass(frozen=True, slots=True)
class CorpusInfo:
    """What its publishers say about a corpus."""

    title: str
    language: str
    clips: int
    speakers: int
    licence: str
    commercial_use: bool
    citation: str
    home: str
    defects: tuple[str, ...] = ()
