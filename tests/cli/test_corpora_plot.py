"""`affectone corpora plot`: pictures of a manifest, by name, and where they are."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile as sf

from affectone.corpora import Clip, to_manifest, write_manifest

pytest.importorskip("matplotlib")

ALL = ["counts", "durations", "examples"]


@pytest.fixture
def manifest(tiny: ModuleType, tmp_path: Path) -> Path:
    """Return a manifest of four clips of one speaker, two of them happy."""
    clips = []
    for number, emotion in enumerate(("sad", "happy", "calm", "happy")):
        path = tmp_path / f"{number}.wav"
        sf.write(path, tiny.speech(0.5 + 0.1 * number), 16000)
        clips.append(Clip(f"mine/{number}", path, "mine", "ann", emotion, emotion))
    write_manifest(to_manifest(clips).assign(duration=[0.5, 0.6, 0.7, 0.8]), tmp_path / "manifest.parquet")
    return tmp_path / "manifest.parquet"


def test_a_folder_gets_all_pictures_and_each_is_told(affectone, manifest: Path, tmp_path: Path) -> None:
    result = affectone("corpora", "plot", manifest, "-o", tmp_path / "looks")
    assert (result.exit_code, result.stdout) == (0, "")
    assert sorted(path.name for path in (tmp_path / "looks").iterdir()) == [f"{kind}.png" for kind in ALL]
    assert result.stderr.splitlines() == [
        f"affectone: {tmp_path / 'looks' / kind}.png: {kind} of 4 clips" for kind in ALL
    ]


@pytest.mark.parametrize(("form", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_the_format_of_a_folder_can_be_chosen(affectone, manifest: Path, tmp_path, form, start) -> None:
    result = affectone(
        "corpora", "plot", manifest, "-o", tmp_path / "looks", "--kind", "counts", "--format", form
    )
    assert result.exit_code == 0
    (picture,) = (tmp_path / "looks").iterdir()
    assert picture.name == f"counts.{form}"
    assert picture.read_bytes().startswith(start)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_file_gets_one(affectone, manifest: Path, tmp_path: Path, kind: str, suffix: str) -> None:
    target = tmp_path / f"one.{suffix}"
    assert affectone("corpora", "plot", manifest, "-o", target, "--kind", kind).exit_code == 0
    assert target.stat().st_size > 3000


def test_the_sheet_names_the_clips_it_shows(affectone, manifest: Path, tmp_path: Path) -> None:
    affectone("corpora", "plot", manifest, "-o", tmp_path / "a.svg", "--kind", "examples")
    picture = (tmp_path / "a.svg").read_text()
    shown = [number for number in range(4) if f">mine/{number}, {0.5 + 0.1 * number:.2f} s<" in picture]
    assert shown == [0, 1, 2]
    assert picture.index(">calm<") < picture.index(">happy<") < picture.index(">sad<")


def test_labels_leave_out_and_join(affectone, manifest: Path, tmp_path: Path) -> None:
    def texts(view: str) -> str:
        affectone("corpora", "plot", manifest, "-o", tmp_path / "a.svg", "--kind", "counts", "--labels", view)
        return (tmp_path / "a.svg").read_text()

    assert ">mine: 3 clips<" in texts("4")
    assert ">calm<" not in texts("4")
    assert ">positive<" in texts("valence")


def test_the_same_manifest_gives_the_same_bytes(affectone, manifest: Path, tmp_path: Path) -> None:
    for name in "ab":
        affectone("corpora", "plot", manifest, "-o", tmp_path / name, "--format", "svg")
    for kind in ALL:
        assert (tmp_path / "a" / f"{kind}.svg").read_bytes() == (tmp_path / "b" / f"{kind}.svg").read_bytes()


def test_clips_without_a_duration_are_counted_aloud(affectone, manifest: Path, tmp_path: Path) -> None:
    import pandas as pd

    table = pd.read_parquet(manifest)
    table.loc[1, "duration"] = np.nan
    table.to_parquet(manifest)
    result = affectone("corpora", "plot", manifest, "-o", tmp_path / "a.png", "--kind", "durations")
    assert result.exit_code == 0
    assert "1 of 4 clips have no duration and are left out of durations" in result.stderr


@pytest.mark.corpora
def test_a_real_corpus_can_be_drawn(affectone, corpora_root: Path, tmp_path: Path) -> None:
    from affectone.corpora import load_corpus

    table = load_corpus("emodb", corpora_root / "emodb")
    table["duration"] = [sf.info(path).duration for path in table["path"]]
    write_manifest(table, tmp_path / "m.csv")
    result = affectone("corpora", "plot", tmp_path / "m.csv", "-o", tmp_path, "--format", "svg")
    assert result.exit_code == 0
    counts = (tmp_path / "counts.svg").read_text()
    # Published: 127 angry, 81 bored, 46 disgust, 69 fearful, 71 happy, 62 sad, 79 neutral.
    assert all(f">{number}<" in counts for number in (127, 81, 46, 69, 71, 62, 79))
