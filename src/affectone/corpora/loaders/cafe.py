"""CaFE: file names ``01-C-1-1``: speaker, emotion, intensity, sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion, Voice

__all__ = ["Cafe"]

STEM = re.compile(r"(?P<actor>0[1-9]|1[0-2])-(?P<emotion>[CDJNPST])-(?P<intensity>[12])-(?P<sentence>[1-6])")
INTENSITY = {"1": "mild", "2": "strong"}
SENTENCES = {
    "1": "Un cheval fou dans mon jardin",
    "2": "Deux ânes aigris au pelage brun",
    "3": "Trois cygnes aveugles au bord du lac",
    "4": "Quatre vieilles truies éléphantesques",
    "5": "Cinq pumas fiers et passionnés",
    "6": "Six ours aimants domestiqués",
}


@CORPORA.register("cafe")
class Cafe(Corpus):
    """CaFE: twelve French-Canadian actors, seven emotions in two intensities, six sentences."""

    name = "cafe"
    info = CorpusInfo(
        title="Canadian French Emotional Speech Dataset",
        language="fr",
        licence="CC BY-NC-SA 4.0",
        commercial_use=False,
        citation="Gournay, Lahaie and Lefebvre (2018), ACM Multimedia Systems Conference, 399-402",
        home="https://zenodo.org/record/1478765",
        releases=(
            Published("1.0", 936, 12, {"N": 72, **dict.fromkeys(("C", "D", "J", "P", "S", "T"), 144)}),
        ),
        rate=48_000,
        defects=("published at 192 kHz as AIFF, too",),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "N": Emotion.NEUTRAL,
        "J": Emotion.HAPPY,
        "T": Emotion.SAD,
        "C": Emotion.ANGRY,
        "P": Emotion.FEARFUL,
        "D": Emotion.DISGUST,
        "S": Emotion.SURPRISED,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Colère/Faible/01-C-1-1.wav": {
            "id": "cafe/01-C-1-1",
            "speaker": "01",
            "original": "C",
            "emotion": "angry",
            "sex": "male",
            "language": "fr",
            "text": "Un cheval fou dans mon jardin",
            "sentence": "1",
            "intensity": "mild",
        },
        "Tristesse/Fort/12-T-2-6.aiff": {
            "id": "cafe/12-T-2-6",
            "speaker": "12",
            "original": "T",
            "emotion": "sad",
            "sex": "female",
            "text": "Six ours aimants domestiqués",
            "sentence": "6",
            "intensity": "strong",
        },
        "Neutre/02-N-1-2.wav": {
            "id": "cafe/02-N-1-2",
            "speaker": "02",
            "original": "N",
            "emotion": "neutral",
            "sex": "female",
            "intensity": None,
        },
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of CaFE's."""
        match = STEM.fullmatch(path.stem)
        if match is None:
            return None
        return self.clip(
            path,
            original=match["emotion"],
            speaker=match["actor"],
            sex=Voice.MALE if int(match["actor"]) % 2 else Voice.FEMALE,
            text=SENTENCES[match["sentence"]],
            sentence=match["sentence"],
            # Neutral clips carry a 1 there that says nothing.
            intensity=None if match["emotion"] == "N" else INTENSITY[match["intensity"]],
        )
