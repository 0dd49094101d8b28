"""`affectone corpora check`: what is wrong with the corpora of a manifest."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from affectone.cli.inputs import named_path
from affectone.cli.output import Output, cell, open_output
from affectone.cli.status import ALL_DONE, SOME_FAILED, complain

if TYPE_CHECKING:
    from affectone.corpora.checks import Finding

__all__ = ["check"]

SHOWN = 3
"""Clips or files of one finding that the table names."""


class FindingFormat(StrEnum):
    """How the findings are written."""

    TABLE = "table"
    JSON = "json"


def check(
    manifest: Annotated[
        Path, typer.Argument(metavar="MANIFEST", parser=named_path, help="What corpora scan made.")
    ],
    wanted: Annotated[
        FindingFormat, typer.Option("--format", help="How to write the findings.")
    ] = FindingFormat.TABLE,
    cache: Annotated[
        Path | None,
        typer.Option(metavar="DIR", parser=named_path, help="Where what was heard is kept."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=256, help="How many processes listen; by default all cores.")
    ] = None,
) -> int:
    """Say what is wrong with the corpora of a manifest: errors, warnings and notes."""
    from affectone.corpora import read_manifest
    from affectone.corpora.checks import Severity, check_manifest

    findings = check_manifest(read_manifest(manifest), cache=cache, jobs=jobs, tell=complain)
    with open_output(None) as output:
        if wanted is FindingFormat.JSON:
            output.write_json([asdict(finding) for finding in findings])
        else:
            _write_findings(output, findings)
    return SOME_FAILED if any(finding.severity is Severity.ERROR for finding in findings) else ALL_DONE


def _write_findings(output: Output, findings: list[Finding]) -> None:
    from rich.table import Table

    if not findings:
        output.write("nothing is wrong\n")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("severity", "corpus"):
        table.add_column(column, no_wrap=True)
    table.add_column("about")
    for column in ("what", "such as"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        row = (finding.severity, finding.corpus, finding.kind, finding.message, _examples(finding))
        table.add_row(*map(cell, row))
    output.write_table(table)


def _examples(finding: Finding) -> str:
    """Return the first few clips, else files; equal ones with = between."""
    alike = [" = ".join(group) for group in finding.groups]
    things = alike or list(finding.ids) or list(finding.paths)
    more = len(things) - SHOWN
    return ", ".join(things[:SHOWN]) + (f" and {more} more" if more > 0 else "")
