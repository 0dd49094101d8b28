"""RAVDESS: file names ``MM-CC-EE-II-SS-RR-AA``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion, Voice

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
        licence="CC BY-NC-SA 4.0",
        commercial_use=False,
        citation="Livingstone and Russo (2018), PLoS ONE 13(5): e0196391",
        home="https://zenodo.org/record/1188976",
        releases=(
            Published(
                "1.0.0",
                1440,
                24,
                {"01": 96, **dict.fromkeys(("02", "03", "04", "05", "06", "07", "08"), 192)},
            ),
        ),
        rate=48_000,
        defects=(
            "five files are stereo",
            "03-01-03-01-02-02-07 equals 03-01-03-01-02-01-07",
            "peaks as low as 0.006 of full scale",
            "the usual archive holds a nested second copy",
        ),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "01": Emotion.NEUTRAL,
        "02": Emotion.CALM,
        "03": Emotion.HAPPY,
        "04": Emotion.SAD,
        "05": Emotion.ANGRY,
        "06": Emotion.FEARFUL,
        "07": Emotion.DISGUST,
        "08": Emotion.SURPRISED,
    }

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
