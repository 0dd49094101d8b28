"""A timeline: scores that can be worked out by hand, the same from a file and as sound comes in."""

from __future__ import annotations

import io
import itertools
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import soundfile as sf
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from affectone.audio import load_audio
from affectone.errors import AudioDecodeError, AudioValueError, ConfigError
from affectone.recognition import Prediction, Recognizer, Segment, Smoothing, Timeline
from affectone.speech.activity import SpeechActivity
from affectone.speech.network import FRAME

FloatArray = npt.NDArray[np.float32]
RATE = 16000
NAMES = ["agent", "customer"]


def chord(seconds: float) -> FloatArray:
    time = np.arange(int(seconds * RATE)) / RATE
    return (0.2 * sum(np.sin(2 * np.pi * tone * time) for tone in (262, 330, 392))).astype(np.float32)


@pytest.fixture(scope="module")
def call(tiny: ModuleType) -> FloatArray:
    """Two channels of 14 s: loud, then soft speech and music; soft speech after a long silence."""
    quiet = np.zeros(2 * RATE, np.float32)
    agent = [tiny.speech(4.0, level=0.9), quiet, tiny.speech(2.5, level=0.3, pitch=220), chord(5.5)]
    customer = [quiet, quiet, quiet, quiet, tiny.speech(3.3, level=0.1, pitch=190), np.zeros(43200)]
    sound: FloatArray = np.stack([np.concatenate(part) for part in (agent, customer)]).astype(np.float32)
    return sound + 1e-4 * np.random.default_rng(1).standard_normal(sound.shape).astype(np.float32)


@pytest.fixture(scope="module")
def told(recognizer: Recognizer, call: FloatArray) -> Timeline:
    return recognizer.timeline(call, sample_rate=RATE, names=NAMES)


def test_a_channel_may_be_a_number_of_numpys(recognizer: Recognizer, call: FloatArray) -> None:
    told = recognizer.timeline(call, sample_rate=RATE, channels=np.int64(1))  # type: ignore[call-overload]
    assert told == recognizer.timeline(call, sample_rate=RATE, channels=1)
    assert told.channels == (1,)


def by_hand(tiny: ModuleType, heard: FloatArray) -> npt.NDArray[np.float64]:
    powers = np.exp(tiny.logits(heard, list(tiny.ROWS)) / tiny.TEMPERATURE)
    return np.asarray(powers / powers.sum())


def test_window_scores_are_those_of_the_speech_within(
    told: Timeline, tiny: ModuleType, call: FloatArray
) -> None:
    (agent, _) = told.windows
    frames = call.shape[1] // FRAME
    speaking = SpeechActivity().push(call[0, : frames * FRAME])
    assert len(agent) >= 6
    for start, end, scores in zip(agent.start, agent.end, agent.scores, strict=True):
        first, last = round(start * RATE), round(end * RATE)
        middles = np.arange(frames) * FRAME + FRAME // 2
        # A frame that has not ended with the window is not known yet.
        known = (np.arange(frames) + 1) * FRAME <= last
        within = np.flatnonzero(speaking & known & (middles >= first) & (middles < last))
        spoken = slice(max(first, (within[0] - 1) * FRAME), min(last, (within[-1] + 2) * FRAME))
        np.testing.assert_allclose(scores, by_hand(tiny, call[0, spoken]), atol=1e-5)


def test_segments_stand_where_speech_and_music_are(told: Timeline) -> None:
    agent = [one for one in told if one.channel == 0]
    assert agent[0].start == pytest.approx(0.0, abs=0.1)
    assert agent[-1].prediction.reason == "music"
    assert (agent[-1].start, agent[-1].end) == pytest.approx((9.0, 14.0), abs=1.01)
    spoken = [one for one in agent if one.prediction.label]
    assert not any(one.start < 5.9 and one.end > 4.2 for one in spoken)
    (customer,) = (one for one in told if one.channel == 1)
    assert (customer.start, customer.end) == pytest.approx((8.0, 11.3), abs=0.15)


