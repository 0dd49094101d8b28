"""A model that many threads share answers each as it would alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from affectone.errors import AudioValueError, ConfigError, ModelIntegrityError
from affectone.models import BatchingRunner, OnnxRunner, RawScores, find_model
from affectone.models.runner import StateScale


@pytest.fixture
def batches() -> list[int]:
    return []


@pytest.fixture
def shared(tiny_model: Path, batches: list[int]) -> Iterator[BatchingRunner]:
    runner = BatchingRunner(find_model(tiny_model), workers=1, watch=batches.append)
    yield runner
    runner.close()


def sounds(count: int, *lengths: int) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.uniform(-1, 1, lengths[n % len(lengths)]).astype(np.float32) for n in range(count)]


def same(found: RawScores, expected: RawScores) -> None:
    for name in ("emotion_logits", "voice_logits", "embedding", "degree_logits", "states"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=2e-5, rtol=1e-5)


def together(
    runner: BatchingRunner, asked: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> list[RawScores]:
    """Ask for all at the same time: while the runner is busy with another stretch."""
    busy, go, run = Event(), Event(), BatchingRunner.run_batch

    def waiting(self: BatchingRunner, *arguments: Any) -> list[RawScores]:
        busy.set()
        assert go.wait(20)
        return run(self, *arguments)

    monkeypatch.setattr(BatchingRunner, "run_batch", waiting)
    with ThreadPoolExecutor(len(asked) + 1) as pool:
        pool.submit(runner.run, np.zeros(9999))
        assert busy.wait(20)
        found = [pool.submit(runner.run, *one) for one in asked]
        end = time.monotonic() + 15
        while len(runner._waiting) < len(asked) and time.monotonic() < end:
            time.sleep(0.005)
        go.set()
        return [one.result() for one in found]


@pytest.mark.parametrize("model", ["tiny", "edge", "base"])
def test_scores_are_those_of_a_stretch_alone(
    model: str, tiny_model: Path, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    artefact = find_model(tiny_model if model == "tiny" else model)
    alone = OnnxRunner(artefact)
    shared = BatchingRunner(artefact, workers=1, watch=batches.append)
    heard = sounds(9, 16000, 12000, 5000)
    for one, found in zip(heard, together(shared, [(one,) for one in heard], monkeypatch), strict=True):
        same(found, alone.run(one))
    shared.close()
    assert sorted(batches) == [1, 3, 3, 3]


def test_lengths_and_what_is_adapted_to_are_never_mixed(
    packaged_base: Path, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    artefact = find_model(packaged_base)
    alone = OnnxRunner(artefact)
    count = alone.emotion_states.shape[1]
    scale = StateScale(np.full(count, 0.3, np.float32), np.full(count, 1.2, np.float32))
    shared = BatchingRunner(artefact, workers=1, watch=batches.append)
    heard = [(sound, adapted) for sound in sounds(2, 16000) for adapted in (None, scale)]
    for one, found in zip(heard, together(shared, heard, monkeypatch), strict=True):
        same(found, alone.run(*one))
    shared.close()
    assert sorted(batches) == [1, 2, 2]


def test_what_cannot_be_run_is_told_to_who_asked_and_no_other(
    shared: BatchingRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AudioValueError):
        shared.run(np.zeros((2, 100)))

    def broken(*_: object) -> None:
        raise ModelIntegrityError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(BatchingRunner, "run_batch", broken)
        with pytest.raises(ModelIntegrityError, match="broken"):
            shared.run(np.zeros(16000))
    assert shared.run(np.ones(16000)).emotion_logits.size == 8


@pytest.mark.parametrize("workers", [0, -1, 1.5, 257, True])
def test_a_number_of_workers_is_checked(tiny_model: Path, workers: object) -> None:
    with pytest.raises(ConfigError, match="workers must be a whole number"):
        BatchingRunner(find_model(tiny_model), workers=workers)  # type: ignore[arg-type]
