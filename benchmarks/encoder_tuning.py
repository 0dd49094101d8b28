"""What tuning an encoder's own layers gains over its frozen states, judged by validation speakers.

``python benchmarks/encoder_tuning.py --corpora CORPORA --cache CACHE`` trains on the training speakers of two
folds of five:group5 without those set aside for validation, who alone are scored; test speakers are not
heard. Weights come from the hub, or from the folder that AFFECTONE_WEIGHTS names. Writes
results/encoder_tuning.json after each trial, and a stopped run goes on. In some trials a corpus is learned
nothing from, and its speakers of both parts are scored. With ``--weights FOLDER`` the encoders so tuned are
kept for encoder_heads.py.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import lightning as L  # noqa: N812  (Lightning's own convention)
import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from lightning.pytorch.callbacks import EMAWeightAveraging
from torch import Tensor
from torch.utils.data import DataLoader

from affectone.audio.augment import Augmentation
from affectone.corpora import Split, load_protocol, select_clips, split_manifest
from affectone.corpora.scan import scan_corpora
from affectone.features.encoder import load_encoder
from affectone.features.standardize import Statistics
from affectone.labels import EIGHT
from affectone.models.nets import StatesModel, StateStatistics, VectorNetwork
from affectone.training.cache import ClipFrames
from affectone.training.config import StatesConfig, TrainConfig
from affectone.training.data import Batches
from affectone.training.hardware import ONE_DEVICE, accelerator_name, precision_on
from affectone.training.module import EmotionModule, build_network, mask_logits
from affectone.training.quiet import quiet
from affectone.training.speech import content_seed, speech_of
from affectone.training.targets import make_targets
from affectone.training.tuning import Waves
from affectone.training.validation import set_aside_speakers
from affectone.workers import over_workers
from trial_scores import mean_of_corpora, uar_of_corpora

HERE = Path(__file__).resolve().parent
COMMAND = "python benchmarks/encoder_tuning.py --corpora CORPORA --cache CACHE"
PROTOCOL = "five:group5"
CORPORA = ("crema_d", "emodb", "ravdess", "savee", "tess")
SHARE = 0.3
"""Of the training speakers of corpora that have eight or more, set aside to judge by."""
CHANGES = Augmentation.read({"steps": [{"kind": "speed", "factor": [0.85, 1.18]}, {"kind": "normalize"}]})
COPIES = 2
LONGEST, SHORTEST, STEP = 96_000, 8_000, 800
"""Samples: 6 s, 0.5 s, and 50 ms, to multiples of which clips are cut when they are scored."""
MEASURED = 1024
"""Clips by which the states are standardised."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Trial:
    """One way to train.

    Parameters
    ----------
    name : str
    encoder : str
    layers : tuple of int
        Whose statistics the head is given.
    rate : float
        Learning rate of the encoder; 0 leaves it frozen.
    first : int
        The first layer that learns; 0 is the convolutions.
    epochs, batch_size : int
    mixup_share : float
    fold, seed : int
    left_out : str
        A corpus that is not learned from, whose speakers of both parts are scored alone.
    precision : str
        As Lightning calls it.
    """

    name: str
    encoder: str
    layers: tuple[int, ...]
    rate: float = 0.0
    first: int = 0
    epochs: int = 8
    batch_size: int = 32
    head_rate: float = 2e-3
    mixup_share: float = 0.5
    fold: int = 1
    seed: int = 0
    left_out: str = ""
    precision: str = "bf16-mixed"

    @property
    def config(self) -> TrainConfig:
        """The settings of what stands behind the encoder, as `base` has them."""
        return TrainConfig(
            model="pooled_mlp",
            seed=self.seed,
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.head_rate,
            balance=0.5,
            mixup_share=self.mixup_share,
            features=StatesConfig(encoder=self.encoder, layers=self.layers, copies=COPIES),
            network={"layers": 1},
        )


