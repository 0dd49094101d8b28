"""Targets and batches: balanced, complete, repeatable, of nearly equal lengths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.errors import LabelError
from affectone.labels import LabelSet
from affectone.training.cache import ClipFrames
from affectone.training.config import MaskingConfig, TrainConfig
from affectone.training.data import Batch, Batches, BatchPlan, TrainingClips
from affectone.training.targets import Targets, make_targets

LABELS = LabelSet(("neutral", "happy", "sad", "angry"))
ALLOWED = {"a": ("neutral", "happy", "sad"), "b": ("sad", "angry")}
STILL = MaskingConfig(frequency_masks=0, time_masks=0, shift=0, tilt=0.0)


def manifest_of(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["corpus", "emotion", "sex"])


@pytest.fixture
def targets() -> Targets:
    """Return targets of two corpora: four, two and one clips of the first one's emotions."""
    return make_targets(
        manifest_of(
            *[("a", "neutral", "female")] * 4,
            *[("a", "happy", "male")] * 2,
            ("a", "sad", None),
            *[("b", "sad", "male")] * 3,
            ("b", "angry", "female"),
        ),
        LABELS,
        ALLOWED,
    )


def test_emotions_and_voices_are_positions(targets: Targets) -> None:
    assert targets.emotion.tolist() == [0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 3]
    assert targets.voice.tolist() == [0, 0, 0, 0, 1, 1, -1, 1, 1, 1, 0]


@pytest.mark.parametrize("unknown", [None, float("nan"), "other"])
def test_an_unknown_sex_is_minus_one(unknown: Any) -> None:
    rows = manifest_of(("a", "sad", unknown), ("a", "sad", "male"))
    assert make_targets(rows, LABELS, ALLOWED).voice.tolist() == [-1, 1]


def test_a_clip_may_have_the_labels_of_its_corpus(targets: Targets) -> None:
    assert targets.allowed[0].tolist() == [True, True, True, False]
    assert targets.allowed[-1].tolist() == [False, False, True, True]


def test_weights_average_one_in_each_corpus(targets: Targets) -> None:
    assert targets.weight[:7].mean() == pytest.approx(1.0)
    assert targets.weight[7:].mean() == pytest.approx(1.0)


def test_weights_balance_the_classes_of_each_corpus(targets: Targets) -> None:
    sums = [targets.weight[rows].sum() for rows in (slice(4), slice(4, 6), slice(6, 7))]
    assert sums == pytest.approx([7 / 3] * 3)
    assert targets.weight[7:10].sum() == pytest.approx(targets.weight[10])


def test_weights_do_not_depend_on_the_index_of_the_manifest() -> None:
    rows = manifest_of(("a", "sad", "male"), ("a", "happy", "male"), ("a", "happy", "male"))
    expected = make_targets(rows, LABELS, ALLOWED).weight
    rows.index = pd.Index([7, 7, 3])
    assert make_targets(rows, LABELS, ALLOWED).weight.tolist() == expected.tolist()


def test_taking_rows(targets: Targets) -> None:
    taken = targets.take(np.array([10, 0]))
    assert (taken.emotion.tolist(), taken.voice.tolist()) == ([3, 0], [0, 0])
    assert taken.weight.tolist() == targets.weight[[10, 0]].tolist()


def test_an_emotion_that_is_no_label_is_refused() -> None:
    with pytest.raises(LabelError, match="unknown label 'bored'"):
        make_targets(manifest_of(("a", "bored", "male")), LABELS, ALLOWED)


def batches(lengths: list[list[int]], seed: int = 0, clean_share: float = 0.5) -> Batches:
    return Batches(lengths, batch_size=8, clean_share=clean_share, seed=seed)


def drawn(order: Batches, epoch: int) -> list[tuple[list[int], list[int], tuple[int, ...]]]:
    order.set_epoch(epoch)
    return [(plan.rows.tolist(), plan.copies.tolist(), plan.seed) for plan in order]


LENGTHS = st.lists(st.lists(st.integers(1, 400), min_size=1, max_size=4), min_size=1, max_size=60)


@given(lengths=LENGTHS, seed=st.integers(0, 99), epoch=st.integers(0, 99))
def test_every_clip_once_an_epoch(lengths: list[list[int]], seed: int, epoch: int) -> None:
    order = batches(lengths, seed)
    plans = drawn(order, epoch)
    assert len(plans) == len(order)
    assert sorted(row for rows, _, _ in plans for row in rows) == list(range(len(lengths)))
    assert max(len(rows) for rows, _, _ in plans) <= 8


