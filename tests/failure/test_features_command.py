"""Bad input to `affectone features`: the words, the exit status, and nothing half-written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from typer.testing import Result

from affectone.registry import EXTRA_MODULES

pytest.importorskip("scipy")
pd = pytest.importorskip("pandas")

Run = Callable[..., Result]
RATE = 16000


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Return a folder with three recordings."""
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in "abc":
        sf.write(folder / f"{name}.wav", np.random.default_rng(ord(name)).normal(size=RATE) / 10, RATE)
    return folder


@pytest.fixture
def run(invoke: Run, tmp_path: Path) -> Run:
    """Return a function that runs `affectone features ARGUMENTS` with one process and its own cache."""
    return lambda *line: invoke(["features", *line, "--jobs", "1", "--cache", tmp_path / "cache"])


@pytest.fixture
def manifest(few: Path, tmp_path: Path) -> pd.DataFrame:
    """Return a manifest of the recordings, which is at m.csv."""
    paths = [str(path) for path in sorted(few.iterdir())]
    table = pd.DataFrame({"id": ["1", "2", "3"], "path": paths, "corpus": "mine", "emotion": "sad"})
    table.to_csv(tmp_path / "m.csv", index=False)
    return table


def refused(result: Result, status: int, output: Path) -> str:
    """Return the one line on standard error; nothing else may have been written."""
    assert (result.exit_code, result.stdout) == (status, "")
    assert list(output.parent.glob("*.part")) == []
    assert not output.exists()
    (line,) = result.stderr.splitlines()
    return line.removeprefix("affectone: ")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--set", "mffc"], "unknown feature set 'mffc'; did you mean 'mfcc'? known: mel, log_mel"),
        (["--set", "mfcc,mfcc"], "feature sets must be named once each; got mfcc, mfcc"),
        (["--set", "mel,mfcc40"], "the preset mfcc40 stands alone"),
        (["--set", ","], "--set is needed, such as --set mfcc,chroma; known: mel, log_mel"),
        ([], "--set is needed, such as --set mfcc,chroma"),
        (["--set", "rms", "--functionals", "men"], "unknown functional 'men'; did you mean 'mean'?"),
        (["--set", "rms", "--functionals", ","], "functionals must be named once each; got none"),
        (["--set", "mfcc40", "--functionals", "std"], "the preset mfcc40 brings its own functionals"),
        (
            ["--set", "rms", "--functionals", "std", "--level", "frames"],
            "functionals sum up whole recordings; leave them out at the level 'frames'",
        ),
        (
            ["--set", "voice_quality", "--functionals", "std"],
            "voice_quality: has its own numbers about a recording; leave functionals out",
        ),
        (
            ["--set", "classic180", "--setting", "n_mels=64", "--setting", "n_mfcc=40"],
            "the preset classic180 has n_mels 128; got 64; leave it out",
        ),
        (["--set", "RMS"], "unknown feature set 'RMS'; did you mean 'rms'?"),
        (["--set", "voice_quality", "--level", "frames"], "voice_quality measures whole recordings only"),
        (["--set", "mfcc40", "--level", "frames"], "the preset mfcc40 measures whole recordings"),
        (["--set", "rms,egemaps", "--level", "frames"], "egemaps has frames of its own"),
        (
            ["--set", "rms", "--setting", "n_mels"],
            "--setting wants NAME=VALUE, such as n_mfcc=20; got 'n_mels'",
        ),
        (["--set", "rms", "--setting", "n_mels="], "--setting wants NAME=VALUE"),
        (["--set", "rms", "--setting", "n_mel=3"], "unknown setting 'n_mel'; did you mean 'n_mels'?"),
        (["--set", "rms", "--setting", "hop=1.5"], "hop: Input should be a valid integer"),
        (["--set", "rms", "--setting", "fmin=inf"], "fmin: Input should be a finite number; got inf"),
        (["--set", "rms", "--setting", "hop=9", "--setting", "hop=9"], "--setting hop is given twice"),
        (
            ["--set", "contrast", "--setting", "sample_rate=8000"],
            "contrast of 6 octaves from 200 Hz does not",
        ),
    ],
)
def test_what_cannot_be_measured(run: Run, few: Path, tmp_path: Path, options: list[str], words: str) -> None:
    result = run(few, *options, "-o", tmp_path / "x.csv")
    assert refused(result, 2, tmp_path / "x.csv").startswith(words)


