"""Manifests that a person edited: the words for each cell that no manifest holds."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from affectone.corpora import COLUMNS, read_manifest
from affectone.errors import CorpusError

HEADS = ",".join(COLUMNS)
NUMBERS = "a finite number is wanted, with a point and without a unit, or nothing where it is not known"
VOTES = 'votes are written {"happy": 0.75, "sad": 0.25}: a label and the share of those who chose it'
LABELS = (
    "known: neutral, calm, happy, sad, angry, fearful, disgust, surprised, bored, other, positive, negative"
)


def edited(**cells: list[str]) -> pd.DataFrame:
    """Return three rows as texts, with other cells in some columns."""
    table = pd.DataFrame({"id": ["m/1", "m/2", "m/3"], "corpus": "m", "speaker": "a", "emotion": "sad"})
    table = table.assign(path=table["id"], duration="1.5")
    return table.assign(**cells).reindex(columns=list(COLUMNS))


def refused(path: Path) -> str:
    with pytest.raises(CorpusError) as refusal:
        read_manifest(path)
    return str(refusal.value)


CELLS = {
    "id is empty in row 3 (and 1 row more): every clip needs one": {"id": ["m/1", "", ""]},
    "id 'm/1' in rows 2 and 4: every clip has an id of its own": {"id": ["m/1", "m/2", "m/1"]},
    "path is empty in row 2: every clip needs one": {"path": ["", "b", "c"]},
    "corpus is empty in row 4: every clip needs one": {"corpus": ["m", "m", ""]},
    "corpus 'm/n' in row 2 (and 1 row more): a name without '/' is wanted": {"corpus": ["m/n", "m", "m/n"]},
    "emotion is empty in row 4: every clip needs one": {"emotion": ["sad", "sad", ""]},
    f"emotion 'angri' in row 3: did you mean 'angry'? {LABELS}": {"emotion": ["sad", "angri", "sad"]},
    "sex 'F' in row 2: known: female, male": {"sex": ["F", "female", ""]},
    f"duration '1,5' in row 2 (and 2 rows more): {NUMBERS}": {"duration": ["1,5"] * 3},
    f"duration 'inf' in row 4: {NUMBERS}": {"duration": ["1", "2", "inf"]},
    f"duration 'nan' in row 4: {NUMBERS}": {"duration": ["1", "2", "nan"]},
    "duration '-1' in row 2: it cannot be below 0": {"duration": ["-1", "", ""]},
    "heard_intensity '62.5' in row 3: it cannot be above 1": {"heard_intensity": ["1", "62.5", ""]},
    f"age 'thirty' in row 3: {NUMBERS}": {"age": ["", "thirty", "3"]},
    f"rate '16 kHz' in row 2: {NUMBERS}": {"rate": ["16 kHz", "8000", "8000"]},
    f"votes '{{\"happy\": 3' in row 2: {VOTES}": {"votes": ['{"happy": 3', "", ""]},
    f"votes '[\"happy\"]' in row 3: {VOTES}": {"votes": ["", '["happy"]', ""]},
    f'votes \'{{"happy": "x"}}\' in row 4: {VOTES}': {"votes": ["", "", '{"happy": "x"}']},
    f"votes '{{\"happy\": NaN}}' in row 2: {VOTES}": {"votes": ['{"happy": NaN}', "", ""]},
    f"votes '{{\"happy\": -1}}' in row 2: {VOTES}": {"votes": ['{"happy": -1}', "", ""]},
    f"votes '{{\"happy\": 0}}' in row 2: {VOTES}": {"votes": ['{"happy": 0}', "", ""]},
    f"votes '{{\"happy\": true}}' in row 2: {VOTES}": {"votes": ['{"happy": true}', "", ""]},
    f"votes '{{}}' in row 2: {VOTES}": {"votes": ["{}", "", ""]},
    f"votes '{{\"hapy\": 1}}' in row 2: unknown label 'hapy'; did you mean 'happy'? {LABELS}": {
        "votes": ['{"hapy": 1}', "", ""]
    },
}


@pytest.mark.parametrize("words", CELLS)
@pytest.mark.parametrize("name", ["m.csv", "m.parquet"])
def test_a_cell_is_named_with_its_row(words: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    table = edited(**CELLS[words])
    table.to_csv(path, index=False) if name == "m.csv" else table.mask(table == "").to_parquet(path)
    assert refused(path) == (
        f"{path}: {words}. Correct it, or start anew: affectone corpora scan table={path} -o OTHER makes one "
        f"of a table of yours"
    )


@pytest.mark.parametrize(
    "votes", ["[" * 100_000, '{"happy": 1' + "0" * 400 + "}", '{"happy": 9' + "9" * 5000]
)
def test_votes_that_no_program_reads(votes: str, tmp_path: Path) -> None:
    edited(votes=[votes, "", ""]).to_csv(tmp_path / "m.csv", index=False)
    words = refused(tmp_path / "m.csv")
    assert VOTES in words
    assert len(words) < 500


def test_a_column_of_numbers_where_text_is_wanted(tmp_path: Path) -> None:
    edited().assign(speaker=[3, 4, 5]).to_parquet(tmp_path / "m.parquet")
    words = "speaker 3 in row 2 (and 2 rows more): this column holds text; turn what is in it into text"
    assert f"m.parquet: {words}. Correct it" in refused(tmp_path / "m.parquet")


@pytest.mark.parametrize(("cells", "row"), [(",,", 3), ("", 2)])
def test_a_row_with_more_or_fewer_cells_than_heads(cells: str, row: int, tmp_path: Path) -> None:
    whole = "," * (len(COLUMNS) - 1)
    rows = [whole] * (row - 2) + [(whole + cells) if cells else "m/1"]
    (tmp_path / "m.csv").write_text("\n".join([HEADS, *rows]))
    count = len(COLUMNS) + 2 if cells else 1
    words = f"row {row} has {count} cells, and the heads are {len(COLUMNS)}"
    assert refused(tmp_path / "m.csv") == f"{tmp_path / 'm.csv'}: {words}"


@pytest.mark.parametrize("mark", [";", "\t"])
def test_another_mark_between_cells(mark: str, tmp_path: Path) -> None:
    edited().to_csv(tmp_path / "m.csv", sep=mark, index=False)
    words = "has no commas between its cells; save it as UTF-8 with commas"
    assert refused(tmp_path / "m.csv") == f"{tmp_path / 'm.csv'} {words}"


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding(encoding: str, tmp_path: Path) -> None:
    edited(speaker=["L\u00e9a"] * 3).to_csv(tmp_path / "m.csv", index=False, encoding=encoding)
    words = "is no UTF-8 text; save it as UTF-8 with commas"
    assert refused(tmp_path / "m.csv") == f"{tmp_path / 'm.csv'} {words}"


def test_a_head_that_stands_twice(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(f"{HEADS},id\n")
    assert "m.csv: the column 'id' stands there more than once. " in refused(tmp_path / "m.csv")


@pytest.mark.parametrize("content", [b"", b"\n\n", b'"a,b\n'])
def test_a_file_with_nothing_of_a_table(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_bytes(content)
    assert refused(tmp_path / "m.csv").startswith(f"{tmp_path / 'm.csv'} ")
