"""Fitting: what was interrupted ends as if it had not been, and nothing looks at the test rows."""

from __future__ import annotations

import csv
import errno
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import lightning as L  # noqa: N812  (Lightning's own convention)
import numpy as np
import pytest
import torch

from affectone.errors import AffectoneError, ConfigError
from affectone.models.nets import Network, level_frames
from affectone.training.config import TrainConfig
from affectone.training.fit import fit_network, predict_logits
from affectone.training.module import EmotionModule, build_network
from affectone.training.quiet import quiet
from affectone.training.targets import Targets

pytestmark = pytest.mark.train

TRAIN, HELD_OUT = np.arange(24), np.arange(24, 32)
NOBODY = HELD_OUT[:0]
CONFIG = TrainConfig.model_validate(
    {
        "epochs": 4,
        "batch_size": 8,
        "averaging": 0.5,
        "features": {"bands": 32},
        "masking": {"frequency_width": 3, "time_width": 5, "shift": 1},
    }
)
Fit = Callable[..., Network]


@pytest.fixture(scope="module")
def fit(made: Any) -> Fit:
    """Return a function that fits the made-up corpus."""

    def run(folder: Path, config: TrainConfig = CONFIG, **parts: Any) -> Network:
        given = {
            "clips": made.clips,
            "targets": made.targets,
            "train": TRAIN,
            "validation": HELD_OUT,
            **parts,
        }
        with quiet():
            return fit_network(config, given.pop("clips"), given.pop("targets"), folder=folder, **given)

    return run


@pytest.fixture(scope="module")
def undisturbed(fit: Fit, tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Path]:
    """Return the network of a run that nothing interrupted, and its folder."""
    folder = tmp_path_factory.mktemp("undisturbed")
    return fit(folder), folder


def differences(one: Network, other: Network) -> list[str]:
    """Return the names of the weights that are not the same, bit for bit."""
    theirs = other.state_dict()
    return [name for name, value in one.state_dict().items() if not torch.equal(value, theirs[name])]


def metrics(folder: Path) -> list[dict[str, str]]:
    """Return the rows of all curves of a run: an interrupted one may have several files."""
    found: list[dict[str, str]] = []
    for path in folder.glob("metrics*.csv"):
        with path.open(newline="") as file:
            found += csv.DictReader(file)
    return found


class PowerCutError(Exception):
    """What interrupts the runs of these tests."""


def interrupt(monkeypatch: pytest.MonkeyPatch, method: str, epoch: int) -> None:
    """Cut the power when a method of the module is called in an epoch."""
    ordinary = getattr(EmotionModule, method)

    def cut(self: EmotionModule, *args: Any) -> Any:
        if self.current_epoch == epoch:
            raise PowerCutError
        return ordinary(self, *args)

    monkeypatch.setattr(EmotionModule, method, cut)


def test_the_same_run_twice_gives_the_same_weights(
    fit: Fit, undisturbed: tuple[Network, Path], tmp_path: Path
) -> None:
    assert differences(fit(tmp_path), undisturbed[0]) == []


def test_another_seed_gives_other_weights(
    fit: Fit, undisturbed: tuple[Network, Path], tmp_path: Path
) -> None:
    other = fit(tmp_path, CONFIG.model_copy(update={"seed": 1}))
    assert differences(other, undisturbed[0])


