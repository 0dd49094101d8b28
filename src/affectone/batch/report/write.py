"""The report as files for programs and spreadsheets: JSON, one CSV a table, and a workbook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectone.batch.report.build import Report
from affectone.batch.report.database import Row
from affectone.batch.report.result import Kind, Table, as_json
from affectone.files import replaced
from affectone.recognition.rows import write_csv

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

__all__ = ["write_data", "write_table", "write_workbook"]

JSON, WORKBOOK = "report.json", "report.xlsx"
MOST_ROWS = 2**20 - 1
"""Of a sheet, below its headings."""
MOST_LETTERS = 32_767
"""Of a cell."""
SHEET_LETTERS = 31
ABOUT = "about"
FORMATS: dict[Kind, str] = {
    "count": "#,##0",
    "percent": "0.0",
    "seconds": "0.0",
    "clock": "0.0",
    "number": "0.000",
    "time": "yyyy-mm-dd hh:mm:ss",
    "date": "yyyy-mm-dd",
}


def write_data(report: Report, folder: Path, *, most_rows: int = MOST_ROWS) -> None:
    """Write ``report.json``, ``report.xlsx`` and a CSV for each table, each whole or not at all.

    Parameters
    ----------
    report : Report
    folder : Path
        Made if need be.
    most_rows : int
        Of a sheet in the workbook.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for table in _written(report):
        with replaced(folder / f"{table.name}.csv") as part:
            write_table(report, table, part)
    with replaced(folder / WORKBOOK) as part:
        write_workbook(report, part, most_rows=most_rows)
    with replaced(folder / JSON) as part:
        part.write_text(json.dumps(report.to_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _written(report: Report) -> list[Table]:
    return [table for table in report.tables.values() if table.written]


def write_table(report: Report, table: Table, path: Path) -> None:
    """Write all rows of a table as CSV, some at a time."""
    names = [one.name for one in table.columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = (dict(zip(names, map(as_json, row), strict=True)) for row in report.rows(table))
        write_csv(file, names, rows)


def write_workbook(report: Report, path: Path, *, most_rows: int = MOST_ROWS) -> None:
    """Write a workbook with a sheet about the report and one for each table.

    What looks like a formula or an address is text. A table with more rows than a sheet may have is cut, and
    the first sheet says so.
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(report.database.folder),
    }
    book = xlsxwriter.Workbook(str(path), options)
    formats = {kind: book.add_format({"num_format": words}) for kind, words in FORMATS.items()}
    _write_about(book, report, most_rows)
    for table in _written(report):
        sheet = book.add_worksheet(table.name[:SHEET_LETTERS])
        _write_sheet(book, sheet, table, report.rows(table), formats, most_rows)
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from error


def _write_about(book: Workbook, report: Report, most_rows: int) -> None:
    sheet = book.add_worksheet(ABOUT)
    sheet.set_column(0, 0, 22)
    told = report.to_dict()
    facts = [
        (name, value) for name, value in told.items() if name not in ("tables", "notes", "notices", "labels")
    ]
    cut = [
        f"{table.name} has {table.total:,} rows, and this sheet the first {most_rows:,}: see {table.name}.csv"
        for table in _written(report)
        if table.total > most_rows
    ]
    words = [("notice", one) for one in report.notices] + [("note", one) for one in [*report.notes, *cut]]
    for place, (name, value) in enumerate([*facts, ("labels", ", ".join(report.head.labels)), *words]):
        sheet.write(place, 0, name)
        sheet.write(place, 1, _cell(value))


def _write_sheet(
    book: Workbook,
    sheet: Worksheet,
    table: Table,
    rows: Iterator[Row],
    formats: dict[Kind, Format],
    most_rows: int,
) -> None:
    bold = book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    for place, one in enumerate(table.columns):
        sheet.set_column(place, place, 40 if one.name == "file" else 16)
        sheet.write(0, place, _cell(one.name), bold)
    for number, row in enumerate(rows, start=1):
        if number > most_rows:
            continue  # Read to the end: nothing else may be asked before.
        for place, (one, value) in enumerate(zip(table.columns, row, strict=True)):
            # A column of the input is text for us, and may hold times or numbers.
            kind: Kind = (
                "time" if isinstance(value, datetime) else "date" if isinstance(value, date) else one.kind
            )
            if value is not None:
                sheet.write(number, place, _cell(value), formats.get(kind))


def _cell(value: Any) -> Any:
    """Return a value as a sheet takes it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, bool | int | date) or value is None:
        return value
    if isinstance(value, float):
        # A sheet knows finite numbers alone.
        return value if abs(value) < float("inf") else str(value)
    return str(value)[:MOST_LETTERS]
