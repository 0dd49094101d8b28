"""`extract`: what it gives for one set, several, a preset; functionals; and settings."""

from __future__ import annotations

import ctypes
import signal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import affectone
from affectone.errors import ConfigError
from affectone.features import DEFAULT_FUNCTIONALS, FUNCTIONALS, Settings, extract, smile
from affectone.features.functionals import functionals_of

RATE = 16000
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)


def test_it_is_public() -> None:
    assert affectone.extract is extract


def test_several_sets_come_by_name_in_the_order_asked_for() -> None:
    found = extract(TONE, ["rms", "chroma"], sample_rate=RATE)
    assert [(name, features.values.shape) for name, features in found.items()] == [
        ("rms", (32, 1)),
        ("chroma", (32, 12)),
    ]


def test_one_set_in_a_list_is_still_a_mapping() -> None:
    assert list(extract(TONE, ["rms"], sample_rate=RATE)) == ["rms"]


def test_a_row_joins_sets_in_the_order_asked_for() -> None:
    row = extract(TONE, ["zcr", "rms"], sample_rate=RATE, level="clip", functionals=["mean", "max"])
    assert row.names == ("zcr_mean", "zcr_max", "rms_mean", "rms_max")
    frames = extract(TONE, ["zcr", "rms"], sample_rate=RATE)
    assert row["rms_max"] == frames["rms"].values.max()


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("mfcc", "mfcc_00_mean"),
        ("mel", "mel_128_std"),
        ("chroma", "chroma_A_median"),
        ("contrast", "contrast_7_q75"),
        ("mfcc_delta2", "mfcc_delta2_39_max"),
        ("pitch", "pitch_hz_mean"),
    ],
)
def test_columns_have_the_names_of_the_documentation(name: str, column: str) -> None:
    assert column in extract(TONE, name, sample_rate=RATE, level="clip").names


def test_the_functionals_of_openSMILE_are_its_own() -> None:  # noqa: N802 - its name
    row = extract(TONE, ["egemaps", "rms"], sample_rate=RATE, level="clip", functionals="mean")
    assert len(row.names) == 88 + 1
    assert {"loudness_sma3_amean", "rms_mean"} <= set(row.names)


def test_channels_are_averaged_and_the_rate_is_changed() -> None:
    both = np.stack([np.repeat(TONE, 2), np.zeros(2 * RATE)])
    found = extract(both, "rms", sample_rate=2 * RATE)
    np.testing.assert_allclose(found.values[3:-3], 0.25 / np.sqrt(2), rtol=2e-2)


def test_what_was_wrong_with_a_recording_is_told() -> None:
    silence = extract(np.zeros(RATE), ["rms"], sample_rate=RATE)["rms"]
    row = extract(np.zeros(RATE), "rms", sample_rate=RATE, level="clip")
    assert silence.warnings == row.warnings
    assert "silen" in silence.warnings[0]


def test_frames_become_a_table_by_time() -> None:
    table = extract(TONE, "chroma", sample_rate=RATE).to_frame()
    assert (table.shape, table.index.name, table.columns[9]) == ((32, 12), "time", "chroma_A")
    assert table.index[1] == pytest.approx(512 / RATE)


def test_a_row_becomes_a_table_of_one_row() -> None:
    table = extract(TONE, "mfcc40", sample_rate=RATE, level="clip").to_frame()
    assert (table.shape, table.columns[0]) == ((1, 40), "mfcc_00_mean")


def test_a_preset_takes_what_it_fixes_anyway_and_other_settings() -> None:
    settings = Settings(hop=256).changed(n_mfcc=13)
    alone = extract(TONE, "mfcc", sample_rate=RATE, level="clip", functionals="mean", settings=settings)
    found = extract(TONE, "mfcc13", sample_rate=RATE, level="clip", settings=settings)
    np.testing.assert_array_equal(found.values, alone.values)


