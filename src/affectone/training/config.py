"""What a training run is made of: one frozen, checked object, and the file it is read from."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, ClassVar, get_args

from pydantic import (
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from affectone.audio.augment import Augmentation
from affectone.errors import ConfigError, LabelError, shown, unknown_name
from affectone.labels import BORED, EIGHT, SIXTEEN, LabelSet
from affectone.models.classic import CLASSIC, classic_settings
from affectone.models.space import Real, Space
from affectone.training.given import (
    FEATURES,
    FRAMES,
    NUMBERS,
    OF_ARTEFACT,
    STATES,
    ArtefactConfig,
    FeatureConfig,
    MeasureConfig,
    NetworkFeatures,
    StatesConfig,
    Strict,
    kind_of_features,
)
from affectone.training.transfer import on_artefact

__all__ = [
    "MOST_SEED",
    "OWN",
    "ArtefactConfig",
    "ClassicConfig",
    "FeatureConfig",
    "MaskingConfig",
    "MeasureConfig",
    "RunConfig",
    "StatesConfig",
    "TeacherConfig",
    "TrainConfig",
    "TuningConfig",
    "config_of_run",
    "read_config",
    "with_own_labels",
    "without_idle",
]

OWN = "own labels"
"""Key of the validation's context that says whether labels may have any names."""
LATER = ("balance", "adapted_share", "teacher", "tuning")
"""Settings that were added after results had been published."""
MOST_SEED = 2**32 - 1
"""What the generators that are seeded take at most."""


class MaskingConfig(Strict):
    """Changes made to log-mel frames as they are drawn (SpecAugment, Park et al. 2019, and a mel shift)."""

    frequency_masks: int = Field(default=2, ge=0, le=100)
    frequency_width: int = Field(default=8, ge=0, le=512)
    time_masks: int = Field(default=2, ge=0, le=100)
    time_width: int = Field(default=12, ge=0, le=10_000)
    shift: int = Field(default=2, ge=0, le=512)
    """Largest shift along the mel axis, in bands."""
    tilt: float = Field(default=0.1, ge=0, le=10)
    """Standard deviation of a smooth random equaliser, in decades of power."""


