"""TurEV-DB: file names ``1157_kz_acik``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion

__all__ = ["Turev"]

STEM = re.compile(r"(?P<speaker>1157|1234|1358|1984|6783|7895)_(?P<emotion>kz|sk|mt|hl)_(?P<word>[a-z]+)\d?")


@CORPORA.register("turev")
class Turev(Corpus):
    """TurEV-DB: six Turkish speakers, four emotions, 82 single words."""

    name = "turev"
    info = CorpusInfo(
        title="Turkish Emotion-Voice Database",
        language="tr",
        licence="CC BY-NC-ND 4.0",
        commercial_use=False,
        citation="Canpolat, Ormanoğlu and Zeyrek (2020), SLTU and CCURL, 368-375",
        home="https://github.com/Xeonen/TurEV-DB",
        releases=(Published("2020", 1735, 6, {"kz": 487, "sk": 408, "mt": 357, "hl": 483}),),
        rate=44_100,
        defects=(
            "the names do not say which speakers are women",
            "the names spell the words without the Turkish letters",
            "7895_hl_ogul1 is the word ogul",
            "speaker 1157 has no calm and no happy clips, speaker 7895 has 29 happy ones",
        ),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "sk": Emotion.CALM,
        "mt": Emotion.HAPPY,
        "hl": Emotion.SAD,
        "kz": Emotion.ANGRY,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Sound Source/Angry/1157_kz_acik.wav": {
            "id": "turev/1157_kz_acik",
            "speaker": "1157",
            "original": "kz",
            "emotion": "angry",
            "sex": None,
            "language": "tr",
            "text": None,
            "sentence": "acik",
        },
        "Sound Source/Calm/1234_sk_beste.wav": {
            "id": "turev/1234_sk_beste",
            "speaker": "1234",
            "original": "sk",
            "emotion": "calm",
            "sentence": "beste",
        },
        "Sound Source/Sad/7895_hl_ogul1.wav": {
            "id": "turev/7895_hl_ogul1",
            "speaker": "7895",
            "original": "hl",
            "emotion": "sad",
            "sentence": "ogul",
        },
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of TurEV-DB's."""
        match = STEM.fullmatch(path.stem)
        if match is None:
            return None
        return self.clip(path, original=match["emotion"], speaker=match["speaker"], sentence=match["word"])
