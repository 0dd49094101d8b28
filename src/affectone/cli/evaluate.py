"""`affectone evaluate`: a report on a run, or on somebody else's predictions."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from affectone.cli.inputs import named_path
from affectone.cli.roots import parse_roots
from affectone.cli.status import ALL_DONE, complain
from affectone.errors import ConfigError
from affectone.labels import label_view
from affectone.registry import require_extra

__all__ = ["evaluate"]


def evaluate(
    run: Annotated[
        Path | None,
        typer.Argument(metavar="RUN", parser=named_path, help="Folder that train --protocol P -o RUN made."),
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
        typer.Option(help="Whose test clips the predictions are of: as in train --protocol."),
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
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="REPORT", parser=named_path, help="Folder for the report."),
    ] = None,
) -> int:
    """Judge a run or a table of predictions, and write a report with everything to see."""
    place = _checked(run, predictions, protocol, labels, output)
    if manifest is not None and corpus:
        raise ConfigError("--manifest and --corpus both say what the clips are; leave out one of them")
    if predictions is not None and manifest is None and not corpus:
        raise ConfigError(
            "--predictions wants --manifest or --corpus NAME=ROOT: they say what the labels are"
        )
    roots = parse_roots(corpus, flag="--corpus ") if corpus else {}
    view = None if labels is None else label_view(labels)
    require_extra("train", "an evaluation")
    require_extra("plots", "an evaluation")
    from affectone.cli.report import write_report
    from affectone.corpora import find_protocol
    from affectone.evaluation.answers import join_manifest, read_run
    from affectone.evaluation.others import judge_predictions
    from affectone.evaluation.report import evaluate as judge

    if run is not None:
        answers = read_run(run)
        known = _clips(manifest, roots)
        answers = answers if known is None else join_manifest(answers, known)
    else:
        assert predictions is not None and protocol is not None  # noqa: S101, PT018 - _checked
        find = find_protocol(protocol)  # An unknown one is told before a manifest is read.
        answers = judge_predictions(predictions, _clips(manifest, roots), find, view)
    other = None if against is None else read_run(against)
    report = judge(answers, against=other, command=shlex.join(["affectone", *sys.argv[1:]]))
    write_report(report, place)
    _tell(report, place)
    return ALL_DONE


def _checked(
    run: Path | None, predictions: Path | None, protocol: str | None, labels: str | None, output: Path | None
) -> Path:
    """Refuse a command line that means nothing; return the folder of the report."""
    if (run is None) == (predictions is None):
        raise ConfigError("one of RUN and --predictions FILE.csv is needed: what is to be judged")
    if predictions is not None and protocol is None:
        raise ConfigError("--predictions wants --protocol P: it says which clips are tested")
    for flag, value in (("--protocol", protocol), ("--labels", labels)):
        if run is not None and value is not None:
            raise ConfigError(f"{flag} goes with --predictions; a run has its own")
    if output is None:
        raise ConfigError("-o REPORT is needed: the folder for report.html, report.json and pictures")
    if output.exists() and not output.is_dir():
        raise ConfigError(f"-o {output} is a file; name a folder")
    return output


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
