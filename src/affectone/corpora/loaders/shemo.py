"""ShEMO: file names ``F01A01``: sex and number of the speaker, emotion, number of the utterance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion, Voice

__all__ = ["Shemo"]

STEM = re.compile(r"(?P<speaker>(?P<sex>[FM])\d{2})(?P<emotion>[AFHNSW])(?P<number>\d{2,3})")
SEX = {"F": Voice.FEMALE, "M": Voice.MALE}


@CORPORA.register("shemo")
class Shemo(Corpus):
    """ShEMO: 87 Persian speakers in radio plays, six emotions as twelve listeners heard them."""

    name = "shemo"
    info = CorpusInfo(
        title="Sharif Emotional Speech Database",
        language="fa",
        licence="free of charge for academic use",
        commercial_use=False,
        citation="Mohamad Nezami et al. (2019), Language Resources and Evaluation 53(1): 1-16",
        home="https://github.com/pariajm/sharif-emotional-speech-database",
        releases=(Published("2019", 3000, 87),),
        rate=44_100,
        defects=("few clips are fearful, and they are left out of many published results",),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "N": Emotion.NEUTRAL,
        "H": Emotion.HAPPY,
        "S": Emotion.SAD,
        "A": Emotion.ANGRY,
        "F": Emotion.FEARFUL,
        "W": Emotion.SURPRISED,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "female/F14A09.wav": {
            "id": "shemo/F14A09",
            "speaker": "F14",
            "original": "A",
            "emotion": "angry",
            "sex": "female",
            "language": "fa",
            "take": "09",
        },
        "male/M02F01.wav": {
            "id": "shemo/M02F01",
            "speaker": "M02",
            "original": "F",
            "emotion": "fearful",
            "sex": "male",
        },
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of ShEMO's."""
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
