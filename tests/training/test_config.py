"""The configuration: typed, frozen, and named by its digest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from affectone.audio.augment import Augmentation
from affectone.errors import ConfigError
from affectone.labels import EIGHT
from affectone.training.config import (
    ClassicConfig,
    FeatureConfig,
    MaskingConfig,
    MeasureConfig,
    TrainConfig,
    TuningConfig,
    read_config,
)

OTHER: dict[str, Any] = {
    "teacher": {"config": {}},
    "tuning": TuningConfig(),
    "model": "other",
    "labels": ("sad", "happy"),
    "precision": "bf16-mixed",
    "network": {"width": 3},
    "augment": Augmentation.preset("classic"),
    "features": FeatureConfig(copies=1),
    "masking": MaskingConfig(shift=1),
}
"""Another value for each setting that is no number."""


def changed(value: Any) -> Any:
    """Return another number that is still in range."""
    return value + 1 if isinstance(value, int) else value * 0.8 + 0.01


def nested() -> list[tuple[str, str]]:
    parts: dict[str, Any] = {"features": FeatureConfig, "masking": MaskingConfig}
    return [(part, name) for part, kind in parts.items() for name in kind.model_fields]


def test_defaults_are_a_whole_configuration() -> None:
    config = read_config(None)
    assert config == TrainConfig()
    assert config.labels == tuple(EIGHT)


def test_a_file_is_read_and_flags_lie_over_it(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        'epochs = 7\nbatch_size = 8\nlabels = ["sad", "happy"]\n[features]\nhop = 160\n'
        "[augment.chance]\nreverb = 0.5\n[masking]\nshift = 0\n[network]\nwidth = 16\n",
        encoding="utf-8",
    )
    config = read_config(file, epochs=3, model=None)
    assert (config.epochs, config.batch_size, config.labels) == (3, 8, ("sad", "happy"))
    assert (config.features.hop, config.features.bands) == (160, FeatureConfig().bands)
    assert config.augment == Augmentation.preset("field", chance={"reverb": 0.5})
    assert (config.masking.shift, config.network) == (0, {"width": 16})


def test_it_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        TrainConfig().epochs = 3  # type: ignore[misc]


def test_equal_settings_have_equal_digests() -> None:
    assert TrainConfig(epochs=3).digest == TrainConfig(epochs=3).digest
    assert len(TrainConfig().digest) == 64


def test_the_order_of_a_networks_settings_is_no_setting() -> None:
    one, other = {"width": 16, "dropout": 0.1}, {"dropout": 0.1, "width": 16}
    assert TrainConfig(network=one).digest == TrainConfig(network=other).digest


@pytest.mark.parametrize("name", TrainConfig.model_fields)
def test_every_setting_is_in_the_digest(name: str) -> None:
    given = {"features": {"encoder": "moonshine-base"}} if name in ("adapted_share", "tuning") else {}
    base = TrainConfig.model_validate(given)
    other = OTHER[name] if name in OTHER else changed(getattr(base, name))
    assert TrainConfig.model_validate(given | {name: other}).digest != base.digest


@pytest.mark.parametrize(("part", "name"), nested())
def test_every_nested_setting_is_in_the_digest(part: str, name: str) -> None:
    base = TrainConfig()
    whole = getattr(base, part)
    settings = whole.model_dump()
    settings[name] = changed(settings[name])
    assert TrainConfig.model_validate({part: settings}).digest != base.digest


@pytest.mark.parametrize(
    "step",
    [
        {"kind": "gain", "decibels": [-6, -6]},
        {"kind": "gain", "decibels": [-6, -6], "chance": 0.5},
        {"kind": "gain", "decibels": [-7, -6]},
        {"kind": "normalize"},
    ],
)
def test_every_step_of_the_augmentation_is_in_the_digest(step: dict[str, Any]) -> None:
    gain = {"kind": "gain", "decibels": [-6, -6]}
    one, other = (
        TrainConfig.model_validate({"augment": {"steps": steps}}) for steps in ([gain], [gain, step])
    )
    assert one.digest != other.digest


@pytest.mark.parametrize(
    "settings", [{"augment": "classic", "epochs": 3}, {"features": "mfcc20"}, {"features": ["mfcc", "rms"]}]
)
def test_what_is_written_is_read_again(settings: dict[str, Any]) -> None:
    config = TrainConfig.model_validate(settings)
    again = TrainConfig.model_validate_json(config.model_dump_json())
    assert again == config
    assert again.digest == config.digest


@pytest.mark.parametrize(
    "features",
    [
        "mfcc20",
        ["mfcc", "rms"],
        {"sets": "mfcc20"},
        {"sets": "mfcc", "functionals": ["mean"], "settings": {"n_mfcc": 13}},
    ],
)
def test_a_network_may_be_given_numbers_of_clips(features: Any) -> None:
    config = TrainConfig(features=features)
    assert config.measured == MeasureConfig.model_validate(features)
    assert config.measured == ClassicConfig(model="knn", features=features).features
    with pytest.raises(ConfigError, match="are numbers of whole clips and no frames"):
        _ = config.frames


def test_numbers_of_clips_are_not_augmented() -> None:
    config = TrainConfig(features="mfcc20")
    assert config.augment.steps == ()
    assert set(config.masking.model_dump().values()) == {0}


@pytest.mark.parametrize("features", [{}, {"hop": 160}, FeatureConfig(bands=32)])
def test_other_networks_are_given_frames(features: Any) -> None:
    config = TrainConfig(features=features)
    assert config.measured is None
    assert config.frames == config.features == FeatureConfig.model_validate(features)
    assert config.augment == TrainConfig().augment
