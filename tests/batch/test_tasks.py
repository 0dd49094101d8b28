"""Tasks: the rows of a recording are what the library says of it, field for field."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("scipy")

import affectone
from affectone import Recognizer
from affectone.audio import RawFormat
from affectone.batch import FeaturesTask, PredictTask, Task, TimelineTask
from affectone.batch.schema import features_schema, rows_schema
from affectone.batch.tasks import StatesTask
from affectone.batch.worker import Failure, Item, Job, Worker
from affectone.errors import ConfigError
from affectone.labels import VOICES
from affectone.models import find_model
from affectone.recognition.rows import flat

NAMES = ["one.wav", "queue a/two.wav", "queue a/both.wav", "silent.wav"]
SETS = ("mfcc", "pitch")


@pytest.fixture(scope="module")
def recognizer(tiny_model: Path) -> Recognizer:
    return Recognizer(str(tiny_model))


def said(recognizer: Recognizer, task: Task, path: Path) -> tuple[list[Any], list[str]]:
    """Return what the library answers and warns, asked as a program would."""
    if isinstance(task, TimelineTask):
        heard = recognizer.timeline(
            path, channels=task.channels, names=task.names, window=task.window, hop=task.hop
        )
        return list(heard), list(heard.warnings)
    assert isinstance(task, PredictTask)
    found = recognizer.predict(path, channels=task.channels)
    answers = found if isinstance(found, list) else [found]
    return answers, list(dict.fromkeys(words for one in answers for words in one.warnings))


HEARD = {
    "predict": PredictTask(),
    "predict split": PredictTask("split"),
    "timeline": TimelineTask(),
    "timeline mix": TimelineTask(window=2.0, hop=0.5, channels="mix"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("task", HEARD.values(), ids=HEARD.keys())
def test_rows_are_what_the_recogniser_says(
    archive: Path, recognizer: Recognizer, tiny_model: Path, task: Task, name: str
) -> None:
    answer = Worker(Job(task, str(tiny_model)))(Item(0, str(archive / name))).answer
    assert answer is not None
    answers, warnings = said(recognizer, task, archive / name)
    over_time = isinstance(task, TimelineTask)
    schema = rows_schema(recognizer.labels, VOICES, over_time=over_time).remove(0)
    assert answer.rows.schema == schema
    expected = [flat(one.to_dict()) for one in answers]
    assert answer.rows.to_pylist() == [{name: row.get(name) for name in schema.names} for row in expected]
    assert list(answer.warnings) == warnings
    if not over_time:
        assert answer.duration_seconds == answers[0].duration_seconds
        assert answer.speech_seconds == pytest.approx(sum(one.speech_seconds for one in answers))


def test_channels_are_counted(archive: Path, tiny_model: Path) -> None:
    counts = {}
    for label, task in HEARD.items():
        answer = Worker(Job(task, str(tiny_model)))(Item(0, str(archive / "queue a/both.wav"))).answer
        assert answer is not None
        counts[label] = answer.channels
    assert counts == {"predict": 1, "predict split": 2, "timeline": 2, "timeline mix": 1}


def test_where_nobody_speaks_there_are_no_segments(archive: Path, tiny_model: Path) -> None:
    answer = Worker(Job(TimelineTask(), str(tiny_model)))(Item(0, str(archive / "silent.wav"))).answer
    assert answer is not None
    assert (answer.rows.num_rows, answer.duration_seconds, answer.speech_seconds) == (0, 1.0, 0.0)


@pytest.mark.parametrize("level", ["clip", "frames"])
@pytest.mark.parametrize("name", NAMES)
def test_rows_are_the_features_that_are_extracted(archive: Path, level: Any, name: str) -> None:
    functionals = ("mean", "std") if level == "clip" else None
    task = FeaturesTask.of(SETS, level=level, functionals=functionals)
    answer = Worker(Job(task, ""))(Item(0, str(archive / name))).answer
    assert answer is not None
    (found,) = affectone.features.extract_many(
        [archive / name], SETS, level=level, functionals=functionals, jobs=1
    )
    assert answer.rows.schema == features_schema(found.names, over_time=level == "frames").remove(0)
    table = answer.rows.to_pandas()
    np.testing.assert_array_equal(table[list(found.names)].to_numpy(), np.atleast_2d(found.values))
    if level == "frames":
        assert table["time"].tolist() == found.times.tolist()
    assert (answer.channels, answer.speech_seconds, answer.warnings) == (1, None, found.warnings)
    assert answer.duration_seconds == pytest.approx(affectone.load_audio(archive / name).duration)


def test_raw_samples_are_heard(
    archive: Path, recognizer: Recognizer, tiny_model: Path, tmp_path: Path
) -> None:
    samples = affectone.load_audio(archive / "one.wav").samples[0]
    path = tmp_path / "call.pcm"
    path.write_bytes((samples * 32767).astype("<i2").tobytes())
    raw = RawFormat.parse("s16le:16000:1")
    for task in (PredictTask(), TimelineTask()):
        answer = Worker(Job(task, str(tiny_model), raw=raw))(Item(0, str(path))).answer
        assert answer is not None
        assert answer.rows.num_rows == 1
    failure = Worker(Job(FeaturesTask.of(["rms"]), "", raw=raw))(Item(0, str(path))).failure
    assert failure == Failure("ConfigError", "headerless samples are not measured; give them a header first")


def test_a_view_of_labels_is_answered_in(archive: Path, tiny_model: Path) -> None:
    answer = Worker(Job(PredictTask(), str(tiny_model), labels="valence"))(
        Item(0, str(archive / "one.wav"))
    ).answer
    assert answer is not None
    labels = Recognizer(str(tiny_model), labels="valence").labels
    assert [name for name in answer.rows.schema.names if name.startswith("score_")] == [
        f"score_{label}" for label in labels
    ]


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("text.wav", "AudioDecodeError", "{}: is text, not audio"),
        ("none.wav", "AudioNotFoundError", "{}: no such file"),
    ],
)
def test_what_is_wrong_with_a_recording_is_a_failure(
    tiny_model: Path, tmp_path: Path, name: str, kind: str, words: str
) -> None:
    path = tmp_path / name
    if name == "text.wav":
        path.write_text("no sound", encoding="utf-8")
    outcome = Worker(Job(PredictTask(), str(tiny_model)))(Item(5, str(path)))
    assert (outcome.row, outcome.answer) == (5, None)
    assert outcome.failure == Failure(kind, words.format(path))


def test_a_recording_at_an_address_is_named_by_it(tiny_model: Path, archive: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    system.pipe_file("/bucket/one.wav", (archive / "one.wav").read_bytes())
    system.pipe_file("/bucket/text.wav", b"no sound")
    worker = Worker(Job(PredictTask(), str(tiny_model)))
    alone = worker(Item(0, str(archive / "one.wav"))).answer
    there = worker(Item(0, "memory://bucket/one.wav")).answer
    by_file = worker(Item(0, f"file://{archive}/one.wav")).answer
    assert alone is not None
    assert there is not None
    assert by_file is not None
    assert there.rows == alone.rows == by_file.rows
    failure = worker(Item(0, "memory://bucket/text.wav")).failure
    assert failure == Failure("AudioDecodeError", "memory://bucket/text.wav: is text, not audio")
    failure = worker(Item(0, "memory://bucket/none.wav")).failure
    assert failure is not None
    assert failure.kind == "FileNotFoundError"
    assert failure.reason.startswith("memory://bucket/none.wav: FileNotFoundError: ")
    system.store.clear()


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (TimelineTask(window=60.0), "window"),
        (TimelineTask(hop=0.0), "hop"),
        (TimelineTask(speakers=2), "tiny"),
    ],
)
def test_what_the_model_cannot_do_is_refused_before(tiny_model: Path, task: Task, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        task.check(find_model(tiny_model))


@pytest.mark.parametrize(
    "task",
    [*HEARD.values(), TimelineTask(names=("agent", "customer")), FeaturesTask.of(SETS), StatesTask("mix")],
    ids=lambda task: task.name,
)
def test_tasks_travel_and_tell_their_settings(task: Task) -> None:
    copy = pickle.loads(pickle.dumps(task))  # noqa: S301 - our own
    assert json.dumps(copy.settings()) == json.dumps(task.settings())


def test_settings_of_features_tell_everything_that_they_are_measured_by() -> None:
    told = FeaturesTask.of(["mfcc"]).settings()
    others = [
        FeaturesTask.of(["mfcc", "chroma"]),
        FeaturesTask.of(["mfcc"], level="frames"),
        FeaturesTask.of(["mfcc"], functionals=["mean"]),
        FeaturesTask.of(["mfcc"], settings=affectone.features.Settings(n_mfcc=20)),
    ]
    assert told["settings"]["n_mfcc"]
    assert all(other.settings() != told for other in others)
