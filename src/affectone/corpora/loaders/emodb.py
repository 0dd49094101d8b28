"""EMO-DB: file names ``03a01Fa``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import BORED, Emotion, Voice

__all__ = ["EmoDb"]

STEM = re.compile(r"(?P<speaker>03|08|09|1[0-6])(?P<sentence>[ab]\d{2})(?P<emotion>[WLEAFTN])(?P<take>[a-g])")
PEOPLE = {
    "03": (Voice.MALE, 31),
    "08": (Voice.FEMALE, 34),
    "09": (Voice.FEMALE, 21),
    "10": (Voice.MALE, 32),
    "11": (Voice.MALE, 26),
    "12": (Voice.MALE, 30),
    "13": (Voice.FEMALE, 32),
    "14": (Voice.FEMALE, 35),
    "15": (Voice.MALE, 25),
    "16": (Voice.FEMALE, 31),
}


@CORPORA.register("emodb")
class EmoDb(Corpus):
    """EMO-DB: ten German actors, six emotions and boredom, ten sentences."""

    name = "emodb"
    info = CorpusInfo(
        title="Berlin Database of Emotional Speech",
        language="de",
        licence="free to use, no formal licence",
        commercial_use=False,
        citation="Burkhardt et al. (2005), Interspeech, 1517-1520",
        home="http://emodb.bilderbar.info/",
        releases=(
            Published("1.3", 535, 10, {"W": 127, "L": 81, "E": 46, "A": 69, "F": 71, "T": 62, "N": 79}),
        ),
        rate=16_000,
        defects=("boredom (81 clips) has no place among the eight emotions and is left out of training",),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "N": Emotion.NEUTRAL,
        "F": Emotion.HAPPY,
        "T": Emotion.SAD,
        "W": Emotion.ANGRY,
        "A": Emotion.FEARFUL,
        "E": Emotion.DISGUST,
        "L": BORED,
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of EMO-DB's."""
        match = STEM.fullmatch(path.stem)
        if match is None:
            return None
        sex, age = PEOPLE[match["speaker"]]
        return self.clip(
            path,
            original=match["emotion"],
            speaker=match["speaker"],
            sex=sex,
            age=age,
            sentence=match["sentence"],
            take=match["take"],
        )
