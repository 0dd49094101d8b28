"""`affectone predict`: how recordings sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from affectone.audio import RawFormat
from affectone.cli.formats import PredictionFormat, write_predictions
from affectone.cli.inputs import gather, named_path, raw_format, refuse_overwriting, with_progress
from affectone.cli.output import open_output
from affectone.cli.status import complain, status_of
from affectone.errors import ConfigError
from affectone.recognition import DEFAULT_MODEL, MOST_JOBS, Prediction, Recognizer

__all__ = ["predict"]


SELF: Final = "self"


class ChannelChoice(StrEnum):
    """What is made of several channels."""

    MIX = "mix"
    SPLIT = "split"


def predict(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Files, folders, or - for stdin.")],
    wanted: Annotated[
        PredictionFormat, typer.Option("--format", help="How to write the answers.")
    ] = PredictionFormat.TABLE,
    model: Annotated[
        str, typer.Option(help="Name of a model (affectone models list), or its folder.")
    ] = DEFAULT_MODEL,
    channels: Annotated[
        ChannelChoice, typer.Option(help="One answer for all channels, or one for each.")
    ] = ChannelChoice.MIX,
    labels: Annotated[
        str | None,
        typer.Option(metavar="VIEW", help="Answer with 4, 6, 7, 8, valence, or labels as sad,happy."),
    ] = None,
    adapt: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH|self",
            help="Fit to the voice in these recordings first (files or folders; repeat it), or to each "
            "recording by itself.",
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, max=MOST_JOBS, help="Recordings that are worked on at once.")
    ] = 1,
    raw: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="What headerless samples are, such as s16le:8000:1.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", parser=named_path, help="Write there instead of stdout."
        ),
    ] = None,
) -> int:
    """Say which emotion recordings sound like, how sure that is, and what the voice sounds like."""
    headerless = raw_format(raw)
    recognizer = Recognizer(model, labels=labels)
    if adapt:
        recognizer = _adapted(recognizer, adapt, headerless)
    inputs, failed = gather(paths)
    refuse_overwriting(output, inputs)
    tally = _Tally(failed)
    answers = recognizer.predict_many(
        with_progress(inputs), jobs=jobs, channels=channels.value, raw=headerless
    )
    with open_output(output) as place:
        write_predictions(
            place,
            tally.watch(answers),
            wanted,
            labels=recognizer.labels,
            voices=recognizer.card.voices,
        )
    return status_of(tally.done, tally.failed)


def _adapted(recognizer: Recognizer, paths: list[str], raw: RawFormat | None) -> Recognizer:
    """Return a recogniser that is fitted to recordings, or to each by itself where the one path is ``self``.

    Raises
    ------
    ConfigError
        If the model cannot be adapted, ``self`` stands beside paths, or one of the paths holds no recording.
    AudioError
        If a recording cannot be read, or there is no speech in any.
    """
    if SELF in paths:
        if paths != [SELF]:
            raise ConfigError(f"--adapt {SELF} fits to each recording by itself: give no other --adapt")
        return recognizer.adapt(SELF)
    sources, failed = gather(paths)
    if failed or not sources:
        raise ConfigError("--adapt: what a model is fitted to has to be readable, all of it")
    return recognizer.adapt(sources, raw=raw)


class _Tally:
    """Counts what was done and what failed, and names the latter as it happens."""

    def __init__(self, failed: int) -> None:
        self.done, self.failed = 0, failed

    def watch(self, predictions: Iterable[Prediction]) -> Iterator[Prediction]:
        for prediction in predictions:
            if prediction.error is None:
                self.done += 1
            else:
                self.failed += 1
                complain(prediction.error)
            yield prediction
