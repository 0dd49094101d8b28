"""Statistics of an encoder's states of every clip and of its augmented copies, kept on disk by content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.audio.augment import Augmentation
from affectone.audio.contents import content_of
from affectone.features.encoder import load_encoder
from affectone.features.encoder.states import LONGEST
from affectone.files import replaced
from affectone.models import find_model
from affectone.models.nets import OnnxStatistics, StateStatistics
from affectone.models.runner import INPUT, SAMPLE_RATE, open_network, padded
from affectone.training.cache import ClipFrames
from affectone.training.config import ArtefactConfig, StatesConfig
from affectone.training.kept import kept_numbers
from affectone.training.session import MIN_SECONDS
from affectone.training.speech import speech_copies, speech_of
from affectone.units import seconds_to_samples

if TYPE_CHECKING:
    import onnx
    from onnxruntime import InferenceSession

__all__ = [
    "STATISTICS",
    "changed_statistics",
    "clip_statistics",
    "heard_statistics",
    "published_statistics",
    "state_statistics",
    "statistics_graph",
    "traced_statistics",
]

VERSION = 3
"""Raised whenever the same settings would give other numbers."""
STATISTICS = "statistics"

FloatArray = npt.NDArray[np.float32]


def state_statistics(config: StatesConfig | ArtefactConfig) -> StateStatistics | OnnxStatistics:
    """Return the frozen module from waveform to statistics, its encoder cut after the last layer asked for.

    That of a model that was trained already is run by onnxruntime.

    Raises
    ------
    ModelNotFoundError
        If the weights of the encoder are to be had from nowhere.
    """
    if isinstance(config, ArtefactConfig):
        return OnnxStatistics(open_network(_encoder_of(config).SerializeToString())).eval()
    return published_statistics(config)


def published_statistics(config: StatesConfig) -> StateStatistics:
    """Return the same of an encoder as it was published."""
    encoder = load_encoder(config.encoder, layers=config.layers[-1])
    return StateStatistics(encoder, config.layers).eval().requires_grad_(False)


def statistics_graph(config: StatesConfig | ArtefactConfig, folder: Path, *, exact: bool = False) -> Path:
    """Return the file of the graph from waveform to statistics; made if need be.

    Parameters
    ----------
    config : StatesConfig or ArtefactConfig
    folder : Path
        Of the cache.
    exact : bool
        With float weights. Else they are of 8 bits, those that the artefact will have, so that what is
        learned from is what will be heard. A model that was trained already has these alone.
    """
    file = folder / "encoders" / f"{_digest(config)}{'-exact' if exact else ''}.onnx"
    if not file.exists():
        graph = (
            _encoder_of(config)
            if isinstance(config, ArtefactConfig)
            else traced_statistics(state_statistics(config), exact=exact)
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        with replaced(file) as part:
            part.write_bytes(graph.SerializeToString())
    return file


def traced_statistics(
    statistics: StateStatistics | OnnxStatistics, *, exact: bool = False
) -> onnx.ModelProto:
    """Return the graph from waveform to statistics, with float weights or with those of 8 bits."""
    import torch

    from affectone.training.export import quantise_weights, to_onnx

    example = torch.linspace(-0.5, 0.5, 2 * SAMPLE_RATE).repeat(2, 1)
    shortest = seconds_to_samples(MIN_SECONDS, SAMPLE_RATE)
    longest = seconds_to_samples(LONGEST, SAMPLE_RATE)
    samples = torch.export.Dim("samples", min=shortest, max=longest)
    shapes = {"waveform": {0: torch.export.Dim("batch"), 1: samples}}
    graph = to_onnx(statistics, [example], shapes, inputs=[INPUT], outputs=[STATISTICS])
    return graph if exact else quantise_weights(graph)


def _encoder_of(config: ArtefactConfig) -> onnx.ModelProto:
    """Return what stands before the head of a model that was trained already."""
    import onnx
    from onnx.utils import Extractor

    whole = onnx.load_from_string(find_model(config.artefact).read_network())
    return Extractor(whole).extract_model([INPUT], [STATISTICS])


def _digest(config: StatesConfig | ArtefactConfig) -> str:
    of_what = [config.sha256] if isinstance(config, ArtefactConfig) else [config.encoder, config.layers]
    settings = [VERSION, *of_what]
    return hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:16]


def clip_statistics(
    paths: Sequence[str],
    config: StatesConfig | ArtefactConfig,
    changes: Augmentation,
    *,
    cache: Path,
    jobs: int,
) -> list[ClipFrames]:
    """Return the statistics of each recording's speech and of its copies, computing what is not on disk yet.

    A clip is cut from its first to its last speech, as the recogniser cuts it. Where no speech is found the
    whole clip is taken. Of clips over 30 s the first 30 s are heard.

    Parameters
    ----------
    paths : sequence of str
        Recordings.
    config : StatesConfig or ArtefactConfig
    changes : Augmentation
        What is done to the copies.
    cache : Path
        Folder of the cache.
    jobs : int
        Number of processes.

    Raises
    ------
    AudioError
        If a recording cannot be read.
    """
    graph = statistics_graph(config, cache)
    rows, hashes = kept_numbers(
        paths,
        partial(heard_statistics, graph=graph, copies=config.copies, changes=changes),
        dtype="<f2",
        file=cache / "statistics.sqlite",
        key=json.dumps([_digest(config), config.copies, changes.identity()]),
        jobs=jobs,
        label="states",
    )
    return [
        ClipFrames(tuple(clip.reshape(-1, config.numbers)), content)
        for clip, content in zip(rows, hashes, strict=True)
    ]


def heard_statistics(
    path: str, *, graph: Path, copies: int, changes: Augmentation
) -> npt.NDArray[np.float16]:
    """Return statistics of a clip and its copies, shape (1 + copies, numbers)."""
    waves = speech_copies(path, content_of(Path(path)).file_hash, copies, changes)
    return np.stack([_statistics(_session(graph), wave) for wave in waves])


def changed_statistics(path: str, *, graph: Path, changes: Augmentation) -> npt.NDArray[np.float16]:
    """Return the statistics of the speech in a changed recording, shape (numbers,)."""
    return _statistics(_session(graph), speech_of(path, changes))


def _statistics(session: InferenceSession, wave: FloatArray) -> npt.NDArray[np.float16]:
    heard = wave[: seconds_to_samples(LONGEST, SAMPLE_RATE)]
    heard = padded(heard, seconds_to_samples(MIN_SECONDS, SAMPLE_RATE))
    (rows,) = session.run([STATISTICS], {INPUT: heard[None].astype(np.float32)})
    return np.asarray(rows[0], np.float16)


_session = cache(open_network)
"""Once in each process that listens."""
