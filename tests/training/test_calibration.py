"""Temperatures that are known are found, and errors that are known are measured."""

from __future__ import annotations

import numpy as np
import pytest

from affectone.training.calibration import expected_calibration_error, fit_temperature, probabilities


def world(clips: int = 20_000, labels: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Return logits and targets drawn from their own softmax: calibrated at temperature 1."""
    rng = np.random.default_rng(9)
    logits = rng.normal(0, 2, (clips, labels))
    drawn = rng.random(clips)[:, None] > np.cumsum(probabilities(logits, 1.0), axis=1)
    return logits, np.minimum(drawn.sum(axis=1), labels - 1)


def test_probabilities_are_the_softmax() -> None:
    found = probabilities(np.array([[0.0, np.log(3.0)], [1000.0, 0.0]]), 1.0)
    np.testing.assert_allclose(found, [[0.25, 0.75], [1.0, 0.0]], atol=1e-12)


def test_probabilities_at_a_temperature() -> None:
    found = probabilities(np.array([0.0, 2 * np.log(3.0)], np.float32), 2.0)
    np.testing.assert_allclose(found, [0.25, 0.75], atol=1e-6)
    assert found.dtype == np.float64


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5, 8.0])
def test_a_known_temperature_is_found(temperature: float) -> None:
    logits, target = world()
    assert fit_temperature(temperature * logits, target) == pytest.approx(temperature, rel=0.04)


def test_logits_times_three_are_temperature_times_three() -> None:
    logits, target = world(500)
    assert fit_temperature(3 * logits, target) == pytest.approx(3 * fit_temperature(logits, target), rel=1e-3)


def test_masked_labels_do_not_matter() -> None:
    logits, target = world(500)
    masked = np.concatenate([logits, np.full((500, 2), -1e4)], axis=1)
    assert fit_temperature(masked, target) == pytest.approx(fit_temperature(logits, target), rel=1e-3)


def test_it_is_the_best_temperature() -> None:
    logits, target = world(300)

    def loss(temperature: float) -> float:
        return float(-np.log(probabilities(logits, temperature)[np.arange(300), target]).mean())

    best = fit_temperature(logits, target)
    assert all(loss(best) <= loss(best * factor) for factor in (0.8, 0.97, 1.03, 1.25))


@pytest.mark.parametrize("always", [True, False])
def test_answers_that_are_all_right_or_all_wrong_stay_within_bounds(always: bool) -> None:
    logits = np.tile([[5.0, 0.0]], (50, 1))
    found = fit_temperature(logits, np.zeros(50, int) if always else np.ones(50, int))
    assert 0.04 < found < 21


def test_no_clips_leave_the_logits_as_they_are() -> None:
    assert fit_temperature(np.zeros((0, 2)), np.zeros(0, int)) == 1.0


def test_what_is_calibrated_has_no_error() -> None:
    logits, target = world()
    assert expected_calibration_error(probabilities(logits, 1.0), target) < 0.012


@pytest.mark.parametrize("factor", [0.3, 4.0])
def test_too_timid_and_too_sure_have_an_error_that_the_temperature_mends(factor: float) -> None:
    logits, target = world()
    before = expected_calibration_error(probabilities(factor * logits, 1.0), target)
    after = expected_calibration_error(
        probabilities(factor * logits, fit_temperature(factor * logits, target)), target
    )
    assert before > 0.1
    assert after < 0.015


def test_an_error_worked_out_by_hand() -> None:
    # Bins of 0.1: at 0.95 one of two is right, at 0.65 both, at 0.55 none of one.
    sure = [0.95, 0.95, 0.65, 0.65, 0.55]
    scores = np.array([[p, 1 - p] for p in sure])
    target = np.array([0, 1, 0, 0, 1])
    expected = (2 * abs(0.95 - 0.5) + 2 * abs(0.65 - 1.0) + abs(0.55 - 0.0)) / 5
    assert expected_calibration_error(scores, target, bins=10) == pytest.approx(expected)


@pytest.mark.parametrize(("target", "error"), [([0, 0], 0.0), ([1, 1], 1.0), ([0, 1], 0.5)])
def test_full_confidence_is_in_the_last_bin(target: list[int], error: float) -> None:
    assert expected_calibration_error(np.array([[1.0, 0.0]] * 2), np.array(target)) == error
