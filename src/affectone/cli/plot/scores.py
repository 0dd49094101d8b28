"""`affectone plot scores`: predicted probabilities as bars."""

from __future__ import annotations

from affectone.cli.inputs import with_progress
from affectone.cli.plot.place import DpiOption, OutputOption, Place, SizeOption, TitleOption
from affectone.cli.plot.recordings import PathsArgument, few_inputs, short_names, told
from affectone.cli.recognizers import LabelsOption, ModelOption
from affectone.cli.status import complain, status_of
from affectone.recognition import DEFAULT_MODEL, Prediction, Recognizer
from affectone.views import Scores, scores_figure

__all__ = ["scores"]


def scores(
    paths: PathsArgument,
    output: OutputOption = None,
    model: ModelOption = DEFAULT_MODEL,
    labels: LabelsOption = None,
    title: TitleOption = None,
    size: SizeOption = None,
    dpi: DpiOption = None,
) -> int:
    """Draw how probable each emotion is, and how far the answer can be relied on."""
    place = Place.of(output, title, size, dpi)
    recognizer = Recognizer(model, labels=labels)
    inputs, failed = few_inputs(paths, place)
    answers = list(recognizer.predict_many(with_progress(inputs)))
    done = [answer for answer in answers if answer.error is None]
    _complain(answers)
    if done:
        names = short_names([answer.file for answer in done])
        drawn = [
            Scores(name, answer.scores, bool(answer.unsure), answer.reason)
            for name, answer in zip(names, done, strict=True)
        ]
        figure = scores_figure(drawn, recognizer.labels, title=place.title, size=place.size)
        place.put(figure, told("scores", len(done)))
    return status_of(len(done), failed + len(answers) - len(done))


def _complain(answers: list[Prediction]) -> None:
    """Name what could not be read, and what was wrong with the rest."""
    for answer in answers:
        if answer.error is not None:
            complain(answer.error)
        for warning in answer.warnings:
            complain(f"{answer.file}: {warning}")
