"""Runs one model artefact: 16 kHz samples in, logits and an embedding out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.errors import AudioValueError, ConfigError, ModelIntegrityError
from affectone.labels import DEGREES
from affectone.models.feature_input import MeasuredInput
from affectone.models.store import ModelArtefact, read_artefact
from affectone.speech.network import SAMPLE_RATE
from affectone.units import Samples, seconds_to_samples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onnxruntime import InferenceSession, NodeArg

    from affectone.models.card import ModelCard, Shrinkage

__all__ = [
    "DEGREE_LOGITS",
    "EMOTION_STATES",
    "FEATURES",
    "INPUT",
    "OUTPUTS",
    "SAMPLE_RATE",
    "STATES",
    "STATE_MEAN",
    "STATE_SCALE",
    "OnnxRunner",
    "RawScores",
    "StateScale",
    "count_states",
    "open_network",
    "refusals",
    "shrunk_scale",
    "whole_number",
]

FloatArray = npt.NDArray[np.float32]

MOST_THREADS = 256
INPUT = "waveform"
FEATURES = "features"
"""Input of the network where the card's begins with it: a row of features instead of samples."""
OUTPUTS = ("emotion_logits", "voice_logits", "embedding")
STATES, EMOTION_STATES = "states", "emotion_states"
"""Outputs of a model that can be adapted: its standardised states, and their mean for each emotion."""
STATE_MEAN, STATE_SCALE = "state_mean", "state_scale"
"""Its optional inputs: mean and scale of the standardised states that it is adapted to, else 0 and 1."""
DEGREE_LOGITS = "degree_logits"
"""Output of a model that tells degrees, in the order of `affectone.labels.DEGREES`."""


@dataclass(frozen=True, slots=True, eq=False)
class StateScale:
    """What the standardised states of a model are standardised to, where it is adapted.

    Parameters
    ----------
    mean, scale : numpy.ndarray of float32, shape (numbers,)
    """

    mean: FloatArray
    scale: FloatArray


