"""`Clip`: one labelled recording; `Votes`: what listeners heard in it; `CorpusInfo`: a corpus's own facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from affectone.labels import Voice

__all__ = ["Clip", "CorpusInfo", "Published", "Votes"]


@dataclass(frozen=True, slots=True)
class Votes:
    """What listeners heard in a clip.

    Parameters
    ----------
    shares : mapping of str to float
        Common label -> share of the listeners who chose it; the shares sum to 1.
    raters : int or None
        How many listeners there were; None where the corpus does not say.
    """

    shares: Mapping[str, float] = field(hash=False)
    raters: int | None = None

    @property
    def agreement(self) -> float:
        """The largest share."""
        return max(self.shares.values())


@dataclass(frozen=True, slots=True)
class Clip:
    """One labelled recording: a row of the manifest, without what only its sound can tell.

    Parameters
    ----------
    id : str
        ``"<corpus>/<stem>"``, unique over all corpora.
    path : pathlib.Path
        The recording.
    corpus : str
        Registered corpus name, or the name a user gave to recordings of their own.
    speaker : str or None
        As the corpus writes it; None where nobody says who speaks.
    emotion : str
        The common label: one of `affectone.labels.COMMON`.
    original : str
        The label as the corpus writes it.
    sex : Voice or None
        Sex of the speaker as the corpus states it.
    age : int or None
        In years.
    ethnicity : str or None
        Of the speaker, in the corpus's own words, in small letters.
    language : str or None
        ISO 639-1 code.
    text : str or None
        The words spoken.
    sentence, take, intensity : str or None
        Which of the corpus's sentences it is, which repetition, and how strongly it was acted, as the
        corpus codes them.
    votes : Votes or None
        What listeners heard.
    heard_intensity : float or None
        How intense the emotion sounded to listeners, whichever they heard: the mean of what they said, from 0
        to 1.
    recording : str or None
        Id of the clip that this one is a copy of, where the user says so, or a name that all copies of one
        recording have.
    """

    id: str
    path: Path
    corpus: str
    speaker: str | None
    emotion: str
    original: str
    sex: Voice | None = None
    age: int | None = None
    ethnicity: str | None = None
    language: str | None = None
    text: str | None = None
    sentence: str | None = None
    take: str | None = None
    intensity: str | None = None
    votes: Votes | None = None
    heard_intensity: float | None = None
    recording: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """How many clips a release of a corpus has.

    Parameters
    ----------
    version : str
        As its publishers call it.
    clips, speakers : int
    classes : mapping of str to int
        The corpus's own label -> clips; empty where the publishers do not say.
    """

    version: str
    clips: int
    speakers: int
    classes: Mapping[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class CorpusInfo:
    """What its publishers say about a corpus.

    Parameters
    ----------
    title : str
    language : str or None
        ISO 639-1 code; None where each clip has its own, or it is the user's to say.
    licence : str
    commercial_use : bool
        Whether the licence is known to allow it.
    citation : str or None
        With the year in parentheses; None for recordings of one's own, as with `home`.
    home : str or None
        The official place, as a URL.
    releases : tuple of Published
        Newest last; empty for recordings of one's own.
    rate : int or None
        In Hz, as published.
    defects : tuple of str
        What is known to be wrong with it.
    """

    title: str
    language: str | None
    licence: str
    commercial_use: bool
    citation: str | None
    home: str | None
    releases: tuple[Published, ...] = ()
    rate: int | None = None
    defects: tuple[str, ...] = ()
