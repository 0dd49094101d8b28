"""A model's scores seen through a label view."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError
from affectone.labels import LabelSet, LabelView

__all__ = ["ScoreView"]

DoubleArray = npt.NDArray[np.float64]


class ScoreView:
    """Turns the probabilities of a model's labels into those of a view's.

    Joined labels get the sum. What is left out is known not to be asked for, so that the others are divided
    by what they hold together: the probability of each, given that it is one of them. By both, calibrated
    probabilities stay probabilities, so that a view has no temperature of its own.

    Parameters
    ----------
    view : LabelView
    known : LabelSet
        The model's labels, in its order.
    model : str
        As messages have it.

    Raises
    ------
    ConfigError
        If the model knows nothing of one of the view's labels.
    """

    def __init__(self, view: LabelView, known: LabelSet, model: str) -> None:
        self.labels = view.labels
        places = [view.of(label) for label in known]
        unknown = [place for place in view.labels if place not in places]
        if unknown:
            raise ConfigError(
                f"{model} knows nothing that is {' or '.join(unknown)}, which the label view {view.name!r} "
                f"asks for; it knows {', '.join(known)}"
            )
        self._joined = np.array([[place == label for label in view.labels] for place in places], np.float64)

    def scores(self, probabilities: DoubleArray) -> DoubleArray:
        """Return the view's probabilities, shape (view's labels,), summing to 1, from the model's.

        Where the model gives none of them any probability, they are alike.
        """
        joined = probabilities @ self._joined
        total = joined.sum()
        if total <= 0:
            return np.full(len(self.labels), 1 / len(self.labels))
        return np.asarray(joined / total)
