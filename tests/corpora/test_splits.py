"""A protocol over a manifest: nobody on two sides, everybody tested once, and words for what does not fit."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from affectone.corpora import (
    Fold,
    Protocol,
    Split,
    generic_protocol,
    group_folds,
    list_protocols,
    load_corpora,
    load_protocol,
    restrict,
    select_clips,
    speaker_keys,
    split_manifest,
)
from affectone.corpora.cells import spellings
from affectone.corpora.scan import scan_corpora
from affectone.corpora.splits import with_others
from affectone.errors import CorpusError, LeakError
from affectone.labels import label_view

SEVEN = ("ravdess", "crema_d", "tess", "savee", "emodb", "nemo", "turev")
SOME = {"ravdess:serab", "crema_d:tfds", "crema_d:emobox-shared", "tess:emobox-shared"}
"""Protocols that test some of the clips only."""

TESTED = {
    "ravdess:emobox6": [4, 4, 4, 4, 4, 4],
    "ravdess:luna5": [5, 5, 5, 5, 4],
    "ravdess:serab": [5],
    "ravdess:loso24": [1] * 24,
    "crema_d:group5": [19, 18, 18, 18, 18],
    "crema_d:tfds": [19],
    "crema_d:loso91": [1] * 91,
    "tess:cross2": [1, 1],
    "savee:loso4": [1] * 4,
    "emodb:loso10": [1] * 10,
    "nemo:loso9": [1] * 9,
    "turev:loso6": [1] * 6,
    "crema_d:emobox-shared": [1856],
    "tess:emobox-shared": [700],
    "emodb:emobox-shared": [107] * 5,
}
"""Speakers tested in each fold, or clips where the protocol lists clips."""


@pytest.fixture(scope="session")
def seven(corpora_root: Path) -> pd.DataFrame:
    """Return the seven real corpora as one manifest, without listening."""
    return load_corpora({name: corpora_root / name for name in SEVEN})


def table(*speakers: str, **columns: list[object]) -> pd.DataFrame:
    """Return a manifest of one clip for each ``corpus/speaker``."""
    rows = [(f"{name}_{number}", *name.split("/")) for number, name in enumerate(speakers)]
    made = pd.DataFrame(rows, columns=["id", "corpus", "speaker"]).assign(emotion="sad", sex="male")
    return made.assign(**{"content_hash": made["id"], "recording": made["id"], **columns})


def sides(manifest: pd.DataFrame, split: Split) -> dict[str, set[str]]:
    names = speaker_keys(manifest)
    return {side: set(names[rows]) for side, rows in split.parts.items()}


def folds_of(manifest: pd.DataFrame, name: str) -> tuple[pd.DataFrame, tuple[Split, ...]]:
    protocol = load_protocol(name)
    chosen = select_clips(manifest, protocol).manifest
    return chosen, split_manifest(chosen, protocol).folds


@pytest.mark.corpora
@pytest.mark.parametrize("name", TESTED)
def test_as_many_are_tested_as_published(name: str, seven: pd.DataFrame) -> None:
    manifest, folds = folds_of(seven, name)
    if load_protocol(name).kind == "speakers":
        assert [len(sides(manifest, split)["test"]) for split in folds] == TESTED[name]
    else:
        assert [split.test.size for split in folds] == TESTED[name]


@pytest.mark.corpora
@pytest.mark.parametrize("name", [name for name in list_protocols() if not load_protocol(name).may_leak])
def test_no_speaker_stands_on_two_sides(name: str, seven: pd.DataFrame) -> None:
    manifest, folds = folds_of(seven, name)
    for split, fold in zip(folds, load_protocol(name).folds, strict=True):
        found = sides(manifest, split)
        assert sum(map(len, found.values())) == len(set.union(*found.values()))
        assert (found["test"], found["validation"]) == (set(fold.test), set(fold.validation))


@pytest.mark.corpora
@pytest.mark.parametrize("name", list_protocols())
def test_every_clip_is_on_exactly_one_side(name: str, seven: pd.DataFrame) -> None:
    manifest, folds = folds_of(seven, name)
    for split in folds:
        together = np.concatenate([split.train, split.validation, split.test])
        assert np.array_equal(np.sort(together), np.arange(len(manifest)))


@pytest.mark.corpora
@pytest.mark.parametrize("name", sorted(set(list_protocols()) - SOME))
def test_every_clip_is_tested_exactly_once(name: str, seven: pd.DataFrame) -> None:
    manifest, folds = folds_of(seven, name)
    tested = np.concatenate([split.test for split in folds])
    assert np.array_equal(np.sort(tested), np.arange(len(manifest)))


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["crema_d:group5", "five:group5", "four:group5", "all:group5"])
def test_the_frozen_folds_are_those_that_the_rule_deals(name: str, seven: pd.DataFrame) -> None:
    protocol = load_protocol(name)
    dealt = group_folds(select_clips(seven, protocol).manifest)
    assert [sorted(fold.test) for fold in protocol.folds] == dealt


@pytest.mark.corpora
def test_speaker_03_of_two_real_corpora_is_no_leak(seven: pd.DataFrame) -> None:
    manifest, folds = folds_of(seven, "five:group5")
    both = {"ravdess/03", "emodb/03"}
    apart = [split for split in folds if len(both & sides(manifest, split)["test"]) == 1]
    assert len(apart) == 2


def test_one_number_in_two_corpora_is_two_people() -> None:
    manifest = table("ravdess/03", "emodb/03", "ravdess/04", "emodb/08")
    protocol = Protocol("x:y", "here", ("emodb", "ravdess"), (Fold(("ravdess/03", "emodb/08")),))
    (split,) = split_manifest(manifest, protocol).folds
    assert sides(manifest, split)["training"] == {"emodb/03", "ravdess/04"}


def test_folds_of_clips_and_of_corpora() -> None:
    manifest = table("a/1", "a/2", "b/1")
    clips = Protocol("x", "here", ("a", "b"), (Fold(("a/1_0",), ("b/1_2",)),), kind="clips")
    corpora = Protocol("y", "here", ("a", "b"), (Fold(("b",)),), kind="corpora")
    (one,), (two,) = (split_manifest(manifest, protocol).folds for protocol in (clips, corpora))
    assert [rows.tolist() for rows in one.parts.values()] == [[1], [2], [0]]
    assert [rows.tolist() for rows in two.parts.values()] == [[0, 1], [], [2]]


def test_a_protocol_that_tests_everybody_at_once_trains_nobody() -> None:
    protocol = Protocol("a:all", "here", ("a",), (Fold(("a/1", "a/2")),))
    with pytest.raises(LeakError, match=r"^a:all, fold 1: the training part is empty$"):
        split_manifest(table("a/1", "a/2"), protocol)


def test_a_test_part_whose_clips_were_all_left_out() -> None:
    protocol = Protocol("a:b", "here", ("a",), (Fold(("a/1",)), Fold(("a/2",))))
    with pytest.raises(LeakError, match=r"^a:b, fold 2: the test part is empty$"):
        split_manifest(table("a/1", "a/3"), protocol, left_out=table("a/2"))


def test_another_corpus_than_the_protocols_is_refused() -> None:
    with pytest.raises(CorpusError) as refusal:
        split_manifest(table("ravdess/01", "emodb/03"), load_protocol("ravdess:luna5"))
    assert str(refusal.value) == "ravdess:luna5 is about ravdess; the manifest holds emodb, ravdess"


def test_a_corpus_that_is_not_there_is_named() -> None:
    with pytest.raises(CorpusError) as refusal:
        select_clips(table("ravdess/01"), load_protocol("tess:cross2"))
    assert str(refusal.value) == "tess:cross2 is about tess; the manifest holds ravdess"


def test_clips_of_other_corpora_and_labels_are_left_out_with_a_note() -> None:
    manifest = table("a/1", "b/1", "a/2", "b/2", "a/3", emotion=["sad", "sad", "calm", "calm", "happy"])
    protocol = Protocol("x", "here", ("a",), (Fold(("a/1",)),), labels=("happy", "sad"))
    selected = select_clips(manifest, protocol)
    assert selected.manifest["id"].tolist() == ["a/1_0", "a/3_4"]
    assert selected.manifest.index.tolist() == [0, 1]
    assert selected.notes == (
        "x is about a: 2 clips of b are left out",
        "x is about happy, sad: 1 clips of other labels are left out",
    )


def test_what_fits_is_selected_without_a_word() -> None:
    protocol = Protocol("x", "here", ("a",), (Fold(("a/1",)),), labels=("sad",))
    selected = select_clips(table("a/1", "a/2"), protocol)
    assert (len(selected.manifest), selected.notes) == (2, ())


def test_a_tested_speaker_who_is_missing_is_named() -> None:
    manifest = table(*(f"ravdess/{number:02}" for number in range(1, 25) if number not in (5, 16)))
    with pytest.raises(CorpusError) as refusal:
        split_manifest(manifest, load_protocol("ravdess:luna5"))
    assert str(refusal.value) == ("ravdess:luna5, fold 1: the manifest lacks speakers ravdess/05, ravdess/16")


def test_clips_that_are_missing_are_named() -> None:
    protocol = Protocol("x", "here", ("a",), (Fold(tuple(f"a/{n}" for n in range(9))),), kind="clips")
    with pytest.raises(CorpusError) as refusal:
        split_manifest(table("a/1"), protocol)
    assert str(refusal.value) == "x, fold 1: the manifest lacks clips a/0, a/1, a/2 and 6 more"


def test_a_validation_speaker_who_is_missing_is_named() -> None:
    protocol = Protocol("a:b", "here", ("a",), (Fold(("a/1",), ("a/9",)),))
    with pytest.raises(CorpusError, match="a:b, fold 1: the manifest lacks speakers a/9"):
        split_manifest(table("a/1", "a/2"), protocol)


def test_clips_without_a_speaker_are_in_no_protocol_of_speakers() -> None:
    protocol = Protocol("a:b", "here", ("a",), (Fold(("a/1",)),))
    with pytest.raises(
        CorpusError, match=r"^a:b wants to know who speaks; 1 of 3 clips have no speaker: a/3_2"
    ):
        split_manifest(table("a/1", "a/2", "a/3", speaker=["1", "2", None]), protocol)


def test_clips_that_nobody_listened_to_are_told() -> None:
    protocol = Protocol("a:b", "here", ("a",), (Fold(("a/1",)),))
    heard, unheard = table("a/1", "a/2"), table("a/1", "a/2", content_hash=["x", None])
    assert split_manifest(heard, protocol).warnings == ()
    (warning,) = split_manifest(unheard, protocol).warnings
    assert warning.startswith(
        "1 of 2 clips were never listened to: equal recordings and altered copies among them could not be "
    )
    (warning,) = split_manifest(heard.drop(columns="content_hash"), protocol).warnings
    assert warning.startswith("2 of 2 clips were never listened to: ")


def test_clips_that_name_no_recording_are_told() -> None:
    protocol = Protocol("a:b", "here", ("a",), (Fold(("a/1",)),))
    some, none = table("a/1", "a/2", recording=["x", None]), table("a/1", "a/2").drop(columns="recording")
    (warning,) = split_manifest(some, protocol).warnings
    assert warning == (
        "1 of 2 clips name no recording: altered copies among them could not be looked for; affectone "
        "corpora scan looks"
    )
    (warning,) = split_manifest(none, protocol).warnings
    assert warning.startswith("2 of 2 clips name no recording: ")


def test_clips_that_no_fold_tests_are_told_where_there_are_several() -> None:
    one = Protocol("a:b", "here", ("a",), (Fold(("a/1",)),))
    two = Protocol("a:c", "here", ("a",), (Fold(("a/1",)), Fold(("a/2",))))
    manifest = table("a/1", "a/2", "a/3", "a/3")
    assert split_manifest(manifest, one).warnings == ()
    assert split_manifest(manifest, two).warnings == ("2 of 4 clips are tested in no fold",)


@pytest.mark.parametrize("name", ["p", "p-random"])
def test_one_row_in_two_parts_never_passes(name: str) -> None:
    protocol = Protocol(name, "here", ("a",), (Fold(("a/1",), ("a/1",)),))
    with pytest.raises(CorpusError, match=f"{name}: 'a/1' more than once in test and validation of fold 1"):
        split_manifest(table("a/1", "a/2"), protocol)


@pytest.mark.parametrize(
    ("one", "other"), [("3", "03"), ("3", "3.0"), ("Ann", "ann"), ("ann ", "ann"), ("le\u0301a", "l\u00e9a")]
)
def test_one_person_spelt_in_two_ways_is_refused(one: str, other: str) -> None:
    manifest = table(f"a/{one}", f"a/{other}", "a/x")
    protocol = Protocol("a:b", "here", ("a",), (Fold((f"a/{one}",)),))
    first, second = sorted((f"a/{one}", f"a/{other}"))
    for refused in (lambda: split_manifest(manifest, protocol), lambda: generic_protocol("loso", manifest)):
        with pytest.raises(LeakError) as refusal:
            refused()
        assert f"would take {first!r} and {second!r} for two people: write a speaker in" in str(refusal.value)


def test_one_spelling_in_two_corpora_is_two_people() -> None:
    manifest = table("a/3", "b/03")
    assert len(split_manifest(manifest, generic_protocol("loso", manifest)).folds) == 2


@pytest.mark.corpora
def test_no_published_speaker_is_spelt_in_two_ways(seven: pd.DataFrame) -> None:
    assert spellings(speaker_keys(seven).tolist()) == []


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"speaker": [1, 2]}, "speaker 1 in row 2 (and 1 row more): this column holds text; turn what is in"),
        ({"speaker": ["1", ""]}, "speaker is empty in row 3: what is not known is missing (None)"),
        ({"id": ["x", "x"]}, "id 'x' in rows 2 and 3: every clip has an id of its own"),
        ({"corpus": ["a", None]}, "corpus is empty in row 3: every clip needs one"),
        ({"corpus": ["a", "a/b"]}, "corpus 'a/b' in row 3: a name without '/' is wanted"),
        ({"corpus": ["a", " "]}, "corpus ' ' in row 3: a name without '/' is wanted"),
        ({"duration": [1.0, float("inf")]}, "duration inf in row 3: a finite number is wanted"),
        ({"rate": [-1, 16000]}, "rate -1 in row 2: it cannot be below 0"),
    ],
)
def test_a_table_that_is_no_manifest_is_told_at_every_door(columns: dict[str, object], words: str) -> None:
    manifest = table("a/1", "a/2").assign(**columns)
    protocol = Protocol("a:b", "here", ("a",), (Fold(("a/1",)),))
    doors = (
        lambda: split_manifest(manifest, protocol),
        lambda: generic_protocol("random", manifest),
        lambda: restrict(manifest, label_view("4")),
    )
    for door in doors:
        with pytest.raises(CorpusError) as refusal:
            door()
        assert str(refusal.value).startswith(f"the manifest: {words}")


def test_a_column_that_stands_twice_is_refused() -> None:
    manifest = table("a/1", "a/2")
    manifest.insert(0, "speaker", "x", allow_duplicates=True)
    with pytest.raises(CorpusError, match="the manifest: the column 'speaker' stands there more than once"):
        generic_protocol("loso", manifest)


def test_columns_of_categories_are_texts() -> None:
    manifest = table("a/1", "a/2").astype({"speaker": "category", "corpus": "category"})
    assert len(split_manifest(manifest, generic_protocol("loso", manifest)).folds) == 2


def test_thousands_of_speakers_take_seconds() -> None:
    manifest = table(*(f"a/s{number % 1000}" for number in range(20000)))
    start = time.perf_counter()
    folds = split_manifest(manifest, generic_protocol("loso", manifest)).folds
    assert (len(folds), folds[999].test.size, folds[999].train.size) == (1000, 20, 19980)
    assert time.perf_counter() - start < 20


@pytest.mark.soak
@pytest.mark.corpora
def test_no_protocol_leaks_sound_of_the_real_corpora(
    seven: pd.DataFrame, corpora_root: Path, tmp_path: Path
) -> None:
    roots = {name: corpora_root / name for name in SEVEN}
    heard = scan_corpora(roots, cache=tmp_path).manifest
    assert heard["id"].tolist() == seven["id"].tolist()
    for name in list_protocols():
        protocol = load_protocol(name)
        warnings = split_manifest(select_clips(heard, protocol).manifest, protocol).warnings
        assert bool(warnings) is protocol.may_leak


def test_other_corpora_train_in_every_fold_and_are_not_tested() -> None:
    rows = [
        (f"{corpus}/{speaker}-{take}", corpus, speaker)
        for corpus in "ab"
        for speaker in "12"
        for take in "xy"
    ]
    manifest = pd.DataFrame(rows, columns=["id", "corpus", "speaker"]).assign(emotion="happy")
    alone = Protocol("a:two", "a test", ("a",), (Fold(("a/1",)), Fold(("a/2",))))
    beside = with_others(lambda _: alone)(manifest)
    assert (beside.name, beside.corpora, beside.folds) == ("a:two", ("a", "b"), alone.folds)
    assert beside.digest != alone.digest
    for number, split in enumerate(split_manifest(manifest, beside).folds):
        assert set(manifest["corpus"].iloc[split.test]) == {"a"}
        assert set(manifest["id"].iloc[split.train]) == set(manifest["id"][manifest["corpus"] == "b"]) | {
            f"a/{2 - number}-{take}" for take in "xy"
        }
    of_its_own = manifest[manifest["corpus"] == "a"]
    assert with_others(lambda _: alone)(of_its_own) is alone
