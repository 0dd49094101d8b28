"""SAVEE: file names ``DC_a01``, or ``a01`` in a folder named after the speaker."""

from __future__ import annotations

import re
from pathlib import Path

from affectone.corpora.clip import Clip, CorpusInfo
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Voice

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
        clips=480,
        speakers=4,
        licence="research use only",
        commercial_use=False,
        citation="Haq and Jackson (2010), in: Machine Audition, IGI Global, 398-423",
        home="http://kahlan.eps.surrey.ac.uk/savee/",
    )

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
