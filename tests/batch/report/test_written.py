"""What is written: the page, the workbook, JSON and CSV; and archives larger than the memory they get."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import Result

Run = Callable[..., Result]
VOID = {"meta", "img", "br", "link", "input", "hr"}
BAD = "=HYPERLINK(\"x\") <script>alert('1')</script> & {{ 7 * 7 }} [bold]"


@pytest.fixture
def archive(tmp_path: Path, made_archive: ModuleType) -> Path:
    said, done = made_archive.segment, made_archive.recording
    names = [f"{BAD}.wav", "b.wav"]
    files = [
        done(names[0], 100.0, queue=BAD, agent="x", started=datetime(2026, 1, 5, 9)),
        done("b.wav", 60.0, queue="sales", agent="y", started=datetime(2026, 1, 6, 14)),
    ]
    rows = [
        row
        for name in names
        for row in (
            said(name, 0, 9, "neutral", who="agent", channel=0),
            said(name, 5, 6, "happy"),
            said(name, 12, 6, "angry", score=0.8),
        )
    ]
    columns = {"queue": "string", "agent": "string", "started": "timestamp[us]"}
    folder: Path = made_archive.write_archive(tmp_path / "archive", files, rows, columns=columns)
    return folder


class Page(HTMLParser):
    """Reads a page, and holds that what is opened is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


@pytest.fixture
def page_of(archive: Path, invoke: Run) -> Callable[..., Page]:
    def read(*flags: str) -> Page:
        result = invoke(["report", archive, *flags])
        assert (result.exit_code, result.output) == (0, "")
        return Page((archive / "report" / "report.html").read_text(encoding="utf-8"))

    return read


def test_the_page_shows_names_as_they_are(page_of: Callable[..., Page]) -> None:
    page = page_of("--by", "queue")
    assert "script" not in [tag for tag, _ in page.tags]
    assert f"{BAD}.wav" in page.text
    assert "By queue" in page.text


def test_the_page_needs_nothing_else(page_of: Callable[..., Page]) -> None:
    page = page_of("--by-agent", "agent")
    addresses = [told[name] or "" for _, told in page.tags for name in ("src", "href") if name in told]
    assert addresses
    assert all(address.startswith(("data:image/svg+xml;base64,", "#part-")) for address in addresses)
    known = {told.get("id") for _, told in page.tags}
    assert {address[1:] for address in addresses if address.startswith("#")} <= known


def test_pictures_are_told_in_words_and_tables_have_heads(page_of: Callable[..., Page]) -> None:
    page = page_of()
    pictures = [told for tag, told in page.tags if tag == "img"]
    assert len(pictures) == 7
    assert all(told["alt"] for told in pictures)
    assert all(told.get("scope") in ("col", "row") for tag, told in page.tags if tag == "th")
    count = [tag for tag, _ in page.tags].count
    assert count("table") == count("caption")


def test_people_at_work_have_a_notice_and_nobody_else(page_of: Callable[..., Page]) -> None:
    assert "Emotions of people at work" not in page_of("--by", "queue").text
    told = page_of("--by-agent", "agent").text
    assert "Emotions of people at work" in told
    assert "Article 5(1)(f)" in told
    assert "Do not rank people" in told
    assert "Article 5(1)(f)" in page_of("--channel", "agent").text


def test_the_page_says_what_scores_mean_and_how_unsure_they_are(page_of: Callable[..., Page]) -> None:
    head = page_of().text.partition("Emotions\n")[0]
    assert "how a voice sounds to listeners, not what a person feels" in head
    assert "0.0 % of the judged speech is unsure." in head
    assert "customer, by its name" in head


def test_the_top_is_as_long_as_asked(page_of: Callable[..., Page]) -> None:
    assert "1 of 2. All are in calls.csv." in page_of("--top", "1").text


