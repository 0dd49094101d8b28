"""Every error affectone raises on purpose.

The tree::

    AffectoneError
    ├── AudioError                  a recording cannot be used
    │   ├── AudioNotFoundError      no such file, or a folder without audio
    │   ├── AudioDecodeError        not audio, empty, or broken beyond use
    │   └── AudioValueError         samples or settings that are not sound (NaN, shape, rate)
    ├── LabelError                  an emotion or a label set that is not known
    ├── ModelError                  a model artefact is missing, damaged, or does not fit
    │   ├── ModelNotFoundError      no model of that name or at that path
    │   └── ModelIntegrityError     the hash, the rate or the labels differ from the card
    ├── CorpusError                 a corpus folder or a manifest cannot be read as one
    │   └── LeakError               a split puts one speaker or one recording on both sides
    ├── ConfigError                 a setting is unknown or out of range
    ├── ServiceError                a service cannot be reached, or refuses
    └── MissingExtraError           an optional part of affectone is not installed

Messages name the bad value and the good ones. Nothing below this module lets an exception of soundfile,
PyAV or onnxruntime through for bad input: the rooms map them to this tree.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "AffectoneError",
    "AudioDecodeError",
    "AudioError",
    "AudioNotFoundError",
    "AudioValueError",
    "ConfigError",
    "CorpusError",
    "LabelError",
    "LeakError",
    "MissingExtraError",
    "ModelError",
    "ModelIntegrityError",
    "ModelNotFoundError",
    "ServiceError",
    "shown",
    "unknown_name",
]


class AffectoneError(Exception):
    """Root of all errors affectone raises on purpose."""


class AudioError(AffectoneError):
    """A recording cannot be used."""


class AudioNotFoundError(AudioError):
    """There is no such file, or a folder holds no audio."""


class AudioDecodeError(AudioError):
    """The bytes are not audio, are empty, or are broken beyond use."""


class AudioValueError(AudioError):
    """Samples or settings are not sound: not finite, of an odd shape, of an impossible rate."""


class LabelError(AffectoneError):
    """An emotion or a label set is not known."""


class ModelError(AffectoneError):
    """A model artefact is missing, damaged, or does not fit."""


class ModelNotFoundError(ModelError):
    """There is no model of that name or at that path."""


class ModelIntegrityError(ModelError):
    """A model artefact differs from what its card promises."""


class CorpusError(AffectoneError):
    """A corpus folder or a manifest cannot be read as one."""


class LeakError(CorpusError):
    """A split puts one speaker, or one recording, on both of its sides."""


class ConfigError(AffectoneError):
    """A setting is unknown or out of range."""


class ServiceError(AffectoneError):
    """A service cannot be reached, or refuses.

    Parameters
    ----------
    words : str
        The service's own where it has some.
    status : int, optional
        Of HTTP; None where no answer came.
    request_id : str, optional
        By which the service's log knows the request.
    retry_after : float, optional
        Seconds after which asking again may help.
    """

    def __init__(
        self,
        words: str,
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(words)
        self.status, self.request_id, self.retry_after = status, request_id, retry_after

    def __reduce__(self) -> tuple[type[ServiceError], tuple[str, int | None, str | None, float | None]]:
        return (type(self), (str(self), self.status, self.request_id, self.retry_after))


class MissingExtraError(AffectoneError):
    """An optional part of affectone is not installed.

    Parameters
    ----------
    extra : str
        Name of the extra, for example ``"train"``.
    wanted_for : str
        What the user asked for, for example ``"training a model"``.
    """

    def __init__(self, extra: str, wanted_for: str) -> None:
        super().__init__(f"{wanted_for} needs the extra {extra!r}: pip install 'affectone[{extra}]'")
        self.extra = extra
        self.wanted_for = wanted_for

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        # Exception pickles its message alone, which would lose the two arguments between processes.
        return (type(self), (self.extra, self.wanted_for))


def unknown_name(kind: str, name: object, known: Iterable[str]) -> str:
    """Say that `name` is not a known `kind`, list the known ones, and suggest the nearest.

    Examples
    --------
    >>> unknown_name("model", "egde", ["base", "edge"])
    "unknown model 'egde'; did you mean 'edge'? known: base, edge"
    """
    names = list(known)
    lowered = {known_name.lower(): known_name for known_name in reversed(names)}
    near = difflib.get_close_matches(str(name).lower(), lowered, n=1)
    hint = f"; did you mean {lowered[near[0]]!r}?" if near else ";"
    return f"unknown {kind} {name!r}{hint} known: {', '.join(names) or 'none'}"


def shown(value: object) -> str:
    """Return a value as a message shows it."""
    try:
        return repr(value)
    except ValueError:  # Python refuses to write whole numbers of thousands of digits.
        return "a very long number"
