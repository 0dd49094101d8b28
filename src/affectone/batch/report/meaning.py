"""What a model's labels say about anger, and about good and bad."""

from __future__ import annotations

from collections.abc import Sequence

from affectone.labels import VIEWS, VOICES, Emotion

__all__ = ["anger_labels", "emotion_of", "valence_signs"]

SIGNS = {"positive": 1, "negative": -1}


def emotion_of(label: str) -> str:
    """Return the emotion of a label, which may say the voice before it.

    Examples
    --------
    >>> emotion_of("female_angry"), emotion_of("angry")
    ('angry', 'angry')
    """
    voice, _, emotion = label.partition("_")
    return emotion if voice in VOICES and emotion else label


def anger_labels(labels: Sequence[str]) -> list[str]:
    """Return the labels that mean anger; none where a view has joined it with others."""
    return [label for label in labels if emotion_of(label) == Emotion.ANGRY]


def valence_signs(labels: Sequence[str]) -> dict[str, int]:
    """Return label -> 1 for good, -1 for bad; empty where not both are among the labels.

    Examples
    --------
    >>> valence_signs(["neutral", "happy", "sad"]), valence_signs(["neutral", "sad"])
    ({'happy': 1, 'sad': -1}, {})
    """
    view = VIEWS["valence"]
    places = {label: view.of(emotion_of(label)) or label for label in labels}
    signs = {label: SIGNS[place] for label, place in places.items() if place in SIGNS}
    return signs if len(set(signs.values())) == 2 else {}
