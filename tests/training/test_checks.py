"""What a trained model said is kept and compared, and sounds that are nobody's."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("torch")

from affectone.errors import ModelIntegrityError
from affectone.speech import speech_span
from affectone.training.checks import Checks, apart, made_sounds, onnx_logits, read_checks, write_checks
from affectone.training.logits import Logits

LABELS = ("happy", "sad")


def logits(emotion: list[float], voice: list[float]) -> Logits:
    return Logits(np.array([emotion], np.float32), np.array([voice], np.float32))


def test_made_sounds_are_the_same_each_time_and_of_several_lengths() -> None:
    one, other = made_sounds(), made_sounds()
    assert [sound.size for sound in one] == [8000, 14400, 25600, 43200]
    for first, second in zip(one, other, strict=True):
        assert first.dtype == np.float32
        np.testing.assert_array_equal(first, second)
        assert 0.05 < np.abs(first).max() <= 0.8


def test_made_sounds_are_like_voices() -> None:
    assert any(speech_span(sound, 16000) for sound in made_sounds())


def test_onnxruntime_is_asked_as_the_model_would_answer(tiny: ModuleType) -> None:
    sounds = made_sounds()
    found = onnx_logits(tiny.network(LABELS).SerializeToString(), sounds)
    np.testing.assert_allclose(
        found.emotion, [tiny.logits(sound, LABELS) for sound in sounds], rtol=1e-3, atol=1e-4
    )


def test_the_largest_difference_is_of_probabilities() -> None:
    one, other = logits([0.0, 0.0], [0.0, 0.0]), logits([np.log(3), 0.0], [np.log(9), 0.0])
    assert apart(one, one) == 0
    assert apart(one, other) == pytest.approx(0.4)
    assert apart(one, other, voices=False) == pytest.approx(0.25)


def test_what_is_kept_is_read_again_with_how_far_the_runtimes_were_apart(
    tiny: ModuleType, tmp_path: Path
) -> None:
    network = tiny.network(LABELS).SerializeToString()
    sounds = made_sounds()
    answers = onnx_logits(network, sounds)
    moved = Logits(answers.emotion + np.array([[0.5, 0.0]], np.float32), answers.voice)
    write_checks(tmp_path / "checks.npz", Checks(sounds, moved, {"model": "svm_rbf"}), network)
    kept = read_checks(tmp_path / "checks.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["checks.npz"]
    np.testing.assert_array_equal(kept.logits.emotion, moved.emotion)
    assert all((one == other).all() for one, other in zip(kept.inputs, sounds, strict=True))
    assert kept.apart == pytest.approx(apart(answers, moved))
    assert kept.apart > 0.01
    assert kept.config == {"model": "svm_rbf"}


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"])
def test_a_broken_file_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "checks.npz"
    file.write_bytes(content)
    with pytest.raises(ModelIntegrityError, match=r"checks\.npz cannot be read: "):
        read_checks(file)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelIntegrityError, match="the run does not say what its model answered"):
        read_checks(tmp_path / "checks.npz")


def test_a_network_that_takes_something_else_is_told(tiny: ModuleType) -> None:
    network = tiny.network(LABELS).SerializeToString()
    with pytest.raises(ModelIntegrityError, match="onnxruntime cannot run the model: "):
        onnx_logits(network, [np.zeros((3, 3, 3), np.float32)])
