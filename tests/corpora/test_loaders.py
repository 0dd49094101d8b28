"""Every registered corpus: published names in odd layouts become the right clips, foreign ones do not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from affectone.corpora import CORPORA, Clip, Scan
from affectone.labels import CORPUS_LABELS

Folder = Callable[..., Path]


@dataclass(frozen=True)
class Example:
    """What a published name says. `pattern` takes a label's word and gives a stem."""

    stem: str
    expected: Mapping[str, Any]
    pattern: str
    foreign: tuple[str, ...] = field(default=())


EXAMPLES: dict[str, Example] = {
    "ravdess": Example(
        "03-01-05-02-01-02-12",
        {
            "id": "ravdess/03-01-05-02-01-02-12",
            "speaker": "12",
            "original": "05",
            "emotion": "angry",
            "sex": "female",
            "language": "en",
            "sentence": "Kids are talking by the door",
            "take": "02",
            "intensity": "strong",
        },
        "03-01-{}-01-02-01-07",
        # Song, video, a ninth emotion, a third sentence, actors that do not exist, too few parts.
        (
            *("03-02-05-02-01-02-12", "01-01-05-02-01-02-12", "03-01-09-01-01-01-01"),
            *("03-01-05-02-03-02-12", "03-01-05-02-01-02-25", "03-01-05-02-01-02-00", "03-01-05-02-01-02"),
        ),
    ),
    "crema_d": Example(
        "1001_DFA_ANG_HI",
        {
            "id": "crema_d/1001_DFA_ANG_HI",
            "speaker": "1001",
            "original": "ANG",
            "emotion": "angry",
            "sex": None,
            "age": None,
            "language": "en",
            "sentence": "DFA",
            "intensity": "high",
        },
        "1091_IEO_{}_XX",
        (
            *("1001_DFA_SUR_XX", "1001_DFA_ANG", "1001_dfa_ang_xx", "1001_DFA_ANG_XXX"),
            *("1092_DFA_ANG_XX", "1000_DFA_ANG_XX", "11001_DFA_ANG_XX"),
        ),
    ),
    "tess": Example(
        "YAF_chalk_ps",
        {
            "id": "tess/YAF_chalk_ps",
            "speaker": "YAF",
            "original": "ps",
            "emotion": "surprised",
            "sex": "female",
            "age": 26,
            "language": "en",
            "sentence": "Say the word chalk",
        },
        "OAF_back_{}",
        ("MAF_chalk_ps", "YAF_chalk_bored", "YAF_chalk", "YAF_chalk_ps_2"),
    ),
    "savee": Example(
        "JE_su03",
        {
            "id": "savee/JE_su03",
            "speaker": "JE",
            "original": "su",
            "emotion": "surprised",
            "sex": "male",
            "language": "en",
            "sentence": "su03",
        },
        "DC_{}01",
        ("XX_su03", "JE_x03", "JE_su3", "a01", "JE-su03"),
    ),
    "emodb": Example(
        "14b10Lb",
        {
            "id": "emodb/14b10Lb",
            "speaker": "14",
            "original": "L",
            "emotion": "bored",
            "sex": "female",
            "age": 35,
            "language": "de",
            "sentence": "b10",
            "take": "b",
        },
        "03a01{}a",
        ("04a01Fa", "17a01Fa", "03c01Fa", "03a01Xa", "03a01F", "03a01fa"),
    ),
}
NAMES = [entry.name for entry in CORPORA]
LAYOUTS = {
    "flat": "{}.wav",
    "nested": "a/b c/Ünïcode/{}.wav",
    "upper-case suffix": "{}.WAV",
    "FLAC": "audio/{}.flac",
    "Opus": "audio/{}.opus",
    "m4a": "{}.m4a",
}


def scan(name: str, root: Path) -> Scan:
    return CORPORA.get(name)(root).scan()


def only_clip(name: str, root: Path) -> Clip:
    (clip,) = scan(name, root).clips
    return clip


def test_every_corpus_has_an_example_here() -> None:
    assert set(EXAMPLES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_its_publishers_say(name: str) -> None:
    info = CORPORA.get(name).info
    assert CORPORA.get(name).name == name
    assert info.clips > 0
    assert info.speakers > 0
    assert re.fullmatch("[a-z]{2}", info.language)
    assert re.match("https?://", info.home)
    assert all((info.title, info.licence, re.search(r"\(\d{4}\)", info.citation)))
    assert isinstance(info.commercial_use, bool)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_becomes_the_right_row(name: str, folder_of: Folder) -> None:
    clip = only_clip(name, folder_of(f"{EXAMPLES[name].stem}.wav"))
    expected = {"corpus": name, **EXAMPLES[name].expected}
    assert {key: getattr(clip, key) for key in expected} == expected


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NAMES)
def test_the_layout_does_not_matter(name: str, layout: str, folder_of: Folder) -> None:
    place = LAYOUTS[layout].format(EXAMPLES[name].stem)
    root = folder_of(place)
    clip = only_clip(name, root)
    assert (clip.id, clip.path) == (EXAMPLES[name].expected["id"], root / place)


@pytest.mark.parametrize(
    ("name", "original"), [(name, word) for name in NAMES for word in CORPUS_LABELS[name]]
)
def test_every_label_of_the_corpus_is_read(name: str, original: str, folder_of: Folder) -> None:
    clip = only_clip(name, folder_of(EXAMPLES[name].pattern.format(original) + ".wav"))
    assert (clip.original, clip.emotion) == (original, CORPUS_LABELS[name][original])


