"""Who is judged, when recordings began, and which columns may group them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from affectone.batch.places import Place
from affectone.batch.report import Choices, reported
from affectone.batch.report.people import at_work
from affectone.errors import ConfigError

Report = dict[str, Any]
ReportOn = Callable[..., Report]


@pytest.fixture
def heard(report_on: ReportOn, made_archive: ModuleType) -> Callable[..., Report]:
    """Return a function that reports on a call of 10 s on one channel and 20 s on the other."""

    def run(first: str | None, second: str | None, channel: str | None = None, **settings: Any) -> Report:
        rows = [
            made_archive.segment("a.wav", 0, 10, "sad", who=first, channel=0),
            made_archive.segment("a.wav", 0, 20, "happy", who=second, channel=1),
        ]
        return report_on([made_archive.recording("a.wav")], rows, {"channel": channel}, **settings)

    return run


@pytest.mark.parametrize("name", ["customer", "Caller", "CLIENT"])
def test_the_customer_is_judged_by_name(heard: Callable[..., Report], name: str) -> None:
    report = heard(name, "agent")
    assert (report["judged"], report["judged_seconds"]) == (f"{name}, by its name", 10)
    assert report["notices"] == []


def test_without_names_all_are_judged_and_that_is_said(heard: Callable[..., Report]) -> None:
    report = heard(None, None)
    assert report["judged_seconds"] == 30
    assert report["judged"].startswith("all 2 channels together, since the batch was not told their names")


def test_other_names_are_judged_together(heard: Callable[..., Report]) -> None:
    report = heard("Ada", "Bo")
    assert report["judged_seconds"] == 30
    assert report["judged"].startswith("all together (Ada, Bo), since none of them is called customer")


@pytest.mark.parametrize(
    ("channel", "seconds"), [("agent", 20), ("AGENT", 20), ("1", 20), ("0", 10), ("all", 30)]
)
def test_a_channel_can_be_chosen(heard: Callable[..., Report], channel: str, seconds: float) -> None:
    report = heard("customer", "agent", channel)
    assert report["judged_seconds"] == seconds
    assert report["judged"].endswith("as --channel says")
    # Whoever judges people at work is told what that means.
    assert len(report["notices"]) == (seconds != 10)


def test_an_unknown_channel_is_answered_with_those_there(heard: Callable[..., Report]) -> None:
    with pytest.raises(ConfigError, match="did you mean 'customer'") as told:
        heard("customer", "agent", "custmer")
    assert str(told.value).endswith("known: customer, agent, 0, 1, all")


def test_one_channel_is_judged(report_on: ReportOn, made_archive: ModuleType) -> None:
    rows = [made_archive.segment("a.wav", 0, 10, "sad", who=None, channel=None)]
    report = report_on([made_archive.recording("a.wav", channels=1)], rows)
    assert report["judged"] == "all channels, which were heard as one"
    assert "spread-judged" not in report["tables"]


def test_speakers_of_two_channels_are_different_ones(report_on: ReportOn, made_archive: ModuleType) -> None:
    rows = [
        made_archive.segment("a.wav", start, 10, label, who="speaker 1", channel=channel)
        for channel, start, label in [(0, 0, "sad"), (1, 10, "angry")]
    ]
    report = report_on([made_archive.recording("a.wav")], rows)
    assert [row["who"] for row in report["tables"]["talk"]["rows"]] == [
        "channel 0, speaker 1",
        "channel 1, speaker 1",
    ]
    assert report["tables"]["escalations"]["rows"] == []


@pytest.fixture
def begun(report_on: ReportOn, made_archive: ModuleType) -> Callable[..., Report]:
    """Return a function that reports on calls with one column for when they began."""

    def run(values: list[Any], kind: str, column: str = "started", time: str | None = None) -> Report:
        files = [made_archive.recording(f"{at}.wav", **{column: value}) for at, value in enumerate(values)]
        rows = [made_archive.segment(one["file"], 0, 10, "sad") for one in files]
        return report_on(files, rows, {"time": time}, columns={column: kind})

    return run


def hours(report: Report) -> list[int]:
    return [row["part"] for row in report["tables"]["hours"]["rows"]]


@pytest.mark.parametrize(
    ("value", "kind", "hour"),
    [
        (datetime(2026, 1, 5, 17), "timestamp[us]", 17),
        # 17 h of Greenwich: an hour later on a clock in Berlin.
        (datetime(2026, 1, 5, 17), "timestamp[us, tz=Europe/Berlin]", 18),
        (datetime(2026, 1, 5, 17), "timestamp[us, tz=+02:00]", 19),
        ("2026-01-05 17:00", "string", 17),
        ("2026-01-05T17:00:01.5Z", "string", 17),
        ("2026-01-05T17:00:00+02:00", "string", 17),
        (" 2026-01-05T17:00:00-0330 ", "string", 17),
    ],
)
def test_when_a_recording_began_is_found(
    begun: Callable[..., Report], value: Any, kind: str, hour: int
) -> None:
    report = begun([value, None], kind)
    assert (report["time_column"], hours(report)) == ("started", [hour])


@pytest.mark.parametrize("column", ["Start_Time", "input_time", "timestamp", "call_time"])
def test_likely_names_are_looked_at(begun: Callable[..., Report], column: str) -> None:
    assert begun(["2026-01-05 17:00"], "string", column)["time_column"] == column


@pytest.mark.parametrize(
    ("value", "kind", "column"),
    [
        ("2026-01-05 17:00", "string", "when"),
        ("5 pm", "string", "started"),
        ("2026-01-05 05:00 PM", "string", "started"),
        ("05/01/26 17:00", "string", "started"),
        (1767632400, "int64", "started"),
    ],
)
def test_what_is_not_surely_a_time_is_not_taken_for_one(
    begun: Callable[..., Report], value: Any, kind: str, column: str
) -> None:
    report = begun([value, value], kind, column)
    assert report["time_column"] is None
    assert any("--time COLUMN" in note for note in report["notes"])


def test_dates_have_no_hours(begun: Callable[..., Report]) -> None:
    report = begun([date(2026, 1, 5), date(2026, 1, 7)], "date32[day]", "day")
    assert "hours" not in report["tables"]
    assert [row["part"] for row in report["tables"]["days"]["rows"]] == ["2026-01-05", "2026-01-07"]
    assert "day tells dates and no time of day, so nothing is told over the day." in report["notes"]


def test_many_days_become_weeks(begun: Callable[..., Report]) -> None:
    report = begun(["2026-01-05 10:00", "2026-03-20 10:00"], "string")
    assert [row["part"] for row in report["tables"]["weeks"]["rows"]] == ["2026-01-05", "2026-03-16"]


def test_one_day_is_not_told_by_days(begun: Callable[..., Report]) -> None:
    assert {"days", "weeks"}.isdisjoint(begun(["2026-01-05 10:00", "2026-01-05 12:00"], "string")["tables"])


def test_a_chosen_column_may_have_gaps(begun: Callable[..., Report]) -> None:
    report = begun(["2026-01-05 10:00", "unknown"], "string", "when", "when")
    assert hours(report) == [10]
    assert any(
        note.startswith("1 recordings have no time in when that can be read") for note in report["notes"]
    )


@pytest.mark.parametrize("kind", ["string", "int64"])
def test_a_chosen_column_without_times_is_refused(begun: Callable[..., Report], kind: str) -> None:
    value: Any = "noon" if kind == "string" else 12
    with pytest.raises(ConfigError, match=r"--time when holds no time that can be read, such as '(noon|12)'"):
        begun([value], kind, "when", "when")


@pytest.mark.parametrize(
    "name",
    ["agent", "Agent ID", "agent-name", "EMPLOYEE", "input_user", "agentName", "operators", "sales.rep"],
)
def test_columns_of_people_at_work_are_known(name: str) -> None:
    assert at_work(name)


@pytest.mark.parametrize(
    "name", ["queue", "report", "agency", "usergroup", "workers_comp_claim"[8:], "region", ""]
)
def test_other_columns_are_not(name: str) -> None:
    assert not at_work(name)


def test_people_at_work_are_grouped_on_request_alone(report_on: ReportOn, made_archive: ModuleType) -> None:
    files = [made_archive.recording("a.wav", agent="A. Lee", queue="q")]
    rows = [
        made_archive.segment("a.wav", 0, 10, "sad"),
        made_archive.segment("a.wav", 0, 90, "angry", who="agent", channel=0),
    ]
    columns = {"agent": "string", "queue": "string"}
    with pytest.raises(ConfigError, match="use --by-agent agent"):
        report_on(files, rows, {"by": ["agent"]}, columns=columns)
    without = report_on(files, rows, {"by": ["queue"]}, columns=columns)
    assert without["notices"] == []
    assert "A. Lee" not in str(without)
    report = report_on(files, rows, {"by": ["queue"], "by_agent": "agent"}, columns=columns)
    (row,) = report["tables"]["by-2-agent"]["rows"]
    # It is the customer who is judged.
    assert (row["part"], row["speech_seconds"], row["label_sad_percent"]) == ("A. Lee", 10, 100)
    assert ["5(1)(f)" in notice for notice in report["notices"]] == [True, False]


def test_columns_are_found_by_name_in_any_order(tmp_path: Path, made_archive: ModuleType) -> None:
    files = [made_archive.recording("a.wav", queue="sales", region="north")]
    rows = [made_archive.segment("a.wav", 0, 20, "sad")]
    columns = {"queue": "string", "region": "string"}
    folder = made_archive.write_archive(tmp_path / "archive", files, rows, columns=columns)
    about = json.loads((folder / "batch.json").read_text("utf-8"))
    about["columns"] = dict(reversed(about["columns"].items()))
    (folder / "batch.json").write_text(json.dumps(about), "utf-8")
    with reported(Place(folder), Choices(by=["queue"]), memory="1GB") as report:
        (row,) = report.to_dict()["tables"]["by-1-queue"]["rows"]
    assert row["part"] == "sales"


def test_columns_may_be_called_anything(report_on: ReportOn, made_archive: ModuleType) -> None:
    names = [
        'the "queue"',
        "it's; DROP TABLE spoken",
        "Größe 大",
        "call",
        "carried_0",
        "Queue",
        "queue",
        "anger",
    ]
    files = [made_archive.recording("a.wav", **{name: f"v{place}" for place, name in enumerate(names)})]
    rows = [made_archive.segment("a.wav", 0, 20, "sad")]
    report = report_on(files, rows, {"by": names}, columns=dict.fromkeys(names, "string"))
    cuts = [table["rows"][0]["part"] for name, table in report["tables"].items() if name.startswith("by-")]
    assert cuts == [f"v{place}" for place in range(len(names))]
    (call,) = report["tables"]["calls"]["rows"]
    assert (call["input_anger"], call["call"]) == ("v7", "v3")
    assert {call[name] for name in names[:3]} == {"v0", "v1", "v2"}
