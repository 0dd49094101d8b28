"""Silero's voice activity network: 32 ms frames of 16 kHz sound in, speech probabilities out."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from affectone.audio.signal import FloatArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

__all__ = ["FRAME", "SAMPLE_RATE", "SpeechNetwork"]

SAMPLE_RATE = 16_000
"""The only rate the network knows, in Hz. Every model shares it."""
FRAME = 512
"""Samples per frame: one probability each."""
CONTEXT = 64
"""Samples before each frame that the network sees as well."""
STATE_SHAPE = (1, 1, 128)
MODEL = Path(__file__).parent / "silero" / "silero_vad_16k.onnx"

_LOADING = threading.Lock()


@cache
def _load() -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])


def session() -> InferenceSession:
    """Return the process's one session, loading it at the first call."""
    with _LOADING:
        return _load()


class SpeechNetwork:
    """The network with the state it carries from one frame to the next.

    One object serves one stream of sound; the weights are shared by all of them.
    """

    def __init__(self) -> None:
        self._state = np.zeros(STATE_SHAPE, np.float32)
        self._cell = np.zeros(STATE_SHAPE, np.float32)
        self._context = np.zeros(CONTEXT, np.float32)

    def probabilities(self, samples: FloatArray) -> FloatArray:
        """Return one speech probability per frame, carrying on where the last call ended.

        Parameters
        ----------
        samples : numpy.ndarray of float32, shape (frames * FRAME,)
            At 16 kHz.

        Returns
        -------
        numpy.ndarray of float32, shape (frames,)
        """
        if samples.size == 0:
            return np.zeros(0, np.float32)
        stream = np.concatenate([self._context, samples])
        frames = np.lib.stride_tricks.sliding_window_view(stream, CONTEXT + FRAME)[::FRAME]
        inputs = {"input": np.ascontiguousarray(frames), "h": self._state, "c": self._cell}
        found, self._state, self._cell = session().run(["speech_probs", "hn", "cn"], inputs)
        self._context = stream[-CONTEXT:]
        return np.asarray(found, np.float32)
