"""Over every network, by the training itself: exact resume, and names that no order of labels changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from affectone.labels import EIGHT, LabelSet
from affectone.models.nets import NETWORKS, Network
from affectone.training.config import TrainConfig
from affectone.training.fit import fit_network, predict_logits
from affectone.training.module import EmotionModule
from affectone.training.quiet import quiet
from affectone.training.targets import make_targets

pytestmark = [pytest.mark.train, pytest.mark.parametrize("name", [entry.name for entry in NETWORKS])]

TRAIN, HELD_OUT = np.arange(24), np.arange(24, 32)
SHUFFLED = LabelSet(tuple(EIGHT[place] for place in (3, 6, 0, 2, 7, 4, 1, 5)))


def fit(name: str, made: Any, folder: Path, **settings: Any) -> Network:
    """Train on the made-up corpus, whose emotions can be told."""
    config = TrainConfig.model_validate(
        {"model": name, "batch_size": 8, "averaging": 0.5, "features": {"bands": 32}, **settings}
    )
    labels = LabelSet(config.labels)
    targets = make_targets(made.manifest, labels, {"made": tuple(made.manifest["emotion"].unique())})
    with quiet():
        return fit_network(config, made.clips, targets, train=TRAIN, validation=HELD_OUT[:0], folder=folder)


class PowerCutError(Exception):
    """What interrupts the run."""


def test_an_interrupted_run_goes_on_to_the_same_weights(name: str, made: Any, tmp_path: Path) -> None:
    ordinary = EmotionModule.training_step

    def cut(self: EmotionModule, batch: Any, number: int) -> Any:
        if (self.current_epoch, number) == (1, 1):
            raise PowerCutError
        return ordinary(self, batch, number)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmotionModule, "training_step", cut)
        with pytest.raises(PowerCutError):
            fit(name, made, tmp_path / "cut", epochs=2)
    resumed = fit(name, made, tmp_path / "cut", epochs=2).state_dict()
    undisturbed = fit(name, made, tmp_path / "undisturbed", epochs=2).state_dict()
    assert [key for key, value in undisturbed.items() if not torch.equal(value, resumed[key])] == []


def test_names_are_right_in_any_order_of_labels(name: str, made: Any, tmp_path: Path) -> None:
    network = fit(
        name, made, tmp_path, epochs=20, mixup_share=0.0, learning_rate=5e-3, labels=tuple(SHUFFLED)
    )
    logits = predict_logits(network, [made.clips[row] for row in HELD_OUT])
    named = [SHUFFLED[place] for place in logits.emotion.argmax(axis=1)]
    assert (np.array(named) == made.manifest["emotion"].to_numpy()[HELD_OUT]).mean() >= 0.85
