"""An archive from its input to its tables: what is there afterwards, and what a second run does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("scipy")

import duckdb
import pyarrow.dataset as ds
import soundfile as sf

from affectone import Recognizer
from affectone.batch import FeaturesTask, PredictTask, Summary, Task, TimelineTask, run_batch
from affectone.batch.schema import failures_schema, features_schema, files_schema, rows_schema
from affectone.errors import AffectoneError, AudioNotFoundError, ConfigError, ModelNotFoundError
from affectone.labels import VOICES
from affectone.recognition.rows import flat

Run = Callable[..., Summary]
Tables = Callable[[Path], dict[str, list[dict[str, Any]]]]


@pytest.fixture
def run(here: str, tiny_model: Path, tmp_path: Path) -> Run:
    """Return a function that works through an archive in this process, into one folder."""

    def go(source: Path, task: Task | None = None, **changes: Any) -> Summary:
        how = {"model": tiny_model, "engine": here} | changes
        return run_batch(source, how.pop("output", tmp_path / "out"), task or PredictTask(), **how)

    return go


TASKS = {
    "predict": PredictTask(),
    "split": PredictTask("split"),
    "timeline": TimelineTask(),
    "features": FeaturesTask.of(["mfcc"], functionals=["mean"]),
    "frames": FeaturesTask.of(["rms"], level="frames"),
}


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS.keys())
def test_processes_write_what_this_process_does(
    run: Run, manifest: Path, tmp_path: Path, tables: Tables, task: Task
) -> None:
    options: dict[str, Any] = {"model": "edge"} if isinstance(task, FeaturesTask) else {}
    one = run(manifest, task, output=tmp_path / "here", **options)
    two = run(manifest, task, output=tmp_path / "local", engine="local", jobs=2, **options)
    assert one == two == Summary(5, 4, 1, {"AudioDecodeError": 1}, 5, ())
    assert tables(tmp_path / "here") == tables(tmp_path / "local")


def test_rows_are_what_the_recogniser_says(
    run: Run, archive: Path, tiny_model: Path, tmp_path: Path, tables: Tables
) -> None:
    run(archive, TimelineTask())
    found = tables(tmp_path / "out")
    recognizer = Recognizer(str(tiny_model))
    for path in sorted(archive.rglob("*.wav")):
        heard = recognizer.timeline(path)
        expected = [flat(one.to_dict()) for one in heard]
        rows = [row for row in found["segments"] if row["file"] == str(path)]
        rows.sort(key=lambda row: (row["start"], row["channel"]))
        expected.sort(key=lambda row: (row["start"], row["channel"]))
        assert rows == [{name: one.get(name) for name in rows[0]} for one in expected if rows]
        assert len(rows) == len(expected)
        (known,) = [row for row in found["files"] if row["file"] == str(path)]
        assert (known["rows"], known["channels"]) == (len(expected), len(heard.channels))
        assert known["duration_seconds"] == heard.duration_seconds
        assert known["warnings"] == "; ".join(heard.warnings)
    silent = next(row for row in found["files"] if row["file"].endswith("silent.wav"))
    assert (silent["rows"], silent["speech_seconds"]) == (0, 0.0)


@pytest.mark.parametrize("name", TASKS)
def test_the_columns_are_those_of_the_schema(
    run: Run, manifest: Path, tiny_model: Path, tmp_path: Path, name: str
) -> None:
    task = TASKS[name]
    run(manifest, task)
    tables = {path.name.removesuffix(".parquet") for path in (tmp_path / "out").iterdir()}
    assert tables == {task.table, "files", "failures", "batch.json", "summary.json"} | ({".lock"} & tables)

    def columns(table: str, partitioned: bool) -> list[tuple[str, str]]:
        place = tmp_path / "out" / table
        schema = ds.dataset(place if place.is_dir() else f"{place}.parquet", partitioning="hive").schema
        assert not partitioned or schema.field("model").type == "string"
        return [(field.name, str(field.type)) for field in schema if field.name != "model" or not partitioned]

    carried = [("number", "string"), ("queue", "string")]
    if isinstance(task, FeaturesTask):
        rows = ds.dataset(tmp_path / "out" / task.table).schema
        expected = features_schema(
            [field.name for field in rows if str(field.type) == "float"], over_time=name == "frames"
        )
    else:
        expected = rows_schema(Recognizer(str(tiny_model)).labels, VOICES, over_time=name == "timeline")

    def told(schema: Any) -> list[tuple[str, str]]:
        return [(field.name, str(field.type)) for field in schema] + carried

    assert columns(task.table, task.hears) == told(expected)
    assert columns("files", task.hears) == told(files_schema())
    assert columns("failures", False) == told(failures_schema())


def test_every_row_has_the_carried_columns(run: Run, manifest: Path, tmp_path: Path, tables: Tables) -> None:
    run(manifest, PredictTask("split"))
    lines = [line.split(",") for line in manifest.read_text().splitlines()[1:]]
    known = {path: (number, queue) for path, number, queue in lines}
    for name, rows in tables(tmp_path / "out").items():
        assert rows, name
        for row in rows:
            assert (row["number"], row["queue"]) == known[row["file"]]


def test_duckdb_reads_the_folder(run: Run, manifest: Path, tmp_path: Path) -> None:
    run(manifest, TimelineTask())
    out = tmp_path / "out"
    question = f"""
        SELECT f.queue, count(DISTINCT f.file), count(s.file), min(f.model)
        FROM read_parquet('{out}/files/**/*.parquet', hive_partitioning=true) f
        LEFT JOIN read_parquet('{out}/segments/**/*.parquet', hive_partitioning=true) s USING (file, model)
        GROUP BY 1 ORDER BY 1
    """  # noqa: S608 - our own folder
    rows = duckdb.connect().execute(question).fetchall()
    assert [(queue, model) for queue, _, _, model in rows] == [("a", "tiny@0.0.1"), ("b", "tiny@0.0.1")]
    assert sum(row[1] for row in rows) == 4
    assert sum(row[2] for row in rows) == ds.dataset(out / "segments", partitioning="hive").count_rows()


def test_a_second_run_does_what_is_missing(
    run: Run, archive: Path, tmp_path: Path, tables: Tables, tiny: ModuleType
) -> None:
    calls = tmp_path / "calls"
    shutil.copytree(archive, calls)
    assert run(calls).new == 4
    before = tables(tmp_path / "out")
    assert run(calls) == Summary(4, 4, 0, {}, 0, ())
    assert tables(tmp_path / "out") == before

    sf.write(calls / "new.wav", tiny.spoken_clip(1.1), 16000)
    (calls / "text.wav").write_text("no sound", encoding="utf-8")
    assert run(calls) == Summary(6, 5, 1, {"AudioDecodeError": 1}, 2, ())
    run(calls, output=tmp_path / "at once")
    assert tables(tmp_path / "out") == tables(tmp_path / "at once")


def test_what_failed_is_tried_again_only_if_asked(
    run: Run, archive: Path, tmp_path: Path, tables: Tables
) -> None:
    calls = tmp_path / "calls"
    shutil.copytree(archive, calls)
    bad = calls / "bad.wav"
    bad.write_text("no sound", encoding="utf-8")
    assert run(calls).failed == 1
    shutil.copy(archive / "one.wav", bad)
    assert run(calls) == Summary(5, 4, 1, {"AudioDecodeError": 1}, 0, ())
    assert run(calls, retry=True) == Summary(5, 5, 0, {}, 1, ())
    assert tables(tmp_path / "out")["failures.parquet"] == []
    assert run(calls, retry=True).new == 0


def test_another_version_of_a_model(
    run: Run, archive: Path, tiny: ModuleType, tmp_path: Path, tables: Tables
) -> None:
    newer = tiny.write_model(tmp_path / "newer", "tiny", version="0.0.2")
    run(archive)
    assert run(archive, model=newer) == Summary(4, 4, 0, {}, 4, ())
    found = tables(tmp_path / "out")
    for name in ("predictions", "files"):
        assert sorted(row["model"] for row in found[name]) == ["tiny@0.0.1"] * 4 + ["tiny@0.0.2"] * 4
    other = tiny.write_model(tmp_path / "other", "tiny", labels=["angry", "sad"], version="0.0.2")
    with pytest.raises(
        ConfigError, match=r"holds rows of another tiny@0\.0\.2: give the model a new version"
    ):
        run(archive, model=other)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"task": PredictTask("split")}, 'channels "mix"; now it is "split"'),
        ({"task": TimelineTask()}, 'task "predict"; now it is "timeline"'),
        ({"task": FeaturesTask.of(["rms"])}, 'task "predict"; now it is "features"'),
        ({"labels": "valence"}, 'labels none; now it is "valence"'),
    ],
)
def test_other_settings_in_the_same_folder_are_refused(
    run: Run, archive: Path, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    run(archive)
    with pytest.raises(ConfigError, match=words):
        run(archive, **changes)


def test_how_it_is_worked_on_may_change(run: Run, archive: Path) -> None:
    run(archive)
    assert run(archive, engine="local", jobs=1, timeout=5.0, checkpoint=1.0, retry=True).new == 0


def test_the_summary(run: Run, manifest: Path, tmp_path: Path, tables: Tables) -> None:
    run(manifest, TimelineTask())
    run(manifest, TimelineTask())
    told = json.loads((tmp_path / "out" / "summary.json").read_bytes())
    (first,) = told.pop("runs")
    assert (first["engine"], first["jobs"], first["files"]) == ("here", None, 5)
    found = tables(tmp_path / "out")
    seconds = sum(row["duration_seconds"] for row in found["files"])
    assert first["audio_hours"] == pytest.approx(seconds / 3600)
    assert told.pop("duration_hours") == pytest.approx(seconds / 3600)
    assert told.pop("speech_hours") * 3600 == pytest.approx(
        sum(row["speech_seconds"] for row in found["files"])
    )
    assert told.pop("affectone")
    assert told == {
        "schema": 1,
        "task": "timeline",
        "model": "tiny@0.0.1",
        "files": 5,
        "done": 4,
        "failed": 1,
        "missing": 0,
        "failures": {"AudioDecodeError": 1},
        "rows": len(found["segments"]),
    }


class Told:
    """Writes down how work goes on."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def begin(self, label: str, total: int, done: int) -> None:
        self.heard.append((label, total, done))

    def advance(self, seconds: float) -> None:
        self.heard.append(seconds)


