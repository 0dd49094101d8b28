"""Conversion between seconds and samples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.units import samples_to_seconds, seconds_to_samples

RATES = st.sampled_from([8000, 11025, 16000, 22050, 24414, 44100, 48000, 96000])


@pytest.mark.parametrize(
    ("samples", "expected"),
    [(0.5, 1), (1.5, 2), (2.5, 3), (0.499, 0), (-0.5, 0)],
    ids=lambda value: str(value),
)
def test_half_a_sample_is_rounded_up(samples: float, expected: int) -> None:
    # 8192 is a power of two, so that the half is exact in binary.
    assert seconds_to_samples(samples / 8192, 8192) == expected


@given(st.integers(0, 10 * 3600 * 96_000), RATES)
def test_samples_survive_the_way_through_seconds(samples: int, sample_rate: int) -> None:
    assert seconds_to_samples(samples_to_seconds(samples, sample_rate), sample_rate) == samples


@given(st.floats(0, 36_000), st.floats(0, 36_000), RATES)
def test_later_is_never_an_earlier_sample(one: float, other: float, sample_rate: int) -> None:
    first, second = sorted((one, other))
    assert seconds_to_samples(first, sample_rate) <= seconds_to_samples(second, sample_rate)


@given(st.integers(0, 10**6), st.integers(1, 4000))
def test_a_window_is_as_long_wherever_it_starts(start: int, length: int) -> None:
    # Python's own round, half to even, gives windows of half a sample too much two different lengths.
    end = seconds_to_samples((start + length + 0.5) / 8192, 8192)
    assert end - start == length + 1
