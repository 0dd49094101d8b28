"""What a corpus's label map loses in a view of its labels: what has no place, and what becomes one."""

from __future__ import annotations

from collections.abc import Mapping

from affectone.labels import LabelView

__all__ = ["joined_labels", "lost_labels"]


def lost_labels(labels: Mapping[str, str], view: LabelView) -> tuple[str, ...]:
    """Return the corpus's own labels that have no place in a view, in the order of the map.

    Parameters
    ----------
    labels : mapping of str to str
        The corpus's own label -> common label.
    view : LabelView
        That of ``"8"`` tells what the map itself loses: what it calls ``bored`` or ``other``.

    Examples
    --------
    >>> from affectone.labels import label_view
    >>> lost_labels({"joy": "happy", "frustration": "other"}, label_view("8"))
    ('frustration',)
    """
    return tuple(own for own, common in labels.items() if view.of(common) is None)


def joined_labels(labels: Mapping[str, str], view: LabelView) -> dict[str, tuple[str, ...]]:
    """Return, for each label of a view that takes several of the corpus's own labels, which these are.

    Examples
    --------
    >>> from affectone.labels import label_view
    >>> joined_labels({"W": "angry", "T": "sad", "F": "happy"}, label_view("valence"))
    {'negative': ('W', 'T')}
    """
    owns = {
        place: tuple(own for own, common in labels.items() if view.of(common) == place)
        for place in view.labels
    }
    return {place: together for place, together in owns.items() if len(together) > 1}
