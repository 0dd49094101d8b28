"""URDU: file names ``SM1_F19_A019``: sex and number of the speaker, number of the file, emotion."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion, Voice

__all__ = ["Urdu"]

STEM = re.compile(r"(?P<speaker>S(?P<sex>[FM])\d{1,2})_F(?P<number>\d{1,2})_(?P<emotion>[AHNS])\d{2,4}")
SEX = {"F": Voice.FEMALE, "M": Voice.MALE}


@CORPORA.register("urdu")
class Urdu(Corpus):
    """URDU: unscripted speech of talk shows, four emotions."""

    name = "urdu"
    info = CorpusInfo(
        title="URDU Dataset",
        language="ur",
        licence="research use only",
        commercial_use=False,
        citation="Latif et al. (2018), Frontiers of Information Technology, 88-93",
        home="https://github.com/siddiquelatif/URDU-Dataset",
        releases=(Published("2018", 400, 38, dict.fromkeys(("A", "H", "N", "S"), 100)),),
        rate=44_100,
        defects=("the names tell 29 speakers apart, not the 38 that are published",),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "N": Emotion.NEUTRAL,
        "H": Emotion.HAPPY,
        "S": Emotion.SAD,
        "A": Emotion.ANGRY,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Angry/SM1_F19_A019.wav": {
            "id": "urdu/SM1_F19_A019",
            "speaker": "SM1",
            "original": "A",
            "emotion": "angry",
            "sex": "male",
            "language": "ur",
            "take": "19",
        },
        "Happy/SF8_F2_H046.wav": {
            "id": "urdu/SF8_F2_H046",
            "speaker": "SF8",
            "original": "H",
            "emotion": "happy",
            "sex": "female",
            "take": "2",
        },
        "Happy/SM7_F28_H0100.wav": {
            "id": "urdu/SM7_F28_H0100",
            "speaker": "SM7",
            "original": "H",
            "emotion": "happy",
            "sex": "male",
        },
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of URDU's."""
        match = STEM.fullmatch(path.stem)
        if match is None:
            return None
        return self.clip(
            path,
            original=match["emotion"],
            speaker=match["speaker"],
            sex=SEX[match["sex"]],
            take=match["number"],
        )
