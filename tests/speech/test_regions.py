"""Windows cut from regions: exact to the sample, nothing lost, nothing twice."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.errors import ConfigError
from affectone.speech import Region, Window, WindowCutter, speech_windows

RATE = 16000


def windows(*regions: tuple[int, int], window: float = 6.0, gap: float = 1.0) -> list[tuple[int, int, int]]:
    """Cut regions given in samples; return plain tuples."""
    cut = speech_windows(
        [Region(*region) for region in regions],
        sample_rate=RATE,
        window_seconds=window,
        max_gap_seconds=gap,
    )
    return [(window.start, window.end, window.speech_samples) for window in cut]


def test_no_region_gives_no_window() -> None:
    assert windows() == []


def test_regions_with_a_short_gap_share_a_window_that_counts_speech_alone() -> None:
    assert windows((100, 16000), (20000, 30000)) == [(100, 30000, 25900)]


def test_a_gap_of_exactly_the_limit_separates() -> None:
    assert windows((0, 16000), (32000, 48000)) == [(0, 16000, 16000), (32000, 48000, 16000)]


def test_a_gap_one_sample_under_the_limit_joins() -> None:
    assert windows((0, 16000), (31999, 48000)) == [(0, 48000, 32001)]


def test_a_window_may_be_filled_to_its_last_sample() -> None:
    assert windows((0, 48000), (50000, 96000)) == [(0, 96000, 94000)]


def test_one_sample_more_than_the_window_starts_a_new_one() -> None:
    assert windows((0, 48000), (50000, 96001)) == [(0, 48000, 48000), (50000, 96001, 46001)]


def test_a_long_region_is_split_evenly_into_the_fewest_parts() -> None:
    assert windows((1000, 1000 + 200_000)) == [
        (1000, 67666, 66666),
        (67666, 134333, 66667),
        (134333, 201000, 66667),
    ]


def test_speech_after_a_long_region_joins_its_last_part() -> None:
    assert windows((0, 100_000), (101_000, 110_000))[-1] == (50_000, 110_000, 59_000)


def test_a_window_of_no_sample_is_refused() -> None:
    with pytest.raises(ConfigError, match="window_seconds must be at least one sample; got 0"):
        speech_windows([], sample_rate=RATE, window_seconds=0.0)


def test_a_window_far_behind_what_is_settled_is_handed_out() -> None:
    cutter = WindowCutter(sample_rate=RATE, window_seconds=6.0)
    assert cutter.push([Region(0, 16000)], settled=31999) == []
    assert cutter.push([], settled=32000) == [Window(0, 16000, 16000)]


region_lists = st.lists(
    st.tuples(st.integers(0, 40_000), st.integers(1, 400_000)), min_size=1, max_size=12
).map(
    lambda steps: [
        Region(end - length, end)
        for end, (_, length) in zip(
            itertools.accumulate(gap + length for gap, length in steps), steps, strict=True
        )
    ]
)


@given(region_lists, st.floats(0.1, 10), st.floats(0, 2))
def test_every_sample_of_speech_lies_in_exactly_one_window(
    regions: list[Region], window: float, gap: float
) -> None:
    cut = speech_windows(regions, sample_rate=RATE, window_seconds=window, max_gap_seconds=gap)
    assert sum(part.speech_samples for part in cut) == sum(region.length for region in regions)
    assert all(before.end <= after.start for before, after in itertools.pairwise(cut))
    for part in cut:
        inside = [max(0, min(part.end, region.end) - max(part.start, region.start)) for region in regions]
        assert sum(inside) == part.speech_samples


@given(region_lists, st.floats(0.1, 10))
def test_no_window_is_longer_than_allowed(regions: list[Region], window: float) -> None:
    cut = speech_windows(regions, sample_rate=RATE, window_seconds=window)
    longest = int(window * RATE + 0.5)
    assert max(part.end - part.start for part in cut) <= longest


@given(region_lists, st.integers(1, 5))
def test_regions_may_come_in_any_portions(regions: list[Region], portion: int) -> None:
    cutter = WindowCutter(sample_rate=RATE, window_seconds=6.0)
    portions = [regions[at : at + portion] for at in range(0, len(regions), portion)]
    cut = [part for some in portions for part in cutter.push(some)] + cutter.finish()
    assert cut == speech_windows(regions, sample_rate=RATE, window_seconds=6.0)
