"""`affectone corpora scan`: the manifest, the summary, and what is told beside it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import soundfile as sf
from typer.testing import Result

pytest.importorskip("pandas")

from affectone.cli.corpora.scan import _write_table
from affectone.cli.output import Output
from affectone.corpora import read_manifest

Run = Callable[..., Result]
NAMES = ("03-01-03-01-01-01-01", "03-01-03-02-02-02-01", "03-01-02-01-01-01-02", "03-01-05-01-01-01-02")


@pytest.fixture(scope="module")
def actors(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with four clips of two of RAVDESS's actors; the second repeats the first."""
    root = tmp_path_factory.mktemp("scan") / "ravdess"
    root.mkdir()
    for number, name in enumerate(NAMES):
        voice = max(1, number)
        sf.write(root / f"{name}.wav", tiny.spoken_clip(0.5 + 0.4 * voice, pitch=110.0 + 30 * voice), 16000)
    return root


@pytest.fixture
def scan(invoke: Run, tmp_path: Path) -> Run:
    """Return a function that runs `affectone corpora scan ARGUMENTS` with one process and its own cache."""

    def run(*arguments: object) -> Result:
        return invoke(["corpora", "scan", "--jobs", "1", "--cache", tmp_path / "cache", *arguments])

    return run


def test_the_manifest_is_written(scan: Run, actors: Path, tmp_path: Path) -> None:
    result = scan(f"ravdess={actors}", "-o", tmp_path / "m.parquet")
    assert result.exit_code == 0
    found = read_manifest(tmp_path / "m.parquet")
    assert found["id"].tolist() == sorted(f"ravdess/{name}" for name in NAMES)
    assert found["duration"].tolist() == [sf.info(path).duration for path in found["path"]]


def test_csv_holds_the_same(scan: Run, actors: Path, tmp_path: Path) -> None:
    for name in ("m.parquet", "m.csv"):
        scan(f"ravdess={actors}", "-o", tmp_path / name)
    assert read_manifest(tmp_path / "m.csv").equals(read_manifest(tmp_path / "m.parquet"))


def test_the_summary_for_people(scan: Run, actors: Path, tmp_path: Path) -> None:
    result = scan(f"ravdess={actors}", "-o", tmp_path / "m.parquet")
    header, line = result.stdout.splitlines()
    assert header.split() == ["corpus", "clips", "speakers", "hours", "repeats", "skipped", "classes"]
    assert line.split(maxsplit=6) == ["ravdess", "4", "2", "0.00", "1", "0", "calm 1, happy 2, angry 1"]
    assert result.stderr == (
        "affectone: 1 clip repeats the sound of another, as it is or changed: ravdess/03-01-03-02-02-02-01 "
        "that of ravdess/03-01-03-01-01-01-01; the column recording names it\n"
    )


def test_several_corpora_have_a_sum(scan: Run, actors: Path, tmp_path: Path) -> None:
    savee = tmp_path / "savee"
    savee.mkdir()
    (savee / "DC_a01.wav").write_bytes((actors / f"{NAMES[3]}.wav").read_bytes())
    result = scan(f"ravdess={actors}", f"savee={savee}", "-o", tmp_path / "m.parquet")
    assert [line.split()[:5] for line in result.stdout.splitlines()[1:]] == [
        ["ravdess", "4", "2", "0.00", "1"],
        ["savee", "1", "1", "0.00", "1"],
        ["all", "5", "3", "0.00", "2"],
    ]


def test_the_summary_for_programs(scan: Run, actors: Path, tmp_path: Path) -> None:
    result = scan(f"ravdess={actors}", "-o", tmp_path / "m.parquet", "--format", "json")
    assert json.loads(result.stdout) == {
        "manifest": str(tmp_path / "m.parquet"),
        "corpora": [
            {
                "corpus": "ravdess",
                "clips": 4,
                "speakers": 2,
                "hours": 0.002,
                "classes": {"calm": 1, "happy": 2, "angry": 1},
                "repeats": 1,
                "skipped": 0,
            }
        ],
    }


def test_fewer_labels(scan: Run, actors: Path, tmp_path: Path) -> None:
    result = scan(
        f"ravdess={actors}", "-o", tmp_path / "m.parquet", "--labels", "valence", "--format", "json"
    )
    assert json.loads(result.stdout)["corpora"][0]["classes"] == {"negative": 1, "neutral": 1, "positive": 2}
    assert set(read_manifest(tmp_path / "m.parquet")["emotion"]) == {"negative", "neutral", "positive"}


