"""Speech told frame by frame: without looking ahead, however the sound is cut, and near what spans tell."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from affectone.audio import load_audio
from affectone.speech import detect_speech
from affectone.speech.activity import MEMORY, MOST_GAIN, SpeechActivity
from affectone.speech.detector import LEVEL
from affectone.speech.network import FRAME

RNG = np.random.default_rng(5)


def whole(samples: np.ndarray) -> np.ndarray:
    """Return samples without the rest that fills no frame."""
    return samples[: samples.size // FRAME * FRAME].astype(np.float32)


@pytest.fixture(scope="module")
def talk(tiny: ModuleType) -> np.ndarray:
    noise = 3e-4 * RNG.standard_normal(32000)
    return whole(np.concatenate([noise, tiny.speech(2.0), noise, tiny.speech(1.0, level=0.2), noise]))


def test_the_cuts_do_not_matter(talk: np.ndarray) -> None:
    expected = SpeechActivity().push(talk)
    frames = talk.size // FRAME
    for _ in range(5):
        activity = SpeechActivity()
        cuts = np.sort(RNG.integers(0, frames, 20)) * FRAME
        found = np.concatenate([activity.push(part) for part in np.split(talk, cuts)])
        assert found.tolist() == expected.tolist()


def test_what_comes_after_a_frame_does_not_change_it(talk: np.ndarray) -> None:
    half = talk.size // FRAME // 2
    later = np.concatenate([talk[: half * FRAME], np.full(20 * FRAME, 0.9, np.float32)])
    assert SpeechActivity().push(later)[:half].tolist() == SpeechActivity().push(talk)[:half].tolist()


def test_speech_is_found_and_noise_is_not(talk: np.ndarray) -> None:
    speaking = SpeechActivity().push(talk)
    seconds = np.arange(speaking.size) * FRAME / 16000
    assert speaking[(seconds > 2.2) & (seconds < 3.8)].mean() > 0.9
    assert not speaking[seconds < 1.9].any()
    assert not speaking[-40:].any()


@pytest.mark.parametrize("level", [0.004, 0.05, 0.9])
def test_soft_speech_is_found_as_well(tiny: ModuleType, level: float) -> None:
    speaking = SpeechActivity().push(whole(tiny.spoken_clip(1.5, level=level)))
    assert speaking.sum() * FRAME / 16000 == pytest.approx(1.5, abs=0.25)


def test_silence_is_not_amplified() -> None:
    activity = SpeechActivity()
    assert not activity.push(np.full(50 * FRAME, 5e-5, np.float32)).any()
    assert activity.gains[-1] == 0


def test_the_gain_is_that_of_the_loudest_sample_of_five_seconds() -> None:
    activity = SpeechActivity()
    sound = np.tile(np.array([0.1, -0.1], np.float32), FRAME // 2)
    activity.push(5 * sound)
    activity.push(np.tile(sound, MEMORY - 1))
    assert activity.gains[-1] == pytest.approx(LEVEL / 0.5)
    activity.push(sound)
    assert activity.gains[-1] == pytest.approx(LEVEL / 0.1)
    activity.push(np.tile(sound / 100, MEMORY))
    assert activity.gains[-1] == MOST_GAIN


@pytest.mark.corpora
def test_real_clips_are_heard_as_their_whole_spans_are(corpora_root: Path) -> None:
    clips = sorted((corpora_root / "emodb").rglob("*.opus"))[::40]
    assert len(clips) >= 10
    agreement = []
    for clip in clips:
        sound = whole(np.concatenate([3e-4 * RNG.standard_normal(16000), load_audio(clip).samples[0]]))
        spans = np.zeros(sound.size, np.bool_)
        for region in detect_speech(sound):
            spans[region.start : region.end] = True
        expected = spans.reshape(-1, FRAME).mean(axis=1) > 0.5
        agreement.append((SpeechActivity().push(sound) == expected).mean())
    assert np.mean(agreement) > 0.93
