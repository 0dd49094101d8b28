"""The manifest: one row a clip, the same columns whatever the corpus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import affectone.registry
from affectone.corpora import COLUMNS, load_corpora, load_corpus, to_manifest
from affectone.errors import MissingExtraError

Folder = Callable[..., Path]


def test_one_row_a_clip_in_the_order_of_the_corpora(folder_of: Folder) -> None:
    tess = folder_of("YAF_chalk_ps.wav", "OAF_back_fear.wav", root="tess")
    emodb = folder_of("03a01Fa.wav", root="emodb")
    manifest = load_corpora({"tess": tess, "emodb": str(emodb)})
    assert manifest["id"].tolist() == ["tess/OAF_back_fear", "tess/YAF_chalk_ps", "emodb/03a01Fa"]
    assert manifest["emotion"].tolist() == ["fearful", "surprised", "happy"]


def test_columns_are_the_fields_of_a_clip(folder_of: Folder) -> None:
    manifest = load_corpus("tess", folder_of("YAF_chalk_ps.wav"))
    assert tuple(manifest.columns) == COLUMNS
    assert COLUMNS[:7] == ("id", "path", "corpus", "speaker", "original", "emotion", "sex")


def test_values_are_plain(folder_of: Folder) -> None:
    root = folder_of("03-01-05-02-01-02-12.wav")
    (row,) = load_corpus("ravdess", root).to_dict("records")
    assert row["path"] == str(root / "03-01-05-02-01-02-12.wav")
    assert row["speaker"] == "12"
    assert (type(row["sex"]), row["sex"]) == (str, "female")


def test_what_is_unknown_is_missing(folder_of: Folder) -> None:
    (row,) = load_corpus("crema_d", folder_of("1001_DFA_ANG_XX.wav")).to_dict("records")
    assert [name for name in COLUMNS if pd.isna(row[name])] == ["sex", "age", "take", "intensity"]


def test_ages_are_numbers_whether_known_or_not(folder_of: Folder) -> None:
    unknown = load_corpus("savee", folder_of("DC_a01.wav", root="savee"))
    known = load_corpus("tess", folder_of("YAF_chalk_ps.wav", root="tess"))
    assert unknown["age"].dtype == known["age"].dtype == float
    assert known["age"].tolist() == [26]


def test_no_clips_make_an_empty_table_with_all_columns() -> None:
    assert tuple(to_manifest([]).columns) == COLUMNS


def test_without_pandas_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(affectone.registry.EXTRA_MODULES, "data", ("no_such_module_anywhere",))
    with pytest.raises(MissingExtraError, match=r"a manifest needs the extra 'data': pip install"):
        to_manifest([])
