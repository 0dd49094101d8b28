"""The windows that a recording is heard in over time: which there are, and when each can be judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from affectone.errors import ConfigError
from affectone.models import ModelCard
from affectone.units import Samples, Seconds, is_number, seconds_to_samples

__all__ = ["Grid", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """One step of time and the window that is heard for it: samples ``[start, end)`` each."""

    start: Samples
    end: Samples
    window_start: Samples
    window_end: Samples


@dataclass(frozen=True, slots=True)
class Grid:
    """Steps of equal length, each in the middle of its window.

    A step is therefore judged ``(window - hop) / 2`` after it, when its window has ended. The first and the
    last windows are shorter: there is no sound outside the recording.

    Parameters
    ----------
    window, hop : int
        In samples.
    """

    window: Samples
    hop: Samples

    @classmethod
    def of(cls, card: ModelCard, window: Seconds, hop: Seconds) -> Grid:
        """Return the steps for a model.

        Raises
        ------
        ConfigError
            If the window is shorter or longer than the model hears, or the hop is longer than the window.
        """
        if not (is_number(window) and card.min_seconds <= window <= card.window_seconds):
            raise ConfigError(
                f"window must be from {card.min_seconds:g} to {card.window_seconds:g} s, which this model "
                f"hears at once; got {window!r}"
            )
        if not (is_number(hop) and LEAST_HOP <= hop <= window):
            raise ConfigError(f"hop must be from {LEAST_HOP:g} s to the window's {window:g} s; got {hop!r}")
        return cls(seconds_to_samples(window, card.sample_rate), seconds_to_samples(hop, card.sample_rate))

    @property
    def ahead(self) -> Samples:
        """How much sound after a step its window needs."""
        return self.window - self.hop - self._before

    @property
    def _before(self) -> Samples:
        return (self.window - self.hop) // 2

    def places(self, first: int, known: Samples, *, ended: bool) -> Iterator[Place]:
        """Yield the steps from a number on that can be judged.

        Parameters
        ----------
        first : int
            Number of the step.
        known : int
            Samples that are there.
        ended : bool
            Whether no more will come.
        """
        start = first * self.hop
        while start < known if ended else start + self.hop + self.ahead <= known:
            end, window_end = min(start + self.hop, known), min(start + self.hop + self.ahead, known)
            yield Place(start, end, max(0, start - self._before), window_end)
            start += self.hop


LEAST_HOP: Seconds = 0.1
"""Under this there is nothing new to hear in a step."""
