"""Words of one's own: each gives the label it should, however it is spelt, and some give none."""

# ruff: noqa: RUF001 - Turkish has an i without a dot

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.corpora.words import ASIDE, WORDS, guess_label, nearest_label
from affectone.labels import COMMON

TABLE = [
    (word, str(label))
    for label, languages in WORDS.items()
    for words in languages.values()
    for word in words.split()
]

SPOKEN = {
    "neutral": "neutral NEU Neutre neutrale neutralny nötr without-emotion",
    "calm": "calm Calmness ruhig tranquilo sakin spokój peaceful",
    "happy": "happy HAP Happiness joy Freude fröhlich froehlich joie alegría gioia radość mutlu feliz",
    "sad": "sad SADNESS traurig tristesse triste smutek üzgün sorrow",
    "angry": "angry ang Anger Ärger Aerger wut colère enojo rabbia złość kızgın KIZGIN raiva hot_anger",
    "fearful": "fear fearful FEA scared Angst peur miedo paura strach korku medo",
    "disgust": "disgust DIS disgusted Ekel dégoût asco disgusto wstręt tiksinti nojo",
    "surprised": "surprise surprised SUR ps pleasant_surprise PleasantSurprise überraschung sorpresa şaşkın",
    "bored": "bored BOREDOM Langeweile ennui noia nuda",
    "other": "excited EXC frustrated fru contempt confused other disappointed amused sonstige",
}

UNTOLD = [
    *("", " ", "_", "01", "A", "w", "F", "5"),
    *("tired", "sleepy", "anxious", "worried", "annoyed", "upset", "content", "stressed", "depressed"),
    *("positive", "negative", "normal", "good", "bad", "none", "unknown", "xxx", "meh"),
    *("happy or sad", "angry_disgust", "not angry", "not_happy", "non-neutral", "A_angry", "P_S", "p5s"),
    *("train", "female", "male", "emotion", "speaker 3", "Actor_01", "wav", "情感"),
]


@pytest.mark.parametrize(
    ("word", "label"), [(word, label) for label, words in SPOKEN.items() for word in words.split()]
)
def test_a_word_means_its_label(word: str, label: str) -> None:
    assert guess_label(word) == label


@pytest.mark.parametrize("word", UNTOLD)
def test_what_cannot_be_told_is_not_guessed(word: str) -> None:
    assert guess_label(word) is None


@pytest.mark.parametrize("letter", string.ascii_letters)
def test_a_single_letter_is_never_guessed(letter: str) -> None:
    assert guess_label(letter) is None


@pytest.mark.parametrize("label", COMMON)
def test_a_common_label_is_itself(label: str) -> None:
    assert guess_label(label) == label


@pytest.mark.parametrize(("word", "label"), TABLE)
def test_no_word_of_the_table_means_two_things(word: str, label: str) -> None:
    assert guess_label(word) == label


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("female_angry", "angry"),
        ("Sad (male)", "sad"),
        ("emotion: happy", "happy"),
        ("happiness/joy", "happy"),
    ],
)
def test_words_beside_a_label_change_nothing(word: str, label: str) -> None:
    assert guess_label(word) == label


@given(
    entry=st.sampled_from(TABLE),
    upper=st.lists(st.booleans(), min_size=30, max_size=30),
    separator=st.sampled_from(["_", "-", " ", " - ", ".", ""]),
    number=st.sampled_from(["", "1", "03", "2024"]),
    form=st.sampled_from(["NFC", "NFD", "NFKD"]),
)
def test_case_separators_numbers_and_forms_of_accents_do_not_matter(
    entry: tuple[str, str], upper: list[bool], separator: str, number: str, form: str
) -> None:
    word, label = entry
    letters = "".join(a.upper() if up else a for a, up in zip(word, upper, strict=False))
    spelt = separator.join([*([number] if number else []), *letters.split("_")])
    assert guess_label(unicodedata.normalize(form, f" {spelt} ")) == label


@given(word=st.sampled_from(TABLE), aside=st.sampled_from(sorted(ASIDE)), first=st.booleans())
def test_what_stands_aside_may_stand_on_either_side(word: tuple[str, str], aside: str, first: bool) -> None:
    spelt = f"{aside}_{word[0]}" if first else f"{word[0]} {aside}"
    assert guess_label(spelt) == word[1]


@given(one=st.sampled_from(TABLE), other=st.sampled_from(TABLE))
def test_two_words_are_a_label_only_where_they_agree(one: tuple[str, str], other: tuple[str, str]) -> None:
    guess = guess_label(f"{one[0].replace('_', '')} {other[0].replace('_', '')}")
    assert guess == (one[1] if one[1] == other[1] else None)


@given(st.text())
def test_any_text_gives_a_common_label_or_none(text: str) -> None:
    assert guess_label(text) in {*COMMON, None}


@pytest.mark.parametrize(
    ("word", "label"), [("hapy", "happy"), ("Angrry", "angry"), ("meh", None), ("7", None)]
)
def test_a_misspelt_word_has_a_nearest_label(word: str, label: str | None) -> None:
    assert guess_label(word) is None
    assert nearest_label(word) == label
