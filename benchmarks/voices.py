"""Make what tells voices apart: python benchmarks/voices.py --corpora ROOT.

Writes src/affectone/recognition/voice_space.npz, learned from CREMA-D alone (91 speakers, ODbL) with the
packaged models `base` and `base-commercial`, whose encoder is one and the same; it knows them by the hashes
in their cards, and has to be made anew with a new model. It takes about ten minutes on one core.

Each clip of CREMA-D gives a piece of 0.8 to 2.5 s, and most give another one that was changed by a telephone,
a codec, noise or a room: what stays the same is the voice. What is known of a piece is the states of
`base-commercial`, seen from where they vary most (principal components), and the cepstrum. Of these the
directions are found in which speakers differ most, measured by how the pieces of one speaker scatter over
all of the speaker's emotions (linear discriminant analysis). `--hold-out N` leaves out every Nth speaker, to
choose settings by; what is shipped is learned from all.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

RATE = 16_000
SHORTEST, LONGEST = 0.8, 2.5
"""Seconds of a piece."""
CHANGED = 0.6
"""Share of the clips that give a changed piece, too."""
MODELS = ("base-commercial", "base")
"""The first one's states are learned from: nothing but CREMA-D is in it."""
COMPONENTS = 600
"""Of the states."""
WEIGHT = 30.0
"""Of the cepstrum, beside the states, where the scatter is shrunk."""
DIRECTIONS = 40
SHRINKAGE = 0.05
"""Of the scatter within speakers towards one that is alike in all directions: other corpora have others."""
LEAST_SPREAD = 1e-3

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]


def changes() -> list[Any]:
    """Return what recordings may go through; the telephone comes first."""
    from affectone.audio.augment import Augmentation
    from affectone.audio.augment.codec import Codec
    from affectone.audio.augment.noise import Noise
    from affectone.audio.augment.rooms import Reverb

    steps = (
        Codec(codecs=("mulaw",)),
        Codec(codecs=("opus",), bitrate=(8, 16)),
        Noise(snr=(8, 25)),
        Reverb(decay=(0.2, 0.7), direct=(1, 4)),
    )
    return [Augmentation([step]) for step in steps]


def pieces_of(path: str, ways: list[Any], rng: np.random.Generator) -> list[FloatArray]:
    """Return a piece of a clip's speech, and perhaps one of a changed copy."""
    from affectone.training.speech import speech_of

    drawn = [None]
    if rng.random() < CHANGED:
        drawn.append(ways[rng.choice(len(ways), p=(0.4, 0.2, 0.2, 0.2))])
    pieces = []
    for way in drawn:
        speech = speech_of(path, way)
        length = round(rng.uniform(SHORTEST, LONGEST) * RATE)
        start = int(rng.integers(0, max(1, speech.size - length + 1)))
        pieces.append(speech[start : start + length])
    return pieces


def numbers_of(clips: pd.DataFrame) -> tuple[FloatArray, FloatArray, npt.NDArray[Any]]:
    """Return the states and the cepstrum of all pieces, and whose they are."""
    from affectone.models import OnnxRunner, find_model
    from affectone.recognition.voices import cepstrum_of

    runner = OnnxRunner(find_model(MODELS[0]))
    rng, ways = np.random.default_rng(0), changes()
    states, cepstra, speakers = [], [], []
    for count, clip in enumerate(clips.itertuples()):
        for piece in pieces_of(str(clip.path), ways, rng):
            states.append(runner.run(piece).states)
            cepstra.append(cepstrum_of(piece))
            speakers.append(clip.speaker)
        if count % 500 == 0:
            sys.stderr.write(f"{count} of {len(clips)} clips\n")
    return np.array(states), np.array(cepstra), np.array(speakers)


def space_of(
    states: FloatArray, cepstra: FloatArray, speakers: npt.NDArray[Any]
) -> dict[str, npt.NDArray[Any]]:
    """Return the matrices to where voices differ, and the variance between voices there."""
    centred = states - states.mean(axis=0)
    components = np.linalg.svd(centred, full_matrices=False)[2][:COMPONENTS].T
    weights = WEIGHT / cepstra.std(axis=0)
    points = np.concatenate([centred @ components, cepstra * weights], axis=1)
    matrix, spread = directions(points, speakers)
    of_states = components @ matrix[: components.shape[1]]
    return {
        "states": of_states.astype(np.float16),
        "cepstrum": (weights[:, np.newaxis] * matrix[components.shape[1] :]).astype(np.float32),
        "spread": spread.astype(np.float32),
    }


def directions(numbers: FloatArray, speakers: npt.NDArray[Any]) -> tuple[DoubleArray, DoubleArray]:
    """Return the matrix to where speakers differ, and the variance between them there; within, it is 1."""
    points = numbers - numbers.mean(axis=0, dtype=np.float64)
    people, of, counts = np.unique(speakers, return_inverse=True, return_counts=True)
    means = np.stack([points[of == number].mean(axis=0) for number in range(len(people))])
    rest = points - means[of]
    within = rest.T @ rest / len(rest)
    # A mean of few pieces scatters by itself.
    between = np.cov(means.T, bias=True, aweights=counts) - within * (1 / counts).mean()
    alike = np.trace(within) / len(within) * np.eye(len(within))
    root = np.linalg.cholesky(np.linalg.inv((1 - SHRINKAGE) * within + SHRINKAGE * alike))
    spread, turned = np.linalg.eigh(root.T @ between @ root)
    matrix = root @ turned[:, ::-1][:, :DIRECTIONS]
    variance = np.einsum("id,ij,jd->d", matrix, within, matrix)
    return matrix / np.sqrt(variance), np.maximum(spread[::-1][:DIRECTIONS] / variance, LEAST_SPREAD)


def models_of() -> dict[str, npt.NDArray[Any]]:
    """Return the hashes of the models, and what their states are multiplied by to be the first one's."""
    import onnx
    from onnx import numpy_helper

    from affectone.models import find_model

    artefacts = [find_model(name) for name in MODELS]
    divisors = []
    for artefact in artefacts:
        parts = onnx.load_from_string(artefact.read_network()).graph.initializer
        divisors += [numpy_helper.to_array(one) for one in parts if one.name == "head_network.divisor"]
    return {
        "models": np.array([artefact.card.sha256 for artefact in artefacts]),
        "scales": np.stack([divisor / divisors[0] for divisor in divisors]).astype(np.float32),
    }


def main() -> int:
    """Make the file."""
    from affectone import load_corpus
    from affectone.files import replaced
    from affectone.recognition.voices import SPACE

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpora", type=Path, required=True, help="folder with crema_d")
    parser.add_argument("--clips", type=int, default=30, help="of each speaker, at most")
    parser.add_argument("--hold-out", type=int, default=0, help="leave out every Nth speaker")
    parser.add_argument("--output", type=Path, default=SPACE)
    options = parser.parse_args()
    clips = load_corpus("crema_d", options.corpora / "crema_d")
    clips = clips.sample(frac=1, random_state=0).groupby("speaker").head(options.clips)
    if options.hold_out:
        clips = clips[~clips.speaker.isin(sorted(clips.speaker.unique())[:: options.hold_out])]
    space = space_of(*numbers_of(clips)) | models_of()
    with replaced(options.output) as part, part.open("wb") as file:
        np.savez(file, **space)
    sys.stdout.write(f"{options.output}: {clips.speaker.nunique()} speakers, {len(clips)} clips\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