def test_a_rate_too_low_for_a_pitch_is_no_hindrance_to_other_sets() -> None:
    found = extract(TONE, "rms", sample_rate=RATE, settings=Settings(sample_rate=1000))
    assert found.values.shape == (2, 1)


def test_an_interrupt_while_openSMILE_calls_back_is_not_lost(  # noqa: N802 - its name
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Interrupted:
        def process_signal(self, *_: object) -> pd.DataFrame:
            ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(signal.SIGINT))()
            return pd.DataFrame({"a": [1.0]})

    monkeypatch.setattr(smile, "_smile", lambda *_: Interrupted())
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        extract(TONE, "egemaps", sample_rate=RATE, level="clip")
    assert signal.getsignal(signal.SIGINT) is handler


def test_fewer_mfcc_are_the_first_ones() -> None:
    few, many = (extract(TONE, name, sample_rate=RATE, level="clip").values for name in ("mfcc13", "mfcc40"))
    np.testing.assert_array_equal(few, many[:13])


def test_a_preset_keeps_the_other_settings() -> None:
    row = extract(TONE, "mfcc13", sample_rate=RATE, level="clip", settings=Settings(hop=160))
    frames = extract(TONE, "mfcc", sample_rate=RATE, settings=Settings(hop=160, n_mfcc=13))
    np.testing.assert_allclose(row.values, frames.values.mean(axis=0), rtol=1e-4, atol=1e-4)


def columns() -> np.ndarray:
    generator = np.random.default_rng(5)
    return np.asarray(generator.gamma(2.0, size=(400, 3)), np.float32)


@pytest.mark.parametrize("name", ["skew", "kurtosis"])
def test_shapes_of_distributions_are_scipys(name: str) -> None:
    stats = pytest.importorskip("scipy.stats")
    theirs = getattr(stats, name)(columns().astype(float), axis=0)
    np.testing.assert_allclose(functionals_of(columns(), [name])[:, 0], theirs, rtol=1e-9)


def test_quantiles_lie_where_they_should() -> None:
    ramp = np.arange(101, dtype=np.float32)[:, np.newaxis]
    names = ["min", "q05", "q25", "median", "q75", "q95", "max", "range", "mean"]
    np.testing.assert_allclose(functionals_of(ramp, names)[0], [0, 5, 25, 50, 75, 95, 100, 100, 50])


def test_frames_without_a_number_are_left_out() -> None:
    gaps = np.array([[1.0, 5.0], [np.nan, 7.0], [3.0, 9.0]], np.float32)
    np.testing.assert_allclose(functionals_of(gaps, ["mean", "max"]), [[2, 3], [7, 9]])


def test_a_column_without_any_number_gives_zeros() -> None:
    assert not functionals_of(np.full((4, 1), np.nan, np.float32), list(FUNCTIONALS)).any()


@given(st.integers(1, 20), st.floats(-1e6, 1e6, width=32))
def test_a_constant_column_has_finite_functionals(frames: int, value: float) -> None:
    summed = functionals_of(np.full((frames, 1), value, np.float32), list(FUNCTIONALS))[0]
    got = dict(zip(FUNCTIONALS, summed, strict=True))
    assert np.isfinite(summed).all()
    assert got["skew"] == got["kurtosis"] == got["range"] == 0
    assert got["mean"] == pytest.approx(value, rel=1e-9)


def test_the_default_functionals_exist() -> None:
    assert set(DEFAULT_FUNCTIONALS) <= set(FUNCTIONALS)


def test_equal_settings_have_equal_digests_and_others_have_not() -> None:
    assert Settings(hop=512).digest == Settings().digest
    assert Settings(hop=256).digest != Settings().digest


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().hop = 3  # type: ignore[misc]


def test_changed_settings_are_checked_again() -> None:
    assert Settings().changed(n_mfcc=20).n_mfcc == 20
    with pytest.raises(ConfigError, match="n_mfcc must be at most n_mels"):
        Settings(n_mels=40).changed(n_mfcc=41)
