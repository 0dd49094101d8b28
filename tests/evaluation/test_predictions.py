"""A table of predictions becomes a row of the leaderboard: by hand."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from affectone.corpora.protocol import UNKNOWN
from affectone.evaluation import protocol_run, score_predictions
from affectone.evaluation.answers import read_run
from affectone.evaluation.predictions import FEW_SPEAKERS, group_scores


def table_of(*rows: tuple[str, int, int, str, str], corpus: str = "made") -> pd.DataFrame:
    """Return predictions from (speaker, fold, seed, emotion, predicted); odd speakers are women."""
    table = pd.DataFrame(rows, columns=["speaker", "fold", "seed", "emotion", "predicted"])
    table["id"] = [f"{corpus}/{number}" for number in table.groupby("seed").cumcount()]
    table["corpus"] = corpus
    table["sex"] = ["female" if name[-1] in "13579" else "male" for name in table["speaker"]]
    table["predicted_voice"] = "female"
    return table


BY_HAND = table_of(
    # Fold 1: happy 1 of 2, sad 1 of 1. Fold 2: happy 1 of 1, sad 0 of 2.
    ("s1", 1, 0, "happy", "happy"),
    ("s1", 1, 0, "happy", "sad"),
    ("s2", 1, 0, "sad", "sad"),
    ("s3", 2, 0, "happy", "happy"),
    ("s3", 2, 0, "sad", "happy"),
    ("s4", 2, 0, "sad", "angry"),
)


def test_what_was_counted() -> None:
    score = score_predictions(BY_HAND, "made")
    assert (score.clips, score.speakers, score.folds, score.seeds) == (6, 4, 2, 1)


def test_uar_as_mean_of_folds_and_pooled() -> None:
    score = score_predictions(BY_HAND, "made")
    assert score.uar_folds == 62.5
    assert score.uar_pooled == 50.0
    assert score.uar_seeds_std == 0.0


def test_wa_and_f1() -> None:
    score = score_predictions(BY_HAND, "made")
    assert score.wa_pooled == 50.0
    # happy: 2 right of 3, answered 3 times; sad: 1 right of 3, answered twice. angry is no target.
    assert score.macro_f1 == round(100 * (2 * 2 / 6 + 2 * 1 / 5) / 2, 2)


def test_the_confusion_has_targets_in_rows() -> None:
    score = score_predictions(BY_HAND, "made")
    assert score.labels == ("angry", "happy", "sad")
    assert score.confusion == ((0, 0, 0), (0, 2, 1), (1, 1, 1))


def test_the_voice_over_those_whose_sex_is_known() -> None:
    assert score_predictions(BY_HAND, "made").voice_accuracy == 66.67
    unknown = BY_HAND.assign(sex=[None, *BY_HAND["sex"][1:]])
    assert score_predictions(unknown, "made").voice_accuracy == 60.0
    assert score_predictions(BY_HAND.assign(sex=None), "made").voice_accuracy is None


def test_few_speakers_are_told_one_by_one_with_an_interval_over_clips() -> None:
    score = score_predictions(BY_HAND, "made")
    assert score.interval_over == "clips"
    assert score.per_speaker_uar == {"s1": 50.0, "s2": 100.0, "s3": 50.0, "s4": 0.0}
    assert score.uar_interval[0] < score.uar_pooled < score.uar_interval[1]


def many(speakers: int, seeds: int = 1, clips: int = 12) -> pd.DataFrame:
    """Return predictions of speakers of whom the later ones are harder."""
    rng = np.random.default_rng(3)
    emotions = ["happy", "sad", "angry"]
    return table_of(
        *(
            (
                f"s{speaker:02}",
                speaker % 4 + 1,
                seed,
                emotions[clip % 3],
                emotions[clip % 3] if rng.random() > speaker / speakers else "sad",
            )
            for seed in range(seeds)
            for speaker in range(speakers)
            for clip in range(clips)
        )
    )


@pytest.mark.parametrize(
    ("speakers", "over"), [(FEW_SPEAKERS - 1, "clips"), (FEW_SPEAKERS, "speakers"), (30, "speakers")]
)
def test_eight_speakers_are_enough_for_an_interval_over_them(speakers: int, over: str) -> None:
    score = score_predictions(many(speakers), "made")
    assert score.interval_over == over
    assert (score.per_speaker_uar is None) == (over == "speakers")
    for value, (low, high) in ((score.uar_pooled, score.uar_interval), (score.wa_pooled, score.wa_interval)):
        assert low < value < high


def test_seeds_are_averaged_and_count_no_clips() -> None:
    both = many(10, seeds=2)
    score = score_predictions(both, "made")
    alone = [score_predictions(both[both["seed"] == seed], "made") for seed in (0, 1)]
    assert (score.clips, score.seeds) == (120, 2)
    assert score.uar_pooled == pytest.approx(np.mean([one.uar_pooled for one in alone]), abs=0.02)
    assert score.uar_folds == pytest.approx(np.mean([one.uar_folds for one in alone]), abs=0.02)
    assert score.uar_seeds_std == pytest.approx(np.std([one.uar_pooled for one in alone], ddof=1), abs=0.02)
    assert sum(map(sum, score.confusion)) == 240


def test_other_corpora_are_left_out() -> None:
    both = pd.concat([BY_HAND, many(9).assign(corpus="other")])
    assert score_predictions(both, "made") == score_predictions(BY_HAND, "made")
    assert score_predictions(both, "other").speakers == 9


def test_the_order_of_rows_does_not_matter() -> None:
    rows = many(12, seeds=2)
    assert score_predictions(rows.sample(frac=1.0, random_state=1), "made") == score_predictions(rows, "made")


def test_groups_by_a_column_leave_out_what_is_unknown() -> None:
    rows = BY_HAND.assign(age_band=["young", "young", "old", None, None, None])
    assert group_scores(rows, "age_band") == {"old": 100.0, "young": 50.0}


def test_a_speaker_whom_nobody_knows_is_one_and_may_be_called_anything(
    made_run: ModuleType, tmp_path: Path
) -> None:
    run = made_run.write_run(tmp_path / "run")
    file = run / "seed0-fold1" / "predictions.csv"
    table = pd.read_csv(file, dtype=str)
    table["speaker"] = table["speaker"].replace({"a": "", "b": "NA"})
    table.to_csv(file, index=False)
    for read in (protocol_run._read(file), read_run(run).table.query("seed == 0 and fold == 1")):
        assert set(read["speaker"]) == {UNKNOWN, "NA", "c", "d"}
    score = score_predictions(protocol_run._read(file).assign(seed=0, fold=1), "made")
    assert (score.clips, score.speakers) == (16, 4)
