"""The Lightning module: loss, schedule, validation."""

from __future__ import annotations

from typing import Any

import lightning as L  # noqa: N812  (Lightning's own convention)
import torch
from torch import Tensor, nn
from torchmetrics.classification import MulticlassRecall

from affectone.features.standardize import Statistics
from affectone.models.nets import NETWORKS, Network, NetworkOutput, VectorNetwork, check_settings
from affectone.training.config import TrainConfig
from affectone.training.data import Batch
from affectone.training.logits import IMPOSSIBLE

__all__ = [
    "EmotionModule",
    "build_network",
    "degree_cross_entropy",
    "mask_logits",
    "masked_cross_entropy",
]


def build_network(config: TrainConfig) -> Network:
    """Return an untrained network of the kind and size a configuration names.

    Raises
    ------
    ModelError
        If there is no network of that name.
    ConfigError
        If it has no such setting, or a setting's value is no good.
    """
    network = NETWORKS.get(config.model)
    settings = check_settings(network, config.network)
    return network(bands=_bands(config), labels=len(config.labels), **settings)


def _bands(config: TrainConfig) -> int:
    if config.states:
        return config.states.numbers
    return 1 if config.measured else config.frames.bands


def _with_scale(network: Network, scale: Statistics, *, at_once: bool) -> VectorNetwork:
    mean, divisor = torch.from_numpy(scale.mean), torch.from_numpy(scale.divisor)
    return VectorNetwork(network, mean, divisor, at_once=at_once)


def mask_logits(logits: Tensor, allowed: Tensor) -> Tensor:
    """Give the labels that are not allowed no probability."""
    return logits.masked_fill(~allowed, IMPOSSIBLE)


def masked_cross_entropy(logits: Tensor, target: Tensor, allowed: Tensor, smoothing: float) -> Tensor:
    """Return each clip's cross entropy over its allowed labels, the target smoothed over these alone.

    Parameters
    ----------
    logits, target, allowed : Tensor, shape (batch, labels)
        `target` is a distribution over allowed labels.
    smoothing : float
        Share of the target that is spread evenly (Szegedy et al. 2016).

    Returns
    -------
    Tensor, shape (batch,)
    """
    spread = allowed / allowed.sum(dim=1, keepdim=True)
    smoothed = (1 - smoothing) * target + smoothing * spread
    return -(smoothed * mask_logits(logits, allowed).log_softmax(dim=1) * allowed).sum(dim=1)


def degree_cross_entropy(logits: Tensor, degrees: Tensor) -> Tensor:
    """Return each clip's cross entropy of its degrees, 0 for those that are not known.

    Parameters
    ----------
    logits, degrees : Tensor, shape (batch, degrees)
        Degrees are from 0 to 1, or NaN.

    Returns
    -------
    Tensor, shape (batch,)
    """
    known = ~degrees.isnan()
    errors = nn.functional.binary_cross_entropy_with_logits(logits, degrees.nan_to_num(), reduction="none")
    return (errors * known).sum(dim=1)


class EmotionModule(L.LightningModule):
    """Trains a network on its heads.

    Parameters
    ----------
    config : TrainConfig
    scale : Statistics, optional
        Of the training clips, where the network is given numbers of whole clips.
    """

    def __init__(self, config: TrainConfig, scale: Statistics | None = None) -> None:
        super().__init__()
        self.config = config
        network = build_network(config)
        self.network: Network = _with_scale(network, scale, at_once=bool(config.states)) if scale else network
        if not scale:
            # On the processor convolutions are measured 1.5 to 2 times as fast in this layout. Over numbers
            # of clips, maps of one band, oneDNN's read what nobody wrote (torch 2.13 on AVX-512).
            self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.recall = MulticlassRecall(num_classes=len(config.labels), average="macro")

    def on_fit_start(self) -> None:
        """Leave the processor's layout where something else trains.

        On CUDA the gradients of padded mean pooling are silently wrong in it (pytorch/pytorch#188344).
        """
        if self.device.type != "cpu":
            self.network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Seed dropout by epoch and batch, so that a resumed run equals an undisturbed one.

        By epoch alone would not do: where in an epoch the loader draws from the same generator differs.
        """
        number = batch_idx * self.trainer.world_size + self.global_rank
        torch.manual_seed((self.config.seed * 100_003 + self.current_epoch) * 100_003 + number)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Return the loss of a batch."""
        output: NetworkOutput = self.network(batch.frames.contiguous())
        emotion = masked_cross_entropy(
            output.emotion_logits.float(), batch.emotion, batch.allowed, self.config.label_smoothing
        )
        # Rows of zeros (voice unknown) add nothing.
        voice = -(batch.voice * output.voice_logits.float().log_softmax(dim=1)).sum(dim=1)
        loss = (emotion * batch.weight).mean() + self.config.voice_weight * voice.mean()
        if output.degree_logits is not None:
            told = degree_cross_entropy(output.degree_logits.float(), batch.degrees)
            loss = loss + self.config.voice_weight * told.mean()
        self.log(
            "train_loss",
            loss,
            on_step=False,
            on_epoch=True,
            batch_size=len(batch.weight),
            prog_bar=True,
            sync_dist=True,
        )
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Count the recalls of a batch of whole, unchanged clips."""
        output: NetworkOutput = self.network(batch.frames)
        logits = output.emotion_logits.float()
        loss = masked_cross_entropy(logits, batch.emotion, batch.allowed, 0.0).mean()
        self.recall.update(mask_logits(logits, batch.allowed), batch.emotion.argmax(dim=1))
        self.log("val_loss", loss, on_epoch=True, batch_size=len(batch.weight), sync_dist=True)

    def on_validation_epoch_end(self) -> None:
        """Log the unweighted average recall over the validation speakers."""
        self.log("val_uar", self.recall.compute(), prog_bar=True)
        self.recall.reset()

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Return what learns, and at which rate."""
        return [{"params": list(self.network.parameters()), "lr": self.config.learning_rate}]

    def configure_optimizers(self) -> Any:
        """AdamW with one cycle of the learning rate (Smith and Topin 2018)."""
        groups = self.parameter_groups()
        optimizer = torch.optim.AdamW(groups, weight_decay=self.config.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=[group["lr"] for group in groups],
            total_steps=int(self.trainer.estimated_stepping_batches),
            pct_start=0.15,
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
