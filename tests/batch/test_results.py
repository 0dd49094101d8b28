"""The folder of results: each recording is there whole and once, or not at all, whenever work is cut off."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("filelock")

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from affectone.audio import AudioSource, RawFormat
from affectone.batch.archive import Archive
from affectone.batch.places import Place
from affectone.batch.results import About, Results, parquet_bytes, read_parquet, sole_user
from affectone.batch.tasks import Answer, Task
from affectone.batch.worker import Failure, Outcome
from affectone.errors import AffectoneError, ConfigError
from affectone.recognition import Recognizer

NAMES = [f"{letter}.wav" for letter in "abcdefg"]
FAILING = (2, 5)
QUEUES = [None, "é", "x", "y", "x", "y", "x"]
MODEL = "m m@1"


@dataclass(frozen=True)
class Told(Task):
    """Is only named here: what comes of recordings is written by hand."""

    name = "told"
    table = "told"

    def answer(self, recognizer: Recognizer | None, source: AudioSource, raw: RawFormat | None) -> Answer:
        raise NotImplementedError


ARCHIVE = Archive(pa.table({"file": NAMES, "where": NAMES, "queue": QUEUES}))
ABOUT = About(Told(), {"channels": "mix", "adapt": "none"}, MODEL, "hash")


def outcome(row: int, failing: Iterable[int] = FAILING) -> Outcome:
    """Return what comes of a recording: as many rows as its number says, or a failure."""
    if row in failing:
        return Outcome(row, failure=Failure("AudioDecodeError", f"{NAMES[row]}: is text"))
    rows = pa.record_batch({"n": pa.array(range(row), pa.int32())})
    return Outcome(row, Answer(rows, 1, 1.5, 0.5, ("short",) if row % 2 else ()))


class Killed(BaseException):
    """The process is gone; nothing is tidied up."""


class DyingPlace(Place):
    """Dies after so many writes and removals."""

    def __init__(self, where: Path, lives: int, error: BaseException) -> None:
        super().__init__(where)
        self.lives, self.error = lives, error

    def _die(self) -> None:
        self.lives -= 1
        if self.lives < 0:
            raise self.error

    def write(self, name: str, content: bytes) -> None:
        self._die()
        super().write(name, content)

    def remove(self, name: str) -> None:
        self._die()
        super().remove(name)


def go(
    place: Place,
    *,
    order: Iterable[int] = range(len(NAMES)),
    flush_after: Iterable[int] = (1, 4),
    failing: Iterable[int] = FAILING,
    retry: bool = False,
) -> Results:
    """Work through the archive as a run does, and write after some of the recordings."""
    results = Results(place, ABOUT, ARCHIVE)
    known = results.done if retry else results.done | set(results.failed)
    try:
        for row in order:
            if NAMES[row] not in known:
                results.add(outcome(row, failing))
            if row in flush_after:
                results.flush()
    except Exception:
        results.flush()
        raise
    results.flush()
    results.write_summary({"done": len(results.done)})
    return results


@pytest.fixture(scope="module")
def undisturbed(tables: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("undisturbed")
    go(Place(folder))
    return tables(folder)


def parts_of(folder: Path, table: str) -> set[str]:
    return {str(path.relative_to(folder / table)) for path in (folder / table).rglob("*.parquet")}


def test_what_stands_where(undisturbed: Any, tmp_path: Path) -> None:
    results = go(Place(tmp_path))
    assert undisturbed["told"] == [
        {"file": NAMES[row], "n": n, "queue": QUEUES[row], "model": MODEL}
        for row in range(len(NAMES))
        if row not in FAILING
        for n in range(row)
    ]
    assert [row["file"] for row in undisturbed["files"]] == ["a.wav", "b.wav", "d.wav", "e.wav", "g.wav"]
    assert undisturbed["files"][1] == {
        "file": "b.wav",
        "channels": 1,
        "duration_seconds": 1.5,
        "speech_seconds": 0.5,
        "rows": 1,
        "warnings": "short",
        "queue": "é",
        "model": MODEL,
    }
    assert undisturbed["failures.parquet"] == [
        {
            "file": NAMES[row],
            "model": MODEL,
            "kind": "AudioDecodeError",
            "reason": f"{NAMES[row]}: is text",
            "queue": QUEUES[row],
        }
        for row in FAILING
    ]
    assert parts_of(tmp_path, "told") == parts_of(tmp_path, "files")
    assert len(parts_of(tmp_path, "files")) == results.parts == 3
    assert results.totals() == {"rows": 14.0, "duration_seconds": 7.5, "speech_seconds": 2.5}
    assert results.read_summary() == {"done": 5}


def writes_of(tmp_path: Path) -> int:
    place = DyingPlace(tmp_path / "counted", 1000, Killed())
    go(place)
    return 1000 - place.lives


@pytest.mark.parametrize("error", [Killed(), OSError(28, "No space left on device")], ids=["killed", "full"])
def test_a_run_may_end_between_any_two_writes(
    tables: Callable[[Path], Any], undisturbed: Any, tmp_path: Path, error: BaseException
) -> None:
    count = writes_of(tmp_path)
    assert count > 8
    for lives in range(count):
        folder = tmp_path / f"{lives}"
        with pytest.raises(type(error)):
            go(DyingPlace(folder, lives, error))
        results = go(Place(folder), flush_after=(0, 3))
        assert tables(folder) == undisturbed
        assert results.done == set(NAMES) - {NAMES[row] for row in FAILING}
        assert parts_of(folder, "told") == parts_of(folder, "files")


@pytest.mark.parametrize("lives", range(8))
def test_what_is_tried_again_may_be_cut_off_as_well(
    tables: Callable[[Path], Any], tmp_path: Path, lives: int
) -> None:
    go(Place(tmp_path))
    with suppress(Killed):
        go(DyingPlace(tmp_path, lives, Killed()), failing=(), retry=True, flush_after=FAILING)
    go(Place(tmp_path), failing=(), retry=True)
    found = tables(tmp_path)
    assert sorted({row["file"] for row in found["files"]}) == NAMES
    assert len(found["files"]) == len(NAMES)
    assert found["failures.parquet"] == []


@settings(max_examples=40)
@given(
    order=st.permutations(range(len(NAMES))),
    flushes=st.sets(st.integers(0, len(NAMES) - 1)),
    lives=st.lists(st.integers(0, 12), max_size=3),
)
def test_order_and_moments_of_writing_do_not_matter(
    tables: Callable[[Path], Any], undisturbed: Any, order: list[int], flushes: set[int], lives: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for life in lives:
            try:
                go(DyingPlace(folder, life, Killed()), order=order, flush_after=flushes)
            except Killed:
                continue
        go(Place(folder), order=order[::-1], flush_after=flushes)
        assert tables(folder) == undisturbed


def test_a_write_that_fails_once_leaves_nothing_double(tmp_path: Path, undisturbed: Any, tables: Any) -> None:
    """As over a network: the run ends with an error, and what it held was written after all."""
    place = DyingPlace(tmp_path, 1000, OSError("lost"))
    write = place.write

    def lost_once(name: str, content: bytes) -> None:
        write(name, content)
        if name.startswith("files/"):
            place.write = write  # type: ignore[method-assign]
            raise OSError("lost")

    place.write = lost_once  # type: ignore[method-assign]
    with pytest.raises(OSError, match="lost"):
        go(place)
    assert parts_of(tmp_path, "told") == parts_of(tmp_path, "files")
    go(Place(tmp_path))
    assert tables(tmp_path) == undisturbed


def test_leftovers_are_removed(tmp_path: Path, undisturbed: Any, tables: Any) -> None:
    go(Place(tmp_path))
    under = tmp_path / "told" / "model=m%20m@1"
    part = next(under.iterdir())
    (under / "part-000009-aaaa.parquet").write_bytes(part.read_bytes())
    (under / "affectone-0123abcd.part").write_bytes(b"PAR1")
    (tmp_path / "affectone-0123abcd.part").write_bytes(b"{")
    go(Place(tmp_path))
    assert tables(tmp_path) == undisturbed
    assert not [*tmp_path.rglob("*.part")]


def test_a_run_that_was_killed_as_it_began_left_nothing_in_the_way(
    tmp_path: Path, undisturbed: Any, tables: Any
) -> None:
    (tmp_path / "affectone-0123abcd.part").write_bytes(b"{")
    go(Place(tmp_path))
    assert tables(tmp_path) == undisturbed


def test_nothing_is_written_where_nothing_is_new(tmp_path: Path) -> None:
    go(Place(tmp_path))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.name != "summary.json"}
    go(Place(tmp_path))
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_another_version_of_the_model_has_rows_of_its_own(tmp_path: Path, tables: Any) -> None:
    go(Place(tmp_path))
    newer = Results(Place(tmp_path), replace(ABOUT, model="m m@2", sha256="other"), ARCHIVE)
    assert (newer.done, newer.failed) == (set(), {})
    for row in (1, 2, 3):
        newer.add(outcome(row))
    newer.flush()
    found = tables(tmp_path)
    assert [row["file"] for row in found["files"] if row["model"] == "m m@2"] == ["b.wav", "d.wav"]
    assert [(row["file"], row["model"]) for row in found["failures.parquet"]] == [
        ("c.wav", MODEL),
        ("c.wav", "m m@2"),
        ("f.wav", MODEL),
    ]
    assert all(row["queue"] == QUEUES[NAMES.index(row["file"])] for row in found["failures.parquet"])
    older = Results(Place(tmp_path), ABOUT, ARCHIVE)
    assert (len(older.done), len(older.failed)) == (5, 2)
    assert json.loads((tmp_path / "batch.json").read_bytes())["models"] == {MODEL: "hash", "m m@2": "other"}


def test_recordings_that_come_later_are_added(tmp_path: Path, tables: Any, undisturbed: Any) -> None:
    few = Archive(ARCHIVE.table.slice(4))
    results = Results(Place(tmp_path), ABOUT, few)
    for row in range(3):
        results.add(replace(outcome(row + 4), row=row))
    results.flush()
    go(Place(tmp_path))
    assert tables(tmp_path) == undisturbed


@dataclass(frozen=True)
class Other(Told):
    name = "other"


@pytest.mark.parametrize(
    ("about", "archive", "words"),
    [
        (replace(ABOUT, task=Other()), ARCHIVE, 'was begun with task "told"; now it is "other"'),
        (
            replace(ABOUT, settings={"channels": "split", "adapt": "none"}),
            ARCHIVE,
            'was begun with channels "mix"; now it is "split"',
        ),
        (
            replace(ABOUT, settings={"channels": "mix", "adapt": "none", "hop": 1.0}),
            ARCHIVE,
            "was begun with hop none; now it is 1.0",
        ),
        (
            ABOUT,
            Archive(ARCHIVE.table.drop_columns("queue")),
            'was begun with queue "string"; now it is none',
        ),
        (
            ABOUT,
            Archive(ARCHIVE.table.append_column("agent", pa.array(range(7)))),
            'was begun with agent none; now it is "int64"',
        ),
        (
            replace(ABOUT, sha256="other"),
            ARCHIVE,
            "holds rows of another m m@1: give the model a new version",
        ),
    ],
)
def test_other_work_in_the_same_folder_is_refused(
    tmp_path: Path, about: About, archive: Archive, words: str
) -> None:
    go(Place(tmp_path))
    with pytest.raises(ConfigError) as told:
        Results(Place(tmp_path), about, archive)
    assert str(told.value).startswith(f"{tmp_path} ")
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", r"/batch\.json is damaged: it is no JSON of ours"),
        (b"[]", r"/batch\.json is damaged: it is no JSON of ours"),
        (b"\xff\xfe", r"/batch\.json is damaged: it is no JSON of ours"),
        (b"{}", r" was written with schema None; this release writes 1"),
        (b'{"schema": 2}', r" was written with schema 2; this release writes 1"),
        (b'{"schema": 1, "settings": 5}', r"/batch\.json is damaged: it is no JSON of ours"),
        (b'{"schema": 1, "models": []}', r"/batch\.json is damaged: it is no JSON of ours"),
    ],
)
def test_a_folder_that_tells_something_else(tmp_path: Path, content: bytes, words: str) -> None:
    go(Place(tmp_path))
    (tmp_path / "batch.json").write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        go(Place(tmp_path))


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(ConfigError, match=r"holds other files, such as letter\.txt: name a new folder"):
        go(Place(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("name", ["files/model=m%20m@1/{part}", "failures.parquet"])
def test_a_damaged_table_is_told(tmp_path: Path, name: str) -> None:
    go(Place(tmp_path))
    place = tmp_path / name.format(part=min(Path(part).name for part in parts_of(tmp_path, "files")))
    place.write_bytes(place.read_bytes()[:50])
    with pytest.raises(ConfigError, match=r"\.parquet cannot be read: "):
        go(Place(tmp_path))


def test_what_two_runs_wrote_at_once_is_told(tmp_path: Path) -> None:
    """As can be in object storage, where there is no lock."""
    go(Place(tmp_path), flush_after=())
    for table in ("told", "files"):
        (part,) = (tmp_path / table).rglob("*.parquet")
        part.with_name("part-000009-aaaa.parquet").write_bytes(part.read_bytes())
    with pytest.raises(ConfigError, match=r"a\.wav stands in files/.*parquet and in another part; two runs"):
        go(Place(tmp_path))


def test_a_column_with_the_name_of_a_feature_is_refused(tmp_path: Path) -> None:
    table = ARCHIVE.table.rename_columns(["file", "where", "n"])
    results = Results(Place(tmp_path), ABOUT, Archive(table))
    results.add(outcome(1))
    with pytest.raises(ConfigError, match="the input has a column 'n', and so have the features: rename it"):
        results.flush()


def test_a_second_run_is_kept_out(tmp_path: Path) -> None:
    place = Place(tmp_path / "out")
    with sole_user(place):
        with pytest.raises(AffectoneError, match="out: another run is at work there"), sole_user(place):
            pass
        with sole_user(Place(tmp_path / "other")):
            pass
    with sole_user(place):
        pass
    with sole_user(Place("memory://out")), sole_user(Place("memory://out")):
        pass


def test_parquet_is_read_as_it_was_written(tmp_path: Path) -> None:
    Place(tmp_path).write("x.parquet", parquet_bytes(ARCHIVE.table))
    assert read_parquet(Place(tmp_path), "x.parquet") == ARCHIVE.table
    assert read_parquet(Place(tmp_path), "x.parquet", ["queue"]) == ARCHIVE.table.select(["queue"])
