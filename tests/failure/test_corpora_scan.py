"""`affectone corpora scan` on a wrong command line or bad files: what it says, and how it ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import soundfile as sf
from typer.testing import Result

pytest.importorskip("pandas")

from affectone.corpora import read_manifest

Run = Callable[..., Result]


@pytest.fixture
def scan(invoke: Run, tmp_path: Path) -> Run:
    """Return a function that runs `affectone corpora scan ARGUMENTS` with one process and its own cache."""

    def run(*arguments: object) -> Result:
        return invoke(["corpora", "scan", "--jobs", "1", "--cache", tmp_path / "cache", *arguments])

    return run


@pytest.fixture
def few(tmp_path: Path, tiny: ModuleType) -> Path:
    """Return a folder with two recordings of two actors of RAVDESS."""
    root = tmp_path / "few"
    root.mkdir()
    for emotion, actor in (("03", "01"), ("05", "02")):
        sound = tiny.spoken_clip(0.5 + int(actor) / 5, pitch=60.0 + 53 * int(actor))
        sf.write(root / f"03-01-{emotion}-01-01-01-{actor}.wav", sound, 16000)
    return root


def refused(result: Result, status: int) -> str:
    """Return the one line that a refused command said."""
    assert (result.exit_code, result.stdout) == (status, "")
    assert result.stderr.startswith("affectone: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("affectone: ").rstrip("\n")


def test_no_corpus(scan: Run, tmp_path: Path) -> None:
    assert scan("-o", tmp_path / "m.parquet").exit_code == 2


@pytest.mark.parametrize("pair", ["ravdess", "ravdess=", "=data", "data/ravdess"])
def test_a_corpus_without_its_folder(scan: Run, tmp_path: Path, pair: str) -> None:
    words = refused(scan(pair, "-o", tmp_path / "m.parquet"), 2)
    assert words == f"a corpus wants NAME=ROOT, such as ravdess=data/ravdess; got {pair!r}"


def test_a_corpus_twice(scan: Run, tmp_path: Path) -> None:
    result = scan("ravdess=a", "ravdess=b", "-o", tmp_path / "m.parquet")
    assert refused(result, 2) == "ravdess is given twice"


def test_no_output(scan: Run, few: Path) -> None:
    words = refused(scan(f"ravdess={few}"), 2)
    assert words == "-o MANIFEST is needed: the table to write, .parquet or .csv"


def test_another_ending(scan: Run, few: Path, tmp_path: Path) -> None:
    words = refused(scan(f"ravdess={few}", "-o", tmp_path / "m.xlsx"), 2)
    assert words == f"-o {tmp_path / 'm.xlsx'}: the name of a manifest ends in .parquet or .csv"


def test_no_folder_for_the_output(scan: Run, few: Path, tmp_path: Path) -> None:
    words = refused(scan(f"ravdess={few}", "-o", tmp_path / "none" / "m.csv"), 2)
    assert words == f"-o {tmp_path / 'none' / 'm.csv'}: there is no folder {tmp_path / 'none'}"


def test_the_output_is_the_input(scan: Run, few: Path, tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text(f"path,label\n{next(few.iterdir())},happy\n", encoding="utf-8")
    before = table.read_bytes()
    words = refused(scan(f"table={table}", "-o", table), 2)
    assert words == f"-o {table} is one of the inputs; it would be overwritten"
    assert table.read_bytes() == before


@pytest.mark.parametrize("name", ["notes.csv", "notes.parquet"])
def test_the_output_is_something_else(scan: Run, few: Path, name: str) -> None:
    other = few / name
    other.write_text("actor,age\n1,30\n", encoding="utf-8")
    words = refused(scan(f"ravdess={few}", "-o", other), 2)
    assert words == f"-o {other} is there and is no manifest; name another file"
    assert other.read_text(encoding="utf-8") == "actor,age\n1,30\n"


def test_the_output_is_a_folder(scan: Run, few: Path, tmp_path: Path) -> None:
    (tmp_path / "m.csv").mkdir()
    assert "is there and is no manifest" in refused(scan(f"ravdess={few}", "-o", tmp_path / "m.csv"), 2)


def test_an_unknown_label_view(scan: Run, few: Path, tmp_path: Path) -> None:
    assert "'5'" in refused(scan(f"ravdess={few}", "-o", tmp_path / "m.csv", "--labels", "5"), 2)


def test_a_view_in_which_nothing_has_a_place(scan: Run, few: Path, tmp_path: Path) -> None:
    words = refused(scan(f"ravdess={few}", "-o", tmp_path / "m.csv", "--labels", "calm,disgust"), 3)
    assert words == "no clip has a place in the label view 'calm,disgust'; the labels are angry, happy"


def test_an_unknown_corpus(scan: Run, few: Path, tmp_path: Path) -> None:
    words = refused(scan(f"ravdes={few}", "-o", tmp_path / "m.csv"), 3)
    assert words.startswith("unknown corpus 'ravdes'; did you mean 'ravdess'? known: ")


def test_no_such_folder(scan: Run, tmp_path: Path) -> None:
    words = refused(scan(f"ravdess={tmp_path / 'none'}", "-o", tmp_path / "m.csv"), 3)
    assert words == f"ravdess: no folder {tmp_path / 'none'}"


def test_what_is_said_of_ones_own_with_no_such_root(scan: Run, few: Path, tmp_path: Path) -> None:
    words = refused(scan(f"ravdess={few}", "-o", tmp_path / "m.csv", "--map", "joy=happy"), 2)
    assert words.startswith(
        "name, map, column, speaker and own-labels are for folder=... and table=... alone"
    )


def test_two_corpora_of_ones_own_with_equal_ids(scan: Run, few: Path, tmp_path: Path) -> None:
    for label in ("happy", "sad"):
        (tmp_path / "mine" / label).mkdir(parents=True)
    first, second = sorted(few.glob("*.wav"))
    (tmp_path / "mine" / "happy" / "a.wav").write_bytes(first.read_bytes())
    (tmp_path / "mine" / "sad" / "b.wav").write_bytes(second.read_bytes())
    (tmp_path / "mine" / "list.csv").write_text(
        "path,label\nhappy/a.wav,happy\nsad/b.wav,sad\n", encoding="utf-8"
    )
    pairs = (f"folder={tmp_path / 'mine'}", f"table={tmp_path / 'mine' / 'list.csv'}")
    words = refused(scan(*pairs, "-o", tmp_path / "m.csv"), 3)
    assert words.startswith("two recordings would have the id 'mine/happy/a': ")
    assert words.endswith("scan them into two manifests, or give corpora of your own different names")


def test_unreadable_clips_are_told_and_the_rest_is_done(
    scan: Run, few: Path, tmp_path: Path, bad_file: Callable[[str], Path]
) -> None:
    bad = {
        "03-01-01-01-01-01-03": ("pointer.wav", "is a Git LFS pointer, not audio; run git lfs pull"),
        "03-01-01-01-01-01-04": ("text.wav", "is text, not audio"),
        "03-01-01-01-01-01-05": ("empty.wav", "is empty (0 bytes)"),
        "03-01-01-01-01-01-06": ("zeros.wav", "holds only zero bytes, not audio"),
        "03-01-01-01-01-01-07": ("cut_to_nothing.wav", "less than 0.3 s is left"),
        "03-01-01-01-01-01-08": ("nan.wav", "1 of 32000 samples are NaN or infinite, the first at 1.500 s"),
        "03-01-01-01-01-01-09": ("film_without_sound.mp4", "holds video but no sound"),
    }
    for stem, (name, _) in bad.items():
        path = bad_file(name)
        path.rename(few / f"{stem}{path.suffix}")
    result = scan(f"ravdess={few}", "-o", tmp_path / "m.csv")
    assert result.exit_code == 1
    assert len(read_manifest(tmp_path / "m.csv")) == 2
    lines = result.stderr.splitlines()
    assert len(lines) == len(bad)
    for line, (stem, (_, why)) in zip(lines, bad.items(), strict=True):
        assert line.startswith(f"affectone: skipped {few / stem}.")
        assert why in line
        assert line.count(stem) == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_clip_that_may_not_be_read(scan: Run, few: Path, tmp_path: Path) -> None:
    path = sorted(few.iterdir())[0]
    path.chmod(0)
    result = scan(f"ravdess={few}", "-o", tmp_path / "m.csv")
    assert result.exit_code == 1
    assert result.stderr == f"affectone: skipped {path}: no permission to read it\n"


def test_a_folder_that_may_not_be_listed_is_told(
    scan: Run, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (few / "Actor_03").mkdir()
    listing = os.scandir

    def refuse(path: object) -> object:
        if str(path).endswith("Actor_03"):
            raise PermissionError(13, "Permission denied", str(path))
        return listing(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", refuse)
    result = scan(f"ravdess={few}", "-o", tmp_path / "m.parquet")
    assert result.exit_code == 1
    assert f"skipped {few}: {few / 'Actor_03'}: cannot be listed: Permission denied\n" in result.stderr
    assert len(read_manifest(tmp_path / "m.parquet")) == 2


def test_clips_that_were_not_fetched_are_told(scan: Run, few: Path, tmp_path: Path) -> None:
    (few / "03-01-04-01-01-01-03.wav").symlink_to("objects/not fetched")
    result = scan(f"ravdess={few}", "-o", tmp_path / "m.parquet")
    assert result.exit_code == 1
    assert f"skipped {few / '03-01-04-01-01-01-03.wav'}: no such file\n" in result.stderr


def test_no_clip_can_be_read(scan: Run, few: Path, tmp_path: Path) -> None:
    for path in few.iterdir():
        path.write_text("words")
    result = scan(f"ravdess={few}", "-o", tmp_path / "m.csv")
    assert (result.exit_code, result.stdout) == (3, "")
    last = f"affectone: no clip could be listened to; {tmp_path / 'm.csv'} was not written"
    assert result.stderr.splitlines()[2:] == [last]
    assert not (tmp_path / "m.csv").exists()


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX alone")
def test_a_folder_whose_name_is_no_utf_8(scan: Run, few: Path, tmp_path: Path) -> None:
    folder = os.fsdecode(os.fsencode(few) + b"/caf\xe9")
    os.mkdir(folder)
    (Path(folder) / "03-01-08-01-01-01-03.wav").write_bytes(next(few.glob("*.wav")).read_bytes())
    result = scan(f"ravdess={few}", "-o", tmp_path / "m.parquet")
    assert result.exit_code == 1
    assert "its name is no UTF-8, as a manifest needs it; rename it" in result.stderr
    assert len(read_manifest(tmp_path / "m.parquet")) == 2


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_disk_that_is_full(
    scan: Run, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    from affectone.corpora import manifest

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(manifest, "write_manifest", full)
    words = refused(scan(f"ravdess={few}", "-o", tmp_path / f"m.{ending}"), 3)
    assert words == f"{tmp_path / f'm.{ending}'}: cannot be written: No space left on device"


def test_a_list_of_skipped_files_in_no_folder(scan: Run, few: Path, tmp_path: Path) -> None:
    skipped = tmp_path / "none" / "skipped.csv"
    words = refused(scan(f"ravdess={few}", "-o", tmp_path / "m.csv", "--skipped", skipped), 2)
    assert words == f"--skipped {skipped}: there is no folder {tmp_path / 'none'}"
    assert not (tmp_path / "m.csv").exists()


def test_a_list_of_skipped_files_that_is_the_manifest(scan: Run, few: Path, tmp_path: Path) -> None:
    output = tmp_path / "m.csv"
    words = refused(scan(f"ravdess={few}", "-o", output, "--skipped", few / ".." / "m.csv"), 2)
    assert words == f"--skipped {few / '..' / 'm.csv'} is the manifest of -o, too; name another file"


def test_a_list_of_skipped_files_that_is_the_table(scan: Run, few: Path, tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text(f"path,why\n{next(few.iterdir())},happy\n", encoding="utf-8")
    before = table.read_bytes()
    arguments = (f"table={table}", "--column", "label=why", "-o", tmp_path / "m.csv", "--skipped", table)
    words = refused(scan(*arguments), 2)
    assert words == f"--skipped {table} is one of the inputs; it would be overwritten"
    assert table.read_bytes() == before


def test_a_list_of_skipped_files_over_something_else(scan: Run, few: Path, tmp_path: Path) -> None:
    recording = sorted(few.iterdir())[0]
    (tmp_path / "notes.csv").write_text("path,whyever\n", encoding="utf-8")
    for other in (recording, tmp_path / "notes.csv", tmp_path):
        before = other.read_bytes() if other.is_file() else None
        words = refused(scan(f"ravdess={few}", "-o", tmp_path / "m.csv", "--skipped", other), 2)
        assert words == f"--skipped {other} is there and is no list of skipped files; name another file"
        assert before == (other.read_bytes() if other.is_file() else None)


def test_a_column_of_a_folder(scan: Run, few: Path, tmp_path: Path) -> None:
    words = refused(scan(f"folder={few}", "-o", tmp_path / "m.csv", "--column", "label=emo"), 2)
    assert words == "--column names a column of a table=...; folder=... has no columns"


def test_a_row_that_had_to_be_left_out_is_named(scan: Run, few: Path, tmp_path: Path) -> None:
    one, other = sorted(few.iterdir())
    table = tmp_path / "mine.csv"
    table.write_text(f"path,label\n{one},happy\n{other},sad\n{one},happy\n", encoding="utf-8")
    result = scan(f"table={table}", "-o", tmp_path / "m.csv")
    assert result.exit_code == 1
    assert f"affectone: skipped {one}: the table names it more than once\n" in result.stderr
    assert len(read_manifest(tmp_path / "m.csv")) == 2