def test_whoever_watches_hears_of_every_recording(run: Run, manifest: Path) -> None:
    watch = Told()
    run(manifest, watch=watch)
    assert watch.heard[0] == ("predict", 5, 0)
    assert sorted(watch.heard[1:])[:2] == [0.0, 1.0]
    assert len(watch.heard) == 6
    again = Told()
    run(manifest, watch=again)
    assert again.heard == [("predict", 5, 5)]


def test_parts_are_written_as_time_goes_on(run: Run, archive: Path, tmp_path: Path) -> None:
    run(archive, checkpoint=1e-6)
    assert len([*(tmp_path / "out" / "files").rglob("*.parquet")]) == 4


def test_what_was_done_before_an_error_is_kept(
    run: Run, archive: Path, tmp_path: Path, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = PredictTask.answer
    asked: list[Any] = []

    def interrupted(self: PredictTask, recognizer: Any, source: Any, raw: Any) -> Any:
        asked.append(source)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return answer(self, recognizer, source, raw)

    monkeypatch.setattr(PredictTask, "answer", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(archive)
    assert len(tables(tmp_path / "out")["files"]) == 2
    assert run(archive).new == 2


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"engine": "spark"}, ConfigError, "unknown engine 'spark'; known: local, ray"),
        ({"jobs": 0}, ConfigError, "jobs must be a whole number from 1 to"),
        ({"timeout": 0}, ConfigError, "timeout must be a number of seconds above 0; got 0"),
        ({"timeout": float("nan")}, ConfigError, "timeout must be a number of seconds above 0; got nan"),
        ({"checkpoint": -1}, ConfigError, "checkpoint must be a number of seconds above 0; got -1"),
        ({"adapt": "archive"}, ConfigError, r"model tiny@0\.0\.1 cannot be adapted"),
        ({"labels": "nonsense"}, ConfigError, "unknown label view 'nonsense'"),
        ({"model": "nonsense"}, ModelNotFoundError, "nonsense"),
        ({"address": "auto"}, ConfigError, "an address belongs to the engine ray"),
        ({"task": TimelineTask(window=60.0)}, ConfigError, "window"),
        (
            {"task": FeaturesTask.of(["rms"]), "labels": "valence"},
            ConfigError,
            "features are measured without a model: leave out labels and adapt",
        ),
        (
            {"task": FeaturesTask.of(["rms"]), "adapt": "archive"},
            ConfigError,
            "features are measured without a model: leave out labels and adapt",
        ),
    ],
)
def test_what_cannot_be_asked_for(
    run: Run,
    archive: Path,
    tmp_path: Path,
    changes: dict[str, Any],
    error: type[AffectoneError],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        run(archive, **changes)
    assert not (tmp_path / "out").exists()


def test_nothing_is_begun_where_there_is_nothing_to_do(run: Run, tmp_path: Path) -> None:
    with pytest.raises(AudioNotFoundError, match="none: no such file or folder"):
        run(tmp_path / "none")
    assert not (tmp_path / "out").exists()


def test_names_that_count_from_elsewhere_are_refused(run: Run, archive: Path, tmp_path: Path) -> None:
    recording = next(archive.rglob("*.wav"))
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        shutil.copy(recording, tmp_path / folder / "001.wav")
        (tmp_path / folder / "m.csv").write_text("path\n001.wav\n", encoding="utf-8")
    assert run(tmp_path / "one" / "m.csv", PredictTask()).done == 1
    with pytest.raises(ConfigError, match=r"names count from .*one; these count from .*two"):
        run(tmp_path / "two" / "m.csv", PredictTask())
    assert run(tmp_path / "one" / "m.csv", PredictTask()).new == 0


def test_what_was_not_there_is_looked_for_again(run: Run, archive: Path, tmp_path: Path) -> None:
    recording = next(archive.rglob("*.wav"))
    (tmp_path / "m.csv").write_text("path\nlate.wav\n", encoding="utf-8")
    found = run(tmp_path / "m.csv", PredictTask())
    assert (found.done, found.failures) == (0, {"AudioNotFoundError": 1})
    assert found.examples == {"AudioNotFoundError": f"{tmp_path}/late.wav: no such file"}
    shutil.copy(recording, tmp_path / "late.wav")
    assert run(tmp_path / "m.csv", PredictTask()) == Summary(1, 1, 0, {}, 1, ())


def test_counts_are_those_of_the_input(run: Run, archive: Path, tmp_path: Path) -> None:
    run(archive, PredictTask())
    one = next(archive.rglob("*.wav"))
    assert run(one, PredictTask()) == Summary(1, 1, 0, {}, 0, ())


def test_a_part_whose_other_half_was_taken_away_is_done_anew(
    run: Run, archive: Path, tmp_path: Path, tables: Tables
) -> None:
    run(archive, PredictTask())
    before = tables(tmp_path / "out")
    (part,) = (tmp_path / "out" / "predictions").rglob("*.parquet")
    part.unlink()
    assert run(archive, PredictTask()).new == len(before["files"])
    assert tables(tmp_path / "out") == before


def test_a_setting_is_corrected_where_nothing_is_done(run: Run, archive: Path, tmp_path: Path) -> None:
    wrong = TimelineTask(names=tuple("abcdefg"))
    assert run(archive, wrong).done == 0
    assert run(archive, TimelineTask()).done > 0
    with pytest.raises(ConfigError, match="was begun with names none"):
        run(archive, wrong)
