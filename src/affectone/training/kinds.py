"""Every model that can be trained, by one name space: networks and classic models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectone.errors import ConfigError, ModelError, unknown_name
from affectone.models.classic import CLASSIC
from affectone.models.nets import NETWORKS
from affectone.registry import require_extra
from affectone.training.config import ClassicConfig, RunConfig, TrainConfig
from affectone.training.hardware import ONE_DEVICE, Hardware
from affectone.training.session import Session

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_adaptable", "check_model", "model_names", "open_session"]


def model_names() -> list[str]:
    """Return the names that `--model` takes."""
    return [entry.name for entry in (*NETWORKS, *CLASSIC)]


def check_model(config: TrainConfig | ClassicConfig) -> None:
    """Raise if the model that a configuration asks for cannot be made.

    Raises
    ------
    ModelError
        If there is no model of that name.
    ConfigError
        If a network has no such setting.
    MissingExtraError
        If features of whole clips cannot be measured here.
    """
    if isinstance(config, ClassicConfig):
        require_extra("features", "measuring features")
        return
    if config.model not in NETWORKS:
        raise ModelError(unknown_name("model", config.model, model_names()))
    from affectone.training.module import build_network

    build_network(config)
    if config.measured:
        require_extra("features", "measuring features")
    if config.teacher:
        check_model(config.teacher.config)


def check_adaptable(config: RunConfig) -> None:
    """Raise if models of a configuration cannot be adapted to a voice.

    Raises
    ------
    ConfigError
        If they are given something else than an encoder's states.
    """
    if not (isinstance(config, TrainConfig) and config.states):
        raise ConfigError(f"model {config.model} cannot be adapted: it is trained on no encoder's states")


def open_session(
    config: TrainConfig | ClassicConfig,
    manifest: pd.DataFrame,
    *,
    cache: Path,
    jobs: int,
    threads: int | None = None,
    hardware: Hardware = ONE_DEVICE,
) -> Session[Any]:
    """Return the session of a configuration's kind of model, its clips read.

    Parameters
    ----------
    config : TrainConfig or ClassicConfig
    manifest : pandas.DataFrame
    cache : Path
        Folder of what is computed of each clip.
    jobs : int
        Processes that compute it.
    threads : int, optional
        Threads of the fitting; by default torch chooses, and classic models take one.
    hardware : Hardware
        What networks are trained on.

    Raises
    ------
    CorpusError
        If no clip has one of the configuration's labels.
    ModelError, ConfigError
        As `check_model` does.
    """
    check_model(config)
    if isinstance(config, ClassicConfig):
        from affectone.training.classic.session import ClassicSession

        return ClassicSession(config, manifest, cache=cache, jobs=jobs, threads=threads or 1)
    import torch

    from affectone.training.deep import DeepSession
    from affectone.training.states import StatesSession
    from affectone.training.vectors import VectorSession

    if threads is not None:
        torch.set_num_threads(threads)
    teacher: Session[Any] | None = None
    if config.teacher:
        own = config.teacher.config.model_copy(update={"labels": config.labels})
        teacher = open_session(own, manifest, cache=cache, jobs=jobs, hardware=hardware)
    if config.tuning:
        from affectone.training.tuned import TunedSession

        return TunedSession(config, manifest, jobs=jobs, hardware=hardware, teacher=teacher)
    made = VectorSession if config.measured else StatesSession if config.states else DeepSession
    return made(config, manifest, cache=cache, jobs=jobs, hardware=hardware, teacher=teacher)
