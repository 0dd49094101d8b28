"""RAVDESS: file names ``MM-CC-EE-II-SS-RR-AA``."""

from __future__ import annotations

import re
from pathlib import Path

from affectone.corpora.clip import Clip, CorpusInfo
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Voice

__all__ = ["Ravdess"]

STEM = re.compile(
    r"03-01-(?P<emotion>0[1-8])-(?P<intensity>0[12])-(?P<sentence>0[12])-(?P<take>0[12])-"
    r"(?P<actor>0[1-9]|1\d|2[0-4])"
)
INTENSITY = {"01": "normal", "02": "strong"}
SENTENCES = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}


@CORPORA.register("ravdess")
class Ravdess(Corpus):
    """RAVDESS speech: 24 North American actors, eight emotions, two sentences.

    Audio only (modality 03) and speech only (channel 01): song and video files are another task.
    """

    name = "ravdess"
    info = CorpusInfo(
        title="Ryerson Audio-Visual Database of Emotional Speech and Song (speech)",
        language="en",
        clips=1440,
        speakers=24,
        licence="CC BY-NC-SA 4.0",
        commercial_use=False,
        citation="Livingstone and Russo (2018), PLoS ONE 13(5): e0196391",
        home="https://zenodo.org/record/1188976",
        defects=(
            "five files are stereo",
            "03-01-03-01-02-02-07 equals 03-01-03-01-02-01-07",
            "peaks as low as 0.006 of full scale",
            "the usual archive holds a nested second copy",
        ),
    )

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of RAVDESS's."""
        match = STEM.fullmatch(path.stem)
        if match is None:
            return None
        return self.clip(
            path,
            original=match["emotion"],
            speaker=match["actor"],
            sex=Voice.MALE if int(match["actor"]) % 2 else Voice.FEMALE,
            sentence=SENTENCES[match["sentence"]],
            take=match["take"],
            intensity=INTENSITY[match["intensity"]],
        )
