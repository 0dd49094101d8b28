"""Corpora as one manifest with what only their sound tells."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile as sf

pytest.importorskip("pandas")

from affectone.corpora import COLUMNS, facts, read_manifest, write_manifest
from affectone.corpora.corpus import Skipped
from affectone.corpora.guard import speaker_leaders
from affectone.corpora.own import OwnLabels
from affectone.corpora.scan import Scanned, scan_corpora

RATE = 16000
Make = Callable[..., Path]
Scan = Callable[..., Scanned]

CLIPS = {
    "ravdess": 1440,
    "crema_d": 7442,
    "tess": 2800,
    "savee": 226,
    "emodb": 535,
    "nemo": 4481,
    "turev": 1735,
}
SPEAKERS = {"ravdess": 24, "crema_d": 91, "tess": 2, "savee": 4, "emodb": 10, "nemo": 9, "turev": 6}
REPEATS = {
    "crema_d/1006_TIE_NEU_XX": "crema_d/1006_TIE_HAP_XX",
    "crema_d/1013_WSI_SAD_XX": "crema_d/1013_WSI_DIS_XX",
    "crema_d/1017_IWL_FEA_XX": "crema_d/1017_IWL_ANG_XX",
    "crema_d/1017_IWW_FEA_XX": "crema_d/1017_IWW_ANG_XX",
    "crema_d/1020_IEO_ANG_MD": "crema_d/1020_IEO_ANG_LO",
    "crema_d/1028_IEO_HAP_MD": "crema_d/1028_IEO_HAP_LO",
    "crema_d/1045_IWL_DIS_XX": "crema_d/1045_ITH_DIS_XX",
    "crema_d/1056_TAI_ANG_XX": "crema_d/1056_MTI_ANG_XX",
    "crema_d/1067_IEO_FEA_LO": "crema_d/1067_IEO_DIS_LO",
    "ravdess/03-01-03-01-02-02-07": "ravdess/03-01-03-01-02-01-07",
}
"""Clip -> the one whose sound it repeats. Their samples correlate by 0.97 or more over the shorter one.
Four of these pairs are equal; the others are cut differently."""


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    """Return a function that scans in this process, through the cache of this test."""

    def run(own: OwnLabels | None = None, jobs: int = 1, **roots: Path) -> Scanned:
        how = {} if own is None else {"own": own}
        return scan_corpora(roots, cache=tmp_path / "cache", jobs=jobs, **how)

    return run


@pytest.fixture
def make(tiny: ModuleType, tmp_path: Path) -> Make:
    """Return a function that writes speech at each path, another voice each, and returns their folder."""

    def write(folder: str, *names: str, first: int = 0) -> Path:
        for number, name in enumerate(names, start=first):
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            speech = tiny.spoken_clip(0.9 + 0.1 * number, pitch=110.0 + 13 * number, rate=RATE)
            noise = np.random.default_rng(number).normal(0, 0.01, len(speech))
            sf.write(path, speech + noise, RATE)
        return tmp_path / folder

    return write


@pytest.fixture
def actors(make: Make) -> Path:
    """Return a folder with three clips under RAVDESS's names."""
    return make("ravdess", *(f"Actor_{n:02}/03-01-0{n + 2}-01-01-01-{n:02}.wav" for n in (1, 2, 3)))


def columns(found: Scanned, *names: str) -> list[tuple[object, ...]]:
    return list(found.manifest[list(names)].itertuples(index=False, name=None))


def test_what_the_sound_tells_is_filled_in(scan: Scan, actors: Path) -> None:
    found = scan(ravdess=actors)
    paths = sorted(actors.rglob("*.wav"))
    assert list(found.manifest.columns) == list(COLUMNS)
    assert columns(found, "path", "duration", "rate", "channels") == [
        (str(path), sf.info(path).frames / RATE, RATE, 1) for path in paths
    ]
    assert found.manifest["content_hash"].str.fullmatch("[0-9a-f]{64}").all()
    assert found.manifest["content_hash"].is_unique
    assert columns(found, "recording") == columns(found, "id")
    assert (found.skipped, found.notes, found.failed, found.left_out) == ((), (), 0, {})


