"""What is kept on disk comes back as it was; the rest of its behaviour is in tests/corpora/test_facts.py."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from affectone.errors import ConfigError
from affectone.store import Store, default_cache

DATA = bytes(range(256))


def test_bytes_come_back_as_they_were(tmp_path: Path) -> None:
    for _ in range(2):
        with closing(Store[bytes](tmp_path / "kept.sqlite", pytest.fail)) as store:
            store.put("a", DATA)
    with closing(Store[bytes](tmp_path / "kept.sqlite", pytest.fail)) as store:
        assert (store.get("a"), store.get("b"), "a" in store, "b" in store) == (DATA, None, True, False)


def test_the_home_folder_may_be_written_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("AFFECTONE_CACHE", "~/heard")
    assert default_cache() == tmp_path / "heard"


def test_a_user_without_a_home_is_told_what_to_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("AFFECTONE_CACHE", raising=False)
    with pytest.raises(ConfigError, match=r"you have no home .*: name a folder by AFFECTONE_CACHE"):
        default_cache()


def test_what_waits_to_be_written_is_there(tmp_path: Path) -> None:
    with closing(Store[str](tmp_path / "kept.sqlite", pytest.fail)) as store:
        store.put("a", "text")
        assert (store.get("a"), "a" in store) == ("text", True)


def test_much_is_written_before_its_second_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("affectone.store.KEEP_SECONDS", 60.0)
    monkeypatch.setattr("affectone.store.KEEP_BYTES", 300)
    with closing(Store[bytes](tmp_path / "kept.sqlite", pytest.fail)) as store:
        store.put("a", DATA)
        store.put("b", DATA)
        store.put("c", DATA)
        with closing(sqlite3.connect(tmp_path / "kept.sqlite")) as database:
            assert database.execute("SELECT key FROM kept").fetchall() == [("a",), ("b",)]
