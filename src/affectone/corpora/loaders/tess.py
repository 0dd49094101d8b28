"""TESS: file names ``OAF_word_emotion``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion, Voice

__all__ = ["Tess"]

STEM = re.compile(
    r"(?P<speaker>OAF|YAF|OA)_(?P<word>[a-z]+)_(?P<emotion>neutral|happy|sad|angry|fear|disgust|ps)"
)
AGES = {"OAF": 64, "YAF": 26}


@CORPORA.register("tess")
class Tess(Corpus):
    """TESS: two Canadian women of 64 and 26 years, seven emotions, 200 words in one carrier phrase."""

    name = "tess"
    info = CorpusInfo(
        title="Toronto Emotional Speech Set",
        language="en",
        licence="CC BY-NC-ND 4.0",
        commercial_use=False,
        citation="Pichora-Fuller and Dupuis (2020), Borealis, doi:10.5683/SP2/E8H2MF",
        home="https://borealisdata.ca/dataset.xhtml?persistentId=doi:10.5683/SP2/E8H2MF",
        releases=(
            Published(
                "1.0",
                2800,
                2,
                dict.fromkeys(("neutral", "happy", "sad", "angry", "fear", "disgust", "ps"), 400),
            ),
        ),
        rate=24_414,
        defects=(
            "YAF_neat_fear and YAF_germ_angry are AIFF named .wav",
            "OAF_food_fear is at 96 kHz, all others at 24,414 Hz",
            "OA_bite_neutral is speaker OAF",
            "the usual archive nests a second copy: 5,600 files for 2,800 clips",
            "one carrier phrase and the same 200 words for both speakers",
        ),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "neutral": Emotion.NEUTRAL,
        "happy": Emotion.HAPPY,
        "sad": Emotion.SAD,
        "angry": Emotion.ANGRY,
        "fear": Emotion.FEARFUL,
        "disgust": Emotion.DISGUST,
        "ps": Emotion.SURPRISED,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "YAF_pleasant_surprised/YAF_chalk_ps.wav": {
            "id": "tess/YAF_chalk_ps",
            "speaker": "YAF",
            "original": "ps",
            "emotion": "surprised",
            "sex": "female",
            "age": 26,
            "language": "en",
            "text": "Say the word chalk",
            "sentence": "chalk",
        },
        "OAF_neutral/OA_bite_neutral.wav": {
            "id": "tess/OAF_bite_neutral",
            "speaker": "OAF",
            "original": "neutral",
            "emotion": "neutral",
            "sex": "female",
            "age": 64,
            "text": "Say the word bite",
            "sentence": "bite",
        },
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of TESS's."""
        match = STEM.fullmatch(path.stem)
        if match is None:
            return None
        speaker = "OAF" if match["speaker"] == "OA" else match["speaker"]
        return self.clip(
            path,
            id=f"{self.name}/{speaker}_{match['word']}_{match['emotion']}",
            original=match["emotion"],
            speaker=speaker,
            sex=Voice.FEMALE,
            age=AGES[speaker],
            text=f"Say the word {match['word']}",
            sentence=match["word"],
        )
