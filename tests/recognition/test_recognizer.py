"""The answer is the model's, over speech alone, calibrated, and the same however the sound arrives."""

from __future__ import annotations

import array
import io
import pickle
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile as sf

from affectone.audio import Signal
from affectone.errors import AudioError, AudioNotFoundError, AudioValueError, ConfigError, LabelError
from affectone.models import OnnxRunner
from affectone.recognition import Prediction, Recognizer
from affectone.recognition.judge import ChannelJudge
from affectone.speech import detect_speech, speech_span, speech_windows

FloatArray = npt.NDArray[np.float32]
RATE = 16000


def softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def by_hand(tiny: ModuleType, heard: FloatArray, labels: list[str]) -> dict[str, float]:
    """Work out the calibrated scores of one stretch of sound."""
    probabilities = softmax(tiny.logits(heard, labels) / tiny.TEMPERATURE)
    return dict(zip(labels, probabilities.tolist(), strict=True))


def spoken_part(clip: FloatArray) -> FloatArray:
    span = speech_span(clip)
    assert span is not None
    return clip[span[0] : span[1]]


@pytest.fixture(scope="module")
def clip(tiny: ModuleType) -> FloatArray:
    found: FloatArray = tiny.spoken_clip(2.0)
    return found


@pytest.fixture(scope="module")
def clip_file(clip: FloatArray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.wav"
    sf.write(path, clip, RATE, subtype="FLOAT")
    return path


def test_scores_are_the_calibrated_ones_of_the_spoken_part(
    recognizer: Recognizer, tiny: ModuleType, clip: FloatArray
) -> None:
    prediction = recognizer.predict(clip, sample_rate=RATE)
    expected = by_hand(tiny, spoken_part(clip), list(recognizer.labels))
    assert prediction.scores == pytest.approx(expected, abs=1e-4)


def test_the_label_is_the_most_probable_and_confidence_its_probability(
    recognizer: Recognizer, clip: FloatArray
) -> None:
    prediction = recognizer.predict(clip, sample_rate=RATE)
    assert prediction.label == max(prediction.scores, key=lambda label: prediction.scores[label])
    assert prediction.confidence == prediction.scores[prediction.label]


@pytest.mark.parametrize("turn", range(1, 8))
def test_the_order_of_the_labels_changes_no_label(
    recognizer: Recognizer, tiny: ModuleType, clip: FloatArray, tmp_path: Path, turn: int
) -> None:
    names = list(tiny.ROWS)
    turned = Recognizer(tiny.write_model(tmp_path, "turned", names[turn:] + names[:turn]))
    here, there = (model.predict(clip, sample_rate=RATE) for model in (recognizer, turned))
    assert there.label == here.label
    assert there.scores == pytest.approx(dict(here.scores), abs=1e-9)
    assert list(there.scores) == list(turned.labels)


def test_scores_and_voices_sum_to_one(recognizer: Recognizer, clip: FloatArray) -> None:
    prediction = recognizer.predict(clip, sample_rate=RATE)
    assert prediction.voice is not None
    assert sum(prediction.scores.values()) == pytest.approx(1, abs=1e-12)
    assert sum(prediction.voice.values()) == pytest.approx(1, abs=1e-12)


def test_the_voice_has_a_calibration_of_its_own(
    recognizer: Recognizer, tiny: ModuleType, clip: FloatArray
) -> None:
    logits = np.array([np.dot(row, tiny.measures(spoken_part(clip))) for row in tiny.VOICE_ROWS.values()])
    expected = softmax(logits / tiny.VOICE_TEMPERATURE)
    voice = recognizer.predict(clip, sample_rate=RATE).voice
    assert voice == pytest.approx(dict(zip(tiny.VOICE_ROWS, expected, strict=True)), abs=1e-4)


def test_what_else_a_prediction_says(recognizer: Recognizer, clip_file: Path) -> None:
    prediction = recognizer.predict(clip_file)
    assert prediction.file == str(clip_file)
    assert (prediction.channel, prediction.model, prediction.adapted) == (None, "tiny@0.0.1", False)
    assert prediction.duration_seconds == pytest.approx(3.0)
    assert prediction.speech_seconds == pytest.approx(2.0, abs=0.2)
    assert (prediction.intensity, prediction.agreement, prediction.error) == (None, None, None)


def test_silence_is_no_emotion(recognizer: Recognizer) -> None:
    prediction = recognizer.predict(np.zeros(RATE), sample_rate=RATE)
    assert (prediction.label, prediction.confidence, dict(prediction.scores)) == (None, None, {})
    assert (prediction.unsure, prediction.reason, prediction.voice) == (True, "no speech", None)
    assert (prediction.speech_seconds, prediction.warnings) == (0.0, ("silent: peak 0",))


def test_silence_around_speech_changes_nothing(recognizer: Recognizer, clip: FloatArray) -> None:
    more = np.concatenate([np.zeros(512 * 40, np.float32), clip, np.zeros(50_000, np.float32)])
    here, there = (recognizer.predict(sound, sample_rate=RATE) for sound in (clip, more))
    assert there.scores == pytest.approx(dict(here.scores), abs=0.02)


def test_short_speech_is_padded_with_a_warning(recognizer: Recognizer, tiny: ModuleType) -> None:
    clip = tiny.spoken_clip(0.3)
    prediction = recognizer.predict(clip, sample_rate=RATE)
    spoken = spoken_part(clip)
    missing = 8000 - spoken.size
    padded = np.pad(spoken, (missing // 2, missing - missing // 2))
    assert (prediction.unsure, prediction.reason) == (True, "too short")
    assert prediction.warnings == (f"{spoken.size / RATE:.2f} s of speech padded to 0.50 s",)
    assert prediction.scores == pytest.approx(by_hand(tiny, padded, list(recognizer.labels)), abs=1e-4)


@pytest.mark.parametrize(
    ("threshold", "unsure", "reason"), [(0.0, False, None), (1.0, True, "low confidence")]
)
def test_a_confidence_under_the_threshold_is_unsure(
    tiny: ModuleType, clip: FloatArray, tmp_path: Path, threshold: float, unsure: bool, reason: str | None
) -> None:
    fitted = {"fitted_on": "nothing", "ece_before": 0.0, "ece_after": 0.0, "threshold": threshold}
    calibration = fitted | {"temperature": 1.0, "voice_temperature": 1.0}
    model = Recognizer(tiny.write_model(tmp_path, "other", calibration=calibration))
    prediction = model.predict(clip, sample_rate=RATE)
    assert (prediction.unsure, prediction.reason) == (unsure, reason)


def long_recording(tiny: ModuleType) -> FloatArray:
    """Return 95 s: soft speech, loud speech, and pauses of several lengths."""
    parts = []
    for seconds, level, pause in ((9.0, 0.1, 2.0), (1.0, 0.9, 0.3), (4.0, 0.4, 20.0), (8.0, 0.9, 3.25)):
        parts += [tiny.speech(seconds, level=level), np.zeros(round(pause * RATE), np.float32)]
    return np.concatenate([*parts, *parts])


def test_windows_are_pooled_by_speech_time(recognizer: Recognizer, tiny: ModuleType) -> None:
    sound = long_recording(tiny)
    windows = speech_windows(detect_speech(sound), sample_rate=RATE, window_seconds=6.0)
    weights = np.array([window.speech_samples for window in windows])
    labels = list(recognizer.labels)
    rows = [list(by_hand(tiny, sound[part.start : part.end], labels).values()) for part in windows]
    prediction = recognizer.predict(sound, sample_rate=RATE)
    assert len(windows) > 5
    assert list(prediction.scores.values()) == pytest.approx(
        np.average(rows, axis=0, weights=weights), abs=1e-4
    )
    assert prediction.speech_seconds == pytest.approx(weights.sum() / RATE)


@pytest.mark.parametrize("size", [997, 16000, 160_000, 10**7])
def test_blocks_of_any_size_give_the_same_verdict(
    recognizer: Recognizer, tiny: ModuleType, tiny_model: Path, size: int
) -> None:
    sound = long_recording(tiny)
    judge = ChannelJudge(OnnxRunner(recognizer.artefact))
    for at in range(0, sound.size, size):
        judge.push(sound[at : at + size])
    verdict = judge.finish()
    assert verdict is not None
    expected = list(recognizer.predict(sound, sample_rate=RATE).scores.values())
    np.testing.assert_allclose(verdict.emotions, expected, atol=1e-12)


@pytest.mark.parametrize("tail", [np.zeros, np.ones])
def test_what_is_held_does_not_grow_with_the_recording(
    recognizer: Recognizer, tiny: ModuleType, tail: Any
) -> None:
    judge = ChannelJudge(OnnxRunner(recognizer.artefact))
    judge.push(tiny.spoken_clip(2.0))
    held = []
    for _ in range(40):
        judge.push(0.1 * tail(10 * RATE, np.float32))
        held.append(sum(block.size for block in judge._recent._blocks) / RATE)
    assert max(held) < 60


def test_endless_speech_is_not_held_either(recognizer: Recognizer, tiny: ModuleType) -> None:
    judge = ChannelJudge(OnnxRunner(recognizer.artefact))
    sound, held = tiny.speech(30.0), []
    for _ in range(10):
        judge.push(sound)
        held.append(sum(block.size for block in judge._recent._blocks) / RATE)
    assert max(held) < 150


def test_channels_are_answered_one_by_one(recognizer: Recognizer, tiny: ModuleType, clip: FloatArray) -> None:
    other = tiny.spoken_clip(2.0, pitch=200.0)
    stereo = Signal(np.stack([clip, other]), RATE)
    both = recognizer.predict(stereo, channels="split")
    assert [prediction.channel for prediction in both] == [0, 1]
    assert [dict(prediction.scores) for prediction in both] == [
        dict(recognizer.predict(sound, sample_rate=RATE).scores) for sound in (clip, other)
    ]


def test_one_channel_can_be_chosen(recognizer: Recognizer, tiny: ModuleType, clip: FloatArray) -> None:
    stereo = Signal(np.stack([np.zeros_like(clip), clip]), RATE)
    chosen = recognizer.predict(stereo, channels=1)
    assert chosen.channel == 1
    assert chosen.scores == recognizer.predict(clip, sample_rate=RATE).scores


def test_paths_bytes_and_files_give_the_same_answer(recognizer: Recognizer, clip_file: Path) -> None:
    content = clip_file.read_bytes()
    with clip_file.open("rb") as file:
        sources = (clip_file, str(clip_file), content, io.BytesIO(content), file)
        answers = [recognizer.predict(source).scores for source in sources]
    assert all(scores == answers[0] for scores in answers)


def test_a_list_of_numbers_is_an_array(recognizer: Recognizer, clip: FloatArray) -> None:
    here, there = (recognizer.predict(sound, sample_rate=RATE) for sound in (clip, clip.tolist()))
    assert there == here


class Tensor:
    """What torch and pandas have of an array."""

    def __init__(self, samples: FloatArray) -> None:
        self.samples = samples

    def __array__(self, dtype: object = None, copy: bool | None = None) -> FloatArray:
        return self.samples


class OnDevice(Tensor):
    """What torch says of one whose numbers are not at hand."""

    def __array__(self, dtype: object = None, copy: bool | None = None) -> FloatArray:
        raise TypeError("can't convert cuda:0 device type tensor to numpy")


@pytest.mark.parametrize("kind", [Tensor, tuple, lambda clip: array.array("f", clip)])
def test_whatever_becomes_an_array_is_one(
    recognizer: Recognizer, clip: FloatArray, kind: Callable[[FloatArray], Any]
) -> None:
    assert recognizer.predict(kind(clip), sample_rate=RATE) == recognizer.predict(clip, sample_rate=RATE)


def test_what_cannot_become_an_array_is_told(recognizer: Recognizer, clip: FloatArray) -> None:
    with pytest.raises(AudioValueError, match="OnDevice cannot be read as an array: can't convert cuda:0"):
        recognizer.predict(OnDevice(clip), sample_rate=RATE)


@pytest.mark.parametrize("kind", [np.asarray, Tensor])
def test_an_array_without_a_rate_is_refused(
    recognizer: Recognizer, clip: FloatArray, kind: Callable[[FloatArray], Any]
) -> None:
    with pytest.raises(AudioValueError, match="an array needs sample_rate="):
        recognizer.predict(kind(clip))


def test_an_array_has_one_rate(recognizer: Recognizer, clip: FloatArray) -> None:
    with pytest.raises(AudioValueError, match="sample_rate= belongs to an array"):
        recognizer.predict((clip, RATE), sample_rate=RATE)


def test_a_rate_for_a_recording_that_has_its_own_is_refused(recognizer: Recognizer, clip_file: Path) -> None:
    with pytest.raises(AudioValueError, match="sample_rate= belongs to an array"):
        recognizer.predict(clip_file, sample_rate=8000)


def test_a_missing_file_raises(recognizer: Recognizer) -> None:
    with pytest.raises(AudioNotFoundError, match=r"none\.wav: no such file"):
        recognizer.predict("none.wav")


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_many_come_in_their_order_and_a_broken_one_stops_nothing(
    recognizer: Recognizer, clip_file: Path, tmp_path: Path, jobs: int
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_text("no sound")
    sources = [clip_file, broken, clip_file, tmp_path / "none.wav", clip_file]
    answers = list(recognizer.predict_many(sources, jobs=jobs))
    assert [answer.file for answer in answers] == list(map(str, sources))
    assert [answer.error for answer in answers] == [
        *(None, f"{broken}: is text, not audio"),
        *(None, f"{tmp_path / 'none.wav'}: no such file", None),
    ]
    assert answers[0] == answers[4] == recognizer.predict(clip_file)


def test_many_with_split_channels_are_flat(recognizer: Recognizer, clip: FloatArray) -> None:
    stereo = Signal(np.stack([clip, clip]), RATE)
    answers = recognizer.predict_many([stereo, stereo], channels="split", jobs=2)
    assert [answer.channel for answer in answers] == [0, 1, 0, 1]


@pytest.mark.parametrize("jobs", [1, 2])
def test_sources_are_read_only_as_far_as_needed(recognizer: Recognizer, clip_file: Path, jobs: int) -> None:
    taken = []

    def endless() -> Any:
        while True:
            taken.append(1)
            yield clip_file

    answers = recognizer.predict_many(endless(), jobs=jobs)
    first = next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert first.label is not None
    assert len(taken) <= 3 * jobs


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bug_is_not_taken_for_a_broken_file(
    recognizer: Recognizer, clip_file: Path, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OnnxRunner, "run", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(recognizer.predict_many([clip_file], jobs=jobs))


@pytest.mark.parametrize("jobs", [0, -1, 257, 2**70, "2", 1.5, True, None])
def test_a_number_of_jobs_that_is_none_is_refused_at_once(recognizer: Recognizer, jobs: Any) -> None:
    with pytest.raises(ConfigError, match=r"jobs must be a whole number from 1 to 256; got "):
        recognizer.predict_many([], jobs=jobs)


SILENT = np.zeros(RATE)


@pytest.mark.parametrize(
    "one",
    [
        "call.wav",
        Path("call.wav"),
        b"RIFF",
        np.zeros(16),
        io.BytesIO(b"RIFF"),
        Signal([0.0], RATE),
        None,
        (SILENT, RATE),
    ],
    ids=lambda one: type(one).__name__,
)
def test_one_recording_where_several_are_wanted_is_refused(recognizer: Recognizer, one: Any) -> None:
    words = f"predict_many takes a list of recordings; got one {type(one).__name__}: pass a list"
    with pytest.raises(AudioValueError, match=words):
        recognizer.predict_many(one)


def test_what_is_under_way_stops_where_nobody_wants_it(
    recognizer: Recognizer, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed = []

    def slowly(*_: object) -> None:
        pushed.append(1)
        time.sleep(0.05)

    monkeypatch.setattr(ChannelJudge, "push", slowly)
    minutes = Signal(np.zeros(300 * RATE, np.float32), RATE)
    answers = recognizer.predict_many([clip_file, minutes, minutes], jobs=2)
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert len(pushed) < 20, "each of the two has thirty blocks"


def test_workers_end_with_their_work(recognizer: Recognizer, clip_file: Path) -> None:
    list(recognizer.predict_many([clip_file] * 3, jobs=2))
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("affectone")] == []


def test_a_recognizer_is_shared_between_threads(recognizer: Recognizer, tiny: ModuleType) -> None:
    clips = [(tiny.spoken_clip(1.0 + index / 4), RATE) for index in range(6)]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(recognizer.predict, clips))
    assert together == [recognizer.predict(clip) for clip in clips]


def test_a_pickled_recognizer_gives_the_same_answer(recognizer: Recognizer, clip_file: Path) -> None:
    copy: Recognizer = pickle.loads(pickle.dumps(recognizer))  # noqa: S301 - our own bytes
    assert copy.predict(clip_file) == recognizer.predict(clip_file)


def test_an_embedding_is_the_models(recognizer: Recognizer, tiny: ModuleType, clip: FloatArray) -> None:
    embedding = recognizer.embed(clip, sample_rate=RATE)
    np.testing.assert_allclose(embedding, tiny.measures(spoken_part(clip)), rtol=1e-4)


def test_no_speech_has_no_embedding(recognizer: Recognizer) -> None:
    with pytest.raises(AudioValueError, match="<array>: no speech to embed"):
        recognizer.embed(np.zeros(RATE), sample_rate=RATE)


def test_labels_are_the_models_in_its_order(recognizer: Recognizer, tiny: ModuleType) -> None:
    assert tuple(recognizer.labels) == tuple(tiny.ROWS)
    with pytest.raises(LabelError, match="did you mean 'happy'"):
        recognizer.labels.index("hapy")


def encoded(clip: FloatArray, rate: int, container: str, subtype: str | None = None) -> bytes:
    buffer = io.BytesIO()
    sf.write(buffer, clip.T, rate, format=container, subtype=subtype)
    return buffer.getvalue()


FORMATS: dict[str, tuple[int, str, str | None, float]] = {
    "WAV 16 bit": (RATE, "WAV", "PCM_16", 0.001),
    "WAV 64 bit": (RATE, "WAV", "DOUBLE", 0.001),
    "FLAC": (RATE, "FLAC", "PCM_24", 0.001),
    "AIFF": (RATE, "AIFF", "PCM_16", 0.001),
    "48 kHz": (48000, "WAV", "PCM_16", 0.02),
    "Opus": (48000, "OGG", "OPUS", 0.05),
    "MP3": (RATE, "MP3", None, 0.05),
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_clip_in_another_format_gives_the_same_label(
    recognizer: Recognizer, tiny: ModuleType, name: str
) -> None:
    rate, container, subtype, tolerance = FORMATS[name]
    source = encoded(tiny.spoken_clip(2.0), RATE, "WAV", "FLOAT")
    quiet = np.zeros(rate // 2, np.float32)
    clip = np.concatenate([quiet, tiny.speech(2.0, rate=rate), quiet])
    here, there = recognizer.predict(source), recognizer.predict(encoded(clip, rate, container, subtype))
    assert there.label == here.label
    assert there.scores == pytest.approx(dict(here.scores), abs=tolerance)


def test_stereo_mixed_is_what_mono_was(recognizer: Recognizer, clip: FloatArray) -> None:
    stereo = Signal(np.stack([clip, clip]), RATE, source="<array>")
    assert recognizer.predict(stereo) == recognizer.predict(clip, sample_rate=RATE)


def test_errors_are_of_one_family(recognizer: Recognizer) -> None:
    with pytest.raises(AudioError):
        recognizer.predict(b"")


def test_a_prediction_of_a_real_recognizer_survives_plain_data(
    recognizer: Recognizer, clip_file: Path
) -> None:
    prediction = recognizer.predict(clip_file)
    assert Prediction.from_dict(prediction.to_dict()) == prediction