def shrunk_scale(
    mean: npt.ArrayLike, variance: npt.ArrayLike, windows: npt.ArrayLike, shrinkage: Shrinkage
) -> StateScale:
    """Return what to standardise states to: the fewer windows, the nearer to what the model has itself.

    Parameters
    ----------
    mean, variance : array_like, shape (..., numbers)
        Of standardised states, as balanced recordings of a voice would have them.
    windows : array_like, shape (...)
        How many these were measured over.
    shrinkage : Shrinkage
    """
    many = np.asarray(windows, np.float64)[..., None]
    shrunk = np.asarray(mean, np.float64) * (many / (many + shrinkage.mean))
    spread = (many * np.asarray(variance, np.float64) + shrinkage.scale) / (many + shrinkage.scale)
    return StateScale(shrunk.astype(np.float32), np.sqrt(spread).astype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class RawScores:
    """What the network says about one stretch of sound, before calibration.

    Parameters
    ----------
    emotion_logits : numpy.ndarray of float32, shape (labels,)
        In the order of the card's labels.
    voice_logits : numpy.ndarray of float32, shape (voices,)
        In the order of the card's voices.
    embedding : numpy.ndarray of float32, shape (dim,)
    degree_logits : numpy.ndarray of float32, shape (degrees,)
        In the order of the card's degrees, of which there may be none.
    states : numpy.ndarray of float32, shape (numbers,)
        Standardised, before adaptation; none of a model that cannot be adapted.
    """

    emotion_logits: FloatArray
    voice_logits: FloatArray
    embedding: FloatArray
    degree_logits: FloatArray
    states: FloatArray


class OnnxRunner:
    """A loaded model. Safe to share between threads; pickles as its folder and is loaded anew.

    Parameters
    ----------
    artefact : ModelArtefact
        The model; its hash is checked here.
    threads : int
        Threads that one `run` may use.

    Raises
    ------
    ModelIntegrityError
        If the file is not the one the card describes, is no network, or has other inputs and outputs than
        the card says; or if its features would be others than those it was trained on.
    MissingExtraError
        If it wants features, without the extra `features`.
    ConfigError
        If `threads` is not from 1 to 256.
    """

    def __init__(self, artefact: ModelArtefact, *, threads: int = 1) -> None:
        whole_number("threads", threads, MOST_THREADS)
        _check_card(artefact)
        self.artefact = artefact
        self._threads = threads
        measured = artefact.card.features
        self._measure = None if measured is None else MeasuredInput(artefact.title, measured)
        self._input = INPUT if measured is None else FEATURES
        self._session = _open_session(artefact, threads)
        _check_ports(artefact, self._session, self._input)
        self._outputs = _outputs(artefact.card)
        self._degrees = [DEGREES.index(name) for name in artefact.card.degrees]
        self._shortest = seconds_to_samples(artefact.card.min_seconds, SAMPLE_RATE)

    def __reduce__(self) -> tuple[object, tuple[Path, int]]:
        return (_reload, (self.artefact.path, self._threads))

    @property
    def shrinkage(self) -> Shrinkage:
        """How slowly the model is adapted.

        Raises
        ------
        ConfigError
            If it cannot be adapted.
        """
        if self.artefact.card.adaptation is None:
            raise ConfigError(
                f"model {self.artefact.title} cannot be adapted: it was trained on no encoder's states"
            )
        return self.artefact.card.adaptation

    @cached_property
    def emotion_states(self) -> FloatArray:
        """Mean standardised states of each emotion, ``(labels, numbers)``; of a model that can be adapted."""
        silence = np.zeros((1, max(1, self._shortest)), np.float32)
        (states,) = self._session.run([EMOTION_STATES], {self._input: silence})
        return np.asarray(states, np.float32)

    def run(self, waveform: npt.ArrayLike, scale: StateScale | None = None) -> RawScores:
        """Score one stretch of sound.

        Each stretch is run alone, so that its scores depend on nothing else. One shorter than the card's
        ``min_seconds`` is padded with zeros on both sides.

        Parameters
        ----------
        waveform : array_like of float, shape (samples,)
            In [-1, 1], at 16 kHz.
        scale : StateScale, optional
            Of a model that can be adapted: what it is adapted to.

        Raises
        ------
        AudioValueError
            If it has another shape or no samples, or cannot be measured.
        ModelIntegrityError
            If the network cannot take it, or answers with another number of scores than the card names or
            with NaN.
        """
        return self.run_batch(self.prepared(waveform)[np.newaxis, :], scale)[0]

    def prepared(self, waveform: npt.ArrayLike) -> FloatArray:
        """Return what the network is given of a stretch of sound: samples, padded if too short, or features.

        Raises
        ------
        AudioValueError
            If it has another shape or no samples, or cannot be measured.
        """
        samples = np.asarray(waveform, np.float32)
        if samples.ndim != 1 or samples.size == 0:
            raise AudioValueError(f"a model takes one channel, shape (samples,); got {samples.shape}")
        stretch = padded(samples, self._shortest)
        return stretch if self._measure is None else self._measure(stretch)

    def run_batch(self, batch: FloatArray, scale: StateScale | None = None) -> list[RawScores]:
        """Score stretches of one length together, each of which was `prepared`, shape (stretches, numbers).

        Raises
        ------
        ModelIntegrityError
            As `run` does.
        """
        adapted = {} if scale is None else {STATE_MEAN: scale.mean, STATE_SCALE: scale.scale}
        try:
            outputs = self._session.run(list(self._outputs), {self._input: batch, **adapted})
        except refusals() as error:
            reason = str(error).splitlines()[0]
            raise ModelIntegrityError(f"model {self.artefact.title} cannot be run: {reason}") from None
        count = len(batch)
        flat = [np.asarray(rows, np.float32).reshape(count, -1) for rows in outputs]
        return [self._scores(dict(zip(self._outputs, rows, strict=True))) for rows in zip(*flat, strict=True)]

    def _scores(self, found: dict[str, FloatArray]) -> RawScores:
        for name, names in _named_outputs(self.artefact.card).items():
            self._check_scores(name, found[name], names)
        nothing = np.zeros(0, np.float32)
        return RawScores(
            found["emotion_logits"],
            found["voice_logits"],
            found["embedding"],
            degree_logits=found[DEGREE_LOGITS][self._degrees] if self._degrees else nothing,
            states=found.get(STATES, nothing),
        )

    def _check_scores(self, output: str, scores: FloatArray, names: Sequence[str]) -> None:
        if scores.size != len(names):
            raise ModelIntegrityError(_count_words(self.artefact, output, scores.size, names))
        if not np.isfinite(scores).all():
            raise ModelIntegrityError(f"model {self.artefact.title}: {output} has NaN or infinite values")


def count_states(artefact: ModelArtefact) -> int:
    """Return how many numbers a model standardises a stretch of sound to.

    Raises
    ------
    ConfigError
        If it is given no encoder's states.
    """
    if artefact.card.adaptation is None:
        raise ConfigError(
            f"model {artefact.title} is given no encoder's states that a new head could stand on; name a "
            "network to train one from nothing"
        )
    ports = _open_session(artefact, 1).get_outputs()
    return next(int(port.shape[-1]) for port in ports if port.name == EMOTION_STATES)


def whole_number(name: str, value: object, most: int) -> None:
    """Raise `ConfigError` if a number of workers is not a whole number from 1 to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise ConfigError(f"{name} must be a whole number from 1 to {most}; got {value!r}")


def padded(samples: FloatArray, shortest: Samples) -> FloatArray:
    """Add zeros on both sides up to `shortest` samples."""
    missing = max(0, shortest - samples.size)
    return np.pad(samples, (missing // 2, missing - missing // 2))


def _reload(path: Path, threads: int) -> OnnxRunner:
    return OnnxRunner(read_artefact(path), threads=threads)


def _check_card(artefact: ModelArtefact) -> None:
    card = artefact.card
    wanted = INPUT if card.features is None else f"{FEATURES}:{card.features.name}"
    if card.input != wanted:
        raise ModelIntegrityError(
            f"model {artefact.title} wants the input {card.input!r}; its card describes {wanted!r}"
        )
    if card.sample_rate != SAMPLE_RATE:
        raise ModelIntegrityError(
            f"model {artefact.title} wants sound at {card.sample_rate} Hz; models run at {SAMPLE_RATE} Hz"
        )


def open_network(network: bytes | Path, threads: int = 1) -> InferenceSession:
    """Open a network as every model is run, and as whatever a model is compared with has to be run.

    Parameters
    ----------
    network : bytes or Path
        An ONNX file, or its content.
    threads : int, default 1

    Raises
    ------
    Exception
        One of `refusals`.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Multiplies the 8-bit weights out once, while loading, instead of at every run.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])


