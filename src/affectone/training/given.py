"""What a model is given of a clip: log-mel frames, numbers of the whole clip, or an encoder's states."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from affectone.errors import ConfigError, shown, unknown_name
from affectone.features.encoder.catalogue import ENCODERS
from affectone.features.functionals import DEFAULT_FUNCTIONALS
from affectone.features.plan import Plan
from affectone.features.settings import Settings
from affectone.models import find_model
from affectone.models.runner import SAMPLE_RATE, count_states

__all__ = [
    "FEATURES",
    "FRAMES",
    "NUMBERS",
    "OF_ARTEFACT",
    "STATES",
    "ArtefactConfig",
    "FeatureConfig",
    "MeasureConfig",
    "NetworkFeatures",
    "StatesConfig",
    "Strict",
    "kind_of_features",
]


class Strict(BaseModel):
    """Settings that cannot change, and know no other names."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FeatureConfig(Strict):
    """The log-mel front end, and how many augmented copies of each clip are made."""

    hop: int = Field(default=320, gt=0, le=16_000)
    n_fft: int = Field(default=1024, gt=0, le=16_384)
    bands: int = Field(default=64, gt=0, le=512)
    lowest: float = Field(default=50.0, ge=0)
    highest: float = Field(default=7600.0, gt=0)
    floor: float = Field(default=1e-3, gt=0, le=1e6)
    copies: int = Field(default=5, ge=0, le=100)
    """Augmented copies beside the clip itself."""


class MeasureConfig(Strict):
    """The numbers that a model is given of a whole clip: a preset by its name, or sets and functionals."""

    sets: str | tuple[str, ...] = "egemaps88"
    functionals: tuple[str, ...] = DEFAULT_FUNCTIONALS
    """How the frames of a set become one number; a preset brings its own."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Changes of `affectone.features.Settings`."""

    @model_validator(mode="before")
    @classmethod
    def _sets_alone(cls, given: object) -> object:
        return given if isinstance(given, dict | cls) else {"sets": given}

    @field_validator("sets", mode="before")
    @classmethod
    def _named(cls, sets: object) -> object:
        names = sets if isinstance(sets, list | tuple) else [sets]
        if not all(isinstance(name, str) for name in names):
            raise ConfigError(f"features: a preset or sets by their names are wanted; got {shown(sets)}")
        return sets

    @field_validator("settings")
    @classmethod
    def _in_one_order(cls, settings: dict[str, Any]) -> dict[str, Any]:
        if settings.get("sample_rate", SAMPLE_RATE) != SAMPLE_RATE:
            raise ConfigError(
                f"features.settings.sample_rate: speech is heard at {SAMPLE_RATE} Hz; got "
                f"{settings['sample_rate']!r}"
            )
        return dict(sorted(settings.items()))

    @model_validator(mode="after")
    def _known(self) -> MeasureConfig:
        _ = self.plan  # What cannot be measured is told here.
        return self

    @property
    def plan(self) -> Plan:
        """What is measured, all names checked."""
        # Defaults are no choice: settings that were written are read again, those of presets too.
        chosen = None if self.functionals == DEFAULT_FUNCTIONALS else self.functionals
        return Plan.of(self.sets, Settings(**self.settings), "clip", chosen)

    @property
    def title(self) -> str:
        """Its preset or sets in one word."""
        return self.sets if isinstance(self.sets, str) else ",".join(self.sets)


class StatesConfig(Strict):
    """Mean and standard deviation over time of a pretrained encoder's states, frozen."""

    encoder: str
    layers: tuple[int, ...] = Field(default=(2, 3, 4, 5, 6), min_length=1)
    """Counted from 1; 0 is what the first layer takes. The encoder is cut after the last of them."""
    copies: int = Field(default=2, ge=0, le=100)
    """Augmented copies beside the clip itself."""

    @model_validator(mode="after")
    def _known(self) -> StatesConfig:
        if self.encoder not in ENCODERS:
            raise ConfigError(f"features.encoder: {unknown_name('encoder', self.encoder, ENCODERS)}")
        most = ENCODERS[self.encoder].layers
        rising = all(before < after for before, after in pairwise((-1, *self.layers, most + 1)))
        if not rising or self.layers[-1] == 0:
            raise ConfigError(
                f"features.layers: rising numbers from 0 to {most} are wanted, one above 0 among them; got "
                f"{shown(list(self.layers))}"
            )
        return self

    @property
    def numbers(self) -> int:
        """How many numbers a clip becomes."""
        return 2 * len(self.layers) * ENCODERS[self.encoder].dims


class ArtefactConfig(Strict):
    """The same statistics, as a model that was trained on them has them: its encoder, its 8-bit weights."""

    artefact: str
    """Name of a packaged or installed model, or its folder."""
    sha256: str
    """Of the model's network: with another one these are other numbers. Filled in where it is left out."""
    numbers: int = Field(gt=0)
    """How many numbers a clip becomes. Filled in where it is left out."""
    copies: int = Field(default=2, ge=0, le=100)
    """Augmented copies beside the clip itself."""

    @model_validator(mode="before")
    @classmethod
    def _of_the_model(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        artefact = find_model(str(given.get("artefact")))
        found = {"sha256": artefact.card.sha256, "numbers": count_states(artefact)}
        for name, value in found.items():
            if given.get(name, value) != value:
                raise ConfigError(
                    f"features.{name}: model {artefact.title} is another one now: {value}, not {given[name]}"
                )
        return {**given, **found}


FRAMES, NUMBERS = "log-mel frames", "numbers of clips"
STATES, OF_ARTEFACT = "states of an encoder", "states of a model"


def kind_of_features(given: object) -> str:
    """Return which kind of features a configuration asks for."""
    if isinstance(given, StatesConfig) or (isinstance(given, dict) and "encoder" in given):
        return STATES
    if isinstance(given, ArtefactConfig) or (isinstance(given, dict) and "artefact" in given):
        return OF_ARTEFACT
    if isinstance(given, dict):
        return NUMBERS if set(given) & set(MeasureConfig.model_fields) else FRAMES
    return NUMBERS if isinstance(given, str | list | tuple | MeasureConfig) else FRAMES


FEATURES: dict[str, type[Strict]] = {
    FRAMES: FeatureConfig,
    NUMBERS: MeasureConfig,
    STATES: StatesConfig,
    OF_ARTEFACT: ArtefactConfig,
}
"""What a network may be given, by the name that pydantic's messages have for it."""

NetworkFeatures = Annotated[
    Annotated[FeatureConfig, Tag(FRAMES)]
    | Annotated[MeasureConfig, Tag(NUMBERS)]
    | Annotated[StatesConfig, Tag(STATES)]
    | Annotated[ArtefactConfig, Tag(OF_ARTEFACT)],
    Discriminator(kind_of_features),
]
