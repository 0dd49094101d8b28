"""The manifest: one row a clip, the same columns whatever the corpus."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import affectone.registry
from affectone.corpora import (
    COLUMNS,
    Clip,
    Votes,
    load_corpora,
    load_corpus,
    read_manifest,
    restrict,
    to_manifest,
    write_manifest,
)
from affectone.corpora.manifest import typed
from affectone.errors import CorpusError, MissingExtraError
from affectone.labels import label_view

Folder = Callable[..., Path]


def test_one_row_a_clip_in_the_order_of_the_corpora(folder_of: Folder) -> None:
    tess = folder_of("YAF_chalk_ps.wav", "OAF_back_fear.wav", root="tess")
    emodb = folder_of("03a01Fa.wav", root="emodb")
    manifest = load_corpora({"tess": tess, "emodb": str(emodb)})
    assert manifest["id"].tolist() == ["tess/OAF_back_fear", "tess/YAF_chalk_ps", "emodb/03a01Fa"]
    assert manifest["emotion"].tolist() == ["fearful", "surprised", "happy"]


def test_columns_are_the_fields_of_a_clip(folder_of: Folder) -> None:
    manifest = load_corpus("tess", folder_of("YAF_chalk_ps.wav"))
    assert manifest.columns.tolist() == list(COLUMNS)
    assert list(COLUMNS)[:7] == ["id", "path", "corpus", "speaker", "emotion", "original", "sex"]


def test_values_are_plain(folder_of: Folder) -> None:
    root = folder_of("03-01-05-02-01-02-12.wav")
    (row,) = load_corpus("ravdess", root).to_dict("records")
    assert row["path"] == str(root / "03-01-05-02-01-02-12.wav")
    assert row["speaker"] == "12"
    assert (type(row["sex"]), row["sex"]) == (str, "female")


def test_what_is_unknown_is_missing(folder_of: Folder) -> None:
    (row,) = load_corpus("crema_d", folder_of("1001_DFA_ANG_XX.wav")).to_dict("records")
    told = ["sex", "age", "ethnicity", "take", "intensity", "votes", "raters", "agreement", "heard_intensity"]
    heard = ["duration", "rate", "channels", "content_hash", "recording"]
    assert [name for name in COLUMNS if pd.isna(row[name])] == [*told, *heard]


def test_ages_are_numbers_whether_known_or_not(folder_of: Folder) -> None:
    unknown = load_corpus("savee", folder_of("DC_a01.wav", root="savee"))
    known = load_corpus("tess", folder_of("YAF_chalk_ps.wav", root="tess"))
    assert unknown["age"].dtype == known["age"].dtype == float
    assert known["age"].tolist() == [26]


def test_no_clips_make_an_empty_table_with_all_columns() -> None:
    assert to_manifest([]).columns.tolist() == list(COLUMNS)


def manifest_of(*clips: Clip) -> pd.DataFrame:
    return to_manifest(clips or (Clip("mine/a", Path("a.wav"), "mine", "ann", "sad", "sad"),))


@pytest.mark.parametrize("name", ["m.csv", "m.parquet"])
def test_what_is_written_is_read(name: str, tmp_path: Path) -> None:
    votes = Votes({"sad": 0.75, "happy": 0.25}, 4)
    told: dict[str, Any] = {
        "text": 'so,\n "so"',
        "votes": votes,
        "ethnicity": "sorbian",
        "heard_intensity": 1 / 3,
    }
    clip = Clip("mine/a, b", Path('"a".wav'), "mine", None, "sad", "traurig", **told)
    manifest = manifest_of(clip).assign(duration=1.25, recording="mine/a, b")
    write_manifest(manifest, tmp_path / name)
    pd.testing.assert_frame_equal(read_manifest(tmp_path / name), manifest)


@pytest.mark.parametrize("name", ["m.csv", "m.parquet"])
def test_a_manifest_of_before_is_read(name: str, tmp_path: Path) -> None:
    younger = ["ethnicity", "heard_intensity"]
    write_manifest(manifest_of().drop(columns=younger), tmp_path / name)
    found = read_manifest(tmp_path / name)
    assert found.columns.tolist() == list(COLUMNS)
    assert found[younger].isna().all(axis=None)


@pytest.mark.parametrize("name", ["m.csv", "m.parquet"])
@pytest.mark.parametrize("word", ["NA", "None", "nan", "null", "007", "1.50"])
def test_words_that_programs_take_for_something_else_stay(word: str, name: str, tmp_path: Path) -> None:
    clip = Clip("mine/a", Path("a.wav"), "mine", word, "sad", word, text=word)
    write_manifest(manifest_of(clip), tmp_path / name)
    (row,) = read_manifest(tmp_path / name).to_dict("records")
    assert (row["speaker"], row["original"], row["text"]) == (word, word, word)


def test_a_speaker_loses_the_space_around_and_is_written_in_one_way(tmp_path: Path) -> None:
    clips = [
        Clip(f"mine/{at}", Path("a.wav"), "mine", name, "sad", "sad")
        for at, name in enumerate([" L\u00e9a", "Le\u0301a\u00a0", "  "])
    ]
    write_manifest(manifest_of(*clips), tmp_path / "m.csv")
    speakers = read_manifest(tmp_path / "m.csv")["speaker"]
    assert speakers[:2].tolist() == ["L\u00e9a", "L\u00e9a"]
    assert pd.isna(speakers[2])


def test_labels_of_a_view_are_read(tmp_path: Path) -> None:
    write_manifest(restrict(manifest_of(), label_view("valence")), tmp_path / "m.csv")
    assert read_manifest(tmp_path / "m.csv")["emotion"].tolist() == ["negative"]


def test_a_file_with_the_mark_of_utf_8(tmp_path: Path) -> None:
    write_manifest(manifest_of(), tmp_path / "m.csv")
    (tmp_path / "m.csv").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "m.csv").read_bytes())
    assert read_manifest(tmp_path / "m.csv")["id"].tolist() == ["mine/a"]


def test_a_relative_path_is_looked_for_beside_the_manifest_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    for file in (there / "a.wav", there / "b.wav", here / "b.wav"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"")
    names = ("a.wav", "b.wav", "c.wav")
    clips = (Clip(f"mine/{name}", Path(name), "mine", None, "sad", "sad") for name in names)
    write_manifest(manifest_of(*clips), there / "m.csv")
    monkeypatch.chdir(here)
    found = read_manifest(there / "m.csv")["path"].tolist()
    assert found == [str(there / "a.wav"), "b.wav", "c.wav"]


def test_without_pandas_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(affectone.registry.EXTRA_MODULES, "data", ("no_such_module_anywhere",))
    with pytest.raises(MissingExtraError, match=r"a manifest needs the extra 'data': pip install"):
        to_manifest([])


@pytest.mark.parametrize("name", ["m.csv", "m.parquet"])
def test_what_cannot_be_written_whole_leaves_what_was_there(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(table: pd.DataFrame, path: Path, **_: object) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    write_manifest(manifest_of(), tmp_path / name)
    before = (tmp_path / name).read_bytes()
    for method in ("to_csv", "to_parquet"):
        monkeypatch.setattr(pd.DataFrame, method, full)
    with pytest.raises(OSError, match="No space left"):
        write_manifest(manifest_of(), tmp_path / name)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {name: before}


def test_a_link_goes_on_leading_where_it_led(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "m.csv").symlink_to(tmp_path / "deep" / "real.csv")
    write_manifest(manifest_of(), tmp_path / "m.csv")
    assert (tmp_path / "m.csv").is_symlink()
    assert read_manifest(tmp_path / "deep" / "real.csv")["id"].tolist() == ["mine/a"]


def test_columns_of_others_may_stand_there_twice(tmp_path: Path) -> None:
    clips = pd.DataFrame([{"id": "a/1", "path": "x.wav", "corpus": "a", "emotion": "sad"}])
    place = tmp_path / "m.csv"
    write_manifest(typed(clips), place)
    lines = place.read_text(encoding="utf-8").splitlines()
    place.write_text("\n".join([f"{lines[0]},note,note,,", f"{lines[1]},1,2,,"]), encoding="utf-8")
    assert read_manifest(place).loc[0, "id"] == "a/1"


@pytest.mark.parametrize("duration", [pd.Timedelta(seconds=2), pd.Timestamp("2026-01-31")])
def test_times_are_no_numbers(duration: Any, tmp_path: Path) -> None:
    clips = pd.DataFrame([{"id": "a/1", "path": "x.wav", "corpus": "a", "emotion": "sad"}])
    clips.assign(original="sad", duration=duration).to_parquet(tmp_path / "m.parquet")
    with pytest.raises(CorpusError, match=r"duration .* in row 2: a finite number is wanted"):
        read_manifest(tmp_path / "m.parquet")
