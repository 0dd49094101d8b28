"""Adaptation: what is taken for a voice, what for an emotion, and how much of it."""

from __future__ import annotations

import numpy as np
import pytest

import affectone
from affectone.errors import AudioValueError, ConfigError
from affectone.models.card import Shrinkage
from affectone.recognition.adaptation import StateSums

RNG = np.random.default_rng(11)
EMOTIONS = RNG.normal(0, 0.6, (4, 50))
EMOTIONS -= EMOTIONS.mean(axis=0)
VOICE = RNG.normal(0, 0.8, 50)
FAST = Shrinkage(mean=1e-6, scale=1e-6)


def sums_of(emotions: list[int], spread: float = 0.0, shrinkage: Shrinkage = FAST) -> StateSums:
    """Return the sums over windows of one voice, whose emotions the model hears rightly."""
    sums = StateSums(EMOTIONS, shrinkage)
    states = VOICE + EMOTIONS[emotions] + spread * RNG.normal(size=(len(emotions), 50))
    sums.add(states, np.eye(4)[emotions])
    return sums


@pytest.mark.parametrize("emotions", [[0, 1, 2, 3], [2] * 7, [0] * 8 + [3] * 2])
def test_the_voice_is_found_whatever_the_emotions(emotions: list[int]) -> None:
    np.testing.assert_allclose(sums_of(emotions).scale().mean, VOICE, atol=1e-5)


def test_a_model_that_hears_nothing_takes_the_emotion_for_the_voice() -> None:
    sums = StateSums(EMOTIONS, FAST)
    sums.add(VOICE + EMOTIONS[[2] * 5], np.full((5, 4), 0.25))
    np.testing.assert_allclose(sums.scale().mean, VOICE + EMOTIONS[2], atol=1e-5)


def test_one_emotion_does_not_make_the_spread_small() -> None:
    """Of one emotion alone the states spread less; a scale taken of these would blow up everything else."""
    both = [sums_of(emotions, 0.7).scale().scale for emotions in ([0, 1, 2, 3] * 200, [2] * 800)]
    expected = np.sqrt(0.7**2 + EMOTIONS.var(axis=0))
    for scale in both:
        np.testing.assert_allclose(scale, expected, rtol=0.12)


@pytest.mark.parametrize(("windows", "share"), [(1, 1 / 11), (10, 1 / 2), (90, 0.9)])
def test_few_windows_count_little(windows: int, share: float) -> None:
    scale = sums_of([windows % 4] * windows, shrinkage=Shrinkage(mean=10.0, scale=40.0)).scale()
    np.testing.assert_allclose(scale.mean, share * VOICE, atol=1e-5)
    spread = (windows * EMOTIONS.var(axis=0) + 40) / (windows + 40)
    np.testing.assert_allclose(scale.scale, np.sqrt(spread), rtol=1e-5)


def test_windows_may_come_in_any_portions() -> None:
    states, emotions = RNG.normal(size=(9, 50)), RNG.dirichlet(np.ones(4), 9)
    whole, parts = StateSums(EMOTIONS, Shrinkage()), StateSums(EMOTIONS, Shrinkage())
    whole.add(states, emotions)
    for part in (slice(0, 1), slice(1, 6), slice(6, 9)):
        parts.add(states[part], emotions[part])
    assert whole.windows == parts.windows == 9
    np.testing.assert_allclose(whole.scale().mean, parts.scale().mean, atol=1e-6)
    np.testing.assert_allclose(whole.scale().scale, parts.scale().scale, atol=1e-6)


def test_nothing_to_adapt_to_is_told() -> None:
    with pytest.raises(AudioValueError, match="no speech to adapt to"):
        StateSums(EMOTIONS, Shrinkage()).scale()


def test_a_model_without_states_says_that_it_cannot_be_adapted() -> None:
    with pytest.raises(ConfigError, match=r"model edge@.* cannot be adapted"):
        affectone.Recognizer("edge").adapt("self")
