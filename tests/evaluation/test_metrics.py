"""Metrics against scikit-learn and by hand, and intervals that mean something."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.evaluation import (
    accuracy,
    bootstrap_interval,
    confusion_matrix,
    macro_f1,
    unweighted_average_recall,
)

sklearn_metrics = pytest.importorskip("sklearn.metrics")


def answers(labels: int, clips: int, seed: int, share: float = 0.6) -> tuple[np.ndarray, np.ndarray]:
    """Return targets and answers of which about a share is right; the last label never occurs."""
    rng = np.random.default_rng(seed)
    target = rng.integers(0, labels - 1, clips)
    predicted = np.where(rng.random(clips) < share, target, rng.integers(0, labels - 1, clips))
    return target, predicted


CASES = st.tuples(st.integers(3, 9), st.integers(1, 200), st.integers(0, 10_000))


@given(case=CASES)
def test_uar_is_balanced_accuracy(case: tuple[int, int, int]) -> None:
    target, predicted = answers(*case)
    with warnings.catch_warnings():  # scikit-learn warns of answers that never were a target.
        warnings.simplefilter("ignore", UserWarning)
        expected = sklearn_metrics.balanced_accuracy_score(target, predicted)
    assert unweighted_average_recall(confusion_matrix(target, predicted, case[0])) == pytest.approx(expected)


@given(case=CASES)
def test_wa_is_accuracy(case: tuple[int, int, int]) -> None:
    target, predicted = answers(*case)
    expected = sklearn_metrics.accuracy_score(target, predicted)
    assert accuracy(confusion_matrix(target, predicted, case[0])) == pytest.approx(expected)


@given(case=CASES)
def test_f1_is_scikit_learns_over_the_labels_that_occur(case: tuple[int, int, int]) -> None:
    target, predicted = answers(*case)
    expected = sklearn_metrics.f1_score(
        target, predicted, labels=np.unique(target), average="macro", zero_division=0
    )
    assert macro_f1(confusion_matrix(target, predicted, case[0])) == pytest.approx(expected)


@given(case=CASES)
def test_the_matrix_is_scikit_learns(case: tuple[int, int, int]) -> None:
    target, predicted = answers(*case)
    expected = sklearn_metrics.confusion_matrix(target, predicted, labels=range(case[0]))
    assert np.array_equal(confusion_matrix(target, predicted, case[0]), expected)


def test_an_answer_that_never_was_a_target_only_costs_recall() -> None:
    matrix = confusion_matrix(np.array([0, 0, 1, 1]), np.array([0, 2, 1, 2]), 3)
    assert unweighted_average_recall(matrix) == 0.5
    assert macro_f1(matrix) == pytest.approx(2 / 3)


def test_metrics_of_many_matrices_at_once() -> None:
    matrices = np.stack([confusion_matrix(*answers(5, 80, seed), 5) for seed in range(6)]).reshape(2, 3, 5, 5)
    for metric in (unweighted_average_recall, accuracy, macro_f1):
        assert metric(matrices).shape == (2, 3)
        assert metric(matrices)[1, 2] == pytest.approx(float(metric(matrices[1, 2])))


@pytest.mark.parametrize(
    ("target", "predicted"),
    [
        (np.zeros((4, 1), int), np.zeros(4, int)),
        (np.zeros(4, int), np.zeros((4, 1), int)),
        (np.zeros((4, 1), int), np.zeros((4, 1), int)),
        (np.zeros(4, int), np.zeros(3, int)),
        (np.zeros(4, int), np.zeros(1, int)),
    ],
)
def test_other_shapes_are_refused(target: np.ndarray, predicted: np.ndarray) -> None:
    with pytest.raises(ValueError, match="target and predicted must be of one length; got"):
        confusion_matrix(target, predicted, 3)


@pytest.mark.parametrize(("target", "predicted"), [([0, 3], [0, 1]), ([0, 1], [0, 3]), ([-1, 1], [0, 1])])
def test_labels_that_are_not_there_are_refused(target: list[int], predicted: list[int]) -> None:
    with pytest.raises(ValueError, match="3 labels are 0 to 2; got "):
        confusion_matrix(np.array(target), np.array(predicted), 3)


def units(speakers: int, seeds: int = 1, clips: int = 40, start: int = 0) -> np.ndarray:
    """Return matrices ``(seeds, speakers, 4, 4)`` of speakers who differ in how well they are heard."""
    rng = np.random.default_rng(start)
    easy = rng.uniform(0.3, 0.9, speakers)
    return np.stack(
        [
            [
                confusion_matrix(*answers(5, clips, 1000 * seed + number + start, share), 5)[:4, :4]
                for number, share in enumerate(easy)
            ]
            for seed in range(seeds)
        ]
    )


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


METRICS = (unweighted_average_recall, accuracy, macro_f1)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("speakers", [8, 24, 91])
def test_the_interval_holds_the_value(metric, speakers: int) -> None:
    found = units(speakers)
    low, high = bootstrap_interval(found, metric)
    assert 0 <= low < float(metric(found.sum(axis=1)).mean()) < high <= 1


@pytest.mark.parametrize("metric", METRICS)
def test_the_interval_is_the_same_each_time(metric) -> None:
    assert bootstrap_interval(units(20), metric) == bootstrap_interval(units(20), metric)
    assert bootstrap_interval(units(20), metric) != bootstrap_interval(units(20), metric, seed=1)


def test_more_speakers_make_it_narrower() -> None:
    widths = [width(bootstrap_interval(units(count), accuracy)) for count in (8, 32, 128)]
    assert widths == sorted(widths, reverse=True)
    assert widths[2] == pytest.approx(widths[1] / 2, rel=0.3)


def test_more_clips_of_the_same_speakers_do_not_make_it_as_narrow() -> None:
    few, many = (width(bootstrap_interval(units(16, clips=clips), accuracy)) for clips in (100, 400))
    assert many > 0.8 * few


def test_copies_of_a_run_are_no_more_speakers() -> None:
    once = units(16)
    copied = np.repeat(once, 5, axis=0)
    assert bootstrap_interval(copied, accuracy) == pytest.approx(bootstrap_interval(once, accuracy))


def test_seeds_are_resampled_alike_and_averaged() -> None:
    one = width(bootstrap_interval(units(24), accuracy))
    five = width(bootstrap_interval(units(24, seeds=5), accuracy))
    assert five > 0.8 * one


def test_it_is_as_wide_as_theory_says() -> None:
    # Speakers of equal size: the mean of their accuracies has a normal interval.
    found = units(60, clips=50)
    shares = accuracy(found[0])
    expected = 2 * 1.96 * shares.std(ddof=1) / np.sqrt(60)
    assert width(bootstrap_interval(found, accuracy)) == pytest.approx(expected, rel=0.1)


def test_a_resample_without_some_label_is_scored_over_the_others() -> None:
    alone = np.zeros((1, 10, 3, 3), np.int64)
    alone[0, :9, 0, 0] = 4
    alone[0, 9, 1, 2] = 4
    low, high = bootstrap_interval(alone, unweighted_average_recall)
    assert (low, high) == (0.5, 1.0)
