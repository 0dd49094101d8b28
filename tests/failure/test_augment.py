"""Augmentation that is asked for wrongly: the words of each refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from affectone.audio.augment import STEPS, Augmentation
from affectone.errors import AudioValueError, ConfigError
from affectone.training.config import read_config

KINDS = ", ".join(entry.name for entry in STEPS)


def refused(settings: Any) -> str:
    with pytest.raises(ConfigError) as refusal:
        Augmentation.read(settings)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"kind": "nois"}, f"unknown augmentation step 'nois'; did you mean 'noise'? known: {KINDS}"),
        (
            {"kind": "noise", "snrr": [5, 30]},
            "augmentation step 'noise': unknown setting 'snrr'; did you mean 'snr'? known: chance, ",
        ),
        (
            {"kind": "noise", "snr": [30, 5]},
            "augmentation step 'noise': snr: wants two numbers between -20 and 100, the lower first; got ",
        ),
        (
            {"kind": "noise", "snr": 20},
            "augmentation step 'noise': snr: wants two numbers between -20 and 100, the lower first, such as "
            "[20, 20] for one value; got 20",
        ),
        (
            {"kind": "noise", "snr": [5]},
            "augmentation step 'noise': snr: wants two numbers between -20 and 100, the lower first; got [5]",
        ),
        (
            {"kind": "noise", "snr": [True, True]},
            "augmentation step 'noise': snr: wants two numbers between -20 and 100, the lower first; got [Tr",
        ),
        (
            {"kind": "noise", "snr": ["5", "6"]},
            "augmentation step 'noise': snr: wants two numbers between -20 and 100, the lower first; got ['5",
        ),
        (
            {"kind": "noise", "colours": "pink"},
            "augmentation step 'noise': colours: wants a list, such as "
            """["white", "pink", "brown"]; got 'pink'""",
        ),
        (
            {"kind": "gain", "chance": True},
            "augmentation step 'gain': chance: Input should be a valid number; got True",
        ),
        ({"kind": "noise", "folder": ""}, "augmentation step 'noise': folder: '' is no path"),
        ({"kind": "reverb", "folder": " "}, "augmentation step 'reverb': folder: ' ' is no path"),
        (
            {"kind": "noise", "colours": []},
            "augmentation step 'noise': colours: Tuple should have at least 1 item",
        ),
        (
            {"kind": "noise", "colours": ["green"]},
            "augmentation step 'noise': colours.0: Input should be 'white', 'pink' or 'brown'; got 'green'",
        ),
        (
            {"kind": "gain", "chance": 1.5},
            "augmentation step 'gain': chance: Input should be less than or equal to 1; got 1.5",
        ),
        (
            {"kind": "speed", "factor": [0, 1]},
            "augmentation step 'speed': factor: wants two numbers between 0.25 and 4, the lower first",
        ),
        (
            {"snr": [5, 30]},
            f"an augmentation step is a table with its kind, one of {KINDS}; got {{'snr': [5, 30]}}",
        ),
        ({"kind": 3}, f"an augmentation step is a table with its kind, one of {KINDS}; got {{'kind': 3}}"),
        ("noise", f"an augmentation step is a table with its kind, one of {KINDS}; got 'noise'"),
    ],
)
def test_a_wrong_step(step: Any, words: str) -> None:
    assert refused({"steps": [{"kind": "normalize"}, step]}).startswith(words)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("feild", "unknown augmentation preset 'feild'; did you mean 'field'? known: field, classic"),
        ({"preset": "clasic"}, "unknown augmentation preset 'clasic'; did you mean 'classic'?"),
        ({"presett": "classic"}, "unknown setting 'augment.presett'; did you mean 'augment.preset'?"),
        (
            {"preset": "classic", "chance": {"nois": 1}},
            "unknown step of the preset 'classic' 'nois'; did you mean 'noise'?",
        ),
        (
            {"chance": {"gain": 2}},
            "augmentation step 'gain': chance: Input should be less than or equal to 1; got 2",
        ),
        ({"chance": 0.5}, "augment.chance is a table of kinds of steps; got 0.5"),
        ({"preset": 3}, "unknown augmentation preset 3; known: field, classic"),
        ({"preset": [1]}, "unknown augmentation preset [1]; known: field, classic"),
        (
            {"steps": {"kind": "gain"}},
            "augment.steps is a list of tables, as [[augment.steps]] makes; got {'kind'",
        ),
        (
            {"steps": [], "preset": "field"},
            "augment has steps, or a preset and chances of its steps, but not both",
        ),
        (3, "augment is a table or the name of a preset; got 3"),
    ],
)
def test_a_wrong_configuration(settings: Any, words: str) -> None:
    assert refused(settings).startswith(words)


def test_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('[[augment.steps]]\nkind = "gian"\n', encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        read_config(file)
    assert str(refusal.value).startswith(f"{file}: unknown augmentation step 'gian'; did you mean 'gain'?")


@pytest.mark.parametrize("steps", [None, {}, {"kind": "noise"}, "noise", b"noise", 3])
def test_steps_that_are_no_list(steps: Any) -> None:
    with pytest.raises(ConfigError) as refusal:
        Augmentation(steps)
    assert str(refusal.value) == f"augmentation takes a list of steps; got {steps!r}"


@pytest.mark.parametrize("kind", ["noise", "reverb"])
def test_a_folder_without_recordings(kind: str, tmp_path: Path) -> None:
    words = refused({"steps": [{"kind": kind, "folder": str(tmp_path)}]})
    assert words == f"augmentation step {kind!r}: folder: no audio in {tmp_path}"


@pytest.mark.parametrize("kind", ["noise", "reverb"])
def test_a_folder_that_does_not_exist(kind: str, tmp_path: Path) -> None:
    words = refused({"steps": [{"kind": kind, "folder": str(tmp_path / "none")}]})
    assert words == f"augmentation step {kind!r}: folder: no folder {tmp_path / 'none'} to augment from"


def test_one_bad_file_among_good_ones_is_named_before_any_is_drawn(tmp_path: Path, bad_file) -> None:
    for name in ("a.wav", "c.wav"):
        sf.write(tmp_path / name, np.full(100, 0.1), 16000)
    (tmp_path / "b.wav").write_bytes(bad_file("text.wav").read_bytes())
    words = refused({"steps": [{"kind": "noise", "folder": str(tmp_path)}]})
    assert words.startswith(f"augmentation step 'noise': folder: {tmp_path / 'b.wav'}: is text, not audio")


def test_the_file_that_names_a_wrong_folder_is_named(invoke, tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('[[augment.steps]]\nkind = "noise"\nfolder = "nowhere"\n', encoding="utf-8")
    result = invoke(["train", str(file), "--corpus", f"ravdess={tmp_path}", "-o", str(tmp_path / "run")])
    assert result.exit_code == 2
    words = "augmentation step 'noise': folder: no folder nowhere to augment from"
    assert result.stderr == f"affectone: {file}: {words}\n"


@pytest.mark.parametrize("seed", [-1, 2**32, 2**64, 1.5, 1.0, "a", "1", None, True])
def test_a_seed_that_is_none(seed: Any) -> None:
    pytest.importorskip("audiomentations")
    with pytest.raises(ConfigError) as refusal:
        Augmentation([])(np.ones(100, np.float32), 16000, seed=seed)
    assert str(refusal.value) == f"seed is a whole number from 0 to 4294967295; got {seed!r}"


@pytest.mark.parametrize(
    ("samples", "rate", "words"),
    [
        (np.zeros((2, 100), np.float32), 16000, "augmentation takes one channel; got 2"),
        (np.zeros(0, np.float32), 16000, "there are no samples"),
        (np.full(100, np.nan, np.float32), 16000, "100 of 100 samples are NaN or infinite"),
        (np.zeros(100, np.float32), 0, "sample_rate must be between"),
    ],
)
def test_sound_that_is_none(samples: np.ndarray, rate: int, words: str) -> None:
    pytest.importorskip("audiomentations")
    with pytest.raises(AudioValueError, match=words):
        Augmentation([])(samples, rate, seed=1)
