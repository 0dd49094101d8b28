"""MELD: file names ``dia0_utt0`` in a folder of each part; labels in train_sent_emo.csv and its sisters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion

__all__ = ["Meld"]

STEM = re.compile(r"(?:(?P<part>train|dev|test)_)?dia(?P<dialogue>\d+)_utt(?P<utterance>\d+)")
PART = re.compile(r"(?:^|[^a-z])(train|dev|test)(?:[^a-z]|$)")
TABLE = "{}_sent_emo.csv"
COLUMNS = ("Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID")
HEAD = (
    "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n"
)

Key = tuple[str, int, int]


@CORPORA.register("meld")
class Meld(Corpus):
    """MELD: utterances of the series Friends, seven emotions, in three parts that share leading roles."""

    name = "meld"
    info = CorpusInfo(
        title="Multimodal EmotionLines Dataset",
        language="en",
        licence="GPL-3.0 for the tables; the recordings are of a television series",
        commercial_use=False,
        citation="Poria et al. (2019), ACL, 527-536",
        home="https://affective-meld.github.io",
        releases=(
            Published(
                "2019",
                13_708,
                304,
                {
                    "neutral": 6436,
                    "joy": 2308,
                    "sadness": 1002,
                    "anger": 1607,
                    "fear": 358,
                    "disgust": 361,
                    "surprise": 1636,
                },
            ),
        ),
        rate=48_000,
        defects=(
            "numbers of dialogues begin anew in each part, so that ids carry the part",
            "the published parts share speakers: the six leading roles are in all three",
            "a name may stand for several people, such as All, Guy or Woman",
            "train_dia125_utt3 is broken, and dev_dia110_utt7 has a row and no file",
            "laughter and music of the series are in the recordings",
        ),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "neutral": Emotion.NEUTRAL,
        "joy": Emotion.HAPPY,
        "sadness": Emotion.SAD,
        "anger": Emotion.ANGRY,
        "fear": Emotion.FEARFUL,
        "disgust": Emotion.DISGUST,
        "surprise": Emotion.SURPRISED,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "train_splits/dia0_utt0.mp4": {
            "id": "meld/train_dia0_utt0",
            "speaker": "Chandler",
            "original": "neutral",
            "emotion": "neutral",
            "sex": None,
            "language": "en",
            "text": "Well, I never.",
        },
        "dev_splits_complete/dia0_utt0.mp4": {
            "id": "meld/dev_dia0_utt0",
            "speaker": "Phoebe",
            "original": "sadness",
            "emotion": "sad",
            "text": "Who took my tea?",
        },
        "output_repeated_splits_test/dia0_utt0.mp4": {
            "id": "meld/test_dia0_utt0",
            "speaker": "Mark",
            "original": "surprise",
            "emotion": "surprised",
        },
        "wav/test_dia0_utt0.wav": {"id": "meld/test_dia0_utt0", "speaker": "Mark", "original": "surprise"},
    }
    example_tables: ClassVar[Mapping[str, str]] = {
        "train_sent_emo.csv": HEAD + '1,"Well, I never.",Chandler,neutral,neutral,0,0,8,21,,\n',
        "dev_sent_emo.csv": HEAD + "1,Who took my tea?,Phoebe,sadness,negative,0,0,4,7,,\n",
        "test_sent_emo.csv": HEAD + "1,Oh!,Mark,surprise,,0,0,3,19,,\n",
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where no row of a table is about it."""
        key = self._key(path)
        row = self._rows.get(key) if key else None
        if key is None or row is None:
            return None
        part, dialogue, utterance = key
        return self.clip(
            path,
            id=f"{self.name}/{part}_dia{dialogue}_utt{utterance}",
            original=row["Emotion"],
            speaker=row["Speaker"],
            text=row["Utterance"],
        )

    def why_not(self, path: Path) -> str:
        """Say what is missing where the name is one of MELD's."""
        if STEM.fullmatch(path.stem) is None:
            return super().why_not(path)
        key = self._key(path)
        if key is None:
            return "no folder is named after its part: train, dev or test"
        table = TABLE.format(key[0])
        known = any(part == key[0] for part, _, _ in self._rows)
        return f"{table} has no row of it" if known else f"no {table} in {self.root} or beside it"

    def _key(self, path: Path) -> Key | None:
        """Return part, dialogue and utterance; the nearest folder named after a part tells it."""
        match = STEM.fullmatch(path.stem)
        if match is None:
            return None
        parts = [match["part"] or "", *reversed([self.root.name, *path.relative_to(self.root).parts[:-1]])]
        found = next((part for name in parts if (part := PART.search(name.lower()))), None)
        return (found[1], int(match["dialogue"]), int(match["utterance"])) if found else None

    @cached_property
    def _rows(self) -> dict[Key, dict[str, str]]:
        return {
            (part, dialogue, utterance): row
            for part in ("train", "dev", "test")
            for dialogue, utterance, row in self.table(TABLE.format(part), COLUMNS, _numbered)
        }


def _numbered(row: dict[str, str]) -> tuple[int, int, dict[str, str]] | None:
    """Return a row with its numbers; a line that was cut short or broken has none."""
    dialogue, utterance = row["Dialogue_ID"], row["Utterance_ID"]
    return (int(dialogue), int(utterance), row) if f"{dialogue}{utterance}".isdecimal() else None
