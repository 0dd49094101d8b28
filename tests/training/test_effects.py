"""What an emotion adds to a voice's states, told from whose voice it is."""

from __future__ import annotations

import numpy as np
import pytest

from affectone.training.effects import emotion_effects

LABELS, NUMBERS = 4, 6
RNG = np.random.default_rng(5)
VOICES, EMOTIONS = RNG.normal(0, 3, (9, NUMBERS)), RNG.normal(0, 1, (LABELS, NUMBERS))
EMOTIONS -= EMOTIONS.mean(axis=0)


def clips(cells: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return states, emotions and speakers of ``(speaker, emotion, clips)``; states are just the sum."""
    rows = [(speaker, emotion) for speaker, emotion, many in cells for _ in range(many)]
    speakers, emotions = np.array(rows).T
    return VOICES[speakers] + EMOTIONS[emotions], emotions, speakers.astype(str)


def test_sums_of_a_voice_and_an_emotion_are_taken_apart_however_unbalanced() -> None:
    everyone = [(voice, emotion, 1 + (voice * emotion) % 5) for voice in range(9) for emotion in range(3)]
    cells = [*everyone, (2, 3, 7)]  # One speaker alone has the last emotion.
    states, emotions, speakers = clips(cells)
    found = emotion_effects(states, emotions, speakers, LABELS)
    np.testing.assert_allclose(found, EMOTIONS + VOICES.mean(axis=0), atol=1e-4)
    plain = states[emotions == 3].mean(axis=0)
    assert np.abs(plain - found[3]).max() > 1  # The plain mean is that speaker's voice.


def test_the_order_of_clips_does_not_matter() -> None:
    states, emotions, speakers = clips([(0, 0, 3), (0, 1, 2), (1, 0, 1), (1, 2, 4), (2, 3, 1), (2, 0, 1)])
    order = RNG.permutation(len(states))
    one = emotion_effects(states, emotions, speakers, LABELS)
    other = emotion_effects(states[order], emotions[order], speakers[order], LABELS)
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_an_emotion_without_clips_has_the_states_of_the_average_speaker() -> None:
    states, emotions, speakers = clips([(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1)])
    found = emotion_effects(states, emotions, speakers, LABELS)
    assert found.shape == (LABELS, NUMBERS)
    np.testing.assert_allclose(found[2], found[3], atol=1e-5)
    np.testing.assert_allclose(found[2], (found[0] + found[1]) / 2, atol=1e-4)


def test_one_clip_is_enough_to_answer() -> None:
    states, emotions, speakers = clips([(0, 1, 1)])
    assert np.isfinite(emotion_effects(states, emotions, speakers, LABELS)).all()


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_effects_grow_with_the_states(scale: float) -> None:
    states, emotions, speakers = clips([(s, e, 2) for s in range(4) for e in range(LABELS)])
    found = emotion_effects(scale * states, emotions, speakers, LABELS)
    np.testing.assert_allclose(found, scale * emotion_effects(states, emotions, speakers, LABELS), rtol=1e-4)
