"""Emotions in their fixed order, ordered label sets, and views that leave out or join labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from affectone.errors import ConfigError, LabelError, unknown_name

__all__ = [
    "BORED",
    "COMMON",
    "DEGREES",
    "EIGHT",
    "FOURTEEN",
    "OTHER",
    "SIXTEEN",
    "VIEWS",
    "VOICES",
    "Emotion",
    "LabelSet",
    "LabelView",
    "Voice",
    "label_view",
]


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

DEGREES = ("intensity", "agreement")
"""What a model may tell beside emotion and voice, from 0 to 1: how intense the emotion sounds, and how large
a share of listeners would name the same one."""


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


SIXTEEN = LabelSet(tuple(f"{voice}_{emotion}" for voice in VOICES for emotion in EIGHT))
"""Each of the eight emotions in each voice, such as ``female_happy``: two questions in one answer."""

FOURTEEN = LabelSet(tuple(label for label in SIXTEEN if not label.endswith(f"_{Emotion.CALM}")))
"""The same where calm counts as neutral, as in many projects on RAVDESS."""


@dataclass(frozen=True, slots=True)
class LabelView:
    """Fewer or coarser labels, and the place that each common label has among them.

    Parameters
    ----------
    name : str
        As `label_view` takes it.
    labels : LabelSet
        In their order.
    places : mapping of str to str
        Common label -> label of the view. A label that is not in it is left out: it has no place.

    Raises
    ------
    LabelError
        If a place is none of `labels`, or one of them is nobody's place.
    """

    name: str
    labels: LabelSet
    places: Mapping[str, str] = field(hash=False)

    def __post_init__(self) -> None:
        odd = sorted(set(self.labels) ^ set(self.places.values()))
        if odd:
            raise LabelError(f"places and labels of the view {self.name!r} differ by {', '.join(odd)}")

    def of(self, label: str) -> str | None:
        """Return the view's label for a common one, or None where it has no place.

        Examples
        --------
        >>> label_view("valence").of("bored"), label_view("4").of("calm")
        ('negative', None)
        """
        return self.places.get(label)


def _restriction(kept: Sequence[str], name: str | None = None) -> LabelView:
    """Return the view that keeps some common labels, in the common order, and leaves out the others."""
    ordered = tuple(label for label in COMMON if label in kept)
    return LabelView(name or ",".join(ordered), LabelSet(ordered), {label: label for label in ordered})


_FOUR = ("neutral", "happy", "sad", "angry")
_SIX = (*_FOUR, "fearful", "disgust")
_VALENCE = LabelView(
    "valence",
    LabelSet(("positive", "negative", "neutral")),
    {
        "happy": "positive",
        **dict.fromkeys(("sad", "angry", "fearful", "disgust", BORED), "negative"),
        **dict.fromkeys(("neutral", "calm"), "neutral"),
    },
)

VIEWS: Mapping[str, LabelView] = {
    "4": _restriction(_FOUR, "4"),
    "6": _restriction(_SIX, "6"),
    "7": _restriction((*_SIX, "surprised"), "7"),
    "8": _restriction(EIGHT, "8"),
    "valence": _VALENCE,
}
"""Name -> view. Those named by a number only leave labels out: calm does not become neutral. A surprise is
neither good nor bad by itself, so ``valence`` has no place for it, nor for ``other``."""


def label_view(text: str) -> LabelView:
    """Return the view that a text names.

    Parameters
    ----------
    text : str
        ``"4"`` (neutral, happy, sad, angry), ``"6"`` (fearful and disgust, too), ``"7"`` (surprised, too),
        ``"8"``, ``"valence"`` (positive, negative, neutral), or at least two common labels with commas
        between. The labels of a view stand in the common order, however they were given.

    Raises
    ------
    ConfigError
        If the text names no view, a label that is not known or the same one twice, or one label alone.

    Examples
    --------
    >>> label_view("sad,happy").labels.names
    ('happy', 'sad')
    """
    if isinstance(text, str) and text in VIEWS:
        return VIEWS[text]
    if not isinstance(text, str) or "," not in text:
        if text in COMMON:
            raise ConfigError(f"one label alone is no view; name another beside {text!r}")
        words = f"or two or more of {', '.join(COMMON)}, with commas between"
        raise ConfigError(f"{unknown_name('label view', text, VIEWS)}, {words}")
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in COMMON:
            raise ConfigError(f"label view {text!r}: {unknown_name('label', name, COMMON)}")
        if names.count(name) > 1:
            raise ConfigError(f"label view {text!r} names {name} more than once")
    return _restriction(names)
