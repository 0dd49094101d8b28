"""Protocols made of any manifest: no leak, every clip tested once, the same for any order of rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from affectone.corpora import (
    Protocol,
    Splits,
    find_protocol,
    generic_protocol,
    group_folds,
    load_protocol,
    save_protocol,
    speaker_keys,
    split_manifest,
)
from affectone.errors import CorpusError, LeakError

PEOPLE = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.integers(0, 60).map(str)),
    st.sampled_from(["female", "male", None]),
    min_size=1,
    max_size=50,
)
CLIPS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 8),
        st.sampled_from(["female", "male", None]),
        st.sampled_from(["happy", "sad", "angry"]),
        # Few clips share a sound, more of them a recording.
        st.one_of(st.none(), st.integers(0, 60)),
    ),
    min_size=1,
    max_size=60,
)
GROUPED = st.sampled_from(["group2", "group3", "group5", "loso"])
SEEDS = st.integers(0, 1000)


def manifest_of(people: dict[tuple[str, str], str | None]) -> pd.DataFrame:
    """Return two clips a person, one after the other."""
    rows = [(corpus, speaker, sex) for (corpus, speaker), sex in people.items()] * 2
    return pd.DataFrame(rows, columns=["corpus", "speaker", "sex"])


def heard(clips: list[tuple[str, int, str | None, str, int | None]]) -> pd.DataFrame:
    """Return clips as a manifest; of two sounds, an even one and the next, one is an altered copy."""
    rows = [
        (f"{corpus}/{number}", corpus, f"{speaker}", sex, emotion, sound, number)
        for number, (corpus, speaker, sex, emotion, sound) in enumerate(clips)
    ]
    table = pd.DataFrame(rows, columns=["id", "corpus", "speaker", "sex", "emotion", "sound", "number"])
    own = "own " + table["id"]
    known = table["sound"].notna()
    table["content_hash"] = own.where(~known, table["sound"].astype(str))
    table["recording"] = own.where(~known, (table["sound"] // 2).astype(str))
    return table


def shuffled(manifest: pd.DataFrame, seed: int) -> pd.DataFrame:
    return manifest.sample(frac=1.0, random_state=seed).reset_index(drop=True)


def made(name: str, manifest: pd.DataFrame) -> Protocol:
    """Return the protocol; manifests with too little in them are passed over."""
    try:
        return generic_protocol(name, manifest)
    except CorpusError as error:
        assume(" wants " not in str(error))
        raise


def rows_tested(splits: Splits) -> list[int]:
    return sorted(np.concatenate([split.test for split in splits.folds]).tolist())


@given(clips=CLIPS, name=GROUPED)
def test_no_protocol_of_speakers_leaks(clips, name: str) -> None:
    manifest = heard(clips)
    splits = split_manifest(manifest, made(name, manifest))
    assert splits.warnings == ()
    for split in splits.folds:
        for column in (speaker_keys(manifest), manifest["content_hash"], manifest["recording"]):
            assert not set(column[split.train]) & set(column[split.test])


@given(clips=CLIPS, name=GROUPED)
def test_every_clip_is_tested_once_by_speakers(clips, name: str) -> None:
    manifest = heard(clips)
    splits = split_manifest(manifest, made(name, manifest))
    assert rows_tested(splits) == list(range(len(manifest)))
    assert name == "loso" or len(splits.folds) == int(name.removeprefix("group"))


@given(clips=CLIPS)
def test_a_corpus_left_out_leaks_only_what_two_corpora_share(clips) -> None:
    manifest = heard(clips)
    protocol = made("leave-corpus-out", manifest)
    if manifest.groupby("recording")["corpus"].nunique().max() > 1:
        with pytest.raises(LeakError, match="leave-corpus-out leaks: "):
            split_manifest(manifest, protocol)
    else:
        assert rows_tested(split_manifest(manifest, protocol)) == list(range(len(manifest)))


@given(clips=CLIPS)
def test_random_tests_every_clip_once_and_says_what_leaks(clips) -> None:
    manifest = heard(clips)
    splits = split_manifest(manifest, made("random", manifest))
    assert rows_tested(splits) == list(range(len(manifest)))
    both = [
        set(speaker_keys(manifest)[split.train]) & set(speaker_keys(manifest)[split.test])
        for split in splits.folds
    ]
    assert any("speakers in both" in words for words in splits.warnings) is any(both)


@given(clips=CLIPS)
def test_random_deals_every_emotion_alike(clips) -> None:
    manifest = heard(clips)
    protocol = made("random", manifest)
    sizes = [len(fold.test) for fold in protocol.folds]
    assert max(sizes) - min(sizes) <= 1
    for _, rows in manifest.groupby("emotion"):
        counts = [len(set(rows["id"]) & set(fold.test)) for fold in protocol.folds]
        assert max(counts) - min(counts) <= 1


@given(clips=CLIPS, seed=SEEDS, name=st.one_of(GROUPED, st.sampled_from(["random", "leave-corpus-out"])))
def test_folds_are_the_same_for_any_order_of_rows(clips, seed: int, name: str) -> None:
    manifest = heard(clips)
    assert made(name, shuffled(manifest, seed)) == made(name, manifest)


@given(people=PEOPLE, seed=SEEDS, folds=st.integers(2, 6))
def test_dealing_depends_on_names_alone(people, seed: int, folds: int) -> None:
    manifest = manifest_of(people)
    assert group_folds(shuffled(manifest, seed), folds) == group_folds(manifest, folds)


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


def clip_rows(*rows: tuple[str, str | None, str]) -> pd.DataFrame:
    """Return clips of (corpus, speaker, sound)."""
    table = pd.DataFrame(rows, columns=["corpus", "speaker", "content_hash"]).assign(
        sex="male", emotion="sad"
    )
    table["id"] = [f"{corpus}/{number}" for number, corpus in enumerate(table["corpus"])]
    return table.assign(recording=table["content_hash"])


def test_a_fold_a_speaker_and_a_fold_a_corpus() -> None:
    manifest = clip_rows(("b", "1", "p"), ("a", "2", "q"), ("a", "1", "r"))
    assert [fold.test for fold in generic_protocol("loso", manifest).folds] == [("a/1",), ("a/2",), ("b/1",)]
    assert [fold.test for fold in generic_protocol("leave-corpus-out", manifest).folds] == [("a",), ("b",)]


def test_groups_of_the_rule_are_those_of_the_frozen_protocol() -> None:
    people = {
        tuple(name.split("/")): None for fold in load_protocol("savee:loso4").folds for name in fold.test
    }
    manifest = manifest_of(people).assign(id=[str(number) for number in range(8)], sex="male")
    dealt = [set(fold.test) for fold in generic_protocol("group4", manifest).folds]
    assert dealt == [set(fold) for fold in group_folds(manifest, 4)]


def test_speakers_who_share_a_recording_stay_together_and_a_note_says_so() -> None:
    manifest = clip_rows(
        ("a", "1", "same"), ("a", "2", "x"), ("a", "3", "same"), ("a", "3", "y"), ("a", "4", "y")
    )
    protocol = generic_protocol("loso", manifest)
    assert [fold.test for fold in protocol.folds] == [("a/1", "a/3", "a/4"), ("a/2",)]
    assert protocol.notes == ("speakers who share recordings stay together: a/3 with a/1, a/4 with a/1",)
    assert split_manifest(manifest, protocol).warnings == ()


def test_corpora_of_one_speaker_each_leave_no_fold_empty() -> None:
    manifest = clip_rows(*((f"corpus{number}", "1", str(number)) for number in range(7)))
    assert all(fold.test for fold in generic_protocol("group5", manifest).folds)
    assert not all(group_folds(manifest)), "else this test shows nothing"


def test_a_protocol_made_of_a_manifest_is_one_of_its_file(tmp_path) -> None:
    manifest = clip_rows(
        ("a", "1", "same"), ("a", "2", "x"), ("a", "3", "same"), ("b", "1", "y"), ("b", "1", "z")
    )
    for name in ("loso", "random", "leave-corpus-out", "group3"):
        protocol = generic_protocol(name, manifest)
        assert find_protocol(name)(manifest) == protocol
        saved = save_protocol(protocol, tmp_path / "mine.json")
        assert find_protocol(str(tmp_path / "mine.json"))(manifest) == saved
        assert (saved.name, saved.digest) == (f"mine-{name}", protocol.digest)


@pytest.mark.parametrize(
    ("name", "speakers", "words"),
    [
        (
            "group5",
            "1234",
            "group5 wants 5 speakers or more who share no recording; the manifest holds 4: use loso",
        ),
        (
            "group12",
            "1234",
            "group12 wants 12 speakers or more who share no recording; the manifest holds 4: ",
        ),
        (
            "loso",
            "1",
            "loso wants two speakers or more who share no recording; the manifest holds 1: the protocol",
        ),
        (
            "leave-corpus-out",
            "12",
            "leave-corpus-out wants two corpora or more; the manifest holds a: use group5",
        ),
        ("random", "1234", "random wants 5 clips or more; the manifest holds 4"),
        ("group5", "", "group5 wants 5 speakers or more who share no recording; the manifest holds 0"),
        ("random", "", "random wants 5 clips or more; the manifest holds 0"),
        ("leave-corpus-out", "", "leave-corpus-out wants two corpora or more; the manifest holds none"),
    ],
)
def test_too_little_is_told_with_what_to_do(name: str, speakers: str, words: str) -> None:
    manifest = clip_rows(*(("a", speaker, speaker) for speaker in speakers))
    with pytest.raises(CorpusError) as refusal:
        generic_protocol(name, manifest)
    assert str(refusal.value).startswith(words)


@pytest.mark.parametrize("name", ["group5", "loso"])
def test_clips_without_a_speaker_are_counted_with_what_to_do(name: str) -> None:
    manifest = clip_rows(*(("a", None, str(number)) for number in range(5)), ("a", "1", "x"))
    with pytest.raises(CorpusError) as refusal:
        generic_protocol(name, manifest)
    assert str(refusal.value) == (
        f"{name} wants to know who speaks; 5 of 6 clips have no speaker: a/0, a/1, a/2 and 2 more. Scan with "
        "--speaker, which finds it in their names; the protocol random needs no speakers, and says nothing "
        "about people who are not known"
    )


@pytest.mark.parametrize("name", ["random", "leave-corpus-out"])
def test_others_do_without_speakers(name: str) -> None:
    manifest = clip_rows(*((corpus, None, f"{corpus}{number}") for number in range(3) for corpus in "ab"))
    splits = split_manifest(manifest, generic_protocol(name, manifest))
    assert rows_tested(splits) == list(range(6))
    unknown = [words for words in splits.warnings if "a/(unknown)" in words]
    assert bool(unknown) is (name == "random")


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(CorpusError, match=r"^unknown generic protocol 'losso'; did you mean 'loso'\?"):
        generic_protocol("losso", clip_rows(("a", "1", "x")))
    with pytest.raises(CorpusError, match=r"^unknown protocol 'losso'; did you mean 'loso'\?"):
        find_protocol("losso")
