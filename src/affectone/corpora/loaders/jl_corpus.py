"""JL corpus: file names ``female1_angry_10a_1``: speaker, emotion, sentence and session, repetition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import OTHER, Emotion, Voice

__all__ = ["JlCorpus"]

STEM = re.compile(
    r"(?P<speaker>(?P<sex>female|male)[12])_(?P<emotion>[a-z]+)_(?P<sentence>\d{1,2})(?P<take>[ab]_[12])"
)


@CORPORA.register("jl_corpus")
class JlCorpus(Corpus):
    """JL corpus: four New Zealand speakers, five primary and five secondary emotions."""

    name = "jl_corpus"
    info = CorpusInfo(
        title="JL Corpus: emotional speech for human-robot interaction",
        language="en",
        licence="CC0 1.0",
        commercial_use=True,
        citation="James, Tian and Watson (2018), Interspeech, 2768-2772",
        home="https://www.kaggle.com/tli725/jl-corpus",
        releases=(Published("2018", 2400, 4),),
        rate=44_100,
        defects=("excitement and the five secondary emotions have no place among the eight emotions",),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "neutral": Emotion.NEUTRAL,
        "happy": Emotion.HAPPY,
        "sad": Emotion.SAD,
        "angry": Emotion.ANGRY,
        "excited": OTHER,
        "anxious": OTHER,
        "apologetic": OTHER,
        "assertive": OTHER,
        "concerned": OTHER,
        "encouraging": OTHER,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Raw JL corpus (unchecked and unannotated)/JL(wav+txt)/female1_angry_10a_1.wav": {
            "id": "jl_corpus/female1_angry_10a_1",
            "speaker": "female1",
            "original": "angry",
            "emotion": "angry",
            "sex": "female",
            "language": "en",
            "sentence": "10",
            "take": "a_1",
        },
        "Raw JL corpus (unchecked and unannotated)/JL(wav+txt)/male2_encouraging_5b_2.wav": {
            "id": "jl_corpus/male2_encouraging_5b_2",
            "speaker": "male2",
            "original": "encouraging",
            "emotion": "other",
            "sex": "male",
            "sentence": "5",
            "take": "b_2",
        },
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of the JL corpus's."""
        match = STEM.fullmatch(path.stem)
        if match is None or match["emotion"] not in self.labels:
            return None
        return self.clip(
            path,
            original=match["emotion"],
            speaker=match["speaker"],
            sex=Voice(match["sex"]),
            sentence=match["sentence"],
            take=match["take"],
        )