MOONSHINE, WHISPER = ("moonshine-base", (2, 3, 4, 5, 6)), ("whisper-base", (1, 2, 3, 4))
WAYS: tuple[tuple[str, tuple[str, tuple[int, ...]], dict[str, Any]], ...] = (
    ("moonshine-frozen", MOONSHINE, {}),
    ("moonshine-all-1e-4", MOONSHINE, {"rate": 1e-4}),
    ("whisper-frozen", WHISPER, {}),
    ("whisper-all-1e-4", WHISPER, {"rate": 1e-4}),
    ("moonshine-all-3e-5", MOONSHINE, {"rate": 3e-5}),
    ("whisper-all-3e-5", WHISPER, {"rate": 3e-5}),
    ("moonshine-all-2e-4", MOONSHINE, {"rate": 2e-4}),
    ("moonshine-top-1e-4", MOONSHINE, {"rate": 1e-4, "first": 4}),
    ("whisper-all-1e-4-long", WHISPER, {"rate": 1e-4, "epochs": 16}),
)
BEST = ("moonshine-frozen", "whisper-all-3e-5", "moonshine-all-2e-4")
"""What `base` has, and what was best with each encoder on fold 1."""
AGAIN = (*BEST, "whisper-frozen", "whisper-all-1e-4")
"""What is tried on fold 2, too."""
LESS = ("moonshine-all-2e-4-less", MOONSHINE, {"rate": 2e-4, "epochs": 4})
WITHOUT: dict[str, tuple[str, ...]] = {
    "crema_d": BEST,
    "emodb": ("moonshine-frozen", "moonshine-all-2e-4"),
    "ravdess": ("moonshine-frozen", "moonshine-all-2e-4", "moonshine-all-2e-4-less"),
}
"""What is tried without a corpus."""
FLOAT32 = ("whisper-frozen", "whisper-all-1e-4")
"""What was tried in float32 on fold 2, as everything was on fold 1."""
TRIALS = (
    *(
        Trial(f"{name}-fold{fold}", *encoder, fold=fold, precision=precision, **settings)
        for fold in (1, 2)
        for name, encoder, settings in WAYS
        if fold == 1 or name in AGAIN
        for precision in ["32-true" if fold == 1 or name in FLOAT32 else "bf16-mixed"]
    ),
    *(
        Trial(f"{name}-without-{corpus}", *encoder, left_out=corpus, **settings)
        for corpus, names in WITHOUT.items()
        for name, encoder, settings in (*WAYS, LESS)
        if name in names
    ),
)


class Tuned(EmotionModule):
    """A network on an encoder's states that learns together with the encoder."""

    def __init__(self, trial: Trial, learned: Sequence[ClipFrames]) -> None:
        super().__init__(trial.config)
        self.trial = trial
        encoder = load_encoder(trial.encoder, layers=trial.layers[-1])
        encoder.requires_grad_(trial.rate > 0 and trial.first == 0)
        for layer in encoder.layers[max(0, trial.first - 1) :]:
            layer.requires_grad_(trial.rate > 0)
        statistics = StateStatistics(encoder, trial.layers)
        scale = _scale(statistics, learned)
        mean, divisor = torch.from_numpy(scale.mean), torch.from_numpy(scale.divisor)
        head = VectorNetwork(build_network(trial.config), mean, divisor, at_once=True)
        self.network = StatesModel(statistics, head)  # type: ignore[assignment]

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Return the head, and what learns of the encoder at a rate of its own."""
        parts: dict[bool, list[torch.nn.Parameter]] = {True: [], False: []}
        for name, value in self.network.named_parameters():
            if value.requires_grad:
                parts[name.startswith("statistics.")].append(value)
        encoder = [{"params": parts[True], "lr": self.trial.rate}] if parts[True] else []
        return [{"params": parts[False], "lr": self.trial.head_rate}, *encoder]


def heard(path: str) -> tuple[npt.NDArray[np.float16], ...]:
    """Return a clip's speech and its copies, each of 0.5 to 6 s."""
    speech = speech_of(path)
    seed = content_seed(hashlib.sha256(Path(path).read_bytes()).hexdigest())
    waves = [speech] + [CHANGES(speech, 16_000, seed=seed + number) for number in range(1, COPIES + 1)]
    cut = [wave[:LONGEST] for wave in waves]
    return tuple(np.pad(wave, (0, max(0, SHORTEST - len(wave)))).astype(np.float16) for wave in cut)


def _scale(statistics: StateStatistics, clips: Sequence[ClipFrames]) -> Statistics:
    rng = np.random.default_rng(0)
    some = [clips[row].copies[0] for row in rng.permutation(len(clips))[:MEASURED]]
    return Statistics.of(answers(statistics, some).astype(np.float64))


