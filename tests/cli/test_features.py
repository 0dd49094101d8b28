"""`affectone features`: the file, what is told beside it, and what is not done twice."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile as sf
from typer.testing import Result

pytest.importorskip("scipy")
pd = pytest.importorskip("pandas")

from affectone.features import Features, Settings, batch, extract  # noqa: E402 - where there are the extras
from affectone.features.plan import Plan  # noqa: E402

Run = Callable[..., Result]
RATE = 16000
NAMES = ("03-01-03-01-01-01-01", "03-01-05-02-02-02-01", "03-01-02-01-01-01-02")


@pytest.fixture
def root(tiny: ModuleType, tmp_path: Path) -> Path:
    """Return a folder with three clips of two of RAVDESS's actors."""
    folder = tmp_path / "ravdess"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        sf.write(folder / f"{name}.wav", tiny.spoken_clip(0.5, pitch=110.0 + 30 * number), RATE)
    return folder


@pytest.fixture
def run(invoke: Run, tmp_path: Path) -> Run:
    """Return a function that runs `affectone features ARGUMENTS` with one process and its own cache."""

    def features(*arguments: object) -> Result:
        line = ["features", *arguments]
        for option, value in (("--jobs", "1"), ("--cache", tmp_path / "cache")):
            line += [] if option in line else [option, value]
        return invoke(line)

    return features


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return a list of the recordings that are measured from here on in this process."""
    paths: list[Path] = []
    real = batch._measured

    def watched(plan: Plan, place: Path) -> object:
        paths.append(place)
        return real(plan, place)

    monkeypatch.setattr(batch, "_measured", watched)
    return paths


@pytest.fixture
def sixty(tmp_path: Path) -> Path:
    """Return a folder with sixty clips, all different."""
    folder = tmp_path / "sixty"
    folder.mkdir()
    for number in range(60):
        noise = np.random.default_rng(number).normal(size=4000 + 100 * number) / 10
        sf.write(folder / f"{number:02}.wav", noise, RATE)
    return folder


def test_a_row_for_each_recording(run: Run, root: Path, tmp_path: Path) -> None:
    result = run(root, "--set", "rms,zcr", "-o", tmp_path / "x.parquet", "--functionals", "mean,max")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"affectone: {tmp_path / 'x.parquet'}: 3 recordings, 4 features\n"
    found = pd.read_parquet(tmp_path / "x.parquet")
    assert list(found) == ["id", "path", "rms_mean", "rms_max", "zcr_mean", "zcr_max"]
    paths = [str(root / f"{name}.wav") for name in sorted(NAMES)]
    assert found["id"].tolist() == found["path"].tolist() == paths
    for path, row in zip(paths, found.iloc[:, 2:].to_numpy(), strict=True):
        alone = extract(path, ["rms", "zcr"], level="clip", functionals=["mean", "max"])
        np.testing.assert_allclose(row, alone.values, rtol=1e-5)


def test_all_formats_hold_equal_numbers(run: Run, root: Path, tmp_path: Path) -> None:
    for ending in ("parquet", "csv", "npz"):
        assert run(root, "--set", "mfcc,pitch", "-o", tmp_path / f"x.{ending}").exit_code == 0
    parquet, text = pd.read_parquet(tmp_path / "x.parquet"), pd.read_csv(tmp_path / "x.csv")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as npz:
        assert [*parquet] == [*text] == ["id", "path", *npz["names"]]
        assert parquet["id"].tolist() == text["id"].tolist() == npz["ids"].tolist()
        assert (parquet.iloc[:, 2:].to_numpy() == npz["values"]).all()
        assert (text.iloc[:, 2:].to_numpy().astype(np.float32) == npz["values"]).all()


def test_a_manifest_is_joined_by_its_ids(run: Run, invoke: Run, root: Path, tmp_path: Path) -> None:
    for ending in ("parquet", "csv"):
        manifest = tmp_path / f"m.{ending}"
        invoke(["corpora", "scan", f"ravdess={root}", "-o", manifest, "--jobs", "1"])
        assert run(manifest, "--set", "rms", "-o", tmp_path / "x.parquet").exit_code == 0
        found, rows = pd.read_parquet(tmp_path / "x.parquet"), pd.read_parquet(tmp_path / "m.parquet")
        assert found["id"].tolist() == [f"ravdess/{name}" for name in sorted(NAMES)]
        joined = rows.merge(found, on=["id", "path"])
        assert len(joined) == len(rows.merge(found, on="id")) == len(rows) == 3
        alone = extract(joined["path"][1], "rms", level="clip")
        np.testing.assert_allclose(joined["rms_mean"][1], alone["rms_mean"], rtol=1e-5)


def test_over_frames(run: Run, root: Path, tmp_path: Path) -> None:
    for ending in ("csv", "npz"):
        run(root, "--set", "chroma,rms", "-o", tmp_path / f"x.{ending}", "--level", "frames")
    found = pd.read_csv(tmp_path / "x.csv")
    assert [*found][:3] == ["id", "time", "chroma_C"]
    alone: Features = extract(found["id"][0], "rms")
    first = found[found["id"] == found["id"][0]]
    np.testing.assert_allclose(first["time"], alone.times)
    np.testing.assert_allclose(first["rms"], alone["rms"], rtol=1e-5)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as npz:
        assert npz["offsets"][-1] == len(npz["times"]) == len(npz["values"]) == len(found)
        assert npz["ids"].tolist() == found["id"].unique().tolist()


def test_settings_and_presets(run: Run, root: Path, tmp_path: Path) -> None:
    given = ("--setting", "n_mfcc=13", "--setting", "fmax=none", "--setting", "fmin=50.5", "--setting")
    run(root, "--set", "mfcc", "-o", tmp_path / "x.csv", *given, "window=hamming", "--functionals", "mean")
    found = pd.read_csv(tmp_path / "x.csv")
    settings = Settings(n_mfcc=13, fmin=50.5, window="hamming")
    alone = extract(found["path"][0], "mfcc", level="clip", functionals="mean", settings=settings)
    np.testing.assert_allclose(found.iloc[0, 2:].to_numpy(float), alone.values, rtol=1e-4)
    result = run(root, "--set", "classic180", "-o", tmp_path / "x.csv")
    assert result.stderr.endswith("3 recordings, 180 features\n")


def test_sets_may_be_given_one_by_one(run: Run, root: Path, tmp_path: Path) -> None:
    result = run(root, "--set", "rms, zcr", "--set", "flatness", "-o", tmp_path / "x.npz")
    assert result.stderr.endswith("3 recordings, 21 features\n")


def test_a_second_run_measures_nothing(run: Run, sixty: Path, tmp_path: Path, measured: list[Path]) -> None:
    run(sixty, "--set", "mfcc,chroma", "-o", tmp_path / "one.parquet")
    assert len(measured) == 60
    run(sixty, "--set", "mfcc,chroma", "-o", tmp_path / "two.parquet")
    assert len(measured) == 60
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_any_number_of_processes_writes_the_same_file(run: Run, sixty: Path, tmp_path: Path) -> None:
    for jobs in (1, 2):
        cache = ("--cache", tmp_path / f"cache {jobs}", "--jobs", jobs)
        run(sixty, "--set", "mfcc,chroma", "-o", tmp_path / f"{jobs}.parquet", *cache)
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()


def test_all_from_the_cache_loads_no_library_of_features(root: Path, tmp_path: Path) -> None:
    line = ["features", str(root), "--set", "mfcc", "-o", str(tmp_path / "x.npz"), "--jobs", "1"]
    program = (
        f"import sys; from affectone.cli import main; sys.argv = ['affectone', *{line!r}]; main(); "
        "print(*{'librosa', 'scipy', 'soundfile', 'pandas', 'torch'} & {*sys.modules})"
    )
    loaded = [
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    ]
    assert "scipy" in loaded[0]
    assert loaded[1] == "\n"


def test_what_is_wrong_with_recordings_is_told(run: Run, root: Path, tmp_path: Path) -> None:
    for number in range(25):
        sf.write(root / f"silent {number:02}.wav", np.zeros(4000 + number), RATE)
    lines = run(root, "--set", "rms", "-o", tmp_path / "x.csv").stderr.splitlines()
    assert len(lines) == 20 + 1 + 1
    assert lines[0].startswith(f"affectone: {root / 'silent 00.wav'}: ")
    assert lines[20] == "affectone: 5 more have warnings; affectone doctor tells them"


def test_skipped_recordings_are_named_and_listed(run: Run, root: Path, tmp_path: Path) -> None:
    (root / "a.wav").write_text("words")
    (tmp_path / "empty").mkdir()
    result = run(
        *(tmp_path / "empty", root, root / "none.wav", "--set", "rms", "-o", tmp_path / "x.csv"),
        *("--on-error", "skip"),
    )
    assert result.exit_code == 1
    assert len(pd.read_csv(tmp_path / "x.csv")) == 3
    expected = [
        [str(tmp_path / "empty"), f"no audio in {tmp_path / 'empty'}"],
        [str(root / "a.wav"), "is text, not audio"],
        [str(root / "none.wav"), "no such file"],
    ]
    with (tmp_path / "x.csv.skipped.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["path", "why"], *expected]
    told = [f"affectone: skipped {path}: {why}" for path, why in expected]
    assert result.stderr.splitlines() == [*told, f"affectone: {tmp_path / 'x.csv'}: 3 recordings, 7 features"]


def test_an_old_list_of_skipped_recordings_does_not_stay(run: Run, root: Path, tmp_path: Path) -> None:
    listed = tmp_path / "x.csv.skipped.csv"
    listed.write_text("path,why\nold,old\n")
    result = run(root, "--set", "rms", "-o", tmp_path / "x.csv", "--on-error", "skip")
    assert result.exit_code == 0
    assert listed.read_text() == "path,why\n"


@pytest.mark.parametrize(("text", "stays"), [("path,why\nold,old\n", False), ("mine\n", True)])
def test_a_run_that_skips_nothing_removes_the_list_of_an_earlier_run(
    run: Run, root: Path, tmp_path: Path, text: str, stays: bool
) -> None:
    listed = tmp_path / "x.csv.skipped.csv"
    listed.write_text(text)
    assert run(root, "--set", "rms", "-o", tmp_path / "x.csv").exit_code == 0
    assert listed.exists() == stays


def test_a_run_that_fails_leaves_the_list_of_an_earlier_run(run: Run, root: Path, tmp_path: Path) -> None:
    listed = tmp_path / "x.csv.skipped.csv"
    listed.write_text("path,why\nold,old\n")
    (root / "a.wav").write_text("words")
    assert run(root, "--set", "rms", "-o", tmp_path / "x.csv").exit_code == 3
    assert listed.exists()


@pytest.mark.skipif(os.name != "posix", reason="no process can be asked to end")
def test_who_is_asked_to_end_leaves_nothing_half_written(sixty: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    program = "import sys; from affectone.cli import main; sys.exit(main())"
    line = ["features", sixty, "--set", "compare", "-o", tmp_path / "out" / "x.csv", "--jobs", "2"]
    with subprocess.Popen(
        [sys.executable, "-c", program, *line, "--cache", tmp_path / "cache"],
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        while running.poll() is None and not [*(tmp_path / "out").iterdir()]:
            time.sleep(0.02)
        running.terminate()
        _, words = running.communicate(timeout=30)
    assert (running.returncode, words) == (143, "")
    assert [*(tmp_path / "out").iterdir()] == []


@pytest.mark.soak
@pytest.mark.corpora
def test_the_promises_about_a_corpus(repo_root: Path, corpora_root: Path, tmp_path: Path) -> None:
    program = [sys.executable, "benchmarks/features_corpus.py", "--corpora", str(corpora_root)]
    done = subprocess.run([*program, "--output", tmp_path / "r.json"], cwd=repo_root, text=True)
    found = json.loads((tmp_path / "r.json").read_text())
    assert (done.returncode, found["equal_files"]) == (0, True), found
