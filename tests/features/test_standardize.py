"""Standardisation: whose mean it is, and whom it may be used on."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.corpora import COLUMNS
from affectone.errors import ConfigError
from affectone.features import Standardizer
from affectone.features.standardize import NO_FEATURES


def table() -> pd.DataFrame:
    generator = np.random.default_rng(6)
    speakers = np.repeat(["anna", "ben", "cora"], [30, 20, 10])
    offsets = {"anna": 0.0, "ben": 100.0, "cora": -5.0}
    level = np.array([offsets[speaker] for speaker in speakers])
    return pd.DataFrame(
        {
            "id": [f"c/{row}" for row in range(60)],
            "speaker": speakers,
            "take": range(60),
            "rms_mean": generator.normal(size=60) + level,
            "zcr_mean": generator.normal(size=60) * 7,
        }
    )


def test_training_rows_come_out_with_mean_0_and_deviation_1() -> None:
    done = Standardizer.fit(table()).transform(table())
    floats = done[["rms_mean", "zcr_mean"]].to_numpy()
    np.testing.assert_allclose(floats.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(floats.std(axis=0), 1)


def test_only_columns_of_floats_are_changed() -> None:
    done = Standardizer.fit(table()).transform(table())
    pd.testing.assert_frame_equal(done[["id", "speaker", "take"]], table()[["id", "speaker", "take"]])


def test_columns_of_a_manifest_and_times_are_no_features() -> None:
    beside = {name: np.nan for name, kind in COLUMNS.items() if kind == "number"} | {"take": 1.0, "time": 0.1}
    fitted = Standardizer.fit(table().assign(**beside))
    assert fitted.columns == ("rms_mean", "zcr_mean")
    done = fitted.transform(table().assign(**beside))
    assert done["time"].tolist() == [0.1] * 60
    assert set(NO_FEATURES) == {*COLUMNS, "time"}


def test_a_column_of_a_manifest_may_be_asked_for() -> None:
    rows = table().assign(duration=np.arange(60.0))
    assert Standardizer.fit(rows, columns=["duration"]).columns == ("duration",)


def test_other_rows_are_judged_by_the_fitted_ones() -> None:
    fitted = Standardizer.fit(np.array([[0.0], [2.0]]))
    np.testing.assert_array_equal(fitted.transform(np.array([[5.0]])), [[4.0]])


def test_each_speaker_is_measured_apart() -> None:
    done = Standardizer.fit(table(), groups="speaker").transform(table(), groups="speaker")
    means = done.groupby("speaker")[["rms_mean", "zcr_mean"]].mean().to_numpy()
    np.testing.assert_allclose(means, 0, atol=1e-12)


def test_it_tells_whom_it_was_fitted_on_and_on_how_many_rows() -> None:
    fitted = Standardizer.fit(table(), groups="speaker")
    assert fitted.fitted_on == ("anna", "ben", "cora")
    assert (fitted.pooled.n, {name: group.n for name, group in fitted.groups.items()}) == (
        60,
        {"anna": 30, "ben": 20, "cora": 10},
    )


def test_without_groups_the_speakers_of_the_table_are_told() -> None:
    assert Standardizer.fit(table()).fitted_on == ("anna", "ben", "cora")


def test_equal_names_in_two_corpora_are_two_people() -> None:
    rows = table().assign(corpus=["ravdess", "emodb"] * 30)
    told = Standardizer.fit(rows).fitted_on
    assert told == tuple(
        f"{corpus}/{name}" for corpus in ("emodb", "ravdess") for name in ("anna", "ben", "cora")
    )


def test_rows_of_unknown_speakers_may_be_told_by_another_column() -> None:
    rows = table().assign(speaker=None)
    with pytest.raises(ConfigError, match=r"'speaker' has rows without a name.* such as who='id'"):
        Standardizer.fit(rows)
    assert len(Standardizer.fit(rows, who="id").fitted_on) == 60


def test_who_can_be_told_for_arrays() -> None:
    fitted = Standardizer.fit(np.zeros((3, 1)), who=["b", "a", "b"])
    assert (fitted.fitted_on, fitted.groups) == (("a", "b"), {})


def test_names_may_be_a_joined_column() -> None:
    rows = table().assign(corpus=["ravdess", "emodb"] * 30)
    fitted = Standardizer.fit(rows, groups=rows["corpus"] + "/" + rows["speaker"])
    assert "emodb/anna" in fitted.fitted_on
    assert fitted.groups["emodb/anna"].n == 15


def test_recordings_of_several_lengths_stay_what_they_are() -> None:
    clips = [np.full((3, 2), 1.0, np.float32), np.full((1, 2), 5.0, np.float32)]
    done = Standardizer.fit(clips).transform(clips)
    assert [(part.shape, part.dtype) for part in done] == [((3, 2), np.float32), ((1, 2), np.float32)]
    np.testing.assert_allclose(np.concatenate(done).mean(axis=0), 0, atol=1e-6)


def test_frames_are_grouped_by_their_recordings_speaker() -> None:
    clips = [np.array([[1.0], [3.0]]), np.array([[10.0]]), np.array([[30.0]])]
    who = ["a", "b", "b"]
    done = Standardizer.fit(clips, groups=who).transform(clips, groups=who)
    np.testing.assert_allclose(np.concatenate(done).ravel(), [-1, 1, -1, 1])


def test_a_group_that_was_not_fitted_is_refused_unless_the_pooled_statistics_are_asked_for() -> None:
    rows = np.array([[0.0], [2.0], [10.0], [14.0]])
    fitted = Standardizer.fit(rows, groups=["a", "a", "b", "b"])
    with pytest.raises(ConfigError, match="unknown group 'c'; known: a, b; unseen='pooled' would take"):
        fitted.transform(np.array([[1.0]]), groups=["c"])
    pooled = fitted.transform(np.array([[1.0]]), groups=["c"], unseen="pooled")
    np.testing.assert_allclose(pooled, (1 - rows.mean()) / rows.std())


def test_a_constant_column_is_centred_and_not_blown_up() -> None:
    rows = np.full((5, 1), 0.1)
    assert np.abs(Standardizer.fit(rows).transform(rows)).max() < 1e-12


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12), st.sampled_from([None, "alternating"]))
def test_json_there_and_back_changes_nothing(values: list[float], grouping: str | None) -> None:
    rows = np.array(values)[:, np.newaxis]
    groups = None if grouping is None else ["x" if at % 2 else "y" for at in range(len(values))]
    fitted = Standardizer.fit(rows, groups=groups)
    again = Standardizer.from_dict(json.loads(json.dumps(fitted.to_dict())))
    np.testing.assert_array_equal(again.transform(rows, groups=groups), fitted.transform(rows, groups=groups))
    assert again.to_dict() == fitted.to_dict()


@pytest.mark.parametrize("as_list", [False, True])
def test_whole_numbers_become_fractions(*, as_list: bool) -> None:
    rows = [np.array([[1, 10], [2, 20], [3, 30]]), np.array([[5, 50]])]
    done = Standardizer.fit(rows).transform([part.tolist() for part in rows] if as_list else rows)
    joined = np.concatenate(rows).astype(float)
    np.testing.assert_allclose(np.concatenate(done), (joined - joined.mean(axis=0)) / joined.std(axis=0))
