"""Configurations that are wrong: the words of each refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from affectone.errors import ConfigError
from affectone.training.config import read_config


def refused(tmp_path: Path, content: str | bytes) -> str:
    """Read a file that must be refused, and return the words after its name."""
    file = tmp_path / "run.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as refusal:
        read_config(file)
    words = str(refusal.value)
    assert str(file) in words
    return words.removeprefix(f"{file}: ")


def test_a_mark_of_utf_8_is_no_setting(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_bytes(b"\xef\xbb\xbfepochs = 3\n")
    assert read_config(tmp_path / "run.toml").model_dump()["epochs"] == 3


def test_an_unknown_setting_is_answered_with_the_nearest(tmp_path: Path) -> None:
    words = refused(tmp_path, "epoch = 3\n")
    assert words.startswith("unknown setting 'epoch'; did you mean 'epochs'? known: model, labels, seed, ")


@pytest.mark.parametrize(
    ("part", "wrong", "right"),
    [
        ("features", "hopp", "hop"),
        ("masking", "time_mask", "time_masks"),
        ("augment", "step", "steps"),
    ],
)
def test_an_unknown_nested_setting_too(tmp_path: Path, part: str, wrong: str, right: str) -> None:
    words = refused(tmp_path, f"[{part}]\n{wrong} = 3\n")
    assert words.startswith(
        f"unknown setting '{part}.{wrong}'; did you mean '{part}.{right}'? known: {part}."
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("epochs = 0", "epochs: Input should be greater than 0; got 0"),
        ("batch_size = 1", "batch_size: Input should be greater than 1; got 1"),
        ("label_smoothing = 1.0", "label_smoothing: Input should be less than 1; got 1.0"),
        ("averaging = -0.1", "averaging: Input should be greater than or equal to 0; got -0.1"),
        ("[features]\nhop = 0", "features.hop: Input should be greater than 0; got 0"),
        ("[masking]\ntilt = -1", "masking.tilt: Input should be greater than or equal to 0; got -1"),
        (
            "[augment.chance]\ngain = 'loud'",
            "augmentation step 'gain': chance: Input should be a valid number",
        ),
        ("precision = '8-bit'", "precision: String should match pattern"),
        ("epochs = 'many'", "epochs: Input should be a valid integer"),
        ("features = 3", "features: Input should be a valid dictionary or instance of FeatureConfig; got 3"),
    ],
)
def test_a_value_out_of_range(tmp_path: Path, content: str, words: str) -> None:
    assert refused(tmp_path, content + "\n").startswith(words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[augment]\nnoise = 0.5", "unknown setting 'augment.noise'; did you mean 'augment.steps'?"),
        ("labels = ['hapy', 'sad']", "unknown label 'hapy'; did you mean 'happy'?"),
        ("labels = ['sad', 'happy', 'sad']", "label set names sad more than once"),
        ("labels = ['sad']", "labels: Tuple should have at least 2 items"),
        ("features = 'mfcc2'", "unknown feature set 'mfcc2'; did you mean 'mfcc20'?"),
        (
            "[features]\nsets = 'mfcc20'\ncopies = 3",
            "unknown setting 'features.copies'; did you mean 'features.sets'? known: features.sets, ",
        ),
        (
            "augment = 'classic'\n[features]\nsets = 'mfcc20'",
            "augment changes what log-mel frames are made of; with features = 'mfcc20' a network is given "
            "numbers of whole clips: leave it out",
        ),
        (
            "features = 'mfcc20'\n[masking]\nshift = 1",
            "masking changes what log-mel frames are made of; with features = 'mfcc20' ",
        ),
    ],
)
def test_a_value_that_means_nothing(tmp_path: Path, content: str, words: str) -> None:
    assert words in refused(tmp_path, content + "\n")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_config(tmp_path / "none.toml")
    assert str(refusal.value) == f"cannot read {tmp_path / 'none.toml'}: No such file or directory"


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*: Is a directory"):
        read_config(tmp_path)


@pytest.mark.parametrize("content", ["epochs: 3\n", b"\xff\xfe\x00binary", "[features\nhop = 3\n"])
def test_a_file_that_is_no_toml(tmp_path: Path, content: str | bytes) -> None:
    assert " is not TOML: " in refused(tmp_path, content)


def test_a_flag_out_of_range_names_no_file() -> None:
    with pytest.raises(ConfigError) as refusal:
        read_config(None, epochs=-1)
    assert str(refusal.value) == "epochs: Input should be greater than 0; got -1"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("seed = 99999999999999999999", "seed: "),
        ("seed = 4294967296", "seed: Input should be less than or equal to 4294967295"),
        ("learning_rate = inf", "learning_rate: Input should be a finite number; got inf"),
        ("learning_rate = nan", "learning_rate: Input should be a finite number; got nan"),
        ("mixup = inf", "mixup: Input should be a finite number"),
        ("epochs = 100001", "epochs: Input should be less than or equal to 100000"),
        ("batch_size = 100000000", "batch_size: Input should be less than or equal to 65536"),
        ("[features]\nhop = 999999999", "features.hop: Input should be less than or equal to 16000"),
        ("[features]\nn_fft = 999999999", "features.n_fft: Input should be less than or equal to 16384"),
        ("[features]\nbands = 100000", "features.bands: Input should be less than or equal to 512"),
        ("[features]\ncopies = 100000", "features.copies: Input should be less than or equal to 100"),
        ("epochs = 0x" + "f" * 5000, "epochs: "),
    ],
    ids=lambda text: text[:30],
)
def test_a_value_beyond_all_sense(tmp_path: Path, content: str, words: str) -> None:
    assert refused(tmp_path, content + "\n").startswith(words)


@pytest.mark.parametrize("content", ["a = " + "[" * 5000, "a = " + "9" * 5000], ids=["brackets", "digits"])
def test_a_file_that_a_parser_gives_up_on(tmp_path: Path, content: str) -> None:
    assert " is not TOML: " in refused(tmp_path, content)