@given(lengths=LENGTHS, seed=st.integers(0, 99))
def test_only_copies_that_there_are(lengths: list[list[int]], seed: int) -> None:
    for rows, copies, _ in drawn(batches(lengths, seed), 1):
        assert all(0 <= copy < len(lengths[row]) for row, copy in zip(rows, copies, strict=True))


@pytest.mark.parametrize(("share", "kinds"), [(1.0, {0}), (0.0, {1, 2, 3})])
def test_the_share_of_clean_clips(share: float, kinds: set[int]) -> None:
    order = batches([[50] * 4] * 200, clean_share=share)
    assert {copy for _, copies, _ in drawn(order, 0) for copy in copies} == kinds


def test_half_of_the_draws_are_clean_and_the_copies_even() -> None:
    order = batches([[50] * 4] * 4000)
    counts = np.bincount([copy for _, copies, _ in drawn(order, 0) for copy in copies])
    np.testing.assert_allclose(counts / 4000, [0.5, 1 / 6, 1 / 6, 1 / 6], atol=0.03)


def test_seed_and_epoch_alone_decide_the_order() -> None:
    lengths = [[40 + row % 17, 60] for row in range(50)]
    assert drawn(batches(lengths), 3) == drawn(batches(lengths), 3)
    assert drawn(batches(lengths), 3) != drawn(batches(lengths), 4)
    assert drawn(batches(lengths, seed=1), 3) != drawn(batches(lengths, seed=2), 3)


def test_an_order_drawn_twice_is_the_same() -> None:
    order = batches([[40, 50]] * 30)
    assert drawn(order, 2) == drawn(order, 2)


def test_every_batch_has_a_seed_of_its_own() -> None:
    order = batches([[40]] * 64)
    seeds = [seed for epoch in (0, 1) for _, _, seed in drawn(order, epoch)]
    assert len(set(seeds)) == 16


def test_batches_hold_nearly_equal_lengths() -> None:
    rng = np.random.default_rng(2)
    lengths = [[int(length)] for length in rng.integers(40, 300, 800)]
    ratios = []
    for rows, _, _ in drawn(batches(lengths), 0):
        own = [lengths[row][0] for row in rows]
        ratios.append(max(own) / min(own))
    assert max(ratios) < 1.3
    assert np.mean(ratios) < 1.2


def test_batches_do_not_come_from_short_to_long() -> None:
    lengths = [[40 + row] for row in range(160)]
    means = [np.mean([lengths[row][0] for row in rows]) for rows, _, _ in drawn(batches(lengths), 0)]
    assert means != sorted(means)


def batch_of(clips: list[np.ndarray], targets: Targets, seed: int = 0, **settings: Any) -> Batch:
    """Draw all clips as one batch."""
    config = TrainConfig.model_validate({"masking": STILL, "mixup_share": 0.0, **settings})
    data = TrainingClips([ClipFrames((clip.astype(np.float16),), "") for clip in clips], targets, config)
    rows = np.arange(len(clips))
    return data[BatchPlan(rows, np.zeros_like(rows), (seed, 0, 0))]


def noise(*lengths: int) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.normal(0, 1, (length, 8)) for length in lengths]


ELEVEN = (50, 47, 44, 60, 50, 52, 48, 49, 51, 50, 50)


def test_a_batch_is_cut_to_its_shortest_clip(targets: Targets) -> None:
    batch = batch_of(noise(*ELEVEN), targets)
    assert batch.frames.shape == (11, 44, 8)
    assert batch.emotion.shape == batch.allowed.shape == (11, 4)
    assert batch.emotion.argmax(dim=1).tolist() == targets.emotion.tolist()


def test_cuts_are_stretches_of_the_clip_at_random_places(targets: Targets) -> None:
    ramps = [np.repeat(np.arange(length, dtype=float)[:, None], 8, axis=1) for length in ELEVEN]
    frames = batch_of(ramps, targets).frames
    assert (frames.diff(dim=1) == 1).all()
    # Where a parabola is cut tells from its slope, which levelling leaves.
    parabolas = [ramp**2 / 64 for ramp in ramps]
    slopes = [batch_of(parabolas, targets, seed).frames.diff(dim=1)[:, 0, 0].tolist() for seed in range(5)]
    assert len({tuple(slope) for slope in slopes}) == 5


