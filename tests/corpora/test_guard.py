"""The leak guard: what stands on two sides is named, and what may be shared is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from affectone.corpora import (
    Fold,
    Guard,
    Protocol,
    Split,
    describe_leaks,
    generic_protocol,
    refuse_leaks,
    speaker_leaders,
    split_manifest,
)
from affectone.errors import LeakError


def table(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Return clips of (speaker, content, recording), numbered from 0."""
    made = pd.DataFrame(rows, columns=["speaker", "content_hash", "recording"])
    return made.assign(
        corpus="a", id=[f"a/{number}" for number in range(len(rows))], emotion="sad", sex="male"
    )


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def sentences(
    manifest: pd.DataFrame, train: np.ndarray, validation: np.ndarray, test: np.ndarray
) -> list[str]:
    return describe_leaks(Guard(manifest).leaks(Split(train, validation, test)))


APART = (("1", "p", "p"), ("2", "q", "q"), ("3", "r", "r"), ("4", "s", "s"))


def test_nothing_in_common_is_no_leak() -> None:
    assert sentences(table(*APART), rows(0, 1), rows(2), rows(3)) == []


def test_a_shared_speaker_is_named_with_clips() -> None:
    manifest = table(("1", "p", "p"), ("2", "q", "q"), ("1", "r", "r"))
    assert sentences(manifest, rows(0, 1), rows(), rows(2)) == [
        "speakers in both training and test: a/1; such as the clips a/0 and a/2"
    ]


def test_equal_audio_is_named_and_not_called_an_altered_copy() -> None:
    manifest = table(("1", "same", "a/0"), ("2", "q", "q"), ("3", "same", "a/0"))
    assert sentences(manifest, rows(0, 1), rows(), rows(2)) == [
        "equal audio in both training and test: a/0 and a/2"
    ]


def test_an_altered_copy_is_named() -> None:
    manifest = table(("1", "p", "a/0"), ("2", "q", "q"), ("3", "r", "a/0"))
    assert sentences(manifest, rows(0, 1), rows(), rows(2)) == [
        "altered copies of a recording in both training and test: a/0 and a/2"
    ]


def test_an_altered_copy_beside_an_equal_one_is_named_too() -> None:
    manifest = table(("1", "p", "a/0"), ("2", "p", "a/0"), ("3", "r", "a/0"))
    assert sentences(manifest, rows(0), rows(), rows(1, 2)) == [
        "equal audio in both training and test: a/0 and a/1",
        "altered copies of a recording in both training and test: a/0 and a/2",
    ]


def test_copies_of_which_no_content_is_known_are_copies() -> None:
    manifest = table(("1", "p", "a/0"), ("2", "p", "a/0")).assign(content_hash=None)
    assert sentences(manifest, rows(0), rows(), rows(1)) == [
        "altered copies of a recording in both training and test: a/0 and a/1"
    ]


def test_what_is_missing_equals_nothing() -> None:
    manifest = table(("1", "p", "p"), ("2", "q", "q")).assign(content_hash=None, recording=None)
    assert sentences(manifest, rows(0), rows(), rows(1)) == []


def test_a_duplicate_on_one_side_is_no_leak() -> None:
    manifest = table(("1", "same", "a/0"), ("1", "same", "a/0"), ("2", "q", "a/2"), ("2", "r", "a/2"))
    assert sentences(manifest, rows(0, 1), rows(), rows(2, 3)) == []


@pytest.mark.parametrize(
    ("train", "validation", "test", "where"),
    [
        (rows(0), rows(2), rows(3), "training and validation"),
        (rows(1), rows(0), rows(2, 3), "validation and test"),
    ],
)
def test_validation_is_guarded_too(train, validation, test, where: str) -> None:
    manifest = table(("1", "p", "p"), ("2", "q", "q"), ("1", "r", "r"), ("3", "s", "s"))
    (words,) = sentences(manifest, train, validation, test)
    assert words.startswith(f"speakers in both {where}: a/1")


def test_many_are_counted() -> None:
    manifest = table(*((str(number % 6), str(number), str(number)) for number in range(12)))
    (words,) = sentences(manifest, np.arange(6), rows(), np.arange(6, 12))
    assert words == (
        "speakers in both training and test: a/0, a/1, a/2 and 3 more; such as the clips a/0 and a/6"
    )


def test_a_leak_that_two_folds_have_both_ways_is_one() -> None:
    manifest = table(("1", "same", "a/0"), ("2", "same", "a/0"))
    guard = Guard(manifest)
    leaks = guard.leaks(Split(rows(0), rows(), rows(1)), fold=1)
    leaks += guard.leaks(Split(rows(1), rows(), rows(0)), fold=2)
    assert describe_leaks(leaks) == ["equal audio in both training and test of folds 1 and 2: a/0 and a/1"]


@pytest.mark.parametrize(
    ("folds", "words"),
    [
        ([3], "of fold 3:"),
        ([1, 2, 3], "of folds 1 to 3:"),
        ([2, 4], "of folds 2 and 4:"),
        ([1, 3, 4, 9, 7], "of folds 1, 3, 4 and 2 more:"),
    ],
)
def test_folds_are_named(folds: list[int], words: str) -> None:
    guard = Guard(table(("1", "p", "p"), ("1", "q", "q")))
    leaks = [leak for number in folds for leak in guard.leaks(Split(rows(0), rows(), rows(1)), fold=number)]
    (sentence,) = describe_leaks(leaks)
    assert f"training and test {words} a/1" in sentence


