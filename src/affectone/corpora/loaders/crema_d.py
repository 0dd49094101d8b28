"""CREMA-D: file names ``AAAA_SSS_EEE_LL``; people in VideoDemographics.csv, votes in tabulatedVotes.csv."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published, Votes
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion, Voice

__all__ = ["CremaD"]

STEM = re.compile(
    r"(?P<actor>10(?:0[1-9]|[1-8]\d|9[01]))_(?P<sentence>[A-Z]{3})_(?P<emotion>[A-Z]{3})_(?P<level>XX|X|LO|MD|HI)"
)
LEVEL = {"LO": "low", "MD": "medium", "HI": "high"}
SENTENCES = {
    "IEO": "It's eleven o'clock",
    "TIE": "That is exactly what happened",
    "IOM": "I'm on my way to the meeting",
    "IWW": "I wonder what this is about",
    "TAI": "The airplane is almost full",
    "MTI": "Maybe tomorrow it will be cold",
    "IWL": "I would like a new alarm clock",
    "ITH": "I think I have a doctor's appointment",
    "DFA": "Don't forget a jacket",
    "ITS": "I think I've seen this before",
    "TSI": "The surface is slick",
    "WSI": "We'll stop in a couple of minutes",
}
VOTED = {
    "N": Emotion.NEUTRAL,
    "H": Emotion.HAPPY,
    "S": Emotion.SAD,
    "A": Emotion.ANGRY,
    "F": Emotion.FEARFUL,
    "D": Emotion.DISGUST,
}
"""Column of the table of votes -> common label."""
ROW = ""
"""Column of the table of votes that numbers its rows, and with them says what the raters were given."""
VOICE_ONLY = re.compile(r"1\d{5}")
"""Row numbers of ratings of the sound alone; 2xxxxx are of the face alone, 3xxxxx of both."""
LEVEL_HEARD = "meanEmoResp"
"""Column of the table of votes with the mean level, 0 to 100, that the raters gave the emotion they heard."""
LEVEL_WRITTEN = re.compile(r"\d+(\.\d+)?")
UNSTATED = ("", "unknown", "unspecified")
"""What the table of the actors has in the place of a race, in small letters."""


@CORPORA.register("crema_d")
class CremaD(Corpus):
    """CREMA-D: 91 American actors of many backgrounds, six emotions, twelve sentences.

    The votes, and how intense an emotion sounded, are from the listeners who heard a clip and did not see it.
    The publishers ask for race and for ethnicity, and sum them up in one list: African American, Asian,
    Caucasian, Hispanic. So does ``ethnicity``: who is Hispanic is that, of whatever race.
    """

    name = "crema_d"
    info = CorpusInfo(
        title="Crowd-sourced Emotional Multimodal Actors Dataset",
        language="en",
        licence="ODbL 1.0",
        commercial_use=True,
        citation="Cao et al. (2014), IEEE Transactions on Affective Computing 5(4): 377-390",
        home="https://github.com/CheyneyComputerScience/CREMA-D",
        releases=(
            Published(
                "1.0", 7442, 91, {"NEU": 1087, **dict.fromkeys(("ANG", "DIS", "FEA", "HAP", "SAD"), 1271)}
            ),
        ),
        rate=16_000,
        defects=(
            "1076_MTI_SAD_XX is silent",
            "equal audio under two labels: 1006_TIE_HAP/NEU, 1013_WSI_DIS/SAD, 1017_IWW_ANG/FEA",
            "one sound cut in two ways under two labels: 1017_IWL_ANG/FEA, 1067_IEO_DIS_LO/FEA_LO",
            "one sound cut in two ways under one label: 1020_IEO_ANG_LO/MD, 1028_IEO_HAP_LO/MD, "
            "1045_ITH/IWL_DIS, 1056_MTI/TAI_ANG",
            "a clone without Git LFS holds pointer files of 130 bytes",
            "1040_ITH_SAD_X is an old spelling of 1040_ITH_SAD_XX",
        ),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "NEU": Emotion.NEUTRAL,
        "HAP": Emotion.HAPPY,
        "SAD": Emotion.SAD,
        "ANG": Emotion.ANGRY,
        "FEA": Emotion.FEARFUL,
        "DIS": Emotion.DISGUST,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "AudioWAV/1001_DFA_ANG_HI.wav": {
            "id": "crema_d/1001_DFA_ANG_HI",
            "speaker": "1001",
            "emotion": "angry",
            "original": "ANG",
            "sex": "male",
            "age": 51,
            "ethnicity": "caucasian",
            "language": "en",
            "text": "Don't forget a jacket",
            "sentence": "DFA",
            "intensity": "high",
            "votes": Votes({"neutral": 0.2, "angry": 0.7, "disgust": 0.1}, raters=10),
            "heard_intensity": 0.625,
        },
        "AudioWAV/1040_ITH_SAD_X.wav": {
            "id": "crema_d/1040_ITH_SAD_XX",
            "speaker": "1040",
            "emotion": "sad",
            "original": "SAD",
            "sex": "female",
            "age": 42,
            "ethnicity": "caucasian",
            "text": "I think I have a doctor's appointment",
            "intensity": None,
            "votes": Votes({"neutral": 0.5, "sad": 0.5}, raters=8),
            "heard_intensity": 0.5,
        },
        "AudioWAV/1091_IEO_NEU_XX.wav": {
            "emotion": "neutral",
            **dict.fromkeys(("sex", "age", "ethnicity", "votes", "heard_intensity")),
        },
    }
    example_tables: ClassVar[Mapping[str, str]] = {
        "VideoDemographics.csv": '"ActorID","Age","Sex","Race","Ethnicity"\n'
        '1001,51,"Male","Caucasian","Not Hispanic"\n1040,42,"Female","Caucasian","Not Hispanic"\n',
        "processedResults/tabulatedVotes.csv": '"","A","D","F","H","N","S","fileName","numResponses",'
        '"meanEmoResp"\n'
        '"100001",7,1,0,0,2,0,"1001_DFA_ANG_HI",10,62.5\n"103300",0,0,0,0,4,4,"1040_ITH_SAD_XX",8,50\n'
        '"200001",0,0,9,0,0,0,"1001_DFA_ANG_HI",9,80\n"300001",9,0,0,0,0,0,"1001_DFA_ANG_HI",9,90\n',
    }

    @cached_property
    def _people(self) -> dict[str, tuple[Voice, int, str | None]]:
        return dict(self.table("VideoDemographics.csv", ("ActorID", "Age", "Sex"), _person))

    @cached_property
    def _heard(self) -> dict[str, tuple[Votes, float | None]]:
        columns = (ROW, *VOTED, "fileName", "numResponses")
        return dict(self.table("tabulatedVotes.csv", columns, _voted, folder="processedResults"))

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of CREMA-D's."""
        match = STEM.fullmatch(path.stem)
        if match is None or match["emotion"] not in self.labels:
            return None
        stem = _new_spelling(path.stem)
        sex, age, ethnicity = self._people.get(match["actor"], (None, None, None))
        votes, heard_intensity = self._heard.get(stem, (None, None))
        return self.clip(
            path,
            id=f"{self.name}/{stem}",
            original=match["emotion"],
            speaker=match["actor"],
            sex=sex,
            age=age,
            ethnicity=ethnicity,
            text=SENTENCES.get(match["sentence"]),
            sentence=match["sentence"],
            intensity=LEVEL.get(match["level"]),
            votes=votes,
            heard_intensity=heard_intensity,
        )


