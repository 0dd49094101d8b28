"""ESD: file names ``0011_000351``; the emotion is in the folder, or in the speaker's table 0011.txt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from affectone.corpora.clip import Clip, CorpusInfo, Published
from affectone.corpora.corpus import CORPORA, Corpus
from affectone.labels import Emotion, Voice

__all__ = ["Esd"]

STEM = re.compile(r"(?P<speaker>00(?:0[1-9]|1\d|20))_(?P<number>\d{6})")
WOMEN = {"0001", "0002", "0003", "0007", "0009", "0015", "0016", "0017", "0018", "0019"}
UTTERANCES = 350
"""Of each emotion, the same ones in the same order."""


@CORPORA.register("esd")
class Esd(Corpus):
    """ESD: ten Mandarin and ten English speakers, five emotions, 350 utterances in each language."""

    name = "esd"
    info = CorpusInfo(
        title="Emotional Speech Dataset",
        language=None,
        licence="research use only",
        commercial_use=False,
        citation="Zhou et al. (2022), Speech Communication 137: 1-18",
        home="https://github.com/HLTSingapore/Emotional-Speech-Data",
        releases=(
            Published(
                "2021", 35_000, 20, dict.fromkeys(("Neutral", "Angry", "Happy", "Sad", "Surprise"), 7000)
            ),
        ),
        rate=16_000,
        defects=(
            "speakers 0001 to 0010 speak Mandarin, 0011 to 0020 English",
            "the tables of words are in UTF-8, UTF-16, GB 2312 or Latin-1, and some lines are broken",
        ),
    )

    labels: ClassVar[Mapping[str, str]] = {
        "Neutral": Emotion.NEUTRAL,
        "Happy": Emotion.HAPPY,
        "Sad": Emotion.SAD,
        "Angry": Emotion.ANGRY,
        "Surprise": Emotion.SURPRISED,
    }

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "0011/Angry/0011_000351.wav": {
            "id": "esd/0011_000351",
            "speaker": "0011",
            "original": "Angry",
            "emotion": "angry",
            "sex": "male",
            "language": "en",
            "text": "The nine the eggs, I keep.",
            "sentence": "001",
        },
        "0001/Surprise/train/0001_001750.wav": {
            "id": "esd/0001_001750",
            "speaker": "0001",
            "original": "Surprise",
            "emotion": "surprised",
            "sex": "female",
            "language": "zh",
            "text": None,
            "sentence": "350",
        },
    }
    example_tables: ClassVar[Mapping[str, str]] = {
        "0011/0011.txt": "0011_000001\tThe nine the eggs, I keep.\tNeutral\n"
        "0011_000351\tThe nine the eggs, I keep.\tAngry\n"
    }

    def parse(self, path: Path) -> Clip | None:
        """Return the clip a file holds, or None where its name is not ESD's or nothing tells its emotion."""
        match = STEM.fullmatch(path.stem)
        if match is None:
            return None
        text, told = self._words.get(path.stem, (None, None))
        original = self._folder(path) or told
        if original is None:
            return None
        speaker = match["speaker"]
        return self.clip(
            path,
            original=original,
            speaker=speaker,
            sex=Voice.FEMALE if speaker in WOMEN else Voice.MALE,
            language="zh" if speaker <= "0010" else "en",
            text=text,
            sentence=f"{(int(match['number']) - 1) % UTTERANCES + 1:03}",
        )

    def why_not(self, path: Path) -> str:
        """Say so where the name is one of ESD's and only its emotion is missing."""
        match = STEM.fullmatch(path.stem)
        if match is None:
            return super().why_not(path)
        return f"neither a folder nor {match['speaker']}.txt tells its emotion"

    def _folder(self, path: Path) -> str | None:
        """Return the emotion that the nearest folder is named after."""
        return next((folder.name for folder in path.parents if folder.name in self.labels), None)

    @cached_property
    def _words(self) -> dict[str, tuple[str, str | None]]:
        """Stem -> its words, and its emotion where the table has one of the five English names."""
        words: dict[str, tuple[str, str | None]] = {}
        for table in (path for path in self.below if path.match("00[0-2][0-9].txt")):
            for line in _decoded(table.read_bytes(), chinese=table.stem <= "0010").splitlines():
                stem, *cells = (cell.strip() for cell in line.split("\t"))
                if cells:
                    words[stem] = (cells[0], cells[1] if len(cells) > 1 and cells[1] in self.labels else None)
        return words


def _decoded(content: bytes, *, chinese: bool) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030" if chinese else "latin-1", errors="replace")