@pytest.mark.parametrize(
    ("name", "stem"), [(name, stem) for name in NAMES for stem in EXAMPLES[name].foreign]
)
def test_a_foreign_name_is_passed_over_with_the_reason(name: str, stem: str, folder_of: Folder) -> None:
    root = folder_of(f"{EXAMPLES[name].stem}.wav", f"{stem}.wav")
    found = scan(name, root)
    assert [clip.id for clip in found.clips] == [EXAMPLES[name].expected["id"]]
    assert [(skip.path, skip.why) for skip in found.skipped] == [
        (root / f"{stem}.wav", f"the name is not one of {name}'s")
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_other_corpora_are_foreign(name: str, folder_of: Folder) -> None:
    found = scan(name, folder_of(*(f"{example.stem}.wav" for example in EXAMPLES.values())))
    assert [clip.corpus for clip in found.clips] == [name]
    assert len(found.skipped) == len(EXAMPLES) - 1


@pytest.mark.parametrize("name", NAMES)
def test_a_nested_second_copy_is_taken_once_from_the_shallowest_folder(name: str, folder_of: Folder) -> None:
    stem = EXAMPLES[name].stem
    root = folder_of(f"a/again/{stem}.wav", f"b/{stem}.wav")
    found = scan(name, root)
    assert [clip.path for clip in found.clips] == [root / "b" / f"{stem}.wav"]
    assert [(skip.path, skip.why) for skip in found.skipped] == [
        (root / "a" / "again" / f"{stem}.wav", f"second copy of {root / 'b' / f'{stem}.wav'}")
    ]


@pytest.mark.parametrize("name", NAMES)
def test_what_macos_and_publishers_leave_beside_the_clips_is_no_audio(name: str, folder_of: Folder) -> None:
    stem = EXAMPLES[name].stem
    names = (
        f"{stem}.wav",
        f"._{stem}.wav",
        f"__MACOSX/._{stem}.wav",
        ".DS_Store",
        "ReadMe.txt",
        f"{stem}.txt",
    )
    found = scan(name, folder_of(*names))
    assert (len(found.clips), found.skipped) == (1, ())


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_with_the_name_of_a_clip_is_no_clip(name: str, folder_of: Folder) -> None:
    stem = EXAMPLES[name].stem
    found = scan(name, folder_of(f"{stem}.wav", f"old/{stem}.wav/notes.txt"))
    assert (len(found.clips), found.skipped) == (1, ())


@pytest.mark.parametrize("name", NAMES)
def test_clips_come_in_the_order_of_their_ids(name: str, folder_of: Folder) -> None:
    stems = [EXAMPLES[name].pattern.format(word) for word in CORPUS_LABELS[name]]
    places = [f"{'z' if number % 2 else 'a'}/{stem}.wav" for number, stem in enumerate(reversed(stems))]
    ids = [clip.id for clip in scan(name, folder_of(*places)).clips]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(stems)


def test_the_old_spelling_of_a_crema_d_clip(folder_of: Folder) -> None:
    clip = only_clip("crema_d", folder_of("1040_ITH_SAD_X.wav"))
    assert (clip.id, clip.speaker, clip.intensity) == ("crema_d/1040_ITH_SAD_XX", "1040", None)


def test_both_spellings_of_a_crema_d_clip_are_one(folder_of: Folder) -> None:
    found = scan("crema_d", folder_of("1040_ITH_SAD_X.wav", "1040_ITH_SAD_XX.wav"))
    assert (len(found.clips), len(found.skipped)) == (1, 1)


@pytest.mark.parametrize(("level", "word"), [("LO", "low"), ("MD", "medium"), ("HI", "high"), ("XX", None)])
def test_the_intensity_of_a_crema_d_clip(level: str, word: str | None, folder_of: Folder) -> None:
    assert only_clip("crema_d", folder_of(f"1001_IEO_FEA_{level}.wav")).intensity == word


def test_crema_d_reads_ages_and_sexes_from_its_table(folder_of: Folder) -> None:
    root = folder_of("AudioWAV/1002_DFA_NEU_XX.wav", "AudioWAV/1003_DFA_NEU_XX.wav")
    table = "ActorID,Age,Sex,Race,Ethnicity\n1002,21,Female,Caucasian,Not Hispanic\n"
    (root / "VideoDemographics.csv").write_text("\ufeff" + table, encoding="utf-8")
    people = [(clip.speaker, clip.age, clip.sex) for clip in scan("crema_d", root).clips]
    assert people == [("1002", 21, "female"), ("1003", None, None)]


def test_oa_is_oaf_in_tess(folder_of: Folder) -> None:
    clip = only_clip("tess", folder_of("OAF_neutral/OA_bite_neutral.wav"))
    assert (clip.id, clip.speaker, clip.age) == ("tess/OAF_bite_neutral", "OAF", 64)


def test_savee_in_folders_of_speakers(folder_of: Folder) -> None:
    found = scan("savee", folder_of("DC/a01.wav", "KL/a01.wav", "KL_a01.wav"))
    assert [(clip.id, clip.speaker) for clip in found.clips] == [
        ("savee/DC_a01", "DC"),
        ("savee/KL_a01", "KL"),
    ]
    assert len(found.skipped) == 1


@pytest.mark.parametrize(
    ("actor", "sex"), [("01", "male"), ("02", "female"), ("23", "male"), ("24", "female")]
)
def test_odd_actors_of_ravdess_are_men(actor: str, sex: str, folder_of: Folder) -> None:
    assert only_clip("ravdess", folder_of(f"03-01-01-01-01-01-{actor}.wav")).sex == sex
