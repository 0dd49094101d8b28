"""`affectone evaluate`: a report on a run, on a model, or on somebody else's predictions."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from affectone.cli.inputs import named_path
from affectone.cli.roots import parse_roots
from affectone.cli.status import ALL_DONE, complain
from affectone.errors import ConfigError, shown
from affectone.labels import label_view
from affectone.models.store import find_model, model_folders
from affectone.recognition import MOST_JOBS
from affectone.registry import require_extra

if TYPE_CHECKING:
    from affectone.audio.augment import Condition
    from affectone.evaluation.answers import Answers

__all__ = ["evaluate"]


def evaluate(
    judged: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN|MODEL",
            help="Folder that train --protocol P -o RUN made; or a model, by its name or folder.",
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            parser=named_path,
            help="Somebody else's predictions instead: columns id, predicted and, if known, score_LABEL.",
        ),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(help="Whose test clips the model or the predictions answer: as in train --protocol."),
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            metavar="MANIFEST",
            parser=named_path,
            help="What corpora scan made: labels of the clips; for a run, their intensity and duration.",
        ),
    ] = None,
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=ROOT",
            help="Instead of a manifest: a corpus and a folder above its clips. Repeatable.",
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="VIEW", help="Labels that the predictions know: 4, 6, 7, 8, valence, or as sad,happy."
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN", parser=named_path, help="Another run of the same protocol, to compare with."
        ),
    ] = None,
    robustness: Annotated[
        bool,
        typer.Option(
            "--robustness", help="Ask a model about the clips in noise, codecs, a room, at other levels, too."
        ),
    ] = False,
    noise: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FOLDER",
            help="With --robustness: recordings to put behind the clips, as cafe=noises/cafe. Repeatable.",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=MOST_JOBS, help="Processes in which a model listens.")] = 1,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="REPORT", parser=named_path, help="Folder for the report."),
    ] = None,
) -> int:
    """Judge a run, a model or a table of predictions, and write a report with everything to see."""
    wanted = _Wanted(judged, predictions, protocol, labels, robustness, tuple(noise or ()))
    place = _checked(wanted, output)
    if manifest is not None and corpus:
        raise ConfigError("--manifest and --corpus both say what the clips are; leave out one of them")
    if wanted.kind != "run" and manifest is None and not corpus:
        told = {"model": "a model", "predictions": "--predictions"}[wanted.kind]
        raise ConfigError(f"{told} wants --manifest or --corpus NAME=ROOT: they say what the labels are")
    roots = parse_roots(corpus, flag="--corpus ") if corpus else {}
    require_extra("train", "an evaluation")
    require_extra("plots", "an evaluation")
    from affectone.cli.report import write_report
    from affectone.evaluation.answers import read_run
    from affectone.evaluation.report import evaluate as judge

    answers = _answers(wanted, partial(_clips, manifest, roots), jobs)
    other = None if against is None else read_run(against)
    report = judge(answers, against=other, command=shlex.join(["affectone", *sys.argv[1:]]))
    write_report(report, place)
    _tell(report, place)
    return ALL_DONE


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a command line asks for."""

    judged: str | None
    predictions: Path | None
    protocol: str | None
    labels: str | None
    robustness: bool
    noise: tuple[str, ...]

    @property
    def kind(self) -> Literal["run", "model", "predictions"]:
        """What is judged: a model has a card; where there is nothing, a protocol says that one was meant."""
        if not self.judged:
            return "predictions"
        if self.judged in model_folders() or os.path.exists(self.folder / "card.json"):
            return "model"
        return "model" if self.protocol is not None and not os.path.exists(self.folder) else "run"

    @property
    def folder(self) -> Path:
        """Where a run is."""
        return Path(os.path.expanduser(self.judged or ""))


def _checked(wanted: _Wanted, output: Path | None) -> Path:
    """Refuse a command line that means nothing; return the folder of the report."""
    if bool(wanted.judged) == (wanted.predictions is not None):
        raise ConfigError("one of RUN, MODEL and --predictions FILE.csv is needed: what is to be judged")
    if wanted.kind != "run" and wanted.protocol is None:
        told = {"model": f"{wanted.judged} is a model, which", "predictions": "--predictions"}[wanted.kind]
        raise ConfigError(f"{told} wants --protocol P: it says which clips are tested")
    if wanted.kind == "run" and wanted.protocol is not None:
        raise ConfigError("--protocol goes with a model or --predictions; a run has its own")
    if wanted.kind != "predictions" and wanted.labels is not None:
        raise ConfigError(f"--labels goes with --predictions; a {wanted.kind} has its own")
    if wanted.kind != "model" and wanted.robustness:
        raise ConfigError(
            "--robustness goes with a model, which can be asked; a run keeps its answers, and has those to "
            "changed clips where train --robustness made it"
        )
    if wanted.noise and not wanted.robustness:
        raise ConfigError("--noise goes with --robustness")
    if output is None:
        raise ConfigError("-o REPORT is needed: the folder for report.html, report.json and pictures")
    if os.path.exists(output) and not os.path.isdir(output):
        raise ConfigError(f"-o {output} is a file; name a folder")
    return output


