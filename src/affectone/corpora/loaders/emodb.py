"""EMO-DB: file names ``03a01Fa``; how often each clip was recognised in erkennung.txt or db.emotion.csv."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published, Votes
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import BORED, Emotion, Voice

__all__ = ["EmoDb"]

STEM = re.compile(r"(?P<speaker>03|08|09|1[0-6])(?P<sentence>[ab]\d{2})(?P<emotion>[WLEAFTN])(?P<take>[a-g])")
PEOPLE = {
    "03": (Voice.MALE, 31),
    "08": (Voice.FEMALE, 34),
    "09": (Voice.FEMALE, 21),
    "10": (Voice.MALE, 32),
    "11": (Voice.MALE, 26),
    "12": (Voice.MALE, 30),
    "13": (Voice.FEMALE, 32),
    "14": (Voice.FEMALE, 35),
    "15": (Voice.MALE, 25),
    "16": (Voice.FEMALE, 31),
}
SENTENCES = {
    "a01": "Der Lappen liegt auf dem Eisschrank.",
    "a02": "Das will sie am Mittwoch abgeben.",
    "a04": "Heute abend könnte ich es ihm sagen.",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    "a07": "In sieben Stunden wird es soweit sein.",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht.",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen.",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
}
LARYNGOGRAMS = "laryngo"
"""Folder of the 2.0 release with the movement of the vocal folds, under the names of the clips."""
LISTENERS = (20, 21)
"""The paper names 20; rates such as 95.24 % were given by 21."""


@CORPORA.register("emodb")
class EmoDb(Corpus):
    """EMO-DB: ten German actors, six emotions and boredom, ten sentences.

    The first release holds the 535 clips that at least 80 % of the listeners recognised, the second one all
    816. Published is the share of the listeners who chose the label that was meant. Which labels the others
    chose is not: their votes are spread evenly over the other six.
    """

    name = "emodb"
    info = CorpusInfo(
        title="Berlin Database of Emotional Speech",
        language="de",
        licence="free to use, no formal licence",
        commercial_use=False,
        citation="Burkhardt et al. (2005), Interspeech, 1517-1520",
        home="http://emodb.bilderbar.info/",
        releases=(
            Published("1.4.1", 535, 10, {"W": 127, "L": 81, "E": 46, "A": 69, "F": 71, "T": 62, "N": 79}),
            Published(
                "2.0.0", 816, 10, {"W": 137, "L": 112, "E": 105, "A": 122, "F": 115, "T": 121, "N": 104}
            ),
        ),
        rate=16_000,
        defects=(
            "boredom has no place among the eight emotions and is left out of training",
            "the folder laryngo of the 2.0.0 release holds no speech, under the names of the clips",
        ),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "N": Emotion.NEUTRAL,
        "F": Emotion.HAPPY,
        "T": Emotion.SAD,
        "W": Emotion.ANGRY,
        "A": Emotion.FEARFUL,
        "E": Emotion.DISGUST,
        "L": BORED,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "wav/14b10Lb.wav": {
            "id": "emodb/14b10Lb",
            "speaker": "14",
            "emotion": "bored",
            "original": "L",
            "sex": "female",
            "age": 35,
            "language": "de",
            "text": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
            "sentence": "b10",
            "take": "b",
            "votes": None,
        },
        "wav/03a01Fa.wav": {
            "emotion": "happy",
            "text": "Der Lappen liegt auf dem Eisschrank.",
            "votes": Votes({"happy": 1.0}, raters=20),
        },
    }
    example_tables: ClassVar[Mapping[str, str]] = {
        "erkennung.txt": "Nr.\tSatz\terkannt\tnatuerlich\n3\t03a01Fa.wav\t100,00\t75,00\n"
    }

    @cached_property
    def _rates(self) -> dict[str, float]:
        """Stem -> share of the listeners who chose the label that was meant."""
        first = self.table(
            "erkennung.txt", ("Satz", "erkannt"), _recognised, encoding="latin-1", delimiter="\t"
        )
        return dict(first or self.table("db.emotion.csv", ("file", "emotion.confidence"), _confidence))

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not one of EMO-DB's."""
        match = STEM.fullmatch(path.stem)
        if match is None or path.parent.name == LARYNGOGRAMS:
            return None
        sex, age = PEOPLE[match["speaker"]]
        rate = self._rates.get(path.stem)
        return self.clip(
            path,
            original=match["emotion"],
            speaker=match["speaker"],
            sex=sex,
            age=age,
            text=SENTENCES.get(match["sentence"]),
            sentence=match["sentence"],
            take=match["take"],
            votes=None if rate is None else self._spread(match["emotion"], rate),
        )

    def why_not(self, path: Path) -> str:
        """Say why a file is no clip: its name, or that it is a laryngogram."""
        if path.parent.name == LARYNGOGRAMS:
            return "a laryngogram: the movement of the vocal folds, and no speech"
        return super().why_not(path)

    def _spread(self, original: str, rate: float) -> Votes:
        """Return votes of which a share is for the label that was meant, and the rest fell anywhere."""
        raters = next((count for count in LISTENERS if abs(rate * count - round(rate * count)) < 0.01), None)
        share = round(rate * raters) / raters if raters else rate
        rest = (1 - share) / (len(self.labels) - 1)
        shares = {str(label): share if own == original else rest for own, label in self.labels.items()}
        return Votes({label: share for label, share in shares.items() if share}, raters)


def _recognised(row: dict[str, str]) -> tuple[str, float]:
    # Numbers are written as in German, with no-break spaces behind them.
    text = row["erkannt"].strip()
    return PurePosixPath(row["Satz"].strip()).stem, _share(text.replace(",", "."), text, most=100)


def _confidence(row: dict[str, str]) -> tuple[str, float]:
    rate = row["emotion.confidence"]
    return PurePosixPath(row["file"]).stem, _share(rate, rate, most=1)


def _share(number: str, shown: str, *, most: int) -> float:
    try:
        share = float(number) / most
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError(f"the rate of recognition is {shown!r} and not between 0 and {most}")
    return share