@pytest.mark.parametrize(
    ("method", "epoch"), [("on_train_epoch_start", 2), ("training_step", 1), ("on_validation_epoch_end", 3)]
)
def test_an_interrupted_run_goes_on_to_the_same_weights(
    fit: Fit, undisturbed: tuple[Network, Path], tmp_path: Path, method: str, epoch: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        interrupt(patch, method, epoch)
        with pytest.raises(PowerCutError):
            fit(tmp_path)
    assert (tmp_path / "last.ckpt").exists()
    assert differences(fit(tmp_path), undisturbed[0]) == []


def test_a_run_that_was_done_is_not_trained_again(
    fit: Fit, undisturbed: tuple[Network, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for epoch in range(CONFIG.epochs):
        interrupt(monkeypatch, "training_step", epoch)
    network, folder = undisturbed
    assert differences(fit(folder), network) == []


def test_resuming_starts_from_the_checkpoint(fit: Fit, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        interrupt(patch, "on_train_epoch_start", 3)
        with pytest.raises(PowerCutError):
            fit(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        for epoch in range(3):
            interrupt(patch, "training_step", epoch)
        fit(tmp_path)


def test_the_curve_of_an_interrupted_run_is_whole(
    fit: Fit, undisturbed: tuple[Network, Path], tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        interrupt(patch, "on_train_epoch_start", 2)
        with pytest.raises(PowerCutError):
            fit(tmp_path)
    fit(tmp_path)
    assert {row["epoch"] for row in metrics(tmp_path)} == {str(epoch) for epoch in range(CONFIG.epochs)}


@pytest.mark.parametrize("validation", [HELD_OUT, NOBODY])
def test_a_long_run_keeps_every_epoch(fit: Fit, tmp_path: Path, validation: np.ndarray) -> None:
    # Validation then comes every second epoch, or never; checkpoints must come after each.
    long = CONFIG.model_copy(update={"epochs": 20})
    with pytest.MonkeyPatch.context() as patch:
        interrupt(patch, "on_train_epoch_start", 3)
        with pytest.raises(PowerCutError):
            fit(tmp_path, long, validation=validation)
    assert torch.load(tmp_path / "last.ckpt", weights_only=True)["epoch"] == 2


def test_the_run_folder_has_curves_and_one_checkpoint(undisturbed: tuple[Network, Path]) -> None:
    _, folder = undisturbed
    assert [path.name for path in folder.glob("*.ckpt")] == ["last.ckpt"]
    assert list(folder.glob("events.out.tfevents.*"))
    rows = metrics(folder)
    for name in ("train_loss", "val_loss", "val_uar"):
        assert len([row for row in rows if row[name]]) == CONFIG.epochs


def test_the_network_is_ready_to_answer(undisturbed: tuple[Network, Path]) -> None:
    network, _ = undisturbed
    assert not network.training
    assert all(value.isfinite().all() for value in network.state_dict().values())


class Guarded(Sequence[Any]):
    """Clips of which some may not be looked at."""

    def __init__(self, clips: Sequence[Any], forbidden: np.ndarray) -> None:
        self._clips = clips
        self._forbidden = set(forbidden.tolist())

    def __len__(self) -> int:
        return len(self._clips)

    def __getitem__(self, row: Any) -> Any:
        assert int(row) not in self._forbidden, f"row {row} is tested and must not be read"
        return self._clips[row]


def test_tested_rows_are_neither_read_nor_of_any_effect(
    fit: Fit, made: Any, undisturbed: tuple[Network, Path], tmp_path: Path
) -> None:
    tested = np.array([3, 7, 20])
    train = np.setdiff1d(TRAIN, tested)
    spoilt = Targets(*(getattr(made.targets, name).copy() for name in Targets.__dataclass_fields__))
    spoilt.emotion[tested], spoilt.voice[tested], spoilt.weight[tested] = 0, -1, 1e6
    guarded = fit(tmp_path / "guarded", clips=Guarded(made.clips, tested), targets=spoilt, train=train)
    plain = fit(tmp_path / "plain", train=train)
    assert differences(guarded, plain) == []
    assert differences(guarded, undisturbed[0])


def test_validation_rows_only_draw_a_curve(
    fit: Fit, undisturbed: tuple[Network, Path], tmp_path: Path
) -> None:
    assert differences(fit(tmp_path, validation=NOBODY), undisturbed[0]) == []


IMPATIENT = CONFIG.model_copy(update={"epochs": 30, "patience": 2})


def uar_of(network: Network, made: Any) -> float:
    """Return the UAR of the validation clips, which are equally many of each emotion that occurs."""
    logits = predict_logits(network, [made.clips[row] for row in HELD_OUT])
    target = made.targets.emotion[HELD_OUT]
    masked = np.where(made.targets.allowed[HELD_OUT], logits.emotion, -np.inf)
    right = masked.argmax(axis=1) == target
    return float(np.mean([right[target == label].mean() for label in np.unique(target)]))


@pytest.fixture(scope="module")
def impatient(fit: Fit, tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Path]:
    """Return the network of a run that stops by itself, and its folder."""
    folder = tmp_path_factory.mktemp("impatient")
    return fit(folder, IMPATIENT), folder


def test_with_patience_training_stops_and_the_best_epoch_is_kept(
    impatient: tuple[Network, Path], made: Any
) -> None:
    network, folder = impatient
    curve = [float(row["val_uar"]) for row in metrics(folder) if row["val_uar"]]
    assert len(curve) < IMPATIENT.epochs
    assert curve.index(max(curve)) == len(curve) - 1 - IMPATIENT.patience
    assert uar_of(network, made) == pytest.approx(max(curve), abs=1e-6)


@pytest.mark.parametrize("epoch", [1, 2])
def test_an_impatient_run_that_was_interrupted_ends_the_same(
    fit: Fit, impatient: tuple[Network, Path], tmp_path: Path, epoch: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        interrupt(patch, "training_step", epoch)
        with pytest.raises(PowerCutError):
            fit(tmp_path, IMPATIENT)
    assert differences(fit(tmp_path, IMPATIENT), impatient[0]) == []


def test_a_run_that_lost_its_patience_is_not_trained_on(
    fit: Fit, impatient: tuple[Network, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for epoch in range(IMPATIENT.epochs):
        interrupt(monkeypatch, "training_step", epoch)
    assert differences(fit(impatient[1], IMPATIENT), impatient[0]) == []


def test_patience_without_validation_speakers_is_refused(fit: Fit, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"patience = 2: no speaker is set aside to stop by; raise valid"):
        fit(tmp_path, IMPATIENT, validation=NOBODY)


def test_a_full_disk_is_told(fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(number: int) -> Callable[..., None]:
        def save(*_: object, **__: object) -> None:
            raise OSError(number, os.strerror(number))

        return save

    monkeypatch.setattr(L.Trainer, "save_checkpoint", failing(errno.ENOSPC))
    with pytest.raises(AffectoneError) as told:
        fit(tmp_path, CONFIG)
    assert str(told.value) == f"{tmp_path}: cannot be written: No space left on device"
    monkeypatch.setattr(L.Trainer, "save_checkpoint", failing(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        fit(tmp_path, CONFIG)


def test_a_checkpoint_that_is_not_whole_leaves_the_last_good_one(
    fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The folder of temporary files is often on another disk; what is moved from there is not there at once.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    last, save, good = tmp_path / "last.ckpt", torch.save, b""

    def torn(checkpoint: object, content: BinaryIO) -> None:
        nonlocal good
        if not last.exists():
            save(checkpoint, content)
            return
        good = last.read_bytes()
        content.write(good[: len(good) // 2])
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(torch, "save", torn)
    with pytest.raises(OSError, match="Input/output error"):
        fit(tmp_path, CONFIG)
    assert good
    assert last.read_bytes() == good
    assert not list(tmp_path.glob("*.part"))


def test_it_learns(fit: Fit, made: Any, tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"epochs": 12, "mixup_share": 0.0, "averaging": 0.8})
    logits = predict_logits(fit(tmp_path, config), [made.clips[row] for row in HELD_OUT])
    assert (logits.emotion.argmax(axis=1) == made.targets.emotion[HELD_OUT]).mean() >= 0.9


def test_the_warnings_of_others_are_heard_again_afterwards(fit: Fit, tmp_path: Path) -> None:
    import logging

    level = logging.getLogger("lightning.pytorch").level
    fit(tmp_path, CONFIG.model_copy(update={"epochs": 1}))
    assert logging.getLogger("lightning.pytorch").level == level


@pytest.fixture(scope="module")
def network() -> Network:
    """Return an untrained network for 32 bands."""
    torch.manual_seed(1)
    return build_network(CONFIG).eval()


def test_logits_are_in_the_order_of_the_clips(network: Network, made: Any) -> None:
    found = predict_logits(network, made.clips)
    for row in (0, 1, 2, 13, 31):
        frames = level_frames(torch.from_numpy(made.clips[row].copies[0].astype(np.float32))[None])
        with torch.inference_mode():
            expected = network(frames)
        np.testing.assert_allclose(found.emotion[row], expected.emotion_logits[0], atol=1e-5)
        np.testing.assert_allclose(found.voice[row], expected.voice_logits[0], atol=1e-5)


def test_logits_of_a_clip_do_not_depend_on_the_others(network: Network, made: Any) -> None:
    whole, part = predict_logits(network, made.clips), predict_logits(network, made.clips[5:7])
    np.testing.assert_allclose(whole.emotion[5:7], part.emotion, atol=1e-5)
