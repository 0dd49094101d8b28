"""The numbers of a report, held against what was worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Report = dict[str, Any]
ReportOn = Callable[..., Report]


def rows_of(report: Report, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = report["tables"][table]["rows"]
    return found


def values(report: Report, table: str, column: str) -> list[Any]:
    return [row[column] for row in rows_of(report, table)]


@pytest.fixture
def two(made_archive: ModuleType) -> tuple[list[Any], list[Any]]:
    """Return two calls: 12 s and 30 s of a customer, 10 s of an agent, and a hold melody."""
    said, done = made_archive.segment, made_archive.recording
    files = [
        done("a.wav", 100.0, queue="billing", agent="x", started=datetime(2026, 1, 5, 9, 59, 50)),
        done("b.wav", 60.0, queue="sales", agent="y", started=datetime(2026, 1, 6, 14)),
    ]
    rows = [
        said("a.wav", 0, 10, "neutral", who="agent", channel=0),
        said("a.wav", 5, 6, "happy"),
        said("a.wav", 12, 6, "angry", score=0.8),
        said("a.wav", 30, 3, None, reason="music"),
        said("b.wav", 0, 20, "angry", score=0.4, unsure=True, reason="low confidence"),
        said("b.wav", 22, 10, "angry"),
    ]
    return files, rows


TWO = {"queue": "string", "agent": "string", "started": "timestamp[us]"}


@pytest.fixture
def report(report_on: ReportOn, two: tuple[list[Any], list[Any]]) -> Report:
    failed = [{"file": "z.wav", "model": "base@1", "kind": "AudioDecodeError", "reason": "no audio"}]
    return report_on(*two, {"by": ["queue"]}, columns=TWO, failures=failed)


def test_the_head_counts_everybody_and_the_judged(report: Report) -> None:
    told = {name: report[name] for name in ("recordings", "failed", "silent", "short", "judged")}
    assert told == {"recordings": 2, "failed": 1, "silent": 0, "short": 0, "judged": "customer, by its name"}
    assert (report["audio_seconds"], report["speech_seconds"], report["judged_seconds"]) == (160, 52, 42)
    assert report["unsure_percent"] == pytest.approx(100 * 20 / 42)
    assert (report["begins"], report["ends"]) == ("2026-01-05T09:59:50", "2026-01-06T14:00:00")


def test_emotions_are_shares_of_the_customers_speech(report: Report) -> None:
    assert values(report, "emotions", "label") == ["neutral", "happy", "sad", "angry"]
    assert values(report, "emotions", "label_percent") == pytest.approx([0, 600 / 42, 0, 3600 / 42], abs=1e-5)
    # Happy: 6 s of 1, 6 s of 0.2 / 3, 20 s of 0.6 / 3.
    happy, angry = 6 + 0.4 + 4, 4.8 + 8 + 10
    mean = values(report, "emotions", "mean_percent")
    assert mean[1] == pytest.approx(100 * happy / 42, abs=1e-5)
    assert mean[3] == pytest.approx(100 * angry / 42, abs=1e-5)
    assert sum(mean) == pytest.approx(100, abs=1e-4)


def test_unsure_speech_is_told_by_reason(report: Report) -> None:
    (row,) = rows_of(report, "unsure")
    assert row == {"reason": "low confidence", "speech_seconds": 20, "percent": pytest.approx(100 * 20 / 42)}


def test_an_hour_is_that_in_which_something_is_said(report: Report) -> None:
    # The first call begins at 9:59:50: what is said after 5 s and after 12 s is of two hours.
    assert values(report, "hours", "part") == [9, 10, 14]
    assert values(report, "hours", "speech_seconds") == [6, 6, 30]
    assert values(report, "hours", "label_angry_percent") == [0, 100, 100]
    assert values(report, "hours", "escalations") == [0, 1, 0]
    assert values(report, "hours", "escalations_per_hour") == [0, 600, 0]


def test_days_are_told_where_there_are_several(report: Report) -> None:
    assert values(report, "days", "part") == ["2026-01-05", "2026-01-06"]
    assert values(report, "days", "label_happy_percent") == [50, 0]


def test_groups_stand_by_how_much_is_said(report: Report) -> None:
    assert values(report, "by-1-queue", "part") == ["sales", "billing"]
    assert values(report, "by-1-queue", "unsure_percent") == pytest.approx([100 * 20 / 30, 0], abs=1e-5)
    assert values(report, "by-1-queue", "note") == ["too small to compare"] * 2


def test_calls_are_ranked_by_anger(report: Report) -> None:
    assert values(report, "angriest", "file") == ["b.wav", "a.wav"]
    assert values(report, "angriest", "anger") == pytest.approx([(20 * 0.4 + 10) / 30, 6 * 0.8 / 12])


def test_a_fall_is_from_the_first_third_to_the_last(report: Report) -> None:
    assert values(report, "falling", "file") == ["a.wav", "b.wav"]
    # a: 4 s of happy, valence 1; 4 s of angry 0.8, others 0.2 / 3: 1/15 - 13/15. b: 0.2 - 0.6; then -1.
    assert values(report, "falling", "valence_begin") == pytest.approx([1, -0.4])
    assert values(report, "falling", "valence_end") == pytest.approx([-0.8, -1])
    assert values(report, "falling", "fall") == pytest.approx([1.8, 0.6])


def test_a_segment_over_the_end_of_a_third_counts_with_its_part(
    report_on: ReportOn, made_archive: ModuleType
) -> None:
    said = made_archive.segment
    rows = [said("a.wav", 0, 6, "happy"), said("a.wav", 10, 18, "angry"), said("a.wav", 40, 6, "happy")]
    report = report_on([made_archive.recording("a.wav")], rows)
    (row,) = rows_of(report, "calls")
    # Thirds of 10 s: 6 s happy and 4 s angry, each way.
    assert (row["valence_begin"], row["valence_end"], row["fall"]) == pytest.approx((0.2, 0.2, 0))


def test_a_moment_of_escalation_has_its_time(report: Report) -> None:
    (row,) = rows_of(report, "escalations")
    assert row == {
        "file": "a.wav",
        "start_seconds": 12,
        "end_seconds": 18,
        "who": "customer",
        "time": "2026-01-05T10:00:02",
        "before": "happy",
        "label": "angry",
        "rise": pytest.approx(0.8),
        "confidence": pytest.approx(0.8),
        "other": "agent",
        "other_end_seconds": 10,
    }


def test_unsure_anger_is_no_moment_and_angry_beginnings_are_counted_apart(
    report_on: ReportOn, made_archive: ModuleType
) -> None:
    said = made_archive.segment
    rows = [
        said("a.wav", 0, 5, "angry"),  # Begins so.
        said("a.wav", 6, 5, "sad"),
        said("a.wav", 12, 5, "angry", unsure=True),  # Unsure.
        said("a.wav", 18, 5, "angry"),  # Was angry before, if unsurely.
        said("a.wav", 24, 5, "neutral"),
        said("a.wav", 30, 5, "angry"),
    ]
    report = report_on([made_archive.recording("a.wav")], rows)
    assert values(report, "escalations", "start_seconds") == [30]
    assert any(
        "In 1 recordings a judged voice sounds angry from the first" in note for note in report["notes"]
    )


def test_music_between_does_not_hide_a_rise(report_on: ReportOn, made_archive: ModuleType) -> None:
    said = made_archive.segment
    rows = [
        said("a.wav", 0, 9, "sad"),
        said("a.wav", 9, 9, None, reason="music"),
        said("a.wav", 18, 9, "angry"),
    ]
    report = report_on([made_archive.recording("a.wav")], rows)
    assert values(report, "escalations", "before") == ["sad"]


def test_who_speaks_how_much(report: Report) -> None:
    assert values(report, "talk", "who") == ["customer", "agent"]
    assert values(report, "talk", "speech_percent") == pytest.approx([4200 / 52, 1000 / 52], abs=1e-5)
    assert values(report, "talk", "recording_percent") == pytest.approx([4200 / 160, 1000 / 160], abs=1e-5)
    # a: 12 s of 22 s, 54.5 %; b: all.
    shares = [row["from"] for row in rows_of(report, "spread-judged") if row["recordings"]]
    assert shares == [50, 90]


def test_confidence_is_spread_by_seconds(report: Report) -> None:
    spread = {row["from"]: row["speech_seconds"] for row in rows_of(report, "confidence")}
    assert {low: seconds for low, seconds in spread.items() if seconds} == {0.4: 20, 0.8: 6, 0.9: 16}


def test_calls_with_little_judged_speech_are_not_ranked(
    report_on: ReportOn, made_archive: ModuleType
) -> None:
    files = [made_archive.recording("a.wav"), made_archive.recording("b.wav")]
    rows = [made_archive.segment("a.wav", 0, 9.9, "angry"), made_archive.segment("b.wav", 0, 10, "angry")]
    report = report_on(files, rows)
    assert values(report, "angriest", "file") == ["b.wav"]
    assert values(report, "calls", "anger_rank") == [None, 1]
    assert "1 recordings hold less than 10 s of judged speech and are not ranked." in report["notes"]


def test_ties_stand_by_name(report_on: ReportOn, made_archive: ModuleType) -> None:
    names = ["c.wav", "a.wav", "b.wav"]
    rows = [made_archive.segment(name, 0, 30, "angry", score=0.7) for name in names]
    report = report_on([made_archive.recording(name) for name in names], rows, parts=3)
    assert values(report, "angriest", "file") == sorted(names)


def test_what_a_killed_run_left_does_not_count(
    report_on: ReportOn, made_archive: ModuleType, two: tuple[list[Any], list[Any]], tmp_path: Any
) -> None:
    from affectone.batch.places import Place
    from affectone.batch.report import Choices, reported

    whole = report_on(*two, columns=TWO, parts=2)
    (tmp_path / "archive" / "files" / "model=base@1" / "part-00001.parquet").unlink()
    with reported(Place(tmp_path / "archive"), Choices()) as made:
        left = made.to_dict()
    assert (whole["recordings"], left["recordings"]) == (2, 1)
    assert left["judged_seconds"] == 12


def test_a_failure_that_was_done_later_is_none(report_on: ReportOn, made_archive: ModuleType) -> None:
    failed = [
        {"file": "a.wav", "model": "base@1", "kind": "OSError", "reason": "gone"},
        {"file": "b.wav", "model": "base@1", "kind": "OSError", "reason": "gone"},
        {"file": "c.wav", "model": "edge@1", "kind": "OSError", "reason": "gone"},
    ]
    report = report_on([made_archive.recording("a.wav")], [], failures=failed)
    assert values(report, "failures", "file") == ["b.wav"]
    assert rows_of(report, "failure-kinds") == [{"kind": "OSError", "recordings": 1}]


def test_a_recording_that_was_judged_twice_is_told(report_on: ReportOn, made_archive: ModuleType) -> None:
    rows = [made_archive.segment("a.wav", 0, 20, "sad")]
    report = report_on([made_archive.recording("a.wav")] * 2, rows * 2)
    assert (report["recordings"], report["judged_seconds"]) == (1, 40)
    words = "1 recordings stand in the archive more than once: their speech counts as often."
    assert words in report["notes"]


def test_many_groups_are_joined(report_on: ReportOn, made_archive: ModuleType) -> None:
    names = [f"{number:02d}.wav" for number in range(33)]
    files = [made_archive.recording(name, queue=None if name == "00.wav" else name[:2]) for name in names]
    rows = [made_archive.segment(name, 0, 100 - place, "sad") for place, name in enumerate(names)]
    report = report_on(files, rows, {"by": ["queue"]}, columns={"queue": "string"})
    parts = values(report, "by-1-queue", "part")
    assert (parts[0], parts[-1], len(parts)) == ("(none)", "(others)", 31)
    assert values(report, "by-1-queue", "speech_seconds")[-1] == 70 + 69 + 68


def test_predictions_have_no_moments(report_on: ReportOn, made_archive: ModuleType) -> None:
    files = [made_archive.recording("a.wav", started="2026-01-05 10:30"), made_archive.recording("b.wav")]
    rows = [
        made_archive.segment("a.wav", 0, 30, "angry", channel=None),
        made_archive.segment("b.wav", 0, 30, None, channel=None, reason="no speech"),
    ]
    report = report_on(files, rows, task="predict", columns={"started": "string"})
    assert values(report, "angriest", "file") == ["a.wav"]
    assert values(report, "hours", "part") == [10]
    assert {"escalations", "falling", "spread-fall"}.isdisjoint(report["tables"])
    assert any("--task timeline" in note for note in report["notes"])
    assert report["silent"] == 1


def test_a_view_of_valence_has_no_anger(report_on: ReportOn, made_archive: ModuleType) -> None:
    labels = ("positive", "negative", "neutral")
    rows = [
        made_archive.segment("a.wav", 0, 10, "positive", labels=labels),
        made_archive.segment("a.wav", 10, 10, "negative", labels=labels),
    ]
    report = report_on([made_archive.recording("a.wav")], rows, labels=labels)
    assert {"angriest", "escalations"}.isdisjoint(report["tables"])
    assert values(report, "falling", "fall") == [2]
    assert any("none of the model's labels is anger" in note.lower() for note in report["notes"])


def test_labels_of_ones_own_have_no_rankings(report_on: ReportOn, made_archive: ModuleType) -> None:
    labels = ('it\'s "so"', "süß; DROP TABLE spoken")
    rows = [made_archive.segment("a.wav", 0, 20, labels[0], labels=labels)]
    report = report_on([made_archive.recording("a.wav")], rows, labels=labels)
    assert values(report, "emotions", "label_percent") == [100, 0]
    assert {"angriest", "falling"}.isdisjoint(report["tables"])


def test_two_questions_in_one_label(report_on: ReportOn, made_archive: ModuleType) -> None:
    labels = ("female_angry", "male_angry", "female_happy")
    rows = [made_archive.segment("a.wav", 0, 20, "male_angry", labels=labels, score=0.6)]
    report = report_on([made_archive.recording("a.wav")], rows, labels=labels)
    assert values(report, "angriest", "anger") == pytest.approx([0.8])


def test_no_speech_anywhere(report_on: ReportOn, made_archive: ModuleType) -> None:
    report = report_on([made_archive.recording("a.wav")], [])
    assert (report["unsure_percent"], report["silent"]) == (None, 1)
    assert report["notes"][0] == "No speech was found that could be judged."
    assert values(report, "emotions", "label_percent") == [None] * 4


one = st.tuples(
    st.sampled_from(["a.wav", "b.wav", "c.wav", "d.wav"]),
    st.floats(0.5, 30),
    st.sampled_from(["neutral", "happy", "sad", "angry"]),
    st.floats(0.3, 1),
    st.booleans(),
    st.sampled_from([0, 1]),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(one, min_size=1, max_size=25), parts=st.integers(2, 4))
def test_parts_do_not_matter_and_shares_are_whole(
    report_on: ReportOn, made_archive: ModuleType, drawn: list[Any], parts: int
) -> None:
    rows = [
        made_archive.segment(
            file,
            31.0 * place,
            speech,
            label,
            score=score,
            unsure=unsure,
            who=("agent", "customer")[channel],
            channel=channel,
        )
        for place, (file, speech, label, score, unsure, channel) in enumerate(drawn)
    ]
    files = [
        made_archive.recording(f"{name}.wav", 999.0, started=f"2026-01-0{place} 0{place}:30", queue=name)
        for place, name in enumerate("abcd", start=1)
    ]
    columns = {"started": "string", "queue": "string"}
    choices = {"by": ["queue"], "channel": "all"}
    at_once = report_on(files, rows, choices, columns=columns, name="one")
    in_parts = report_on(files, rows, choices, columns=columns, parts=parts, name=f"many-{parts}")
    assert {**at_once, "archive": ""} == {**in_parts, "archive": ""}
    assert sum(values(at_once, "emotions", "label_percent")) == pytest.approx(100, abs=1e-4)
    for table in ("hours", "by-1-queue"):
        for row in rows_of(at_once, table):
            for kind in ("label_", "mean_"):
                assert sum(row[name] for name in row if name.startswith(kind)) == pytest.approx(100, abs=1e-4)
        total = sum(values(at_once, table, "speech_seconds"))
        assert total == pytest.approx(at_once["judged_seconds"], abs=1e-2)
