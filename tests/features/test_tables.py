"""Features as files: the same numbers in each format, whole or not at all, and few of them held."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from affectone.errors import ConfigError
from affectone.features import ClipFeatures, Features, tables, write_features

pd = pytest.importorskip("pandas")
pq = pytest.importorskip("pyarrow.parquet")

ENDINGS = ("parquet", "csv", "npz")
NAMES = ("plain", "chroma_C#", 'with "quotes", and a comma')
IDS = ("a", "b/ö 漢", 'c,"d"\ne')
VALUES = np.array([[0.1, -1e-30, 3e30], [1 / 3, 0.0, 7.0], [-0.0, 16777216.0, 1e-7]], np.float32)

Row = tuple[str, str, ClipFeatures | Features]


def rows() -> list[Row]:
    return [(id, f"{id}.wav", ClipFeatures(row, NAMES)) for id, row in zip(IDS, VALUES, strict=True)]


def over_frames() -> list[Row]:
    parts = [VALUES[:2], np.full((1, 3), np.nan, np.float32), VALUES]
    return [
        (id, f"{id}.wav", Features("x", values, 0.032 * np.arange(len(values)), NAMES))
        for id, values in zip(IDS, parts, strict=True)
    ]


def table(file: Path) -> pd.DataFrame:
    return pd.read_csv(file) if file.suffix == ".csv" else pd.read_parquet(file)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_table_holds_the_rows(tmp_path: Path, ending: str) -> None:
    assert write_features(rows(), tmp_path / f"x.{ending}") == 3
    found = table(tmp_path / f"x.{ending}")
    assert list(found) == ["id", "path", *NAMES]
    assert found["id"].tolist() == list(IDS)
    assert found["path"].tolist() == [f"{id}.wav" for id in IDS]
    np.testing.assert_array_equal(found[list(NAMES)].to_numpy().astype(np.float32), VALUES)


@pytest.mark.parametrize("ending", ["parquet", "csv", "npz"])
def test_a_name_that_is_no_utf_8_is_refused(tmp_path: Path, ending: str) -> None:
    (_, _, found), *_ = rows()
    with pytest.raises(ConfigError, match=r"'caf\\udce9\.wav' is no UTF-8"):
        write_features([("a", os.fsdecode(b"caf\xe9.wav"), found)], tmp_path / f"x.{ending}")
    assert list(tmp_path.iterdir()) == []


def test_parquet_keeps_32_bits(tmp_path: Path) -> None:
    write_features(rows(), tmp_path / "x.parquet")
    assert table(tmp_path / "x.parquet")["plain"].dtype == np.float32


def test_an_npz_holds_the_rows_without_pickle(tmp_path: Path) -> None:
    assert write_features(rows(), tmp_path / "x.npz") == 3
    with np.load(tmp_path / "x.npz", allow_pickle=False) as found:
        assert sorted(found) == ["ids", "names", "paths", "values"]
        assert found["ids"].tolist() == list(IDS)
        assert found["paths"].tolist() == [f"{id}.wav" for id in IDS]
        assert found["names"].tolist() == list(NAMES)
        assert found["values"].dtype == np.float32
        np.testing.assert_array_equal(found["values"], VALUES)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_table_over_frames(tmp_path: Path, ending: str) -> None:
    write_features(over_frames(), tmp_path / f"x.{ending}")
    found = table(tmp_path / f"x.{ending}")
    assert list(found) == ["id", "time", *NAMES]
    assert found["id"].tolist() == [IDS[0]] * 2 + [IDS[1]] + [IDS[2]] * 3
    np.testing.assert_allclose(found["time"], [0, 0.032, 0, 0, 0.032, 0.064])
    expected = np.concatenate([values.values for _, _, values in over_frames()])
    np.testing.assert_array_equal(found[list(NAMES)].to_numpy().astype(np.float32), expected)


def test_an_npz_over_frames(tmp_path: Path) -> None:
    write_features(over_frames(), tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as found:
        assert found["offsets"].tolist() == [0, 2, 3, 6]
        assert found["ids"].tolist() == list(IDS)
        for (_, _, one), start, end in zip(
            over_frames(), found["offsets"], found["offsets"][1:], strict=False
        ):
            np.testing.assert_array_equal(found["values"][start:end], one.values)
            np.testing.assert_array_equal(found["times"][start:end], one.times)


@pytest.mark.parametrize("made", [rows, over_frames])
@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_many_parts_hold_what_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, made: object
) -> None:
    assert callable(made)
    write_features(made(), tmp_path / f"one.{ending}")
    monkeypatch.setattr(tables, "MOST_HELD", 1)
    write_features(made(), tmp_path / f"many.{ending}")
    if ending == "parquet":
        assert pq.ParquetFile(tmp_path / "many.parquet").num_row_groups == 3
    assert table(tmp_path / f"many.{ending}").equals(table(tmp_path / f"one.{ending}"))


@pytest.mark.parametrize("ending", ENDINGS)
def test_equal_rows_give_equal_files(tmp_path: Path, ending: str) -> None:
    for name in ("one", "two"):
        write_features(rows(), tmp_path / f"{name}.{ending}")
    assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, ending: str) -> None:
    output = tmp_path / f"x.{ending}"
    output.write_text("what was there")

    def broken() -> Iterator[Row]:
        yield rows()[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_features(broken(), output)
    assert [file.name for file in tmp_path.iterdir()] == [output.name]
    assert output.read_text() == "what was there"


@pytest.mark.parametrize("ending", ENDINGS)
def test_without_rows_there_is_no_file(tmp_path: Path, ending: str) -> None:
    assert write_features([], tmp_path / f"x.{ending}") == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_other_columns_are_refused(tmp_path: Path, ending: str) -> None:
    other = ("other", "other.wav", ClipFeatures(VALUES[0, :2], NAMES[:2]))
    with pytest.raises(ConfigError, match="other: has other columns than the first recording"):
        write_features([*rows(), other], tmp_path / f"x.{ending}")
    assert list(tmp_path.iterdir()) == []


def test_the_file_behind_a_link_is_written(tmp_path: Path) -> None:
    (tmp_path / "link.npz").symlink_to(tmp_path / "real.npz")
    write_features(rows(), tmp_path / "link.npz")
    assert (tmp_path / "link.npz").is_symlink()
    assert (tmp_path / "real.npz").is_file()


def peak(count: int, output: Path) -> int:
    """Return the most memory that writing so many rows of 1000 numbers takes."""
    names = tuple(f"f{number}" for number in range(1000))
    many = ((f"{n}", f"{n}.wav", ClipFeatures(np.full(1000, n, np.float32), names)) for n in range(count))
    tracemalloc.start()
    try:
        write_features(many, output)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("ending", ENDINGS)
def test_memory_does_not_grow_with_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(tables, "MOST_HELD", 2**18)
    peak(1, tmp_path / f"x.{ending}")  # What is imported counts once.
    few, many = (peak(count, tmp_path / f"x.{ending}") for count in (100, 1000))
    assert many < few + 2**20
