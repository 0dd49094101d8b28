"""`Augmentation`: steps in their order, and those that are known by name."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import SerializeAsAny

from affectone.audio.augment.bands import NarrowBand
from affectone.audio.augment.levels import Gain, Normalize
from affectone.audio.augment.noise import Noise, SlopedNoise
from affectone.audio.augment.rooms import Reverb
from affectone.audio.augment.step import Step, read_step
from affectone.audio.augment.timing import Pitch, Shift, Speed, TimeStretch
from affectone.audio.signal import FloatArray, valid_rate, valid_samples
from affectone.errors import AudioValueError, ConfigError, shown, unknown_name
from affectone.registry import require_extra
from affectone.units import Hertz

__all__ = ["PRESETS", "Augmentation"]

MOST_SEED = 2**32 - 1
"""What numpy's legacy generator takes at most."""

PRESETS: dict[str, tuple[Step, ...]] = {
    "field": (
        Speed(factor=(0.85, 1.18)),
        Normalize(),
        Reverb(chance=0.25, decay=(0.15, 0.6), direct=(2, 8)),
        SlopedNoise(chance=0.4, snr=(5, 30), slope=(-6, 0)),
        NarrowBand(chance=0.2),
        Gain(chance=0.2, decibels=(-20, 9)),
    ),
    "classic": (
        Noise(chance=0.5, snr=(10, 30), colours=("white",)),
        Shift(chance=0.5, fraction=(-0.2, 0.2)),
        TimeStretch(chance=0.5, rate=(0.8, 1.25)),
        Pitch(chance=0.5, semitones=(-2, 2)),
    ),
}
"""``field`` is what the packaged model was trained with; ``classic`` what public projects commonly do."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Steps that change a clip one after the other, as a seed decides.

    Nothing is fitted: a copy depends on the clip, the steps and the seed alone. The generators of `random`
    and numpy are seeded meanwhile and put back, so copies are made in processes and not in threads.

    Parameters
    ----------
    steps : iterable of Step or mapping
        In their order. A mapping is a step's kind with its settings.

    Raises
    ------
    ConfigError
        If a kind or a setting is unknown, a setting is out of range, or a folder holds what is no recording.

    Examples
    --------
    >>> import numpy as np
    >>> copy = Augmentation([{"kind": "speed", "factor": [1.25, 1.25]}])
    >>> copy(np.zeros(1000, np.float32), 16000, seed=1).shape
    (800,)
    """

    steps: tuple[SerializeAsAny[Step], ...]

    def __init__(self, steps: Iterable[Step | Mapping[str, Any]]) -> None:
        if isinstance(steps, str | bytes | Mapping) or not isinstance(steps, Iterable):
            raise ConfigError(f"augmentation takes a list of steps; got {shown(steps)}")
        read = tuple(step if isinstance(step, Step) else read_step(step) for step in steps)
        object.__setattr__(self, "steps", read)

    @classmethod
    def preset(cls, name: str, *, chance: Mapping[str, float] | None = None) -> Self:
        """Return the steps that are known by a name, those of some kinds with another chance.

        Parameters
        ----------
        name : str
            One of `PRESETS`.
        chance : mapping of str to float, optional
            Kind of step -> its chance.
        """
        if not isinstance(name, str) or name not in PRESETS:
            raise ConfigError(unknown_name("augmentation preset", name, PRESETS))
        steps = {step.kind: step for step in PRESETS[name]}
        for kind, share in (chance or {}).items():
            if kind not in steps:
                raise ConfigError(unknown_name(f"step of the preset {name!r}", kind, steps))
            steps[kind] = read_step(steps[kind].model_dump() | {"chance": share})
        return cls(steps.values())

    @classmethod
    def read(cls, settings: object) -> Self:
        """Return what a configuration says: a preset's name, or a table.

        The table has either `steps`, or `preset` (``field`` where it is left out) and `chance`.
        """
        if isinstance(settings, str):
            return cls.preset(settings)
        if not isinstance(settings, Mapping):
            raise ConfigError(f"augment is a table or the name of a preset; got {shown(settings)}")
        for name in settings:
            if name not in ("preset", "chance", "steps"):
                known = ("augment.preset", "augment.chance", "augment.steps")
                raise ConfigError(unknown_name("setting", f"augment.{name}", known))
        if "steps" not in settings:
            return cls.preset(settings.get("preset", "field"), chance=_table(settings, "chance"))
        if len(settings) > 1:
            raise ConfigError("augment has steps, or a preset and chances of its steps, but not both")
        return cls(_listed(settings["steps"]))

    def identity(self) -> list[dict[str, Any]]:
        """Return all that decides what the copies are, for the keys of caches; folders by their content."""
        return [step.identity() for step in self.steps]

    def __call__(self, samples: npt.ArrayLike, sample_rate: Hertz, *, seed: int) -> FloatArray:
        """Return a changed copy of a clip; the same seed gives the same copy.

        Parameters
        ----------
        samples : array_like, shape (samples,)
            One channel, as `valid_samples` takes it.
        sample_rate : int
            In Hz.
        seed : int
            Anything from 0 to 2**32 - 1.

        Returns
        -------
        numpy.ndarray of float32, shape (samples,)
            In [-1, 1]. Speed, time stretch and excerpts change the length.

        Raises
        ------
        AudioValueError
            If the samples are not sound of one channel.
        ConfigError
            If the seed is none.
        MissingExtraError
            If audiomentations is not installed.
        """
        require_extra("features", "augmentation")
        changed, rate = _one_channel(samples), valid_rate(sample_rate)
        start = _valid_seed(seed)
        rng = np.random.default_rng(start)
        with _global_generators_from(start):
            for step in self.steps:
                changed = step.change(rng)(changed, rate)
        return np.clip(changed, -1.0, 1.0).astype(np.float32)


def _table(settings: Mapping[str, Any], name: str) -> Mapping[str, float]:
    table = settings.get(name, {})
    if not isinstance(table, Mapping):
        raise ConfigError(f"augment.{name} is a table of kinds of steps; got {shown(table)}")
    return table


def _listed(steps: object) -> list[Any]:
    if not isinstance(steps, list | tuple):
        raise ConfigError(
            f"augment.steps is a list of tables, as [[augment.steps]] makes; got {shown(steps)}"
        )
    return list(steps)


def _valid_seed(seed: object) -> int:
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not whole or not 0 <= seed <= MOST_SEED:  # type: ignore[operator]
        raise ConfigError(f"seed is a whole number from 0 to {MOST_SEED}; got {shown(seed)}")
    return int(seed)  # type: ignore[call-overload, no-any-return]


def _one_channel(samples: npt.ArrayLike) -> FloatArray:
    channels = valid_samples(samples)
    if len(channels) != 1:
        raise AudioValueError(f"augmentation takes one channel; got {len(channels)}")
    only: FloatArray = channels[0]
    return only


@contextmanager
def _global_generators_from(seed: int) -> Iterator[None]:
    # audiomentations draws from the global generators of random and numpy: seed them, and put them back.
    state, legacy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(state)
        np.random.set_state(legacy_state)  # noqa: NPY002
