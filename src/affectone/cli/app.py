"""The commands, put together."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from affectone.cli.archive_report import report
from affectone.cli.batch import batch
from affectone.cli.benchmark import accuracy
from affectone.cli.corpora.check import check
from affectone.cli.corpora.describe import list_command as list_corpora
from affectone.cli.corpora.describe import show_command as show_corpus
from affectone.cli.corpora.plot import plot
from affectone.cli.corpora.scan import scan
from affectone.cli.corpora.split import split
from affectone.cli.doctor import doctor
from affectone.cli.evaluate import evaluate
from affectone.cli.export import export
from affectone.cli.features import features
from affectone.cli.listen.command import listen
from affectone.cli.models import list_command, show_command
from affectone.cli.plot.augment import augment
from affectone.cli.plot.recordings import KINDS
from affectone.cli.plot.scores import scores
from affectone.cli.plot.speaker import speaker
from affectone.cli.plot.timeline import timeline as plot_timeline
from affectone.cli.predict import predict
from affectone.cli.serve import serve
from affectone.cli.status import with_status
from affectone.cli.timeline import timeline
from affectone.cli.train import train

__all__ = ["app"]


def _group(words: str) -> typer.Typer:
    """Return a group without boxes around its help and errors: they load slowly and break lines."""
    return typer.Typer(
        help=words,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
    )


app = _group("Tell what a voice feels.")
corpora_app = _group("Labelled speech as one table, with splits that cannot leak.")
plot_app = _group("Pictures of recordings, of what is measured in them and of what is predicted.")
models_app = _group("The models there are, and what each one is.")
benchmark_app = _group("Suites of models, each tested by a protocol.")

app.command("predict")(with_status(predict))
app.command("timeline")(with_status(timeline))
app.command("listen")(with_status(listen))
app.command("serve")(with_status(serve))
app.command("features")(with_status(features))
app.command("train")(with_status(train))
app.command("evaluate")(with_status(evaluate))
app.command("report")(with_status(report))
app.command("export")(with_status(export))
app.command("batch")(with_status(batch))
app.command("doctor")(with_status(doctor))
app.add_typer(plot_app, name="plot")
for _kind, _draw in KINDS.items():
    plot_app.command(_kind)(with_status(_draw))
plot_app.command("scores")(with_status(scores))
plot_app.command("timeline")(with_status(plot_timeline))
plot_app.command("speaker")(with_status(speaker))
plot_app.command("augment")(with_status(augment))
app.add_typer(models_app, name="models")
models_app.command("list")(with_status(list_command))
models_app.command("show")(with_status(show_command))
app.add_typer(benchmark_app, name="benchmark")
benchmark_app.command("accuracy")(with_status(accuracy))
app.add_typer(corpora_app, name="corpora")
corpora_app.command("list")(with_status(list_corpora))
corpora_app.command("show")(with_status(show_corpus))
corpora_app.command("scan")(with_status(scan))
corpora_app.command("check")(with_status(check))
corpora_app.command("split")(with_status(split))
corpora_app.command("plot")(with_status(plot))


def _show_version(wanted: bool) -> None:
    if wanted:
        from affectone import __version__

        sys.stdout.write(f"affectone {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Tell what a voice feels."""