def test_the_same_archive_is_the_same_page(archive: Path, invoke: Run, tmp_path: Path) -> None:
    for name in "ab":
        assert invoke(["report", archive, "--by", "queue", "-o", tmp_path / name]).exit_code == 0
    for name in ("report.html", "report.json", "calls.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_csv_holds_all_calls_without_people_at_work(archive: Path, invoke: Run) -> None:
    invoke(["report", archive, "--top", "1"])
    with (archive / "report" / "calls.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [f"{BAD}.wav", "b.wav"]
    assert [row["queue"] for row in rows] == [BAD, "sales"]
    assert "agent" not in rows[0]
    assert rows[1]["time"] == "2026-01-06T14:00:00"
    invoke(["report", archive, "--by-agent", "agent"])
    assert "agent" in (archive / "report" / "calls.csv").read_text(encoding="utf-8").splitlines()[0]


def test_json_is_what_the_report_says(archive: Path, invoke: Run) -> None:
    invoke(["report", archive])
    told = json.loads((archive / "report" / "report.json").read_text(encoding="utf-8"))
    assert told["recordings"] == 2
    assert told["tables"]["calls"]["total"] == 2


def sheets(path: Path) -> dict[str, str]:
    """Return the XML of each sheet by its name."""
    with zipfile.ZipFile(path) as book:
        tree = ET.fromstring(book.read("xl/workbook.xml"))  # noqa: S314 - we wrote it
        names = [one.attrib["name"] for one in tree.iter() if one.tag.endswith("}sheet")]
        return {name: book.read(f"xl/worksheets/sheet{at}.xml").decode() for at, name in enumerate(names, 1)}


def test_the_workbook_has_a_sheet_for_each_table_and_no_formula(archive: Path, invoke: Run) -> None:
    invoke(["report", archive, "--by", "queue"])
    written = {path.stem for path in (archive / "report").glob("*.csv")}
    found = sheets(archive / "report" / "report.xlsx")
    assert set(found) == written | {"about"}
    assert "=HYPERLINK" in found["calls"]
    assert not any(re.search(r"<f>|<hyperlink", text) for text in found.values())


def test_a_table_too_long_for_a_sheet_is_cut_and_that_is_said(archive: Path, tmp_path: Path) -> None:
    from affectone.batch.places import Place
    from affectone.batch.report import Choices, reported, write_data

    with reported(Place(archive), Choices()) as report:
        write_data(report, tmp_path / "out", most_rows=1)
    found = sheets(tmp_path / "out" / "report.xlsx")
    assert found["calls"].count("<row ") == 2
    assert "calls has 2 rows, and this sheet the first 1: see calls.csv" in found["about"]


def test_an_archive_elsewhere_is_read_through_fsspec(archive: Path, invoke: Run, tmp_path: Path) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.put(str(archive), "/bucket/calls [1]*", recursive=True)
    try:
        result = invoke(["report", "memory://bucket/calls [1]*", "-o", tmp_path / "there"])
        assert (result.exit_code, result.output) == (0, "")
        assert invoke(["report", archive, "-o", tmp_path / "here"]).exit_code == 0
    finally:
        memory.rm("/bucket", recursive=True)
    assert (tmp_path / "here" / "calls.csv").read_bytes() == (tmp_path / "there" / "calls.csv").read_bytes()


def multiply(archive: Path, copies: int) -> None:
    """Add copies of an archive's only part, with other names of recordings."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    for kind in ("segments", "files"):
        folder = archive / kind / "model=base@1"
        table = pq.read_table(folder / "part-00000.parquet", partitioning=None)
        for copy in range(1, copies):
            names = pc.binary_join_element_wise(f"{copy:02d}", table["file"], "-")
            pq.write_table(table.set_column(0, "file", names), folder / f"part-{copy:05d}.parquet")


def test_an_archive_may_be_larger_than_the_memory(made_archive: ModuleType, tmp_path: Path) -> None:
    from affectone.batch.places import Place
    from affectone.batch.report import ArchiveError, Choices, reported

    labels = made_archive.LABELS
    files = [made_archive.recording(f"{number:03d}.wav", 400.0) for number in range(250)]
    rows = [
        made_archive.segment(
            one["file"],
            2.0 * place,
            1 + place % 7 / 7,
            labels[(place * 7 + at) % 4],
            score=0.4 + (place + at) % 50 / 100,
        )
        for at, one in enumerate(files)
        for place in range(160)
    ]
    copies = 45
    archive = made_archive.write_archive(tmp_path / "archive", files, rows)
    with reported(Place(archive), Choices()) as report:
        once = report.head
    multiply(archive, copies)
    with reported(Place(archive), Choices(), memory=SMALL, threads=2) as report:
        made = sum(path.stat().st_size for path in report.database.folder.rglob("*") if path.is_file())
        assert made > 2 * 2**20 * int(SMALL.removesuffix("MiB"))
        assert report.head.recordings == copies * 250
        assert report.head.judged_seconds == pytest.approx(copies * once.judged_seconds)
        assert sum(1 for _ in report.rows(report.tables["calls"])) == copies * 250
    told = pytest.raises(ArchiveError, match="the report needs more memory or temporary room on disk")
    with told, reported(Place(archive), Choices(), memory="4MiB"):
        pass


SMALL = "56MiB"
"""What DuckDB may take for tables of more than twice as much."""
