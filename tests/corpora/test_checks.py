"""The checks: a clean corpus passes, and each planted defect gives its own finding and no other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile as sf

from affectone.corpora import Clip, facts, load_corpora, load_corpus, to_manifest
from affectone.corpora.checks import Finding, Kind, Severity, check_manifest
from affectone.corpora.scan import scan_corpora
from affectone.errors import CorpusError

if TYPE_CHECKING:
    import pandas as pd

RATE = 16000
SPEAKERS = {"ada": "female", "bo": "male", "cy": "female", "di": "male"}
EMOTIONS = ("happy", "sad", "angry")
Check = Callable[["pd.DataFrame"], list[Finding]]


def voice(seed: int, rate: int = RATE) -> np.ndarray:
    """Return 0.4 s of noise under a bell, unlike that of any other seed; its peak is 0.3."""
    noise = np.random.default_rng(seed).standard_normal(round(0.4 * rate))
    sound = np.convolve(noise, np.ones(5) / 5, "same") * np.hanning(len(noise))
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def write(path: Path, samples: np.ndarray, rate: int = RATE, container: str = "WAV") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, samples, rate, format=container, subtype="PCM_16")
    return path


@pytest.fixture(scope="session")
def _clean_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of 24 clips: four speakers, three emotions, two takes."""
    folder = tmp_path_factory.mktemp("clean") / "mine"
    for seed, name in enumerate(f"{s}_{e}_{take}" for s in SPEAKERS for e in EMOTIONS for take in "12"):
        write(folder / f"{name}.wav", voice(seed))
    return folder


@pytest.fixture
def clean(_clean_folder: Path, tmp_path: Path) -> pd.DataFrame:
    """Return the manifest of a clean corpus of one's own, in a folder that may be spoilt."""
    folder = Path(shutil.copytree(_clean_folder, tmp_path / "mine"))
    clips = []
    for path in sorted(folder.iterdir()):
        speaker, emotion, _ = path.stem.split("_")
        clips.append(
            Clip(f"mine/{path.stem}", path, "mine", speaker, emotion, emotion, sex=SPEAKERS[speaker])
        )
    return to_manifest(clips)


@pytest.fixture
def check(tmp_path_factory: pytest.TempPathFactory) -> Check:
    """Return `check_manifest` with a cache that all tests share: it is found by content."""
    cache = tmp_path_factory.getbasetemp() / "heard"
    return lambda manifest: check_manifest(manifest, cache=cache, jobs=1)


def path_of(manifest: pd.DataFrame, name: str) -> Path:
    return Path(manifest.set_index("id").loc[f"mine/{name}", "path"])


def named(findings: Sequence[Finding], kind: Kind) -> Finding:
    """Return the one finding of that kind."""
    (found,) = (finding for finding in findings if finding.kind is kind)
    return found


def test_a_clean_corpus_has_no_finding(clean: pd.DataFrame, check: Check) -> None:
    assert check(clean) == []


Spoil = Callable[["pd.DataFrame"], "pd.DataFrame | None"]


def over(name: str, samples: np.ndarray, rate: int = RATE, container: str = "WAV") -> Spoil:
    """Return what writes samples over a clip."""

    def spoil(manifest: pd.DataFrame) -> None:
        write(path_of(manifest, name), samples, rate, container)

    return spoil


def with_bytes(name: str, content: bytes) -> Spoil:
    """Return what writes bytes over a clip."""

    def spoil(manifest: pd.DataFrame) -> None:
        path_of(manifest, name).write_bytes(content)

    return spoil


def copied(source: str, target: str) -> Spoil:
    """Return what writes one clip over another."""

    def spoil(manifest: pd.DataFrame) -> None:
        shutil.copy(path_of(manifest, source), path_of(manifest, target))

    return spoil


def with_cell(name: str, column: str, value: str | None) -> Spoil:
    """Return what sets a cell of the manifest."""

    def spoil(manifest: pd.DataFrame) -> pd.DataFrame:
        manifest.loc[manifest["id"] == f"mine/{name}", column] = value
        return manifest

    return spoil


def stereo(other: float) -> np.ndarray:
    return np.stack([voice(90), other * voice(90)], axis=1)


