"""A model whose right answer can be worked out by hand, and speech that needs no recording.

The model sees two things: the level (root mean square) and how often the sound changes sign. Its emotion
logits are ``W @ (level, changes)``, one row of `ROWS` per label, so that a test knows them from the samples.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

FloatArray = npt.NDArray[np.float32]

ROWS: Mapping[str, tuple[float, float]] = {
    "neutral": (-20.0, 0.0),
    "calm": (-18.0, -2.0),
    "happy": (2.0, 4.0),
    "sad": (-10.0, 2.0),
    "angry": (8.0, 1.0),
    "fearful": (-4.0, 6.0),
    "disgust": (1.0, -3.0),
    "surprised": (3.0, 9.0),
}
"""Label -> how much its logit grows with the level and with the share of sign changes."""
VOICE_ROWS: Mapping[str, tuple[float, float]] = {"female": (0.0, 12.0), "male": (1.5, 0.0)}
TEMPERATURE, VOICE_TEMPERATURE = 2.0, 0.5


def measures(samples: FloatArray) -> tuple[float, float]:
    """Return what the model sees: the level, and the share of neighbours that differ in sign."""
    sound = samples.astype(np.float64)
    return float(np.sqrt(np.mean(sound**2))), float(np.mean(sound[1:] * sound[:-1] < 0))


def logits(samples: FloatArray, labels: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the model's emotion logits, by hand."""
    return np.array([np.dot(ROWS[label], measures(samples)) for label in labels])


def network(labels: Sequence[str], voices: Sequence[str] = tuple(VOICE_ROWS)) -> onnx.ModelProto:
    """Build the ONNX graph for labels in some order."""
    emotion = np.array([ROWS[label] for label in labels], np.float32).T
    voice = np.array([VOICE_ROWS[name] for name in voices], np.float32).T
    constants = {
        "zero": np.array(0, np.float32),
        "first": np.array([0]),
        "second": np.array([1]),
        "last": np.array([-1]),
        "end": np.array([2**31 - 1]),
        "time": np.array([1]),
        "emotion_rows": emotion,
        "voice_rows": voice,
    }
    nodes = [
        helper.make_node("Mul", ["waveform", "waveform"], ["squares"]),
        helper.make_node("ReduceMean", ["squares", "time"], ["power"], keepdims=1),
        helper.make_node("Sqrt", ["power"], ["level"]),
        helper.make_node("Slice", ["waveform", "second", "end", "time"], ["later"]),
        helper.make_node("Slice", ["waveform", "first", "last", "time"], ["earlier"]),
        helper.make_node("Mul", ["later", "earlier"], ["products"]),
        helper.make_node("Less", ["products", "zero"], ["crossed"]),
        helper.make_node("Cast", ["crossed"], ["crossings"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["crossings", "time"], ["changes"], keepdims=1),
        helper.make_node("Concat", ["level", "changes"], ["embedding"], axis=1),
        helper.make_node("MatMul", ["embedding", "emotion_rows"], ["emotion_logits"]),
        helper.make_node("MatMul", ["embedding", "voice_rows"], ["voice_logits"]),
    ]
    widths = {"emotion_logits": len(labels), "voice_logits": len(voices), "embedding": 2}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("waveform", TensorProto.FLOAT, ["batch", "samples"])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])
            for name, width in widths.items()
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    onnx.checker.check_model(model)
    return model


