"""SAVEE: file names ``DC_a01``, or ``a01`` in a folder named after the speaker."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion, Voice

__all__ = ["Savee"]

SPEAKERS = ("DC", "JE", "JK", "KL")
STEM = re.compile(r"(?:(?P<speaker>DC|JE|JK|KL)_)?(?P<emotion>sa|su|a|d|f|h|n)(?P<sentence>\d{2})")


@CORPORA.register("savee")
class Savee(Corpus):
    """SAVEE: four British men, seven emotions, TIMIT sentences."""

    name = "savee"
    info = CorpusInfo(
        title="Surrey Audio-Visual Expressed Emotion",
        language="en",
        licence="research use only",
        commercial_use=False,
        citation="Haq and Jackson (2010), in: Machine Audition, IGI Global, 398-423",
        home="http://kahlan.eps.surrey.ac.uk/savee/",
        releases=(
            Published("1.0", 480, 4, {"n": 120, **dict.fromkeys(("a", "d", "f", "h", "sa", "su"), 60)}),
        ),
        rate=44_100,
    )

    labels: ClassVar[Mapping[str, str]] = {
        "n": Emotion.NEUTRAL,
        "h": Emotion.HAPPY,
        "sa": Emotion.SAD,
        "a": Emotion.ANGRY,
        "f": Emotion.FEARFUL,
        "d": Emotion.DISGUST,
        "su": Emotion.SURPRISED,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        path: {
            "id": "savee/DC_a01",
            "speaker": "DC",
            "original": "a",
            "emotion": "angry",
            "sex": "male",
            "language": "en",
            "sentence": "a01",
        }
        for path in ("DC_a01.wav", "AudioData/DC/a01.wav")
    } | {
        "AudioData/KL/su03.wav": {
            "id": "savee/KL_su03",
            "speaker": "KL",
            "original": "su",
            "emotion": "surprised",
            "sex": "male",
            "sentence": "su03",
        }
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of SAVEE's."""
        match = STEM.fullmatch(path.stem)
        if match is None:
            return None
        speaker = match["speaker"] or path.parent.name
        if speaker not in SPEAKERS:
            return None
        return self.clip(
            path,
            id=f"{self.name}/{speaker}_{match['emotion']}{match['sentence']}",
            original=match["emotion"],
            speaker=speaker,
            sex=Voice.MALE,
            sentence=match["emotion"] + match["sentence"],
        )

    def why_not(self, path: Path) -> str:
        """Say so where only the speaker is missing."""
        if STEM.fullmatch(path.stem) is None:
            return super().why_not(path)
        return f"neither its name nor its folder is that of a speaker: {', '.join(SPEAKERS)}"
