"""Emotions in their fixed order, and ordered label sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from affectone.errors import LabelError, unknown_name

__all__ = ["BORED", "COMMON", "EIGHT", "OTHER", "VOICES", "Emotion", "LabelSet", "Voice"]


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

OTHER = "other"
"""What has no place among the eight and is not boredom, such as excitement or a mixture of feelings."""

COMMON = LabelSet((*EIGHT, BORED, OTHER))
"""All labels that a manifest's column ``emotion`` may hold."""
