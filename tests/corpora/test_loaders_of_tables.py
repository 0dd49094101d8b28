"""What is special to the corpora whose labels, words or people stand in tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from affectone.corpora import CORPORA, Scan, Votes
from affectone.errors import CorpusError

Folder = Callable[..., Path]

MELD_HEAD = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID\n"
NEMO_HEAD = "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage\n"


def scan(name: str, root: Path) -> Scan:
    return CORPORA.get(name)(root).scan()


def write(root: Path, name: str, content: str | bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_crema_d_reads_ages_and_sexes_from_its_table(folder_of: Folder) -> None:
    root = folder_of("AudioWAV/1002_DFA_NEU_XX.wav", "AudioWAV/1003_DFA_NEU_XX.wav")
    table = "ActorID,Age,Sex,Race,Ethnicity\n1002,21,Female,Caucasian,Not Hispanic\n"
    write(root, "VideoDemographics.csv", "\ufeff" + table)
    people = [(clip.speaker, clip.age, clip.sex) for clip in scan("crema_d", root).clips]
    assert people == [("1002", 21, "female"), ("1003", None, None)]


def test_nemo_without_its_table_knows_neither_people_nor_words(folder_of: Folder) -> None:
    (clip,) = scan("nemo", folder_of("WR0_anger_64.wav")).clips
    assert (clip.speaker, clip.emotion, clip.sentence) == ("WR0", "angry", "64")
    assert (clip.sex, clip.age, clip.text) == (None, None, None)


def test_a_table_beside_the_folder_of_recordings_is_found(folder_of: Folder) -> None:
    root = folder_of("samples/WR0_anger_64.wav")
    write(root, "data.tsv", NEMO_HEAD + 'WR0_anger_64.wav\tanger\tTo "on".\tto on\t  WR0\tmale\t23\n')
    (clip,) = scan("nemo", root / "samples").clips
    assert (clip.sex, clip.age) == ("male", 23)


def test_what_a_line_of_nemo_does_not_say_is_unknown(folder_of: Folder) -> None:
    root = folder_of("samples/WR0_anger_64.wav")
    write(root, "data.tsv", NEMO_HEAD + "WR0_anger_64.wav\tanger\tTo on.\tto on\t  WR0\t\n")
    (clip,) = scan("nemo", root).clips
    assert (clip.text, clip.sex, clip.age) == ("To on.", None, None)


def test_a_table_without_a_column_that_is_needed_is_named(folder_of: Folder) -> None:
    root = folder_of("samples/WR0_anger_64.wav")
    write(root, "data.tsv", "file_id\ttext\tgender\tage\n")
    with pytest.raises(CorpusError) as refusal:
        scan("nemo", root)
    words = "unknown column 'raw_text'; did you mean 'text'? known: file_id, text, gender, age"
    assert str(refusal.value) == f"{root / 'data.tsv'}: {words}"


def test_a_table_whose_quotes_never_end_is_named(folder_of: Folder) -> None:
    root = folder_of("samples/WR0_anger_64.wav")
    write(root, "data.tsv", NEMO_HEAD + 'WR0_anger_64.wav\t"' + "x" * 200_000)
    with pytest.raises(CorpusError, match=r"data\.tsv is damaged, line 1: field larger than field limit"):
        scan("nemo", root)


@pytest.mark.parametrize("place", ["0011/Angry/{}", "0011/Angry/train/{}", "esd/0011/Angry/test/{}"])
def test_a_folder_tells_the_emotion_of_an_esd_clip(place: str, folder_of: Folder) -> None:
    (clip,) = scan("esd", folder_of(place.format("0011_000351.wav"))).clips
    assert (clip.original, clip.emotion, clip.text) == ("Angry", "angry", None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_the_tables_of_esd_are_read_in_any_of_their_encodings(encoding: str, folder_of: Folder) -> None:
    root = folder_of("0016/0016_000701.wav")
    write(root, "0016/0016.txt", "0016_000701\tA café, too.\tHappy\r\n\nbroken line\n".encode(encoding))
    (clip,) = scan("esd", root).clips
    assert (clip.emotion, clip.text, clip.sex, clip.language) == ("happy", "A café, too.", "female", "en")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb2312"])
def test_mandarin_words_of_esd(encoding: str, folder_of: Folder) -> None:
    root = folder_of("0004/Sad/0004_001051.wav")
    write(root, "0004/0004.txt", "0004_001051\t打远一看\t伤心\n".encode(encoding))
    (clip,) = scan("esd", root).clips
    assert (clip.emotion, clip.text, clip.sex, clip.language) == ("sad", "打远一看", "male", "zh")


def test_the_same_utterance_of_esd_in_two_emotions(folder_of: Folder) -> None:
    root = folder_of("0011/Neutral/0011_000001.wav", "0011/Angry/0011_000351.wav", "0011/Sad/0011_001400.wav")
    assert [clip.sentence for clip in scan("esd", root).clips] == ["001", "001", "350"]


def test_an_esd_clip_without_folder_and_table_is_refused_with_the_reason(folder_of: Folder) -> None:
    root = folder_of("0011_000001.wav")
    with pytest.raises(CorpusError) as refusal:
        scan("esd", root)
    assert str(refusal.value) == (
        f"esd: no clip in {root}; 1 of 1 audio files: neither a folder nor 0011.txt tells its emotion"
    )


def test_dialogues_of_meld_are_numbered_anew_in_each_part(folder_of: Folder) -> None:
    root = folder_of(
        "train/train_splits/dia0_utt0.mp4", "MELD.Raw/dev_splits_complete/dia0_utt0.mp4", "Test/dia0_utt0.wav"
    )
    for part, speaker in (("train", "Ross"), ("dev", "Monica"), ("test", "Joey")):
        write(root, f"csv/{part}_sent_emo.csv", f"{MELD_HEAD}1,Oh!,{speaker},joy,positive,0,0\n")
    assert [(clip.id, clip.speaker) for clip in scan("meld", root).clips] == [
        ("meld/dev_dia0_utt0", "Monica"),
        ("meld/test_dia0_utt0", "Joey"),
        ("meld/train_dia0_utt0", "Ross"),
    ]


def test_the_root_may_be_the_folder_of_a_part_of_meld(folder_of: Folder) -> None:
    root = folder_of("raw/train_splits/dia0_utt3.mp4")
    write(
        root, "raw/train_sent_emo.csv", f"{MELD_HEAD}1,Oh!,Ross,anger,negative,0,3\n2,a,b,joy,,x,y\n3,cut sho"
    )
    (clip,) = scan("meld", root / "raw" / "train_splits").clips
    assert (clip.id, clip.emotion, clip.text) == ("meld/train_dia0_utt3", "angry", "Oh!")


def test_a_folder_above_the_root_of_meld_is_no_part(folder_of: Folder) -> None:
    root = folder_of("test/meld/dia0_utt0.mp4") / "test" / "meld"
    with pytest.raises(
        CorpusError, match="1 of 1 audio files: no folder is named after its part: train, dev"
    ):
        scan("meld", root)


def test_clips_of_meld_without_a_row_or_a_table_say_so(folder_of: Folder) -> None:
    root = folder_of("train/dia0_utt0.mp4", "train/dia9_utt9.mp4", "dev/dia0_utt0.mp4", "train/x.mp4")
    write(root, "train_sent_emo.csv", f"{MELD_HEAD}1,Oh!,Ross,anger,negative,0,0\n")
    skipped = {skip.path.relative_to(root).as_posix(): skip.why for skip in scan("meld", root).skipped}
    assert skipped == {
        "dev/dia0_utt0.mp4": f"no dev_sent_emo.csv in {root} or beside it",
        "train/dia9_utt9.mp4": "train_sent_emo.csv has no row of it",
        "train/x.mp4": "the name is not one of meld's",
    }


IEMOCAP_TURN = "Ses01F_impro01_M003"
IEMOCAP_WAV = f"Session1/sentences/wav/Ses01F_impro01/{IEMOCAP_TURN}.wav"
IEMOCAP_HEAD = f"[1.0 - 2.0]\t{IEMOCAP_TURN}\txxx\t[2.0, 2.0, 2.0]\n"


def iemocap(folder_of: Folder, evaluators: str) -> Scan:
    root = folder_of(IEMOCAP_WAV)
    write(root, "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt", IEMOCAP_HEAD + evaluators)
    return scan("iemocap", root)


def test_who_speaks_in_iemocap_is_told_by_the_turn_not_by_the_markers(folder_of: Folder) -> None:
    (clip,) = iemocap(folder_of, "").clips
    assert (clip.speaker, clip.sex, clip.original, clip.emotion) == ("Ses01M", "male", "xxx", "other")
    assert clip.votes is None


def test_votes_of_iemocap_leave_out_what_the_actors_said_themselves(folder_of: Folder) -> None:
    lines = "C-E2:\tAnger;\t()\nC-E3:\tFrustration; Anger;\t(hm; sad)\nC-M1:\tSadness;\t()\nC-E4:\t;\t()\n"
    (clip,) = iemocap(folder_of, lines).clips
    assert clip.votes == Votes({"angry": 0.75, "other": 0.25}, 2)


def test_words_of_evaluators_without_a_label_are_other(folder_of: Folder) -> None:
    (clip,) = iemocap(folder_of, "C-E1:\tNeutral state;\t()\nC-E2:\tPuzzled;\t()\n").clips
    assert clip.votes == Votes({"neutral": 0.5, "other": 0.5}, 2)


def test_dialogues_and_unlabelled_turns_of_iemocap_are_told_apart(folder_of: Folder) -> None:
    root = folder_of(
        IEMOCAP_WAV,
        "Session1/dialog/wav/Ses01F_impro01.wav",
        "Session1/dialog/avi/DivX/Ses01F_script01_1.avi",
        "Session2/sentences/wav/Ses02M_script03_2b/Ses02M_script03_2b_F012.wav",
        "noise.wav",
    )
    write(root, "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt", IEMOCAP_HEAD)
    assert {skip.path.stem: skip.why for skip in scan("iemocap", root).skipped} == {
        "Ses01F_impro01": "a whole dialogue, not a turn",
        "Ses01F_script01_1": "a whole dialogue, not a turn",
        "Ses02M_script03_2b_F012": "no EmoEvaluation/Ses02M_script03_2b.txt labels it",
        "noise": "the name is not one of iemocap's",
    }
