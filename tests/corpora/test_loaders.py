"""What is special to the corpora that are read by names alone; what all share is in tests/contract."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from affectone.corpora import CORPORA, Clip, Scan

Folder = Callable[..., Path]

# A stem with a place for the label, and names that are almost right.
STEMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ravdess": (
        "03-01-{}-01-02-01-07",
        # A ninth emotion, a third sentence, actors that do not exist, too few parts, a third channel.
        (
            *("03-01-09-01-01-01-01", "03-01-05-02-03-02-12", "03-01-05-02-01-02-25", "03-01-05-02-01-02-00"),
            *("03-01-05-02-01-02", "03-03-05-02-01-02-12", "04-01-05-02-01-02-12"),
        ),
    ),
    "crema_d": (
        "1091_IEO_{}_XX",
        (
            *("1001_DFA_SUR_XX", "1001_DFA_ANG", "1001_dfa_ang_xx", "1001_DFA_ANG_XXX"),
            *("1092_DFA_ANG_XX", "1000_DFA_ANG_XX", "11001_DFA_ANG_XX"),
        ),
    ),
    "tess": ("OAF_back_{}", ("MAF_chalk_ps", "YAF_chalk_bored", "YAF_chalk", "YAF_chalk_ps_2")),
    "savee": ("DC_{}01", ("XX_su03", "JE_x03", "JE_su3", "JE-su03")),
    "emodb": ("03a01{}a", ("04a01Fa", "17a01Fa", "03c01Fa", "03a01Xa", "03a01F", "03a01fa")),
    "nemo": ("WR0_{}_64", ("WR_anger_64", "WR0_angry_64", "WR0_anger", "wr0_anger_64", "WR0_anger_64b")),
    "turev": ("1157_{}_acik", ("1158_kz_acik", "1157_xx_acik", "1157_kz", "1157_kz_acik_2", "1157_KZ_acik")),
    "emovo": ("{}-f1-b1", ("dis-f4-b1", "dis-x1-b1", "ang-f1-b1", "dis-f1-b4", "dis-f1-d3", "dis-f1")),
    "cafe": ("01-{}-1-1", ("13-C-1-1", "00-C-1-1", "01-X-1-1", "01-C-3-1", "01-C-1-7", "1-C-1-1")),
    "shemo": ("F14{}09", ("X14A09", "F14B09", "F1A09", "F14A9", "F14A0900")),
    "urdu": ("SM1_F19_{}019", ("SX1_F19_A019", "SM1_F19_B019", "SM1_A019", "SM1_F19_A0", "SM1_19_A019")),
    "jl_corpus": (
        "female1_{}_10a_1",
        ("female3_angry_10a_1", "angry_10a_1", "male1_bored_10a_1", "male1_angry_10c_1", "male1_angry_10a_3"),
    ),
    "ased": ("{}1-06-01-01-21", ("x5-06-01-01-21", "a6-06-01-01-21", "a5-06-01-03-21", "a5-06-01-01")),
}


def scan(name: str, root: Path) -> Scan:
    return CORPORA.get(name)(root).scan()


def only_clip(name: str, root: Path) -> Clip:
    (clip,) = scan(name, root).clips
    return clip


@pytest.mark.parametrize(
    ("name", "original"), [(name, label) for name in STEMS for label in CORPORA.get(name).labels]
)
def test_every_label_is_read_from_the_name(name: str, original: str, folder_of: Folder) -> None:
    clip = only_clip(name, folder_of(STEMS[name][0].format(original) + ".wav"))
    assert (clip.original, clip.emotion) == (original, CORPORA.get(name).labels[original])


@pytest.mark.parametrize(
    ("name", "stem"), [(name, stem) for name, (_, foreign) in STEMS.items() for stem in foreign]
)
def test_a_name_that_is_almost_right_is_passed_over(name: str, stem: str, folder_of: Folder) -> None:
    right = STEMS[name][0].format(next(iter(CORPORA.get(name).labels)))
    root = folder_of(f"{right}.wav", f"{stem}.wav")
    found = scan(name, root)
    assert [clip.path.stem for clip in found.clips] == [right]
    assert [(skip.path, skip.why) for skip in found.skipped] == [
        (root / f"{stem}.wav", f"the name is not one of {name}'s")
    ]


@pytest.mark.parametrize(
    ("stem", "why"),
    [
        ("03-02-05-02-01-02-12", "song, not speech"),
        ("01-02-05-02-01-02-12", "song, not speech"),
        ("01-01-05-02-01-02-12", "video with sound"),
        ("02-01-05-02-01-02-12", "video without sound"),
    ],
)
def test_song_and_video_of_ravdess_are_told_apart(stem: str, why: str, folder_of: Folder) -> None:
    root = folder_of("03-01-05-02-01-02-12.wav", f"more/{stem}.mp4")
    found = scan("ravdess", root)
    assert [clip.id for clip in found.clips] == ["ravdess/03-01-05-02-01-02-12"]
    assert [(skip.path.stem, skip.why) for skip in found.skipped] == [(stem, why)]


@pytest.mark.parametrize(
    ("actor", "sex"), [("01", "male"), ("02", "female"), ("23", "male"), ("24", "female")]
)
def test_odd_actors_of_ravdess_are_men(actor: str, sex: str, folder_of: Folder) -> None:
    assert only_clip("ravdess", folder_of(f"03-01-01-01-01-01-{actor}.wav")).sex == sex


def test_the_old_spelling_of_a_crema_d_clip(folder_of: Folder) -> None:
    clip = only_clip("crema_d", folder_of("1040_ITH_SAD_X.wav"))
    assert (clip.id, clip.speaker, clip.intensity) == ("crema_d/1040_ITH_SAD_XX", "1040", None)


def test_both_spellings_of_a_crema_d_clip_are_one(folder_of: Folder) -> None:
    found = scan("crema_d", folder_of("1040_ITH_SAD_X.wav", "1040_ITH_SAD_XX.wav"))
    assert (len(found.clips), len(found.skipped)) == (1, 1)


@pytest.mark.parametrize(("level", "word"), [("LO", "low"), ("MD", "medium"), ("HI", "high"), ("XX", None)])
def test_the_intensity_of_a_crema_d_clip(level: str, word: str | None, folder_of: Folder) -> None:
    assert only_clip("crema_d", folder_of(f"1001_IEO_FEA_{level}.wav")).intensity == word


def test_oa_is_oaf_in_tess(folder_of: Folder) -> None:
    found = scan("tess", folder_of("OAF_neutral/OA_bite_neutral.wav", "copy/x/OAF_bite_neutral.wav"))
    assert [(clip.id, clip.speaker) for clip in found.clips] == [("tess/OAF_bite_neutral", "OAF")]
    assert len(found.skipped) == 1


def test_both_layouts_of_savee_are_one_corpus(folder_of: Folder) -> None:
    found = scan("savee", folder_of("DC/a01.wav", "KL/a01.wav", "KL_a01.wav"))
    assert [(clip.id, clip.speaker) for clip in found.clips] == [
        ("savee/DC_a01", "DC"),
        ("savee/KL_a01", "KL"),
    ]
    assert [skip.why.partition(" of ")[0] for skip in found.skipped] == ["second copy"]


def test_a_savee_name_without_its_speaker_says_what_is_missing(folder_of: Folder) -> None:
    (skip,) = scan("savee", folder_of("DC/a01.wav", "a02.wav")).skipped
    assert skip.why == "neither its name nor its folder is that of a speaker: DC, JE, JK, KL"


def test_neutral_clips_of_cafe_have_no_intensity(folder_of: Folder) -> None:
    clips = scan("cafe", folder_of("01-N-1-1.wav", "01-J-1-1.wav", "01-J-2-1.wav")).clips
    assert [(clip.original, clip.intensity) for clip in clips] == [
        ("J", "mild"),
        ("J", "strong"),
        ("N", None),
    ]


def test_the_two_letters_f_of_shemo(folder_of: Folder) -> None:
    clips = scan("shemo", folder_of("F02A01.wav", "M02F01.wav", "F02F01.wav")).clips
    assert [(clip.speaker, clip.sex, clip.emotion) for clip in clips] == [
        ("F02", "female", "angry"),
        ("F02", "female", "fearful"),
        ("M02", "male", "fearful"),
    ]


def test_a_capital_letter_in_ased_is_no_other_clip(folder_of: Folder) -> None:
    found = scan("ased", folder_of("S4-04-02-01-29.wav", "copy/s4-04-02-01-29.wav"))
    assert [clip.id for clip in found.clips] == ["ased/s4-04-02-01-29"]
    assert len(found.skipped) == 1


def test_sentences_of_ased_are_numbered_within_an_emotion(folder_of: Folder) -> None:
    clips = scan("ased", folder_of("a5-01-01-01-21.wav", "h3-01-01-01-21.wav")).clips
    assert [clip.sentence for clip in clips] == ["a01", "h01"]
