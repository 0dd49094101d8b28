"""Many recordings: in order, over processes, and measured once."""

from __future__ import annotations

import os
import sqlite3
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

pytest.importorskip("scipy")

from affectone.audio.contents import Unreadable
from affectone.errors import AudioError, AudioNotFoundError
from affectone.features import ClipFeatures, Features, Settings, batch, extract, extract_many
from affectone.features.plan import Plan

RATE = 16000
SETS = ["mfcc", "chroma", "pitch"]
Measure = Callable[..., list[Any]]
Clips = Callable[[int], list[Path]]


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    """Return a function that measures recordings through the cache of this test, in this process."""

    def run(paths: list[Path], sets: Any = "mfcc", **options: Any) -> list[Any]:
        return list(extract_many(paths, sets, **{"jobs": 1, "cache": tmp_path / "cache", **options}))

    return run


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return a list of the recordings that are measured from here on."""
    paths: list[Path] = []
    real = batch._measured

    def watched(plan: Plan, place: Path) -> Features | ClipFeatures | AudioError:
        paths.append(place)
        return real(plan, place)

    monkeypatch.setattr(batch, "_measured", watched)
    return paths


def same(one: Any, other: Any) -> bool:
    """Tell whether two results are equal to the bit."""
    times = getattr(one, "times", np.zeros(0)).tobytes() == getattr(other, "times", np.zeros(0)).tobytes()
    told = (one.names, one.warnings, one.values.shape) == (other.names, other.warnings, other.values.shape)
    return type(one) is type(other) and times and told and one.values.tobytes() == other.values.tobytes()


def test_a_row_is_what_extract_says(measure: Measure, clips: Clips) -> None:
    paths = clips(3)
    for path, found in zip(paths, measure(paths, SETS, functionals="mean"), strict=True):
        alone = extract(path, SETS, level="clip", functionals="mean")
        assert found.names == alone.names
        np.testing.assert_allclose(found.values, alone.values, rtol=1e-5, atol=1e-5)


def test_over_frames_the_sets_stand_side_by_side(measure: Measure, clips: Clips) -> None:
    paths = clips(1)
    (found,) = measure(paths, SETS, level="frames")
    alone = extract(paths[0], SETS)
    assert (found.name, found.names) == (
        "mfcc,chroma,pitch",
        tuple(n for one in alone.values() for n in one.names),
    )
    np.testing.assert_array_equal(found.times, alone["pitch"].times)
    np.testing.assert_allclose(found["pitch_hz"], alone["pitch"]["pitch_hz"])
    np.testing.assert_allclose(found["chroma_A"], alone["chroma"]["chroma_A"], atol=1e-6)


def test_openSMILE_alone_has_its_own_frames(measure: Measure, clips: Clips) -> None:  # noqa: N802 - its name
    (found,) = measure(clips(1), "egemaps", level="frames")
    np.testing.assert_allclose(np.diff(found.times), 0.01)


def test_nothing_to_measure(measure: Measure) -> None:
    assert measure([]) == []


def test_two_processes_measure_what_one_does(measure: Measure, clips: Clips, tmp_path: Path) -> None:
    paths = clips(12)
    one, two = (measure(paths, SETS, jobs=jobs, cache=tmp_path / f"{jobs}") for jobs in (1, 2))
    assert all(map(same, one, two))


@pytest.mark.parametrize("level", ["clip", "frames"])
def test_what_was_measured_is_remembered_to_the_bit(
    measure: Measure, measured: list[Path], clips: Clips, level: str
) -> None:
    paths = clips(3)
    sf.write(paths[1], np.zeros(RATE), RATE)  # Silence has a warning, and no pitch.
    first = measure(paths, SETS, level=level)
    assert all(map(same, first, measure(paths, SETS, level=level)))
    assert measured == paths
    assert first[1].warnings
    assert level == "clip" or np.isnan(first[1]["pitch_hz"]).all()


def test_a_renamed_file_is_known(measure: Measure, measured: list[Path], clips: Clips) -> None:
    (path,) = clips(1)
    first = measure([path])
    assert same(first[0], measure([path.rename(path.with_name("renamed.wav"))])[0])
    assert len(measured) == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_equal_files_are_measured_once(measure: Measure, clips: Clips, tmp_path: Path, jobs: int) -> None:
    paths = clips(3)
    copies = [path.with_name(f"copy of {path.name}") for path in paths]
    for path, copy in zip(paths, copies, strict=True):
        copy.write_bytes(path.read_bytes())
    found = measure([*paths, *copies], jobs=jobs)
    assert all(map(same, found[:3], found[3:]))
    with closing(sqlite3.connect(tmp_path / "cache" / "features.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM kept").fetchone() == (3 + 1,)  # With the names.


def test_equal_files_are_measured_once_in_this_process(
    measure: Measure, measured: list[Path], clips: Clips
) -> None:
    (path,) = clips(1)
    copy = path.with_name("copy.wav")
    copy.write_bytes(path.read_bytes())
    measure([path, copy])
    assert measured == [path]


def test_equal_bytes_under_another_ending_get_their_own_warning(measure: Measure, clips: Clips) -> None:
    (path,) = clips(1)
    assert measure([path])[0].warnings == ()
    (found,) = measure([path.rename(path.with_suffix(".mp3"))])
    assert found.warnings == ("named .mp3 but holds WAV",)


@pytest.mark.parametrize(
    "changed",
    [
        {"sets": "chroma"},
        {"sets": ["mfcc", "chroma"]},
        {"settings": Settings(n_mfcc=13)},
        {"functionals": "mean"},
        {"level": "frames"},
    ],
    ids=str,
)
def test_what_is_asked_for_otherwise_is_measured(
    measure: Measure, measured: list[Path], clips: Clips, changed: dict[str, Any]
) -> None:
    paths = clips(1)
    measure(paths)
    measure(paths, **changed)
    assert len(measured) == 2


def test_what_has_no_effect_does_not_measure_again(
    measure: Measure, measured: list[Path], clips: Clips
) -> None:
    paths = clips(1)
    measure(paths, "mfcc13")
    measure(paths, "mfcc", settings=Settings(n_mfcc=13), functionals=["mean"])
    assert len(measured) == 1


def test_changed_bytes_are_measured_again(measure: Measure, measured: list[Path], clips: Clips) -> None:
    (path,) = clips(1)
    first = measure([path])
    sf.write(path, sf.read(path)[0] / 2, RATE)
    assert not same(first[0], measure([path])[0])
    assert measured == [path, path]


def test_another_release_measures_again(
    measure: Measure, measured: list[Path], clips: Clips, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = clips(1)
    measure(paths)
    monkeypatch.setattr(batch, "_release", lambda: "2 other libraries")
    measure(paths)
    assert len(measured) == 2


def test_an_interrupted_run_goes_on_where_it_was(
    measure: Measure, clips: Clips, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, begun = clips(6), []
    real = batch._measured

    def interrupted(plan: Plan, place: Path) -> Features | ClipFeatures | AudioError:
        if len(begun) == 4:
            raise KeyboardInterrupt
        begun.append(place)
        return real(plan, place)

    monkeypatch.setattr(batch, "_measured", interrupted)
    with pytest.raises(KeyboardInterrupt):
        measure(paths)
    begun.clear()
    assert len(measure(paths)) == 6
    assert begun == paths[4:]


def test_whoever_stops_listening_keeps_what_was_measured(
    measured: list[Path], clips: Clips, tmp_path: Path
) -> None:
    paths = clips(4)
    with closing(extract_many(paths, "mfcc", jobs=1, cache=tmp_path)) as found:
        next(found)
        next(found)
    list(extract_many(paths, "mfcc", jobs=1, cache=tmp_path))
    assert measured == paths


def test_a_damaged_cache_is_told_and_done_without(measure: Measure, clips: Clips, tmp_path: Path) -> None:
    (tmp_path / "features.sqlite").write_bytes(b"no database" * 1000)
    told: list[str] = []
    paths = clips(2)
    found = measure([*paths, paths[0]], cache=tmp_path, tell=told.append)
    assert same(found[0], found[2])
    assert len(told) == 1
    assert "file is not a database; all is computed without it" in told[0]


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}\n", b"[]\n", b"no line", b'{"warnings": [], "shape": [280]}\nshort', "text", 5, None],
    ids=repr,
)
def test_a_damaged_entry_is_measured_again(
    measure: Measure, measured: list[Path], clips: Clips, tmp_path: Path, damage: object
) -> None:
    paths = clips(1)
    first = measure(paths)
    with closing(sqlite3.connect(tmp_path / "cache" / "features.sqlite")) as database, database:
        database.execute("UPDATE kept SET value = ? WHERE length(key) > 200", (damage,))
    assert same(first[0], measure(paths)[0])
    assert len(measured) == 2

    measure(paths)
    assert len(measured) == 2  # It was kept again.


def swap(database: sqlite3.Connection) -> None:
    """Give two records each other's values."""
    (one, first), (two, second) = database.execute(
        "SELECT key, value FROM kept WHERE length(key) > 200"
    ).fetchall()
    database.executemany("UPDATE kept SET value = ? WHERE key = ?", [(second, one), (first, two)])