def answers(module: torch.nn.Module, waves: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
    """Return what a module says about waveforms, those of one length together."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    module = module.to(device).eval()
    lengths = np.array([len(wave) // STEP * STEP for wave in waves])
    rows = [np.flatnonzero(lengths == length) for length in np.unique(lengths)]
    parts = [part for group in rows for part in np.array_split(group, len(group) // 64 + 1)]
    found = []
    with torch.inference_mode():
        for part in parts:
            stacked = np.stack([waves[row][: lengths[row]] for row in part]).astype(np.float32)
            output = module(torch.from_numpy(stacked).to(device))
            found.append(
                (output if isinstance(output, Tensor) else output.emotion_logits).float().cpu().numpy()
            )
    return np.concatenate(found)[np.argsort(np.concatenate(parts))]


def parts_of(trial: Trial, manifest: pd.DataFrame, train: Rows, validation: Rows) -> tuple[Rows, Rows, Rows]:
    """Return what is learned from, validation speakers of these corpora, and all of the one left out."""
    unheard = (manifest["corpus"] == trial.left_out).to_numpy()
    unseen = np.sort(np.concatenate([rows[unheard[rows]] for rows in (train, validation)]))
    return train[~unheard[train]], validation[~unheard[validation]], unseen


def folds_of(options: argparse.Namespace) -> tuple[pd.DataFrame, list[Split]]:
    """Return all clips, and the folds with speakers set aside for validation."""
    roots = {name: options.corpora / name for name in CORPORA}
    protocol = load_protocol(PROTOCOL)
    whole = scan_corpora(roots, cache=options.cache, jobs=options.jobs).whole
    manifest = select_clips(whole[whole["emotion"].isin(EIGHT.names)], protocol).manifest
    splits = split_manifest(manifest, protocol).folds
    return manifest, [set_aside_speakers(manifest, split, share=SHARE, seed=0) for split in splits]


def clips_of(manifest: pd.DataFrame, rows: Rows, jobs: int) -> dict[int, ClipFrames]:
    """Return the speech of some rows and of its copies, as waveforms."""
    waves = over_workers(heard, manifest["path"].iloc[rows].tolist(), jobs=jobs, label="speech")
    return {row: ClipFrames(own, "") for row, own in zip(rows, waves, strict=True)}


def run(
    trial: Trial,
    clips: Mapping[int, ClipFrames],
    manifest: pd.DataFrame,
    train: Rows,
    validation: Rows,
    weights: Path | None,
) -> dict[str, Any]:
    """Train once; return how well the validation speakers' clips are told."""
    train, seen, unseen = parts_of(trial, manifest, train, validation)
    validation = unseen if trial.left_out else seen
    allowed = {str(corpus): tuple(set(rows["emotion"])) for corpus, rows in manifest.groupby("corpus")}
    # Of each part by itself: how classes are weighed is counted in what is learned from.
    targets, own = (
        make_targets(manifest.iloc[rows], EIGHT, allowed, balance=trial.config.balance)
        for rows in (train, validation)
    )
    begun = time.monotonic()
    L.seed_everything(trial.seed, verbose=False)
    torch.set_float32_matmul_precision("high")
    learned = [clips[row] for row in train]
    module = Tuned(trial, learned)
    order = Batches(
        [[len(copy) for copy in clip.copies] for clip in learned],
        batch_size=trial.batch_size, clean_share=trial.config.clean_share, seed=trial.seed,
    )  # fmt: skip
    loader: Any = DataLoader(Waves(learned, targets, trial.config), batch_size=None, sampler=order)
    averaging = EMAWeightAveraging(decay=trial.config.averaging)
    trainer = L.Trainer(
        devices=1, max_epochs=trial.epochs, gradient_clip_val=2.0, callbacks=[averaging], logger=False,
        precision=precision_on(ONE_DEVICE, trial.precision), enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(module, loader)
    if weights:
        torch.save(module.network.statistics.state_dict(), weights / f"{trial.name}.pt")
    logits = torch.from_numpy(answers(module.network, [clips[row].copies[0] for row in validation]))
    predicted = mask_logits(logits, torch.from_numpy(own.allowed)).argmax(dim=1).numpy()
    corpora = manifest["corpus"].to_numpy(dtype=str)[validation]
    scores = uar_of_corpora(own.emotion, predicted, corpora, len(EIGHT))
    mean = mean_of_corpora(scores)
    seconds = round(time.monotonic() - begun, 1)
    told = {"clips_learned": len(train), "clips_scored": len(validation), "seconds": seconds}
    return asdict(trial) | {"uar": scores, "uar_mean": mean} | told | {"accelerator": accelerator_name()}


def main() -> None:
    """Run the trials that are not there yet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "encoder_tuning.json")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--weights", type=Path, help="Folder for the weights that were learned.")
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--clips", type=int, help="Of so many clips alone: a look at whether it runs.")
    options = parser.parse_args()
    done = json.loads(options.output.read_text("utf-8"))["trials"] if options.output.exists() else []
    wanted = [trial for trial in TRIALS if not options.only or trial.name in options.only]
    left = [trial for trial in wanted if trial.name not in {result["name"] for result in done}]
    if not left:
        return
    manifest, folds = folds_of(options)
    parts = {trial.fold: (folds[trial.fold - 1].train, folds[trial.fold - 1].validation) for trial in left}
    if options.clips:
        rng = np.random.default_rng(0)
        parts = {
            fold: (rng.permutation(train)[: options.clips], rng.permutation(validation)[: options.clips])
            for fold, (train, validation) in parts.items()
        }
    rows = np.unique(np.concatenate([part for both in parts.values() for part in both]))
    clips = clips_of(manifest, rows, options.jobs)
    for trial in left:
        with quiet():
            done.append(run(trial, clips, manifest, *parts[trial.fold], options.weights))
        told = {"command": COMMAND, "protocol": PROTOCOL, "share": SHARE, "trials": done}
        options.output.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
