"""Protocols: nobody on two sides, everybody tested once, and a guard that says who leaks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.corpora import (
    Fold,
    Protocol,
    Split,
    check_no_leak,
    group_folds,
    list_protocols,
    load_protocol,
    speaker_keys,
    split_manifest,
)
from affectone.errors import CorpusError, LeakError

ONE_FOLD = {"ravdess:serab", "crema_d:tfds"}
"""Protocols that test some speakers only."""


def table(*speakers: str) -> pd.DataFrame:
    """Return a manifest of one clip for each ``corpus/speaker``."""
    pairs = [name.split("/") for name in speakers]
    return pd.DataFrame(pairs, columns=["corpus", "speaker"])


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def sides(manifest: pd.DataFrame, split: Split) -> dict[str, set[str]]:
    names = speaker_keys(manifest)
    return {side: set(names[getattr(split, side)]) for side in ("train", "validation", "test")}


def of_protocol(manifest: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    return manifest[manifest["corpus"].isin(protocol.corpora)].reset_index(drop=True)


def test_the_names_issued_are_there() -> None:
    wanted = {
        "ravdess:luna5",
        "ravdess:emobox6",
        "crema_d:group5",
        "emodb:loso10",
        "tess:cross2",
        "savee:loso4",
    }
    assert wanted | {"five:group5"} <= set(list_protocols())


@pytest.mark.parametrize("name", list_protocols())
def test_no_speaker_is_tested_in_two_folds(name: str) -> None:
    tested = [speaker for fold in load_protocol(name).folds for speaker in fold.test]
    assert len(tested) == len(set(tested))


@pytest.mark.parametrize("name", list_protocols())
def test_it_says_where_it_is_from_and_what_it_is_about(name: str) -> None:
    protocol = load_protocol(name)
    assert (protocol.name, bool(protocol.source)) == (name, True)
    corpus = name.partition(":")[0]
    assert corpus in protocol.corpora or len(protocol.corpora) > 1


@pytest.mark.corpora
@pytest.mark.parametrize("name", list_protocols())
def test_no_speaker_stands_on_two_sides(name: str, real_manifest: pd.DataFrame) -> None:
    protocol = load_protocol(name)
    manifest = of_protocol(real_manifest, protocol)
    splits = split_manifest(manifest, protocol)
    assert len(splits) == len(protocol.folds)
    for split, fold in zip(splits, protocol.folds, strict=True):
        found = sides(manifest, split)
        assert not found["train"] & found["test"]
        assert not found["train"] & found["validation"]
        assert not found["validation"] & found["test"]
        assert (found["test"], found["validation"]) == (set(fold.test), set(fold.validation))


@pytest.mark.corpora
@pytest.mark.parametrize("name", list_protocols())
def test_every_clip_is_on_exactly_one_side(name: str, real_manifest: pd.DataFrame) -> None:
    protocol = load_protocol(name)
    manifest = of_protocol(real_manifest, protocol)
    for split in split_manifest(manifest, protocol):
        together = np.concatenate([split.train, split.validation, split.test])
        assert np.array_equal(np.sort(together), np.arange(len(manifest)))


@pytest.mark.corpora
@pytest.mark.parametrize("name", sorted(set(list_protocols()) - ONE_FOLD))
def test_every_clip_is_tested_exactly_once(name: str, real_manifest: pd.DataFrame) -> None:
    protocol = load_protocol(name)
    manifest = of_protocol(real_manifest, protocol)
    tested = np.concatenate([split.test for split in split_manifest(manifest, protocol)])
    assert np.array_equal(np.sort(tested), np.arange(len(manifest)))


@pytest.mark.corpora
def test_folds_are_those_of_the_source_list(corpora_root: Path) -> None:
    listed = corpora_root.parent / "protocols" / "speaker_folds.json"
    if not listed.is_file():
        pytest.skip("the source list of the protocols is not here")
    for name, content in json.loads(listed.read_text(encoding="utf-8")).items():
        corpus = name.partition(":")[0]
        expected = [
            [[f"{corpus}/{speaker}" for speaker in fold.get(side, [])] for side in ("test", "validation")]
            for fold in content["folds"]
        ]
        folds = load_protocol(name).folds
        assert [[list(fold.test), list(fold.validation)] for fold in folds] == expected


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["crema_d:group5", "five:group5"])
def test_the_frozen_folds_are_those_that_the_rule_deals(name: str, real_manifest: pd.DataFrame) -> None:
    protocol = load_protocol(name)
    dealt = group_folds(of_protocol(real_manifest, protocol))
    assert [sorted(fold.test) for fold in protocol.folds] == dealt


@pytest.mark.corpora
def test_the_frozen_folds_do_not_depend_on_the_order_of_rows(real_manifest: pd.DataFrame) -> None:
    shuffled = real_manifest.sample(frac=1.0, random_state=3)
    assert group_folds(shuffled) == group_folds(real_manifest)


PEOPLE = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.integers(0, 60).map(str)),
    st.sampled_from(["female", "male", None]),
    min_size=1,
    max_size=50,
)


def manifest_of(people: dict[tuple[str, str], str | None]) -> pd.DataFrame:
    """Return two clips a person, one after the other."""
    rows = [(corpus, speaker, sex) for (corpus, speaker), sex in people.items()] * 2
    return pd.DataFrame(rows, columns=["corpus", "speaker", "sex"])


@given(people=PEOPLE, seed=st.integers(0, 1000), folds=st.integers(2, 6))
def test_dealing_depends_on_names_alone(people, seed: int, folds: int) -> None:
    manifest = manifest_of(people)
    assert group_folds(manifest.sample(frac=1.0, random_state=seed), folds) == group_folds(manifest, folds)


@given(people=PEOPLE, folds=st.integers(2, 6))
def test_everybody_is_dealt_once(people, folds: int) -> None:
    dealt = [speaker for fold in group_folds(manifest_of(people), folds) for speaker in fold]
    assert sorted(dealt) == sorted(f"{corpus}/{speaker}" for corpus, speaker in people)


@given(people=PEOPLE, folds=st.integers(2, 6))
def test_every_fold_has_its_share_of_each_corpus_and_sex(people, folds: int) -> None:
    manifest = manifest_of(people)
    for keys in (["corpus"], ["corpus", "sex"]):
        for _, group in manifest.groupby(keys, dropna=False):
            wanted = set(speaker_keys(group))
            counts = [len(wanted & set(fold)) for fold in group_folds(manifest, folds)]
            assert max(counts) - min(counts) <= 1


@given(people=PEOPLE)
def test_another_corpus_leaves_the_folds_of_the_first_alone(people) -> None:
    manifest = manifest_of({("a", "1"): "male", ("a", "2"): "female", **people})
    alone = group_folds(manifest[manifest["corpus"] == "a"])
    together = [[name for name in fold if name.startswith("a/")] for fold in group_folds(manifest)]
    assert alone == together


def test_a_planted_leak_is_named() -> None:
    speakers = ["emodb/03", "emodb/08", "emodb/03", "emodb/09"]
    split = Split(train=rows(0, 1), validation=rows(), test=rows(2, 3))
    with pytest.raises(LeakError) as refusal:
        check_no_leak(speakers, split)
    assert str(refusal.value) == "speakers in both training and test: emodb/03"


@pytest.mark.parametrize(
    ("split", "where"),
    [
        (Split(rows(0), rows(2), rows(3)), "training and validation: a/1"),
        (Split(rows(1), rows(0), rows(2, 3)), "validation and test: a/1"),
    ],
)
def test_validation_is_guarded_too(split: Split, where: str) -> None:
    with pytest.raises(LeakError, match=f"speakers in both {where}"):
        check_no_leak(["a/1", "a/2", "a/1", "a/3"], split)


def test_one_number_in_two_corpora_is_two_people() -> None:
    manifest = table("ravdess/03", "emodb/03", "ravdess/04", "emodb/08")
    protocol = Protocol("x:y", "here", ("emodb", "ravdess"), (Fold(("ravdess/03", "emodb/08")),))
    (split,) = split_manifest(manifest, protocol)
    assert sides(manifest, split)["train"] == {"emodb/03", "ravdess/04"}


@pytest.mark.corpora
def test_speaker_03_of_two_real_corpora_is_no_leak(real_manifest: pd.DataFrame) -> None:
    manifest = of_protocol(real_manifest, load_protocol("five:group5"))
    apart = {
        name
        for split in split_manifest(manifest, load_protocol("five:group5"))
        for name in sides(manifest, split)["test"] & {"ravdess/03", "emodb/03"}
        if {"ravdess/03", "emodb/03"} - {name} <= sides(manifest, split)["train"]
    }
    assert apart == {"ravdess/03", "emodb/03"}


@pytest.mark.parametrize(("split", "side"), [
    (Split(rows(), rows(), rows(0)), "training"),
    (Split(rows(0), rows(), rows()), "test"),
])  # fmt: skip
def test_an_empty_side_is_refused(split: Split, side: str) -> None:
    with pytest.raises(LeakError, match=f"the {side} part is empty"):
        check_no_leak(["a/1"], split)


def test_a_protocol_that_tests_everybody_at_once_trains_nobody() -> None:
    protocol = Protocol("a:all", "here", ("a",), (Fold(("a/1", "a/2")),))
    with pytest.raises(LeakError, match="the training part is empty"):
        split_manifest(table("a/1", "a/2"), protocol)


def test_another_corpus_than_the_protocols_is_refused() -> None:
    with pytest.raises(CorpusError) as refusal:
        split_manifest(table("ravdess/01", "emodb/03"), load_protocol("ravdess:luna5"))
    assert str(refusal.value) == "ravdess:luna5 is about ravdess; the manifest holds emodb, ravdess"


def test_a_tested_speaker_who_is_missing_is_named() -> None:
    manifest = table(*(f"ravdess/{number:02}" for number in range(1, 25) if number not in (5, 16)))
    with pytest.raises(CorpusError) as refusal:
        split_manifest(manifest, load_protocol("ravdess:luna5"))
    assert str(refusal.value) == ("ravdess:luna5, fold 1: the manifest lacks speakers ravdess/05, ravdess/16")


def test_a_validation_speaker_who_is_missing_is_named() -> None:
    protocol = Protocol("a:b", "here", ("a",), (Fold(("a/1",), ("a/9",)),))
    with pytest.raises(CorpusError, match="a:b, fold 1: the manifest lacks speakers a/9"):
        split_manifest(table("a/1", "a/2"), protocol)


def test_the_digest_tells_folds_apart_and_ignores_the_order_within_one() -> None:
    one = Protocol("a:b", "here", ("a",), (Fold(("a/1", "a/2"), ("a/3",)), Fold(("a/3",))))
    same = Protocol("c:d", "there", ("a",), (Fold(("a/2", "a/1"), ("a/3",)), Fold(("a/3",))))
    other = Protocol("a:b", "here", ("a",), (Fold(("a/1",), ("a/3",)), Fold(("a/3", "a/2"))))
    assert one.digest == same.digest
    assert one.digest != other.digest
