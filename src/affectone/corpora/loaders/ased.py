"""ASED: file names ``a5-06-01-01-21``: emotion, sentence, repetition, sex, speaker."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion, Voice

__all__ = ["Ased"]

STEM = re.compile(
    r"(?P<emotion>[nfhsa])[1-5]-(?P<sentence>\d{2})-(?P<take>\d{2})-(?P<sex>0[12])-(?P<speaker>\d{2})"
)
SEX = {"01": Voice.FEMALE, "02": Voice.MALE}


@CORPORA.register("ased")
class Ased(Corpus):
    """ASED: 65 Amharic speakers of four dialects, five emotions, 27 sentences."""

    name = "ased"
    info = CorpusInfo(
        title="Amharic Speech Emotion Dataset",
        language="am",
        licence="free to download, no formal licence",
        commercial_use=False,
        citation="Retta et al. (2023), ACM Transactions on Asian and Low-Resource Language Information "
        "Processing 22(1), doi:10.1145/3529759",
        home="https://github.com/Ethio2021/ASED_V1",
        releases=(Published("1.0", 2474, 65),),
        rate=16_000,
        defects=("S4-04-02-01-29 has a capital S where all others have small letters",),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "n": Emotion.NEUTRAL,
        "h": Emotion.HAPPY,
        "s": Emotion.SAD,
        "a": Emotion.ANGRY,
        "f": Emotion.FEARFUL,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "05Angry/a5-06-01-01-21.wav": {
            "id": "ased/a5-06-01-01-21",
            "speaker": "21",
            "original": "a",
            "emotion": "angry",
            "sex": "female",
            "language": "am",
            "sentence": "a06",
            "take": "01",
        },
        "04Sad/S4-04-02-01-29.wav": {
            "id": "ased/s4-04-02-01-29",
            "speaker": "29",
            "original": "s",
            "emotion": "sad",
            "sex": "female",
            "sentence": "s04",
            "take": "02",
        },
        "01Neutral/n1-03-01-02-50.wav": {
            "id": "ased/n1-03-01-02-50",
            "speaker": "50",
            "original": "n",
            "emotion": "neutral",
            "sex": "male",
        },
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of ASED's."""
        stem = path.stem.lower()
        match = STEM.fullmatch(stem)
        if match is None:
            return None
        return self.clip(
            path,
            id=f"{self.name}/{stem}",
            original=match["emotion"],
            speaker=match["speaker"],
            sex=SEX[match["sex"]],
            # Sentences are numbered anew within each emotion.
            sentence=match["emotion"] + match["sentence"],
            take=match["take"],
        )