def cut_after_a_second(manifest: pd.DataFrame) -> None:
    path = write(path_of(manifest, HERE), np.tile(voice(90), 5))
    path.write_bytes(path.read_bytes()[: 44 + 2 * RATE])


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:c6f94b2592\nsize 83512\n"
HERE, THERE = "ada_happy_1", "ada_happy_2"
DEFECTS: dict[str, tuple[Spoil, Kind, Severity, str, tuple[str, ...]]] = {
    "gone": (
        lambda manifest: path_of(manifest, HERE).unlink(),
        *(Kind.MISSING, Severity.ERROR, "1 of 24 files of the manifest cannot be found", (HERE,)),
    ),
    "empty": (
        with_bytes(HERE, b""),
        *(Kind.UNREADABLE, Severity.ERROR, "1 of 24 files cannot be read: is empty", (HERE,)),
    ),
    "text": (
        with_bytes(HERE, b"These are words, not sound.\n" * 20),
        *(Kind.UNREADABLE, Severity.ERROR, "1 of 24 files cannot be read: is text, not audio", (HERE,)),
    ),
    "pointer": (
        with_bytes(HERE, POINTER),
        Kind.POINTER,
        Severity.ERROR,
        "1 of 24 files cannot be read: is a Git LFS pointer, not audio; run git lfs pull",
        (HERE,),
    ),
    "cut": (
        cut_after_a_second,
        Kind.DAMAGED,
        Severity.WARNING,
        "1 of 24 recordings: cut short: promised 2.00 s, read 1.00 s",
        (HERE,),
    ),
    "silent": (
        over(HERE, np.zeros(RATE)),
        *(Kind.SILENT, Severity.WARNING, "1 of 24 recordings silent: no sample reaches 0.0001", (HERE,)),
    ),
    "faint": (
        over(HERE, 0.02 * voice(90)),
        *(Kind.FAINT, Severity.NOTE, "1 of 24 recordings nearly silent: the lowest peak is 0.006", (HERE,)),
    ),
    "pauses": (
        over(HERE, np.pad(voice(90), 5000)),
        *(Kind.PAUSES, Severity.NOTE, "1 of 24 recordings without sound for half of the time", (HERE,)),
    ),
    "clipped": (
        over(HERE, np.where(np.abs(voice(90)) > 0.1, np.sign(voice(90)), voice(90))),
        *(Kind.CLIPPED, Severity.WARNING, "1 of 24 recordings clipped: at most ", (HERE,)),
    ),
    "stereo": (
        over(HERE, stereo(0.5)),
        *(Kind.CHANNELS, Severity.WARNING, "1 of 24 recordings of 2 channels, all different", (HERE,)),
    ),
    "twice mono": (
        over(HERE, stereo(1.0)),
        *(Kind.CHANNELS, Severity.NOTE, "1 of 24 recordings of 2 channels, all identical", (HERE,)),
    ),
    "odd rate": (
        over(HERE, voice(90, 96000), 96000),
        Kind.RATE,
        Severity.WARNING,
        "1 of 24 recordings of another rate than 16000 Hz: 1 at 96000 Hz",
        (HERE,),
    ),
    "AIFF": (
        over(HERE, voice(90), container="AIFF"),
        *(Kind.CONTAINER, Severity.WARNING, "1 of 24 recordings: named .wav but holds AIFF", (HERE,)),
    ),
    "equal": (
        copied(HERE, THERE),
        Kind.EQUAL,
        Severity.WARNING,
        "the sound of 1 recording stands in several rows: 2 rows",
        (HERE, THERE),
    ),
    "equal, other label": (
        copied(HERE, "ada_sad_1"),
        Kind.CONTRADICTION,
        Severity.ERROR,
        "the sound of 1 recording bears different labels: 2 rows",
        (HERE, "ada_sad_1"),
    ),
    "equal, other speaker": (
        copied(HERE, "bo_happy_1"),
        Kind.IMPOSTOR,
        Severity.ERROR,
        "the sound of 1 recording is said to be of different speakers: 2 rows",
        (HERE, "bo_happy_1"),
    ),
    "changed copy": (
        lambda manifest: manifest.assign(recording=manifest["id"].replace(f"mine/{THERE}", f"mine/{HERE}")),
        Kind.EQUAL,
        Severity.WARNING,
        "the sound of 1 recording stands in several rows: 2 rows, 1 of them changed copies",
        (HERE, THERE),
    ),
    "no speaker": (
        with_cell(HERE, "speaker", None),
        Kind.NO_SPEAKER,
        Severity.WARNING,
        "1 of 24 clips without a speaker: no split can keep their speakers apart",
        (HERE,),
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_gives_its_finding_and_no_other(
    clean: pd.DataFrame, check: Check, defect: str
) -> None:
    spoil, kind, severity, words, names = DEFECTS[defect]
    spoilt = spoil(clean)
    (finding,) = check(clean if spoilt is None else spoilt)
    assert (finding.kind, finding.corpus, finding.severity) == (kind, "mine", severity)
    assert finding.message.startswith(words)
    assert sorted(finding.ids) == sorted(f"mine/{name}" for name in names)
    assert len(finding.paths) == len(names)


def test_a_speaker_spelt_in_two_ways_is_told(clean: pd.DataFrame, check: Check) -> None:
    clean.loc[clean["id"] == f"mine/{HERE}", "speaker"] = "Ada "
    finding = named(check(clean), Kind.SPELT_TWICE)
    assert finding.severity is Severity.ERROR
    assert finding.message == "1 speaker spelt in two ways: 'Ada ' and 'ada': write each in one way"


def test_an_id_that_stands_twice_is_refused(clean: pd.DataFrame, check: Check) -> None:
    clean.loc[clean["id"] == f"mine/{THERE}", "id"] = f"mine/{HERE}"
    with pytest.raises(CorpusError, match=f"the manifest: id 'mine/{HERE}' in rows "):
        check(clean)


def test_where_all_files_are_gone_the_first_place_is_told(clean: pd.DataFrame, check: Check) -> None:
    gone = clean.assign(path=[f"away/{name}.wav" for name in clean["id"]])
    message = named(check(gone), Kind.MISSING).message
    place = Path("away", f"{clean['id'].iloc[0]}.wav").absolute()
    words = f"all {len(gone)} files of the manifest cannot be found; the first was looked for at {place}: "
    assert message == f"{words}scan again where the files are now"


def test_a_losslessly_encoded_twin_sounds_equal(clean: pd.DataFrame, check: Check) -> None:
    samples, _ = sf.read(path_of(clean, HERE), dtype="float32")
    flac = write(path_of(clean, THERE).with_suffix(".flac"), samples, container="FLAC")
    path_of(clean, THERE).unlink()
    clean.loc[clean["id"] == f"mine/{THERE}", "path"] = str(flac)
    assert named(check(clean), Kind.EQUAL).groups == ((f"mine/{HERE}", f"mine/{THERE}"),)


def test_a_changed_copy_is_heard_whatever_the_manifest_says(clean: pd.DataFrame, check: Check) -> None:
    sound = np.concatenate([voice(90), voice(91), voice(92)])
    write(path_of(clean, HERE), sound)
    write(path_of(clean, THERE), 0.5 * np.pad(sound, (800, 0)))
    (finding,) = check(clean)
    assert finding.groups == ((f"mine/{HERE}", f"mine/{THERE}"),)
    assert finding.message.endswith("1 of them changed copies")


def test_equal_sound_in_two_corpora_is_an_error_of_both(clean: pd.DataFrame, check: Check) -> None:
    clean.loc[clean["id"] == f"mine/{THERE}", "corpus"] = "theirs"
    shutil.copy(path_of(clean, HERE), path_of(clean, THERE))
    finding = named(check(clean), Kind.ABROAD)
    assert (finding.corpus, finding.severity) == ("mine, theirs", Severity.ERROR)


def test_two_silent_clips_are_silent_and_not_equal(clean: pd.DataFrame, check: Check) -> None:
    for name in (HERE, "bo_sad_1"):
        write(path_of(clean, name), np.zeros(RATE))
    (finding,) = check(clean)
    assert (finding.kind, finding.ids) == (Kind.SILENT, (f"mine/{HERE}", "mine/bo_sad_1"))


def test_the_worst_comes_first(clean: pd.DataFrame, check: Check) -> None:
    write(path_of(clean, "ada_happy_1"), 0.02 * voice(90))
    write(path_of(clean, "ada_happy_2"), np.zeros(RATE))
    path_of(clean, "ada_sad_1").unlink()
    assert [finding.kind for finding in check(clean)] == [Kind.MISSING, Kind.SILENT, Kind.FAINT]


def test_files_broken_alike_are_one_finding(clean: pd.DataFrame, check: Check) -> None:
    for name in (HERE, THERE):
        path_of(clean, name).write_bytes(POINTER)
    path_of(clean, "bo_sad_1").write_bytes(b"")
    findings = check(clean)
    assert [(finding.kind, len(finding.ids)) for finding in findings] == [
        (Kind.POINTER, 2),
        (Kind.UNREADABLE, 1),
    ]


def test_own_recordings_beside_the_clips_are_told_in_one_note(clean: pd.DataFrame, check: Check) -> None:
    kept = clean[clean["emotion"] != "sad"]
    Path(kept["path"].iloc[0]).with_name("notes.txt").write_text("not a recording")
    finding = named(check(kept), Kind.LEFT_OUT)
    assert (finding.severity, len(finding.paths)) == (Severity.NOTE, 8)
    assert finding.message == "8 recordings beside these are not in the manifest"


def test_an_own_recording_that_cannot_be_read_is_no_row_and_told(clean: pd.DataFrame, check: Check) -> None:
    path_of(clean, HERE).write_bytes(b"")
    (finding,) = check(clean[clean["id"] != f"mine/{HERE}"])
    assert (finding.kind, finding.severity) == (Kind.UNREADABLE, Severity.ERROR)
    assert finding.message == "1 file beside the clips cannot be read: is empty (0 bytes)"
    assert finding.paths == (str(path_of(clean, HERE)),)


def test_an_own_recording_whose_samples_are_no_numbers_is_told(clean: pd.DataFrame, check: Check) -> None:
    sf.write(path_of(clean, HERE), np.full(8000, np.nan), 16000, subtype="FLOAT")
    (finding,) = check(clean[clean["id"] != f"mine/{HERE}"])
    assert (finding.kind, finding.severity) == (Kind.UNREADABLE, Severity.ERROR)
    assert "samples are NaN or infinite" in finding.message


# Corpora that are published, made up under their names.


def publish(root: Path, *names: str) -> Path:
    for seed, name in enumerate(names):
        write(root / name, voice(seed))
    return root


RAVDESS = tuple(f"Actor_0{who}/03-01-0{e}-01-01-01-0{who}.wav" for who in "12" for e in "2345")
TESS = tuple(f"{s}_{w}_{e}.wav" for s in ("OAF", "YAF") for w in ("back", "chalk") for e in ("ps", "sad"))


@pytest.mark.parametrize(
    ("corpus", "clips", "nested"),
    [
        ("tess", TESS, "TESS Toronto emotional speech set data"),
        ("ravdess", RAVDESS, "audio_speech_actors_01-24"),
    ],
)
def test_a_nested_second_copy_is_counted(
    tmp_path: Path, check: Check, corpus: str, clips: tuple[str, ...], nested: str
) -> None:
    root = publish(tmp_path / "archive", *clips)
    shutil.copytree(root, root / nested)
    finding = named(check(load_corpus(corpus, root)), Kind.COPY)
    assert finding.severity is Severity.NOTE
    assert finding.message == "16 files for 8 clips: each clip is taken once"
    assert len(finding.paths) == len(finding.ids) == 8
    assert all(Path(path).is_relative_to(root / nested) for path in finding.paths)


def test_copies_of_clips_that_are_not_in_the_manifest_are_copies(tmp_path: Path, check: Check) -> None:
    root = publish(tmp_path / "tess", *TESS)
    shutil.copytree(root, root / "tess")
    manifest = load_corpus("tess", root)
    findings = check(manifest[manifest["emotion"] == "sad"])
    assert named(findings, Kind.COPY).message == "16 files for 8 clips: each clip is taken once"
    assert len(named(findings, Kind.LEFT_OUT).ids) == 4


def test_files_with_foreign_names_are_told_by_why(tmp_path: Path, check: Check) -> None:
    root = publish(tmp_path / "tess", *TESS, "holiday.wav", "interview.wav")
    finding = named(check(load_corpus("tess", root)), Kind.FOREIGN)
    assert finding.message == "2 files among the clips passed over: the name is not one of tess's"
    assert [Path(path).name for path in finding.paths] == ["holiday.wav", "interview.wav"]


def test_song_and_video_of_ravdess_are_passed_over_with_their_reasons(tmp_path: Path, check: Check) -> None:
    speech = ("Actor_01/03-01-03-01-01-01-01.wav", "Actor_02/03-01-03-01-01-01-02.wav")
    song, video = "Actor_01/03-02-03-01-01-01-01.wav", "Actor_01/01-01-03-01-01-01-01.mp4"
    root = publish(tmp_path / "ravdess", *speech, song)
    (root / video).write_bytes(b"film")
    findings = [finding for finding in check(load_corpus("ravdess", root)) if finding.kind is Kind.FOREIGN]
    assert sorted(path for finding in findings for path in finding.paths) == [
        str(root / video),
        str(root / song),
    ]


def test_a_selection_is_told_in_one_note(tmp_path: Path, check: Check) -> None:
    manifest = load_corpus("tess", publish(tmp_path / "tess", *TESS))
    finding = named(check(manifest[manifest["emotion"] == "sad"]), Kind.LEFT_OUT)
    assert finding.message == "4 clips beside these are not in the manifest"
    assert "tess/OAF_back_ps" in finding.ids


def test_clips_that_a_scan_heard_and_a_view_left_out_are_not_heard_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = scan_corpora({"tess": publish(tmp_path / "tess", *TESS)}, cache=tmp_path / "heard", jobs=1)
    monkeypatch.setattr(facts, "open_audio", None)
    sad = found.manifest[found.manifest["emotion"] == "sad"]
    assert named(check_manifest(sad, cache=tmp_path / "heard", jobs=1), Kind.LEFT_OUT).ids


def test_clips_of_another_corpus_in_the_same_folder_are_not_extra(tmp_path: Path, check: Check) -> None:
    root = publish(tmp_path / "all", *TESS, "03a01Fa.wav")
    findings = check(load_corpora({"tess": root, "emodb": root}))
    assert [finding for finding in findings if finding.kind is Kind.FOREIGN] == []


def test_pointers_that_a_scan_left_out_are_an_error(tmp_path: Path, check: Check) -> None:
    root = publish(tmp_path / "tess", *TESS)
    pointers = [root / f"{who}_door_angry.wav" for who in ("OAF", "YAF")]
    for path in pointers:
        path.write_bytes(POINTER)
    finding = named(check(scan_corpora({"tess": root}, cache=tmp_path, jobs=1).manifest), Kind.POINTER)
    assert (finding.severity, finding.ids) == (
        Severity.ERROR,
        ("tess/OAF_door_angry", "tess/YAF_door_angry"),
    )
    assert finding.paths == tuple(map(str, pointers))


@pytest.mark.parametrize(
    ("corpus", "odd", "new"),
    [
        ("crema_d", "1040_ITH_SAD_X.wav", "crema_d/1040_ITH_SAD_XX"),
        ("tess", "OA_bite_neutral.wav", "tess/OAF_bite_neutral"),
    ],
)
def test_an_odd_spelling_is_told(tmp_path: Path, check: Check, corpus: str, odd: str, new: str) -> None:
    finding = named(check(load_corpus(corpus, publish(tmp_path, odd))), Kind.SPELLING)
    assert (finding.severity, finding.ids) == (Severity.NOTE, (new,))


def test_a_layout_with_the_speaker_in_the_folder_is_no_odd_spelling(tmp_path: Path, check: Check) -> None:
    findings = check(load_corpus("savee", publish(tmp_path, "DC/a01.wav", "JE/a01.wav")))
    assert [finding for finding in findings if finding.kind is Kind.SPELLING] == []


def test_a_resampled_copy_is_told(tmp_path: Path, check: Check) -> None:
    finding = named(check(load_corpus("tess", publish(tmp_path, *TESS))), Kind.RESAMPLED)
    assert finding.message == "a resampled copy: 16000 Hz instead of the published 24414 Hz"
