"""What every registered feature set and preset keeps to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from affectone.errors import AudioValueError
from affectone.features import FEATURES, FUNCTIONALS, PRESETS, ClipFeatures, Features, Settings, extract

RATE = 16000
NAMES = [entry.name for entry in FEATURES]
FRAME_SETS = [entry.name for entry in FEATURES if "frames" in entry.value.levels]
GRID = [name for name in FRAME_SETS if name not in ("egemaps", "compare")]
"""Sets on the frames of the spectrogram."""


def voice(seconds: float = 1.5) -> np.ndarray:
    """Return a hum with noise, in steps that a file of 16 bits can hold."""
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(150 + 20 * np.sin(2 * np.pi * time)) / RATE
    hum = sum(np.sin(harmonic * phase) / harmonic for harmonic in range(1, 12))
    noisy = 0.2 * hum + 0.01 * np.random.default_rng(3).normal(size=time.size)
    return np.round(noisy * 32768).astype(np.int16)


VOICE = voice()


@pytest.mark.parametrize("name", FRAME_SETS)
def test_frames_have_a_time_and_columns_a_name(name: str) -> None:
    found = extract(VOICE, name, sample_rate=RATE)
    assert isinstance(found, Features)
    assert found.name == name
    assert found.values.dtype == np.float32
    assert found.values.shape == (len(found.times), len(set(found.names)))
    assert (np.diff(found.times) > 0).all()
    assert found.times[0] >= 0
    assert found.times[-1] <= len(VOICE) / RATE


@pytest.mark.parametrize("name", FRAME_SETS)
def test_only_pitch_may_be_no_number(name: str) -> None:
    found = extract(VOICE, name, sample_rate=RATE)
    gaps = {column for column in found.names if not np.isfinite(found[column]).all()}
    assert gaps <= {"pitch_hz"}


def test_all_sets_on_the_spectrograms_frames_have_the_same_times() -> None:
    found = extract(VOICE, GRID, sample_rate=RATE)
    assert len({tuple(features.times) for features in found.values()}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_is_one_row_of_finite_named_numbers(name: str) -> None:
    found = extract(VOICE, name, sample_rate=RATE, level="clip")
    assert isinstance(found, ClipFeatures)
    assert found.values.dtype == np.float32
    assert found.values.shape == (len(set(found.names)),)
    assert np.isfinite(found.values).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_file_and_its_samples_measure_the_same(name: str, tmp_path: Path) -> None:
    sf.write(tmp_path / "clip.wav", VOICE, RATE, subtype="PCM_16")
    of_file = extract(tmp_path / "clip.wav", name, level="clip")
    of_samples = extract(VOICE, name, sample_rate=RATE, level="clip")
    np.testing.assert_array_equal(of_file.values, of_samples.values)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_measured_before_does_not_matter(name: str) -> None:
    alone = extract(VOICE, name, sample_rate=RATE, level="clip")
    extract(np.random.default_rng(4).normal(size=RATE) * 0.1, name, sample_rate=RATE, level="clip")
    again = extract(VOICE, name, sample_rate=RATE, level="clip")
    np.testing.assert_array_equal(alone.values, again.values)


def test_the_order_of_the_sets_does_not_matter() -> None:
    there = extract(VOICE, FRAME_SETS, sample_rate=RATE)
    back = extract(VOICE, FRAME_SETS[::-1], sample_rate=RATE)
    assert list(back) == FRAME_SETS[::-1]
    for name in FRAME_SETS:
        np.testing.assert_array_equal(there[name].values, back[name].values)


@pytest.mark.parametrize("level", ["frames", "clip"])
@pytest.mark.parametrize("samples", [1, 100, 700, 2047])
@pytest.mark.parametrize("name", NAMES)
def test_a_snippet_is_measured_or_refused_in_words(name: str, samples: int, level: str) -> None:
    if level not in FEATURES.get(name).levels:
        pytest.skip("whole recordings only")
    snippet = voice(0.2)[:samples]
    try:
        found = extract(snippet, name, sample_rate=RATE, level=level)  # type: ignore[call-overload]
    except AudioValueError as error:
        assert f"are too short for {name}" in str(error)  # noqa: PT017 - it may also be measured
        assert name in ("egemaps", "compare")
    else:
        assert np.isfinite(found.values).all() or name == "pitch"


@pytest.mark.parametrize("name", NAMES)
def test_silence_is_measured(name: str) -> None:
    assert np.isfinite(extract(np.zeros(RATE), name, sample_rate=RATE, level="clip").values).all()


@pytest.mark.parametrize("name", [entry.name for entry in PRESETS])
def test_a_preset_has_as_many_numbers_as_it_says(name: str) -> None:
    found = extract(VOICE, name, sample_rate=RATE, level="clip")
    assert len(found.values) == len(set(found.names)) == int("".join(filter(str.isdigit, name)))


@pytest.mark.parametrize(
    "name", [*NAMES, *(entry.name for entry in PRESETS), *Settings.model_fields, *FUNCTIONALS]
)
def test_the_reference_names_it(name: str, repo_root: Path) -> None:
    assert f"`{name}`" in (repo_root / "docs" / "reference" / "features.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["contrast", "tonnetz"])
def test_silence_has_neither_contrast_nor_harmony(name: str) -> None:
    assert not extract(np.zeros(RATE), name, sample_rate=RATE).values.any()