@pytest.mark.parametrize("options", [["--level", "clips"], ["--on-error", "ignore"], ["--jobs", "0"]])
def test_choices_that_there_are_not(invoke: Run, few: Path, tmp_path: Path, options: list[str]) -> None:
    result = invoke(["features", few, "--set", "rms", "-o", tmp_path / "x.csv", *options])
    assert result.exit_code == 2
    assert f"Invalid value for '{options[0]}'" in result.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x.txt", "the name of a file of features ends in .parquet, .csv, .npz"),
        ("x", "the name of a file of features ends in .parquet, .csv, .npz"),
        ("none/x.csv", "there is no folder {folder}/none"),
    ],
)
def test_places_where_no_features_can_be(run: Run, few: Path, tmp_path: Path, name: str, words: str) -> None:
    result = run(few, "--set", "rms", "-o", tmp_path / name)
    assert refused(result, 2, tmp_path / name).endswith(words.format(folder=tmp_path))


def test_a_folder_is_no_output(run: Run, few: Path, tmp_path: Path) -> None:
    (tmp_path / "x.csv").mkdir()
    result = run(few, "--set", "rms", "-o", tmp_path / "x.csv")
    assert (result.exit_code, result.stderr) == (
        2,
        f"affectone: {tmp_path / 'x.csv'} is a folder; name a file\n",
    )


def test_without_an_output(run: Run, few: Path, tmp_path: Path) -> None:
    words = refused(run(few, "--set", "rms"), 2, tmp_path / "x.csv")
    assert words == "-o FILE is needed: its name ends in .parquet, .csv or .npz"


def test_an_output_that_is_an_input(run: Run, few: Path, tmp_path: Path) -> None:
    sound = (few / "a.wav").read_bytes()
    (tmp_path / "a.npz").hardlink_to(few / "a.wav")
    result = run(few, "--set", "rms", "-o", tmp_path / "a.npz")
    assert result.exit_code == 2
    assert "is one of the recordings to read; it would be overwritten" in result.stderr
    assert (few / "a.wav").read_bytes() == sound


@pytest.mark.usefixtures("manifest")
def test_an_output_that_is_the_manifest(run: Run, tmp_path: Path) -> None:
    before = (tmp_path / "m.csv").read_text()
    result = run(tmp_path / "m.csv", "--set", "rms", "-o", tmp_path / "m.csv")
    assert result.exit_code == 2
    assert "would be overwritten" in result.stderr
    assert (tmp_path / "m.csv").read_text() == before


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "a PATH is empty; it must be a file, a folder or a manifest"),
        ("-", "features are measured of files and folders, not of standard input"),
    ],
)
def test_paths_that_are_none(run: Run, tmp_path: Path, path: str, words: str) -> None:
    result = run(path, "--set", "rms", "-o", tmp_path / "x.csv")
    assert refused(result, 2, tmp_path / "x.csv") == words


def test_an_unreadable_file_stops_by_default(run: Run, few: Path, tmp_path: Path) -> None:
    (few / "b.wav").write_text("words")
    result = run(few, "--set", "rms", "-o", tmp_path / "x.parquet")
    assert refused(result, 3, tmp_path / "x.parquet") == f"{few / 'b.wav'}: is text, not audio"


def test_what_stood_there_stays(run: Run, few: Path, tmp_path: Path) -> None:
    (few / "b.wav").write_text("words")
    (tmp_path / "x.csv").write_text("earlier")
    assert run(few, "--set", "rms", "-o", tmp_path / "x.csv").exit_code == 3
    assert (tmp_path / "x.csv").read_text() == "earlier"


