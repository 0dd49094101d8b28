"""Stretches of speech and the windows cut from them, in whole samples, half open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from affectone.errors import ConfigError
from affectone.units import Hertz, Samples, Seconds, seconds_to_samples

__all__ = ["Region", "Window", "WindowCutter", "speech_windows"]


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """A stretch of speech: samples ``[start, end)``."""

    start: Samples
    end: Samples

    @property
    def length(self) -> Samples:
        """Number of samples."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A stretch to be judged at once: samples ``[start, end)``, of which `speech_samples` are speech."""

    start: Samples
    end: Samples
    speech_samples: Samples


class WindowCutter:
    """Joins and splits regions into windows while they arrive.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    window_seconds : float
        Longest window.
    max_gap_seconds : float
        Two regions this far apart, or farther, never share a window.
    """

    def __init__(
        self, *, sample_rate: Hertz, window_seconds: Seconds, max_gap_seconds: Seconds = 1.0
    ) -> None:
        self._longest = seconds_to_samples(window_seconds, sample_rate)
        self._max_gap = seconds_to_samples(max_gap_seconds, sample_rate)
        if self._longest < 1:
            raise ConfigError(f"window_seconds must be at least one sample; got {window_seconds}")
        self._open: Window | None = None

    @property
    def pending_start(self) -> Samples | None:
        """First sample of the window still open, or None: sound before it is no longer needed."""
        return None if self._open is None else self._open.start

    def push(self, regions: Iterable[Region], *, settled: Samples = 0) -> list[Window]:
        """Take the next regions, in order, and return the windows that are complete.

        Parameters
        ----------
        regions : iterable of Region
        settled : int
            No later region starts before this sample; a window too far behind it is complete.
        """
        done: list[Window] = []
        for region in regions:
            if self._open is not None and self._joins(self._open, region):
                speech = self._open.speech_samples + region.length
                self._open = Window(self._open.start, region.end, speech)
                continue
            done += self.finish()
            *full, self._open = split_region(region, self._longest)
            done += full
        if self._open is not None and settled - self._open.end >= self._max_gap:
            done += self.finish()
        return done

    def finish(self) -> list[Window]:
        """Return the window still open, if there is one."""
        last, self._open = self._open, None
        return [] if last is None else [last]

    def _joins(self, window: Window, region: Region) -> bool:
        near = region.start - window.end < self._max_gap
        return near and region.end - window.start <= self._longest


def split_region(region: Region, longest: Samples) -> list[Window]:
    """Split a region into the fewest windows of at most `longest` samples, as even as whole samples allow."""
    parts = max(1, -(-region.length // longest))
    edges = [region.start + region.length * part // parts for part in range(parts + 1)]
    return [Window(start, end, end - start) for start, end in pairwise(edges)]


def speech_windows(
    regions: Sequence[Region],
    *,
    sample_rate: Hertz,
    window_seconds: Seconds,
    max_gap_seconds: Seconds = 1.0,
) -> list[Window]:
    """Cut speech regions into windows, exact to the sample.

    Consecutive regions share a window while the gap between them is under `max_gap_seconds` and the whole
    stays within `window_seconds`. A region longer than that is split evenly into the fewest parts that fit.

    Parameters
    ----------
    regions : sequence of Region
        In order, not overlapping.
    sample_rate : int
        In Hz.
    window_seconds : float
        Longest window.
    max_gap_seconds : float
        Two regions this far apart, or farther, never share a window.

    Returns
    -------
    list of Window
        In order; every sample of speech lies in exactly one of them.

    Examples
    --------
    >>> speech_windows([Region(0, 8), Region(10, 12)], sample_rate=2, window_seconds=6, max_gap_seconds=2)
    [Window(start=0, end=12, speech_samples=10)]
    """
    cutter = WindowCutter(
        sample_rate=sample_rate, window_seconds=window_seconds, max_gap_seconds=max_gap_seconds
    )
    return cutter.push(regions) + cutter.finish()
