"""A made-up corpus in memory: frames whose emotion and voice can be told, of several lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

from affectone.labels import EIGHT
from affectone.training.cache import ClipFrames
from affectone.training.data import Targets, make_targets

BANDS = 32
EMOTIONS = ("neutral", "happy", "sad", "angry")


@dataclass(frozen=True)
class MadeUp:
    """Clips, their manifest and their targets, row by row."""

    manifest: pd.DataFrame
    clips: list[ClipFrames]
    targets: Targets = field(init=False)

    def __post_init__(self) -> None:
        targets = make_targets(self.manifest, EIGHT, {"made": EMOTIONS})
        object.__setattr__(self, "targets", targets)


def made_up(
    speakers: int = 8,
    takes: int = 1,
    copies: int = 2,
    lengths: Sequence[int] = (40, 43, 46),
    emotions: Sequence[str] = EMOTIONS,
) -> MadeUp:
    """Return clips in which each emotion lifts bands of its own, and each sex one band more."""
    rng = np.random.default_rng(4)
    rows, clips = [], []
    for speaker in range(speakers):
        sex = ("female", "male")[speaker % 2]
        for take, emotion in ((take, emotion) for take in range(takes) for emotion in emotions):
            length = lengths[len(rows) % len(lengths)]
            frames = rng.normal(0, 0.3, (copies, length, BANDS))
            first = 6 * emotions.index(emotion)
            frames[:, :, first : first + 5] += 1.0
            frames[:, :, -2:] += 1.0 if sex == "female" else 0.0
            clips.append(ClipFrames(tuple(frames.astype(np.float16)), f"{len(rows):064x}"))
            rows.append((f"made/{speaker}_{emotion}_{take}", "made", f"s{speaker}", sex, emotion))
    return MadeUp(pd.DataFrame(rows, columns=["id", "corpus", "speaker", "sex", "emotion"]), clips)


@pytest.fixture(scope="session")
def made() -> MadeUp:
    """32 clips of eight speakers."""
    return made_up()


@pytest.fixture(scope="session")
def make_clips() -> Callable[..., MadeUp]:
    """Return the maker of such clips."""
    return made_up
