"""Fit one classic model, and a small one for the voice beside it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from affectone.errors import CorpusError
from affectone.features.standardize import Standardizer
from affectone.labels import VOICES, LabelSet
from affectone.models.classic import Classic, Logistic
from affectone.training.logits import IMPOSSIBLE, Logits
from affectone.training.targets import Targets

__all__ = ["FittedClassic", "Head", "fit_classic"]

Values = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A fitted model and the labels that it knows, as positions in a label set of `count`."""

    settings: Classic
    estimator: Any
    count: int

    @property
    def known(self) -> npt.NDArray[np.int64]:
        """Positions of the labels that training clips had."""
        return np.asarray(self.estimator.classes_, np.int64)

    def logits(self, values: Values) -> Values:
        """Return logits of shape (clips, count); a label that no training clip had is impossible."""
        found = np.full((len(values), self.count), IMPOSSIBLE, np.float32)
        found[:, self.known] = self._answers(values)
        return found

    def _answers(self, values: Values) -> npt.NDArray[np.float64]:
        if self.settings.answers == "decision":
            far = np.asarray(self.estimator.decision_function(values), np.float64)
            # Of two labels one number is given, the logit of the second: half of it to each side is the same.
            return far if far.ndim == 2 else np.stack([-far, far], axis=1) / 2
        if self.settings.answers == "log probability":
            return np.asarray(self.estimator.predict_log_proba(values), np.float64)
        shares = np.asarray(self.estimator.predict_proba(values), np.float64)
        return np.log(np.maximum(shares, self.settings.floor))


@dataclass(frozen=True, slots=True, eq=False)
class FittedClassic:
    """The two heads and the scale of their features, which is that of the training clips.

    Parameters
    ----------
    scale : Standardizer
    emotion : Head
    voice : Head or None
        None where training clips have no two voices.
    """

    scale: Standardizer
    emotion: Head
    voice: Head | None

    def logits(self, features: Values) -> Logits:
        """Return logits for features of shape (clips, features)."""
        scaled = self.scale.transform(features)
        emotion = self.emotion.logits(scaled if self.emotion.settings.scaled else features)
        nobody = np.zeros((len(features), len(VOICES)), np.float32)
        return Logits(emotion, nobody if self.voice is None else self.voice.logits(scaled))


def fit_classic(
    settings: Classic, features: Values, targets: Targets, labels: LabelSet, *, seed: int
) -> FittedClassic:
    """Fit a model to clips. All that is learned of them, scales too, comes from these clips alone.

    Clips of rare emotions weigh more, as for networks, where the model can weigh clips. What a corpus lacks
    cannot be masked while a classic model learns; it is masked when the model is scored.

    Parameters
    ----------
    settings : Classic
    features : numpy.ndarray of float32, shape (clips, features)
        Of training clips.
    targets : Targets
        Of the same clips.
    labels : LabelSet
    seed : int

    Raises
    ------
    CorpusError
        If all clips have one emotion.
    ConfigError
        If there are too few for the settings.
    """
    if len(np.unique(targets.emotion)) < 2:
        raise CorpusError(f"a model needs clips of two emotions to learn from; got {len(features)} of one")
    settings.check_clips(len(features))
    scale = Standardizer.fit(features)
    scaled = scale.transform(features)
    chosen = scaled if settings.scaled else features
    emotion = _fitted(settings, chosen, targets.emotion, targets.weight, seed)
    voiced = targets.voice >= 0
    voice = None
    if len(np.unique(targets.voice[voiced])) == len(VOICES):
        own = targets.voice[voiced]
        voice = Head(Logistic(), _fitted(Logistic(), scaled[voiced], own, _balanced(own), seed), len(VOICES))
    return FittedClassic(scale, Head(settings, emotion, len(labels)), voice)


def _balanced(classes: npt.NDArray[np.int64]) -> Values:
    counts = np.bincount(classes)
    return np.asarray(len(classes) / (np.count_nonzero(counts) * counts[classes]), np.float32)


def _fitted(
    settings: Classic, values: Values, classes: npt.NDArray[np.int64], weight: Values, seed: int
) -> Any:
    estimator = settings.estimator(seed)
    with warnings.catch_warnings():
        # Epochs and iterations are settings: where they end is where the user wants them to.
        warnings.filterwarnings("ignore", category=_not_converged())
        if settings.weighted:
            return estimator.fit(values, classes, sample_weight=weight)
        return estimator.fit(values, classes)


def _not_converged() -> type[Warning]:
    from sklearn.exceptions import ConvergenceWarning

    found: type[Warning] = ConvergenceWarning
    return found