class RunConfig(Strict):
    """What every training run is told. Its digest names the run: equal settings, equal digest."""

    model: str
    labels: tuple[str, ...] = Field(default=tuple(EIGHT), min_length=2)
    seed: int = Field(default=0, ge=0, le=MOST_SEED)
    validation_share: float = Field(default=0.12, ge=0, lt=0.5)
    """Share of each corpus's training speakers set aside where the protocol sets none aside."""

    @field_validator("labels")
    @classmethod
    def _known_labels(cls, labels: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        known = [*EIGHT, BORED, *SIXTEEN]
        own = bool(info.context and info.context.get(OWN))
        for label in labels:
            if label not in known and not own:
                raise LabelError(unknown_name("label", label, known))
        return tuple(LabelSet(labels))

    @property
    def digest(self) -> str:
        """SHA-256 over all settings.

        One that came later is left out where it does nothing: what was run before keeps its digest.
        """
        return hashlib.sha256(self.model_dump_json(exclude=_idle(self)).encode()).hexdigest()


PRECISION = "^(32-true|bf16-mixed|16-mixed)$"
UNCHANGED = Augmentation(())
UNMASKED = MaskingConfig(frequency_masks=0, frequency_width=0, time_masks=0, time_width=0, shift=0, tilt=0.0)


class TrainConfig(RunConfig):
    """All settings of a run that trains a network."""

    space: ClassVar[Space] = {
        "learning_rate": Real(5e-4, 8e-3, log=True),
        "weight_decay": Real(5e-3, 0.5, log=True),
        "label_smoothing": Real(0.0, 0.2),
        "mixup_share": Real(0.0, 0.8),
    }
    """What a search may try for any network, beside the network's own space."""

    model: str = "cnn_tcn"
    epochs: int = Field(default=60, gt=0, le=100_000)
    patience: int = Field(default=0, ge=0, le=100_000)
    """Epochs without a better UAR of the validation speakers after which training stops, and the best epoch
    is kept; 0 trains all epochs and keeps the last."""
    batch_size: int = Field(default=16, gt=1, le=65_536)
    learning_rate: float = Field(default=2e-3, gt=0, le=10)
    weight_decay: float = Field(default=0.05, ge=0, le=100)
    balance: float = Field(default=0.0, ge=0, le=1)
    """How far corpora of different size count alike: 0 not at all, 1 as if all had equally many clips."""
    votes: float = Field(default=0.0, ge=0, le=1)
    """Share of the votes in the target of a clip that was voted on; the rest is the label meant."""
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    mixup: float = Field(default=0.3, gt=0, le=100)
    """Both parameters of the beta distribution (Zhang et al. 2018)."""
    mixup_share: float = Field(default=0.5, ge=0, le=1)
    """Share of batches whose clips are mixed; 0 turns mixup off."""
    clean_share: float = Field(default=0.5, ge=0, le=1)
    """Share of draws that take the clip itself; the others take one of its augmented copies."""
    adapted_share: float = Field(default=0.0, ge=0, le=1)
    """Share of draws of an encoder's states that are adapted to their speaker, as a recogniser adapts."""
    voice_weight: float = Field(default=0.2, ge=0, le=100)
    """Share of the voice head's loss."""
    averaging: float = Field(default=0.99, ge=0, lt=1)
    """Decay of the moving average of the weights, which is what is kept."""
    precision: str = Field(default="32-true", pattern=PRECISION)
    """As Lightning calls it; float32 is taken where a processor would only emulate bfloat16."""
    features: NetworkFeatures = FeatureConfig()
    """Log-mel frames; the numbers that classic models are given, read one after the other; or statistics of
    an encoder's states."""
    augment: Augmentation = Augmentation.preset("field")
    masking: MaskingConfig = MaskingConfig()
    network: dict[str, Any] = Field(default_factory=dict)
    """Settings handed to the network itself."""
    teacher: TeacherConfig | None = None
    """Another network, trained on the same clips first, from whose answers this one learns."""
    tuning: TuningConfig | None = None
    """How the encoder is trained on the same clips first; without it, it stays as it was published."""

    @property
    def measured(self) -> MeasureConfig | None:
        """The numbers of whole clips that the network is given; None where it is given log-mel frames."""
        return self.features if isinstance(self.features, MeasureConfig) else None

    @property
    def states(self) -> StatesConfig | ArtefactConfig | None:
        """The encoder whose states the network is given; None where it is given something else."""
        return self.features if isinstance(self.features, StatesConfig | ArtefactConfig) else None

    @property
    def frames(self) -> FeatureConfig:
        """The log-mel front end.

        Raises
        ------
        ConfigError
            If the network is given one row of numbers of each clip.
        """
        if not isinstance(self.features, FeatureConfig):
            raise ConfigError(f"features = {shown(self.features)} are numbers of whole clips and no frames")
        return self.features

    @property
    def one_row(self) -> bool:
        """Whether the network is given one row of numbers of each clip, and no frames."""
        return not isinstance(self.features, FeatureConfig)

    @model_validator(mode="before")
    @classmethod
    def _unchanged_numbers(cls, given: Any) -> Any:
        """Turn off what changes frames, where a network is given none, and what changes sound for numbers."""
        kind = kind_of_features(given.get("features")) if isinstance(given, dict) else FRAMES
        off: dict[str, dict[str, Any]] = {
            NUMBERS: {"augment": UNCHANGED, "masking": UNMASKED},
            STATES: {"masking": UNMASKED},
            OF_ARTEFACT: {"masking": UNMASKED},
        }
        return {**off[kind], **given} if kind in off else given

    @model_validator(mode="after")
    def _nothing_to_change(self) -> TrainConfig:
        if self.states and self.masking != UNMASKED:
            raise ConfigError(
                "masking changes log-mel frames, and a network on states is given none: drop it"
            )
        if self.adapted_share and not self.states:
            raise ConfigError("adapted_share adapts states, and features name no encoder: drop it")
        if self.tuning and not isinstance(self.features, StatesConfig):
            raise ConfigError("tuning trains a published encoder, and features.encoder names none: drop it")
        if self.measured:
            for name, off in (("augment", UNCHANGED), ("masking", UNMASKED)):
                if getattr(self, name) != off:
                    raise ConfigError(
                        f"{name} changes what log-mel frames are made of; with features = "
                        f"{self.measured.title!r} a network is given numbers of whole clips: leave it out"
                    )
        return self

    @field_validator("augment", mode="before")
    @classmethod
    def _as_augmentation(cls, given: object) -> Augmentation:
        return given if isinstance(given, Augmentation) else Augmentation.read(given)

    @field_validator("network")
    @classmethod
    def _in_one_order(cls, network: dict[str, Any]) -> dict[str, Any]:
        return dict(sorted(network.items()))  # The order in a file is no setting: the digest must not see it.


class TuningConfig(Strict):
    """How the layers of an encoder are trained on a run's training clips, before states are taken of it.

    All of them learn, together with a network like the run's own, which is given up afterwards. Nothing is
    heard that the run itself may not hear: of each split the training rows alone.

    M. Wortsman et al.: Robust fine-tuning of zero-shot models. CVPR 2022. Between both, weights are found to
    know what was learned, and to have forgotten less of what they knew elsewhere.
    """

    rate: float = Field(default=2e-4, gt=0, le=1)
    """Learning rate of the encoder; that of the network is the run's."""
    epochs: int = Field(default=4, gt=0, le=100_000)
    batch_size: int = Field(default=32, gt=1, le=65_536)
    mixup_share: float = Field(default=0.5, ge=0, le=1)
    """Share of batches whose waveforms are mixed."""
    precision: str = Field(default="32-true", pattern=PRECISION)
    share: float = Field(default=0.5, gt=0, le=1)
    """How far the weights are moved from the published ones to those learned (Wortsman et al. 2022)."""


class TeacherConfig(Strict):
    """A network that is trained on a run's training clips first, to be learned from (Hinton et al. 2015).

    G. Hinton, O. Vinyals, J. Dean: Distilling the knowledge in a neural network. arXiv 1503.02531. It hears
    nothing that the run itself may not hear: of each split it is trained on the training rows alone.
    """

    config: TrainConfig
    """Its settings. Labels and seed are those of the run."""
    share: float = Field(default=0.5, gt=0, le=1)
    """Share of its answer in the target of a clip; the rest is the label meant, and votes."""
    temperature: float = Field(default=2.0, gt=0, le=100)
    """Its logits are divided by it, so that what it takes for possible is learned, too."""

    @field_validator("config")
    @classmethod
    def _taught_by_nobody(cls, config: TrainConfig) -> TrainConfig:
        if config.teacher:
            raise ConfigError("teacher: a teacher has no teacher of its own; drop the inner one")
        return config


class ClassicConfig(RunConfig):
    """All settings of a run that fits a classic model."""

    features: MeasureConfig = MeasureConfig()
    classifier: dict[str, Any] = Field(default_factory=dict, validate_default=True)
    """Settings of the model itself, complete with those that were left out."""

    @model_validator(mode="before")
    @classmethod
    def _nothing_of_networks(cls, given: Any) -> Any:
        for name in given:
            if name in TrainConfig.model_fields and name not in cls.model_fields:
                why = ", which learns from the label that was meant alone" if name == "votes" else ""
                raise ConfigError(
                    f"{name} is a setting of networks, and {given['model']} is a classic model{why}; known: "
                    f"{', '.join(cls.model_fields)}"
                )
        return given

    @field_validator("classifier")
    @classmethod
    def _complete(cls, classifier: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        return classic_settings(info.data["model"], classifier).model_dump()


def read_config(
    path: Path | None, *, own_labels: bool = False, **overrides: object
) -> TrainConfig | ClassicConfig:
    """Read a TOML file and lay flags over it; the name of the model says which settings there are.

    Where it is a model that was trained already on an encoder's states, a new head on them is meant.

    Parameters
    ----------
    path : Path or None
        None starts from the defaults.
    own_labels : bool
        Whether labels may have any names.
    **overrides
        Top-level settings that replace the file's; those that are None are left alone.

    Raises
    ------
    ConfigError
        If the file is missing or not TOML, a key is unknown (with the nearest known one) or a value is out
        of range.
    """
    content: dict[str, Any] = {}
    if path is not None:
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {error.strerror}") from None
        except (ValueError, RecursionError) as error:  # Also a number of too many digits.
            raise ConfigError(f"{path} is not TOML: {error}") from None
    content |= {key: value for key, value in overrides.items() if value is not None}
    content = on_artefact(content)
    kind = ClassicConfig if str(content.get("model")) in CLASSIC else TrainConfig
    try:
        return kind.model_validate(content, context={OWN: own_labels})
    except ValidationError as error:
        raise ConfigError(_explain(error, path, kind)) from None
    except (ConfigError, LabelError) as error:
        raise ConfigError(f"{path}: {error}" if path else str(error)) from None


def config_of_run(dumped: Mapping[str, Any]) -> TrainConfig:
    """Return the settings that the folder of a network's run keeps, whatever its labels are called.

    Raises
    ------
    ConfigError
        If they are none, as where another version of affectone wrote them.
    """
    try:
        return TrainConfig.model_validate(dict(dumped), context={OWN: True})
    except (ValidationError, ConfigError, LabelError) as error:
        raise ConfigError(f"its settings are none that this version knows: {error}") from None


def with_own_labels(
    config: TrainConfig | ClassicConfig, present: Iterable[str]
) -> TrainConfig | ClassicConfig:
    """Return settings that know the labels of a user's own clips, or of these the ones that they name.

    Parameters
    ----------
    config : TrainConfig or ClassicConfig
    present : iterable of str
        The labels of the clips, in the order that the model's are to have.

    Raises
    ------
    ConfigError
        If they name a label that no clip has.
    """
    known = tuple(present)
    if "labels" not in config.model_fields_set:
        return config.model_copy(update={"labels": known})
    for label in config.labels:
        if label not in known:
            raise ConfigError(f"labels: {unknown_name('label', label, known)}")
    return config


def _idle(config: RunConfig) -> dict[str, Any]:
    """Return the settings that came later and do nothing, as pydantic leaves them out."""
    fields = type(config).model_fields
    idle: dict[str, Any] = {
        name: True for name in LATER if name in fields and getattr(config, name) == fields[name].default
    }
    teacher = getattr(config, "teacher", None)
    if teacher and teacher.config.tuning is None:  # The others were there when the first teacher was.
        idle["teacher"] = {"config": {"tuning"}}
    return idle


def without_idle(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings that a run keeps without those that came later and do nothing, a teacher's too.

    Runs that an older version began have none of these, and are the same.
    """
    return {
        name: without_idle(value) if isinstance(value, dict) else value
        for name, value in settings.items()
        if value or name not in LATER
    }


def _known(annotation: Any) -> Any:
    """Return the settings that a field holds, also where it may hold none."""
    return next((kind for kind in get_args(annotation) if kind is not NoneType), annotation)


def _explain(error: ValidationError, path: Path | None, kind: type[RunConfig]) -> str:
    first = error.errors()[0]
    places = [str(part) for part in first["loc"]]
    where = [part for part in places if part not in FEATURES]
    prefix = f"{path}: " if path else ""
    if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        owner: Any = kind
        for part in places[:-1]:
            owner = FEATURES[part] if part in FEATURES else _known(owner.model_fields[part].annotation)
        known = getattr(owner, "model_fields", None) or getattr(owner, "__dataclass_fields__", {})
        return prefix + unknown_name(
            "setting", ".".join(where), [".".join([*where[:-1], name]) for name in known]
        )
    return f"{prefix}{'.'.join(where)}: {first['msg']}; got {shown(first['input'])}"
