"""Networks in torch, by name. Importing this room needs the extra `train`."""

# Importing a network registers it.
from affectone.models.nets import cnn_tcn
from affectone.models.nets.frontend import LogMel
from affectone.models.nets.network import NETWORKS, Network, NetworkOutput, WaveformModel, level_frames

__all__ = [
    "NETWORKS",
    "LogMel",
    "Network",
    "NetworkOutput",
    "WaveformModel",
    "cnn_tcn",
    "level_frames",
]