def test_music_is_no_emotion(told: Timeline) -> None:
    (music,) = (one.prediction for one in told if one.prediction.reason == "music")
    assert (music.label, music.confidence, dict(music.scores)) == (None, None, {})
    assert (music.unsure, music.voice, music.speech_seconds) == (True, None, 0.0)


def test_segments_are_in_order_and_do_not_overlap_within_a_channel(told: Timeline) -> None:
    starts = [(one.start, one.channel) for one in told]
    assert starts == sorted(starts)
    for channel in (0, 1):
        of_it = [one for one in told if one.channel == channel]
        assert all(one.end <= other.start for one, other in itertools.pairwise(of_it))
        assert all(one.prediction.duration_seconds == one.duration for one in of_it)


def test_what_a_segment_says_is_a_prediction(told: Timeline) -> None:
    for one in told:
        prediction = one.prediction
        assert (prediction.file, prediction.model) == ("<array>", "tiny@0.0.1")
        assert one.speaker == NAMES[one.channel or 0]
        if prediction.label:
            assert prediction.label == max(prediction.scores, key=lambda name: prediction.scores[name])
            assert sum(prediction.scores.values()) == pytest.approx(1)
            assert 0 < (prediction.speech_seconds or 0) <= one.duration + 1e-9


@settings(max_examples=15)
@given(rate=st.sampled_from([8000, 16000, 44100]), cuts=st.lists(st.floats(0, 1), max_size=60))
def test_a_stream_answers_as_the_file_does(
    recognizer: Recognizer, call: FloatArray, rate: int, cuts: list[float]
) -> None:
    sound = call if rate == RATE else np.clip(soxr.resample(call.T, RATE, rate).T, -1, 1)
    offline = recognizer.timeline(sound, sample_rate=rate, names=NAMES)
    with recognizer.stream(rate, channels=2, names=NAMES, file="<array>") as live:
        places = np.sort([int(cut * sound.shape[1]) for cut in cuts]).astype(int)
        found = [one for block in np.split(sound, places, axis=1) for one in live.push(block)]
        found += live.finish()
    assert tuple(sorted(found, key=lambda one: (one.start, one.channel))) == offline.segments
    assert live.seconds == pytest.approx(offline.duration_seconds, abs=1e-4)


def test_several_windows_at_once_change_nothing(
    recognizer: Recognizer, call: FloatArray, told: Timeline
) -> None:
    assert recognizer.timeline(call, sample_rate=RATE, names=NAMES, jobs=3) == told


def test_channels_by_themselves_mixed_or_one(
    recognizer: Recognizer, call: FloatArray, told: Timeline
) -> None:
    mixed = recognizer.timeline(call, sample_rate=RATE, channels="mix")
    assert (mixed.channels, mixed.speakers) == ((None,), (None,))
    assert all(one.channel is None and one.speaker is None for one in mixed)
    second = recognizer.timeline(call, sample_rate=RATE, channels=1, names=["customer"])
    assert second.channels == (1,)
    assert second.segments == tuple(one for one in told if one.channel == 1)
    assert second.windows == (told.windows[1],)


def test_silence_holds_nothing(recognizer: Recognizer) -> None:
    silent = recognizer.timeline(np.zeros(5 * RATE), sample_rate=RATE)
    assert (len(silent), len(silent.windows[0])) == (0, 0)
    assert silent.warnings == ("silent: peak 0",)
    assert silent.to_srt() == ""
    assert silent.to_vtt() == "WEBVTT\n\n"
    assert len(silent.to_frame()) == 0
    assert silent.to_csv().count("\n") == 1
    assert Timeline.from_dict(json.loads(silent.to_json())) == silent


@pytest.mark.parametrize("seconds", [0.3, 0.9, 1.5, 2.4])
def test_clips_shorter_than_a_window(recognizer: Recognizer, tiny: ModuleType, seconds: float) -> None:
    (only,) = recognizer.timeline(tiny.speech(seconds), sample_rate=RATE)
    assert (only.start, only.end) == pytest.approx((0, seconds), abs=0.07)
    assert (only.prediction.reason == "too short") == (seconds < 0.5)


