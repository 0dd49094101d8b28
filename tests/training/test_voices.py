"""Draws adapted to their speaker."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from affectone.features.standardize import Statistics
from affectone.models.card import Shrinkage
from affectone.recognition.adaptation import StateSums
from affectone.training.cache import ClipFrames
from affectone.training.effects import emotion_effects
from affectone.training.voices import Voices

RNG = np.random.default_rng(7)
PEOPLE, EACH, NUMBERS = 6, 40, 12
SPEAKERS = np.repeat([f"made/{number}" for number in range(PEOPLE)], EACH)
EMOTIONS = np.tile(np.arange(4), PEOPLE * EACH // 4)
SHIFTS = RNG.normal(0, 2, (PEOPLE, NUMBERS))
STATES = (
    RNG.normal(0, 1, (4, NUMBERS))[EMOTIONS]
    + np.repeat(SHIFTS, EACH, axis=0)
    + RNG.normal(0, 0.5, (PEOPLE * EACH, NUMBERS))
).astype(np.float32)
CLIPS = [ClipFrames((row,), "") for row in STATES]
SCALE = Statistics.of(STATES.astype(np.float64))
ROWS = np.arange(len(STATES))


class Fixed(np.random.Generator):
    """Always the same number."""

    def __init__(self, number: float) -> None:
        super().__init__(np.random.PCG64(0))
        self._number = number

    def random(self, size: int) -> npt.NDArray[np.float64]:  # type: ignore[override]
        return np.full(size, self._number)


@pytest.fixture(scope="module")
def voices() -> Voices:
    return Voices.of(CLIPS, SCALE, EMOTIONS, SPEAKERS)


def test_a_draw_is_what_a_recogniser_hears_that_is_adapted_to_all_clips(voices: Voices) -> None:
    drawn = voices.adapted(STATES, ROWS, 1.0, Fixed(1 - 1e-12))
    states = SCALE.applied(STATES.astype(np.float64))
    effects = emotion_effects(states, EMOTIONS, SPEAKERS, 4)
    for person in range(PEOPLE):
        own = np.flatnonzero(np.unique(SPEAKERS, return_inverse=True)[1] == person)
        sums = StateSums(effects, Shrinkage())
        sums.add(states[own], np.eye(4)[EMOTIONS[own]])
        scale = sums.scale()
        wanted = (states[own] - scale.mean) / scale.scale * SCALE.divisor + SCALE.mean
        np.testing.assert_allclose(drawn[own], wanted, rtol=0, atol=2e-3)


def test_speakers_come_nearer_to_each_other_and_emotions_do_not(voices: Voices) -> None:
    drawn = voices.adapted(STATES, ROWS, 1.0, Fixed(1 - 1e-12))

    def spread(rows: npt.NDArray[np.float32], groups: npt.NDArray[np.generic]) -> float:
        return float(
            np.stack([rows[groups == group].mean(axis=0) for group in np.unique(groups)]).std(axis=0).mean()
        )

    assert spread(drawn, SPEAKERS) < 0.5 * spread(STATES, SPEAKERS)
    assert spread(drawn, EMOTIONS) == pytest.approx(spread(STATES, EMOTIONS), rel=0.3)


def test_few_clips_change_less_than_many(voices: Voices) -> None:
    far = [
        np.abs(voices.adapted(STATES, ROWS, 1.0, Fixed(place)) - STATES).mean() for place in (0.0, 0.5, 0.99)
    ]
    assert 0 < far[0] < far[1] < far[2]


def test_the_share_of_draws_is_the_share_that_changes(voices: Voices) -> None:
    for share in (0.0, 0.3, 1.0):
        drawn = voices.adapted(STATES, ROWS, share, np.random.default_rng(1))
        changed = (drawn != STATES).any(axis=1).mean()
        assert changed == pytest.approx(share, abs=0.1)


def test_the_draw_is_decided_by_the_seed_and_leaves_the_states_alone(voices: Voices) -> None:
    before = STATES.copy()
    first, again = (voices.adapted(STATES, ROWS, 0.5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(STATES, before)


def test_a_speaker_of_one_clip_is_taken(voices: Voices) -> None:
    lone = Voices.of(CLIPS[:41], SCALE, EMOTIONS[:41], SPEAKERS[:41])
    drawn = lone.adapted(STATES[:41], ROWS[:41], 1.0, np.random.default_rng(0))
    assert np.isfinite(drawn).all()
