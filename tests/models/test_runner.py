"""The runner's scores are those of the network, and a clip's alone."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from affectone.errors import AudioValueError
from affectone.models import OnnxRunner, find_model, store
from affectone.models.runner import padded


@pytest.fixture(scope="module")
def runner(tiny_model: Path) -> OnnxRunner:
    return OnnxRunner(find_model(tiny_model))


def test_the_logits_are_those_worked_out_by_hand(runner: OnnxRunner, tiny: ModuleType) -> None:
    sound = tiny.speech(1.3)
    by_hand = tiny.logits(sound, runner.artefact.card.labels)
    np.testing.assert_allclose(runner.run(sound).emotion_logits, by_hand, rtol=1e-4)


def test_the_embedding_is_the_networks(runner: OnnxRunner, tiny: ModuleType) -> None:
    sound = tiny.speech(1.3)
    np.testing.assert_allclose(runner.run(sound).embedding, tiny.measures(sound), rtol=1e-4)


def test_a_short_sound_is_padded_with_zeros_on_both_sides(runner: OnnxRunner, tiny: ModuleType) -> None:
    sound = tiny.speech(0.2)
    by_hand = tiny.logits(np.pad(sound, 2400), runner.artefact.card.labels)
    np.testing.assert_allclose(runner.run(sound).emotion_logits, by_hand, rtol=1e-4)


@pytest.mark.parametrize(("samples", "before", "after"), [(3, 3, 4), (9, 0, 1), (10, 0, 0), (12, 0, 0)])
def test_padding_is_even_and_never_cuts(samples: int, before: int, after: int) -> None:
    sound = np.ones(samples, np.float32)
    assert padded(sound, 10).tolist() == [0.0] * before + [1.0] * samples + [0.0] * after


def test_a_pickled_runner_gives_the_same_scores(runner: OnnxRunner, tiny: ModuleType) -> None:
    sound = tiny.speech(1.0)
    copy = pickle.loads(pickle.dumps(runner))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(copy.run(sound).emotion_logits, runner.run(sound).emotion_logits)


def test_threads_may_share_a_runner(runner: OnnxRunner, tiny: ModuleType) -> None:
    sounds = [tiny.speech(0.5 + index / 10) for index in range(12)]
    with ThreadPoolExecutor(4) as pool:
        together = [raw.emotion_logits for raw in pool.map(runner.run, sounds)]
    np.testing.assert_array_equal(together, [runner.run(sound).emotion_logits for sound in sounds])


@pytest.mark.parametrize("shape", [(2, 1000), (0,), ()])
def test_only_one_channel_with_samples_is_taken(runner: OnnxRunner, shape: tuple[int, ...]) -> None:
    with pytest.raises(AudioValueError, match="a model takes one channel"):
        runner.run(np.zeros(shape))


PACKAGED = [name for name, folder in store.model_folders().items() if folder.parent == store.PACKAGED]


@pytest.mark.parametrize("name", PACKAGED)
@pytest.mark.parametrize("samples", [1, 3999, 16000, 96000, 160001])
def test_a_packaged_model_takes_sound_of_any_length(name: str, samples: int, tiny: ModuleType) -> None:
    runner = OnnxRunner(find_model(name))
    raw = runner.run(tiny.speech(samples / 16000))
    assert raw.emotion_logits.shape == (len(runner.artefact.card.labels),)
    assert raw.voice_logits.shape == (len(runner.artefact.card.voices),)
    assert np.isfinite(raw.embedding).all()


@pytest.mark.parametrize("name", PACKAGED)
def test_a_packaged_model_hears_no_difference_in_level(name: str, tiny: ModuleType) -> None:
    runner = OnnxRunner(find_model(name))
    sound = tiny.speech(2.0, level=0.9)
    loud, soft = (runner.run(level * sound).emotion_logits for level in (1.0, 0.02))
    np.testing.assert_allclose(soft, loud, atol=0.05)