def test_one_loud_window_changes_no_segment(recognizer: Recognizer, call: FloatArray) -> None:
    """With no smoothing at all every change is a segment; with much of it there are fewer."""
    rough = Smoothing(weight=1.0, margin=0.0, min_seconds=0.0)
    slow = Smoothing(weight=0.1, margin=0.5, min_seconds=5.0)
    many, few = (len(recognizer.timeline(call, sample_rate=RATE, smoothing=how)) for how in (rough, slow))
    assert many >= few


def test_a_view_of_labels_is_answered_in(tiny_model: Path, call: FloatArray) -> None:
    timeline = Recognizer(tiny_model, labels="valence").timeline(call, sample_rate=RATE)
    assert timeline.labels == ("positive", "negative", "neutral")
    assert {one.prediction.label for one in timeline} <= {*timeline.labels, None}
    np.testing.assert_allclose(timeline.windows[0].scores.sum(axis=1), 1)


def test_it_survives_pickle_and_json(told: Timeline) -> None:
    assert pickle.loads(pickle.dumps(told)) == told  # noqa: S301 - our own
    again = Timeline.from_dict(json.loads(told.to_json()))
    assert again == told
    assert again.outlines == ()
    assert again.to_csv() == told.to_csv()


def test_a_timeline_of_another_sound_differs(
    recognizer: Recognizer, call: FloatArray, told: Timeline
) -> None:
    assert recognizer.timeline(0.5 * call, sample_rate=RATE, names=NAMES) != told


def test_json_has_the_fields_in_their_order(told: Timeline) -> None:
    row = json.loads(told.to_json())["segments"][0]
    fields = list(Prediction("x").to_dict())
    assert list(row) == ["file", "start", "end", "channel", "speaker", *fields[2:]]


def test_csv_has_a_column_a_score(told: Timeline) -> None:
    table = pd.read_csv(io.StringIO(told.to_csv()))
    assert list(table.columns[:6]) == ["file", "start", "end", "channel", "speaker", "label"]
    spoken = table[table.label.notna()]
    np.testing.assert_allclose(spoken.filter(like="score_").sum(axis=1), 1)
    assert table.start.tolist() == [one.start for one in told]


def test_the_table_has_audformats_index(told: Timeline) -> None:
    audformat = pytest.importorskip("audformat")
    table = told.to_frame()
    assert audformat.index_type(table.index) == "segmented"
    assert table.index.get_level_values("end").total_seconds().tolist() == [one.end for one in told]


PREDICTION = Prediction("x.wav", 0, "angry", 0.825, {"angry": 0.825, "sad": 0.175}, False, None)
UNSURE = Prediction("x.wav", 0, "sad", 0.4, {"angry": 0.3, "sad": 0.4}, True, "low confidence")
MUSIC = Prediction("x.wav", 0, unsure=True, reason="music")
SEGMENTS = (
    Segment(0.0, 1.5, PREDICTION, "a <b> & -->\nc"),
    Segment(59.9996, 3600.25, UNSURE, None),
    Segment(3661.0, 3662.0, MUSIC, "d"),
)


def with_segments(told: Timeline, segments: tuple[Segment, ...]) -> Timeline:
    row: dict[str, Any] = told.to_dict() | {"segments": [one.to_dict() for one in segments]}
    return Timeline.from_dict(row)


def test_srt(told: Timeline) -> None:
    assert with_segments(told, SEGMENTS).to_srt() == (
        "1\n00:00:00,000 --> 00:00:01,500\na (b) & -) c: angry 82%\n\n"
        "2\n00:01:00,000 --> 01:00:00,250\nchannel 0: unsure, sad 40% (low confidence)\n\n"
        "3\n01:01:01,000 --> 01:01:02,000\nd: [music]\n\n"
    )


def test_captions_of_one_channel_need_no_name(told: Timeline) -> None:
    row = told.to_dict() | {"segments": [SEGMENTS[1].to_dict()], "channels": [0], "speakers": [None]}
    one = Timeline.from_dict(row | {"windows": [row["windows"][0]]})
    assert one.to_srt() == "1\n00:01:00,000 --> 01:00:00,250\nunsure, sad 40% (low confidence)\n\n"
    assert one.to_vtt().endswith("\nunsure, sad 40% (low confidence)\n\n")


