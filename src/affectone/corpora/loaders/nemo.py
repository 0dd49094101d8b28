"""nEMO: file names ``WR0_surprised_64``; words, sexes and ages in data.tsv."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion, Voice

__all__ = ["Nemo"]

STEM = re.compile(
    r"(?P<speaker>[A-Z]{2}\d)_(?P<emotion>anger|fear|happiness|neutral|sadness|surprised)_(?P<sentence>\d+)"
)
SEX = {"female": Voice.FEMALE, "male": Voice.MALE}

COLUMNS = ("file_id", "raw_text", "gender", "age")


@CORPORA.register("nemo")
class Nemo(Corpus):
    """nEMO: nine Polish actors, six emotions, 90 sentences."""

    name = "nemo"
    info = CorpusInfo(
        title="nEMO: Dataset of Emotional Speech in Polish",
        language="pl",
        licence="CC BY-NC-SA 4.0",
        commercial_use=False,
        citation="Christop (2024), LREC-COLING, 12111-12116",
        home="https://github.com/amu-cai/nEMO",
        releases=(
            Published(
                "2024",
                4481,
                9,
                {
                    "neutral": 809,
                    "happiness": 749,
                    "sadness": 769,
                    "anger": 749,
                    "fear": 736,
                    "surprised": 669,
                },
            ),
        ),
        rate=24_000,
        defects=("data.tsv has blanks before the names of the speakers",),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "neutral": Emotion.NEUTRAL,
        "happiness": Emotion.HAPPY,
        "sadness": Emotion.SAD,
        "anger": Emotion.ANGRY,
        "fear": Emotion.FEARFUL,
        "surprised": Emotion.SURPRISED,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "samples/WR0_surprised_64.wav": {
            "id": "nemo/WR0_surprised_64",
            "speaker": "WR0",
            "original": "surprised",
            "emotion": "surprised",
            "sex": "male",
            "age": 23,
            "language": "pl",
            "text": "Ucho wykrywa dźwięki o różnej częstotliwości.",
            "sentence": "64",
        },
        "samples/EB0_neutral_13.wav": {
            "id": "nemo/EB0_neutral_13",
            "speaker": "EB0",
            "original": "neutral",
            "emotion": "neutral",
            "sex": "female",
            "age": 27,
            "text": "Interesuje mnie historia Polski.",
            "sentence": "13",
        },
    }
    example_tables: ClassVar[Mapping[str, str]] = {
        "data.tsv": "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage\n"
        "WR0_surprised_64.wav\tsurprised\tUcho wykrywa dźwięki o różnej częstotliwości.\t"
        "ucho wykrywa dźwięki o różnej częstotliwości\t        WR0\tmale\t23\n"
        "EB0_neutral_13.wav\tneutral\tInteresuje mnie historia Polski.\tinteresuje mnie historia polski\t"
        "        EB0\tfemale\t27\n"
    }

    @cached_property
    def _rows(self) -> dict[str, dict[str, str]]:
        return dict(self.table("data.tsv", COLUMNS, _stem_and_row, delimiter="\t"))

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of nEMO's."""
        match = STEM.fullmatch(path.stem)
        if match is None:
            return None
        row = self._rows.get(path.stem, {})
        age = row.get("age") or ""
        return self.clip(
            path,
            original=match["emotion"],
            speaker=match["speaker"],
            sex=SEX.get(row.get("gender", "")),
            age=int(age) if age.isdecimal() else None,
            text=row.get("raw_text"),
            sentence=match["sentence"],
        )


def _stem_and_row(row: dict[str, str]) -> tuple[str, dict[str, str]]:
    return Path(row["file_id"]).stem, row
