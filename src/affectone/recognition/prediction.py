"""`Prediction`: the answer for one recording or one of its channels, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from affectone.errors import ConfigError, unknown_name
from affectone.units import Seconds

__all__ = ["LOW_CONFIDENCE", "MUSIC", "NO_SPEECH", "TOO_SHORT", "UNLIKE", "Prediction"]

NO_SPEECH = "no speech"
TOO_SHORT = "too short"
UNLIKE = "unlike the training data"
LOW_CONFIDENCE = "low confidence"
MUSIC = "music"
"""Of a segment of a timeline: what is heard there holds music and nobody's speech."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one recording, or one channel of it, sounds like.

    Plain data: it compares by value, has a hash, pickles, and survives `to_dict` and `from_dict`.

    Parameters
    ----------
    file : str
        Where the sound came from: a path, ``"<bytes>"``, ``"<array>"``.
    channel : int or None
        Counted from 0; None where the channels were mixed.
    label : str or None
        The most probable emotion; None without speech.
    confidence : float or None
        Its calibrated probability.
    scores : dict of str to float
        Emotion -> calibrated probability, in the model's order, summing to 1; empty without speech.
    unsure : bool or None
        Whether the label should not be relied on.
    reason : str or None
        Why: ``"no speech"``, ``"too short"``, ``"unlike the training data"`` or ``"low confidence"``, the
        first that applies.
    voice : dict of str to float or None
        Probability that the voice is female, and male; None without speech.
    intensity : float or None
        How intense the emotion sounds, from 0 to 1; None of a model that does not tell, and without speech.
    agreement : float or None
        How large a share of listeners would name the same emotion, as far as the model can tell; or None.
    speech_seconds, duration_seconds : float or None
        How much speech was found, and how long the recording is.
    model : str or None
        Name and version, such as ``"edge@0.1.0"``.
    adapted : bool or None
        Whether the model was fitted to this voice or archive first.
    warnings : tuple of str
        What was wrong with the recording without making it useless.
    error : str or None
        Why there is no answer. Then nothing else but `file` says anything.
    """

    file: str
    channel: int | None = None
    label: str | None = None
    confidence: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict, hash=False)
    unsure: bool | None = None
    reason: str | None = None
    voice: Mapping[str, float] | None = field(default=None, hash=False)
    intensity: float | None = None
    agreement: float | None = None
    speech_seconds: Seconds | None = None
    duration_seconds: Seconds | None = None
    model: str | None = None
    adapted: bool | None = None
    warnings: tuple[str, ...] = ()
    error: str | None = None

    @classmethod
    def failed(cls, file: str, error: str) -> Prediction:
        """Return the prediction of a recording that could not be read."""
        return cls(file=file, error=error)

    def to_dict(self) -> dict[str, Any]:
        """Return what `json.dumps` takes, in field order; on an error all but file and error are None."""
        row = {part.name: getattr(self, part.name) for part in fields(self)}
        if self.error is not None:
            return {name: value if name in ("file", "error") else None for name, value in row.items()}
        voice = None if self.voice is None else dict(self.voice)
        return row | {"scores": dict(self.scores), "voice": voice, "warnings": list(self.warnings)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Prediction:
        """Return the prediction that `to_dict` wrote.

        Raises
        ------
        ConfigError
            If a key is not a field, or ``file`` is missing.
        """
        known = [part.name for part in fields(cls)]
        for name in row:
            if name not in known:
                raise ConfigError(unknown_name("field of a prediction", name, known))
        if "file" not in row:
            raise ConfigError("a prediction needs the field 'file'")
        filled = {"scores": row.get("scores") or {}, "warnings": tuple(row.get("warnings") or ())}
        return cls(**{**row, **filled})