def test_vtt(told: Timeline) -> None:
    assert with_segments(told, SEGMENTS).to_vtt() == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:01.500\n<v a &lt;b&gt; &amp; -&gt; c>angry 82%\n\n"
        "00:01:00.000 --> 01:00:00.250\n<v channel 0>unsure, sad 40% (low confidence)\n\n"
        "01:01:01.000 --> 01:01:02.000\n<v d>[music]\n\n"
    )


def test_outlines_hold_the_ends_of_each_part(told: Timeline, call: FloatArray) -> None:
    for outline, samples in zip(told.outlines, call, strict=True):
        assert outline.low.size == outline.high.size <= 4096
        assert (outline.low.min(), outline.high.max()) == (samples.min(), samples.max())
        part = 160
        np.testing.assert_array_equal(outline.high[:10], samples[: 10 * part].reshape(10, part).max(axis=1))


def test_outlines_of_long_recordings_stay_small() -> None:
    from affectone.recognition.outline import OutlineSums

    rng = np.random.default_rng(2)
    sound = rng.uniform(-1, 1, 1_500_123).astype(np.float32)
    sums = OutlineSums()
    for block in np.array_split(sound, 37):
        sums.push(block)
    outline = sums.outline()
    assert outline.low.size == 2344
    part = 640
    expected = sound[: 2343 * part].reshape(-1, part)
    np.testing.assert_array_equal(outline.low[:2343], expected.min(axis=1))
    np.testing.assert_array_equal(outline.high[:2343], expected.max(axis=1))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["agent"], "1 channel names for 2 channels"),
        (["a", "b", "c"], "3 channel names for 2 channels"),
        (["a", "a"], "channel names must differ and none be empty; got 'a', 'a'"),
        (["a", " "], "channel names must differ and none be empty; got 'a', ''"),
        (["x", "x "], "channel names must differ and none be empty; got 'x', 'x'"),
        ("ab", "channel names are a list of words on one line; got 'ab'"),
        ([1, 2], "channel names are a list of words on one line; got [1, 2]"),
        (["a\x00", "b"], "channel names are a list of words on one line; got ['a\\x00', 'b']"),
    ],
)
def test_names_that_do_not_fit_are_refused(
    recognizer: Recognizer, call: FloatArray, names: list[str], words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        recognizer.timeline(call, sample_rate=RATE, names=names)
    assert str(caught.value) == words


def test_a_recording_cut_to_next_to_nothing_is_refused(recognizer: Recognizer, tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    sf.write(path, np.zeros(10 * RATE), RATE)
    path.write_bytes(path.read_bytes()[: 2 * RATE])
    with pytest.raises(
        AudioDecodeError, match=r"cut short: promised 10.00 s, read 1.00 s; 0.00 s of speech is left"
    ):
        recognizer.timeline(path)


@pytest.mark.parametrize(
    ("field", "words"),
    [("start", "a segment needs the field 'start'"), ("end", "a segment needs the field 'end'")],
)
def test_segments_from_half_a_row_are_refused(field: str, words: str) -> None:
    row = SEGMENTS[0].to_dict()
    del row[field]
    with pytest.raises(ConfigError) as caught:
        Segment.from_dict(row)
    assert str(caught.value) == words


BROKEN: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda row: row.update(segment=[]), "unknown field of a timeline 'segment'; did you mean 'segments'?"),
    (lambda row: row.pop("windows"), "a timeline: the field 'windows' is missing"),
    (lambda row: row["windows"][0].pop("start"), "windows: the field 'start' is missing"),
    (lambda row: row["windows"][0].update(zz=1), "unknown field of windows 'zz'"),
    (lambda row: row["windows"][0]["end"].pop(), "windows have as many times as rows of scores"),
    (lambda row: row["windows"][0]["scores"][0].pop(), "windows have as many times as rows of scores"),
    (lambda row: row.update(segments=None), "segments, windows, channels, speakers and warnings are"),
    (
        lambda row: row["segments"].append(None),
        "segments, windows, channels, speakers and warnings are",
    ),
    (
        lambda row: row["segments"].append("x"),
        "segments, windows, channels, speakers and warnings are",
    ),
    (lambda row: row["segments"][0].update(start="x"), "a segment has a start and an end after it; got 'x'"),
    (lambda row: row["segments"][0].update(end=-1), "a segment has a start and an end after it"),
    (lambda row: row.update(windows=[]), "a timeline has windows and a speaker for each of its channels"),
    (lambda row: row.update(channels=[0]), "a timeline has windows and a speaker for each of its channels"),
    (lambda row: row.update(duration_seconds=0.0), "a timeline lasts more than 0 s; got 0.0"),
]


