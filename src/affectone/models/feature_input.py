"""What a classic model is given: features of a stretch of speech, computed by our own code."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError, ModelIntegrityError
from affectone.models.card import FeatureInput
from affectone.registry import require_extra
from affectone.speech.network import SAMPLE_RATE

if TYPE_CHECKING:
    from affectone.features.plan import Plan

__all__ = ["MeasuredInput", "feature_input"]

FloatArray = npt.NDArray[np.float32]


def feature_input(name: str, plan: Plan) -> FeatureInput:
    """Return what a card says about the features of a plan."""
    return FeatureInput(
        name=name,
        sets=plan.sets,
        functionals=plan.functionals,
        settings=plan.settings.model_dump(mode="json"),
        sha256=_digest(plan),
    )


def _digest(plan: Plan) -> str:
    """Return SHA-256 over a plan and the columns it gives, which tell another version of a library."""
    noise = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE).astype(np.float32)
    names = plan.over_clip((np.clip(noise, -1, 1), SAMPLE_RATE)).names
    return hashlib.sha256(json.dumps([plan.digest, names]).encode()).hexdigest()


class MeasuredInput:
    """Measures stretches of speech as a card wants it.

    Parameters
    ----------
    title : str
        Of the model, for messages.
    wanted : FeatureInput

    Raises
    ------
    MissingExtraError
        Without the extra `features`.
    ModelIntegrityError
        If these features cannot be measured here, or would be others.
    """

    def __init__(self, title: str, wanted: FeatureInput) -> None:
        require_extra("features", f"the model {title}")
        from affectone.features import Settings
        from affectone.features.plan import Plan

        try:
            settings = Settings(**wanted.settings)
            self._plan = Plan.of(wanted.sets, settings, "clip", wanted.functionals or None)
        except ConfigError as error:
            raise ModelIntegrityError(f"model {title} wants features that are not known: {error}") from None
        if _digest(self._plan) != wanted.sha256:
            raise ModelIntegrityError(
                f"model {title} was trained on other features than {wanted.name} gives here; train "
                "it anew, or install the version of affectone that it was trained with"
            )

    def __call__(self, samples: FloatArray) -> FloatArray:
        """Return the features of samples at 16 kHz, shape (features,)."""
        return self._plan.over_clip((samples, SAMPLE_RATE)).values