def test_a_refusal_says_what_leaks_and_what_to_do() -> None:
    manifest = table(("1", "same", "a/0"), ("2", "same", "a/0"), ("1", "r", "r"))
    leaks = Guard(manifest).leaks(Split(rows(0), rows(), rows(1, 2)), fold=1)
    with pytest.raises(LeakError) as refusal:
        refuse_leaks(leaks, "mine")
    assert str(refusal.value) == (
        "mine leaks: speakers in both training and test of fold 1: a/1; such as the clips a/0 and a/2; "
        "equal audio in both training and test of fold 1: a/0 and a/1. "
        "What to do: leave out one of each pair: a/0; a protocol that shares speakers on purpose has a "
        "name that ends in shared"
    )


def test_no_leak_is_not_refused() -> None:
    refuse_leaks([])


def test_leaders_join_all_who_share_through_others() -> None:
    manifest = table(("1", "p", "x"), ("2", "p", "y"), ("3", "q", "y"), ("4", "q", "z"), ("5", "r", "w"))
    assert speaker_leaders(manifest) == {**dict.fromkeys(["a/1", "a/2", "a/3", "a/4"], "a/1"), "a/5": "a/5"}


def test_nobody_shares_what_is_not_known() -> None:
    manifest = table(*APART).assign(content_hash=None, recording=None)
    assert speaker_leaders(manifest) == {name: name for name in ("a/1", "a/2", "a/3", "a/4")}
    assert speaker_leaders(manifest[["corpus", "speaker"]]) == speaker_leaders(manifest)


PLANTED = {
    "speakers": ("1", "new", "new"),
    "equal audio": ("9", "r", "r"),
    "altered copies of a recording": ("9", "new", "r"),
}


@pytest.mark.parametrize("what", PLANTED)
@pytest.mark.parametrize("name", ["mine", "shared-mine", "random2", "mine:random", "mine-shared"])
def test_only_shared_and_random_may_leak_and_then_say_so(name: str, what: str) -> None:
    # Clip 4 trains; 0 and 2, whom it resembles, are tested.
    manifest = table(*APART, PLANTED[what])
    protocol = Protocol(name, "here", ("a",), (Fold(("a/0", "a/2")), Fold(("a/1",))), kind="clips")
    if protocol.may_leak:
        warning, untested = split_manifest(manifest, protocol).warnings
        assert untested == "2 of 5 clips are tested in no fold"
        assert warning.startswith(f"{what} in both training and test of fold 1: ")
    else:
        with pytest.raises(LeakError, match=f"^{name} leaks: {what} in both training and test of fold 1: "):
            split_manifest(manifest, protocol)


def test_equal_audio_of_two_speakers_in_a_protocol_of_speakers_is_refused_with_what_to_leave_out() -> None:
    manifest = table(*APART, ("2", "r", "r"), ("3", "t", "t"))
    protocol = Protocol("a:loso4", "here", ("a",), tuple(Fold((f"a/{number}",)) for number in range(1, 5)))
    with pytest.raises(LeakError) as refusal:
        split_manifest(manifest, protocol)
    assert str(refusal.value) == (
        "a:loso4 leaks: equal audio in both training and test of folds 2 and 3: a/2 and a/4. "
        "What to do: leave out one of each pair: a/2"
    )
    without = manifest[manifest["id"] != "a/2"].reset_index(drop=True)
    assert split_manifest(without, protocol).warnings == ()


@pytest.fixture
def twins(tmp_path: Path) -> pd.DataFrame:
    """Return a scan of six people of whom two have one recording, as WAV and as FLAC."""
    scan = pytest.importorskip("affectone.corpora.scan")
    import soundfile as sf

    rng = np.random.default_rng(5)
    for speaker in range(6):
        folder = tmp_path / "mine" / "sad"
        folder.mkdir(parents=True, exist_ok=True)
        noise = np.round(rng.normal(0, 3000, 8000)).astype(np.int16)
        sf.write(folder / f"s{speaker}_own.wav", noise, 16000, subtype="PCM_16")
        if speaker == 0:
            sf.write(folder / "s3_twin.flac", noise, 16000, subtype="PCM_16")
    from affectone.corpora.own import OwnLabels

    own = OwnLabels(name="mine", speaker=r"(s\d)_")
    scanned = scan.scan_corpora({"folder": tmp_path / "mine"}, own=own, cache=tmp_path / "cache", jobs=1)
    manifest: pd.DataFrame = scanned.manifest
    return manifest


def test_a_losslessly_encoded_twin_is_refused(twins: pd.DataFrame) -> None:
    people = sorted(twins["speaker"].unique())
    folds = tuple(Fold((f"mine/{speaker}",)) for speaker in people)
    with pytest.raises(
        LeakError, match="mine:loso leaks: equal audio in both training and test of folds"
    ) as refusal:
        split_manifest(twins, Protocol("mine:loso", "here", ("mine",), folds))
    first, twin = (twins.loc[twins["path"].str.contains(part), "id"].item() for part in ("s0_own", "s3_twin"))
    assert f"{first} and {twin}" in str(refusal.value) or f"{twin} and {first}" in str(refusal.value)


def test_generic_protocols_keep_the_speakers_of_twins_together(twins: pd.DataFrame) -> None:
    protocol = generic_protocol("loso", twins)
    assert [len(fold.test) for fold in protocol.folds] == [2, 1, 1, 1, 1]
    assert len(split_manifest(twins, protocol).folds) == 5
    assert len(protocol.notes) == 1
