"""Devices that train together: what each is given, what is refused, and a run that two of them make."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile as sf

torch = pytest.importorskip("torch")

from affectone.errors import ConfigError  # noqa: E402
from affectone.training import hardware as hardware_module  # noqa: E402
from affectone.training.config import TrainConfig  # noqa: E402
from affectone.training.data import Batches  # noqa: E402
from affectone.training.fit import make_trainer  # noqa: E402
from affectone.training.hardware import Hardware, count_processes, leads, precision_on  # noqa: E402
from affectone.training.quiet import quiet  # noqa: E402

EMOTIONS = {"03": "happy", "05": "angry"}
SETTINGS = "epochs = 1\nbatch_size = 4\nvalidation_share = 0.2\n[features]\ncopies = 1\n"


def together(patch: pytest.MonkeyPatch, place: int, processes: int) -> None:
    """Make this process one of several that train together."""
    patch.setattr(torch.distributed, "is_initialized", lambda: True)
    patch.setattr(torch.distributed, "get_rank", lambda: place)
    patch.setattr(torch.distributed, "get_world_size", lambda: processes)


def rows_of(place: int, processes: int, clips: int, epoch: int) -> list[list[int]]:
    """Return the rows of each batch that one of several processes gets."""
    with pytest.MonkeyPatch.context() as patch:
        together(patch, place, processes)
        batches = Batches([[40 + row, 50] for row in range(clips)], batch_size=8, clean_share=0.5, seed=3)
        batches.set_epoch(epoch)
        dealt = [plan.rows.tolist() for plan in batches]
        assert len(dealt) == len(batches)
    return dealt


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("clips", [3, 16, 17, 50])
@pytest.mark.parametrize("epoch", [0, 5])
def test_each_clip_is_dealt_out_once_an_epoch(processes: int, clips: int, epoch: int) -> None:
    dealt = [rows_of(place, processes, clips, epoch) for place in range(processes)]
    assert len({len(batches) for batches in dealt}) == 1, (
        "one with fewer batches would leave the others waiting"
    )
    rows = sorted(row for batches in dealt for batch in batches for row in batch)
    assert rows == list(range(clips))
    assert all(0 < len(batch) <= 8 for batches in dealt for batch in batches)


def test_epochs_are_dealt_out_anew() -> None:
    assert rows_of(0, 2, 50, 0) != rows_of(0, 2, 50, 1)


def test_fewer_clips_than_devices() -> None:
    with pytest.raises(ConfigError, match=r"^2 clips are too few to train on 3 devices$"):
        rows_of(0, 3, 2, 0)


def refused(hardware: Hardware) -> str:
    with quiet(), pytest.raises(ConfigError) as refusal:
        count_processes(hardware)
    return str(refusal.value)


def test_one_device_is_what_is_taken() -> None:
    with quiet():
        assert count_processes(Hardware()) == 1
    assert leads()


def test_devices_are_counted_over_nodes() -> None:
    with quiet():
        assert count_processes(Hardware(accelerator="cpu", devices="2")) == 2
        assert count_processes(Hardware(accelerator="cpu", devices="auto")) == 1


@pytest.mark.parametrize(
    ("accelerator", "gpu", "bfloat16", "wanted", "taken"),
    [
        ("cpu", None, False, "bf16-mixed", "32-true"),
        ("cpu", "H200", False, "bf16-mixed", "32-true"),
        ("auto", None, False, "bf16-mixed", "32-true"),
        ("auto", None, True, "bf16-mixed", "bf16-mixed"),
        ("auto", "H200", False, "bf16-mixed", "bf16-mixed"),
        ("gpu", "H200", False, "bf16-mixed", "bf16-mixed"),
        ("cpu", None, False, "16-mixed", "16-mixed"),
        ("cpu", None, True, "32-true", "32-true"),
    ],
)
def test_bfloat16_is_not_emulated(
    monkeypatch: pytest.MonkeyPatch,
    *,
    accelerator: str,
    gpu: str | None,
    bfloat16: bool,
    wanted: str,
    taken: str,
) -> None:
    monkeypatch.setattr(hardware_module, "accelerator_name", lambda: gpu)
    monkeypatch.setattr(hardware_module, "_has_bfloat16", lambda: bfloat16)
    assert precision_on(Hardware(accelerator=accelerator), wanted) == taken


@pytest.mark.parametrize(("bfloat16", "taken"), [(True, "bf16-mixed"), (False, "32-true")])
def test_a_trainer_takes_the_precision_that_its_processor_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, bfloat16: bool, taken: str
) -> None:
    monkeypatch.setattr(hardware_module, "_has_bfloat16", lambda: bfloat16)
    with quiet():
        trainer = make_trainer(TrainConfig(precision="bf16-mixed"), tmp_path, Hardware(accelerator="cpu"))
    assert trainer.precision == taken


@pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() not in {"AVX2", "AVX512"}, reason="a processor of another kind"
)
def test_what_a_processor_has_is_known() -> None:
    capable = torch.backends.cpu.get_cpu_capability() == "AVX512"
    assert hardware_module._has_bfloat16() == capable


@pytest.mark.parametrize(
    ("hardware", "words"),
    [
        (
            Hardware(accelerator="abacus"),
            "this cannot be trained on: You selected an invalid accelerator name: ",
        ),
        (
            Hardware(accelerator="cpu", devices="0"),
            "this cannot be trained on: `Trainer(devices=0)` value is ",
        ),
        (
            Hardware(accelerator="cpu", devices="two"),
            "this cannot be trained on: `devices` selected with `CPUA",
        ),
        (Hardware(nodes=0), "this cannot be trained on: `num_nodes` must be a positive integer, but got 0."),
        (
            Hardware(strategy="dpp"),
            "this cannot be trained on: You selected an invalid strategy name: `strategy=",
        ),
        (
            Hardware(accelerator="cpu", devices="2", strategy="fsdp"),
            "this cannot be trained on: The strategy `fs",
        ),
        (
            Hardware(accelerator="cpu", devices="2", strategy="ddp_spawn"),
            "strategy 'ddp_spawn' hands the train",
        ),
        (
            Hardware(accelerator="cpu", devices="2", strategy="ddp_fork"),
            "strategy 'ddp_fork' hands the training",
        ),
    ],
)
def test_what_cannot_be_trained_on_is_told_at_once(hardware: Hardware, words: str) -> None:
    assert refused(hardware).startswith(words)


@pytest.mark.skipif(torch.cuda.is_available(), reason="here is a GPU")
def test_a_gpu_that_is_not_there() -> None:
    assert (
        refused(Hardware(accelerator="gpu")) == "this cannot be trained on: No supported gpu backend found!"
    )


@pytest.fixture(scope="module")
def world(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with 16 actors, a configuration, a protocol of two folds, and what two devices made."""
    from affectone.corpora import Fold, Protocol, save_protocol

    root = tmp_path_factory.mktemp("devices")
    rng = np.random.default_rng(11)
    for actor in range(1, 17):
        for number, emotion in enumerate(EMOTIONS):
            pitch = (110 if actor % 2 else 200) * (1 + 0.15 * number) + actor
            sound = tiny.spoken_clip(0.6 + 0.02 * actor, pitch=pitch, level=0.2 + 0.3 * number)
            sound += 0.03 * rng.standard_normal(sound.size)
            (root / "ravdess").mkdir(exist_ok=True)
            sf.write(root / "ravdess" / f"03-01-{emotion}-01-01-01-{actor:02}.wav", sound, 16000)
    (root / "small.toml").write_text(SETTINGS, encoding="utf-8")
    folds = tuple(Fold(tuple(f"ravdess/{actor:02}" for actor in part)) for part in ((1, 2, 3), (4, 5, 6)))
    save_protocol(Protocol("mine:two", "me", ("ravdess",), folds), root / "two.json")
    return root


