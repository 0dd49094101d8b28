"""Validation speakers: from the training part alone, of both sexes, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.corpora import Split, speaker_keys
from affectone.training.validation import set_aside_speakers

EMPTY = np.array([], dtype=np.int64)


def manifest_of(**speakers: int) -> pd.DataFrame:
    """Return two clips a speaker; every other one is a woman."""
    rows = [
        (corpus, f"{number:02}", ("female", "male")[number % 2])
        for corpus, count in speakers.items()
        for number in range(count)
    ] * 2
    return pd.DataFrame(rows, columns=["corpus", "speaker", "sex"])


def without_test(manifest: pd.DataFrame, tested: int = 2) -> Split:
    """Return a split that tests the first speakers of every corpus."""
    test = manifest["speaker"].isin([f"{number:02}" for number in range(tested)]).to_numpy()
    return Split(np.flatnonzero(~test), EMPTY, np.flatnonzero(test))


def names(manifest: pd.DataFrame, rows: np.ndarray) -> set[str]:
    return set(speaker_keys(manifest)[rows])


def aside(manifest: pd.DataFrame, split: Split | None = None, share: float = 0.2, seed: int = 0) -> Split:
    return set_aside_speakers(manifest, split or without_test(manifest), share=share, seed=seed)


@given(a=st.integers(3, 30), b=st.integers(3, 30), share=st.floats(0.05, 0.49), seed=st.integers(0, 99))
def test_no_speaker_on_two_sides_and_no_row_lost(a: int, b: int, share: float, seed: int) -> None:
    manifest = manifest_of(a=a, b=b)
    before = without_test(manifest)
    after = aside(manifest, before, share, seed)
    sides = [names(manifest, rows) for rows in (after.train, after.validation, after.test)]
    assert sum(map(len, sides)) == len(set.union(*sides)) == a + b
    assert np.array_equal(np.sort(np.concatenate([after.train, after.validation])), before.train)
    assert np.array_equal(after.test, before.test)


@given(count=st.integers(10, 60), share=st.floats(0.2, 0.49), seed=st.integers(0, 99))
def test_both_sexes_alike(count: int, share: float, seed: int) -> None:
    manifest = manifest_of(a=count)
    chosen = manifest.iloc[aside(manifest, share=share, seed=seed).validation].drop_duplicates("speaker")
    sexes = chosen["sex"].value_counts().to_dict()
    assert set(sexes) == {"female", "male"}
    assert abs(sexes["female"] - sexes["male"]) <= 1


def test_the_share_is_of_the_training_speakers() -> None:
    manifest = manifest_of(a=22)
    assert len(names(manifest, aside(manifest, share=0.2).validation)) == 4


def test_a_corpus_of_few_training_speakers_keeps_them_all() -> None:
    manifest = manifest_of(few=9, enough=10)
    assert {name.split("/")[0] for name in names(manifest, aside(manifest, share=0.4).validation)} == {
        "enough"
    }


def test_the_choice_is_a_function_of_names_and_seed() -> None:
    manifest = manifest_of(a=40)
    shuffled = manifest.sample(frac=1.0, random_state=1).reset_index(drop=True)
    chosen = names(manifest, aside(manifest).validation)
    assert chosen == names(shuffled, aside(shuffled).validation)
    assert chosen != names(manifest, aside(manifest, seed=1).validation)


def test_a_protocols_own_validation_is_kept() -> None:
    manifest = manifest_of(a=20)
    split = Split(np.arange(4, 40), np.array([2, 3]), np.array([0, 1]))
    assert set_aside_speakers(manifest, split, share=0.3, seed=0) is split


def test_a_share_of_nothing_is_nothing() -> None:
    manifest = manifest_of(a=20)
    split = without_test(manifest)
    assert set_aside_speakers(manifest, split, share=0, seed=0) is split


def test_all_may_train_where_nobody_is_tested() -> None:
    manifest = manifest_of(a=20)
    split = aside(manifest, Split(np.arange(40), EMPTY, EMPTY))
    assert (split.test.size, split.validation.size) == (0, 8)


@pytest.mark.parametrize("sex", [None, "male"])
def test_speakers_of_one_sex_or_of_none_that_is_known(sex: str | None) -> None:
    manifest = manifest_of(a=20).assign(sex=sex)
    assert len(names(manifest, aside(manifest, share=0.25).validation)) == 4


def test_speakers_who_share_a_recording_are_set_aside_together() -> None:
    manifest = manifest_of(a=40)
    alone = names(manifest, aside(manifest).validation)
    chosen, other = sorted(alone)[0], "a/39"
    assert other not in alone
    sounds = [str(row) for row in range(80)]
    keys = speaker_keys(manifest).tolist()
    sounds[keys.index(other)] = sounds[keys.index(chosen)]
    together = names(manifest, aside(manifest.assign(content_hash=sounds)).validation)
    assert together == alone | {other}


def test_nobody_can_be_spared_where_all_share_a_recording() -> None:
    manifest = manifest_of(a=20).assign(content_hash="same")
    split = without_test(manifest)
    assert aside(manifest, split) is split


def test_a_shared_protocol_may_test_speakers_who_are_set_aside() -> None:
    manifest = manifest_of(a=20)
    shared = Split(np.arange(20), EMPTY, np.arange(20, 40))
    after = aside(manifest, shared)
    assert not names(manifest, after.train) & names(manifest, after.validation)
    assert np.array_equal(after.test, shared.test)