def _answers(wanted: _Wanted, clips: Callable[[], Any], jobs: int) -> Answers:
    """Return what is judged."""
    from affectone.corpora import find_protocol
    from affectone.evaluation.answers import join_manifest, read_run
    from affectone.evaluation.models import judge_model
    from affectone.evaluation.others import judge_predictions

    view = None if wanted.labels is None else label_view(wanted.labels)
    if wanted.kind == "run":
        answers = read_run(wanted.folder)
        known = clips()
        return answers if known is None else join_manifest(answers, known)
    find = find_protocol(str(wanted.protocol))  # An unknown one is told before a manifest is read.
    if wanted.predictions is not None:
        return judge_predictions(wanted.predictions, clips(), find, view)
    conditions = _conditions(wanted)
    named = wanted.judged in model_folders()
    artefact = find_model(str(wanted.judged) if named else os.path.expanduser(str(wanted.judged)))
    return judge_model(artefact, clips(), find, conditions=conditions, jobs=jobs)


def _conditions(wanted: _Wanted) -> tuple[Condition, ...]:
    """Return how the clips of a model are changed: folders of noise are read before any clip is."""
    from affectone.audio.augment import CONDITIONS, noise_conditions
    from affectone.evaluation.robustness import CLEAN

    if not wanted.robustness:
        return ()
    conditions, taken = list(CONDITIONS), {CLEAN, *(condition.by for condition in CONDITIONS)}
    flag, form = "--noise ", "NAME=FOLDER, such as cafe=noises/cafe"
    for given, folder in (parse_roots(wanted.noise, flag=flag, form=form) if wanted.noise else {}).items():
        name = given.strip()
        if not name or not given.isprintable():
            raise ConfigError(f"{flag}wants {form}; got {shown(given)} as a name")
        if name.casefold() in taken:
            raise ConfigError(f"{flag}{given}: there is a change of this name already; name it otherwise")
        taken.add(name.casefold())
        try:
            conditions += noise_conditions(name, folder)
        except ConfigError as error:
            raise ConfigError(f"{flag}{given}: {error}") from None
    return tuple(conditions)


def _clips(manifest: Path | None, roots: dict[str, Path]) -> Any:
    from affectone.corpora import load_corpora, read_manifest

    if manifest is not None:
        return read_manifest(manifest)
    return load_corpora(roots) if roots else None


def _tell(report: dict[str, Any], place: Path) -> None:
    """Say the scores, what must be known about them, and where the rest is."""
    if not report["speaker_independent"]:
        complain(f"{report['protocol']} is {report['independence']}")
    for words in report["warnings"]:
        complain(f"warning: {words}")
    for part in report["corpora"]:
        complain(f"{report['protocol']} on {_score_line(part['score'])}")
    for part in report["comparison"]["corpora"] if report["comparison"] else ():
        low, high = part["uar_interval"]
        complain(
            f"{part['corpus']}: UAR {part['uar_difference']:+.2f} ({low:+.2f} to {high:+.2f}) against "
            f"{report['comparison']['other']}. {part['words']}"
        )
    complain(f"{place / 'report.html'}: all of it on one page")


def _score_line(score: dict[str, Any]) -> str:
    uar, wa, f1 = (
        f"{score[value]:.2f} ({score[ends][0]:.2f} to {score[ends][1]:.2f})"
        for value, ends in (
            ("uar_pooled", "uar_interval"),
            ("wa_pooled", "wa_interval"),
            ("macro_f1", "macro_f1_interval"),
        )
    )
    return (
        f"{score['corpus']}: UAR {uar}, WA {wa}, macro-F1 {f1}, "
        f"intervals over {score['interval_over']}; "
        f"clips {score['clips']}, speakers {score['speakers']}, folds {score['folds']}, "
        f"seeds {score['seeds']}"
    )
