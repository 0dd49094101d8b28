"""Adaptation over an archive: what a group is adapted to is what `Recognizer.adapt` would adapt it to."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow")

import pyarrow.parquet as pq
import soundfile as sf

from affectone import Recognizer, batch
from affectone.batch import PredictTask, Summary, TimelineTask, run_batch
from affectone.batch.adaptation import Groups
from affectone.batch.places import Place
from affectone.errors import ConfigError

TOLERANCE = 2e-5
"""Sums are counted in steps of 1/65536, and states are float32."""
Run = Callable[..., Summary]
Tables = Callable[[Path], dict[str, list[dict[str, Any]]]]

pytestmark = pytest.mark.usefixtures("packaged_base")


@pytest.fixture(scope="module")
def base() -> Recognizer:
    return Recognizer("base")


@pytest.fixture(scope="module")
def calls(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Manifest of the archive and of a text: two groups, one that is silent, and a recording of none."""
    root = tmp_path_factory.mktemp("calls")
    shutil.copytree(archive, root, dirs_exist_ok=True)
    shutil.copy(root / "one.wav", root / "alone.wav")
    (root / "text.wav").write_text("no sound", encoding="utf-8")
    rows = [
        "one.wav,x",
        "queue a/two.wav,x",
        "queue a/both.wav,y",
        "text.wav,y",
        "silent.wav,quiet",
        "alone.wav,",
    ]
    (root / "calls.csv").write_text("path,agent\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return root / "calls.csv"


@pytest.fixture
def run(here: str, base: Recognizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that works through an archive in this process, into one folder."""
    for module in (batch.run, batch.worker):
        monkeypatch.setattr(module, "Recognizer", lambda *_, **__: base)  # Loaded once.

    def go(source: Path, **changes: Any) -> Summary:
        how = {"model": "base", "engine": here, "adapt": "agent"} | changes
        return run_batch(source, how.pop("output", tmp_path / "out"), how.pop("task", PredictTask()), **how)

    return go


def agrees(row: dict[str, Any], recognizer: Recognizer, path: Path) -> bool:
    """Tell whether a row says what a recogniser says."""
    expected = recognizer.predict(path)
    scores = {label: row[f"score_{label}"] for label in expected.scores}
    np.testing.assert_allclose(list(scores.values()), list(expected.scores.values()), atol=TOLERANCE)
    return bool(row["adapted"] == expected.adapted)


def kept(output: Path) -> dict[str, dict[str, Any]]:
    (place,) = (output / "adaptation").rglob("groups.parquet")
    return {row["group"]: row for row in pq.read_table(place, partitioning=None).to_pylist()}


def test_each_group_is_adapted_to_its_recordings(
    run: Run, calls: Path, base: Recognizer, tmp_path: Path, tables: Tables
) -> None:
    assert run(calls) == Summary(6, 5, 1, {"AudioDecodeError": 1}, 6, ())
    root = calls.parent
    adapted = {
        "one.wav": base.adapt([root / "one.wav", root / "queue a/two.wav"]),
        "queue a/two.wav": base.adapt([root / "one.wav", root / "queue a/two.wav"]),
        "queue a/both.wav": base.adapt([root / "queue a/both.wav"]),
        "alone.wav": base,
    }
    rows = {row["file"]: row for row in tables(tmp_path / "out")["predictions"]}
    for name, recognizer in adapted.items():
        assert agrees(rows[name], recognizer, root / name)
    assert rows["one.wav"]["confidence"] != rows["alone.wav"]["confidence"]
    assert rows["silent.wav"]["label"] is None
    assert {group: row["files"] for group, row in kept(tmp_path / "out").items()} == {"x": 2, "y": 2}
    assert [path.name for path in (tmp_path / "out" / "adaptation").rglob("*.parquet")] == ["groups.parquet"]


def test_an_archive_is_adapted_to_all_of_its_recordings(
    run: Run, archive: Path, base: Recognizer, tmp_path: Path, tables: Tables
) -> None:
    run(archive, adapt="archive")
    paths = sorted(archive.rglob("*.wav"))
    adapted = base.adapt(paths)
    rows = {row["file"]: row for row in tables(tmp_path / "out")["predictions"]}
    assert all(agrees(rows[str(path)], adapted, path) for path in paths)
    scale = adapted._adapted
    (row,) = kept(tmp_path / "out").values()
    np.testing.assert_allclose(row["mean"], scale.mean, atol=TOLERANCE)
    np.testing.assert_allclose(row["scale"], scale.scale, atol=TOLERANCE)


def test_channels_that_are_heard_apart_are_adapted_together(
    run: Run, archive: Path, base: Recognizer, tmp_path: Path, tables: Tables
) -> None:
    call = archive / "queue a" / "both.wav"
    run(call, adapt="archive", task=TimelineTask())
    expected = base.adapt([call], channels="split").timeline(call)
    rows = tables(tmp_path / "out")["segments"]
    assert len(rows) == len(expected.segments)
    (row,) = kept(tmp_path / "out").values()
    np.testing.assert_allclose(
        row["mean"], base.adapt([call], channels="split")._adapted.mean, atol=TOLERANCE
    )


def test_neither_order_nor_processes_nor_moments_of_writing_change_a_bit(
    run: Run, calls: Path, tmp_path: Path, tables: Tables
) -> None:
    header, *lines = calls.read_text(encoding="utf-8").splitlines()
    turned = calls.with_name("turned.csv")
    turned.write_text("\n".join([header, *lines[::-1]]) + "\n", encoding="utf-8")
    run(calls, output=tmp_path / "one")
    run(turned, output=tmp_path / "turned", checkpoint=1e-6)
    run(calls, output=tmp_path / "two", engine="local", jobs=2)
    one, other, two = (tables(tmp_path / name) for name in ("one", "turned", "two"))
    assert one == other == two


def test_recordings_that_come_later_take_what_is_kept(
    run: Run, calls: Path, tmp_path: Path, tables: Tables, tiny: ModuleType
) -> None:
    run(calls)
    before, first = kept(tmp_path / "out"), tables(tmp_path / "out")
    sf.write(calls.parent / "later.wav", tiny.spoken_clip(1.2, pitch=170.0), 16000)
    shutil.copy(calls.parent / "later.wav", calls.parent / "new.wav")
    more = calls.with_name("more.csv")
    more.write_text(calls.read_text(encoding="utf-8") + "later.wav,x\nnew.wav,z\n", encoding="utf-8")
    assert run(more).new == 2
    after = kept(tmp_path / "out")
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"z"}
    rows = tables(tmp_path / "out")["predictions"]
    assert [row for row in rows if row["file"] not in ("later.wav", "new.wav")] == first["predictions"]
    scores = {row["file"]: row["confidence"] for row in rows}
    assert scores["later.wav"] != scores["new.wav"]


def test_what_was_heard_before_a_run_was_cut_off_is_not_heard_again(
    run: Run, calls: Path, tmp_path: Path, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(calls, output=tmp_path / "undisturbed")
    listen, heard = Recognizer.listen_for, []

    def interrupted(self: Recognizer, sums: Any, source: Any, **how: Any) -> None:
        if len(heard) == 3:
            raise KeyboardInterrupt
        heard.append(source)
        listen(self, sums, source, **how)

    monkeypatch.setattr(Recognizer, "listen_for", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(calls)
    monkeypatch.setattr(
        Recognizer, "listen_for", lambda *args, **how: (heard.append(args[2]), listen(*args, **how))
    )
    run(calls)
    assert len(heard) == len(set(map(str, heard))) == 5  # All but the one of no group.
    assert tables(tmp_path / "out") == tables(tmp_path / "undisturbed")


class Killed(BaseException):
    """The process is gone; nothing is tidied up."""


def dying(act: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    """Return a method of `Place` that dies after so many calls that have to do with adaptation."""

    def or_die(self: Place, name: str, *rest: Any) -> Any:
        if name.startswith("adaptation/"):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
        return act(self, name, *rest)

    return or_die


@pytest.fixture
def few(calls: Path) -> Path:
    """Return a manifest of two recordings in two groups."""
    place = calls.with_name("few.csv")
    place.write_text("path,agent\none.wav,x\nqueue a/two.wav,y\n", encoding="utf-8")
    return place


def test_settling_may_be_cut_off_anywhere(
    run: Run, few: Path, tmp_path: Path, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(few, output=tmp_path / "undisturbed")
    for lives in range(5):  # Two parts and what is kept are written, and two parts removed.
        left = [lives]
        with monkeypatch.context() as patch:
            patch.setattr(Place, "write", dying(Place.write, left))
            patch.setattr(Place, "remove", dying(Place.remove, left))
            with pytest.raises(Killed):
                run(few, output=tmp_path / f"{lives}", checkpoint=1e-6)
        run(few, output=tmp_path / f"{lives}")
        assert tables(tmp_path / f"{lives}") == tables(tmp_path / "undisturbed")


def test_a_run_over_others_leaves_a_group_alone_that_is_half_heard(
    run: Run, few: Path, tmp_path: Path, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = few.with_name("both of x.csv")
    both.write_text(few.read_text(encoding="utf-8").replace(",y", ",x"), encoding="utf-8")
    run(both, output=tmp_path / "undisturbed")
    with monkeypatch.context() as patch:
        patch.setattr(Place, "write", dying(Place.write, [1]))
        with pytest.raises(Killed):
            run(both, checkpoint=1e-6)
    other = few.with_name("other.csv")
    other.write_text("path,agent\nqueue a/both.wav,z\n", encoding="utf-8")
    run(other)
    assert list(kept(tmp_path / "out")) == ["z"]
    run(both)
    assert kept(tmp_path / "out")["x"] == kept(tmp_path / "undisturbed")["x"]
    assert len([*(tmp_path / "out" / "adaptation").rglob("*.parquet")]) == 1


def test_what_groups_are_made_of(tmp_path: Path) -> None:
    groups = Groups(Place(tmp_path), "m@1")
    assert (groups.scales, groups.heard) == ({}, set())
    groups.add("x", "a.wav", None)
    groups.flush()
    groups.flush()
    assert Groups(Place(tmp_path), "m@1").heard == {"a.wav"}
    assert Groups(Place(tmp_path), "m@2").heard == set()


@pytest.mark.parametrize("kind", ["number", "truth", "moment"])
def test_any_plain_column_can_be_adapted_by(run: Run, calls: Path, tmp_path: Path, kind: str) -> None:
    import datetime

    import pyarrow as pa

    value = {"number": 7, "truth": True, "moment": datetime.date(2026, 1, 5)}[kind]
    pq.write_table(pa.table({"path": ["one.wav"], "by": [value]}), calls.parent / "by.parquet")
    run(calls.parent / "by.parquet", adapt="by")
    assert list(kept(tmp_path / "out")) == [{"number": "7", "truth": "true", "moment": "2026-01-05"}[kind]]


def test_what_cannot_be_adapted_by(run: Run, calls: Path) -> None:
    import pyarrow as pa

    with pytest.raises(ConfigError, match="unknown column to adapt by 'agnet'; did you mean 'agent'"):
        run(calls, adapt="agnet")
    pq.write_table(pa.table({"path": ["one.wav"], "by": [["a"]]}), calls.parent / "lists.parquet")
    with pytest.raises(ConfigError, match="adapt by 'by': its values are no text, numbers or times"):
        run(calls.parent / "lists.parquet", adapt="by")
    run(calls, adapt="none")
    with pytest.raises(ConfigError, match='was begun with adapt "none"; now it is "agent"'):
        run(calls)


def test_a_column_with_a_name_of_ours_is_found_by_it(run: Run, calls: Path, tmp_path: Path) -> None:
    place = calls.with_name("speaker.csv")
    place.write_text("path,speaker\none.wav,x\n", encoding="utf-8")
    run(place, adapt="speaker")
    assert list(kept(tmp_path / "out")) == ["x"]
