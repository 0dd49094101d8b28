"""Folders of results: what is written is there whole or not at all, on a disk and elsewhere."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fsspec")

import fsspec

from affectone.batch.places import Place, is_url, storage
from affectone.errors import ConfigError


@pytest.fixture(params=["path", "file", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Return a folder that is not there yet."""
    folder = tmp_path / "a folder"
    yield Place({"path": folder, "file": f"file://{folder}", "memory": f"memory://{folder}"}[request.param])
    fsspec.filesystem("memory").store.clear()


def test_a_folder_that_is_not_there_is_empty(place: Place) -> None:
    assert place.files() == place.files("below") == []
    assert not place.exists("x.json")
    assert place.read("x.json") is None
    place.remove("x.json")


def test_what_was_written_is_there(place: Place) -> None:
    place.write("x.json", b"one")
    place.write("rows/model=m@1/x y.parquet", b"two")
    assert place.files() == ["rows/model=m@1/x y.parquet", "x.json"]
    assert place.files("rows/model=m@1") == ["rows/model=m@1/x y.parquet"]
    assert place.exists("x.json")
    assert not place.exists("rows")
    assert (place.read("x.json"), place.read("rows/model=m@1/x y.parquet")) == (b"one", b"two")


def test_a_file_takes_the_place_of_another(place: Place) -> None:
    place.write("x", b"a long text")
    place.write("x", b"short")
    assert place.read("x") == b"short"
    place.remove("x")
    assert place.files() == []


def test_what_cannot_be_written_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path)
    place.write("x", b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        place.write("x", b"new")
    assert place.read("x") == b"old"
    assert place.files() == ["x"]


def test_it_knows_where_it_is_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Place("out/").local == Place(f"file://{tmp_path}/out").local == tmp_path / "out"
    assert Place("memory://out").local is None
    assert Place("out/").name == "out"


@pytest.mark.parametrize(("text", "truth"), [("s3://b/k", True), ("/a/b", False), ("C:\\calls", False)])
def test_addresses(text: str, truth: bool) -> None:
    assert is_url(text) is truth


def test_an_address_that_nothing_reads() -> None:
    with pytest.raises(ConfigError, match=r"^nothing://x: Protocol not known: nothing$"):
        Place("nothing://x")


def test_errors_of_a_storage_are_errors_of_the_system() -> None:
    with pytest.raises(OSError, match="s3://b: no credentials"), storage("s3://b"):
        raise LookupError("no credentials")
    with pytest.raises(FileNotFoundError), storage("s3://b"):
        raise FileNotFoundError("x")


def test_a_lost_connection_is_no_file_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place("memory://out")

    def lost(*_: object, **__: object) -> None:
        raise ConnectionError("lost")

    for name in ("info", "find", "cat_file"):
        monkeypatch.setattr(place.system, name, lost)
    for ask in (place.files, lambda: place.exists("x"), lambda: place.read("x")):
        with pytest.raises(ConnectionError):
            ask()


@pytest.mark.skipif(importlib.util.find_spec("gcsfs") is not None, reason="gcsfs is installed")
def test_a_storage_whose_library_is_not_installed_names_it() -> None:
    with pytest.raises(ConfigError, match=r"^gs://bucket: .*install gcsfs"):
        Place("gs://bucket")
