"""Networks in torch, by name. Importing this room needs the extra `train`.

A new file in this folder is a new network: importing the folder imports them all, and each registers its own.
"""

import importlib
import pkgutil

from affectone.models.nets.frontend import LogMel
from affectone.models.nets.network import NETWORKS, Network, NetworkOutput, WaveformModel, level_frames
from affectone.models.nets.recurrent import onnx_translations
from affectone.models.nets.settings import check_settings
from affectone.models.nets.statistics import OnnxStatistics, StatesModel, StateStatistics
from affectone.models.nets.vector import VectorNetwork

__all__ = [
    "NETWORKS",
    "LogMel",
    "Network",
    "NetworkOutput",
    "OnnxStatistics",
    "StateStatistics",
    "StatesModel",
    "VectorNetwork",
    "WaveformModel",
    "check_settings",
    "level_frames",
    "load_all",
    "onnx_translations",
]


def load_all() -> None:
    """Import every module of this folder; those that hold a network register it."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


load_all()
