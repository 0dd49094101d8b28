"""EMOVO: file names ``dis-f1-b1``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion, Voice

__all__ = ["Emovo"]

STEM = re.compile(
    r"(?P<emotion>dis|gio|neu|pau|rab|sor|tri)-(?P<speaker>(?P<sex>[fm])[1-3])-"
    r"(?P<sentence>b[1-3]|l[1-4]|n[1-5]|d[12])"
)
SEX = {"f": Voice.FEMALE, "m": Voice.MALE}
SENTENCES = {
    "b1": "Gli operai si alzano presto.",
    "b2": "I vigili sono muniti di pistola.",
    "b3": "La cascata fa molto rumore.",
    "l1": "L'autunno prossimo Tony partirà per la Spagna nella prima metà di ottobre.",
    "l2": "Ora prendo la felpa di là ed esco per fare una passeggiata.",
    "l3": "Un attimo dopo s'è incamminato ed è inciampato.",
    "l4": "Vorrei il numero telefonico del Signor Piatti.",
    "n1": "La casa forte vuole col pane.",
    "n2": "La forza trova il passo e l'aglio rosso.",
    "n3": "Il gatto sta scorrendo nella pera.",
    "n4": "Insalata pastasciutta coscia d'agnello limoncello.",
    "n5": "Uno quarantatré dieci mille cinquantasette venti.",
    "d1": "Sabato sera cosa farà?",
    "d2": "Porti con te quella cosa?",
}


@CORPORA.register("emovo")
class Emovo(Corpus):
    """EMOVO: six Italian actors, seven emotions, fourteen sentences, five of them without sense."""

    name = "emovo"
    info = CorpusInfo(
        title="EMOVO Corpus: an Italian Emotional Speech Database",
        language="it",
        licence="research use, no formal licence",
        commercial_use=False,
        citation="Costantini et al. (2014), LREC, 3501-3504",
        home="http://voice.fub.it/activities/corpora/emovo/index.html",
        releases=(
            Published("2014", 588, 6, dict.fromkeys(("dis", "gio", "neu", "pau", "rab", "sor", "tri"), 84)),
        ),
        rate=48_000,
        defects=("the files are stereo",),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "neu": Emotion.NEUTRAL,
        "gio": Emotion.HAPPY,
        "tri": Emotion.SAD,
        "rab": Emotion.ANGRY,
        "pau": Emotion.FEARFUL,
        "dis": Emotion.DISGUST,
        "sor": Emotion.SURPRISED,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "EMOVO/f1/dis-f1-b1.wav": {
            "id": "emovo/dis-f1-b1",
            "speaker": "f1",
            "original": "dis",
            "emotion": "disgust",
            "sex": "female",
            "language": "it",
            "text": "Gli operai si alzano presto.",
            "sentence": "b1",
        },
        "EMOVO/m3/sor-m3-d2.wav": {
            "id": "emovo/sor-m3-d2",
            "speaker": "m3",
            "original": "sor",
            "emotion": "surprised",
            "sex": "male",
            "text": "Porti con te quella cosa?",
            "sentence": "d2",
        },
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of EMOVO's."""
        match = STEM.fullmatch(path.stem)
        if match is None:
            return None
        return self.clip(
            path,
            original=match["emotion"],
            speaker=match["speaker"],
            sex=SEX[match["sex"]],
            text=SENTENCES[match["sentence"]],
            sentence=match["sentence"],
        )
