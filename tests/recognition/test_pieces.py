"""Pieces of speech: no sample of it is lost, none is in two of them, and blocks do not matter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.recognition.pieces import LEAST, LONGEST, PAUSE, Piece, PieceCutter
from affectone.speech.network import FRAME

RUNS = st.lists(st.tuples(st.integers(1, 3 * LONGEST), st.integers(1, 3 * PAUSE)), max_size=3)
"""Frames of speech, and of the pause after it."""


def frames_of(runs: list[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    parts = [np.repeat([True, False], run) for run in runs]
    return np.concatenate([np.zeros(3, np.bool_), *parts])


def cut(speech: npt.NDArray[np.bool_], block: int) -> list[Piece]:
    sound = np.arange(speech.size * FRAME, dtype=np.float32)
    cutter = PieceCutter()
    pieces = []
    for start in range(0, speech.size, block):
        samples = sound[start * FRAME : (start + block) * FRAME]
        pieces += cutter.push(samples, speech[start : start + block])
    return pieces + cutter.finish()


@given(RUNS, st.integers(5, 200))
def test_all_speech_lies_in_one_piece_each_and_blocks_do_not_matter(
    runs: list[tuple[int, int]], block: int
) -> None:
    speech = frames_of(runs)
    pieces = cut(speech, block)
    within = np.zeros(speech.size, np.int64)
    for piece in pieces:
        within[piece.start // FRAME : piece.end // FRAME] += 1
        np.testing.assert_array_equal(piece.samples, np.arange(piece.start, piece.end, dtype=np.float32))
    assert (within[speech] == 1).all()
    assert within.max(initial=0) <= 1
    whole = cut(speech, speech.size)
    assert [(one.start, one.end) for one in pieces] == [(one.start, one.end) for one in whole]


@pytest.mark.parametrize(
    ("frames", "lengths"),
    [
        (LONGEST, [LONGEST]),
        (LONGEST + 2, [LONGEST // 2 + 1, LONGEST // 2 + 1]),
        (2 * LONGEST, [LONGEST, LONGEST]),
        (LONGEST + LEAST, [LONGEST, LEAST]),
    ],
)
def test_speech_without_a_pause_is_cut(frames: int, lengths: list[int]) -> None:
    pieces = cut(frames_of([(frames, 20)]), 7)
    assert [(one.end - one.start) // FRAME for one in pieces] == lengths


def test_a_long_pause_ends_a_piece_and_a_short_one_does_not() -> None:
    assert len(cut(frames_of([(10, PAUSE), (10, 1)]), 5)) == 2
    assert len(cut(frames_of([(10, PAUSE - 1), (10, 1)]), 5)) == 1


def test_little_is_held() -> None:
    cutter = PieceCutter()
    for speech in (True, False) * 50:
        cutter.push(np.zeros(100 * FRAME, np.float32), np.full(100, speech))
        assert cutter._samples.size <= (LONGEST + LEAST) * FRAME