def test_it_is_written_and_read_again(scan: Scan, actors: Path, tmp_path: Path) -> None:
    found = scan(ravdess=actors).manifest
    write_manifest(found, tmp_path / "m.parquet")
    assert read_manifest(tmp_path / "m.parquet").equals(found)


def test_corpora_come_in_the_order_given_and_clips_by_id(scan: Scan, actors: Path, make: Make) -> None:
    savee = make("savee", "JK_n01.wav", "DC_a01.wav", first=5)
    assert scan(savee=savee, ravdess=actors).manifest["id"].tolist() == [
        "savee/DC_a01",
        "savee/JK_n01",
        *(f"ravdess/03-01-0{number + 2}-01-01-01-{number:02}" for number in (1, 2, 3)),
    ]


def test_several_processes_give_the_same(scan: Scan, actors: Path, tmp_path: Path) -> None:
    alone = scan(ravdess=actors).manifest
    shutil.rmtree(tmp_path / "cache")
    assert scan(ravdess=actors, jobs=2).manifest.equals(alone)


def test_a_second_scan_decodes_nothing(scan: Scan, actors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scan(ravdess=actors).manifest
    monkeypatch.setattr(facts, "_hear", pytest.fail)
    assert scan(ravdess=actors).manifest.equals(first)


def test_a_lossless_twin_has_its_recording(scan: Scan, actors: Path) -> None:
    original = next(actors.rglob("*-01.wav"))
    twin = original.with_name("03-01-04-02-02-02-03.flac")
    sf.write(twin, sf.read(original)[0], RATE, "PCM_16")
    found = scan(ravdess=actors).manifest.set_index("id")
    first, other = "ravdess/03-01-03-01-01-01-01", "ravdess/03-01-04-02-02-02-03"
    assert found.loc[other, "content_hash"] == found.loc[first, "content_hash"]
    assert found.loc[other, "recording"] == found.loc[first, "recording"] == first
    assert found["recording"].nunique() == 3


@pytest.mark.parametrize("change", ["noise", "quiet", "late", "mp3"])
def test_an_altered_twin_has_its_recording_and_a_note(
    scan: Scan, actors: Path, change: str, tmp_path: Path
) -> None:
    samples = sf.read(next(actors.rglob("*-01.wav")))[0]
    changed = {
        "noise": samples + np.random.default_rng(1).normal(0, 0.02, len(samples)),
        "quiet": samples / 20,
        "late": np.r_[np.zeros(RATE // 3), samples],
        "mp3": samples,
    }[change]
    ending = ".mp3" if change == "mp3" else ".wav"
    sf.write(actors / f"03-01-08-01-01-01-24{ending}", changed, RATE)
    found = scan(ravdess=actors)
    twin, first = "ravdess/03-01-08-01-01-01-24", "ravdess/03-01-03-01-01-01-01"
    assert found.manifest.set_index("id").loc[twin, "recording"] == first
    assert found.notes == (
        f"1 clip repeats the sound of another, as it is or changed: {twin} that of {first}; "
        f"the column recording names it",
    )


def test_silent_clips_repeat_nothing(scan: Scan, tmp_path: Path, make: Make) -> None:
    root = make("savee", "DC_a01.wav")
    for name in ("JK_a01", "KL_n01"):
        sf.write(root / f"{name}.wav", np.zeros(RATE), RATE)
    found = scan(savee=root).manifest
    assert found["content_hash"].nunique() == 3
    assert set(speaker_leaders(found).items()) == {(f"savee/{name}",) * 2 for name in ("DC", "JK", "KL")}
    assert columns(Scanned(found, (), (), 0, {}), "recording") == [(name,) for name in found["id"]]


def test_what_cannot_be_read_is_no_row_and_told(scan: Scan, actors: Path) -> None:
    (actors / "03-01-08-01-01-01-24.wav").write_text("words")
    (actors / "03-01-08-01-01-01-23.wav").write_bytes(b"")
    found = scan(ravdess=actors)
    assert len(found.manifest) == 3
    assert [(skip.path.name, skip.why) for skip in found.skipped] == [
        ("03-01-08-01-01-01-23.wav", "is empty (0 bytes)"),
        ("03-01-08-01-01-01-24.wav", "is text, not audio"),
    ]
    assert (found.failed, found.left_out) == (2, {"ravdess": 2})


def test_a_foreign_name_is_skipped_and_no_failure(scan: Scan, actors: Path) -> None:
    (actors / "holiday.wav").write_text("words")
    found = scan(ravdess=actors)
    assert found.skipped == (Skipped(actors / "holiday.wav", "the name is not one of ravdess's"),)
    assert (found.failed, found.left_out) == (0, {"ravdess": 1})


def test_what_another_corpus_takes_is_not_skipped(
    scan: Scan, actors: Path, make: Make, tmp_path: Path
) -> None:
    make("savee", "DC_a01.wav")
    (tmp_path / "holiday.wav").write_text("words")
    found = scan(savee=tmp_path, ravdess=tmp_path)
    assert len(found.manifest) == 4
    assert [skip.path.name for skip in found.skipped] == ["holiday.wav"]


def test_nothing_that_can_be_read(scan: Scan, actors: Path) -> None:
    for path in actors.rglob("*.wav"):
        path.write_text("words")
    found = scan(ravdess=actors)
    assert found.manifest.empty
    assert list(found.manifest.columns) == list(COLUMNS)
    assert found.failed == len(found.skipped) == 3


def test_recordings_of_ones_own_beside_published_ones(scan: Scan, actors: Path, make: Make) -> None:
    mine = make("mine", "joy/lena 1.wav", "meh/lena 2.wav", first=5)
    own = OwnLabels(name="calls", label_map={"meh": "other"}, speaker=r"(\w+) \d")
    found = scan(own, ravdess=actors, folder=mine)
    rows = found.manifest[found.manifest["corpus"] == "calls"]
    assert rows[["id", "emotion", "speaker"]].to_numpy().tolist() == [
        ["calls/joy/lena 1", "happy", "lena"],
        ["calls/meh/lena 2", "other", "lena"],
    ]
    assert all(note.startswith("folder: ") for note in found.notes)


def test_a_row_whose_recording_is_gone_is_a_failure(scan: Scan, make: Make) -> None:
    mine = make("mine", "one.wav", "two.wav")
    (mine / "list.csv").write_text("path,label\none.wav,happy\ntwo.wav,sad\nthree.wav,sad\n")
    found = scan(table=mine / "list.csv")
    assert (len(found.manifest), found.failed) == (2, 1)
    assert found.skipped == (Skipped(mine / "three.wav", "no such file", lost=True),)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("one.wav,happy", "the table names it more than once"),
        ("one.wav,", "line 4 has no label"),
        (",sad", "line 4 names no recording"),
    ],
)
def test_no_row_of_a_table_is_lost_without_a_word(scan: Scan, make: Make, row: str, why: str) -> None:
    mine = make("mine", "one.wav", "two.wav")
    (mine / "list.csv").write_text(f"path,label\none.wav,happy\ntwo.wav,sad\n{row}\n")
    found = scan(table=mine / "list.csv")
    assert [skip.why for skip in found.skipped] == [why]
    assert (len(found.manifest), found.failed, found.left_out) == (2, 1, {"mine": 1})


def test_a_row_that_a_table_lost_is_told_though_a_folder_holds_its_recording(scan: Scan, make: Make) -> None:
    make("own", "happy/one.wav", first=3)
    mine = make("own", "two.wav", "three.wav")
    rows = "happy/one.wav,\ntwo.wav,sad\nthree.wav,sad\n"
    (mine / "list.csv").write_text(f"path,label\n{rows}")
    found = scan(folder=mine, table=mine / "list.csv")
    assert Skipped(mine / "happy" / "one.wav", "line 2 has no label", lost=True) in found.skipped
    assert (len(found.manifest), found.failed) == (3, 1)


def test_copies_that_a_table_names_are_one_recording_with_those_that_are_heard(
    scan: Scan, make: Make
) -> None:
    mine = make("mine", *(f"{name}.wav" for name in "abcde"))
    shutil.copyfile(mine / "b.wav", mine / "f.wav")
    told = {"b": "a", "d": "c", "c": "d"}
    rows = "".join(f"{name}.wav,sad,{told.get(name, '')}\n" for name in "abcdef")
    (mine / "list.csv").write_text(f"path,label,recording\n{rows}")
    found = scan(table=mine / "list.csv").manifest
    assert dict(zip(found["id"].str[-1], found["recording"].str[-1], strict=True)) == {
        **{"a": "a", "b": "a", "f": "a"},
        **{"c": "c", "d": "c", "e": "e"},
    }


def test_a_recording_that_is_no_clip_joins_its_copies(scan: Scan, make: Make) -> None:
    mine = make("mine", "a.wav", "b.wav", "c.wav")
    (mine / "list.csv").write_text("path,label,recording\na.wav,sad,r\nb.wav,sad,r\nc.wav,sad,\n")
    found = scan(table=mine / "list.csv")
    assert found.manifest["recording"].tolist() == ["mine/a", "mine/a", "mine/c"]


def test_speakers_whose_corpora_differ_in_spelling_alone_are_told(scan: Scan, make: Make) -> None:
    mine = make("mine", "a.wav", "b.wav")
    (mine / "list.csv").write_text("path,label,speaker,corpus\na.wav,sad,tom,calls\nb.wav,sad,tom,Calls\n")
    assert scan(table=mine / "list.csv").notes[-1] == (
        "speakers 'Calls/tom' and 'calls/tom' differ in spelling alone; splits refuse them: write one"
    )


def test_speakers_that_differ_in_spelling_alone_are_told(scan: Scan, make: Make) -> None:
    mine = make("mine", *(f"{name}.wav" for name in "abcde"))
    speakers = zip("abcde", ["LENA", "lena", "03", "3.0", "tom"], strict=True)
    rows = "".join(f"{name}.wav,sad,{speaker}\n" for name, speaker in speakers)
    (mine / "list.csv").write_text(f"path,label,speaker\n{rows}")
    assert scan(table=mine / "list.csv").notes[-1] == (
        "speakers '03' and '3.0' of mine differ in spelling alone, and 1 such pair more; splits refuse them: "
        "write one"
    )


def test_a_manifest_scanned_as_a_table_comes_back_equal(scan: Scan, actors: Path, tmp_path: Path) -> None:
    shutil.copyfile(next(actors.rglob("*-01.wav")), actors / "03-01-08-01-01-01-24.wav")
    first = scan(ravdess=actors).manifest
    write_manifest(first, tmp_path / "m.csv")
    assert scan(table=tmp_path / "m.csv").manifest.equals(first)


def test_a_damaged_cache_is_a_note(scan: Scan, actors: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "facts.sqlite").write_bytes(b"no database" * 1000)
    found = scan(ravdess=actors)
    assert len(found.manifest) == 3
    assert "file is not a database" in found.notes[0]


def check_rows(found: Scanned, names: Iterable[str]) -> None:
    names = list(names)
    assert found.failed == 0
    assert found.manifest["corpus"].value_counts(sort=False).to_dict() == {
        name: CLIPS[name] for name in names
    }
    assert found.manifest.groupby("corpus")["speaker"].nunique().to_dict() == {
        name: SPEAKERS[name] for name in names
    }
    assert (
        found.manifest[["duration", "rate", "channels", "content_hash", "recording"]].notna().all(axis=None)
    )
    repeats = found.manifest[found.manifest["recording"] != found.manifest["id"]]
    assert dict(zip(repeats["id"], repeats["recording"], strict=True)) == {
        clip: first for clip, first in REPEATS.items() if clip.split("/")[0] in names
    }


def timed(roots: dict[str, Path], cache: Path) -> tuple[Scanned, float]:
    begun = time.perf_counter()
    return scan_corpora(roots, cache=cache), time.perf_counter() - begun


@pytest.mark.corpora
def test_two_real_corpora_and_again(corpora_root: Path, tmp_path: Path) -> None:
    roots = {name: corpora_root / name for name in ("savee", "emodb")}
    first, _ = timed(roots, tmp_path)
    check_rows(first, roots)
    again, _ = timed(roots, tmp_path)
    assert again.manifest.equals(first.manifest)


@pytest.mark.soak
@pytest.mark.corpora
def test_all_real_corpora_and_again_in_a_tenth_of_the_time(corpora_root: Path, tmp_path: Path) -> None:
    roots = {name: corpora_root / name for name in CLIPS}
    first, long = timed(roots, tmp_path)
    check_rows(first, roots)
    assert len(first.manifest) == 18_659
    again, short = timed(roots, tmp_path)
    assert again.manifest.equals(first.manifest)
    assert short < long / 10