def _open_session(artefact: ModelArtefact, threads: int) -> InferenceSession:
    try:
        return open_network(artefact.read_network(), threads)
    except refusals() as error:
        reason = str(error).splitlines()[0]
        raise ModelIntegrityError(f"model {artefact.title} cannot be loaded: {reason}") from None


def refusals() -> tuple[type[Exception], ...]:
    """Return what onnxruntime raises for a network that it cannot load or run."""
    from onnxruntime.capi import onnxruntime_pybind11_state as states

    return (
        *(states.Fail, states.InvalidArgument, states.InvalidGraph, states.InvalidProtobuf),
        *(states.NotImplemented, states.RuntimeException),
    )


def _check_ports(artefact: ModelArtefact, session: InferenceSession, wanted: str) -> None:
    inputs = [port.name for port in session.get_inputs()]
    outputs = {port.name: port for port in session.get_outputs()}
    if inputs != [wanted]:
        raise ModelIntegrityError(
            f"model {artefact.title} has the inputs {', '.join(inputs)}; it must have {wanted} alone"
        )
    adaptable = artefact.card.adaptation is not None
    asked = (*_outputs(artefact.card), *([EMOTION_STATES] if adaptable else []))
    missing = [name for name in asked if name not in outputs]
    if missing:
        raise ModelIntegrityError(
            f"model {artefact.title} lacks the outputs {', '.join(missing)}; it has {', '.join(outputs)}"
        )
    optional = {port.name for port in session.get_overridable_initializers()}
    if adaptable and not optional >= {STATE_MEAN, STATE_SCALE}:
        raise ModelIntegrityError(
            f"model {artefact.title} lacks the optional inputs {STATE_MEAN} and {STATE_SCALE}: it cannot be "
            "adapted, and its card says that it can"
        )
    for output, names in _named_outputs(artefact.card).items():
        count = _declared_count(outputs[output])
        if count is not None and count != len(names):
            raise ModelIntegrityError(_count_words(artefact, output, count, names))


def _outputs(card: ModelCard) -> tuple[str, ...]:
    """Return what a model is asked for with each window."""
    degrees = [DEGREE_LOGITS] if card.degrees else []
    states = [STATES] if card.adaptation else []
    return (*OUTPUTS, *degrees, *states)


def _named_outputs(card: ModelCard) -> dict[str, Sequence[str]]:
    """Return the outputs whose numbers have names, and the names."""
    named: dict[str, Sequence[str]] = {"emotion_logits": card.labels, "voice_logits": card.voices}
    return named | ({DEGREE_LOGITS: DEGREES} if card.degrees else {})


def _declared_count(port: NodeArg) -> int | None:
    """Return how many scores an output declares, or None where it leaves that open."""
    last = port.shape[-1] if port.shape else None
    return last if isinstance(last, int) else None


def _count_words(artefact: ModelArtefact, output: str, count: int, names: Sequence[str]) -> str:
    return (
        f"model {artefact.title}: {output} has {count} values, the card names {len(names)}: "
        f"{', '.join(names)}"
    )
