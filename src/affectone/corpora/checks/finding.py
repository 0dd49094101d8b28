"""What a check found: its kind, how bad it is, and a sentence about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Kind", "Severity"]


class Severity(StrEnum):
    """How bad a finding is, the worst first."""

    ERROR = "error"
    """The corpus contradicts itself, or part of it cannot be used."""
    WARNING = "warning"
    """It can be used, but results will suffer, or say less than they seem to."""
    NOTE = "note"
    """A user should know it."""


class Kind(StrEnum):
    """What a finding is about, in the order in which findings of one severity are told."""

    MISSING = "missing file"
    POINTER = "Git LFS pointer"
    UNREADABLE = "unreadable"
    DAMAGED = "damaged"
    CONTRADICTION = "equal audio, other labels"
    IMPOSTOR = "equal audio, other speaker"
    ABROAD = "equal audio, other corpus"
    EQUAL = "equal audio"
    SPELT_TWICE = "speaker spelt twice"
    COUNTS = "counts"
    SILENT = "silent"
    FAINT = "faint"
    PAUSES = "pauses"
    CLIPPED = "clipped"
    CHANNELS = "channels"
    RATE = "odd rate"
    RESAMPLED = "resampled"
    CONTAINER = "container"
    COPY = "second copy"
    LEFT_OUT = "left out"
    FOREIGN = "foreign file"
    SPELLING = "spelling"
    CLASSES = "class balance"
    NO_SPEAKER = "no speaker"
    SPEAKERS = "speaker balance"
    LACKING = "speakers lack classes"
    SEXES = "sex balance"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found; plain data.

    Parameters
    ----------
    kind : Kind
    corpus : str
        The corpus it is about; those it is about, with commas between, where it lies across several.
    severity : Severity
    message : str
        A plain sentence.
    ids : tuple of str
        Every clip concerned, by its id in the manifest.
    paths : tuple of str
        Every file concerned: those of the clips, or files that are no clip.
    groups : tuple of tuple of str
        Of equal audio, the ids that sound alike.
    """

    kind: Kind
    corpus: str
    severity: Severity
    message: str
    ids: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
