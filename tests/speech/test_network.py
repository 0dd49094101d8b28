"""The network as products of matrices says what Silero's own says."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from affectone.speech.network import FRAME, SpeechNetwork

SILERO = (
    *(
        0.0017,
        0.0069,
        0.0089,
        0.0079,
        0.0059,
        0.006,
        0.0059,
        0.0056,
        0.0054,
        0.0052,
        0.005,
        0.0049,
        0.0047,
        0.0046,
        0.0044,
        0.2063,
    ),
    *(
        0.8748,
        0.8583,
        0.5183,
        0.2564,
        0.0856,
        0.2357,
        0.6485,
        0.9464,
        0.9119,
        0.8964,
        0.9113,
        0.9115,
        0.9614,
        0.9619,
        0.9619,
        0.9607,
    ),
    *(
        0.9601,
        0.9543,
        0.9185,
        0.9834,
        0.9838,
        0.9775,
        0.9736,
        0.9762,
        0.9688,
        0.9783,
        0.9964,
        0.9986,
        0.9985,
        0.9896,
        0.9988,
        0.4198,
    ),
    *(
        0.4787,
        0.2053,
        0.0763,
        0.0318,
        0.0148,
        0.0084,
        0.0064,
        0.0054,
        0.0045,
        0.0038,
        0.0035,
        0.0033,
        0.0031,
        0.003,
        0.0029,
    ),
)
"""Of `spoken_clip(1.0)`, from silero_vad_16k_sequence.onnx as Silero publishes it, by onnxruntime 1.32."""


def test_probabilities_are_those_of_the_published_network(tiny: ModuleType) -> None:
    clip = tiny.spoken_clip(1.0)
    found = SpeechNetwork().probabilities(np.pad(clip, (0, -clip.size % FRAME)))
    assert found == pytest.approx(SILERO, abs=2e-4)


def test_its_parts_say_what_the_whole_says(tiny: ModuleType) -> None:
    clip = tiny.spoken_clip(1.0)
    sound = clip[: clip.size - clip.size % FRAME]
    network = SpeechNetwork()
    parts = [network.probabilities(part) for part in np.split(sound, [FRAME, 5 * FRAME, 40 * FRAME])]
    assert np.concatenate(parts) == pytest.approx(SpeechNetwork().probabilities(sound), abs=1e-5)
