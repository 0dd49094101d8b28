"""CREMA-D's tables: who speaks, and what the listeners of the sound alone heard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from affectone.corpora import CORPORA, Clip, Votes
from affectone.corpora.loaders.crema_d import SENTENCES

if TYPE_CHECKING:
    import pandas as pd

Folder = Callable[..., Path]

CREMA_D = CORPORA.get("crema_d")
HEADER = '"","A","D","F","H","N","S","fileName","numResponses"\n'
VOTES = (
    HEADER + '"100001",1,0,0,3,6,0,"1001_IEO_HAP_LO",10\n"100002",0,0,0,0,0,5,"1040_ITH_SAD_XX",5\n'
    '"200001",0,0,0,9,0,0,"1001_IEO_HAP_LO",9\n"300001",9,0,0,0,0,0,"1001_IEO_HAP_LO",9\n'
    '"300002",0,4,0,0,0,0,"1002_DFA_NEU_XX",4\n'
)


def clips(root: Path) -> dict[str, Clip]:
    return {clip.id.removeprefix("crema_d/"): clip for clip in CREMA_D(root).scan().clips}


def with_votes(root: Path, place: str, votes: str = VOTES) -> Path:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(votes, encoding="utf-8")
    return root


def test_the_examples_are_read_as_they_say(folder_of: Folder) -> None:
    root = folder_of(*CREMA_D.examples)
    for name, content in CREMA_D.example_tables.items():
        with_votes(root, name, content)
    loader = CREMA_D(root)
    for name, expected in CREMA_D.examples.items():
        clip = loader.parse(root / name)
        assert {key: getattr(clip, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("start", "place"),
    [
        (".", "tabulatedVotes.csv"),
        (".", "processedResults/tabulatedVotes.csv"),
        ("AudioWAV", "tabulatedVotes.csv"),
        ("AudioWAV", "processedResults/tabulatedVotes.csv"),
        ("AudioWAV", "AudioWAV/tabulatedVotes.csv"),
    ],
)
def test_votes_lie_with_the_recordings_or_beside_them(start: str, place: str, folder_of: Folder) -> None:
    root = with_votes(folder_of("AudioWAV/1001_IEO_HAP_LO.wav"), place)
    found = clips(root / start)["1001_IEO_HAP_LO"].votes
    assert found == Votes({"neutral": 0.6, "happy": 0.3, "angry": 0.1}, raters=10)


def test_votes_of_the_face_are_no_votes_of_the_voice(folder_of: Folder) -> None:
    root = with_votes(folder_of("1002_DFA_NEU_XX.wav"), "tabulatedVotes.csv")
    assert clips(root)["1002_DFA_NEU_XX"].votes is None


@pytest.mark.parametrize("spelling", ["1040_ITH_SAD_X", "1040_ITH_SAD_XX"])
def test_both_spellings_find_their_votes(spelling: str, folder_of: Folder) -> None:
    for number, table in enumerate((VOTES, VOTES.replace("1040_ITH_SAD_XX", "1040_ITH_SAD_X"))):
        root = with_votes(folder_of(f"{spelling}.wav", root=f"root{number}"), "tabulatedVotes.csv", table)
        assert clips(root)["1040_ITH_SAD_XX"].votes == Votes({"sad": 1.0}, raters=5)


def with_levels(*levels: str) -> str:
    """Return the table of votes with the mean levels of its five rows."""
    rows = [*zip(VOTES.splitlines(), ('"meanEmoResp"', *levels), strict=True)]
    return "".join(f"{row},{level}\n" for row, level in rows)


def test_how_intense_it_sounded_is_a_share(folder_of: Folder) -> None:
    root = folder_of("1001_IEO_HAP_LO.wav", "1040_ITH_SAD_XX.wav", "1002_DFA_NEU_XX.wav")
    found = clips(with_votes(root, "tabulatedVotes.csv", with_levels("62.5", "0", "90", "95", "70")))
    heard = {name: clip.heard_intensity for name, clip in found.items()}
    # The third row and the later ones are about the face.
    assert heard == {"1001_IEO_HAP_LO": 0.625, "1040_ITH_SAD_XX": 0.0, "1002_DFA_NEU_XX": None}


def test_a_table_without_levels_is_read(folder_of: Folder) -> None:
    clip = clips(with_votes(folder_of("1001_IEO_HAP_LO.wav"), "tabulatedVotes.csv"))["1001_IEO_HAP_LO"]
    assert clip.votes is not None
    assert clip.heard_intensity is None


@pytest.mark.parametrize(
    ("columns", "cells", "ethnicity"),
    [
        ("Race,Ethnicity", "African American,Not Hispanic", "african american"),
        ("Race,Ethnicity", "Caucasian,Hispanic", "hispanic"),
        ("Race,Ethnicity", "Unknown,Hispanic", "hispanic"),
        ("Race,Ethnicity", "Unknown,Not Hispanic", None),
        ("Race", "Asian", "asian"),
        ("Note", "x", None),
    ],
)
def test_who_is_hispanic_is_that_of_whatever_race(
    columns: str, cells: str, ethnicity: str | None, folder_of: Folder
) -> None:
    root = folder_of("1001_IEO_HAP_LO.wav")
    with_votes(root, "VideoDemographics.csv", f"ActorID,Age,Sex,{columns}\n1001,51,Male,{cells}\n")
    clip = clips(root)["1001_IEO_HAP_LO"]
    assert (clip.age, clip.ethnicity) == (51, ethnicity)


def test_without_a_table_nobody_voted(folder_of: Folder) -> None:
    assert clips(folder_of("1001_IEO_HAP_LO.wav"))["1001_IEO_HAP_LO"].votes is None


def test_the_words_are_those_of_the_code(folder_of: Folder) -> None:
    found = clips(folder_of(*(f"1001_{code}_NEU_XX.wav" for code in SENTENCES)))
    assert {clip.sentence: clip.text for clip in found.values()} == SENTENCES
    assert len(set(SENTENCES.values())) == 12


def test_a_sentence_of_another_code_has_no_words(folder_of: Folder) -> None:
    assert clips(folder_of("1001_QQQ_NEU_XX.wav"))["1001_QQQ_NEU_XX"].text is None


@pytest.mark.corpora
def test_the_real_table_has_a_vote_for_every_clip(real_manifest: pd.DataFrame) -> None:
    rows = real_manifest[real_manifest["corpus"] == "crema_d"]
    assert rows["raters"].agg(["sum", "min", "max"]).tolist() == [68568, 4, 12]
    assert rows[["votes", "text", "agreement"]].notna().all(axis=None)


@pytest.mark.corpora
def test_a_real_row_by_hand(real_manifest: pd.DataFrame) -> None:
    row = real_manifest.set_index("id").loc["crema_d/1001_IEO_HAP_HI"]
    assert row["votes"] == '{"neutral": 0.2, "happy": 0.6, "angry": 0.2}'
    assert (row["raters"], row["agreement"], row["text"]) == (10, 0.6, "It's eleven o'clock")
    assert (row["heard_intensity"], row["ethnicity"]) == (pytest.approx(0.576), "caucasian")


@pytest.mark.corpora
def test_what_was_acted_more_intensely_sounded_so(real_manifest: pd.DataFrame) -> None:
    rows = real_manifest[real_manifest["corpus"] == "crema_d"]
    assert rows["heard_intensity"].between(0.2, 1).all()
    means = rows.groupby("intensity")["heard_intensity"].mean()
    assert means["low"] < means["medium"] < means["high"]
    # A level is of whichever emotion was heard: to sound neutral is not to sound weak.
    assert rows.groupby("emotion")["heard_intensity"].mean().idxmax() == "neutral"


@pytest.mark.corpora
def test_ethnicities_of_the_real_actors(real_manifest: pd.DataFrame) -> None:
    people = real_manifest[real_manifest["corpus"] == "crema_d"].drop_duplicates("speaker")
    counts = {"caucasian": 53, "african american": 21, "hispanic": 10, "asian": 7}
    assert people["ethnicity"].value_counts().to_dict() == counts
