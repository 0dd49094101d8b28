"""IEMOCAP: turns ``Ses01F_impro01_F000``; labels and votes in EmoEvaluation, words in transcriptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published, Votes
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import OTHER, Emotion, Voice

__all__ = ["Iemocap"]

DIALOGUE = r"Ses0[1-5][FM]_(?:impro|script)\d{2}[a-z]?(?:_\d[a-z]?)?"
# The first letter of sex says who wears the markers; the second, who speaks.
STEM = re.compile(r"(?P<dialogue>(?P<session>Ses0[1-5])\w+)_(?P<sex>[FM])\w\d{2}")
TURN = re.compile(r"\[[\d.]+ - [\d.]+\]\t(?P<turn>\w+)\t(?P<label>\w+)\t")
VOTE = re.compile(r"C-E\d+:(?P<words>[^(]*)")
WORDS = re.compile(r"(?P<turn>\w+) \[[\d.]+-[\d.]+\]:\s*(?P<text>.*)")
SEX = {"F": Voice.FEMALE, "M": Voice.MALE}


@dataclass
class Turn:
    """What EmoEvaluation says of a turn: its label, and for each evaluator the labels chosen."""

    label: str
    choices: list[list[str]] = field(default_factory=list)


@CORPORA.register("iemocap")
class Iemocap(Corpus):
    """IEMOCAP: ten actors in scripted and improvised dialogues, labelled by at least three listeners."""

    name = "iemocap"
    info = CorpusInfo(
        title="Interactive Emotional Dyadic Motion Capture Database",
        language="en",
        licence="research use, on request",
        commercial_use=False,
        citation="Busso et al. (2008), Language Resources and Evaluation 42(4): 335-359",
        home="https://sail.usc.edu/iemocap/",
        releases=(
            Published(
                "full release",
                10_039,
                10,
                {
                    "neu": 1708,
                    "hap": 595,
                    "sad": 1084,
                    "ang": 1103,
                    "fea": 40,
                    "dis": 2,
                    "sur": 107,
                    "fru": 1849,
                    "exc": 1041,
                    "oth": 3,
                    "xxx": 2507,
                },
            ),
        ),
        rate=16_000,
        defects=(
            "2,507 turns have no label that most listeners agree on (xxx)",
            "frustration and excitement have no place among the eight emotions; many published results call "
            "excitement happy",
            "the letter after the session says who wears the markers, not who speaks",
        ),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "neu": Emotion.NEUTRAL,
        "hap": Emotion.HAPPY,
        "sad": Emotion.SAD,
        "ang": Emotion.ANGRY,
        "fea": Emotion.FEARFUL,
        "dis": Emotion.DISGUST,
        "sur": Emotion.SURPRISED,
        "fru": OTHER,
        "exc": OTHER,
        "oth": OTHER,
        "xxx": OTHER,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav": {
            "id": "iemocap/Ses01F_impro01_F000",
            "speaker": "Ses01F",
            "original": "neu",
            "emotion": "neutral",
            "sex": "female",
            "language": "en",
            "text": "Excuse me.",
            "votes": Votes({"neutral": 1.0}, 3),
        },
        "Session5/sentences/wav/Ses05F_script01_1b/Ses05F_script01_1b_M001.wav": {
            "id": "iemocap/Ses05F_script01_1b_M001",
            "speaker": "Ses05M",
            "original": "fru",
            "emotion": "other",
            "sex": "male",
            "text": None,
            "votes": Votes({"other": 0.75, "angry": 0.25}, 2),
        },
    }
    example_tables: ClassVar[Mapping[str, str]] = {
        "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt": (
            "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
            "[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]\n"
            "C-E2:\tNeutral;\t()\nC-E3:\tNeutral;\t()\nC-E4:\tNeutral state;\t()\n"
            "C-F1:\tSadness;\t(curious)\nA-E3:\tval 3; act 2; dom  2;\t()\n"
        ),
        "Session1/dialog/transcriptions/Ses01F_impro01.txt": (
            "Ses01F_impro01_F000 [006.2901-008.2357]: Excuse me.\n"
        ),
        "Session5/dialog/EmoEvaluation/Ses05F_script01_1b.txt": (
            "[1.0000 - 2.0000]\tSes05F_script01_1b_M001\tfru\t[2.0000, 3.0000, 3.0000]\n"
            "C-E1:\tFrustration;\t()\nC-E4:\tAnger; Frustration;\t(cross)\n"
        ),
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where it is no turn or EmoEvaluation has no label of it."""
        match = STEM.fullmatch(path.stem)
        turn = self._turns.get(path.stem)
        if match is None or turn is None:
            return None
        return self.clip(
            path,
            original=turn.label,
            speaker=match["session"] + match["sex"],
            sex=SEX[match["sex"]],
            text=self._texts.get(path.stem),
            votes=self._votes(turn),
        )

    def why_not(self, path: Path) -> str:
        """Tell whole dialogues and unlabelled turns apart from names that are not IEMOCAP's."""
        if re.fullmatch(DIALOGUE, path.stem):
            return "a whole dialogue, not a turn"
        match = STEM.fullmatch(path.stem)
        return f"no EmoEvaluation/{match['dialogue']}.txt labels it" if match else super().why_not(path)

    def _votes(self, turn: Turn) -> Votes | None:
        """Return what the evaluators heard; one who chose several labels has a part of a vote for each."""
        if not turn.choices:
            return None
        shares: dict[str, float] = {}
        for chosen in turn.choices:
            for label in chosen:
                common = str(self.labels[label])
                shares[common] = shares.get(common, 0.0) + 1 / len(chosen) / len(turn.choices)
        return Votes(shares, len(turn.choices))

    @cached_property
    def _turns(self) -> dict[str, Turn]:
        turns: dict[str, Turn] = {}
        last = Turn("")
        for line in self._lines("EmoEvaluation"):
            if match := TURN.match(line):
                last = turns[match["turn"]] = Turn(match["label"])
            elif (vote := VOTE.match(line)) and vote["words"].strip("; \t"):
                words = filter(None, map(str.strip, vote["words"].split(";")))
                last.choices.append([self._label(word) for word in words])
        return turns

    def _label(self, word: str) -> str:
        """Return the label of an evaluator's word: "Neutral state" and "Frustration" begin as theirs do."""
        return word[:3].lower() if word[:3].lower() in self.labels else "oth"

    @cached_property
    def _texts(self) -> dict[str, str]:
        matches = map(WORDS.match, self._lines("transcriptions"))
        return {match["turn"]: match["text"].strip() for match in matches if match}

    def _lines(self, folder: str) -> Iterator[str]:
        """Yield the lines of the tables directly in all folders of that name."""
        tables = [path for path in self.below if path.parent.name == folder and path.match("Ses*.txt")]
        for table in sorted(tables):
            yield from table.read_text(encoding="utf-8", errors="replace").splitlines()
