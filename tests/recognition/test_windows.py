"""Steps cover a recording once, stand in the middle of their windows, and are known when these have ended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.errors import ConfigError
from affectone.recognition import Recognizer
from affectone.recognition.windows import Grid, Place

LENGTHS = st.integers(1, 60)


def test_by_hand() -> None:
    grid = Grid(window=6, hop=2)
    assert list(grid.places(0, 9, ended=True)) == [
        Place(0, 2, 0, 4),
        Place(2, 4, 0, 6),
        Place(4, 6, 2, 8),
        Place(6, 8, 4, 9),
        Place(8, 9, 6, 9),
    ]
    assert list(grid.places(0, 7, ended=False)) == [Place(0, 2, 0, 4), Place(2, 4, 0, 6)]


@given(LENGTHS, st.integers(1, 20), st.integers(0, 20))
def test_steps_cover_all_samples_once(known: int, hop: int, more: int) -> None:
    places = list(Grid(hop + more, hop).places(0, known, ended=True))
    assert [places[0].start, *(place.end for place in places)] == [*(place.start for place in places), known]
    for place in places:
        assert 0 <= place.window_start <= place.start < place.end <= place.window_end <= known
        assert place.window_end - place.window_start <= hop + more


@given(st.lists(LENGTHS, min_size=1, max_size=6), st.integers(1, 20), st.integers(0, 20))
def test_steps_are_the_same_as_sound_comes_in(blocks: list[int], hop: int, more: int) -> None:
    grid, known, found = Grid(hop + more, hop), 0, []
    for block in blocks:
        known += block
        found += grid.places(len(found), known, ended=False)
    found += grid.places(len(found), known, ended=True)
    assert found == list(grid.places(0, known, ended=True))


@pytest.mark.parametrize(
    ("window", "hop", "words"),
    [
        (0.4, 0.2, "window must be from 0.5 to 6 s, which this model hears at once; got 0.4"),
        (6.1, 1.0, "window must be from 0.5 to 6 s, which this model hears at once; got 6.1"),
        (float("nan"), 1.0, "window must be from 0.5 to 6 s, which this model hears at once; got nan"),
        (3.0, 3.5, "hop must be from 0.1 s to the window's 3 s; got 3.5"),
        (3.0, 0.0, "hop must be from 0.1 s to the window's 3 s; got 0.0"),
    ],
)
def test_windows_that_a_model_cannot_hear_are_refused(
    recognizer: Recognizer, window: float, hop: float, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        Grid.of(recognizer.card, window, hop)
    assert str(caught.value) == words