@pytest.mark.parametrize(("spoil", "words"), BROKEN)
def test_timelines_from_other_rows_are_refused(
    told: Timeline, spoil: Callable[[dict[str, Any]], object], words: str
) -> None:
    row = json.loads(told.to_json())
    spoil(row)
    with pytest.raises(ConfigError, match=re.escape(words)):
        Timeline.from_dict(row)


def noise(seconds: float, level: float = 0.05) -> FloatArray:
    drawn = np.random.default_rng(1).normal(0, level, int(seconds * RATE))
    return drawn.astype(np.float32)


@pytest.mark.parametrize("seconds", [0.07, 0.1, 0.3, 1.0, 3.1, 6.1])
@pytest.mark.parametrize(("window", "hop"), [(3.0, 1.0), (3.0, 3.0), (1.0, 0.5), (0.5, 0.1)])
def test_noise_of_any_length_is_no_music(
    recognizer: Recognizer, seconds: float, window: float, hop: float
) -> None:
    assert len(recognizer.timeline(noise(seconds), sample_rate=RATE, window=window, hop=hop)) == 0


@pytest.mark.parametrize(("window", "hop"), [(3.0, 3.0), (1.0, 1.0), (0.5, 0.1)])
def test_speech_is_no_music_in_short_windows(
    recognizer: Recognizer, call: FloatArray, window: float, hop: float
) -> None:
    part = call[1, : 12 * RATE]
    found = recognizer.timeline(part, sample_rate=RATE, window=window, hop=hop)
    assert {one.prediction.reason == "music" for one in found} == {False}


@pytest.mark.parametrize("offset", [0.005, 0.05, 0.2])
def test_an_offset_is_no_music(recognizer: Recognizer, call: FloatArray, offset: float) -> None:
    part = 0.3 * call[1, : 12 * RATE] + np.float32(offset)
    found = recognizer.timeline(part, sample_rate=RATE)
    assert not [one for one in found if one.prediction.reason == "music"]


def test_a_hum_of_the_line_is_no_music(recognizer: Recognizer, call: FloatArray) -> None:
    time = np.arange(12 * RATE) / RATE
    hum = (0.003 * np.sin(2 * np.pi * 50 * time)).astype(np.float32)
    found = recognizer.timeline(0.3 * call[0, : 9 * RATE] + hum[: 9 * RATE], sample_rate=RATE)
    assert not [one for one in found if one.prediction.reason == "music"]


@pytest.mark.parametrize("how", [("OGG", "OPUS"), ("WAV", "GSM610")])
def test_what_a_codec_makes_of_silence_is_no_music(
    recognizer: Recognizer, tiny: ModuleType, how: tuple[str, str]
) -> None:
    coded = io.BytesIO()
    sound = np.concatenate([tiny.speech(3.0, rate=8000), np.zeros(80000)])
    sf.write(coded, sound, 8000, format=how[0], subtype=how[1])
    found = recognizer.timeline(coded.getvalue())
    assert len(found) >= 1
    assert not [one for one in found if one.prediction.reason == "music"]


def test_no_segment_ends_after_the_recording(recognizer: Recognizer, tiny: ModuleType) -> None:
    for rate in (11025, 44100):
        for more in range(0, 60, 7):
            sound = tiny.speech(2.0, rate=rate)[: 2 * rate - more]
            told = recognizer.timeline(sound, sample_rate=rate)
            assert told.segments[-1].end <= told.duration_seconds