def _new_spelling(stem: str) -> str:
    return f"{stem}X" if stem.endswith("_X") else stem


def _person(row: dict[str, str]) -> tuple[str, tuple[Voice, int, str | None]]:
    return row["ActorID"], (Voice(row["Sex"].lower()), _count(row, "Age"), _ethnicity(row))


def _ethnicity(row: dict[str, str]) -> str | None:
    """Return the race, or that somebody is Hispanic; None where neither is known."""
    if row.get("Ethnicity") == "Hispanic":
        return "hispanic"
    race = row.get("Race", "").lower()
    return None if race in UNSTATED else race


def _voted(row: dict[str, str]) -> tuple[str, tuple[Votes, float | None]] | None:
    """Return a clip's stem and what was heard in it, or None of a row that is not about the sound alone."""
    if not VOICE_ONLY.fullmatch(row[ROW]):
        return None
    counts = {label.value: _count(row, column) for column, label in VOTED.items()}
    raters = _count(row, "numResponses")
    if not 0 < raters == sum(counts.values()):
        raise ValueError(f"numResponses is {raters} and the votes are {sum(counts.values())}")
    shares = {label: count / raters for label, count in counts.items() if count}
    return _new_spelling(row["fileName"]), (Votes(shares, raters), _heard_intensity(row))


def _heard_intensity(row: dict[str, str]) -> float | None:
    """Return the mean level that the raters gave, from 0 to 1; None in a table without that column."""
    text = row.get(LEVEL_HEARD)
    if text is None:
        return None
    if not (LEVEL_WRITTEN.fullmatch(text) and float(text) <= 100):
        raise ValueError(f"{LEVEL_HEARD} is {text!r} and no number from 0 to 100")
    return float(text) / 100


def _count(row: dict[str, str], column: str) -> int:
    if not row[column].isdecimal():
        raise ValueError(f"{column} is {row[column]!r} and no whole number")
    return int(row[column])