def flip(database: sqlite3.Connection) -> None:
    """Change one byte of a value in each record."""
    for key, value in database.execute("SELECT key, value FROM kept WHERE length(key) > 200").fetchall():
        changed = value[:-3] + bytes([value[-3] ^ 0x55]) + value[-2:]
        database.execute("UPDATE kept SET value = ? WHERE key = ?", (changed, key))


def rename(database: sqlite3.Connection) -> None:
    """Put the names of the columns into another order."""
    ((value,),) = database.execute("SELECT value FROM kept WHERE length(key) < 200").fetchall()
    names = b"\n".join(reversed(value[batch.SEAL :].split(b"\n")))
    database.execute("UPDATE kept SET value = ? WHERE length(key) < 200", (value[: batch.SEAL] + names,))


def no_text(database: sqlite3.Connection) -> None:
    """Put bytes that are no UTF-8 in the place of the names."""
    database.execute("UPDATE kept SET value = ? WHERE length(key) < 200", (b"\xff\xfe",))


def a_number(database: sqlite3.Connection) -> None:
    """Put a number in the place of the names."""
    database.execute("UPDATE kept SET value = 5 WHERE length(key) < 200")


@pytest.mark.parametrize("damage", [swap, flip, rename, no_text, a_number])
def test_damaged_values_and_names_do_not_come_back(
    measure: Measure,
    measured: list[Path],
    clips: Clips,
    tmp_path: Path,
    damage: Callable[[sqlite3.Connection], None],
) -> None:
    paths = clips(2)
    first = measure(paths)
    with closing(sqlite3.connect(tmp_path / "cache" / "features.sqlite")) as database, database:
        damage(database)
    assert all(map(same, first, measure(paths)))
    assert all(map(same, first, measure(paths)))
    assert measured == [*paths, *paths]