def train(world: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `affectone train` on two devices, as somebody at a terminal does."""
    line = ["train", world / "small.toml", "--corpus", f"ravdess={world / 'ravdess'}", "--threads", "1"]
    line += ["--cache", world / "cache", "--jobs", "1"]
    line += ["--accelerator", "cpu", "--devices", "2", *arguments]
    return subprocess.run(
        [sys.executable, "-m", "affectone", *map(str, line)],
        capture_output=True,
        text=True,
        timeout=900,
    )


@pytest.mark.train
def test_two_devices_make_one_run_of_a_protocol(world: Path) -> None:
    done = train(world, "--protocol", world / "two.json", "-o", world / "run")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    lines = done.stderr.splitlines()
    assert [line.rpartition(":")[0] for line in lines[:2]] == [
        f"affectone: seed 0, fold {number}" for number in (1, 2)
    ]
    assert len(set(lines)) == len(lines), "what is said is said once"
    result = json.loads((world / "run" / "result.json").read_text())
    assert (result["scores"][0]["clips"], result["scores"][0]["folds"]) == (12, 2)
    for cell in ("seed0-fold1", "seed0-fold2"):
        with (world / "run" / cell / "predictions.csv").open(newline="") as stream:
            assert len(list(csv.DictReader(stream))) == 6
        assert len(list((world / "run" / cell).glob("events.*"))) == 1
        assert [path.name for path in (world / "run" / cell).glob("metrics*")] == ["metrics.csv"]
        with (world / "run" / cell / "metrics.csv").open(newline="") as stream:
            losses = [row for row in csv.DictReader(stream) if row["train_loss"]]
        # 26 clips less those set aside for validation, in batches of 4 on each of two devices.
        assert len(losses) == 1
        assert int(losses[0]["step"]) + 1 == 3


@pytest.mark.train
def test_two_devices_make_one_model(world: Path) -> None:
    import affectone

    done = train(world, "-o", world / "model")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr.count("\n") == 1
    answer = affectone.Recognizer(world / "model" / "model").predict(
        world / "ravdess" / "03-01-03-01-01-01-01.wav"
    )
    assert sum(answer.scores.values()) == pytest.approx(1.0)
