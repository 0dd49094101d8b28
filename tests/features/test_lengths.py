"""Padding and cutting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.features import pad_or_cut

THREE = np.array([[1, 10], [2, 20], [3, 30]], np.float32)


@pytest.mark.parametrize(
    ("mode", "first_column"),
    [("zero", [1, 2, 3, 0, 0, 0, 0]), ("edge", [1, 2, 3, 3, 3, 3, 3]), ("repeat", [1, 2, 3, 1, 2, 3, 1])],
)
def test_what_follows_the_last_frame(mode: str, first_column: list[int]) -> None:
    longer = pad_or_cut(THREE, 7, mode)  # type: ignore[arg-type]
    np.testing.assert_array_equal(longer[:, 0], first_column)
    np.testing.assert_array_equal(longer[:, 1], np.multiply(first_column, 10))


@given(st.integers(1, 30), st.integers(1, 30), st.sampled_from(["zero", "edge", "repeat"]))
def test_the_length_is_exact_and_the_beginning_is_kept(there: int, wanted: int, mode: str) -> None:
    values = np.arange(2.0 * there, dtype=np.float32).reshape(there, 2)
    done = pad_or_cut(values, wanted, mode)  # type: ignore[arg-type]
    assert done.shape == (wanted, 2)
    assert done.dtype == np.float32
    kept = min(there, wanted)
    np.testing.assert_array_equal(done[:kept], values[:kept])
