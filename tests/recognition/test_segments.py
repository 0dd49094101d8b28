"""Steps become segments: smoothed, slow to change, begun where the change was, ended by pauses and music."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.errors import ConfigError
from affectone.recognition.hearing import Heard
from affectone.recognition.segments import Joiner, Smoothing, Stretch, Told

PLAIN = Smoothing(weight=1.0, margin=0.1, min_seconds=2.0, max_pause=1.5)
NONE = np.zeros(0)


def step(at: int, scores: list[float] | None, *, length: int = 1) -> Told:
    """Return a step of so many seconds at a rate of 1 Hz."""
    if scores is None:
        return Told(at, at + length, 0, None, None)
    emotions = np.array(scores)
    heard = Heard(emotions, np.array([0.5, 0.5]), NONE, NONE, np.zeros(0, np.float32), length)
    return Told(at, at + length, length, heard, emotions)


def joined(steps: list[Told], smoothing: Smoothing = PLAIN) -> list[tuple[int, int, int | None]]:
    """Return start, end and likeliest label of each segment."""
    joiner = Joiner(smoothing, 1)
    ended: list[Stretch] = [stretch for one in steps for stretch in joiner.push(one)] + joiner.finish()
    return [
        (one.start, one.end, None if one.verdict is None else int(np.argmax(one.verdict.emotions)))
        for one in ended
    ]


A, B, AB = [0.9, 0.1], [0.2, 0.8], [0.47, 0.53]


def test_alike_steps_are_one_segment() -> None:
    assert joined([step(at, A) for at in range(5)]) == [(0, 5, 0)]


def test_a_change_that_stays_begins_where_it_was() -> None:
    assert joined([step(at, A if at < 3 else B) for at in range(6)]) == [(0, 3, 0), (3, 6, 1)]


def test_a_change_that_does_not_stay_is_none() -> None:
    assert joined([step(at, B if at == 2 else A) for at in range(6)]) == [(0, 6, 0)]


def test_a_change_at_the_end_that_had_no_time_to_stay_is_none() -> None:
    assert joined([step(0, A), step(1, A), step(2, B)]) == [(0, 3, 0)]


def test_a_lead_within_the_margin_is_no_change() -> None:
    steps = [step(0, A), *(step(at, AB) for at in range(1, 6))]
    assert joined(steps)[0][:2] == (0, 6)
    assert joined(steps, Smoothing(1.0, 0.0, 2.0, 1.5)) == [(0, 1, 0), (1, 6, 1)]


def test_scores_are_smoothed_before_they_are_compared() -> None:
    half = Smoothing(0.5, 0.1, 1.0, 1.5)
    # B leads by itself from 2 on; the running means there are 0.55 and 0.375.
    assert joined([step(at, A if at < 2 else B) for at in range(5)], half) == [(0, 3, 0), (3, 5, 1)]


def test_a_pause_ends_a_segment_and_forgets_the_running_mean() -> None:
    slow = Smoothing(0.1, 0.1, 2.0, 1.5)
    assert joined([step(0, A), step(1, A), step(5, B)], slow) == [(0, 2, 0), (5, 6, 1)]
    assert joined([step(0, A), step(2, A)], slow) == [(0, 3, 0)]


def test_a_segment_is_told_when_the_pause_is_too_long_and_not_before() -> None:
    joiner = Joiner(PLAIN, 1)
    assert joiner.push(step(0, A)) == []
    assert joiner.pause(3) == []
    (ended,) = joiner.pause(4)
    assert (ended.start, ended.end) == (0, 1)
    assert joiner.pause(9) == joiner.finish() == []


def test_music_is_a_segment_of_its_own() -> None:
    steps = [step(0, A), step(1, None), step(2, None), step(3, B)]
    assert joined(steps) == [(0, 1, 0), (1, 3, None), (3, 4, 1)]


def test_doubtful_steps_before_music_stay_with_the_speech() -> None:
    assert joined([step(0, A), step(1, B), step(2, None)]) == [(0, 2, 0), (2, 3, None)]


def test_scores_are_the_mean_by_speech() -> None:
    joiner = Joiner(PLAIN, 1)
    joiner.push(step(0, [0.9, 0.1], length=1))
    joiner.push(step(1, [0.6, 0.4], length=3))
    (ended,) = joiner.finish()
    assert ended.verdict is not None
    assert ended.verdict.emotions == pytest.approx([(0.9 + 3 * 0.6) / 4, (0.1 + 3 * 0.4) / 4])
    assert ended.verdict.speech_samples == 4


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=30),
    st.builds(Smoothing, st.floats(0.1, 1), st.floats(0, 0.5), st.floats(0, 5), st.floats(0, 3)),
)
def test_segments_are_in_order_and_hold_every_step_once(
    scores: list[float | None], smoothing: Smoothing
) -> None:
    steps = [step(at, None if one is None else [one, 1 - one]) for at, one in enumerate(scores)]
    found = joined(steps, smoothing)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(found))
    assert sum(end - start for start, end, _ in found) == len(steps)
    music = [at for start, end, label in found if label is None for at in range(start, end)]
    assert music == [at for at, one in enumerate(scores) if one is None]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weight": 0.0}, "weight must be above 0 and at most 1; got 0.0"),
        ({"weight": 1.1}, "weight must be above 0 and at most 1; got 1.1"),
        ({"margin": -0.1}, "margin must be from 0 to less than 1; got -0.1"),
        ({"min_seconds": -1.0}, "min_seconds must be a number of seconds, 0 or more; got -1.0"),
        ({"max_pause": float("inf")}, "max_pause must be a number of seconds, 0 or more; got inf"),
    ],
)
def test_settings_out_of_range_are_refused(changes: dict[str, float], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Smoothing(**changes)
    assert str(caught.value) == words
