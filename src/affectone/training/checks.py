"""What a trained model says about a few inputs, kept beside it: an export is held against that later."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from affectone.errors import ModelIntegrityError
from affectone.files import replaced
from affectone.models.runner import OUTPUTS, SAMPLE_RATE, open_network, refusals
from affectone.training.calibration import probabilities
from affectone.training.logits import Logits

__all__ = ["CHECKS", "Checks", "apart", "made_sounds", "onnx_logits", "read_checks", "write_checks"]

CHECKS = "checks.npz"
"""In the folder of a run."""
LENGTHS = (0.5, 0.9, 1.6, 2.7)
"""Seconds of the sounds that are made."""

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Checks:
    """Inputs of a model, and what it said about them when it had been trained.

    Parameters
    ----------
    inputs : tuple of numpy.ndarray of float32
        Each without the axis of the batch.
    logits : Logits
    config : mapping of str to object
        Settings that it was trained with: those of a search, where there was one.
    apart : float
        How far onnxruntime's probabilities were from these when the model was exported.
    """

    inputs: tuple[FloatArray, ...]
    logits: Logits
    config: Mapping[str, Any]
    apart: float = 0.0


def made_sounds() -> tuple[FloatArray, ...]:
    """Return sounds like voices, which are nobody's: the folder of a run may keep them and be handed on."""
    rng = np.random.default_rng(20)
    return tuple(_made_sound(length, rng) for length in LENGTHS)


def _made_sound(seconds: float, rng: np.random.Generator) -> FloatArray:
    """Return harmonics of a moving pitch in syllables, with breath."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = rng.uniform(90, 260) * (1 + 0.2 * np.sin(2 * np.pi * rng.uniform(0.5, 2) * time))
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    gains = rng.uniform(0.2, 1, 12) / np.arange(1, 13)
    sound = sum(gain * np.sin(order * phase) for order, gain in enumerate(gains, start=1))
    sound = (sound + 0.1 * rng.standard_normal(time.size)) * np.abs(np.sin(2 * np.pi * 2.2 * time))
    return np.asarray(rng.uniform(0.1, 0.8) * sound / np.abs(sound).max(), dtype=np.float32)


def onnx_logits(network: bytes, inputs: Sequence[FloatArray]) -> Logits:
    """Return onnxruntime's logits for inputs, each run alone.

    Raises
    ------
    ModelIntegrityError
        If it cannot run the network on them.
    """
    try:
        session = open_network(network)
        (port,) = session.get_inputs()
        rows = [session.run(list(OUTPUTS[:2]), {port.name: one[np.newaxis]}) for one in inputs]
    except refusals() as error:
        raise ModelIntegrityError(f"onnxruntime cannot run the model: {str(error).splitlines()[0]}") from None
    emotion, voice = (np.concatenate(found) for found in zip(*rows, strict=True))
    return Logits(emotion, voice)


def apart(one: Logits, other: Logits, *, voices: bool = True) -> float:
    """Return the largest difference of any probability, those of the voices among them if wanted."""
    pairs = [(one.emotion, other.emotion), *([(one.voice, other.voice)] if voices else [])]
    return float(max(np.abs(probabilities(a, 1.0) - probabilities(b, 1.0)).max() for a, b in pairs))


def write_checks(file: Path, checks: Checks, network: bytes) -> None:
    """Keep checks, and how far onnxruntime is from them now; the file appears whole or not at all.

    Parameters
    ----------
    file : Path
    checks : Checks
    network : bytes
        The exported model.
    """
    content: dict[str, Any] = {f"input{place}": values for place, values in enumerate(checks.inputs)}
    content |= {"emotion": checks.logits.emotion, "voice": checks.logits.voice}
    content["config"] = np.array(json.dumps(dict(checks.config)))
    content["apart"] = np.array(apart(onnx_logits(network, checks.inputs), checks.logits))
    with replaced(file) as part, part.open("wb") as stream:
        np.savez_compressed(stream, **content)


def read_checks(file: Path) -> Checks:
    """Read what `write_checks` kept.

    Raises
    ------
    ModelIntegrityError
        If the file is missing or is none.
    """
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            inputs = tuple(kept[f"input{place}"] for place in range(len(kept["emotion"])))
            config = dict(json.loads(str(kept["config"])))
            return Checks(inputs, Logits(kept["emotion"], kept["voice"]), config, float(kept["apart"]))
    except FileNotFoundError:
        raise ModelIntegrityError(f"no {file}: the run does not say what its model answered") from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelIntegrityError(f"{file} cannot be read: {error}") from None
