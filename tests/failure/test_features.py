"""Bad input to features: the words of each refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from affectone import features
from affectone.errors import AudioDecodeError, AudioError, AudioNotFoundError, AudioValueError, ConfigError
from affectone.features import Settings, Standardizer, extract, pad_or_cut

RATE = 16000
SOUND = np.zeros(RATE)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"sets": "mffc"}, "unknown feature set 'mffc'; did you mean 'mfcc'? known: mel, log_mel"),
        ({"sets": "classic18"}, "unknown feature set 'classic18'; did you mean 'classic180'?"),
        ({"sets": "RMS"}, "unknown feature set 'RMS'; did you mean 'rms'?"),
        ({"sets": None}, "feature sets are named by text, such as 'mfcc'; got None"),
        ({"sets": ["mel", 3]}, "feature sets are named by text, such as 'mfcc'; got 3"),
        (
            {"sets": "mfcc", "settings": {"n_mfcc": 13}},
            "settings= wants Settings, such as Settings(n_mfcc=13); got {'n_mfcc': 13}",
        ),
        (
            {"sets": "mfcc13", "level": "clip", "functionals": "mean"},
            "the preset mfcc13 brings its own functionals; leave them out",
        ),
        (
            {"sets": "mfcc13", "level": "clip", "settings": Settings(n_mfcc=20)},
            "the preset mfcc13 has n_mfcc 13; got 20; leave it out",
        ),
        (
            {"sets": ["voice_quality", "egemaps"], "level": "clip", "functionals": "mean"},
            "voice_quality, egemaps: has its own numbers about a recording; leave functionals out",
        ),
        (
            {"sets": "mel", "functionals": "mean"},
            "functionals sum up whole recordings; leave them out at the level 'frames'",
        ),
        ({"sets": []}, "feature sets must be named once each; got none"),
        ({"sets": ["mel", "mel"]}, "feature sets must be named once each; got mel, mel"),
        ({"sets": ["mel", "mfcc40"]}, "the preset mfcc40 stands alone; join sets, or ask for one preset"),
        ({"sets": "mfcc40"}, "the preset mfcc40 measures whole recordings: ask for the level 'clip'"),
        ({"sets": "voice_quality"}, "voice_quality measures whole recordings only: ask for the level 'clip'"),
        (
            {"sets": "mel", "level": "clips"},
            "unknown level 'clips'; did you mean 'clip'? known: frames, clip",
        ),
        ({"sets": "mel", "level": "clip", "functionals": "man"}, "unknown functional 'man'; did you mean"),
        (
            {"sets": "mel", "level": "clip", "functionals": []},
            "functionals must be named once each; got none",
        ),
    ],
)
def test_what_does_not_exist_is_refused_before_any_sound_is_read(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        extract("no such file.wav", asked.pop("sets"), **asked)
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"n_mel": 64}, "unknown setting 'n_mel'; did you mean 'n_mels'? known: sample_rate, n_fft"),
        ({"hop_length": 512}, "unknown setting 'hop_length'"),
        ({"n_fft": 1023}, "n_fft: Input should be a multiple of 2; got 1023"),
        ({"hop": 0}, "hop: Input should be greater than or equal to 1; got 0"),
        ({"hop": "512"}, "hop: Input should be a valid integer; got '512'"),
        ({"window": "han"}, "window: Input should be 'hann', 'hamming', 'blackman' or 'boxcar'; got 'han'"),
        ({"fmin": float("nan")}, "fmin: Input should be a finite number; got nan"),
        ({"fmax": 9000.0}, "mel bands need fmin < fmax <= 8000 Hz; got 0 and 9000"),
        ({"n_mfcc": 129}, "n_mfcc must be at most n_mels, which is 128; got 129"),
        ({"delta_width": 8}, "delta_width must be odd, such as 9; got 8"),
        ({"pitch_lowest": 700.0}, "pitch needs pitch_lowest < pitch_highest; got 700 and 600 Hz"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        Settings(**settings)
    assert str(refusal.value).startswith(words)


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        (
            "mel",
            {"n_fft": 256},
            r"128 mel bands between 0 and 8000 Hz are too many for n_fft 256: \d+ would",
        ),
        ("contrast", {"n_fft": 64}, "contrast: n_fft 64 has no frequency in the band from 0 to 200 Hz"),
        (
            "contrast",
            {"contrast_lowest": 2.0},
            "the band from 0 to 2 Hz; set a longer n_fft, or a higher contrast_lowest",
        ),
        (
            "pitch",
            {"sample_rate": 1000},
            "pitch needs pitch_highest <= 500 Hz at sample_rate 1000; got 600",
        ),
        ("contrast", {"sample_rate": 8000}, "contrast of 6 octaves from 200 Hz does not fit below 4000 Hz"),
    ],
)
def test_settings_that_a_set_cannot_use(name: str, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        extract(SOUND, name, sample_rate=RATE, settings=Settings(**settings))


@pytest.mark.parametrize(
    ("source", "rate", "kind", "words"),
    [
        (SOUND, None, AudioValueError, "an array needs sample_rate="),
        ("clip.wav", RATE, AudioValueError, "sample_rate= belongs to an array"),
        (np.zeros(0), RATE, AudioValueError, "there are no samples"),
        (np.array([0.1, np.nan]), RATE, AudioValueError, "1 of 2 samples are NaN or infinite"),
        ("no such file.wav", None, AudioNotFoundError, "no such file"),
        (b"not a sound at all", None, AudioDecodeError, "<bytes>"),
    ],
)
def test_sound_that_is_none(source: Any, rate: int | None, kind: type[AudioError], words: str) -> None:
    with pytest.raises(kind, match=words):
        extract(source, "mel", sample_rate=rate)


def test_more_than_the_longest_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("affectone.features.sound.LONGEST", 0.5)
    with pytest.raises(AudioValueError, match=r"<array>: is longer than .* hours; cut it and measure"):
        extract(SOUND, "rms", sample_rate=RATE)


@pytest.mark.parametrize("name", ["egemaps", "compare"])
def test_a_snippet_is_too_short_for_openSMILE(name: str) -> None:  # noqa: N802 - its name
    with pytest.raises(AudioValueError, match=f"<array>: 0.010 s are too short for {name}"):
        extract(SOUND[:160], name, sample_rate=RATE, level="clip")


def test_a_column_that_does_not_exist() -> None:
    with pytest.raises(ConfigError, match="unknown feature 'chroma_H'; did you mean 'chroma_"):
        extract(SOUND, "chroma", sample_rate=RATE)["chroma_H"]


@pytest.mark.parametrize(
    ("values", "frames", "mode", "words"),
    [
        (np.zeros((3, 2)), 5, "wrap", "unknown mode of padding 'wrap'; known: zero, edge, repeat"),
        (np.zeros((3, 2)), 0, "zero", "frames must be a whole number from 1; got 0"),
        (np.zeros((3, 2)), 2.5, "zero", "frames must be a whole number from 1; got 2.5"),
        (np.zeros(3), 5, "zero", r"values must have shape \(frames, dims\)"),
        (np.zeros((0, 3)), 5, "repeat", r"values must have shape \(frames, dims\) with one frame at least"),
    ],
)
def test_lengths_that_cannot_be(values: Any, frames: Any, mode: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        pad_or_cut(values, frames, mode)


TABLE = pd.DataFrame({"speaker": ["a", "b"], "rms": [0.1, 0.2]})


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        (np.zeros((0, 3)), {}, r"rows must have shape \(rows, dims\) with one row at least"),
        (np.zeros(3), {}, r"rows must have shape \(rows, dims\)"),
        ([], {}, "with one row at least"),
        (
            [np.zeros((3, 2)), np.zeros((5, 3))],
            {},
            r"\(frames, dims\) with equal dims; got \(3, 2\) and \(5, 3\)",
        ),
        (TABLE[["speaker"]].assign(age=30.0), {}, "no column of floats beside those of a manifest"),
        (np.array([[1.0, np.nan]]), {}, "values are NaN or infinite in column 1; fill or drop them first"),
        (TABLE.assign(rms=np.inf), {}, "values are NaN or infinite in column rms"),
        (TABLE[["speaker"]], {}, "the table has no column of floats beside those of a manifest; name the"),
        (TABLE, {"columns": ["rsm"]}, "unknown column 'rsm'; did you mean 'rms'"),
        (TABLE, {"groups": "speakers"}, "unknown column 'speakers'; did you mean 'speaker'"),
        (
            TABLE.assign(speaker=["a", None]),
            {"groups": "speaker"},
            "column 'speaker' has rows without a name",
        ),
        (np.zeros((2, 1)), {"groups": "speaker"}, "'speaker' names a column, but there is no table"),
        (np.zeros((2, 1)), {"groups": ["a"]}, "one name for each of 2 rows or recordings is needed; got 1"),
        (np.zeros((2, 1)), {"who": ["a", None]}, "names must be text, and none may be missing"),
        (np.zeros((2, 1)), {"columns": ["a"]}, "columns= belongs to a table"),
    ],
)
def test_rows_that_cannot_be_fitted(rows: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Standardizer.fit(rows, **options)


@pytest.mark.parametrize(
    ("fit", "use", "words"),
    [
        ({}, {"groups": "speaker"}, "fitted without groups: leave groups= out"),
        ({"groups": "speaker"}, {}, "fitted with groups: pass groups="),
        ({}, {"unseen": "ignore"}, "unknown choice for unseen groups 'ignore'; known: error, pooled"),
    ],
)
def test_a_standardizer_is_used_as_it_was_fitted(
    fit: dict[str, Any], use: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        Standardizer.fit(TABLE, **fit).transform(TABLE, **use)


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(ConfigError, match="fitted on 2 columns; got 3"):
        Standardizer.fit(np.zeros((4, 2))).transform(np.zeros((4, 3)))


@pytest.mark.parametrize("data", [{}, {"columns": 3}, {"columns": [], "pooled": [], "groups": {}}, []])
def test_what_is_no_standardizer_is_refused(data: Any) -> None:
    with pytest.raises(ConfigError, match="this is no standardizer"):
        features.Standardizer.from_dict(data)


@pytest.mark.parametrize(
    ("place", "numbers"),
    [
        ("pooled", {"n": 0}),
        ("pooled", {"std": [-1.0, 1.0]}),
        ("pooled", {"mean": [float("nan"), 0.0]}),
        ("pooled", {"mean": [0.0]}),
        ("pooled", {"mean": [0.0], "std": [1.0]}),
        ("b", {"mean": [0.0] * 3, "std": [1.0] * 3}),
    ],
)
def test_statistics_that_cannot_be_are_refused(place: str, numbers: dict[str, Any]) -> None:
    data = Standardizer.fit(np.arange(8.0).reshape(4, 2), groups=["a", "a", "b", "b"]).to_dict()
    (data["pooled"] if place == "pooled" else data["groups"][place]).update(numbers)
    with pytest.raises(ConfigError, match="this is no standardizer"):
        Standardizer.from_dict(data)


@pytest.mark.parametrize("jobs", [0, -1, 1.5, "2", True])
def test_a_number_of_processes_that_cannot_be(jobs: Any) -> None:
    with pytest.raises(ConfigError, match=f"jobs must be a whole number from 1; got {jobs!r}"):
        features.extract_many(["no such file.wav"], "rms", jobs=jobs)


def test_voice_quality_wants_its_highest_pitch_too() -> None:
    with pytest.raises(ConfigError, match="pitch needs pitch_highest <= 500 Hz at sample_rate 1000; got 600"):
        extract(SOUND, "voice_quality", sample_rate=RATE, level="clip", settings=Settings(sample_rate=1000))


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(AudioNotFoundError, match="is a folder"):
        extract(tmp_path, "mel")
