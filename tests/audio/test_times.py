"""Sound that begins late, or in which parts were never sent, is heard at the time at which it sounds."""

from __future__ import annotations

import io
from fractions import Fraction
from types import ModuleType

import numpy as np
import pytest

from affectone.audio import load_audio
from affectone.recognition import Recognizer

av = pytest.importorskip("av")

RATE, FRAME = 48_000, 960
KINDS = [
    *(("webm", "libopus"), ("matroska", "aac"), ("mp4", "aac"), ("mov", "aac"), ("mpegts", "aac")),
    ("flv", "aac"),
]


def written(container: str, codec: str, sound: np.ndarray, gaps: dict[int, float], *, video: bool) -> bytes:
    """Return a file in which some frames of sound come so many seconds later than the one before ends."""
    content = io.BytesIO()
    with av.open(content, "w", format=container) as output:
        track = output.add_stream(codec, rate=RATE, layout="mono")
        track.bit_rate = 96_000
        if video:
            pictures = output.add_stream("mpeg4", rate=10)
            pictures.width = pictures.height = 32
            pictures.pix_fmt = "yuv420p"
            for number in range(10):
                picture = av.VideoFrame(32, 32, "yuv420p")
                picture.pts, picture.time_base = number, Fraction(1, 10)
                output.mux(pictures.encode(picture))
            output.mux(pictures.encode(None))
        late = 0
        for number, start in enumerate(range(0, sound.size - FRAME + 1, FRAME)):
            late += round(gaps.get(number, 0.0) * RATE)
            frame = av.AudioFrame.from_ndarray(sound[None, start : start + FRAME], "fltp", "mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start + late, Fraction(1, RATE)
            output.mux(track.encode(frame))
        output.mux(track.encode(None))
    return content.getvalue()


def edges(data: bytes) -> tuple[list[float], float, tuple[str, ...]]:
    """Return when the sound begins and ends, again and again, how long all lasts, and the warnings."""
    signal = load_audio(data)
    loud = (
        np.abs(signal.samples[0][: signal.samples.shape[1] // 160 * 160]).reshape(-1, 160).max(axis=1) > 0.1
    )
    turns = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(int)))
    return (turns / 100).tolist(), signal.samples.shape[1] / 16_000, signal.warnings


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    times = np.arange(3 * RATE) / RATE
    return (0.4 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)


@pytest.mark.parametrize(("container", "codec"), KINDS)
def test_what_was_not_sent_is_silence(container: str, codec: str, sound: np.ndarray) -> None:
    found, seconds, warnings = edges(written(container, codec, sound, {75: 5.0}, video=False))
    assert found == pytest.approx([0.0, 1.5, 6.5, 8.0], abs=0.06)
    assert seconds == pytest.approx(8.0, abs=0.06)
    assert warnings == ()


@pytest.mark.parametrize(("container", "codec"), KINDS)
def test_sound_alone_begins_with_its_first_frame(container: str, codec: str, sound: np.ndarray) -> None:
    found, seconds, warnings = edges(written(container, codec, sound, {0: 2.0}, video=False))
    assert found == pytest.approx([0.0, 3.0], abs=0.06)
    assert seconds == pytest.approx(3.0, abs=0.06)
    assert warnings == ()


@pytest.mark.parametrize(("late", "gaps"), [(0.0, {75: 5.0}), (2.0, {0: 2.0})])
def test_wma_is_read_by_the_same_rules(late: float, gaps: dict[int, float], sound: np.ndarray) -> None:
    """What its decoder gives swells and dies away at its end, so that there are more edges."""
    found, seconds, warnings = edges(written("asf", "wmav2", sound, gaps, video=False))
    assert (found[0], found[-1]) == pytest.approx((0.0, 3.0 if late else 8.0), abs=0.06)
    assert seconds == pytest.approx(3.0 if late else 8.0, abs=0.06)
    assert warnings == ()


@pytest.mark.parametrize(("container", "codec"), [("matroska", "aac"), ("mp4", "aac")])
def test_beside_video_sound_may_begin_later(container: str, codec: str, sound: np.ndarray) -> None:
    found, seconds, warnings = edges(written(container, codec, sound, {0: 2.0}, video=True))
    assert found == pytest.approx([2.0, 5.0], abs=0.06)
    assert seconds == pytest.approx(5.0, abs=0.06)
    assert warnings == ()


def test_a_cut_is_told_of_sound_that_begins_later(sound: np.ndarray) -> None:
    data = written("mp4", "aac", sound, {0: 2.0}, video=True)
    start = data.index(b"mdat") + 4
    index = data.index(b"moov") - 4  # Behind the sound: what is damaged before it is lost alone.
    half = (start + index) // 2
    broken = data[:half] + bytes(index - half) + data[index:]
    found, seconds, warnings = edges(broken)
    assert found[0] == pytest.approx(2.0, abs=0.06)
    assert seconds <= 5.1
    assert len(warnings) == 1


def test_recorders_whose_clocks_run_apart_leave_no_gaps(sound: np.ndarray) -> None:
    gaps = {number: 0.02 for number in range(1, 9)}
    found, seconds, _ = edges(written("matroska", "aac", sound, gaps, video=False))
    assert found == pytest.approx([0.0, 3.0], abs=0.06)
    assert seconds == pytest.approx(3.0, abs=0.06)


def test_a_time_hours_ahead_is_damaged(sound: np.ndarray) -> None:
    found, _, _ = edges(written("matroska", "aac", sound, {75: 5 * 3600.0}, video=False))
    assert found == pytest.approx([0.0, 3.0], abs=0.06)


def test_a_timeline_tells_when_it_sounds(tiny: ModuleType, tiny_model: object) -> None:
    speech = np.repeat(tiny.speech(4.0), 3).astype(np.float32)
    data = written("webm", "libopus", speech, {100: 5.0}, video=False)
    segments = Recognizer(tiny_model).timeline(data).segments
    assert segments[0].start < 0.3
    assert max(one.end for one in segments) == pytest.approx(9.0, abs=0.3)
    assert all(one.end < 2.6 or one.start > 6.4 for one in segments)
