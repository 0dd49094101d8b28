"""Emotions in their fixed order, ordered label sets, and how each corpus's words map to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from affectone.errors import LabelError, unknown_name

__all__ = ["BORED", "CORPUS_LABELS", "EIGHT", "VOICES", "Emotion", "LabelSet", "Voice", "emotion_of"]


class Emotion(StrEnum):
    """The eight emotions, in the order used everywhere."""

    NEUTRAL = "neutral"
    CALM = "calm"
    HAPPY = "happy"
    SAD = "sad"
    ANGRY = "angry"
    FEARFUL = "fearful"
    DISGUST = "disgust"
    SURPRISED = "surprised"


class Voice(StrEnum):
    """How the speaker's voice sounds."""

    FEMALE = "female"
    MALE = "male"


VOICES: tuple[str, ...] = tuple(voice.value for voice in Voice)


@dataclass(frozen=True, slots=True)
class LabelSet(Sequence[str]):
    """An ordered, named tuple of labels. A model's outputs are in this order, and in no other.

    Parameters
    ----------
    names : tuple of str
        At least one label, no two alike.

    Raises
    ------
    LabelError
        If a name is empty or occurs twice.

    Examples
    --------
    >>> LabelSet(("happy", "sad")).index("sad")
    1
    """

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.names or not all(self.names):
            raise LabelError(f"a label set needs at least one label and no empty one; got {self.names!r}")
        twice = sorted({name for name in self.names if self.names.count(name) > 1})
        if twice:
            raise LabelError(f"label set names {', '.join(twice)} more than once")

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self.names[index]

    def index(self, value: object, start: int = 0, stop: int | None = None) -> int:
        """Return the position of a label, or raise `LabelError` with the known ones."""
        if value not in self.names[start:stop]:
            raise LabelError(unknown_name("label", value, self.names))
        return self.names.index(str(value), start)

    def mask(self, allowed: Sequence[str]) -> tuple[bool, ...]:
        """Return, for each label in order, whether it is among `allowed`."""
        return tuple(name in allowed for name in self.names)


EIGHT = LabelSet(tuple(emotion.value for emotion in Emotion))

BORED = "bored"
"""EMO-DB's boredom: kept under its own name, since calling it calm or sad would invent a label."""

CORPUS_LABELS: Mapping[str, Mapping[str, str]] = {
    "ravdess": {
        "01": Emotion.NEUTRAL,
        "02": Emotion.CALM,
        "03": Emotion.HAPPY,
        "04": Emotion.SAD,
        "05": Emotion.ANGRY,
        "06": Emotion.FEARFUL,
        "07": Emotion.DISGUST,
        "08": Emotion.SURPRISED,
    },
    "crema_d": {
        "NEU": Emotion.NEUTRAL,
        "HAP": Emotion.HAPPY,
        "SAD": Emotion.SAD,
        "ANG": Emotion.ANGRY,
        "FEA": Emotion.FEARFUL,
        "DIS": Emotion.DISGUST,
    },
    "tess": {
        "neutral": Emotion.NEUTRAL,
        "happy": Emotion.HAPPY,
        "sad": Emotion.SAD,
        "angry": Emotion.ANGRY,
        "fear": Emotion.FEARFUL,
        "disgust": Emotion.DISGUST,
        "ps": Emotion.SURPRISED,
    },
    "savee": {
        "n": Emotion.NEUTRAL,
        "h": Emotion.HAPPY,
        "sa": Emotion.SAD,
        "a": Emotion.ANGRY,
        "f": Emotion.FEARFUL,
        "d": Emotion.DISGUST,
        "su": Emotion.SURPRISED,
    },
    "emodb": {
        "N": Emotion.NEUTRAL,
        "F": Emotion.HAPPY,
        "T": Emotion.SAD,
        "W": Emotion.ANGRY,
        "A": Emotion.FEARFUL,
        "E": Emotion.DISGUST,
        "L": BORED,
    },
}
"""Each corpus's own label -> common label: one of the eight, or `BORED`."""


def emotion_of(corpus: str, original: str) -> str:
    """Map a corpus's own label to the common one.

    Parameters
    ----------
    corpus : str
        Registered corpus name, for example ``"emodb"``.
    original : str
        The label as the corpus writes it, for example ``"W"``.

    Returns
    -------
    str
        One of the eight emotions, or ``"bored"``, which has no place among them.

    Raises
    ------
    LabelError
        If the corpus or its label is unknown.

    Examples
    --------
    >>> emotion_of("tess", "ps")
    'surprised'
    """
    if corpus not in CORPUS_LABELS:
        raise LabelError(unknown_name("corpus", corpus, CORPUS_LABELS))
    words = CORPUS_LABELS[corpus]
    if original not in words:
        raise LabelError(unknown_name(f"label of {corpus}", original, words))
    return str(words[original])
