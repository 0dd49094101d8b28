"""`affectone report`: what an archive says together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from affectone.cli.inputs import named_path
from affectone.cli.output import UnwritableError
from affectone.cli.report import write_whole
from affectone.cli.status import ALL_DONE, unwritable
from affectone.errors import ConfigError
from affectone.registry import require_extra

if TYPE_CHECKING:
    from affectone.batch.report import Report

__all__ = ["report"]

MOST_SHOWN = 1000


def report(
    archive: Annotated[
        str, typer.Argument(metavar="OUT", help="Folder or address that affectone batch -o wrote.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            *("--output", "-o"),
            metavar="FOLDER",
            parser=named_path,
            help="For the page, the workbook and the tables; by default OUT/report.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME@VERSION", help="Whose answers, if there are several."),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|NUMBER|all",
            help="Whose voice is judged; by default the channel named customer, caller or client.",
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Group the emotions by a column of the input; may be repeated."),
    ] = None,
    by_agent: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Group the customers' emotions by who served them. Laws restrict that.",
        ),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="When a recording began; by default it is looked for."),
    ] = None,
    top: Annotated[
        int,
        typer.Option(min=1, max=MOST_SHOWN, metavar="N", help="Recordings and moments the page shows."),
    ] = 20,
) -> int:
    """Say what an archive of recordings sounds like together: a page, a workbook and tables."""
    require_extra("batch", "a report on an archive")
    if not archive:
        raise ConfigError("OUT is empty; name the folder that affectone batch -o wrote")
    from affectone.batch.places import Place
    from affectone.batch.report import Choices, reported

    place = Place(archive)
    if output is None and place.local is None:
        raise ConfigError(f"{archive} is an address; -o FOLDER says where on this machine the report goes")
    folder = output or Path(str(place.local)) / "report"
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise ConfigError(f"-o {folder} is a file; name a folder")
    choices = Choices(model=model, channel=channel, by=tuple(by or ()), by_agent=by_agent, time=time, top=top)
    with reported(place, choices) as made:
        _write(made, folder)
    return ALL_DONE


def _write(made: Report, folder: Path) -> None:
    """Write the page and what stands beside it.

    Raises
    ------
    UnwritableError
        If one of the files cannot be written.
    """
    from affectone.batch.report import write_data
    from affectone.cli.archive_page import archive_html

    page = archive_html(made).encode("utf-8", "backslashreplace")
    try:
        write_data(made, folder)
    except OSError as error:
        raise UnwritableError(unwritable(str(folder), error)) from error
    write_whole(folder / "report.html", page)
