"""Blocks and whole reading give one and the same; every kind of source; channels; memory."""

from __future__ import annotations

import gzip
import io
import itertools
import mmap
import os
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st

from affectone.audio import Signal, load_audio, open_audio
from affectone.audio.resample import resampled
from affectone.audio.stream import reblocked
from affectone.errors import AudioValueError


@given(
    rate=st.sampled_from([8000, 11025, 24414, 44100, 48000]),
    cuts=st.lists(st.integers(min_value=1, max_value=20000), min_size=1, max_size=8),
)
def test_resampling_in_pieces_equals_resampling_at_once(rate, cuts):
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (2, sum(cuts))).astype(np.float32)
    stops = np.cumsum([0, *cuts])
    pieces = [noise[:, a:b] for a, b in itertools.pairwise(stops)]
    joined = np.concatenate([noise[:, :0], *resampled(pieces, rate, 16000)], axis=1)
    at_once = soxr.resample(noise.T.copy(), rate, 16000, quality="HQ")
    assert np.array_equal(joined, at_once.T)


@given(
    rate=st.sampled_from([8000, 16000, 48000]),
    count=st.integers(min_value=60_000, max_value=140_000),
    seconds=st.floats(min_value=1e-2, max_value=3.0),
)
def test_samples_do_not_depend_on_the_block_size(rate, count, seconds):
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (2, count)).astype(np.float32)
    whole = load_audio((noise, rate), channels="split").samples
    with open_audio((noise, rate), channels="split") as stream:
        pieces = np.concatenate(list(stream.blocks(seconds)), axis=1)
    assert np.array_equal(whole, pieces)


@given(
    rate=st.sampled_from([8000, 11025, 22050, 24414, 44100, 48000, 96000]),
    count=st.integers(min_value=100, max_value=200_000),
)
def test_length_after_resampling_is_exact(rate, count):
    length = load_audio((np.zeros(count, np.float32), rate)).samples.shape[1]
    assert abs(length - count * 16000 / rate) <= 0.5 + 1e-9


@given(
    lengths=st.lists(st.integers(min_value=0, max_value=50), max_size=20),
    size=st.integers(min_value=1, max_value=60),
)
def test_reblocking_keeps_every_sample_in_order(lengths, size):
    stops = np.cumsum([0, *lengths])
    line = np.arange(stops[-1], dtype=np.float32)[np.newaxis, :]
    blocks = list(reblocked((line[:, a:b] for a, b in itertools.pairwise(stops)), size))
    assert [block.shape[1] for block in blocks[:-1]] == [size] * (len(blocks) - 1)
    assert np.array_equal(np.concatenate([*blocks, line[:, :0]], axis=1), line)


def test_blocks_have_the_asked_length_and_the_last_is_shorter(tone):
    with open_audio((tone(440, 48000, seconds=2.5), 48000)) as stream:
        assert [block.shape for block in stream.blocks(1.0)] == [(1, 16000), (1, 16000), (1, 8000)]


@pytest.mark.parametrize("kind", ["str", "path", "bytes", "memoryview", "file", "bytesio", "pipe"])
def test_every_kind_of_source_gives_the_same_samples(kind, tone, sndfile, tmp_path: Path):
    data = sndfile(tone(440, 48000), 48000, "WAV", "PCM_16")
    path = tmp_path / "tone.wav"
    path.write_bytes(data)
    expected = load_audio(path).samples
    if kind == "pipe":
        with subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE) as process:
            found = load_audio(process.stdout)
    elif kind == "file":
        with path.open("rb") as handle:
            found = load_audio(handle)
            assert not handle.closed
    else:
        source = {"str": str(path), "path": path, "bytes": data, "memoryview": memoryview(data)}
        found = load_audio(source.get(kind, io.BytesIO(data)))
    assert np.array_equal(found.samples, expected)


def test_a_file_object_is_read_from_its_beginning(tone, sndfile):
    buffer = io.BytesIO(sndfile(tone(440, 16000), 16000, "WAV"))
    buffer.seek(0, os.SEEK_END)
    assert load_audio(buffer).duration == 2.0


class Halting(io.RawIOBase):
    """A raw file that gives seven bytes at a time and does not say where a seek led."""

    def __init__(self, data: bytes) -> None:
        self._held = io.BytesIO(data)

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, *place: int) -> None:  # type: ignore[override]
        self._held.seek(*place)

    def read(self, count: int = -1) -> bytearray:  # type: ignore[override]
        return bytearray(self._held.read(7))


@pytest.mark.parametrize("kind", ["halting", "compressed", "mapped", "spooled", "unbuffered", "strided"])
@pytest.mark.parametrize("container", ["WAV", "MP3"])
def test_unusual_file_objects_give_the_same_samples(kind, container, tone, sndfile, tmp_path: Path):
    data = sndfile(tone(440, 16000), 16000, container)
    path = tmp_path / "tone"
    path.write_bytes(data)
    with (
        path.open("rb", buffering=0) as unbuffered,
        mmap.mmap(unbuffered.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        tempfile.SpooledTemporaryFile() as spooled,
    ):
        spooled.write(data)
        sources = {
            "halting": Halting(data),
            "compressed": gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(data))),
            "mapped": mapped,
            "spooled": spooled,
            "unbuffered": unbuffered,
            "strided": memoryview(np.repeat(np.frombuffer(data, np.uint8), 2))[::2],
        }
        assert np.array_equal(load_audio(sources[kind]).samples, load_audio(data).samples)
        assert not unbuffered.closed