def test_what_is_very_large_is_not_kept(
    measure: Measure, measured: list[Path], clips: Clips, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "LARGEST_KEPT", 100)
    paths = clips(1)
    assert same(measure(paths)[0], measure(paths)[0])
    assert len(measured) == 2


def test_one_that_cannot_be_read_stops_with_its_name(measure: Measure, clips: Clips) -> None:
    paths = clips(3)
    paths[1].write_text("words")
    with pytest.raises(AudioError, match=r"001\.wav: is text, not audio"):
        measure(paths)


def test_one_that_is_missing_stops_before_anything_is_measured(
    measure: Measure, measured: list[Path], clips: Clips
) -> None:
    with pytest.raises(AudioNotFoundError, match=r"none\.wav: no such file"):
        measure([*clips(2), Path("none.wav")])
    assert measured == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_those_that_cannot_be_read_are_skipped_in_their_places(
    measure: Measure, clips: Clips, tmp_path: Path, jobs: int
) -> None:
    paths = clips(5)
    paths[1].write_text("words")
    paths[3].write_text("words")
    paths[4].unlink()
    found = measure([*paths, tmp_path], on_error="skip", jobs=jobs)
    assert [type(found[place]) for place in (0, 2)] == [ClipFeatures, ClipFeatures]
    assert [found[place] for place in (1, 3, 4, 5)] == [
        Unreadable(paths[1], "is text, not audio"),
        Unreadable(paths[3], "is text, not audio"),
        Unreadable(paths[4], "no such file"),
        Unreadable(tmp_path, "is a folder, not a file"),
    ]


def test_what_could_not_be_read_is_tried_again(measure: Measure, clips: Clips) -> None:
    (path,) = clips(1)
    sound = path.read_bytes()
    path.write_text("words")
    assert isinstance(measure([path], on_error="skip")[0], Unreadable)
    path.write_bytes(sound)
    assert isinstance(measure([path], on_error="skip")[0], ClipFeatures)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_does_not_keep_all_waiting(measure: Measure, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (found,) = measure([tmp_path / "pipe.wav"], on_error="skip")
    assert "is a named pipe, not a file" in found.why


def test_memory_does_not_grow_with_the_recordings(measure: Measure, clips: Clips, tmp_path: Path) -> None:
    (path,) = clips(1)
    sf.write(path, np.random.default_rng(3).normal(size=20 * RATE) / 10, RATE)
    (one,) = measure([path], level="frames")
    many = extract_many([path] * 400, "mfcc", level="frames", jobs=1, cache=tmp_path / "cache")
    tracemalloc.start()
    try:
        count = sum(1 for _ in many)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 400
    assert most < 20 * one.values.nbytes


def test_the_words_about_the_default_folder_are_true(
    clips: Clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFFECTONE_CACHE", str(tmp_path / "mine"))
    list(extract_many(clips(1), "rms", jobs=1))
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["features.sqlite"]
