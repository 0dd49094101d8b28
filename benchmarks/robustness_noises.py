"""Babble and music to put behind clips: made here, or of the clips of other corpora."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import soundfile as sf

from trust import SOUNDS

if TYPE_CHECKING:
    import pandas as pd

    from affectone.audio.augment import Condition

RATE = 16_000
TALKERS, RECORDINGS, SECONDS = 6, 12, 10.0
"""People of a babble; recordings of each noise, and how long a babble is."""
SAID = 6
"""Clips that each of them says again and again."""
MUSIC = ("organ chords", "plucked strings", "drums")

NOISES = (TALKERS, RECORDINGS, SECONDS, SAID, MUSIC)
"""All that decides what the noises are, but the clips of a babble."""

FloatArray = npt.NDArray[np.float32]


def noises(corpus: str, heard: pd.DataFrame, folder: Path) -> tuple[Condition, ...]:
    """Return the conditions of babble, of other corpora than a clip's, and of music, made if need be."""
    from affectone.audio.augment import noise_conditions

    babble, music = folder / f"babble-without-{corpus}", folder / "music"
    if not babble.exists():
        write(babbles(heard[(heard["corpus"] != corpus) & (heard["emotion"] == "neutral")]), babble)
    if not music.exists():
        write(tunes(), music)
    return (
        *noise_conditions("babble", babble),
        *noise_conditions("music-like", music),
    )


def babbles(clips: pd.DataFrame) -> Iterator[FloatArray]:
    """Yield recordings of people who speak at once, equally loud, each without a pause."""
    from affectone.training.speech import speech_of

    rng = np.random.default_rng(0)
    length = round(SECONDS * RATE)
    people = sorted(set(zip(clips["corpus"], clips["speaker"], strict=True)))
    for _ in range(RECORDINGS):
        sound = np.zeros(length)
        for place in rng.choice(len(people), TALKERS, replace=False):
            corpus, speaker = people[place]
            own = clips["path"][(clips["corpus"] == corpus) & (clips["speaker"] == speaker)].tolist()
            said = np.concatenate([speech_of(path) for path in rng.permutation(own)[:SAID]])
            talker = np.roll(np.resize(said, length), int(rng.integers(length)))
            sound += talker / np.sqrt(np.square(talker, dtype=np.float64).mean())
        yield (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def tunes() -> Iterator[FloatArray]:
    """Yield chords, strings and drums, each alone and then all at once."""
    for seed in range(RECORDINGS):
        made = [SOUNDS[kind](np.random.default_rng(seed)) for kind in MUSIC]
        parts = [part / part.std() for part in made]
        sound = np.concatenate([*parts, np.sum(parts, axis=0) / np.sqrt(len(parts))])
        yield (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def write(sounds: Iterable[FloatArray], folder: Path) -> None:
    """Write recordings into a folder, all or none."""
    part = folder.with_name(f"{folder.name}.part")
    part.mkdir(parents=True, exist_ok=True)
    for number, sound in enumerate(sounds):
        sf.write(part / f"{number:02}.wav", sound, RATE)
    part.replace(folder)