def test_very_short_clips_repeat_their_last_frame(targets: Targets) -> None:
    clips = noise(5, *ELEVEN[1:])
    frames = batch_of(clips, targets).frames
    assert frames.shape[1] == 32
    assert (frames[0, 5:] == frames[0, 4]).all()


def test_voices_are_rows_and_an_unknown_one_is_zeros(targets: Targets) -> None:
    voice = batch_of(noise(*ELEVEN), targets).voice
    assert voice[[0, 4, 6]].tolist() == [[1, 0], [0, 1], [0, 0]]


def test_a_batch_is_a_function_of_its_seed(targets: Targets) -> None:
    config = {"mixup_share": 1.0, "masking": MaskingConfig()}
    one, same, other = (batch_of(noise(*ELEVEN), targets, seed, **config) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one.frames, other.frames)


@pytest.mark.parametrize("seed", range(5))
def test_mixed_labels_are_distributions_over_what_is_allowed(targets: Targets, seed: int) -> None:
    batch = batch_of(noise(*ELEVEN), targets, seed, mixup_share=1.0)
    np.testing.assert_allclose(batch.emotion.sum(dim=1), 1.0, atol=1e-6)
    assert not batch.emotion[~batch.allowed].any()
    assert (batch.voice.sum(dim=1) <= 1 + 1e-6).all()


@pytest.mark.parametrize("seed", range(5))
def test_mixing_allows_the_labels_of_both(targets: Targets, seed: int) -> None:
    mixed = batch_of(noise(*ELEVEN), targets, seed, mixup_share=1.0).allowed.numpy()
    assert (mixed >= targets.allowed).all()
    possible = targets.allowed[:, None] | targets.allowed[None]
    assert all(any((row == union).all() for union in possible[number]) for number, row in enumerate(mixed))
    assert mixed.sum() > targets.allowed.sum()


def test_mixing_keeps_the_balance_of_the_classes(targets: Targets) -> None:
    batch = batch_of(noise(*ELEVEN), targets, 3, mixup_share=1.0)
    plain = batch_of(noise(*ELEVEN), targets, 3)
    per_class = (batch.emotion * batch.weight[:, None]).sum(dim=0)
    np.testing.assert_allclose(per_class, (plain.emotion * plain.weight[:, None]).sum(dim=0), rtol=1e-5)


def test_mixed_frames_lie_between_two_clips(targets: Targets) -> None:
    # Clip number n is n and -n in turn, so that levelling leaves it and a mix tells its parts.
    clips = [np.tile([[n, -n] * 4], (40, 1)).astype(float) for n in range(11)]
    frames = batch_of(clips, targets, 3, mixup_share=1.0).frames[:, 0, 0].numpy()
    rest = frames[:, None] - np.arange(11)[:, None]
    towards = np.arange(11)[None] - np.arange(11)[:, None]
    share = np.divide(rest, towards, out=np.full((11, 11), np.nan), where=towards != 0)
    common = np.round(share[~np.isnan(share)], 3)
    assert np.bincount(np.unique(common, return_inverse=True)[1]).max() >= 8


def test_half_of_the_batches_are_mixed(targets: Targets) -> None:
    found = [batch_of(noise(*ELEVEN), targets, seed, mixup_share=0.5) for seed in range(60)]
    mixed = sum(bool(((batch.emotion > 0).sum(dim=1) > 1).any()) for batch in found)
    assert 18 <= mixed <= 42


def test_corpora_are_balanced_as_far_as_is_asked() -> None:
    manifest = pd.DataFrame(
        {
            "corpus": ["large"] * 90 + ["small"] * 10,
            "emotion": ["happy", "sad"] * 50,
            "sex": ["female"] * 100,
        }
    )
    allowed = {"large": ("happy", "sad"), "small": ("happy", "sad")}
    shares = []
    for balance in (0.0, 0.5, 1.0):
        weight = make_targets(manifest, LabelSet(["happy", "sad"]), allowed, balance=balance).weight
        assert weight.mean() == pytest.approx(1.0, abs=1e-5)
        shares.append(weight[90:].sum() / weight.sum())
    assert shares == pytest.approx([0.1, 0.25, 0.5], abs=1e-4)
