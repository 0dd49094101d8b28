"""Where speech is: found in speech, not in noise or music, and the same whatever the blocks."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st

from affectone.errors import AudioValueError
from affectone.speech import Region, SpeechDetector, detect_speech, speech_span
from affectone.speech.detector import LONGEST, SPAN, START, _Tracker
from affectone.speech.network import FRAME, SpeechNetwork

FloatArray = npt.NDArray[np.float32]
RATE = 16000
TIME = np.arange(10 * RATE) / RATE


def tone(hertz: float) -> FloatArray:
    return np.sin(2 * np.pi * hertz * TIME)


def noise(exponent: float) -> FloatArray:
    """Return noise whose power falls with frequency to the power of twice `exponent`."""
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(TIME.size))
    spectrum[1:] /= np.arange(1, spectrum.size) ** exponent
    return np.fft.irfft(spectrum, TIME.size)


def notes(pitches: list[float], seconds: float, decay: float) -> FloatArray:
    """Return one note after the other, each with five harmonics, dying away."""
    within = TIME % seconds
    pitch = np.array(pitches)[(TIME / seconds).astype(int) % len(pitches)]
    harmonics = sum(np.sin(2 * np.pi * pitch * number * within) / number for number in range(1, 6))
    return harmonics * np.exp(-decay * within) * np.minimum(1, 50 * within)


def drums() -> FloatArray:
    within = TIME % 0.5
    kick = np.sin(2 * np.pi * (60 + 80 * np.exp(-40 * within)) * within) * np.exp(-15 * within)
    hiss = np.random.default_rng(2).standard_normal(TIME.size) * np.exp(-30 * ((TIME + 0.25) % 0.5))
    return kick + 0.3 * hiss


NOT_SPEECH: dict[str, Callable[[], FloatArray]] = {
    "white noise": lambda: noise(0),
    "pink noise": lambda: noise(0.5),
    "brown noise": lambda: noise(1),
    "mains hum": lambda: sum((tone(50 * number) / number for number in range(1, 8)), np.zeros(TIME.size)),
    "a pure tone": lambda: tone(440),
    "a chord": lambda: tone(220) + tone(277) + tone(330),
    "arpeggios": lambda: notes([262, 330, 392, 523, 659, 523, 392, 330], 0.25, 6),
    "changing chords": lambda: notes([220, 294, 330, 220], 2, 0.3) + notes([277, 370, 415, 277], 2, 0.3),
    "drums": drums,
    "clicks": lambda: np.eye(1, TIME.size, 8000)[0],
    "silence": lambda: np.zeros(TIME.size),
}


@pytest.mark.parametrize("level", [0.9, 0.05, 0.003, 0.0002])
@pytest.mark.parametrize("name", NOT_SPEECH)
def test_no_speech_is_found_where_nobody_speaks(name: str, level: float) -> None:
    sound = NOT_SPEECH[name]()
    loudest = max(float(np.abs(sound).max()), 1e-9)
    assert detect_speech((level * sound / loudest).astype(np.float32)) == []


@pytest.mark.parametrize("level", [1.0, 0.1, 0.006, 0.001])
def test_speech_is_found_at_any_level(tiny: ModuleType, level: float) -> None:
    span = speech_span(tiny.spoken_clip(2.0, level=level))
    assert span is not None
    assert span[0] == pytest.approx(8000, abs=1600)
    assert span[1] == pytest.approx(40000, abs=3200)


def test_speech_under_the_silence_limit_is_silence(tiny: ModuleType) -> None:
    assert speech_span(tiny.spoken_clip(2.0, level=0.00009)) is None


def test_two_utterances_are_two_regions(tiny: ModuleType) -> None:
    clip = tiny.spoken_clip(1.0)
    first, second = detect_speech(np.concatenate([clip, clip]))
    assert first.end < clip.size < second.start


def test_soft_speech_after_a_loud_span_is_found(tiny: ModuleType) -> None:
    loud = np.zeros(SPAN, np.float32)
    loud[:16000] = tiny.speech(1.0, level=1.0)
    regions = detect_speech(np.concatenate([loud, tiny.spoken_clip(2.0, level=0.005)]))
    assert any(region.start >= SPAN for region in regions)


def test_regions_stay_inside_the_recording(tiny: ModuleType) -> None:
    sound = tiny.speech(1.03)
    (region,) = detect_speech(sound)
    assert region.start >= 0
    assert region.end == sound.size


def test_an_empty_recording_has_no_speech() -> None:
    assert speech_span(np.zeros(0, np.float32)) is None


def test_another_rate_is_refused() -> None:
    with pytest.raises(AudioValueError, match="works at 16000 Hz; got 8000"):
        detect_speech(np.zeros(100), 8000)


def test_two_channels_are_refused() -> None:
    with pytest.raises(AudioValueError, match=r"one channel, shape \(samples,\); got \(2, 100\)"):
        detect_speech(np.zeros((2, 100)))


def in_blocks(sound: FloatArray, sizes: list[int]) -> list[Region]:
    """Detect with blocks of some sizes, over and over."""
    detector, at, regions = SpeechDetector(), 0, []
    for size in itertools.cycle(sizes):
        if at >= sound.size:
            return regions + detector.finish()
        regions += detector.push(sound[at : at + size])
        at += size
    return regions


@pytest.fixture(scope="module")
def long_clip(tiny: ModuleType) -> FloatArray:
    """Return 70 s with speech at odd places, longer than two spans."""
    pauses = (0.4, 3.1, 0.15, 9.0, 0.9)
    parts = [
        part
        for seconds, pause in zip((2.2, 0.7, 5.0, 1.3, 20.0), pauses, strict=True)
        for part in (tiny.speech(seconds, level=0.02), np.zeros(round(pause * RATE), np.float32))
    ]
    return np.concatenate([*parts, *parts])


@pytest.fixture(scope="module")
def at_once(long_clip: FloatArray) -> list[Region]:
    """Return the regions of that clip, heard as a whole."""
    return detect_speech(long_clip)


@given(
    sizes=st.lists(st.integers(1, 200_000), min_size=1, max_size=5).filter(lambda sizes: sum(sizes) > 9999)
)
def test_the_regions_do_not_depend_on_the_blocks(
    long_clip: FloatArray, at_once: list[Region], sizes: list[int]
) -> None:
    assert in_blocks(long_clip, sizes) == at_once


def test_no_region_starts_before_what_was_settled(long_clip: FloatArray) -> None:
    detector = SpeechDetector()
    settled, starts = 0, []
    for at in range(0, long_clip.size, 5000):
        found = detector.push(long_clip[at : at + 5000])
        starts += [(region.start, settled) for region in found]
        settled = detector.settled
    starts += [(region.start, settled) for region in detector.finish()]
    assert settled > 0
    assert [pair for pair in starts if pair[0] < pair[1]] == []


def track(probabilities: list[float]) -> list[Region]:
    tracker = _Tracker()
    tracker.push(np.array(probabilities, np.float32))
    tracker.close(len(probabilities) * FRAME)
    return tracker.completed()


def test_a_burst_is_no_speech() -> None:
    assert track([0.0] * 5 + [0.9] * 6 + [0.0] * 10) == []


def test_a_short_word_is_speech_with_padding() -> None:
    assert track([0.0] * 5 + [0.9] * 7 + [0.0] * 10) == [Region(5 * FRAME - 480, 12 * FRAME + 480)]


def test_a_short_pause_does_not_end_speech() -> None:
    assert len(track([0.9] * 10 + [0.0] * 3 + [0.9] * 10)) == 1


def test_speech_goes_on_between_the_two_thresholds() -> None:
    assert track([0.9] * 10 + [START - 0.1] * 50) == [Region(0, 60 * FRAME)]


def test_endless_speech_is_cut_without_losing_a_sample() -> None:
    frames = LONGEST // FRAME
    first, second = track([0.9] * (frames + 2))
    assert (first, second) == (Region(0, LONGEST), Region(LONGEST, LONGEST + 2 * FRAME))


def test_the_network_carries_its_state_from_call_to_call(tiny: ModuleType) -> None:
    sound = tiny.speech(FRAME * 40 / RATE)
    whole, parts = SpeechNetwork().probabilities(sound), SpeechNetwork()
    halves = [parts.probabilities(sound[: 20 * FRAME]), parts.probabilities(sound[20 * FRAME :])]
    np.testing.assert_allclose(np.concatenate(halves), whole, atol=1e-5)


def test_detection_in_threads_gives_the_same_regions(tiny: ModuleType) -> None:
    clips = [tiny.spoken_clip(seconds) for seconds in (0.5, 1.0, 1.5, 2.0)]
    found: dict[int, list[Region]] = {}

    def work(index: int) -> None:
        found[index] = detect_speech(clips[index])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(clips))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[index] for index in range(len(clips))] == [detect_speech(clip) for clip in clips]


CORPORA = {"ravdess": 24, "crema_d": 62, "tess": 56, "savee": 9, "emodb": 18}
"""Corpus -> every how many-th clip is listened to: about 60, 120, 50, 25 and 30."""


@pytest.mark.corpora
@pytest.mark.parametrize("corpus", CORPORA)
def test_speech_is_found_in_real_clips(corpora_root: Path, corpus: str) -> None:
    clips = sorted((corpora_root / corpus).rglob("*.opus"))[:: CORPORA[corpus]]
    sounds = {clip.name: sf.read(clip, dtype="float32", always_2d=True)[0].mean(axis=1) for clip in clips}
    audible = {name: sound for name, sound in sounds.items() if np.abs(sound).max() >= 1e-4}
    missed = [name for name, sound in audible.items() if speech_span(sound) is None]
    assert len(audible) >= 20
    assert missed == []


@pytest.mark.corpora
def test_shouting_that_the_network_misses_is_found(corpora_root: Path) -> None:
    clip = next((corpora_root / "ravdess").rglob("03-01-05-02-02-01-06.opus"))
    sound, _ = sf.read(clip, dtype="float32")
    whole = sound[: sound.size - sound.size % FRAME] * np.float32(0.95 / np.abs(sound).max())
    assert SpeechNetwork().probabilities(whole).max() < START
    span = speech_span(sound)
    assert span is not None
    assert 1.0 < (span[1] - span[0]) / RATE < 3.0


def test_an_array_that_is_filled_anew_is_taken_as_it_was(tiny: ModuleType) -> None:
    speech = tiny.speech(3.0)[: 3 * RATE // 1600 * 1600]
    detector, block = SpeechDetector(), np.zeros(1600, np.float32)
    found = []
    for start in range(0, speech.size, 1600):
        block[:] = speech[start : start + 1600]
        found += detector.push(block)
    assert found + detector.finish() == detect_speech(speech)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_what_is_no_number_is_refused(odd: float) -> None:
    with pytest.raises(AudioValueError, match="some samples are NaN or infinite"):
        detect_speech(np.array([0.0, odd, 0.0], np.float32))
