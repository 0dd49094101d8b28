"""`Plan`: what is to be measured of a recording, checked before any sound is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from affectone.audio import AudioSource
from affectone.errors import ConfigError, shown, unknown_name
from affectone.features.functionals import DEFAULT_FUNCTIONALS, valid_functionals
from affectone.features.presets import PRESETS, Preset
from affectone.features.result import ClipFeatures, Features
from affectone.features.sets import FEATURES
from affectone.features.settings import Settings
from affectone.features.sound import Sound, listen

__all__ = ["LEVELS", "Level", "Plan"]

Level = Literal["frames", "clip"]
LEVELS = ("frames", "clip")


@dataclass(frozen=True, slots=True)
class Plan:
    """Which sets, at which level, with which settings; plain data that goes to other processes.

    Parameters
    ----------
    sets : tuple of str
        In the order in which they are joined.
    settings : Settings
    level : "frames" or "clip"
    functionals : tuple of str
        How frames become one number; none where no frames are summed up.
    """

    sets: tuple[str, ...]
    settings: Settings
    level: Level
    functionals: tuple[str, ...]

    @classmethod
    def of(
        cls,
        sets: str | Iterable[str],
        settings: Settings,
        level: Level,
        functionals: str | Iterable[str] | None = None,
    ) -> Plan:
        """Check what was asked for; a preset becomes what it stands for.

        Raises
        ------
        ConfigError
            If a name is unknown or named twice, a set does not exist at that level, or functionals (None
            where nobody chose) or settings are given that would have no effect or that a preset fixes.
        """
        if level not in LEVELS:
            raise ConfigError(unknown_name("level", level, LEVELS))
        if not isinstance(settings, Settings):
            raise ConfigError(f"settings= wants Settings, such as Settings(n_mfcc=13); got {shown(settings)}")
        names = _named(sets)
        if functionals is not None:
            functionals = valid_functionals(functionals)
        if len(names) == 1 and names[0] in PRESETS:
            preset = PRESETS.get(names[0])
            _check_preset(names[0], preset, settings, level, functionals)
            names, settings = preset.sets, settings.changed(**preset.changes)
            chosen: tuple[str, ...] = preset.functionals
        else:
            _check_sets(names, level)
            _check_effect(names, level, functionals)
            chosen = DEFAULT_FUNCTIONALS if functionals is None else functionals
        sums_up = level == "clip" and any(FEATURES.get(name).sums_up for name in names)
        return cls(names, settings, level, chosen if sums_up else ())

    @property
    def title(self) -> str:
        """Its sets in one word."""
        return ",".join(self.sets)

    @property
    def digest(self) -> str:
        """SHA-256 over all of it: equal plans, equal digest."""
        told = [self.sets, self.settings.digest, self.level, self.functionals]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def check_joined(self) -> None:
        """Raise `ConfigError` if the sets have different frames, which cannot stand side by side."""
        own = [name for name in self.sets if FEATURES.get(name).own_frames]
        if self.level == "frames" and own and len(self.sets) > 1:
            raise ConfigError(
                f"{own[0]} has frames of its own; over frames it cannot stand beside other sets"
            )

    def over_frames(self, source: AudioSource | Sound) -> dict[str, Features]:
        """Measure the frames of a recording, set by set."""
        sound = self._heard(source)
        return {name: FEATURES.get(name).over_frames(sound) for name in self.sets}

    def over_clip(self, source: AudioSource | Sound) -> ClipFeatures:
        """Measure a whole recording."""
        sound = self._heard(source)
        parts = [FEATURES.get(name).over_clip(sound, self.functionals) for name in self.sets]
        joined = tuple(name for part in parts for name in part.names)
        return ClipFeatures(np.concatenate([part.values for part in parts]), joined, sound.warnings)

    def _heard(self, source: AudioSource | Sound) -> Sound:
        return source if isinstance(source, Sound) else listen(source, self.settings)

    def joined(self, source: AudioSource | Sound) -> Features | ClipFeatures:
        """Measure a recording at the level asked for, all sets side by side."""
        if self.level == "clip":
            return self.over_clip(source)
        parts = list(self.over_frames(source).values())
        values = np.concatenate([part.values for part in parts], axis=1)
        names = tuple(name for part in parts for name in part.names)
        return Features(self.title, values, parts[0].times, names, parts[0].warnings)


def _named(sets: object) -> tuple[str, ...]:
    names = (sets,) if isinstance(sets, str) else tuple(sets) if isinstance(sets, Iterable) else (sets,)
    for name in names:
        if not isinstance(name, str):
            raise ConfigError(f"feature sets are named by text, such as 'mfcc'; got {shown(name)}")
    return names


def _check_preset(
    name: str, preset: Preset, settings: Settings, level: Level, functionals: tuple[str, ...] | None
) -> None:
    if level == "frames":
        raise ConfigError(f"the preset {name} measures whole recordings: ask for the level 'clip'")
    if functionals is not None:
        raise ConfigError(f"the preset {name} brings its own functionals; leave them out")
    for setting, fixed in preset.changes.items():
        given = getattr(settings, setting)
        if setting in settings.model_fields_set and given != fixed:
            raise ConfigError(f"the preset {name} has {setting} {fixed}; got {given}; leave it out")


def _check_effect(names: tuple[str, ...], level: Level, functionals: tuple[str, ...] | None) -> None:
    """Refuse functionals without effect."""
    if functionals is None:
        return
    if level == "frames":
        raise ConfigError("functionals sum up whole recordings; leave them out at the level 'frames'")
    if not any(FEATURES.get(name).sums_up for name in names):
        raise ConfigError(f"{', '.join(names)}: has its own numbers about a recording; leave functionals out")


def _check_sets(names: tuple[str, ...], level: Level) -> None:
    if not names or len(set(names)) < len(names):
        raise ConfigError(f"feature sets must be named once each; got {', '.join(names) or 'none'}")
    for name in names:
        if name in PRESETS:
            raise ConfigError(f"the preset {name} stands alone; join sets, or ask for one preset at a time")
        if name not in FEATURES:
            known = [entry.name for entry in (*FEATURES, *PRESETS)]
            raise ConfigError(unknown_name("feature set", name, known))
        if level not in FEATURES.get(name).levels:
            raise ConfigError(f"{name} measures whole recordings only: ask for the level 'clip'")
