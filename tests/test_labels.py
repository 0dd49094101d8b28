"""Emotions, label sets, and views of them."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.errors import ConfigError, LabelError
from affectone.labels import (
    BORED,
    COMMON,
    EIGHT,
    VIEWS,
    VOICES,
    Emotion,
    LabelSet,
    LabelView,
    label_view,
)


def test_the_eight_emotions_are_in_the_published_order() -> None:
    assert EIGHT.names == ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")


def test_the_two_voices_are_in_the_published_order() -> None:
    assert VOICES == ("female", "male")


def test_boredom_is_none_of_the_eight() -> None:
    assert BORED not in EIGHT


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


SEVEN = ("neutral", "happy", "sad", "angry", "fearful", "disgust", "surprised")


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("4", ("neutral", "happy", "sad", "angry")),
        ("6", ("neutral", "happy", "sad", "angry", "fearful", "disgust")),
        ("7", SEVEN),
        ("8", EIGHT.names),
        ("valence", ("positive", "negative", "neutral")),
    ],
)
def test_a_view_has_the_labels_of_its_name(text: str, labels: tuple[str, ...]) -> None:
    assert label_view(text).labels.names == labels


@pytest.mark.parametrize("text", ["4", "6", "7"])
@pytest.mark.parametrize("label", ["calm", BORED, "other"])
def test_fewer_classes_leave_labels_out_and_join_none(text: str, label: str) -> None:
    assert label_view(text).of(label) is None


@pytest.mark.parametrize("text", ["4", "6", "7", "8", "sad,bored"])
def test_a_view_that_leaves_out_keeps_the_names(text: str) -> None:
    view = label_view(text)
    assert all(view.of(label) in (label, None) for label in COMMON)


def test_valence_joins_what_feels_good_bad_and_neither() -> None:
    view = label_view("valence")
    assert {label: view.of(label) for label in COMMON} == {
        "neutral": "neutral",
        "calm": "neutral",
        "happy": "positive",
        "sad": "negative",
        "angry": "negative",
        "fearful": "negative",
        "disgust": "negative",
        "surprised": None,
        "bored": "negative",
        "other": None,
    }


@given(st.sets(st.sampled_from(COMMON.names), min_size=2), st.randoms(use_true_random=False))
def test_a_list_is_a_view_in_the_common_order_however_it_was_given(chosen: set[str], random) -> None:
    given_order = random.sample(sorted(chosen), len(chosen))
    view = label_view(", ".join(given_order))
    assert view.labels.names == tuple(label for label in COMMON if label in chosen)
    assert view.name == ",".join(view.labels)


@pytest.mark.parametrize("name", VIEWS)
def test_the_name_of_a_view_names_it(name: str) -> None:
    assert label_view(name).name == name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5", r"unknown label view '5'; known: 4, 6, 7, 8, valence, or two or more of neutral, calm"),
        ("valance", r"unknown label view 'valance'; did you mean 'valence'\?"),
        ("", "unknown label view ''"),
        ("happy", "one label alone is no view; name another beside 'happy'"),
        ("happy,sat", r"label view 'happy,sat': unknown label 'sat'; did you mean 'sad'\? known: neutral"),
        ("happy,", "label view 'happy,': unknown label ''"),
        ("sad,happy,sad", "label view 'sad,happy,sad' names sad more than once"),
    ],
)
def test_a_text_that_is_no_view_is_told_which_are(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        label_view(text)


@pytest.mark.parametrize("text", [4, None, ["happy", "sad"]])
def test_what_is_no_text_is_no_view(text: object) -> None:
    with pytest.raises(ConfigError, match="unknown label view"):
        label_view(text)  # type: ignore[arg-type]


def test_a_view_with_a_place_that_is_none_of_its_labels_is_refused() -> None:
    with pytest.raises(LabelError, match="places and labels of the view 'mine' differ by bad, good"):
        LabelView("mine", LabelSet(("good", "fine")), {"happy": "fine", "sad": "bad"})


def test_views_are_plain_values() -> None:
    view = label_view("valence")
    assert pickle.loads(pickle.dumps(view)) == view  # noqa: S301 - our own bytes