def test_a_folder_without_audio_stops_by_default(run: Run, few: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run(few, tmp_path / "empty", "--set", "rms", "-o", tmp_path / "x.csv")
    assert "no audio in" in refused(result, 3, tmp_path / "x.csv")


def test_nothing_is_left_after_skipping(run: Run, few: Path, tmp_path: Path) -> None:
    for path in few.iterdir():
        path.write_text("words")
    result = run(few, "--set", "rms", "-o", tmp_path / "x.csv", "--on-error", "skip")
    assert (result.exit_code, result.stdout) == (3, "")
    last = f"affectone: nothing could be measured; {tmp_path / 'x.csv'} was not written"
    assert result.stderr.splitlines()[3:] == [last]
    assert not (tmp_path / "x.csv").exists()
    assert len((tmp_path / "x.csv.skipped.csv").read_text().splitlines()) == 4


def test_a_snippet_that_is_too_short_for_a_set_is_skipped(run: Run, few: Path, tmp_path: Path) -> None:
    sf.write(few / "d.wav", np.ones(160) / 2, RATE)
    result = run(few, "--set", "egemaps", "-o", tmp_path / "x.csv", "--on-error", "skip")
    assert result.exit_code == 1
    assert f"affectone: skipped {few / 'd.wav'}: 0.010 s are too short for egemaps\n" in result.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(run: Run, few: Path, tmp_path: Path) -> None:
    (few / "b.wav").chmod(0)
    result = run(few, "--set", "rms", "-o", tmp_path / "x.csv")
    assert refused(result, 3, tmp_path / "x.csv") == f"{few / 'b.wav'}: no permission to read it"


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX alone")
@pytest.mark.parametrize("choice", ["stop", "skip"])
def test_a_name_that_is_no_utf_8(run: Run, few: Path, tmp_path: Path, choice: str) -> None:
    os.rename(few / "b.wav", os.fsencode(few) + b"/caf\xe9.wav")
    result = run(few, "--set", "rms", "-o", tmp_path / "x.csv", "--on-error", choice)
    assert result.exit_code == {"stop": 3, "skip": 1}[choice]
    assert "its name is no UTF-8, as a table needs it; rename it" in result.stderr
    assert (tmp_path / "x.csv").exists() == (choice == "skip")


def test_rows_of_a_manifest_whose_files_are_gone(
    run: Run, few: Path, tmp_path: Path, manifest: pd.DataFrame
) -> None:
    (few / "b.wav").unlink()
    line = (tmp_path / "m.csv", "--set", "rms", "-o", tmp_path / "x.csv")
    assert refused(run(*line), 3, tmp_path / "x.csv") == f"{few / 'b.wav'}: no such file"
    assert run(*line, "--on-error", "skip").exit_code == 1
    found = pd.read_csv(tmp_path / "x.csv", dtype={"id": str})
    assert found["id"].tolist() == ["1", "3"]
    assert len(manifest.merge(found, on="id")) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": ["1", "1", "3"]}, "id '1' in rows 2 and 3: every clip has an id"),
        ({"id": ["1", None, "3"]}, "id is empty in row 3"),
        ({"path": ["a.wav", "b.wav", None]}, "path is empty in row 4"),
    ],
)
def test_manifests_that_do_not_name_their_clips(
    run: Run, tmp_path: Path, manifest: pd.DataFrame, change: dict[str, list[str]], words: str
) -> None:
    manifest.assign(**change).to_csv(tmp_path / "m.csv", index=False)
    result = run(tmp_path / "m.csv", "--set", "rms", "-o", tmp_path / "x.csv")
    assert words in refused(result, 3, tmp_path / "x.csv")


def test_a_table_that_is_no_manifest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("file,label\na.wav,sad\n")
    result = run(tmp_path / "t.csv", "--set", "rms", "-o", tmp_path / "x.csv")
    words = refused(result, 3, tmp_path / "x.csv")
    assert words.startswith(f"{tmp_path / 't.csv'} is no manifest: unknown column 'id'")


def test_a_manifest_that_is_not_there(run: Run, tmp_path: Path) -> None:
    result = run(tmp_path / "m.parquet", "--set", "rms", "-o", tmp_path / "x.csv")
    assert refused(result, 3, tmp_path / "x.csv").startswith(f"no manifest {tmp_path / 'm.parquet'}")


@pytest.mark.usefixtures("manifest")
def test_a_manifest_stands_alone(run: Run, few: Path, tmp_path: Path) -> None:
    result = run(tmp_path / "m.csv", few, "--set", "rms", "-o", tmp_path / "x.csv")
    words = refused(result, 2, tmp_path / "x.csv")
    assert words == f"a manifest stands alone; leave out {tmp_path / 'm.csv'} or the other paths"


@pytest.mark.parametrize("ending", ["parquet", "csv", "npz"])
def test_a_disk_that_is_full(
    run: Run, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    output = tmp_path / f"x.{ending}"
    words = refused(run(few, "--set", "rms", "-o", output), 3, output)
    assert words == f"{output}: cannot be written: No space left on device"


def test_a_damaged_cache_is_told_and_the_file_is_written(run: Run, few: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "features.sqlite").write_bytes(b"no database" * 1000)
    result = run(few, "--set", "rms", "-o", tmp_path / "x.csv")
    assert result.exit_code == 0
    assert "cannot be used: file is not a database; all is computed without it" in result.stderr
    assert len(pd.read_csv(tmp_path / "x.csv")) == 3


@pytest.mark.parametrize(("extra", "ending"), [("features", "npz"), ("data", "csv"), ("data", "parquet")])
def test_without_an_extra(
    run: Run, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extra: str, ending: str
) -> None:
    monkeypatch.setitem(EXTRA_MODULES, extra, ("no_such_module_anywhere",))
    result = run(few, "--set", "rms", "-o", tmp_path / f"x.{ending}")
    assert f"pip install 'affectone[{extra}]'" in refused(result, 3, tmp_path / f"x.{ending}")
