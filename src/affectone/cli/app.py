"""The commands, put together."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from affectone.cli.doctor import doctor
from affectone.cli.models import list_command, show_command
from affectone.cli.predict import predict
from affectone.cli.status import with_status
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
models_app = _group("The models there are, and what each one is.")

app.command("predict")(with_status(predict))
app.command("train")(with_status(train))
app.command("doctor")(with_status(doctor))
app.add_typer(models_app, name="models")
models_app.command("list")(with_status(list_command))
models_app.command("show")(with_status(show_command))


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
