"""`Plan`: what is to be measured of a recording, checked before any sound is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from affectone.audio import AudioSource
from affectone.errors import ConfigError, unknown_name
from affectone.features.functionals import valid_functionals
from affectone.features.presets import PRESETS
from affectone.features.result import ClipFeatures, Features
from affectone.features.sets import FEATURES
from affectone.features.settings import Settings
from affectone.features.sound import listen

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
        How frames become one number; none at level ``"frames"``.
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
        functionals: str | Iterable[str],
    ) -> Plan:
        """Check what was asked for; a preset becomes what it stands for.

        Raises
        ------
        ConfigError
            If a name is unknown or named twice, or a set does not exist at that level.
        """
        if level not in LEVELS:
            raise ConfigError(unknown_name("level", level, LEVELS))
        names = (sets,) if isinstance(sets, str) else tuple(sets)
        chosen = valid_functionals(functionals)
        if len(names) == 1 and names[0] in PRESETS:
            preset = PRESETS.get(names[0])
            if level == "frames":
                raise ConfigError(f"the preset {names[0]} measures whole recordings: pass level='clip'")
            names, chosen, settings = preset.sets, preset.functionals, settings.changed(**preset.changes)
        _check_sets(names, level)
        return cls(names, settings, level, chosen if level == "clip" else ())

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

    def over_frames(self, source: AudioSource) -> dict[str, Features]:
        """Measure the frames of a recording, set by set."""
        sound = listen(source, self.settings)
        return {name: FEATURES.get(name).over_frames(sound) for name in self.sets}

    def over_clip(self, source: AudioSource) -> ClipFeatures:
        """Measure a whole recording."""
        sound = listen(source, self.settings)
        parts = [FEATURES.get(name).over_clip(sound, self.functionals) for name in self.sets]
        joined = tuple(name for part in parts for name in part.names)
        return ClipFeatures(np.concatenate([part.values for part in parts]), joined, sound.warnings)

    def joined(self, source: AudioSource) -> Features | ClipFeatures:
        """Measure a recording at the level asked for, all sets side by side."""
        if self.level == "clip":
            return self.over_clip(source)
        parts = list(self.over_frames(source).values())
        values = np.concatenate([part.values for part in parts], axis=1)
        names = tuple(name for part in parts for name in part.names)
        return Features(self.title, values, parts[0].times, names, parts[0].warnings)


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
            raise ConfigError(f"{name} measures whole recordings only: pass level='clip'")
