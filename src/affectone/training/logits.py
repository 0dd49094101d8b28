"""What a trained model says before it is calibrated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["IMPOSSIBLE", "Logits"]

IMPOSSIBLE = -1e4
"""Logit of a label that a clip's corpus does not have: no probability, and finite in half precision."""


@dataclass(frozen=True, slots=True, eq=False)
class Logits:
    """A model's answers: emotion ``(clips, labels)`` and voice ``(clips, 2)``."""

    emotion: npt.NDArray[np.float32]
    voice: npt.NDArray[np.float32]