def card(name: str, labels: Sequence[str], content: bytes, **changes: Any) -> dict[str, Any]:
    """Return a card for the model's bytes, with some fields changed."""
    fitted = {"threshold": 0.2, "fitted_on": "nothing", "ece_before": 0.0, "ece_after": 0.0}
    calibration = fitted | {"temperature": TEMPERATURE, "voice_temperature": VOICE_TEMPERATURE}
    return {
        "schema_version": 1,
        "name": name,
        "version": "0.0.1",
        "summary": "Knows the level and the sign changes of a sound; for tests.",
        "network": "tiny",
        "parameters": 20,
        "labels": list(labels),
        "voices": list(VOICE_ROWS),
        "sample_rate": 16000,
        "window_seconds": 6.0,
        "min_seconds": 0.5,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "opset": 18,
        "parity": {},
        "calibration": calibration,
        "corpora": [],
        "languages": [],
        "licence": "CC0-1.0",
        "commercial_use": True,
        "scores": [],
        "slices": {},
        "limits": [],
        "training_command": "none",
        **changes,
    }


def write_model(root: Path, name: str, labels: Sequence[str] = tuple(ROWS), **changes: Any) -> Path:
    """Write an artefact under `root` and return its folder."""
    content = network(labels).SerializeToString()
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(content)
    (folder / "card.json").write_text(json.dumps(card(name, labels, content, **changes)), encoding="utf-8")
    return folder


def speech(seconds: float, *, rate: int = 16000, pitch: float = 120.0, level: float = 0.5) -> FloatArray:
    """Return vowels on a moving pitch, which Silero's network takes for speech, with a peak of `level`.

    Harmonics of a voice are weighted by three formants that change every 0.22 s.
    """
    syllable = 0.22
    time = np.arange(round(seconds * rate)) / rate
    movement = 0.1 * np.sin(2 * np.pi * 0.7 * time) + 0.03 * np.sin(2 * np.pi * 3.1 * time)
    f0 = pitch * (1 + movement - 0.05 * time / max(seconds, 1))
    phase = 2 * np.pi * np.cumsum(f0) / rate
    vowels = np.array([(730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480)])
    spoken = np.array([2, 0, 3, 1, 0, 2, 1, 3, 3, 0])
    formants = vowels[spoken[(time / syllable).astype(int) % spoken.size]].T
    sound = np.zeros(time.size)
    for harmonic in range(1, 30):
        tone = f0 * harmonic
        nearness = [
            gain / (1 + ((tone - centre) / width) ** 2)
            for centre, width, gain in zip(formants, (80, 100, 140), (1, 0.5, 0.25), strict=True)
        ]
        sound += sum(nearness) * (tone < 0.45 * rate) * np.sin(harmonic * phase) / harmonic**0.3
    sound *= np.clip(np.sin(np.pi * (time / syllable % 1)) * 1.6, 0, 1)
    return (level * sound / (np.abs(sound).max() or 1.0)).astype(np.float32)


def spoken_clip(seconds: float = 1.5, **how: Any) -> FloatArray:
    """Return speech with half a second of silence before and after, at 16 kHz."""
    quiet = np.zeros(8000, np.float32)
    return np.concatenate([quiet, speech(seconds, **how), quiet])


def write_recordings(
    root: Path, labels: Sequence[str], people: Sequence[str], takes: int = 2
) -> list[tuple[str, str, str]]:
    """Write ``LABEL/PERSON_TAKE.wav`` under `root`, each a recording of its own, its label to be heard.

    Returns
    -------
    list of tuple of str
        Path below `root`, label and person of each.
    """
    import soundfile as sf

    rng = np.random.default_rng(3)
    rows = []
    for place, label in enumerate(labels):
        (root / label).mkdir(parents=True)
        for number, person in enumerate(people):
            for take in range(1, takes + 1):
                pitch = (110 if number % 2 else 190) * (1.5 - 0.25 * place) + 5 * number + 3 * take
                sound = spoken_clip(0.6 + 0.1 * take + 0.03 * number, pitch=pitch, level=0.6 - 0.2 * place)
                # Breath makes each a recording of its own: steady voices alone may be taken for copies.
                sound += 0.02 * (1 + place) * rng.standard_normal(sound.size)
                sf.write(root / label / f"{person}_{take}.wav", sound, 16000)
                rows.append((f"{label}/{person}_{take}.wav", label, person))
    return rows
