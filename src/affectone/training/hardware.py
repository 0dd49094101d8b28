"""On what a network is trained: Lightning's accelerators, devices, nodes and strategies, in its own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from lightning_utilities.core.rank_zero import rank_zero_only

from affectone.errors import ConfigError

__all__ = [
    "ONE_DEVICE",
    "Hardware",
    "accelerator_name",
    "count_processes",
    "end_followers",
    "leads",
    "place_among_processes",
    "precision_on",
]


COPYING = ("spawn", "fork", "notebook")
"""In the names of strategies that pickle or fork the trainer."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """What Lightning's trainer is told, unchanged.

    Parameters
    ----------
    accelerator : str
    devices : str
        A number, ``"auto"``, or devices by their numbers, such as ``"0,1"``.
    nodes : int
    strategy : str
    """

    accelerator: str = "auto"
    devices: str = "1"
    nodes: int = 1
    strategy: str = "auto"

    def for_trainer(self) -> dict[str, Any]:
        """Return the keywords of `lightning.Trainer`."""
        whole = self.devices.removeprefix("-").isdecimal()
        return {
            "accelerator": self.accelerator,
            "devices": int(self.devices) if whole else self.devices,
            "num_nodes": self.nodes,
            "strategy": self.strategy,
        }


ONE_DEVICE = Hardware()


def count_processes(hardware: Hardware) -> int:
    """Return how many processes train together; afterwards each knows its place among them.

    Raises
    ------
    ConfigError
        If there are no such devices here, or the strategy cannot be used.
    """
    import lightning as L  # noqa: N812  (Lightning's own convention)
    from lightning.fabric.utilities.exceptions import MisconfigurationException
    from lightning.pytorch.strategies import DDPStrategy, SingleDeviceStrategy

    try:
        trainer = L.Trainer(
            **hardware.for_trainer(),
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
    except (MisconfigurationException, ImportError, RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"this cannot be trained on: {reason}") from None
    if not isinstance(trainer.strategy, SingleDeviceStrategy | DDPStrategy):
        raise ConfigError(
            f"strategy {hardware.strategy!r} deals a network out to the devices, and the moving average of "
            "the weights, which is what is kept, wants whole ones; take 'ddp'"
        )
    if any(how in hardware.strategy for how in COPYING):
        raise ConfigError(
            f"strategy {hardware.strategy!r} hands the training to processes as a copy, which the moving "
            "average of the weights does not allow; take 'ddp', which starts the command once for each device"
        )
    return int(trainer.world_size)


def accelerator_name() -> str | None:
    """Return what `"auto"` trains on beside the processor; None where there is nothing else."""
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return "MPS" if torch.backends.mps.is_available() else None


def precision_on(hardware: Hardware, wanted: str) -> str:
    """Return the precision to train in, as Lightning calls it: bfloat16 only where it is not emulated.

    A processor that has no such numbers (AVX2) takes 12 times as long for a convolution and 38 times as long
    for a product of matrices as with float32 (torch 2.13, one core); the weights differ by rounding.

    Parameters
    ----------
    hardware : Hardware
    wanted : str
        Of a run's settings.
    """
    alone = hardware.accelerator == "cpu" or (hardware.accelerator == "auto" and accelerator_name() is None)
    return "32-true" if wanted == "bf16-mixed" and alone and not _has_bfloat16() else wanted


def _has_bfloat16() -> bool:
    # What torch's own compiler asks; where oneDNN is not built in (macOS), nothing is known to be slow.
    built_in = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return not built_in or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def leads() -> bool:
    """Return whether this process is the one that writes: all that train together run the same program."""
    return int(getattr(rank_zero_only, "rank", 0)) == 0


def end_followers() -> None:
    """End all processes but the one that writes: they only helped to train.

    Raises
    ------
    SystemExit
    """
    if not leads():
        raise SystemExit(0)


def place_among_processes() -> tuple[int, int]:
    """Return the number of this process, and of how many, while they train together; else 0 of 1."""
    together = torch.distributed
    if together.is_available() and together.is_initialized():
        return together.get_rank(), together.get_world_size()
    return 0, 1
