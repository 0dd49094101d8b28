"""The options that all commands which recognise share, and the recogniser they ask for."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from affectone.audio import RawFormat
from affectone.cli.inputs import gather, refuse_overwriting
from affectone.errors import ConfigError
from affectone.recognition import Recognizer

__all__ = ["AdaptOption", "ChannelChoice", "LabelsOption", "ModelOption", "RawOption", "recognizer_of"]

SELF: Final = "self"


class ChannelChoice(StrEnum):
    """What is made of several channels."""

    MIX = "mix"
    SPLIT = "split"


ModelOption = Annotated[str, typer.Option(help="Name of a model (affectone models list), or its folder.")]
LabelsOption = Annotated[
    str | None,
    typer.Option(metavar="VIEW", help="Answer with 4, 6, 7, 8, valence, or labels as sad,happy."),
]
AdaptOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH|self",
        help="Fit to the voice in these recordings first (files or folders; repeat it), or to each "
        "recording by itself.",
    ),
]
RawOption = Annotated[
    str | None, typer.Option(metavar="FORMAT", help="What headerless samples are, such as s16le:8000:1.")
]


def recognizer_of(
    model: str,
    labels: str | None,
    adapt: list[str] | None,
    raw: RawFormat | None,
    output: Path | None = None,
) -> Recognizer:
    """Return the recogniser that a command asks for.

    Raises
    ------
    ConfigError
        If the model cannot be adapted, ``self`` stands beside paths, one of the paths holds no recording, or
        the output is one of the recordings.
    AffectoneError
        If there is no such model, or a recording to adapt to cannot be read or holds no speech.
    """
    recognizer = Recognizer(model, labels=labels)
    if not adapt:
        return recognizer
    if SELF in adapt:
        if adapt != [SELF]:
            raise ConfigError(f"--adapt {SELF} fits to each recording by itself: give no other --adapt")
        return recognizer.adapt(SELF)
    sources, failed = gather(adapt)
    if failed or not sources:
        raise ConfigError("--adapt: what a model is fitted to has to be readable, all of it")
    refuse_overwriting(output, sources)
    return recognizer.adapt(sources, raw=raw)
