"""The five questions in docs/how-to/report.md are asked, and answered as by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Ask = Callable[[int], list[tuple[Any, ...]]]


@pytest.fixture
def ask(repo_root: Path, made_archive: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return a function that asks one of the questions, of a folder `out`."""
    import duckdb

    said, done = made_archive.segment, made_archive.recording
    files = [
        done("a.wav", queue="billing", started=datetime(2026, 1, 5, 9, 59, 50)),
        done("b.wav", queue="sales", started=datetime(2026, 1, 6, 14)),
    ]
    rows = [
        said("a.wav", 0, 10, "neutral", who="agent", channel=0),
        said("a.wav", 2, 6, "angry", score=0.7),
        said("a.wav", 12, 3, "angry"),
        said("a.wav", 16, 3, None, reason="music"),
        said("a.wav", 20, 3, "angry", unsure=True, reason="low confidence"),
        said("a.wav", 25, 3, "sad"),
        said("b.wav", 0, 8, "sad", unsure=True, reason="low confidence"),
        said("b.wav", 9, 2, "angry"),
    ]
    failed = [
        {"file": f"{name}.wav", "model": "base@1", "kind": kind, "reason": f"{name} is broken"}
        for name, kind in [("z", "AudioDecodeError"), ("y", "AudioDecodeError"), ("x", "TimeoutError")]
    ]
    columns = {"queue": "string", "started": "timestamp[us]"}
    made_archive.write_archive(tmp_path / "out", files, rows, columns=columns, failures=failed, parts=2)
    monkeypatch.chdir(tmp_path)
    page = (repo_root / "docs" / "how-to" / "report.md").read_text(encoding="utf-8")
    questions = re.findall(r"^```sql\n(.*?)^```", page, re.M | re.S)
    assert len(questions) == 5

    def answer(number: int) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            rows: list[tuple[Any, ...]] = connection.execute(questions[number - 1]).fetchall()
        return rows

    return answer


def test_anger_by_queue_and_hour(ask: Ask) -> None:
    # 9 h: 6 s, all angry, 0.7; 10 h: 9 s, 6 s of them angry, of 1; 14 h: 2 s of 10 s.
    assert ask(1) == [
        ("billing", 9, 100.0, 70.0, 6),
        ("billing", 10, 66.7, 66.7, 9),
        ("sales", 14, 20.0, 20.0, 10),
    ]


def test_the_longest_angry_stretches(ask: Ask) -> None:
    # Music between is no other emotion.
    assert ask(2) == [("a.wav", 2, 23, 21, 1), ("b.wav", 9, 11, 2, 0)]


def test_talk_shares(ask: Ask) -> None:
    assert ask(3) == [
        ("a.wav", "customer", 15, 60),
        ("a.wav", "agent", 10, 40),
        ("b.wav", "customer", 10, 100),
    ]


def test_mostly_unsure_calls(ask: Ask) -> None:
    assert ask(4) == [("b.wav", 80, "low confidence")]


def test_failures_by_kind(ask: Ask) -> None:
    assert ask(5) == [
        ("AudioDecodeError", 2, "y.wav", "y is broken"),
        ("TimeoutError", 1, "x.wav", "x is broken"),
    ]
