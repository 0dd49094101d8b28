"""A manifest seen through a label view: what is left out, what is joined, and what becomes of the votes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.corpora import Clip, Votes, restrict, to_manifest
from affectone.errors import CorpusError
from affectone.labels import COMMON, VIEWS, label_view


def clip(number: int, emotion: str, votes: Votes | None = None) -> Clip:
    return Clip(f"mine/{number}", Path(f"{number}.wav"), "mine", "a", emotion, emotion, votes=votes)


def manifest_of(*emotions: str) -> pd.DataFrame:
    return to_manifest(clip(number, emotion) for number, emotion in enumerate(emotions))


def voted(raters: int | None = 10, **shares: float) -> pd.Series:
    """Return the row of a happy clip with votes, seen through four labels."""
    return restrict(to_manifest([clip(0, "happy", Votes(shares, raters))]), label_view("4")).iloc[0]


def test_clips_without_a_place_are_left_out_and_the_others_keep_their_order() -> None:
    seen = restrict(manifest_of("sad", "calm", "happy", "other", "sad"), label_view("4"))
    assert seen["id"].tolist() == ["mine/0", "mine/2", "mine/4"]
    assert seen["emotion"].tolist() == ["sad", "happy", "sad"]


def test_rows_are_numbered_from_0_again() -> None:
    assert restrict(manifest_of("calm", "sad"), label_view("4")).index.tolist() == [0]


def test_joined_labels_replace_the_common_ones_and_the_corpus_keeps_its_own() -> None:
    seen = restrict(manifest_of("calm", "bored", "happy", "surprised"), label_view("valence"))
    assert seen["emotion"].tolist() == ["neutral", "negative", "positive"]
    assert seen["original"].tolist() == ["calm", "bored", "happy"]


def test_the_manifest_itself_is_left_as_it_was() -> None:
    manifest = manifest_of("calm", "sad")
    before = manifest.copy()
    restrict(manifest, label_view("valence"))
    pd.testing.assert_frame_equal(manifest, before)


def test_columns_of_ones_own_are_kept() -> None:
    manifest = manifest_of("calm", "sad").assign(score=[1, 2])
    seen = restrict(manifest, label_view("4"))
    assert seen["score"].tolist() == [2]
    assert seen.dtypes.equals(manifest.dtypes)


def test_votes_for_labels_without_a_place_are_left_out_and_the_rest_sums_to_1() -> None:
    row = voted(calm=0.6, happy=0.3, neutral=0.1)
    assert json.loads(row["votes"]) == {"neutral": 0.25, "happy": 0.75}
    assert (row["raters"], row["agreement"]) == (4, 0.75)


def test_votes_for_joined_labels_are_summed() -> None:
    manifest = to_manifest([clip(0, "sad", Votes({"sad": 0.4, "angry": 0.3, "calm": 0.3}, 10))])
    row = restrict(manifest, label_view("valence")).iloc[0]
    assert json.loads(row["votes"]) == {"negative": 0.7, "neutral": 0.3}
    assert (row["raters"], row["agreement"]) == (10, 0.7)


def test_where_no_vote_has_a_place_there_are_none() -> None:
    row = voted(calm=0.5, surprised=0.5)
    assert row["emotion"] == "happy"
    assert row[["votes", "raters", "agreement"]].isna().all()


def test_how_intense_it_sounded_is_what_all_said() -> None:
    manifest = to_manifest([clip(0, "happy", Votes({"calm": 1.0}, 5))]).assign(heard_intensity=0.4)
    assert restrict(manifest, label_view("4"))["heard_intensity"].tolist() == [0.4]


def test_an_unknown_number_of_listeners_stays_unknown() -> None:
    assert np.isnan(voted(raters=None, happy=0.5, sad=0.5)["raters"])


def test_a_clip_nobody_voted_on_is_kept_without_votes() -> None:
    assert pd.isna(restrict(manifest_of("sad"), label_view("4")).iloc[0]["votes"])


def test_what_no_vote_tells_is_left_alone() -> None:
    manifest = manifest_of("sad").assign(agreement=0.9)
    assert restrict(manifest, label_view("4")).iloc[0]["agreement"] == 0.9


@given(st.lists(st.sampled_from(COMMON.names)), st.sampled_from([*VIEWS, "neutral,other"]))
def test_what_is_kept_is_what_has_a_place(emotions: list[str], name: str) -> None:
    view = label_view(name)
    placed = [view.of(emotion) for emotion in emotions if view.of(emotion)]
    if emotions and not placed:
        return
    seen = restrict(manifest_of(*emotions), view)
    assert seen["emotion"].tolist() == placed
    assert set(placed) <= set(view.labels)


def test_no_clips_have_no_clips() -> None:
    assert len(restrict(manifest_of(), label_view("4"))) == 0


def test_a_view_in_which_nothing_has_a_place_is_refused() -> None:
    with pytest.raises(
        CorpusError, match="no clip has a place in the label view '4'; the labels are bored, calm"
    ):
        restrict(manifest_of("calm", "bored"), label_view("4"))
