"""Mel filters against their formula and against librosa's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.errors import ConfigError
from affectone.features import hertz_to_mel, mel_filters, mel_to_hertz


def filters(**changes: float) -> np.ndarray:
    settings = {"sample_rate": 16000, "n_fft": 1024, "bands": 64, "lowest": 50.0, "highest": 7600.0}
    return mel_filters(**(settings | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("hertz", "mels"), [(0.0, 0.0), (700.0, 2595 * np.log10(2)), (1000.0, 999.9855)])
def test_mels_by_the_formula(hertz: float, mels: float) -> None:
    assert hertz_to_mel(hertz) == pytest.approx(mels, abs=1e-3)


@given(st.floats(0, 24000))
def test_there_and_back(hertz: float) -> None:
    assert mel_to_hertz(hertz_to_mel(hertz)) == pytest.approx(hertz, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("rate", "n_fft", "bands", "lowest", "highest"),
    [
        (16000, 1024, 64, 50.0, 7600.0),
        (16000, 512, 40, 0.0, 8000.0),
        (8000, 512, 32, 100.0, 3700.0),
        (22050, 2048, 80, 20.0, 11025.0),
    ],
)
def test_filters_equal_librosas(rate: int, n_fft: int, bands: int, lowest: float, highest: float) -> None:
    librosa = pytest.importorskip("librosa")
    expected = librosa.filters.mel(
        sr=rate, n_fft=n_fft, n_mels=bands, fmin=lowest, fmax=highest, htk=True, norm=None
    )
    found = mel_filters(sample_rate=rate, n_fft=n_fft, bands=bands, lowest=lowest, highest=highest)
    np.testing.assert_allclose(found, expected.T, atol=1e-6)


def test_shape_and_type() -> None:
    assert (filters().shape, filters().dtype) == ((513, 64), np.float32)


def test_neighbours_sum_to_one_between_the_outer_peaks() -> None:
    peaks = mel_to_hertz(np.linspace(hertz_to_mel(50.0), hertz_to_mel(7600.0), 66))[[1, -2]]
    frequencies = np.linspace(0, 8000, 513)
    between = (frequencies >= peaks[0]) & (frequencies <= peaks[1])
    np.testing.assert_allclose(filters().sum(axis=1)[between], 1.0, atol=1e-5)


def test_nothing_outside_the_edges() -> None:
    frequencies = np.linspace(0, 8000, 513)
    outside = (frequencies <= 300) | (frequencies >= 3400)
    assert not filters(lowest=300.0, highest=3400.0, bands=32)[outside].any()


@pytest.mark.parametrize(
    ("lowest", "highest"), [(7600.0, 50.0), (50.0, 8001.0), (-1.0, 7600.0), (50.0, 50.0)]
)
def test_edges_out_of_order_are_refused(lowest: float, highest: float) -> None:
    with pytest.raises(ConfigError) as refusal:
        filters(lowest=lowest, highest=highest)
    assert str(refusal.value) == (
        f"mel filters need 0 <= lowest < highest <= 8000 Hz; got {lowest:g} and {highest:g}"
    )


def test_more_bands_than_frequencies_are_refused() -> None:
    with pytest.raises(ConfigError, match="200 mel bands are too many for 512 points: some filter would be"):
        filters(n_fft=512, bands=200)
