"""Made-up corpora, in memory and as recordings, whose emotion and voice can be told; a random encoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

pytest.importorskip("torch")

from affectone.labels import EIGHT
from affectone.training import statistics
from affectone.training.cache import ClipFrames
from affectone.training.targets import Targets, make_targets

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


@pytest.fixture(scope="module")
def random_encoder() -> Iterator[list[str]]:
    """Put a random encoder of two layers, as wide as Moonshine's, in its place; return which were loaded."""
    transformers = pytest.importorskip("transformers")
    import torch

    from affectone.features.encoder.moonshine import MoonshineStates

    loaded: list[str] = []

    def load(name: str, *, layers: int) -> MoonshineStates:
        loaded.append(name)
        torch.manual_seed(3)
        config = transformers.MoonshineConfig(
            hidden_size=416, intermediate_size=64, encoder_num_hidden_layers=2, vocab_size=100,
            decoder_num_hidden_layers=1,
        )  # fmt: skip
        model = transformers.MoonshineModel(config).get_encoder().eval()
        return MoonshineStates(model, layers).eval().requires_grad_(False)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "load_encoder", load)
        yield loaded


@pytest.fixture(scope="module")
def table(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Return a manifest of ten people's recordings: the angry ones are higher, and all are levelled."""
    folder, rows = tmp_path_factory.mktemp("recordings"), []
    for number in range(40):
        speaker, angry = number // 4, number % 2
        sound = tiny.spoken_clip(
            0.7 + 0.01 * number, pitch=(110, 200)[speaker % 2] * (1 + 0.4 * angry) + number
        )
        path = folder / f"{number}.wav"
        sf.write(path, sound, 16_000)
        sex = ("male", "female")[speaker % 2]
        rows.append((f"own/{number}", str(path), "own", f"s{speaker}", sex, ("happy", "angry")[angry]))
    columns = ["id", "path", "corpus", "speaker", "sex", "emotion"]
    made = pd.DataFrame(rows, columns=columns).assign(votes=None, raters=None, age=None, language="en")
    return made.assign(agreement=np.where(made["emotion"] == "angry", 0.9, 0.4))
