"""Votes of a manifest: shares, the label most listeners chose, and how often it was the one meant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.corpora.votes import ListenerScore, perceived, score_listeners, vote_shares
from affectone.labels import COMMON

pd = pytest.importorskip("pandas")

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[no-redef]

Voted = tuple[str, Mapping[str, float] | None, float]


def manifest_of(*rows: Voted) -> pd.DataFrame:
    """Return clips of (emotion, votes, raters)."""
    return pd.DataFrame(
        {
            "emotion": [emotion for emotion, _, _ in rows],
            "votes": pd.array([json.dumps(votes) if votes else None for _, votes, _ in rows], dtype="str"),
            "raters": [raters for _, _, raters in rows],
        }
    )


FOUR = manifest_of(
    ("happy", {"happy": 0.75, "sad": 0.25}, 4),
    ("happy", {"happy": 0.5, "sad": 0.5}, 8),
    ("sad", {"angry": 1.0}, 5),
    ("sad", None, float("nan")),
)


def test_shares_come_in_the_order_of_the_labels() -> None:
    shares = vote_shares(FOUR, ("sad", "angry", "happy"))
    assert shares[:3].tolist() == [[0.25, 0.0, 0.75], [0.5, 0.0, 0.5], [0.0, 1.0, 0.0]]


def test_nobody_voted_is_not_a_number() -> None:
    assert np.isnan(vote_shares(FOUR, ("happy", "sad"))[3]).all()


def test_votes_for_other_labels_are_left_out_and_the_rest_sums_to_one() -> None:
    shares = vote_shares(FOUR, ("happy", "neutral"))
    assert shares[:2].tolist() == [[1.0, 0.0], [1.0, 0.0]]
    assert np.isnan(shares[2]).all()


def test_a_table_without_votes_has_none() -> None:
    table = FOUR.drop(columns="votes")
    assert np.isnan(vote_shares(table, ("happy", "sad"))).all()
    assert perceived(table).isna().all()
    assert score_listeners(table) is None


def test_no_clips_have_no_votes() -> None:
    empty = FOUR.iloc[:0]
    assert vote_shares(empty, ("happy", "sad")).shape == (0, 2)
    assert perceived(empty).tolist() == []
    assert score_listeners(empty) is None


COUNTS = st.dictionaries(st.sampled_from(list(COMMON)), st.integers(0, 12), min_size=1).filter(
    lambda counts: sum(counts.values()) > 0
)


def as_written(counts: Mapping[str, int]) -> dict[str, float]:
    """Return counts as a manifest has them: shares of six digits."""
    return {label: round(count / sum(counts.values()), 6) for label, count in counts.items()}


@given(clips=st.lists(COUNTS, min_size=1, max_size=6))
def test_shares_are_the_counts_of_whoever_is_left(clips: list[dict[str, int]]) -> None:
    labels = tuple(COMMON)[:5]
    shares = vote_shares(manifest_of(*(("happy", as_written(clip), 1.0) for clip in clips)), labels)
    for row, clip in zip(shares, clips, strict=True):
        counts = np.array([clip.get(label, 0) for label in labels], dtype=float)
        if counts.sum():
            np.testing.assert_allclose(row, counts / counts.sum(), atol=2e-5)
        else:
            assert np.isnan(row).all()


@given(clips=st.lists(COUNTS, min_size=1, max_size=6))
def test_perceived_is_the_label_of_the_highest_count_alone(clips: list[dict[str, int]]) -> None:
    found = perceived(manifest_of(*(("happy", as_written(clip), 1.0) for clip in clips)))
    for label, clip in zip(found, clips, strict=True):
        leaders = [name for name, count in clip.items() if count == max(clip.values())]
        assert (leaders == [label]) if len(leaders) == 1 else pd.isna(label)


def test_perceived_keeps_the_index() -> None:
    found = perceived(FOUR.set_index(pd.Index([7, 3, 3, 9])))
    assert found.index.tolist() == [7, 3, 3, 9]
    assert found.iloc[[0, 2]].tolist() == ["happy", "angry"]


def test_listeners_by_hand() -> None:
    found = score_listeners(FOUR)
    # 3 of 4, 4 of 8 and 0 of 5 votes are for the label meant; one plurality is right, one half right.
    assert found == ListenerScore(
        clips=3,
        ratings=17,
        per_rating=pytest.approx(7 / 17),
        per_rating_uar=pytest.approx((7 / 12 + 0) / 2),
        plurality=pytest.approx(1.5 / 3),
    )


def test_where_a_number_of_listeners_is_unknown_clips_count_alike() -> None:
    found = score_listeners(FOUR.assign(raters=[4, float("nan"), 5, float("nan")]))
    assert found is not None
    assert found.ratings is None
    assert found.per_rating == pytest.approx((0.75 + 0.5 + 0) / 3)


def test_a_label_that_nobody_voted_for_is_never_heard() -> None:
    found = score_listeners(manifest_of(("fearful", {"sad": 1.0}, 3)))
    assert found is not None
    assert (found.per_rating, found.per_rating_uar, found.plurality) == (0, 0, 0)


@pytest.mark.corpora
def test_the_published_figures_of_crema_d(real_manifest: pd.DataFrame) -> None:
    # Voice alone: 40.0 % of 68,568 ratings, 40.7 over the classes, 44.6 % by plurality vote.
    found = score_listeners(real_manifest[real_manifest["corpus"] == "crema_d"])
    assert found is not None
    assert (found.clips, found.ratings) == (7442, 68568)
    assert found.per_rating == pytest.approx(0.400, abs=5e-4)
    assert found.per_rating_uar == pytest.approx(0.407, abs=5e-4)
    assert found.plurality == pytest.approx(0.446, abs=5e-4)


@pytest.mark.corpora
def test_two_labels_lead_in_644_clips_of_crema_d(real_manifest: pd.DataFrame) -> None:
    rows = real_manifest[real_manifest["corpus"] == "crema_d"]
    assert perceived(rows).isna().sum() == 644