def test_the_index_of_a_silent_recording_has_the_same_types(recognizer: Recognizer, told: Timeline) -> None:
    silent = recognizer.timeline(np.zeros(RATE), sample_rate=RATE)
    assert silent.to_frame().index.dtypes.tolist() == told.to_frame().index.dtypes.tolist()


def test_a_long_session_holds_little(recognizer: Recognizer, call: FloatArray) -> None:
    with recognizer.stream(RATE) as live:
        for _ in range(20):
            live.push(call[0])
        held = live._told[0].track
        assert sum(block.size for block in held._recent._blocks) < 40 * RATE
        assert held._speech._speech.size < 10 * RATE // FRAME


@pytest.mark.soak
@pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs a system that tells a process's memory")
def test_two_hours_of_two_channels_take_little_memory(
    tiny_model: Path, call: FloatArray, tmp_path: Path
) -> None:
    path = tmp_path / "call.wav"
    with sf.SoundFile(path, "w", RATE, 2, "PCM_16") as file:
        for _ in range(7200 // 14):
            file.write(call.T)
    line = [sys.executable, "-m", "affectone", "timeline", path, "--model", tiny_model, "--format", "json"]
    with subprocess.Popen([*line, "-o", tmp_path / "told.json"]) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) < 300e6
    told = Timeline.from_dict(json.loads((tmp_path / "told.json").read_text()))
    assert told.duration_seconds == pytest.approx(7196)
    assert len(told) > 1500


