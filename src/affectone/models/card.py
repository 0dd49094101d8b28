"""The model card: what an artefact promises, in one typed file beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from affectone.errors import ModelIntegrityError, ModelNotFoundError
from affectone.labels import DEGREES

__all__ = ["Calibration", "CorpusUse", "FeatureInput", "ModelCard", "ProtocolScore", "Shrinkage", "read_card"]

NAME = "[A-Za-z0-9._-]+"
"""Of a model, and of its version: they stand in the names of files and folders."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Calibration(_Strict):
    """How logits become probabilities that can be trusted, fitted on speakers the model did not train on."""

    temperature: float = Field(ge=0.01, le=100)
    """Emotion logits are divided by it before the softmax."""
    voice_temperature: float = Field(ge=0.01, le=100)
    threshold: float = Field(ge=0, le=1)
    """A confidence under it is answered as unsure."""
    novelty: float | None = Field(default=None, gt=0)
    """A mean square of standardised states over it is answered as unlike the training data; None of a model
    that is given no states."""
    fitted_on: str
    ece_before: float
    ece_after: float


class Shrinkage(_Strict):
    """How slowly a model is adapted: as if so many windows of what it learned from were among the others."""

    mean: float = Field(default=10.0, gt=0)
    scale: float = Field(default=40.0, gt=0)


class FeatureInput(_Strict):
    """The features that a classic model is given instead of the waveform."""

    name: str
    """Of a preset, or of the sets."""
    sets: tuple[str, ...] = Field(min_length=1)
    functionals: tuple[str, ...]
    settings: dict[str, Any]
    """All of `affectone.features.Settings`: other defaults later change nothing."""
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    """Over all of these and the names of the columns."""


class CorpusUse(_Strict):
    """One corpus the model was trained on."""

    name: str
    clips: int
    speakers: int
    language: str
    licence: str


class ProtocolScore(_Strict):
    """One row of measured accuracy, as LEADERBOARD.md prints it."""

    corpus: str
    protocol: str
    training: str
    speaker_independent: bool
    clips: int
    speakers: int
    folds: int
    seeds: int
    uar_folds: float
    """Mean over folds and seeds of the unweighted average recall, in %."""
    uar_pooled: float
    uar_interval: tuple[float, float]
    wa_pooled: float
    wa_interval: tuple[float, float]
    macro_f1: float
    interval_over: Literal["speakers", "clips"]
    per_speaker_uar: dict[str, float] | None
    """Given where fewer than eight speakers were tested."""
    result_file: str
    command: str


class ModelCard(_Strict):
    """What a model knows, what it wants, what it was trained on and how well it did."""

    schema_version: Literal[1] = 1
    name: str = Field(pattern=f"^{NAME}$")
    version: str = Field(pattern=f"^{NAME}$")
    summary: str
    network: str
    parameters: int | None
    """None where they are no fixed number: a classic model keeps what its clips ask for."""
    labels: tuple[str, ...]
    """Emotion labels in the order of the logits: any words, no two alike."""
    voices: tuple[str, ...]
    degrees: tuple[str, ...] = ()
    """Which of `affectone.labels.DEGREES` it tells."""
    sample_rate: int
    input: str = "waveform"
    """``"waveform"``, or ``"features:"`` and their name, which need the extra `features`."""
    features: FeatureInput | None = None
    window_seconds: float = Field(le=120)
    """Longest stretch of speech the model is given at once."""
    min_seconds: float = Field(ge=0.05)
    """Shorter stretches are padded with zeros to this."""
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size_bytes: int
    opset: int
    parity: dict[str, float]
    """Largest differences seen between runtimes on real clips; keys say between what."""
    calibration: Calibration
    adaptation: Shrinkage | None = None
    """None of a model that cannot be adapted."""
    corpora: tuple[CorpusUse, ...]
    languages: tuple[str, ...]
    licence: str
    commercial_use: bool
    scores: tuple[ProtocolScore, ...]
    slices: dict[str, dict[str, float]]
    """Error rates by group on unseen speakers, for example ``{"voice": {"female": 0.41, "male": 0.45}}``."""
    limits: tuple[str, ...]
    training_command: str

    @field_validator("labels", "voices")
    @classmethod
    def _different_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names or not all(name.strip() for name in names):
            raise ValueError(f"there must be at least one and no empty one; got {names!r}")
        if len(set(names)) < len(names):
            raise ValueError(f"two are alike: {', '.join(names)}")
        return names

    @field_validator("degrees")
    @classmethod
    def _known_degrees(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in DEGREES:
                raise ValueError(f"known are {', '.join(DEGREES)}; got {name!r}")
        return names

    @model_validator(mode="after")
    def _ordered_lengths(self) -> Self:
        if self.min_seconds > self.window_seconds:
            raise ValueError(f"min_seconds {self.min_seconds:g} > window_seconds {self.window_seconds:g}")
        return self


def read_card(path: Path) -> ModelCard:
    """Read and check ``card.json``.

    Raises
    ------
    ModelNotFoundError
        If there is no such file, or it cannot be read.
    ModelIntegrityError
        If it is not a card; the message names the field.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ModelNotFoundError(f"no card.json in {path.parent}") from None
    except OSError as error:
        raise ModelNotFoundError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ModelIntegrityError(f"{path} is not a model card: it is not UTF-8: {error.reason}") from None
    try:
        return ModelCard.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        words = first["msg"].removeprefix("Value error, ")
        raise ModelIntegrityError(f"{path} is not a model card: {where}: {words}") from None
