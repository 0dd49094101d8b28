"""Settings of a run that know labels of a user's own."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from affectone.errors import ConfigError, LabelError
from affectone.training.config import ClassicConfig, TrainConfig, config_of_run, read_config, with_own_labels
from affectone.training.search import with_values

OWN = ("happy", "odd")


def test_labels_of_the_clips_are_taken_where_none_are_named() -> None:
    assert with_own_labels(TrainConfig(), OWN).labels == OWN


def test_labels_that_are_named_are_chosen_in_their_order() -> None:
    config = read_config(None, own_labels=True, labels=["odd", "happy"])
    assert with_own_labels(config, ("happy", "even", "odd")).labels == ("odd", "happy")


def test_other_runs_still_refuse_what_is_no_common_label() -> None:
    with pytest.raises(ConfigError, match="unknown label 'odd'"):
        read_config(None, labels=["odd", "happy"])
    with pytest.raises(LabelError):
        TrainConfig(labels=OWN)


def test_a_label_twice_is_refused_among_ones_own_too() -> None:
    with pytest.raises(ConfigError, match="names odd more than once"):
        read_config(None, own_labels=True, labels=["odd", "odd"])


def test_a_search_keeps_them() -> None:
    config = with_own_labels(ClassicConfig(model="knn"), OWN)
    assert with_values(config, {"classifier.neighbours": 3}).labels == OWN


@pytest.mark.parametrize("features", [{}, {"features": "mfcc40"}, {"features": {"copies": 1, "bands": 40}}])
def test_what_a_run_keeps_of_its_settings_is_read_again(features: dict[str, object]) -> None:
    config = with_own_labels(TrainConfig.model_validate(features), OWN)
    assert config_of_run(config.model_dump(mode="json")) == config