class TestLive:
    """What only a session can be asked."""

    def test_the_newest_step_is_told_before_its_segment_ends(
        self, recognizer: Recognizer, call: FloatArray
    ) -> None:
        with recognizer.stream(RATE) as live:
            assert live.current() is None
            assert live.push(call[0, : 2 * RATE - 1]) == []
            assert live.current() is None
            live.push(call[0, 2 * RATE - 1 : 2 * RATE])
            newest = live.current()
            assert newest is not None
            assert (newest.start, newest.end) == pytest.approx((0, 1), abs=0.1)
            assert newest.prediction.label == max(newest.prediction.scores, key=newest.prediction.scores.get)

    @pytest.mark.parametrize("rate", [4000, 8000, RATE])
    def test_no_step_is_passed_over_at_any_rate(
        self, recognizer: Recognizer, tiny: ModuleType, rate: int
    ) -> None:
        sound = soxr.resample(tiny.speech(8.0), RATE, rate)
        with recognizer.stream(rate, window=1.0, hop=0.1) as live:
            steps = [step for kind, step in live.events(sound) if kind == "step"]
        assert len(steps) > 60
        assert np.diff([step.start for step in steps]).max() < 0.18
        # They are heard by their windows, and those are long enough.
        doubts = [(step.prediction.reason, step.prediction.warnings) for step in steps[8:]]
        assert all(reason != "too short" and not warnings for reason, warnings in doubts)

    @pytest.mark.parametrize(
        ("rate", "seconds", "window"), [(RATE, 9.5, 3.0), (8000, 1.5, 3.0), (RATE, 7.2, 6.0)]
    )
    def test_every_window_of_a_timeline_is_a_step(
        self, recognizer: Recognizer, tiny: ModuleType, rate: int, seconds: float, window: float
    ) -> None:
        """Also the last ones, whose windows the end of the sound cuts off."""
        sound = soxr.resample(tiny.speech(seconds), RATE, rate)
        with recognizer.stream(rate, window=window) as live:
            events = [*live.events(sound), *live.last_events()]
        steps = [one for kind, one in events if kind == "step"]
        windows = recognizer.timeline(sound, sample_rate=rate, window=window).windows[0]
        assert len(windows.scores) > 1
        assert [list(step.prediction.scores.values()) for step in steps] == pytest.approx(
            windows.scores, abs=1e-6
        )
        with pytest.raises(AudioValueError, match="this session has ended"):
            list(live.last_events())

    def test_integers_and_nothing_are_taken(self, recognizer: Recognizer, tiny: ModuleType) -> None:
        sound = (20000 * tiny.speech(2.0)).astype(np.int16)
        with recognizer.stream(RATE) as live:
            assert live.push([]) == []
            live.push(sound)
            (only,) = live.finish()
        assert only.prediction.label is not None

    @pytest.mark.parametrize(
        ("samples", "words"),
        [
            (np.zeros((2, 100)), "this session has 1 channels; got 2"),
            (np.full(10, np.nan), "10 of 10 samples are NaN or infinite"),
            (np.zeros((1, 2, 3)), r"samples must have shape \(samples,\) or \(channels, samples\)"),
            (np.array(["a"]), "samples must be floats"),
            ([[1, 2], [3]], "samples must be numbers, as many in each channel"),
        ],
    )
    def test_what_is_no_sound_is_refused(self, recognizer: Recognizer, samples: Any, words: str) -> None:
        with recognizer.stream(RATE) as live, pytest.raises(AudioValueError, match=words):
            live.push(samples)
        with recognizer.stream(RATE) as live, pytest.raises(AudioValueError, match=words):
            list(live.events(samples))

    def test_a_session_that_has_ended_takes_nothing(self, recognizer: Recognizer) -> None:
        with recognizer.stream(RATE) as live:
            live.finish()
        for ask in (lambda: live.push(np.zeros(10)), live.finish):
            with pytest.raises(AudioValueError, match="this session has ended; open another one"):
                ask()

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"sample_rate": 100}, "sample_rate must be between 1000 and 768000 Hz; got 100"),
            ({"sample_rate": RATE, "channels": 0}, "channels must be from 1 to 32; got 0"),
            ({"sample_rate": RATE, "channels": True}, "channels must be from 1 to 32; got True"),
        ],
    )
    def test_sessions_that_cannot_be_are_refused(
        self, recognizer: Recognizer, settings: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(AudioValueError) as caught:
            recognizer.stream(**settings)
        assert str(caught.value) == words

    def test_a_channel_that_is_not_there_is_refused(self, recognizer: Recognizer) -> None:
        with pytest.raises(AudioValueError, match="this session has the channels 0 to 1; got 2"):
            recognizer.stream(RATE, channels=2).current(2)

    def test_many_channels_may_come_sample_by_sample(self, recognizer: Recognizer) -> None:
        with recognizer.stream(RATE, channels=np.int64(32)) as live:  # type: ignore[arg-type]
            assert live.push(np.zeros((32, 1))) == []


@pytest.fixture(scope="module")
def talk(corpora_root: Path) -> FloatArray:
    """Four angry clips of one speaker."""
    clips = sorted((corpora_root / "ravdess" / "Actor_02").glob("03-01-05-*.opus"))[:4]
    return np.concatenate([load_audio(clip).samples[0] for clip in clips])


@pytest.mark.corpora
class TestAdapted:
    """With the packaged default, which can be adapted, on one speaker's clips."""

    def test_a_channel_is_fitted_to_what_was_heard_in_it_so_far(
        self, packaged_base: Path, talk: FloatArray
    ) -> None:
        plain = Recognizer(packaged_base)
        own = plain.adapt("self")
        one, other = (model.timeline(talk, sample_rate=RATE) for model in (plain, own))
        assert (one.adapted, other.adapted) == (False, True)
        before, after = one.windows[0].scores, other.windows[0].scores
        np.testing.assert_array_equal(before[0], after[0])
        assert (np.abs(before - after).max(axis=1) > 0.005).sum() >= len(before) // 2
        # What comes later changes nothing before it.
        shorter = own.timeline(talk[: talk.size // 2], sample_rate=RATE).windows[0].scores
        np.testing.assert_array_equal(shorter[:-2], after[: len(shorter) - 2])
        live = own.stream(RATE, file="<array>")
        assert tuple([*live.push(talk), *live.finish()]) == other.segments

    def test_given_recordings_are_what_it_is_fitted_to(self, packaged_base: Path, talk: FloatArray) -> None:
        fitted = Recognizer(packaged_base).adapt([(talk, RATE)])
        timeline = fitted.timeline(talk, sample_rate=RATE)
        assert all(one.prediction.adapted for one in timeline)
