"""`affectone predict`: how recordings sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from affectone.cli.formats import PredictionFormat, write_predictions
from affectone.cli.inputs import gather, named_path, raw_format, refuse_overwriting, with_progress
from affectone.cli.output import open_output
from affectone.cli.recognizers import (
    AdaptOption,
    ChannelChoice,
    LabelsOption,
    ModelOption,
    RawOption,
    recognizer_of,
)
from affectone.cli.status import complain, status_of
from affectone.recognition import DEFAULT_MODEL, MOST_JOBS, Prediction

__all__ = ["predict"]


def predict(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Files, folders, or - for stdin.")],
    wanted: Annotated[
        PredictionFormat, typer.Option("--format", help="How to write the answers.")
    ] = PredictionFormat.TABLE,
    model: ModelOption = DEFAULT_MODEL,
    channels: Annotated[
        ChannelChoice, typer.Option(help="One answer for all channels, or one for each.")
    ] = ChannelChoice.MIX,
    labels: LabelsOption = None,
    adapt: AdaptOption = None,
    jobs: Annotated[
        int, typer.Option(min=1, max=MOST_JOBS, help="Recordings that are worked on at once.")
    ] = 1,
    raw: RawOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", parser=named_path, help="Write there instead of stdout."
        ),
    ] = None,
) -> int:
    """Say which emotion recordings sound like, how sure that is, and what the voice sounds like."""
    headerless = raw_format(raw)
    recognizer = recognizer_of(model, labels, adapt, headerless, output)
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
