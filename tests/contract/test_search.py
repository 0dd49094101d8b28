"""Over every model: it says what a search may try, and whatever is tried is a model that can be made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("optuna")

import optuna
import tomli_w

from affectone.models.classic import CLASSIC
from affectone.models.nets import NETWORKS
from affectone.models.nets.settings import defaults
from affectone.models.space import OneOf, Range
from affectone.training.config import RunConfig, TrainConfig, read_config
from affectone.training.kinds import check_model, model_names
from affectone.training.search import search_space, settings_table, suggested, with_values

SAMPLES = 12


def samples(config: RunConfig) -> list[dict[str, Any]]:
    """Return settings drawn from all of a model's space."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=3))
    return [suggested(study.ask(), search_space(config)) for _ in range(SAMPLES)]


@pytest.fixture(autouse=True)
def _quiet_optuna() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)


@pytest.mark.parametrize("name", model_names())
def test_every_sample_is_a_model_that_can_be_made(name: str) -> None:
    config = read_config(None, model=name)
    drawn = samples(config)
    assert len({str(values) for values in drawn}) > 3
    for values in drawn:
        changed = with_values(config, values)
        assert isinstance(changed, type(config))
        check_model(changed)
    assert {with_values(config, values).digest for values in drawn} - {config.digest}


@pytest.mark.parametrize("name", model_names())
def test_what_was_chosen_is_read_again_as_it_was(name: str, tmp_path: Path) -> None:
    config = read_config(None, model=name, seed=3)
    for values in samples(config):
        changed = with_values(config, values)
        file = tmp_path / "best.toml"
        file.write_text(tomli_w.dumps(settings_table(changed)), encoding="utf-8")
        assert read_config(file).digest == changed.digest


@pytest.mark.parametrize("name", model_names())
def test_a_space_is_of_the_models_own_settings(name: str) -> None:
    if name in CLASSIC:
        own, known = CLASSIC.get(name).space, set(CLASSIC.get(name).model_fields)
    else:
        own, known = NETWORKS.get(name).space, set(defaults(NETWORKS.get(name)))
    assert own
    assert set(own) <= known


def test_what_is_searched_of_training_is_a_setting_of_training() -> None:
    assert set(TrainConfig.space) <= set(TrainConfig.model_fields)


def contains(values: Range, value: Any) -> bool:
    """Return whether a default is among what is tried, or between its ends."""
    if isinstance(values, OneOf):
        return value in values.choices
    return bool(values.low <= value <= values.high)


@pytest.mark.parametrize("name", [entry.name for entry in NETWORKS])
def test_the_defaults_lie_inside_the_space(name: str) -> None:
    usual = defaults(NETWORKS.get(name))
    assert [key for key, values in NETWORKS.get(name).space.items() if not contains(values, usual[key])] == []
