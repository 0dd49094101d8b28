"""`affectone doctor`: whether the installation is whole, and what is wrong with recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from enum import StrEnum
from typing import Annotated, Any

import typer

from affectone.audio import RawFormat, RecordingReport, check_recording
from affectone.cli.inputs import Input, gather, raw_format, with_progress
from affectone.cli.output import Output, cell, open_output
from affectone.cli.status import complain, status_of
from affectone.errors import AudioError

__all__ = ["doctor"]


class ReportFormat(StrEnum):
    """How the findings are written."""

    TABLE = "table"
    JSON = "json"


def doctor(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Files, folders, or - for stdin.")
    ] = None,
    wanted: Annotated[
        ReportFormat, typer.Option("--format", help="How to write the findings.")
    ] = ReportFormat.TABLE,
    raw: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="What headerless samples are, such as s16le:8000:1.")
    ] = None,
) -> int:
    """Check the installation or, with paths, what is wrong with recordings."""
    if not paths:
        return _check_installation(wanted)
    headerless = raw_format(raw)
    inputs, failed = gather(paths)
    reports, unreadable = _check_recordings(inputs, headerless)
    with open_output(None) as output:
        if wanted is ReportFormat.JSON:
            output.write_json([asdict(report) for report in reports])
        else:
            _write_reports(output, reports)
    return status_of(len(reports), failed + unreadable)


def _check_installation(wanted: ReportFormat) -> int:
    from affectone.cli.installation import inspect_installation, problems_of

    facts = inspect_installation()
    problems = problems_of(facts)
    with open_output(None) as output:
        if wanted is ReportFormat.JSON:
            output.write_json(facts | {"problems": problems})
        else:
            _write_facts(output, facts)
    for problem in problems:
        complain(problem)
    return status_of(1, len(problems))


def _check_recordings(inputs: Sequence[Input], raw: RawFormat | None) -> tuple[list[RecordingReport], int]:
    reports, failed = [], 0
    for source in with_progress(inputs):
        try:
            reports.append(check_recording(source, raw=raw))
        except AudioError as error:
            failed += 1
            complain(str(error))
    return _with_duplicates(reports), failed


def _with_duplicates(reports: list[RecordingReport]) -> list[RecordingReport]:
    """Tell each recording whose sound came before which one that was."""
    first: dict[str, str] = {}
    told = []
    for report in reports:
        original = first.setdefault(report.content_hash, report.source)
        same = () if original is report.source else (f"the same sound as {original}",)
        told.append(replace(report, problems=(*report.problems, *same)))
    return told


def _write_reports(output: Output, reports: Sequence[RecordingReport]) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("file", overflow="fold")
    table.add_column("format")
    for column in ("rate", "channels", "seconds", "peak dB", "clipped", "silence", "SNR dB"):
        table.add_column(column, justify="right")
    table.add_column("what is wrong", overflow="fold")
    for report in reports:
        table.add_row(*map(cell, _report_cells(report)))
    if reports:
        output.write_table(table)


def _report_cells(report: RecordingReport) -> tuple[str, ...]:
    return (
        report.source,
        f"{report.format} {report.subtype}",
        str(report.native_rate),
        str(report.channels),
        f"{report.duration:.2f}",
        _decibels(report.peak_dbfs),
        f"{report.clipped_share:.1%}",
        f"{report.silence_share:.0%}",
        _decibels(report.snr_db),
        "; ".join(report.problems) or "nothing",
    )


def _decibels(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _write_facts(output: Output, facts: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    rows = [(name, str(facts[name])) for name in ("affectone", "python", "platform", "cpus")]
    rows += list(facts["core"].items())
    for extra, state in facts["extras"].items():
        rows.append((f"extra {extra}", "installed" if state["installed"] else state["install"]))
    for name, model in facts["models"].items():
        rows.append((f"model {name}", model["problem"] or f"{model['title']}, sha256 as its card says"))
    for name, value in rows:
        table.add_row(cell(name), cell(value))
    output.write_table(table)
