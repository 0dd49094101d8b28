"""`extract`: from a recording to features."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, overload

import numpy.typing as npt

from affectone.audio import AudioSource
from affectone.audio.sources import with_rate
from affectone.features.plan import Plan
from affectone.features.result import ClipFeatures, Features
from affectone.features.settings import Settings
from affectone.registry import require_extra
from affectone.units import Hertz

__all__ = ["DEFAULTS", "extract"]

DEFAULTS = Settings()


@overload
def extract(
    source: AudioSource | npt.ArrayLike,
    sets: str,
    *,
    sample_rate: Hertz | None = None,
    settings: Settings = DEFAULTS,
    level: Literal["frames"] = "frames",
) -> Features: ...


@overload
def extract(
    source: AudioSource | npt.ArrayLike,
    sets: list[str] | tuple[str, ...],
    *,
    sample_rate: Hertz | None = None,
    settings: Settings = DEFAULTS,
    level: Literal["frames"] = "frames",
) -> dict[str, Features]: ...


@overload
def extract(
    source: AudioSource | npt.ArrayLike,
    sets: str | list[str] | tuple[str, ...],
    *,
    sample_rate: Hertz | None = None,
    settings: Settings = DEFAULTS,
    level: Literal["clip"],
    functionals: str | Iterable[str] | None = None,
) -> ClipFeatures: ...


def extract(
    source: AudioSource | npt.ArrayLike,
    sets: str | list[str] | tuple[str, ...],
    *,
    sample_rate: Hertz | None = None,
    settings: Settings = DEFAULTS,
    level: Literal["frames", "clip"] = "frames",
    functionals: str | Iterable[str] | None = None,
) -> Features | dict[str, Features] | ClipFeatures:
    """Measure a recording: over its frames, or as one row of named numbers.

    Parameters
    ----------
    source : path, bytes, binary file object, Signal, or array with `sample_rate`
        Its channels are averaged, and it is heard at the rate of the settings.
    sets : str, or list or tuple of str
        Names in `FEATURES`; at level ``"clip"`` also one name in `PRESETS`.
    sample_rate : int, optional
        Rate of an array in Hz; a recording states its own.
    settings : Settings, optional
        Rate, frames and filters.
    level : "frames" or "clip", default "frames"
    functionals : str or iterable of str, optional
        At level ``"clip"``: how frames become one number; by default `DEFAULT_FUNCTIONALS`. Presets bring
        their own; ``voice_quality`` and the sets of openSMILE have numbers of their own.

    Returns
    -------
    Features
        For one set over frames.
    dict of str to Features
        For several, in the order asked for.
    ClipFeatures
        At level ``"clip"``: all sets joined in the order asked for.

    Raises
    ------
    ConfigError
        If a name is unknown, a set does not exist at that level, or functionals or settings are given that
        would have no effect or that a preset fixes.
    AudioError
        If the recording cannot be read, or is too short for a set.
    MissingExtraError
        Without the extra `features`.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    >>> extract(tone, "chroma", sample_rate=16000).values.shape
    (32, 12)
    >>> extract(tone, ["rms", "zcr"], sample_rate=16000, level="clip", functionals="median").names
    ('rms_median', 'zcr_median')
    """
    plan = Plan.of(sets, settings, level, functionals)
    require_extra("features", "measuring features")
    recording = with_rate(source, sample_rate)
    if level == "clip":
        return plan.over_clip(recording)
    measured = plan.over_frames(recording)
    return measured[sets] if isinstance(sets, str) else measured
