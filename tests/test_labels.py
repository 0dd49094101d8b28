"""Emotions, label sets, and the words of each corpus."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.errors import LabelError
from affectone.labels import BORED, CORPUS_LABELS, EIGHT, VOICES, Emotion, LabelSet, emotion_of


def test_the_eight_emotions_are_in_the_published_order() -> None:
    assert EIGHT.names == ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")


def test_the_two_voices_are_in_the_published_order() -> None:
    assert VOICES == ("female", "male")


@pytest.mark.parametrize(
    ("corpus", "original", "expected"),
    [
        ("ravdess", "02", Emotion.CALM),
        ("ravdess", "06", Emotion.FEARFUL),
        ("crema_d", "FEA", Emotion.FEARFUL),
        ("tess", "ps", Emotion.SURPRISED),
        ("savee", "sa", Emotion.SAD),
        ("savee", "su", Emotion.SURPRISED),
        ("emodb", "W", Emotion.ANGRY),
        ("emodb", "A", Emotion.FEARFUL),
        ("emodb", "F", Emotion.HAPPY),
        ("emodb", "T", Emotion.SAD),
        ("emodb", "L", "bored"),
    ],
)
def test_words_of_the_corpora_mean_what_their_documentation_says(
    corpus: str, original: str, expected: str
) -> None:
    assert emotion_of(corpus, original) == expected


@pytest.mark.parametrize(
    ("corpus", "missing"),
    [
        ("ravdess", set()),
        ("crema_d", {"calm", "surprised"}),
        ("tess", {"calm"}),
        ("savee", {"calm"}),
        ("emodb", {"calm", "surprised"}),
    ],
)
def test_each_corpus_lacks_the_emotions_it_is_known_to_lack(corpus: str, missing: set[str]) -> None:
    assert set(EIGHT) - set(CORPUS_LABELS[corpus].values()) == missing


def test_boredom_is_none_of_the_eight() -> None:
    assert BORED not in EIGHT


@pytest.mark.parametrize("corpus", CORPUS_LABELS)
def test_no_two_words_of_a_corpus_share_an_emotion(corpus: str) -> None:
    emotions = list(CORPUS_LABELS[corpus].values())
    assert len(emotions) == len(set(emotions))


def test_an_unknown_corpus_is_named_with_the_nearest() -> None:
    with pytest.raises(LabelError, match=r"unknown corpus 'ravdes'; did you mean 'ravdess'\?"):
        emotion_of("ravdes", "01")


def test_an_unknown_word_of_a_corpus_lists_its_words() -> None:
    with pytest.raises(
        LabelError, match=r"unknown label of crema_d 'BOR'.*known: NEU, HAP, SAD, ANG, FEA, DIS"
    ):
        emotion_of("crema_d", "BOR")


@given(st.permutations(EIGHT.names))
def test_a_label_set_keeps_the_order_it_was_given(names: list[str]) -> None:
    labels = LabelSet(tuple(names))
    assert [labels.index(name) for name in names] == list(range(8))


@pytest.mark.parametrize("names", [(), ("sad", "")])
def test_an_empty_label_is_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(LabelError, match="at least one label and no empty one"):
        LabelSet(names)


def test_a_repeated_label_is_refused_by_name() -> None:
    with pytest.raises(LabelError, match="label set names sad more than once"):
        LabelSet(("sad", "happy", "sad"))


def test_index_of_an_unknown_label_suggests_the_nearest() -> None:
    with pytest.raises(LabelError, match=r"unknown label 'anger'; did you mean 'angry'\?"):
        EIGHT.index("anger")


def test_mask_is_in_the_order_of_the_labels_not_of_the_question() -> None:
    assert LabelSet(("sad", "calm", "happy")).mask(["happy", "sad"]) == (True, False, True)


def test_label_sets_are_plain_values() -> None:
    assert pickle.loads(pickle.dumps(EIGHT)) == LabelSet(EIGHT.names)  # noqa: S301 - our own bytes


def test_an_emotion_is_found_by_its_member_and_by_its_word() -> None:
    assert EIGHT.index(Emotion.DISGUST) == EIGHT.index("disgust") == 6
