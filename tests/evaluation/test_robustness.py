"""Scores of changed clips, worked out by hand."""

from __future__ import annotations

from types import ModuleType

import pandas as pd
import pytest

pytest.importorskip("torch")

from affectone.audio.augment import CONDITIONS, Condition
from affectone.evaluation.robustness import (
    NO_SPEECH,
    answer_changed,
    holds_conditions,
    robustness_results,
)


def table(made_run: ModuleType, seeds: tuple[int, ...] = (0,)) -> pd.DataFrame:
    """Return answers of which 14 of 16 happy and 15 of 16 sad ones are right, with each seed."""
    one = made_run.answers().assign(fold=1)
    return pd.concat([one.assign(seed=seed) for seed in seeds], ignore_index=True)


def worse(made_run: ModuleType, condition: Condition) -> pd.DataFrame:
    """Return the same where noise is all that is heard: in it every happy clip is taken for sad."""
    answers = table(made_run)
    if condition.name == "0 dB SNR":
        return answers.assign(predicted="sad")
    if condition.by == "codec":
        return answers.assign(predicted=NO_SPEECH)
    return answers


def test_each_condition_has_its_score_and_its_difference(made_run: ModuleType) -> None:
    changed = answer_changed(lambda condition: worse(made_run, condition), CONDITIONS)
    rows = robustness_results(table(made_run), changed, "made")
    assert [(row["by"], row["of"]) for row in rows] == [
        ("clean", "as recorded"),
        *((condition.by, condition.name) for condition in CONDITIONS),
    ]
    found = {row["of"]: row for row in rows}
    clean = 100 * (14 / 16 + 15 / 16) / 2
    assert found["as recorded"]["uar"] == pytest.approx(clean, abs=0.01)
    assert found["as recorded"]["difference"] is None
    assert found["0 dB SNR"]["uar"] == 50.0
    assert found["0 dB SNR"]["difference"] == pytest.approx(50 - clean, abs=0.01)
    low, high = found["0 dB SNR"]["difference_interval"]
    assert low < 50 - clean < high < 0
    assert found["10 dB SNR"]["difference"] == 0
    assert found["10 dB SNR"]["difference_interval"] == [0, 0]
    assert {row["clips"] for row in rows} == {32}
    assert {row["speakers"] for row in rows} == {8}


def test_a_clip_without_an_answer_is_wrong_and_counted(made_run: ModuleType) -> None:
    changed = answer_changed(lambda condition: worse(made_run, condition), CONDITIONS)
    found = {row["of"]: row for row in robustness_results(table(made_run), changed, "made")}
    assert (found["Opus, 8 kbit/s"]["uar"], found["Opus, 8 kbit/s"]["unanswered"]) == (0.0, 32)
    assert found["0 dB SNR"]["unanswered"] == 0


def test_seeds_are_averaged_and_clips_are_not_counted_twice(made_run: ModuleType) -> None:
    clean = table(made_run, (0, 1))
    one = table(made_run).assign(seed=0)
    other = table(made_run).assign(seed=1, predicted="sad")
    changed = pd.concat([one, other]).assign(by="white noise", of="0 dB SNR")
    row = robustness_results(clean, changed, "made")[1]
    assert row["uar"] == pytest.approx((100 * (14 / 16 + 15 / 16) / 2 + 50) / 2, abs=0.01)
    assert row["clips"] == 32


def test_only_what_is_needed_is_kept(made_run: ModuleType) -> None:
    changed = answer_changed(lambda condition: worse(made_run, condition), CONDITIONS)
    assert not [name for name in changed if name.startswith("score_") or name == "votes"]
    assert {"id", "corpus", "speaker", "emotion", "predicted", "confidence", "by", "of"} <= set(changed)


def test_answers_to_fewer_conditions_are_told_from_those_to_all(made_run: ModuleType) -> None:
    changed = answer_changed(lambda condition: worse(made_run, condition), CONDITIONS)
    assert holds_conditions(changed)
    assert not holds_conditions(changed[changed["by"] != "length"])


def two_corpora() -> pd.DataFrame:
    """Return answers on many speakers of `a`, and on one of `b`, of whom one clip of four is told."""
    told = [("a", str(one), "happy", "happy") for one in range(9)]
    told += [("a", str(one), "sad", "happy") for one in range(9)]
    told += [("b", "0", "happy", label) for label in ("happy", "sad", "sad", NO_SPEECH)]
    table = pd.DataFrame(told, columns=["corpus", "speaker", "emotion", "predicted"])
    return table.assign(id=[f"{place:02d}" for place in range(len(table))], seed=0)


def test_an_emotion_counts_once_for_each_corpus() -> None:
    table = two_corpora()
    changed = table.assign(by="codec", of="any")
    clean, other = robustness_results(table, changed, "a", "b")
    assert clean["uar"] == other["uar"] == pytest.approx(100 * (1 + 0 + 1 / 4) / 3, abs=0.01)
    assert (clean["unanswered"], clean["speakers"], clean["clips"]) == (1, 10, 22)
    assert clean["interval_over"] == "speakers, and clips of b"


def test_no_resample_lacks_a_corpus() -> None:
    """All of `a` is lost and nothing of `b`: each resample says so by as many labels as there are."""
    table = two_corpora()
    right = table["emotion"]
    table = table.assign(predicted=right)
    changed = table.assign(by="codec", of="any", predicted=right.where(table["corpus"] == "b", "no"))
    row = robustness_results(table, changed, "a", "b")[1]
    assert row["difference"] == pytest.approx(-100 * 2 / 3, abs=0.01)
    assert row["difference_interval"] == [row["difference"]] * 2
