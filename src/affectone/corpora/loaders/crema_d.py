"""CREMA-D: file names ``AAAA_SSS_EEE_LL``; ages and sexes in VideoDemographics.csv."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion, Voice

__all__ = ["CremaD"]

STEM = re.compile(
    r"(?P<actor>10(?:0[1-9]|[1-8]\d|9[01]))_(?P<sentence>[A-Z]{3})_(?P<emotion>[A-Z]{3})_(?P<level>XX|X|LO|MD|HI)"
)
LEVEL = {"LO": "low", "MD": "medium", "HI": "high"}


@CORPORA.register("crema_d")
class CremaD(Corpus):
    """CREMA-D: 91 American actors of many backgrounds, six emotions, twelve sentences."""

    name = "crema_d"
    info = CorpusInfo(
        title="Crowd-sourced Emotional Multimodal Actors Dataset",
        language="en",
        licence="ODbL 1.0",
        commercial_use=True,
        citation="Cao et al. (2014), IEEE Transactions on Affective Computing 5(4): 377-390",
        home="https://github.com/CheyneyComputerScience/CREMA-D",
        releases=(
            Published(
                "1.0", 7442, 91, {"NEU": 1087, **dict.fromkeys(("ANG", "DIS", "FEA", "HAP", "SAD"), 1271)}
            ),
        ),
        rate=16_000,
        defects=(
            "1076_MTI_SAD_XX is silent",
            "equal audio under two labels: 1006_TIE_HAP/NEU, 1013_WSI_DIS/SAD, 1017_IWW_ANG/FEA",
            "a clone without Git LFS holds pointer files of 130 bytes",
            "1040_ITH_SAD_X is an old spelling of 1040_ITH_SAD_XX",
        ),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "NEU": Emotion.NEUTRAL,
        "HAP": Emotion.HAPPY,
        "SAD": Emotion.SAD,
        "ANG": Emotion.ANGRY,
        "FEA": Emotion.FEARFUL,
        "DIS": Emotion.DISGUST,
    }

    @cached_property
    def _people(self) -> dict[str, dict[str, str]]:
        # The table lies beside the folder of recordings, which is what people often point at.
        beside = [self.root.absolute().parent / "VideoDemographics.csv"]
        tables = [*sorted(self.root.rglob("VideoDemographics.csv")), *(p for p in beside if p.is_file())]
        table = next(iter(tables), None)
        if table is None:
            return {}
        with table.open(encoding="utf-8-sig", newline="") as file:
            return {row["ActorID"]: row for row in csv.DictReader(file)}

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of CREMA-D's."""
        match = STEM.fullmatch(path.stem)
        if match is None or match["emotion"] not in {"NEU", "HAP", "SAD", "ANG", "FEA", "DIS"}:
            return None
        person = self._people.get(match["actor"], {})
        return self.clip(
            path,
            id=f"{self.name}/{path.stem.removesuffix('_X')}{'_XX' if path.stem.endswith('_X') else ''}",
            original=match["emotion"],
            speaker=match["actor"],
            sex=Voice(person["Sex"].lower()) if person else None,
            age=int(person["Age"]) if person else None,
            sentence=match["sentence"],
            intensity=LEVEL.get(match["level"]),
        )
