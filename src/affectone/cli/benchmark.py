"""`affectone benchmark`: every row of a suite, trained and tested, or what is left of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from affectone.cli.inputs import named_path
from affectone.cli.output import Output, cell, open_output
from affectone.cli.status import ALL_DONE, complain, status_of
from affectone.errors import AffectoneError, ConfigError
from affectone.recognition import MOST_JOBS
from affectone.registry import require_extra

if TYPE_CHECKING:
    from affectone.evaluation.suite import Row, Suite
    from affectone.evaluation.suite_run import SuiteRun

__all__ = ["accuracy"]


class ListFormat(StrEnum):
    """How the list of rows is written."""

    TABLE = "table"
    JSON = "json"


def accuracy(
    suite: Annotated[
        str,
        typer.Option(metavar="NAME", help="base, edge, honest, precursors, tuned, or a .toml file of rows."),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="RESULTS", parser=named_path, help="Folder of result files; resumes."
        ),
    ],
    corpora: Annotated[
        Path | None,
        typer.Option(metavar="ROOT", parser=named_path, help="Holds a folder a corpus, of its name."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="ROW", help="Run this row alone. Repeat for more.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show rows and which are done; run none.")] = False,
    wanted: Annotated[ListFormat, typer.Option("--format", help="How to write the list.")] = ListFormat.TABLE,
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            parser=named_path,
            help="Folder for what was heard and computed of clips (default: ~/.cache/affectone).",
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, max=MOST_JOBS, help="Processes that listen and compute frames or features.")
    ] = 1,
) -> int:
    """Train and test every row of a suite; an interrupted run goes on where it was."""
    require_extra("train", "training a model")
    from affectone.evaluation.suite import load_suite
    from affectone.evaluation.suite_run import SuiteRun
    from affectone.store import default_cache

    rows = load_suite(suite)
    if listed:
        with open_output(None) as shown:
            _write_rows(shown, rows, rows.named(only), output, wanted)
        return ALL_DONE
    chosen = [row.name for row in rows.chosen(only)]
    if corpora is None or not os.path.isdir(corpora):
        found = "it is not given" if corpora is None else f"{corpora} is no folder"
        raise ConfigError(f"--corpora ROOT is needed, a folder with a folder for each corpus: {found}")
    return _run(SuiteRun(rows, output, corpora, cache or default_cache(), jobs, complain), chosen)


def _run(run: SuiteRun, names: list[str]) -> int:
    """Run rows by their names; one that fails is named, and the others go on."""
    failed = 0
    for row in run.suite.rows:
        if row.name not in names:
            continue
        try:
            result = run.run(row)
        except AffectoneError as error:
            failed += 1
            complain(f"{row.name}: failed: {error}")
            continue
        for words in result["warnings"]:
            complain(f"{row.name}: warning: {words}")
        for score in result["scores"]:
            complain(
                f"{row.name}: {score['corpus']}: UAR {score['uar_pooled']:.2f} {score['uar_interval']} "
                f"(pooled), WA {score['wa_pooled']:.2f}"
            )
    return status_of(len(names) - failed, failed)


def _write_rows(
    output: Output, suite: Suite, chosen: Sequence[Row], results: Path, wanted: ListFormat
) -> None:
    from affectone.evaluation.suite_run import is_done

    rows = [
        {
            "row": row.name,
            "state": "done" if is_done(results, suite, row) else "missing",
            "model": row.model,
            "protocol": row.protocol,
            "seeds": list(row.seeds),
            "number": row.number,
            "why": row.missing,
        }
        for row in chosen
    ]
    if wanted is ListFormat.JSON:
        output.write_json(rows)
        return
    from rich.table import Table

    table = Table("row", "state", "model", "protocol", "number", "why it cannot be run", box=None)
    for row in rows:
        columns = ("row", "state", "model", "protocol", "number", "why")
        table.add_row(*(cell(str(row[name] or "")) for name in columns))
    output.write_table(table)
