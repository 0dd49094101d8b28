"""`affectone train` on a wrong command line or wrong data: what it says, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import soundfile as sf
from typer.testing import Result

pytest.importorskip("torch")

from affectone.corpora import Fold, Protocol, save_protocol, scan

Run = Callable[..., Result]


@pytest.fixture
def train(invoke: Run) -> Run:
    """Return a function that runs `affectone train ARGUMENTS`."""

    def run(*arguments: object) -> Result:
        return invoke(["train", "--threads", "1", *arguments])

    return run


@pytest.fixture
def few(tmp_path: Path, tiny: ModuleType) -> Path:
    """Return a folder with two recordings of two actors of RAVDESS."""
    root = tmp_path / "few"
    root.mkdir()
    for emotion, actor, pitch in (("03", "01", 110), ("05", "02", 200)):
        sf.write(root / f"03-01-{emotion}-01-01-01-{actor}.wav", tiny.spoken_clip(0.5, pitch=pitch), 16000)
    return root


def refused(result: Result, status: int) -> str:
    """Return the one line that a refused command said."""
    assert (result.exit_code, result.stdout) == (status, "")
    assert result.stderr.startswith("affectone: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("affectone: ").rstrip("\n")


def test_no_corpus(train: Run, tmp_path: Path) -> None:
    assert refused(train("-o", tmp_path / "run"), 2) == "at least one --corpus NAME=ROOT is needed"


@pytest.mark.parametrize("pair", ["ravdess", "ravdess=", "data/ravdess"])
def test_a_corpus_without_its_folder(train: Run, tmp_path: Path, pair: str) -> None:
    words = refused(train("--corpus", pair, "-o", tmp_path / "run"), 2)
    assert words == f"--corpus wants NAME=ROOT, such as ravdess=data/ravdess; got {pair!r}"


def test_a_corpus_twice(train: Run, tmp_path: Path) -> None:
    result = train("--corpus", "ravdess=a", "--corpus", "ravdess=b", "-o", tmp_path / "run")
    assert refused(result, 2) == "--corpus ravdess is given twice"


def test_an_unknown_corpus(train: Run, tmp_path: Path) -> None:
    words = refused(train("--corpus", f"ravdes={tmp_path}", "-o", tmp_path / "run"), 3)
    assert words.startswith("unknown corpus 'ravdes'; did you mean 'ravdess'? known: ")


def test_no_such_folder(train: Run, tmp_path: Path) -> None:
    words = refused(train("--corpus", f"ravdess={tmp_path / 'none'}", "-o", tmp_path / "run"), 3)
    assert words == f"ravdess: no folder {tmp_path / 'none'}"


def test_the_folder_of_something_else(train: Run, few: Path, tmp_path: Path) -> None:
    words = refused(train("--corpus", f"tess={few}", "-o", tmp_path / "run"), 3)
    assert words.startswith(f"tess: none of 2 audio files under {few} is named as tess names them; ")


def test_no_output(train: Run, few: Path) -> None:
    words = refused(train("--corpus", f"ravdess={few}"), 2)
    assert words == "-o RUN is needed: the folder for checkpoints, curves and results"


def test_an_unknown_protocol(train: Run, few: Path, tmp_path: Path) -> None:
    result = train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--protocol", "ravdess:lunar5")
    assert refused(result, 3).startswith("unknown protocol 'ravdess:lunar5'; did you mean 'ravdess:luna5'?")


def test_the_protocol_of_another_corpus(train: Run, few: Path, tmp_path: Path) -> None:
    result = train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--protocol", "tess:cross2")
    assert refused(result, 3) == "tess:cross2 is about tess; the manifest holds ravdess"


def test_a_protocol_whose_speakers_are_not_all_there(train: Run, few: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    line = ["--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--cache", cache]
    words = refused(train(*line, "--protocol", "ravdess:luna5"), 3)
    assert words.startswith("ravdess:luna5, fold 1: the manifest lacks speakers ravdess/03, ravdess/05, ")
    assert not cache.exists(), "nothing is computed for a run that cannot be"


def test_one_recording_of_two_speakers_is_named(train: Run, few: Path, tmp_path: Path) -> None:
    one, other = sorted(few.iterdir())
    sound, rate = sf.read(one, dtype="int16")
    sf.write(other.with_suffix(".flac"), sound, rate, subtype="PCM_16")
    other.unlink()
    save_protocol(Protocol("mine", "me", ("ravdess",), (Fold(("ravdess/02",)),)), tmp_path / "mine.json")
    line = ["--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--cache", tmp_path / "cache"]
    result = train(*line, "--protocol", tmp_path / "mine.json")
    assert result.exit_code == 3
    assert result.stderr.splitlines()[-1] == (
        f"affectone: mine leaks: equal audio in both training and test of fold 1: ravdess/{one.stem} and "
        f"ravdess/{other.stem}. What to do: leave out one of each pair: ravdess/{one.stem}"
    )


@pytest.mark.parametrize("seeds", ["one", "0;1", "", "1.5"])
def test_seeds_that_are_no_numbers(train: Run, few: Path, tmp_path: Path, seeds: str) -> None:
    words = refused(train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--seeds", seeds), 2)
    assert words == f"--seeds wants whole numbers, such as 0,1,2; got {seeds!r}"


@pytest.mark.parametrize("seeds", ["0,0", "-1", "3,-2"])
def test_seeds_twice_or_under_zero(train: Run, few: Path, tmp_path: Path, seeds: str) -> None:
    words = refused(train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", f"--seeds={seeds}"), 2)
    assert words == f"--seeds wants different numbers from 0 up; got {seeds!r}"


def test_a_missing_configuration(train: Run, few: Path, tmp_path: Path) -> None:
    words = refused(train(tmp_path / "no.toml", "--corpus", f"ravdess={few}", "-o", tmp_path / "run"), 2)
    assert words == f"cannot read {tmp_path / 'no.toml'}: No such file or directory"


def test_a_misspelt_setting(train: Run, few: Path, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text("epoch = 3\n")
    words = refused(train(tmp_path / "run.toml", "--corpus", f"ravdess={few}", "-o", tmp_path / "run"), 2)
    assert words.startswith(f"{tmp_path / 'run.toml'}: unknown setting 'epoch'; did you mean 'epochs'?")


def test_a_misspelt_setting_of_the_network(train: Run, few: Path, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text("[network]\ndropuot = 0.3\n")
    words = refused(train(tmp_path / "run.toml", "--corpus", f"ravdess={few}", "-o", tmp_path / "run"), 2)
    assert words.startswith("unknown setting 'network.dropuot'; did you mean 'network.dropout'?")


def test_epochs_out_of_range(train: Run, few: Path, tmp_path: Path) -> None:
    words = refused(train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--epochs", 0), 2)
    assert words == "epochs: Input should be greater than 0; got 0"


def test_an_unknown_network(train: Run, few: Path, tmp_path: Path) -> None:
    result = train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--model", "resnet_900")
    assert refused(result, 3).startswith("unknown model 'resnet_900'; did you mean 'resnet_se'? known: ")


def test_a_broken_recording_stops_the_run_and_is_named(train: Run, few: Path, tmp_path: Path) -> None:
    broken = few / "03-01-04-01-01-01-03.wav"
    broken.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    result = train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--cache", tmp_path / "cache")
    words = refused(result, 3)
    assert str(broken) in words
    assert "Git LFS pointer" in words
    assert not (tmp_path / "run" / "model").exists()


def test_nobody_to_calibrate_a_model(train: Run, few: Path, tmp_path: Path) -> None:
    result = train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--cache", tmp_path / "cache")
    assert refused(result, 2) == (
        "the model cannot be calibrated: no two labels have clips of two recordings each, so that one could "
        "be asked about while the other is learned from; more clips are needed"
    )


def test_an_output_that_is_a_file(train: Run, few: Path, tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    result = train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--cache", tmp_path / "cache")
    assert refused(result, 2) == f"cannot write to {tmp_path / 'run'}: File exists"


def test_without_the_extra(train: Run, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import affectone.registry

    monkeypatch.setitem(affectone.registry.EXTRA_MODULES, "train", ("no_such_module_anywhere",))
    words = refused(train("--corpus", f"ravdess={few}", "-o", tmp_path / "run"), 3)
    assert words == "training a model needs the extra 'train': pip install 'affectone[train]'"


@pytest.mark.parametrize("option", ["--name", "--model-version"])
@pytest.mark.parametrize("text", ["", "two words", "a/b", "a\nb", "\x1b[31m", "müde"])
def test_a_name_that_no_program_would_take(
    train: Run, few: Path, tmp_path: Path, option: str, text: str
) -> None:
    words = refused(train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", option, text), 2)
    assert words == f"{option} wants letters, digits, '.', '_' and '-' alone; got {text!r}"


@pytest.mark.parametrize("seeds", ["4294967296", "0,99999999999999999999"])
def test_seeds_that_no_generator_takes(train: Run, few: Path, tmp_path: Path, seeds: str) -> None:
    words = refused(train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--seeds", seeds), 2)
    assert words.startswith("--seeds wants numbers up to 4294967295; got ")


@pytest.mark.parametrize("option", ["-o", "--cache"])
def test_an_empty_folder_is_not_the_working_directory(train: Run, few: Path, option: str) -> None:
    result = train("--corpus", f"ravdess={few}", option, "")
    assert result.exit_code == 2
    assert "the path is empty" in result.stderr


@pytest.mark.parametrize("option", ["--jobs", "--threads"])
def test_more_workers_than_any_machine_has(train: Run, few: Path, tmp_path: Path, option: str) -> None:
    result = train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", option, 99999999999999999999)
    assert result.exit_code == 2
    assert f"Invalid value for '{option}'" in result.stderr


@pytest.mark.parametrize("flag", ["--robustness", "--adaptation", "--others"])
def test_what_goes_with_a_test_alone(train: Run, few: Path, tmp_path: Path, flag: str) -> None:
    words = refused(train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", flag), 2)
    assert words == f"{flag} goes with --protocol P: without it no clip is tested"


def test_a_model_that_cannot_be_adapted_is_told_before_anything_is_heard(
    train: Run, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "scan_corpora", lambda *_, **__: pytest.fail("listened"))
    options = ("--protocol", "group5", "--adaptation", "-o", tmp_path / "run")
    words = refused(train("--corpus", f"ravdess={few}", *options), 2)
    assert words == "model cnn_tcn cannot be adapted: it is trained on no encoder's states"


@pytest.mark.parametrize("trials", ["0", "-3", "many"])
def test_no_trials(train: Run, few: Path, tmp_path: Path, trials: str) -> None:
    result = train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--search", trials)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--search" in result.stderr


def test_nobody_to_choose_settings_by(train: Run, few: Path, tmp_path: Path) -> None:
    fold = Fold(("ravdess/01",))
    save_protocol(
        Protocol("two", "me", ("ravdess",), (fold,), labels=("happy", "angry")), tmp_path / "two.json"
    )
    line = (
        "--model",
        "knn",
        "--corpus",
        f"ravdess={few}",
        "--protocol",
        tmp_path / "two.json",
        "--search",
        2,
    )
    result = train(*line, "-o", tmp_path / "run", "--cache", tmp_path / "cache")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == (
        "affectone: no speaker is set aside to choose settings by: raise validation_share, add a corpus of "
        "eight speakers or more, or leave out --search"
    )
    # The folder is nobody's yet: what the words advise gets further there.
    advised = train(*line[:-2], "-o", tmp_path / "run", "--cache", tmp_path / "cache")
    assert advised.stderr == "affectone: a model needs clips of two emotions to learn from; got 1 of one\n"


def test_an_empty_name_of_a_protocol_is_not_none(train: Run, few: Path, tmp_path: Path) -> None:
    """As from an unset variable: it would train a model that nobody tests."""
    result = train("--corpus", f"ravdess={few}", "--protocol", "", "-o", tmp_path / "run")
    assert refused(result, 3).startswith("unknown protocol ''; known: ")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("flag", ["--accelerator", "--devices", "--nodes", "--strategy"])
def test_devices_for_a_classic_model(train: Run, few: Path, tmp_path: Path, flag: str) -> None:
    line = ("--model", "knn", "--corpus", f"ravdess={few}", "-o", tmp_path / "run", flag, "1")
    assert refused(train(*line), 2) == (
        f"{flag} is for networks, and knn is a classic model, which is fitted on processors: --threads says "
        "on how many"
    )


def test_a_search_on_several_devices(train: Run, few: Path, tmp_path: Path) -> None:
    line = ("--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--search", 3)
    words = refused(train(*line, "--accelerator", "cpu", "--devices", 2), 2)
    assert words.startswith("--search tries one setting after the other on one device; leave out --devices ")


def test_a_strategy_that_is_none(train: Run, few: Path, tmp_path: Path) -> None:
    words = refused(train("--corpus", f"ravdess={few}", "-o", tmp_path / "run", "--strategy", "dpp"), 2)
    assert words.startswith(
        "this cannot be trained on: You selected an invalid strategy name: `strategy='dpp'`."
    )
