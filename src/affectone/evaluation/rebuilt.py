"""What earlier projects did to a corpus before they split it: labels with the voice in them, noise copies."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from affectone.audio import load_audio
from affectone.corpora import Fold, Protocol, find_protocol
from affectone.labels import VOICES, Emotion
from affectone.models.runner import SAMPLE_RATE
from affectone.workers import over_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["RECORDINGS_RANDOM", "find_row_protocol", "label_by_voice", "with_noise_copies"]

RECORDINGS_RANDOM = "recordings-random"
LOUDEST_NOISE = 0.035
"""Of a clip's peak: standard deviation of the noise at most, as tutorials on RAVDESS have it."""


def label_by_voice(manifest: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Put the voice before the emotion, as in ``female_happy``; clips of unknown voice are left out.

    Parameters
    ----------
    manifest : pandas.DataFrame
    labels : sequence of str
        Where they have no calm, calm becomes neutral.
    """
    spoken = manifest[manifest["sex"].isin(VOICES)]
    emotion = spoken["emotion"]
    if f"{VOICES[0]}_{Emotion.CALM}" not in labels:
        emotion = emotion.replace(str(Emotion.CALM), str(Emotion.NEUTRAL))
    return spoken.assign(emotion=spoken["sex"] + "_" + emotion).reset_index(drop=True)


def with_noise_copies(manifest: pd.DataFrame, folder: Path, *, jobs: int) -> pd.DataFrame:
    """Return a manifest with a noisy copy of each clip after all clips.

    A copy is a clip of its own with ``+noise`` behind its id. Its ``recording`` is its clip's, so that the
    guard finds it where it stands on the other side.

    Parameters
    ----------
    manifest : pandas.DataFrame
        Of clips that were listened to.
    folder : Path
        Gets the copies, each named by the content of its clip; those that are there are taken.
    jobs : int
        Processes that make them.
    """
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    paths = manifest["path"].tolist()
    with closing(over_workers(partial(_noisy, folder=folder), paths, jobs=jobs, label="copies")) as made:
        copies = manifest.assign(path=list(made), id=manifest["id"] + "+noise", content_hash=np.nan)
    return pd.concat([manifest, copies.astype(manifest.dtypes)], ignore_index=True)


def _noisy(path: str, *, folder: Path) -> str:
    """Write a clip with white noise on it, of a level and a course that its content decides."""
    import soundfile

    content = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    file = folder / f"{content}.wav"
    if not file.exists():
        rng = np.random.default_rng(int(content[:16], 16))
        samples = load_audio(path, sample_rate=SAMPLE_RATE).samples[0]
        level = LOUDEST_NOISE * rng.uniform() * float(samples.max())
        noisy = (samples + level * rng.standard_normal(samples.size)).astype(np.float32)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as part:
            soundfile.write(part, np.clip(noisy, -1, 1), SAMPLE_RATE, format="WAV", subtype="PCM_16")
        Path(part.name).replace(file)
    return str(file)


def find_row_protocol(name: str) -> Callable[[pd.DataFrame], Protocol]:
    """Return what gives a row's protocol for a manifest: any of `find_protocol`, or ``recordings-random``.

    Raises
    ------
    CorpusError
        If there is no such protocol.
    """
    return _recordings_random if name == RECORDINGS_RANDOM else find_protocol(name)


def _recordings_random(manifest: pd.DataFrame) -> Protocol:
    """Deal clips as `random` does, and put all that sounds like a clip into its fold."""
    heads = manifest[(manifest["recording"] == manifest["id"]) | manifest["recording"].isna()]
    dealt = find_protocol("random")(heads)
    sounds = manifest["recording"].fillna(manifest["id"])
    names = {str(head): sorted(rows) for head, rows in manifest["id"].groupby(sounds)}
    folds = tuple(
        Fold(tuple(sorted(name for head in fold.test for name in names[head]))) for fold in dealt.folds
    )
    source = "made of the manifest: recordings dealt to five folds by hash, copies with them, whoever speaks"
    return replace(dealt, name=RECORDINGS_RANDOM, source=source, folds=folds)