def test_a_large_pipe_goes_over_to_the_disk(tone, sndfile, monkeypatch: pytest.MonkeyPatch):
    from affectone.audio import sources

    data = sndfile(tone(440, 16000), 16000, "WAV")
    expected = load_audio(data).samples
    monkeypatch.setattr(sources, "COPY_BYTES", 10_000)
    monkeypatch.setattr(sources, "KEEP_IN_MEMORY", 20_000)
    assert np.array_equal(load_audio(Halting(data)).samples, expected)


def test_a_path_object_that_gives_bytes_is_a_path(tone, sndfile, tmp_path: Path):
    class Bytewise:
        def __fspath__(self) -> bytes:
            return os.fsencode(tmp_path / "tone.wav")

    (tmp_path / "tone.wav").write_bytes(sndfile(tone(440, 16000), 16000, "WAV"))
    signal = load_audio(Bytewise())
    assert (signal.duration, signal.source) == (2.0, str(tmp_path / "tone.wav"))


def test_a_signal_passes_through_with_its_name_and_warnings(tone):
    signal = Signal(tone(440, 16000), 16000, "call.wav", ("cut short",))
    again = load_audio(signal)
    assert np.array_equal(again.samples, signal.samples)
    assert (again.source, again.warnings) == ("call.wav", ("cut short",))


def test_the_native_rate_is_kept_on_request(tone):
    assert load_audio((tone(440, 44100), 44100), sample_rate=None).sample_rate == 44100


def test_mix_is_the_mean_of_the_channels():
    stereo = np.stack([np.full(1000, 0.5), np.full(1000, -0.25)])
    assert np.all(load_audio((stereo, 16000)).samples == np.float32(0.125))


def test_one_channel_can_be_chosen():
    stereo = np.stack([np.full(1000, 0.5), np.full(1000, -0.25)])
    assert np.all(load_audio((stereo, 16000), channels=1).samples == np.float32(-0.25))


def test_a_tone_of_eleven_khz_at_odd_rates_is_silent_after_resampling(tone):
    sound = load_audio((tone(11000, 44100), 44100)).samples[0, 500:-500]
    assert np.abs(sound).max() < 1e-5


def test_blocks_are_given_once(tone):
    with open_audio((tone(440, 16000), 16000)) as stream:
        list(stream.blocks())
        with pytest.raises(AudioValueError, match="asked for before; open it again"):
            stream.blocks()


@pytest.mark.parametrize("seconds", [0, -1, 1e-9, float("inf"), float("nan")])
def test_a_block_without_length_is_refused(seconds, tone):
    with (
        open_audio((tone(440, 16000), 16000)) as stream,
        pytest.raises(AudioValueError, match="at least one sample"),
    ):
        stream.blocks(seconds)


def test_header_facts_are_known_before_reading(tone, sndfile):
    stereo = np.stack([tone(440, 44100), tone(550, 44100)])
    with open_audio(sndfile(stereo, 44100, "FLAC", "PCM_24")) as stream:
        facts = (stream.format, stream.subtype, stream.native_rate, stream.native_channels)
        assert facts == ("flac", "PCM_24", 44100, 2)
        assert (stream.sample_rate, stream.channels, stream.source) == (16000, 1, "<bytes>")
        assert (stream.promised_seconds, stream.seconds_read) == (2.0, 0.0)


def test_seconds_read_follow_the_reading(tone):
    with open_audio((tone(440, 16000, seconds=30), 16000)) as stream:
        next(stream.blocks(1.0))
        assert 1.0 <= stream.seconds_read < 10.0


def _peak_memory(path: Path) -> int:
    tracemalloc.start()
    try:
        with open_audio(path) as stream:
            for _ in stream.blocks():
                pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("container", ["WAV", "FLAC"])
def test_memory_does_not_grow_with_length(container, sndfile, tmp_path: Path):
    peaks = []
    for seconds in (60, 240):
        path = tmp_path / f"{seconds}.bin"
        noise = np.random.default_rng(0).integers(-3000, 3000, (2, 48000 * seconds), dtype=np.int16)
        path.write_bytes(sndfile(noise, 48000, container, "PCM_16"))
        peaks.append(_peak_memory(path))
    assert peaks[0] > 1e6  # numpy's arrays are seen by tracemalloc
    assert peaks[1] < 1.1 * peaks[0]
    assert peaks[1] < 20e6


def test_an_array_of_integers_is_not_made_floats_as_a_whole():
    samples = np.ones(16000 * 600, np.int16)
    tracemalloc.start()
    try:
        with open_audio((samples, 16000)) as stream:
            for _ in stream.blocks():
                pass
        assert tracemalloc.get_traced_memory()[1] < 0.25 * samples.nbytes
    finally:
        tracemalloc.stop()


def test_pyav_is_not_imported_for_a_wav(sndfile, tone, tmp_path: Path):
    path = tmp_path / "tone.wav"
    path.write_bytes(sndfile(tone(440, 16000), 16000, "WAV"))
    code = "import sys, affectone.audio as a; a.load_audio(sys.argv[1]); print('av' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("channels", [1, 2])
def test_samples_near_the_largest_that_there_are_stay_numbers(channels, tone):
    plain = np.tile(tone(440, 44100), (channels, 1))
    spoilt = plain.copy()
    spoilt[:, 20_000:20_005] = np.float32(3e38) * np.array([1, -1, 1, -1, 1], np.float32)
    signal = load_audio((spoilt, 44100))
    after = slice(10_000, None)
    np.testing.assert_allclose(signal.samples[0, after], load_audio((plain, 44100)).samples[0, after])
    assert any("the peak is 3e+38" in warning for warning in signal.warnings)
