"""Labels of one's own that are kept: from a table, a folder and a manifest."""

from __future__ import annotations

from pathlib import Path

import pytest

from affectone.corpora import load_corpora, read_manifest, restrict, write_manifest
from affectone.corpora.kept import in_label_order, refuse_odd_labels
from affectone.corpora.own import OwnLabels, parse_own
from affectone.errors import ConfigError, CorpusError
from affectone.labels import label_view

KEEP = OwnLabels(keep=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with recordings below two folders that name no emotion; nobody listens to them."""
    for name in ("grumpy/ada/1.wav", "grumpy/jo_1.wav", "joy/ada/1.wav", "loose.wav"):
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "root"


def table_of(root: Path, content: str) -> Path:
    (root / "calls.csv").write_text(content, encoding="utf-8")
    return root / "calls.csv"


def test_a_table_keeps_its_labels(root: Path) -> None:
    table = table_of(root, "path,label\ngrumpy/ada/1.wav, grumpy \ngrumpy/jo_1.wav,joy\n")
    manifest = load_corpora({"table": table}, own=KEEP)
    assert manifest["emotion"].tolist() == ["grumpy", "joy"]
    assert manifest["original"].tolist() == ["grumpy", "joy"]


def test_without_being_told_it_maps_them(root: Path) -> None:
    table = table_of(root, "path,label\ngrumpy/ada/1.wav,rage\ngrumpy/jo_1.wav,joy\n")
    assert load_corpora({"table": table})["emotion"].tolist() == ["angry", "happy"]


def test_common_labels_of_a_manifest_keep_what_they_were(root: Path) -> None:
    table = table_of(root, "path,emotion,original\ngrumpy/ada/1.wav,happy,joy\ngrumpy/jo_1.wav,odd,strange\n")
    manifest = load_corpora({"table": table}, own=KEEP)
    assert manifest["emotion"].tolist() == ["happy", "odd"]
    assert manifest["original"].tolist() == ["joy", "odd"]


def test_votes_are_for_kept_labels(root: Path) -> None:
    table = table_of(root, 'path,label,votes\ngrumpy/ada/1.wav,odd,"{""odd"": 3, ""even"": 1}"\n')
    assert load_corpora({"table": table}, own=KEEP)["votes"].tolist() == ['{"odd": 0.75, "even": 0.25}']


def test_the_first_folder_below_the_root_is_the_label(root: Path) -> None:
    manifest = load_corpora({"folder": root}, own=OwnLabels(keep=True, speaker="^[^/]+/([a-z]+)"))
    assert manifest[["emotion", "speaker"]].to_numpy().tolist() == [
        ["grumpy", "ada"],
        ["grumpy", "jo"],
        ["joy", "ada"],
    ]


def test_what_lies_in_no_folder_is_told(root: Path) -> None:
    from affectone.corpora.own import open_corpus

    found = open_corpus("folder", root, KEEP).scan()
    assert [(skip.path.name, skip.why) for skip in found.skipped] == [("loose.wav", "it lies in no folder")]
    assert found.notes[:2] == ("kept 'grumpy' as it is (2 files)", "kept 'joy' as it is (1 file)")


@pytest.mark.parametrize("name", ["m.csv", "m.parquet"])
def test_a_manifest_with_kept_labels_is_read_again(root: Path, tmp_path: Path, name: str) -> None:
    manifest = load_corpora({"folder": root}, own=KEEP)
    write_manifest(manifest, tmp_path / name)
    assert read_manifest(tmp_path / name)["emotion"].tolist() == ["grumpy", "grumpy", "joy"]


def test_a_misspelt_label_of_a_manifest_is_still_refused(root: Path, tmp_path: Path) -> None:
    manifest = load_corpora({"folder": root}, own=KEEP)
    manifest.loc[0, "emotion"] = "grumpi"
    write_manifest(manifest, tmp_path / "m.csv")
    with pytest.raises(CorpusError, match="emotion 'grumpi' in row 2: did you mean 'grumpy'"):
        read_manifest(tmp_path / "m.csv")


def test_votes_of_a_manifest_may_name_kept_labels_and_no_others(root: Path, tmp_path: Path) -> None:
    manifest = load_corpora({"folder": root}, own=KEEP)
    write_manifest(manifest.assign(votes='{"joy": 1.0}'), tmp_path / "m.csv")
    assert read_manifest(tmp_path / "m.csv")["votes"].notna().all()
    write_manifest(manifest.assign(votes='{"jooy": 1.0}'), tmp_path / "m.csv")
    with pytest.raises(CorpusError, match="unknown label 'jooy'; did you mean 'joy'"):
        read_manifest(tmp_path / "m.csv")


def test_a_view_of_common_labels_has_no_place_for_kept_ones(root: Path) -> None:
    with pytest.raises(
        CorpusError, match="no clip has a place in the label view '4'; the labels are grumpy, joy"
    ):
        restrict(load_corpora({"folder": root}, own=KEEP), label_view("4"))


def test_kept_and_mapped_at_once_is_refused() -> None:
    with pytest.raises(ConfigError, match="--own-labels keeps labels as they are, and --map changes them"):
        parse_own(["joy=happy"], keep=True)


def test_common_labels_come_first_and_in_their_order() -> None:
    assert in_label_order(["zeal", "sad", "happy", "angst", "sad"]) == ("happy", "sad", "angst", "zeal")


@pytest.mark.parametrize("labels", [("+", "-"), ("naïve", "naive"), ("1", "2"), ("怒", "喜")])
def test_labels_that_differ_by_more_are_kept(labels: tuple[str, str]) -> None:
    refuse_odd_labels(dict.fromkeys(labels, 3), where="here")


def test_the_same_letters_written_in_two_ways_are_one_label(root: Path) -> None:
    composed, apart = "\N{LATIN SMALL LETTER A WITH DIAERESIS}rger", "a\N{COMBINING DIAERESIS}rger"
    table = table_of(root, f"path,label\ngrumpy/ada/1.wav,{composed}\ngrumpy/jo_1.wav,{apart}\n")
    assert set(load_corpora({"table": table}, own=KEEP)["emotion"]) == {composed}
