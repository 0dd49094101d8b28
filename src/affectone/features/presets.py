"""Vectors that people know by their size or name, as sets, functionals and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from affectone.errors import ConfigError
from affectone.registry import Registry

__all__ = ["PRESETS", "Preset"]


@dataclass(frozen=True)
class Preset:
    """One row of numbers about a recording.

    Parameters
    ----------
    doc : str
        What it is and where it comes from; the first line is one sentence.
    sets : tuple of str
        In the order in which they are joined.
    functionals : tuple of str
    changes : mapping
        Settings that make it what it is; the others are the caller's.
    """

    doc: str
    sets: tuple[str, ...]
    functionals: tuple[str, ...] = ("mean",)
    changes: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "__doc__", self.doc)


PRESETS: Registry[Preset] = Registry("preset", ConfigError)
"""Every preset by name."""


def _add(name: str, preset: Preset) -> None:
    PRESETS.register(name, extra="features")(preset)


_add(
    "classic180",
    Preset(
        "Means of 40 MFCC, 12 chroma and 128 mel bands: the 180 numbers of many RAVDESS tutorials.\n\n"
        "Their common code passes the magnitude to librosa's chroma, and so does this.",
        ("mfcc", "chroma", "mel"),
        changes={"n_mfcc": 40, "n_mels": 128, "chroma_of": "magnitude"},
    ),
)
_add(
    "classic162",
    Preset(
        "Means of ZCR, 12 chroma, 20 MFCC, RMS and 128 mel bands: 162 numbers of many a notebook.\n\n"
        "Their common code passes the magnitude to librosa's chroma, and so does this.",
        ("zcr", "chroma", "mfcc", "rms", "mel"),
        changes={"n_mfcc": 20, "n_mels": 128, "chroma_of": "magnitude"},
    ),
)
for _count, _whence in (
    (13, "speech recognition's usual number"),
    (20, "librosa's default"),
    (40, "common here"),
):
    _add(
        f"mfcc{_count}", Preset(f"Means of {_count} MFCC, {_whence}.", ("mfcc",), changes={"n_mfcc": _count})
    )
_add("egemaps88", Preset("The 88 functionals of eGeMAPSv02 (Eyben et al. 2016), by openSMILE.", ("egemaps",)))
_add(
    "compare6373",
    Preset("The 6373 functionals of ComParE 2016 (Schuller et al.), by openSMILE.", ("compare",)),
)
