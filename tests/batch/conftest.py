"""An archive of a few short recordings, and its results read back as plain rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile as sf

pytest.importorskip("pebble")

RATE = 16000
Rows = list[dict[str, Any]]
Tables = Callable[[Path], dict[str, Rows]]


@pytest.fixture(scope="session")
def archive(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of four recordings, two in a folder of their own: speech, of two channels, and silence."""
    root = tmp_path_factory.mktemp("archive")
    (root / "queue a").mkdir()
    voice = tiny.spoken_clip(1.0)
    sf.write(root / "one.wav", voice, RATE)
    sf.write(root / "queue a" / "two.wav", tiny.spoken_clip(1.3, pitch=210.0, level=0.2), RATE)
    sf.write(root / "queue a" / "both.wav", np.stack([voice, 0.3 * voice[::-1]], axis=1), RATE)
    sf.write(root / "silent.wav", np.zeros(RATE, np.float32), RATE)
    return root


@pytest.fixture(scope="session")
def manifest(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Table of the recordings of `archive` and of one that is text, with a column by which to group them."""
    folder = tmp_path_factory.mktemp("manifest")
    text = folder / "text.wav"
    text.write_text("no sound", encoding="utf-8")
    found = [*sorted(archive.rglob("*.wav")), text]
    lines = [f"{path},00{place},{'ab'[place % 2]}" for place, path in enumerate(found)]
    place = folder / "calls.csv"
    place.write_text("\n".join(["path,number,queue", *lines]) + "\n", encoding="utf-8")
    return place


def read_tables(output: Path) -> dict[str, Rows]:
    """Return the rows of all tables but for the names of their parts, sorted."""
    import pyarrow.dataset as ds

    found: dict[str, Rows] = {}
    for path in sorted(output.rglob("*.parquet")):
        name = path.relative_to(output).parts[0]
        rows = ds.dataset(path, partitioning="hive", partition_base_dir=str(output)).to_table().to_pylist()
        found.setdefault(name, []).extend(rows)
    return {name: sorted(rows, key=lambda row: json.dumps(row, default=str)) for name, rows in found.items()}


@pytest.fixture(scope="session")
def tables() -> Tables:
    """Return a function that reads the tables of a folder of results: table -> rows."""
    return read_tables


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of an engine that works in this process: for what does not depend on the engine."""
    from affectone.batch.engines import ENGINES, Means, items_of
    from affectone.batch.worker import Job, Outcome, Worker

    @contextmanager
    def engine(job: Job, items: Any, means: Means) -> Iterator[Iterator[Outcome]]:
        worker = Worker(job)
        yield (worker(item) for item in items_of(items))

    monkeypatch.setitem(ENGINES, "here", engine)
    return "here"
