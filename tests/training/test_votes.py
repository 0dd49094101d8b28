"""Votes as targets: mixed by share, over the labels a corpus has, and learned."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from affectone.errors import ConfigError
from affectone.labels import LabelSet
from affectone.training.cache import ClipFrames
from affectone.training.config import MaskingConfig, TrainConfig
from affectone.training.data import Batch, BatchPlan, TrainingClips
from affectone.training.fit import fit_network, predict_logits
from affectone.training.quiet import quiet
from affectone.training.run_folder import claimed_folder
from affectone.training.targets import Targets, make_targets

LABELS = LabelSet(("neutral", "happy", "sad", "angry"))
ALLOWED = {"a": ("neutral", "happy", "sad"), "b": ("sad", "angry")}


def manifest_of(*rows: tuple[str, str, Mapping[str, float] | None]) -> pd.DataFrame:
    """Return clips of (corpus, emotion, votes)."""
    table = pd.DataFrame([(corpus, emotion) for corpus, emotion, _ in rows], columns=["corpus", "emotion"])
    votes = [json.dumps(votes) if votes else None for _, _, votes in rows]
    return table.assign(sex="female", votes=pd.array(votes, dtype="str"))


VOTED = manifest_of(
    ("a", "happy", {"happy": 0.5, "sad": 0.25, "neutral": 0.25}),
    ("a", "sad", {"happy": 1.0}),
    ("a", "neutral", None),
    ("a", "sad", {"sad": 0.25, "happy": 0.25, "angry": 0.25, "bored": 0.25}),
    ("b", "sad", {"happy": 1.0}),
    ("b", "angry", {"angry": 0.2, "neutral": 0.8}),
)


@pytest.fixture
def targets() -> Targets:
    return make_targets(VOTED, LABELS, ALLOWED)


def batch_of(targets: Targets, seed: int = 0, **settings: Any) -> Batch:
    config = TrainConfig.model_validate({"masking": MaskingConfig(), "mixup_share": 0.0, **settings})
    rng = np.random.default_rng(5)
    clips = [ClipFrames((rng.normal(0, 1, (50, 8)).astype(np.float16),), "") for _ in targets.emotion]
    rows = np.arange(len(clips))
    return TrainingClips(clips, targets, config)[BatchPlan(rows, np.zeros_like(rows), (seed, 0, 0))]


def test_votes_are_shares_of_the_labels_that_the_corpus_has(targets: Targets) -> None:
    # In corpus a nobody can be angry or bored, in b nobody is happy or neutral.
    expected = [
        [0.25, 0.5, 0.25, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0],
        [0.0, 0.5, 0.5, 0.0],
        [0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ]
    assert targets.heard.tolist() == expected


def test_the_target_of_votes_alone_is_what_was_heard_else_the_label_meant(targets: Targets) -> None:
    found = targets.distribution(1.0)
    voted = [0, 1, 3, 5]
    assert found[voted].tolist() == targets.heard[voted].tolist()
    assert found[[2, 4]].tolist() == [[1, 0, 0, 0], [0, 0, 1, 0]]


def test_a_share_of_the_votes_is_mixed_in(targets: Targets) -> None:
    found = targets.distribution(0.5)
    np.testing.assert_allclose(found[0], [0.125, 0.75, 0.125, 0.0])
    np.testing.assert_allclose(found[1], [0.0, 0.5, 0.5, 0.0])
    np.testing.assert_allclose(found[2], [1.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize("votes", [0.0, 0.3, 0.77, 1.0])
def test_targets_are_distributions_over_what_is_allowed(votes: float, targets: Targets) -> None:
    found = targets.distribution(votes)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-6)
    assert not found[~targets.allowed].any()


def test_without_the_setting_every_byte_of_a_batch_is_as_if_nobody_had_voted(targets: Targets) -> None:
    unvoted = make_targets(VOTED.drop(columns="votes"), LABELS, ALLOWED)
    for mixup in (0.0, 1.0):
        one, other = (batch_of(part, mixup_share=mixup) for part in (targets, unvoted))
        assert all(a.numpy().tobytes() == b.numpy().tobytes() for a, b in zip(one, other, strict=True))
    meant = np.eye(4, dtype=np.float32)[targets.emotion]
    assert targets.distribution(0.0).tobytes() == meant.tobytes()


def test_weights_stay_those_of_the_label_meant(targets: Targets) -> None:
    unvoted = make_targets(VOTED.drop(columns="votes"), LABELS, ALLOWED)
    assert targets.weight.tolist() == unvoted.weight.tolist()
    assert batch_of(targets, votes=1.0).weight.tolist() == unvoted.weight.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_mixed_clips_have_mixed_votes(seed: int, targets: Targets) -> None:
    plain = batch_of(targets, seed, votes=1.0)
    mixed = batch_of(targets, seed, votes=1.0, mixup_share=1.0)
    np.testing.assert_allclose(mixed.emotion.sum(dim=1), 1.0, atol=1e-6)
    assert not mixed.emotion[~mixed.allowed].any()
    # Mixing moves weight between clips and makes none.
    sums = [(batch.emotion * batch.weight[:, None]).sum(dim=0) for batch in (plain, mixed)]
    np.testing.assert_allclose(sums[0], sums[1], rtol=1e-5)


def test_taking_rows_takes_their_votes(targets: Targets) -> None:
    assert targets.take(np.array([3, 0])).heard.tolist() == targets.heard[[3, 0]].tolist()


@pytest.mark.train
@pytest.mark.parametrize(("votes", "expected"), [(0.0, 1.0), (1.0, 0.7)])
def test_a_network_learns_the_votes(
    votes: float, expected: float, make_clips: Callable[..., Any], tmp_path: Path
) -> None:
    # Every clip that was meant to be happy is heard as sad by three in ten.
    made = make_clips(speakers=8, takes=2, emotions=("happy", "sad"))
    heard = {"happy": json.dumps({"happy": 0.7, "sad": 0.3}), "sad": json.dumps({"sad": 1.0})}
    manifest = made.manifest.assign(votes=made.manifest["emotion"].map(heard))
    config = TrainConfig.model_validate(
        {
            "labels": ("happy", "sad"),
            "votes": votes,
            "epochs": 40,
            "batch_size": 8,
            "averaging": 0.5,
            "label_smoothing": 0.0,
            "mixup_share": 0.0,
            "features": {"bands": 32},
            "masking": {"frequency_masks": 0, "time_masks": 0, "shift": 0},
        }
    )
    targets = make_targets(manifest, LabelSet(config.labels), {"made": config.labels})
    rows = np.arange(len(made.clips))
    with quiet():
        network = fit_network(
            config, made.clips, targets, train=rows[:24], validation=rows[:0], folder=tmp_path
        )
    logits = predict_logits(network, [made.clips[row] for row in rows[24:]]).emotion
    scores = torch.softmax(torch.from_numpy(logits), dim=1).numpy()
    happy = targets.emotion[24:] == 0
    assert scores[happy, 0].mean() == pytest.approx(expected, abs=0.1)
    assert scores[~happy, 1].mean() == pytest.approx(1.0, abs=0.1)


def claim(folder: Path, votes: str = '{"happy": 1.0}', *, refusal: BaseException | None = None) -> None:
    manifest = pd.DataFrame({"id": ["a/1"], "corpus": ["a"], "emotion": ["happy"], "votes": [votes]})
    session = SimpleNamespace(config=TrainConfig(), manifest=manifest, hashes=["c0ffee"])
    with claimed_folder(folder, session, purpose="a test"):  # type: ignore[arg-type]
        if refusal:
            raise refusal


def test_a_run_with_the_same_votes_goes_on(tmp_path: Path) -> None:
    claim(tmp_path)
    claim(tmp_path)


def test_a_run_of_other_votes_is_not_gone_on_with(tmp_path: Path) -> None:
    claim(tmp_path)
    with pytest.raises(ConfigError, match="holds a run of other settings; choose another folder with -o"):
        claim(tmp_path, '{"sad": 1.0}')


@pytest.mark.parametrize(
    "other", [{"speaker": ["p", None]}, {"sex": ["male", "female"]}, {"id": ["a/2", "a/1"]}]
)
def test_a_run_of_other_speakers_or_another_order_is_not_gone_on_with(
    other: dict[str, list[str | None]], tmp_path: Path
) -> None:
    columns = {"id": ["a/1", "a/2"], "corpus": "a", "emotion": "happy", "votes": None, "speaker": ["p", "q"]}

    def begin(**changes: list[str | None]) -> None:
        manifest = pd.DataFrame(columns | changes)
        session = SimpleNamespace(config=TrainConfig(), manifest=manifest, hashes=["c0ffee", "c0ffee"])
        with claimed_folder(tmp_path, session, purpose="a test"):  # type: ignore[arg-type]
            pass

    begin()
    with pytest.raises(ConfigError, match="holds a run of other settings; choose another folder with -o"):
        begin(**other)
    # One that was begun before this was written down goes on.
    held = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    del held["rows_sha256"]
    (tmp_path / "run.json").write_text(json.dumps(held), encoding="utf-8")
    begin(**other)


def test_a_run_that_was_refused_leaves_the_folder_to_others(tmp_path: Path) -> None:
    for refusal in (ConfigError, KeyboardInterrupt):
        with pytest.raises(refusal):
            claim(tmp_path, refusal=refusal("not so"))
        assert not list(tmp_path.iterdir())
    claim(tmp_path, '{"sad": 1.0}')


def test_a_run_that_wrote_something_keeps_its_folder(tmp_path: Path) -> None:
    (tmp_path / "seed0-fold1").mkdir()
    with pytest.raises(ConfigError, match="not so"):
        claim(tmp_path, refusal=ConfigError("not so"))
    with pytest.raises(ConfigError, match="holds a run of other settings; choose another folder with -o"):
        claim(tmp_path, '{"sad": 1.0}')


def test_a_run_made_before_there_were_votes_is_not_gone_on_with(tmp_path: Path) -> None:
    claim(tmp_path)
    identity = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    del identity["config"]["votes"]
    (tmp_path / "run.json").write_text(json.dumps(identity), encoding="utf-8")
    with pytest.raises(ConfigError, match="holds a run of other settings; choose another folder with -o"):
        claim(tmp_path)