def test_recordings_of_ones_own(scan: Run, actors: Path, tmp_path: Path) -> None:
    rows = "".join(
        f"{actors / name}.wav,{word}\n" for name, word in zip(NAMES[1:], ("joy", "meh"), strict=False)
    )
    (tmp_path / "mine.csv").write_text(f"file,emo\n{rows}", encoding="utf-8")
    result = scan(
        *(f"table={tmp_path / 'mine.csv'}", "-o", tmp_path / "m.parquet", "--name", "calls"),
        *("--map", "meh=other", "--column", "label=emo", "--speaker", r"-(\d\d)\.wav"),
    )
    assert result.exit_code == 0
    found = read_manifest(tmp_path / "m.parquet")
    assert found[["corpus", "emotion", "speaker"]].to_numpy().tolist() == [
        ["calls", "other", "02"],
        ["calls", "happy", "01"],
    ]
    assert "affectone: table: taken 'joy' for happy (1 file)" in result.stderr


def test_foreign_files_are_told_and_no_failure(scan: Run, actors: Path, tmp_path: Path) -> None:
    for name in [*NAMES, *(f"holiday {number:02}" for number in range(23))]:
        source = actors / f"{name if name in NAMES else NAMES[0]}.wav"
        (tmp_path / f"{name}.wav").symlink_to(source)
    result = scan(f"ravdess={tmp_path}", "-o", tmp_path / "m.csv", "--skipped", tmp_path / "skipped.csv")
    assert result.exit_code == 0
    told = [line for line in result.stderr.splitlines() if line.startswith("affectone: skipped ")]
    assert told[0] == f"affectone: skipped {tmp_path / 'holiday 00.wav'}: the name is not one of ravdess's"
    assert told[20:] == ["affectone: skipped 3 more; --skipped FILE.csv lists them all"]
    with (tmp_path / "skipped.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["path", "why"]
    assert len(rows) == 24


def test_an_older_list_of_skipped_files_is_replaced(scan: Run, actors: Path, tmp_path: Path) -> None:
    skipped = tmp_path / "skipped.csv"
    for _ in range(2):
        result = scan(f"ravdess={actors}", "-o", tmp_path / "m.csv", "--skipped", skipped)
        assert result.exit_code == 0
        assert skipped.read_text(encoding="utf-8") == "path,why\n"
        skipped.write_text("path,why\nolder.wav,is empty\n", encoding="utf-8")


@pytest.mark.parametrize("width", [40, 80])
def test_numbers_and_headers_are_whole_in_a_narrow_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", str(width))
    terminal = Terminal()
    line = {
        "corpus": "recordings_of_2024",
        **dict.fromkeys(("clips", "speakers", "repeats", "skipped"), 1_234_567),
        "hours": 98765.43,
        "classes": dict.fromkeys(("neutral", "surprised", "disgust"), 1_234_567),
    }
    _write_table(Output(terminal, "terminal"), [line])
    text = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    header, first, *more = text.splitlines()
    assert header.split() == ["corpus", "clips", "speakers", "hours", "repeats", "skipped", "classes"]
    numbers = ["1234567", "1234567", "98765.43", "1234567", "1234567"]
    assert first.split()[:6] == ["recordings_of_2024", *numbers]
    assert "".join([*first.split()[6:], *"".join(more).split()]) == (
        "neutral1234567,surprised1234567,disgust1234567"
    )


def test_a_home_folder_is_found_behind_the_equals_sign(
    scan: Run, actors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(actors.parent))
    assert scan("ravdess=~/ravdess", "-o", tmp_path / "m.csv", "--cache", "~/heard").exit_code == 0
    assert (actors.parent / "heard" / "facts.sqlite").is_file()


def test_an_older_manifest_is_replaced(scan: Run, actors: Path, tmp_path: Path) -> None:
    scan(f"ravdess={actors}", "-o", tmp_path / "m.parquet", "--labels", "happy,angry")
    assert len(read_manifest(tmp_path / "m.parquet")) == 3
    scan(f"ravdess={actors}", "-o", tmp_path / "m.parquet")
    assert len(read_manifest(tmp_path / "m.parquet")) == 4


def test_the_cache_is_in_the_named_folder(scan: Run, actors: Path, tmp_path: Path) -> None:
    scan(f"ravdess={actors}", "-o", tmp_path / "m.parquet")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["facts.sqlite"]
