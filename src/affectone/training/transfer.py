"""A new head on the states of a model that is there: what `--model base` trains."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from affectone.errors import ConfigError
from affectone.models.classic import CLASSIC
from affectone.models.nets import NETWORKS
from affectone.models.store import model_folders

__all__ = ["on_artefact"]

RECIPE: dict[str, Any] = {
    "epochs": 30,
    "learning_rate": 1e-3,
    "mixup_share": 1.0,
    "averaging": 0.9,
}
"""Of a head for a few clips or for thousands. The average of the weights is a short one: a table of a hundred
clips has seven batches an epoch."""


def on_artefact(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings in which a model that was trained already is what a new head stands on.

    Parameters
    ----------
    content : mapping of str to object
        Settings as they were given. ``model`` may name a model of the store, or the folder of one. Where it
        names a network or a classic model, or nothing that is known, they are returned as they are.

    Raises
    ------
    ConfigError
        If features are given that are no settings of the model's states.
    """
    name = content.get("model")
    trainable = {entry.name for entry in (*NETWORKS, *CLASSIC)}
    if not isinstance(name, str) or name in trainable or not _is_artefact(name):
        return dict(content)
    features = content.get("features", {})
    if not isinstance(features, Mapping):
        raise ConfigError(f"features: those of model {name} are its states; leave them out")
    return {
        **RECIPE,
        **content,
        "model": "pooled_mlp",
        "features": {"artefact": name, **features},
        "network": {"layers": 1, **content.get("network", {})},
    }


def _is_artefact(name: str) -> bool:
    return name in model_folders() or os.path.isdir(name) or Path(name).name != name
