"""RAVDESS: file names ``MM-CC-EE-II-SS-RR-AA``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion, Voice

__all__ = ["Ravdess"]

STEM = re.compile(
    r"(?P<modality>0[1-3])-(?P<channel>0[12])-(?P<emotion>0[1-8])-(?P<intensity>0[12])-(?P<sentence>0[12])-"
    r"(?P<take>0[12])-(?P<actor>0[1-9]|1\d|2[0-4])"
)
VIDEO = {"01": "video with sound", "02": "video without sound"}
INTENSITY = {"01": "normal", "02": "strong"}
SENTENCES = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}


@CORPORA.register("ravdess")
class Ravdess(Corpus):
    """RAVDESS speech: 24 North American actors, eight emotions, two sentences.

    Files of sound alone (modality 03) and of speech (channel 01): song is another task, and the sound of a
    video is that of a file of sound.
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
            "03-01-02-01-01-02-01, 03-01-02-01-02-02-05, 03-01-03-01-02-01-20, 03-01-06-01-01-02-20 and "
            "03-01-08-01-02-02-01 are stereo",
            "03-01-03-01-02-02-07 equals 03-01-03-01-02-01-07",
            "peaks as low as 0.006 of full scale",
            "half of each clip is silence",
            "the usual archive nests a second copy: 2,880 files for 1,440 clips",
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

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Actor_12/03-01-05-02-01-02-12.wav": {
            "id": "ravdess/03-01-05-02-01-02-12",
            "speaker": "12",
            "original": "05",
            "emotion": "angry",
            "sex": "female",
            "language": "en",
            "text": "Kids are talking by the door",
            "sentence": "01",
            "take": "02",
            "intensity": "strong",
        },
        "Actor_01/03-01-01-01-02-01-01.wav": {
            "id": "ravdess/03-01-01-01-02-01-01",
            "speaker": "01",
            "original": "01",
            "emotion": "neutral",
            "sex": "male",
            "text": "Dogs are sitting by the door",
            "sentence": "02",
            "take": "01",
            "intensity": "normal",
        },
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of RAVDESS's speech files."""
        match = STEM.fullmatch(path.stem)
        if match is None or (match["modality"], match["channel"]) != ("03", "01"):
            return None
        return self.clip(
            path,
            original=match["emotion"],
            speaker=match["actor"],
            sex=Voice.MALE if int(match["actor"]) % 2 else Voice.FEMALE,
            text=SENTENCES[match["sentence"]],
            sentence=match["sentence"],
            take=match["take"],
            intensity=INTENSITY[match["intensity"]],
        )

    def why_not(self, path: Path) -> str:
        """Tell song and video files apart from names that are not RAVDESS's."""
        match = STEM.fullmatch(path.stem)
        if match is None:
            return super().why_not(path)
        return "song, not speech" if match["channel"] == "02" else VIDEO[match["modality"]]
