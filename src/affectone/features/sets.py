"""The registry of feature sets, and what a set is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from affectone.errors import AudioValueError, ConfigError
from affectone.features.functionals import functionals_of
from affectone.features.result import ClipFeatures, Features
from affectone.features.sound import Sound
from affectone.registry import Registry

__all__ = ["FEATURES", "FeatureSet", "Measured", "feature_set", "numbered"]


@dataclass(frozen=True, slots=True)
class Measured:
    """Names and numbers as a set's own function returns them.

    Parameters
    ----------
    names : tuple of str
    values : numpy.ndarray, shape (frames, dims), or (dims,) of a whole recording
    times : numpy.ndarray of float64, shape (frames,), optional
        Centres of frames in seconds, where they are not those of the spectrogram.
    """

    names: tuple[str, ...]
    values: npt.NDArray[np.floating]
    times: npt.NDArray[np.float64] | None = None


Measure: TypeAlias = Callable[[Sound], Measured]


class FeatureSet:
    """How one set is measured.

    Parameters
    ----------
    name : str
    doc : str
        One sentence.
    frames : callable, optional
        Measures over frames; without it the set knows whole recordings only.
    clip : callable, optional
        Measures a whole recording; without it functionals over the frames do.
    gaps : tuple of str
        Names of columns in which NaN has a meaning.
    own_frames : bool
        Whether its frames are others than those of the spectrogram.
    """

    def __init__(
        self,
        name: str,
        doc: str,
        frames: Measure | None,
        clip: Measure | None,
        gaps: tuple[str, ...] = (),
        own_frames: bool = False,
    ) -> None:
        self.name = name
        self.__doc__ = doc
        self._frames = frames
        self._clip = clip
        self._gaps = gaps
        self.own_frames = own_frames

    @property
    def sums_up(self) -> bool:
        """Whether functionals make its row about a recording; otherwise it has numbers of its own."""
        return self._clip is None

    @property
    def levels(self) -> tuple[str, ...]:
        """What it can be asked for: ``"frames"``, ``"clip"``."""
        return ("frames", "clip") if self._frames else ("clip",)

    def over_frames(self, sound: Sound) -> Features:
        """Measure a recording frame by frame; a set that cannot raises `ConfigError`."""
        if self._frames is None:
            raise ConfigError(f"{self.name} measures whole recordings only: ask for the level 'clip'")
        measured = self._frames(sound)
        values = np.asarray(measured.values, np.float32)
        self._check_finite(values, measured.names, sound)
        times = sound.times if measured.times is None else measured.times
        return Features(self.name, values, times, measured.names, sound.warnings)

    def over_clip(self, sound: Sound, functionals: Sequence[str]) -> ClipFeatures:
        """Measure a whole recording; `functionals` are for sets that have none of their own."""
        if self._clip is None:
            frames = self.over_frames(sound)
            names = tuple(f"{name}_{functional}" for name in frames.names for functional in functionals)
            values = functionals_of(frames.values, functionals).ravel()
        else:
            measured = self._clip(sound)
            names, values = measured.names, np.asarray(measured.values, np.float64)
        self._check_finite(values[np.newaxis], names, sound)
        return ClipFeatures(values.astype(np.float32), names, sound.warnings)

    def _check_finite(self, values: npt.NDArray[np.floating], names: tuple[str, ...], sound: Sound) -> None:
        finite = np.isfinite(values).all(axis=0)
        bad = [name for name, fine in zip(names, finite, strict=True) if not fine and name not in self._gaps]
        if bad:
            raise AudioValueError(f"{sound.source}: {self.name} is not a number in {', '.join(bad[:3])}")


FEATURES: Registry[FeatureSet] = Registry("feature set", ConfigError)
"""Every feature set by name."""


def feature_set(name: str, *, gaps: tuple[str, ...] = ()) -> Callable[[Measure], Measure]:
    """Return a decorator that registers a function measuring over frames; its docstring describes the set."""

    def add(frames: Measure) -> Measure:
        doc = frames.__doc__ or ""
        FEATURES.register(name, extra="features")(FeatureSet(name, doc, frames, None, gaps))
        return frames

    return add


def numbered(stem: str, count: int, first: int = 1) -> tuple[str, ...]:
    """Return names with numbers of equal width.

    Examples
    --------
    >>> numbered("mfcc", 13, first=0)[:2], numbered("contrast", 7)[:2]
    (('mfcc_00', 'mfcc_01'), ('contrast_1', 'contrast_2'))
    """
    return tuple(f"{stem}_{number:0{len(str(count))}d}" for number in range(first, first + count))
