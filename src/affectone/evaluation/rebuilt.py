"""What earlier projects did to a corpus before they split it: labels with the voice in them, copies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from affectone.audio import load_audio
from affectone.audio.augment import Augmentation
from affectone.corpora import Fold, Protocol, find_protocol
from affectone.files import replaced
from affectone.labels import VOICES, Emotion
from affectone.models.runner import SAMPLE_RATE
from affectone.workers import over_workers

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    FloatArray = npt.NDArray[np.float32]

__all__ = [
    "COPIES",
    "ORIGINALS_RANDOM",
    "RECORDINGS_RANDOM",
    "find_row_protocol",
    "label_by_voice",
    "with_copies",
]

RECORDINGS_RANDOM = "recordings-random"
ORIGINALS_RANDOM = "originals-random"
COPIES = {"none": (), "noise": ("noise",), "noise+stretch": ("noise", "stretch"), "same": ("same",)}
"""What stands beside each clip, by the name that a row has for it."""
MARKS = tuple(f"+{kind}" for kind in ("noise", "stretch", "same"))
"""What the ids of copies end in."""
LOUDEST_NOISE = 0.035
"""Of a clip's peak: standard deviation of the noise at most, as tutorials on RAVDESS have it."""
STRETCH = (
    {"kind": "time_stretch", "rate": [0.8, 0.8]},
    {"kind": "pitch", "semitones": [0.7, 0.7]},
)
"""The other copy of these tutorials: a fifth slower, and 0.7 semitones higher."""


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


def with_copies(manifest: pd.DataFrame, kinds: Sequence[str], cache: Path, *, jobs: int) -> pd.DataFrame:
    """Return a manifest with copies of each clip after all clips, one kind after the other.

    A copy is a clip of its own with ``+`` and its kind behind its id. Its ``recording`` is its clip's, so
    that the guard finds it where it stands on the other side.

    Parameters
    ----------
    manifest : pandas.DataFrame
        Of clips that were listened to.
    kinds : sequence of str
        ``noise``: white noise on it. ``stretch``: slower, and a little higher. ``same``: the clip itself.
    cache : Path
        Gets a folder of each kind, whose files are named by the content of their clips; those that are there
        are taken.
    jobs : int
        Processes that make them.
    """
    import pandas as pd

    parts = [manifest]
    for kind in kinds:
        copies = manifest.assign(id=manifest["id"] + f"+{kind}")
        if kind != "same":
            paths = _copied(manifest["path"].tolist(), kind, cache / f"{kind}-copies", jobs=jobs)
            copies = copies.assign(path=paths, content_hash=np.nan).astype(manifest.dtypes)
        parts.append(copies)
    return pd.concat(parts, ignore_index=True)


def _copied(paths: Sequence[str], kind: str, folder: Path, *, jobs: int) -> list[str]:
    """Return where the copies of clips are, those made that were not there."""
    folder.mkdir(parents=True, exist_ok=True)
    work = partial(_copy, kind=kind, folder=folder)
    with closing(over_workers(work, paths, jobs=jobs, label=f"copies ({kind})")) as made:
        return list(made)


def _copy(path: str, *, kind: str, folder: Path) -> str:
    """Write a copy of a clip, of a course that its content decides."""
    import soundfile

    content = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    file = folder / f"{content}.wav"
    if not file.exists():
        samples = load_audio(path, sample_rate=SAMPLE_RATE).samples[0]
        changed = CHANGES[kind](samples, int(content[:16], 16))
        with replaced(file) as part:
            soundfile.write(part, np.clip(changed, -1, 1), SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return str(file)


def _noisy(samples: FloatArray, seed: int) -> FloatArray:
    """Put white noise on a clip, of a level that the seed decides."""
    rng = np.random.default_rng(seed)
    level = LOUDEST_NOISE * rng.uniform() * float(samples.max())
    return (samples + level * rng.standard_normal(samples.size)).astype(np.float32)


def _stretched(samples: FloatArray, _: int) -> FloatArray:
    return Augmentation(STRETCH)(samples, SAMPLE_RATE, seed=0)


CHANGES: dict[str, Callable[[FloatArray, int], FloatArray]] = {"noise": _noisy, "stretch": _stretched}


def find_row_protocol(name: str) -> Callable[[pd.DataFrame], Protocol]:
    """Return what gives a row's protocol for a manifest: any of `find_protocol`, or one of the rebuilt ones.

    ``recordings-random`` deals clips, and copies go with them. ``originals-random`` deals and tests clips
    alone, and all copies train: also those of what is tested.

    Raises
    ------
    CorpusError
        If there is no such protocol.
    """
    rebuilt = {RECORDINGS_RANDOM: _recordings_random, ORIGINALS_RANDOM: _originals_random}
    return rebuilt[name] if name in rebuilt else find_protocol(name)


def _originals_random(manifest: pd.DataFrame) -> Protocol:
    """Deal clips as `random` does; what is a copy of one trains always."""
    dealt = find_protocol("random")(manifest[~manifest["id"].str.endswith(MARKS)])
    source = "made of the manifest: clips dealt to five folds by hash and tested; copies of all of them train"
    return replace(dealt, name=ORIGINALS_RANDOM, source=source)


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
