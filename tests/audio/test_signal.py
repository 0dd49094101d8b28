"""The one validator: shapes, widths, range."""

from __future__ import annotations

import numpy as np
import pytest

from affectone.audio import Signal, valid_rate, valid_samples
from affectone.errors import AudioValueError


def test_one_dimension_becomes_one_channel():
    assert valid_samples(np.zeros(10)).shape == (1, 10)


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        (np.uint8, -1.0, 127 / 128),
        (np.int8, -1.0, 127 / 128),
        (np.int16, -1.0, 32767 / 32768),
        (np.int32, -1.0, 1.0),
    ],
)
def test_integers_are_scaled_by_their_range(dtype, low, high):
    limits = np.iinfo(dtype)
    ends = valid_samples(np.array([limits.min, limits.max], dtype=dtype))
    assert ends[0].tolist() == [low, np.float32(high)]


def test_floats_outside_are_clipped():
    assert valid_samples([-3.0, 0.5, 2.0])[0].tolist() == [-1.0, 0.5, 1.0]


def test_the_array_given_is_not_changed():
    given = np.array([[2.0, -2.0]], dtype=np.float32)
    valid_samples(given)[0, 0] = 0.0
    assert given.tolist() == [[2.0, -2.0]]


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (np.zeros((2, 3, 4)), "must have shape"),
        ([], "no samples"),
        (np.zeros((1000, 2)), r"pass \(channels, samples\), which is the transpose"),
        (np.zeros(10, dtype=complex), "must be floats, or integers"),
        (
            np.zeros(10, dtype=">u2"),
            "must be floats, or integers of type uint8, int8, int16, int32; got uint16",
        ),
        ([[0.0, 1.0], [0.0]], "samples must be numbers, as many in each channel"),
        (["a", "b"], "must be floats, or integers"),
        ([0.0, np.nan, np.inf], "2 of 3 samples are NaN or infinite"),
        (np.array([1e300, 0.0]), "1 of 2 samples are NaN or infinite"),
    ],
)
def test_what_is_no_sound_is_refused(samples, words):
    with pytest.raises(AudioValueError, match=words):
        valid_samples(samples)


@pytest.mark.parametrize("rate", [0, 999, 10**9, 16000.0, True, "16000", None])
def test_an_impossible_rate_is_refused(rate):
    with pytest.raises(AudioValueError, match="sample_rate must be"):
        valid_rate(rate)


def test_a_signal_knows_its_length():
    signal = Signal(np.zeros((2, 8000)), 16000)
    assert (signal.channels, signal.duration) == (2, 0.5)
