"""Steps that change how loud a clip is."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from affectone.audio.augment.step import Between, Change, Step, kind

__all__ = ["Clipping", "Gain", "Normalize"]


@kind("normalize")
class Normalize(Step):
    """Scales the clip to a peak of 1."""

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""
        import audiomentations as am

        change: Change = am.Normalize(p=self.chance)
        return change


@kind("gain")
class Gain(Step):
    """Changes the level; what is louder than 1 at the end of all steps is clipped."""

    decibels: Annotated[tuple[float, float], Between(-80, 40)] = (-12.0, 0.0)

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""
        import audiomentations as am

        change: Change = am.Gain(min_gain_db=self.decibels[0], max_gain_db=self.decibels[1], p=self.chance)
        return change


@kind("clipping")
class Clipping(Step):
    """Clips the loudest samples, as an overdriven microphone does."""

    percent: Annotated[tuple[int, int], Between(0, 90)] = (2, 20)
    """Share of the samples that are clipped."""

    def change(self, rng: np.random.Generator) -> Change:
        """Return the change."""
        import audiomentations as am

        change: Change = am.ClippingDistortion(
            min_percentile_threshold=self.percent[0],
            max_percentile_threshold=self.percent[1],
            p=self.chance,
        )
        return change
