"""The real corpora: as many clips, speakers and labels as their publishers say."""

from __future__ import annotations

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
}
SEXES = {
    "ravdess": {"female": 12, "male": 12},
    "crema_d": {"female": 43, "male": 48},
    "tess": {"female": 2},
    "savee": {"male": 4},
    "emodb": {"female": 5, "male": 5},
}


@pytest.mark.parametrize("corpus", CLASSES)
def test_clips_of_each_emotion(real_manifest: pd.DataFrame, corpus: str) -> None:
    rows = real_manifest[real_manifest["corpus"] == corpus]
    assert rows["emotion"].value_counts().to_dict() == CLASSES[corpus]


@pytest.mark.parametrize("corpus", [name for name in CLASSES if name != "savee"])
def test_as_many_clips_as_published(real_manifest: pd.DataFrame, corpus: str) -> None:
    assert (real_manifest["corpus"] == corpus).sum() == CORPORA.get(corpus).info.clips


@pytest.mark.parametrize("corpus", CLASSES)
def test_speakers_and_their_sexes(real_manifest: pd.DataFrame, corpus: str) -> None:
    people = real_manifest[real_manifest["corpus"] == corpus].drop_duplicates(["speaker", "sex", "age"])
    assert people["sex"].value_counts().to_dict() == SEXES[corpus]
    assert len(people) == people["speaker"].nunique() == CORPORA.get(corpus).info.speakers


def test_ids_are_unique_over_all_corpora(real_manifest: pd.DataFrame) -> None:
    assert real_manifest["id"].is_unique


def test_ages_where_the_publishers_give_them(real_manifest: pd.DataFrame) -> None:
    ages = real_manifest.groupby("corpus")["age"].agg(["min", "max", "count"])
    assert ages["count"].to_dict() == {"crema_d": 7442, "emodb": 535, "ravdess": 0, "savee": 0, "tess": 2800}
    assert (ages.loc["crema_d", "min"], ages.loc["crema_d", "max"]) == (20, 74)
