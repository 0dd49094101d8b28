"""The real corpora: as many clips, speakers and labels as their publishers say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from affectone.corpora import CORPORA

if TYPE_CHECKING:
    import pandas as pd

pytestmark = pytest.mark.corpora

CLASSES = {
    "ravdess": {
        "neutral": 96,
        **dict.fromkeys(["calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"], 192),
    },
    "crema_d": {"neutral": 1087, **dict.fromkeys(["happy", "sad", "angry", "fearful", "disgust"], 1271)},
    "tess": dict.fromkeys(["neutral", "happy", "sad", "angry", "fearful", "disgust", "surprised"], 400),
    # 226 of 480 are at hand: four of the seven emotions.
    "savee": {"neutral": 90, "happy": 46, "sad": 46, "angry": 44},
    "emodb": {
        "neutral": 79,
        "happy": 71,
        "sad": 62,
        "angry": 127,
        "fearful": 69,
        "disgust": 46,
        "bored": 81,
    },
    "nemo": {"neutral": 809, "happy": 749, "sad": 769, "angry": 749, "fearful": 736, "surprised": 669},
    "turev": {"calm": 408, "happy": 357, "sad": 483, "angry": 487},
}
SEXES = {
    "ravdess": {"female": 12, "male": 12},
    "crema_d": {"female": 43, "male": 48},
    "tess": {"female": 2},
    "savee": {"male": 4},
    "emodb": {"female": 5, "male": 5},
    "nemo": {"female": 4, "male": 5},
    # Its publishers do not say who is a woman.
    "turev": {},
}
SPEAKERS = {"ravdess": 24, "crema_d": 91, "tess": 2, "savee": 4, "emodb": 10, "nemo": 9, "turev": 6}


@pytest.mark.parametrize("corpus", CLASSES)
def test_clips_of_each_emotion(real_manifest: pd.DataFrame, corpus: str) -> None:
    rows = real_manifest[real_manifest["corpus"] == corpus]
    assert rows["emotion"].value_counts().to_dict() == CLASSES[corpus]


def test_all_clips_there_are(real_manifest: pd.DataFrame) -> None:
    assert len(real_manifest) == sum(sum(classes.values()) for classes in CLASSES.values()) == 18_659


@pytest.mark.parametrize("corpus", [name for name in CLASSES if name != "savee"])
def test_classes_are_those_of_a_release(real_manifest: pd.DataFrame, corpus: str) -> None:
    rows = real_manifest[real_manifest["corpus"] == corpus]
    counted = rows["original"].value_counts().to_dict()
    assert counted in [dict(release.classes) for release in CORPORA.get(corpus).info.releases]


@pytest.mark.parametrize("corpus", CLASSES)
def test_speakers_and_their_sexes(real_manifest: pd.DataFrame, corpus: str) -> None:
    people = real_manifest[real_manifest["corpus"] == corpus].drop_duplicates(["speaker", "sex", "age"])
    assert people["sex"].value_counts().to_dict() == SEXES[corpus]
    assert len(people) == people["speaker"].nunique() == SPEAKERS[corpus]
    assert SPEAKERS[corpus] == CORPORA.get(corpus).info.releases[-1].speakers


@pytest.mark.parametrize("corpus", CLASSES)
def test_nothing_is_passed_over(corpora_root: Path, corpus: str) -> None:
    assert CORPORA.get(corpus)(corpora_root / corpus).scan().skipped == ()


def test_ids_are_unique_over_all_corpora(real_manifest: pd.DataFrame) -> None:
    assert real_manifest["id"].is_unique


def test_ages_where_the_publishers_give_them(real_manifest: pd.DataFrame) -> None:
    ages = real_manifest.groupby("corpus")["age"].agg(["min", "max", "count"])
    clips = real_manifest["corpus"].value_counts().to_dict()
    known = {name: count for name, count in ages["count"].to_dict().items() if count}
    assert known == {name: clips[name] for name in ("crema_d", "emodb", "nemo", "tess")}
    assert (ages.loc["crema_d", "min"], ages.loc["crema_d", "max"]) == (20, 74)
    assert (ages.loc["nemo", "min"], ages.loc["nemo", "max"]) == (23, 28)


def test_words_and_sentences(real_manifest: pd.DataFrame) -> None:
    counts = real_manifest.groupby("corpus")[["text", "sentence"]].nunique()
    assert counts["sentence"].loc[["ravdess", "crema_d", "tess", "emodb"]].tolist() == [2, 12, 200, 10]
    assert counts["sentence"].loc[["nemo", "turev"]].tolist() == [90, 82]
    assert counts["text"].loc[["ravdess", "tess", "nemo"]].tolist() == [2, 200, 90]
