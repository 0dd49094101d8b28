"""Bad recordings: what is said of each, and that what can be read is read."""

from __future__ import annotations

import errno
import gzip
import io
import os
import re
import signal
import struct
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from affectone.audio import RawFormat, check_recording, load_audio, open_audio, source_name
from affectone.errors import AudioDecodeError, AudioError, AudioNotFoundError, AudioValueError

REFUSED = [
    ("empty.wav", "is empty (0 bytes)"),
    ("text.wav", "is text, not audio"),
    ("utf8.wav", "is text, not audio"),
    ("page.mp3", "is a web page, not audio; its download failed"),
    ("pointer.wav", "is a Git LFS pointer, not audio; run git lfs pull"),
    ("zeros.wav", "holds only zero bytes, not audio"),
    ("noise.wav", "is not audio in any format that is known here"),
    ("picture.wav", "is a PNG picture, not audio"),
    ("archive.wav", "is a ZIP archive, not audio; unpack it first"),
    ("notes.mid", "is MIDI, which holds notes and no sound"),
    ("header_only.wav", "holds no sound (0 samples)"),
    ("half_header.wav", "holds WAV that cannot be decoded"),
    ("no_samples.wav", "holds no sound (0 samples)"),
    ("film_without_sound.mp4", "holds video but no sound"),
    ("cut_to_nothing.wav", "cut short: promised 10.00 s, read 0.10 s; less than 0.3 s is left"),
]

READ = [
    ("aiff.wav", 2.0, ("named .wav but holds AIFF",)),
    ("silent.wav", 2.0, ("silent: peak 0",)),
    ("short.wav", 0.1, ()),
    ("film.mp4", 2.0, ()),
    ("eight_khz.wav", 2.0, ()),
    ("96_khz.wav", 2.0, ()),
    ("stereo.wav", 2.0, ()),
    ("six_channels.wav", 2.0, ()),
    ("double.wav", 2.0, ()),
    ("cut.wav", 3.0, ("cut short: promised 10.00 s, read 3.00 s",)),
]


@pytest.mark.parametrize(("name", "words"), REFUSED)
def test_what_cannot_be_read_is_refused_in_words(bad_file, name, words):
    path = bad_file(name)
    with pytest.raises(AudioDecodeError) as caught:
        load_audio(path)
    assert str(caught.value).startswith(f"{path}: {words}")


@pytest.mark.parametrize(("name", "words"), REFUSED)
def test_bytes_in_memory_are_refused_in_the_same_words(bad_file, name, words):
    with pytest.raises(AudioDecodeError, match=re.escape(f"<bytes>: {words}")):
        load_audio(bad_file(name).read_bytes())


@pytest.mark.parametrize(("name", "seconds", "warnings"), READ)
def test_what_can_be_read_is_read_with_its_warnings(bad_file, name, seconds, warnings):
    signal = load_audio(bad_file(name))
    assert signal.duration == pytest.approx(seconds, abs=0.07)
    assert (signal.sample_rate, signal.channels) == (16000, 1)
    assert signal.warnings == warnings


@pytest.mark.parametrize("name", [name for name, _ in REFUSED])
def test_the_doctor_refuses_them_as_well(bad_file, name):
    with pytest.raises(AudioError):
        check_recording(bad_file(name))


@pytest.mark.parametrize("name", ["film_without_sound.mp4", "half_header.wav", "text.wav"])
def test_a_refused_file_is_closed(bad_file, name, monkeypatch):
    from affectone.audio import sources

    opened: list[io.BufferedReader] = []
    really_open = open

    def watched(path: str, mode: str) -> io.BufferedReader:
        opened.append(really_open(path, mode))  # type: ignore[arg-type]
        return opened[-1]

    monkeypatch.setattr(sources, "open", watched, raising=False)
    with pytest.raises(AudioDecodeError):
        load_audio(bad_file(name))
    assert [handle.closed for handle in opened] == [True]


def test_decoders_write_nothing_to_standard_error(cut, bad_file, capfd):
    for path in (cut("mp3", 0.5), cut("flac", 0.5), cut("faststart.m4a", 0.5), bad_file("film.mp4")):
        load_audio(path)
    assert capfd.readouterr().err == ""


# --- cut files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["wav", "rf64", "gsm.wav", "aiff", "au", "caf", "flac", "mp3", "faststart.m4a"]
)
def test_a_file_cut_in_half_says_what_was_promised_and_read(cut, kind):
    signal = load_audio(cut(kind, 0.5))
    (warning,) = signal.warnings
    promised, read = map(float, re.findall(r"(\d+\.\d\d) s", warning)[:2])
    assert warning.startswith("cut short: promised ")
    assert promised == pytest.approx(10.0, abs=0.15)
    assert read == pytest.approx(signal.duration, abs=0.02)
    assert read == pytest.approx(5.0, abs=0.5)


@pytest.mark.parametrize("kind", ["ogg", "opus"])
def test_a_cut_ogg_promises_nothing_but_is_seen(cut, kind):
    signal = load_audio(cut(kind, 0.8))
    (warning,) = signal.warnings
    assert warning == f"damaged: the last Ogg page is cut off; read {signal.duration:.2f} s"


@pytest.mark.parametrize("kind", ["wav", "rf64", "gsm.wav", "aiff", "au", "mp3", "faststart.m4a", "flac"])
def test_a_file_cut_to_almost_nothing_is_an_error(cut, kind):
    with pytest.raises(AudioDecodeError, match=r"cut\.\S+: (cut short: promised|damaged|holds)"):
        load_audio(cut(kind, 0.025))


def test_a_title_that_is_not_utf8_does_not_matter(titled_film):
    assert load_audio(titled_film).duration == pytest.approx(2.0, abs=0.1)


def test_an_m4a_without_its_index_is_an_error(cut):
    with pytest.raises(AudioDecodeError, match=r"cut\.m4a: holds M4A that is cut off or damaged"):
        load_audio(cut("m4a", 0.5))


@pytest.mark.parametrize(
    "kind", ["wav", "rf64", "gsm.wav", "aiff", "au", "caf", "flac", "mp3", "ogg", "opus", "m4a"]
)
def test_a_whole_file_has_no_warning(cut, kind):
    signal = load_audio(cut(kind, 1.0))
    assert signal.warnings == ()
    assert signal.duration == pytest.approx(10.0, abs=0.1)


def test_the_cut_is_told_only_after_the_blocks(bad_file):
    with open_audio(bad_file("cut.wav")) as stream:
        assert stream.promised_seconds == pytest.approx(10.0, abs=1e-3)
        assert stream.warnings == ()
        for _ in stream.blocks(1.0):
            pass
        assert stream.warnings == ("cut short: promised 10.00 s, read 3.00 s",)


@pytest.mark.parametrize(
    ("riff_size", "data_size"),
    [
        (0xFFFFFFFF, 0xFFFFFFFF),  # ffmpeg
        (0x7FFFF024, 0x7FFFF000),  # sox
        (0x80000024, 0x80000000),  # arecord
        (0, 0),  # GStreamer
        (36, 0),  # a header written first and never completed
    ],
)
def test_a_wav_that_was_written_to_a_pipe_is_not_cut(pipe_wav, riff_size, data_size):
    signal = load_audio(pipe_wav(riff_size, data_size))
    assert signal.duration == pytest.approx(2.0, abs=1e-3)
    assert signal.warnings == ()


def test_a_flac_of_unknown_length_is_not_cut(cut):
    path = cut("flac", 1.0)
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0  # The last 36 bits of this field count the samples; 0 is "unknown".
    data[22:26] = bytes(4)
    path.write_bytes(data)
    with open_audio(path) as stream:
        assert stream.promised_seconds is None
        assert sum(block.shape[1] for block in stream.blocks()) == 160000
        assert stream.warnings == ()


def test_an_mp3_without_a_length_header_promises_nothing(cut):
    data = cut("mp3", 1.0).read_bytes()
    at = data.index(b"Xing") if b"Xing" in data else data.index(b"Info")
    with open_audio(data[:at] + b"none" + data[at + 4 :]) as stream:
        assert stream.promised_seconds is None
        list(stream.blocks())
        assert stream.warnings == ()


def test_chunks_before_the_sound_are_passed_over(cut):
    data = cut("wav", 1.0).read_bytes()
    extra = b"LIST" + struct.pack("<I", 5) + b"odd..."  # five bytes and one of padding
    with open_audio(data[:12] + extra + data[12 : len(data) // 2]) as stream:
        assert stream.promised_seconds == pytest.approx(10.0, abs=1e-3)


# --- headers that cannot be true ---------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0, 4_000_000_000])
def test_a_wav_of_an_impossible_rate(cut, rate):
    data = bytearray(cut("wav", 1.0).read_bytes())
    data[24:28] = struct.pack("<I", rate)
    with pytest.raises(AudioDecodeError, match="its header states an impossible rate or number of channels"):
        load_audio(bytes(data))


def test_a_header_that_promises_less_than_there_is(cut):
    data = bytearray(cut("wav", 1.0).read_bytes())
    data[40:44] = struct.pack("<I", 96000)
    words = "damaged: its header promises 96000 bytes of sound, but 320000 are there; read 3.00 s"
    assert load_audio(bytes(data)).warnings == (words,)


@pytest.mark.parametrize("behind", [b"LIST" + struct.pack("<I", 4000) + bytes(4000), bytes(4000)])
def test_what_may_follow_the_sound_is_no_sound_left_out(cut, behind):
    assert load_audio(cut("wav", 1.0).read_bytes() + behind).warnings == ()


def test_three_samples_that_vanish_at_a_lower_rate():
    with pytest.raises(AudioDecodeError, match="<array>: is too short: 3 samples at 768000 Hz"):
        load_audio((np.full(3, 0.5), 768000))


def test_thousands_of_empty_tags_before_an_mp3(cut):
    tags = (b"ID3\x04" + bytes(6)) * 5000
    with pytest.raises(AudioDecodeError, match="<bytes>: holds MP3 that cannot be decoded"):
        load_audio(tags + b"nothing")


def test_more_channels_than_ffmpeg_converts(wide_wav):
    with pytest.raises(AudioDecodeError, match="<bytes>: holds WAV that cannot be decoded"):
        load_audio(wide_wav(65))


def test_what_pyav_raises_while_converting_names_the_file(wide_wav, monkeypatch: pytest.MonkeyPatch):
    import av

    class Refusing:
        def __init__(self, **options: str) -> None:
            pass

        def resample(self, frame: object) -> None:
            raise ValueError("Invalid argument")

    monkeypatch.setattr(av, "AudioResampler", Refusing)
    words = "<bytes>: holds WAV that is cut off or damaged: Invalid argument"
    with pytest.raises(AudioDecodeError, match=words):
        load_audio(wide_wav(2))


def test_a_stream_that_begins_midway_does_not_end_the_reading(late_stream):
    signal = load_audio(late_stream)
    assert 1.9 < signal.duration < 4.5


# --- samples that are no sound --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nan.wav", "infinite.wav"])
def test_samples_that_are_not_finite_are_refused_with_their_place(bad_file, name):
    path = bad_file(name)
    words = f"{path}: 1 of 32000 samples are NaN or infinite, the first at 1.500 s"
    with pytest.raises(AudioValueError, match=re.escape(words)):
        load_audio(path)


def test_an_array_with_nan_is_refused():
    with pytest.raises(AudioValueError, match=r"<array>: 1 of 3 samples are NaN or infinite"):
        load_audio(([0.0, np.nan, 0.5], 16000))


def test_floats_of_integer_range_are_told():
    with open_audio((np.linspace(-30000, 30000, 20000), 16000)) as stream:
        blocks = np.concatenate(list(stream.blocks()), axis=1)
    assert np.abs(blocks).max() == 1.0
    assert stream.warnings == ("20000 samples lie outside [-1, 1] and were clipped; the peak is 3e+04",)


def test_a_single_overshoot_of_a_lossy_codec_is_not_told():
    samples = np.full(16000, 0.5)
    samples[100] = 1.01
    assert load_audio((samples, 16000)).warnings == ()


def test_channels_that_cancel_in_the_mix_are_told():
    tone = 0.5 * np.sin(np.arange(16000) / 10)
    words = "silent as chosen: other channels hold sound, or the channels cancel each other"
    assert load_audio((np.stack([tone, -tone]), 16000)).warnings == (words,)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (np.zeros(100), "an array needs its sample rate: pass (array, sample_rate)"),
        ((np.zeros(100),), "an array comes as a tuple of two: (array, sample_rate)"),
        ((16000, np.zeros(100)), "an array comes as a tuple of two: (array, sample_rate)"),
        ((np.zeros(100), [1, [2]]), "an array comes as a tuple of two: (array, sample_rate)"),
        (([[0.0, 1.0], [0.0]], 16000), "samples must be numbers, as many in each channel"),
        ((np.zeros(100), 0), "sample_rate must be between 1000 and 768000 Hz; got 0"),
        ((np.zeros((1000, 2)), 16000), "pass (channels, samples), which is the transpose"),
        ((np.zeros(0), 16000), "there are no samples"),
        (
            None,
            "audio comes from a path, bytes, a binary file object, a Signal or (array, sample_rate); got No",
        ),
        (3, "got int"),
        (io.StringIO("words"), "the file object is in text mode; open it with mode 'rb'"),
    ],
)
def test_what_is_no_source_is_refused(source, words):
    with pytest.raises(AudioValueError, match=re.escape(words)):
        load_audio(source)


@pytest.mark.parametrize(
    ("channels", "words"),
    [
        (5, "stereo.wav: has 2 channels (0 to 1); there is no channel 5"),
        (-1, "stereo.wav: has 2 channels (0 to 1); there is no channel -1"),
        ("left", "unknown channels 'left'; known: mix, split, a number from 0"),
        (1.0, "channels must be 'mix', 'split' or a number from 0; got 1.0"),
        (True, "channels must be 'mix', 'split' or a number from 0; got True"),
    ],
)
def test_channels_that_are_not_there_are_refused(bad_file, channels, words):
    with pytest.raises(AudioValueError, match=re.escape(words)):
        load_audio(bad_file("stereo.wav"), channels=channels)


# --- files that cannot be opened ------------------------------------------------------------------------


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(AudioNotFoundError, match=re.escape(f"{tmp_path}/none.wav: no such file")):
        load_audio(tmp_path / "none.wav")


def test_a_folder(tmp_path: Path):
    with pytest.raises(AudioNotFoundError, match=re.escape(f"{tmp_path}: is a folder, not a file")):
        load_audio(tmp_path)


def test_a_symlink_loop(tmp_path: Path):
    (tmp_path / "a.wav").symlink_to(tmp_path / "b.wav")
    (tmp_path / "b.wav").symlink_to(tmp_path / "a.wav")
    with pytest.raises(AudioNotFoundError, match=r"a\.wav: is a symlink loop"):
        load_audio(tmp_path / "a.wav")


def test_a_name_with_a_zero_byte():
    with pytest.raises(AudioNotFoundError, match="is not a file name: embedded null byte"):
        load_audio("a\0b.wav")


def test_a_name_that_is_too_long(tmp_path: Path):
    with pytest.raises(AudioNotFoundError, match="the name is too long to be one"):
        load_audio(tmp_path / ("a" * 300))


def test_a_named_pipe_is_refused_and_does_not_hang(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(AudioDecodeError, match=r"pipe\.wav: is a named pipe, not a file"):
        load_audio(tmp_path / "pipe.wav")


def test_a_shells_process_substitution_is_read(bad_file):
    reading, writing = os.pipe()
    with open(reading, "rb"), open(writing, "wb") as pipe:
        pipe.write(bad_file("short.wav").read_bytes())
        pipe.close()
        assert load_audio(f"/dev/fd/{reading}").duration == pytest.approx(0.1)


def test_a_device_is_refused():
    with pytest.raises(AudioDecodeError, match="/dev/zero: is a device, not a file"):
        load_audio("/dev/zero")


def test_a_pipe_without_end_is_bounded(monkeypatch: pytest.MonkeyPatch):
    from affectone.audio import sources

    monkeypatch.setattr(sources, "MOST_PIPED", 2**22)

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            return bytes(size)

    with pytest.raises(AudioDecodeError, match=r"more than 0\.00391 GiB came through the pipe"):
        load_audio(Endless())


def test_no_permission(bad_file, monkeypatch: pytest.MonkeyPatch):
    # The permission bits do not stop root, who may run the tests.
    from affectone.audio import sources

    def refuse(path: str, mode: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(sources, "open", refuse, raising=False)
    with pytest.raises(AudioError, match=r"short\.wav: no permission to read it"):
        load_audio(bad_file("short.wav"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_no_permission_for_real(bad_file):
    path = bad_file("short.wav")
    path.chmod(0)
    with pytest.raises(AudioError, match="no permission to read it"):
        load_audio(path)


@pytest.mark.parametrize("name", ["short.wav", "film.mp4"])
def test_a_disk_that_fails_while_reading_is_no_short_recording(bad_file, name):
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 512:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(256 if size is None or size < 0 else min(size, 256))

    with pytest.raises(AudioError, match=r"<file>: .*Input/output error"):
        load_audio(Failing(bad_file(name).read_bytes()))


class Breaking(io.BytesIO):
    """Raises at half of its bytes."""

    def __init__(self, data: bytes, error: BaseException) -> None:
        super().__init__(data)
        self._half, self._error = len(data) // 2, error

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= self._half:
            raise self._error
        return super().read(min(self._half, 2**31 if size is None or size < 0 else size))


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3", "m4a"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("boom"), ValueError("boom")])
def test_what_a_file_object_raises_comes_out_as_it_is(cut, kind, error):
    with pytest.raises(type(error)) as caught:
        load_audio(Breaking(cut(kind, 1.0).read_bytes(), error))
    assert caught.value is error


@pytest.mark.parametrize("kind", ["wav", "m4a"])
def test_a_truncated_gzip_is_no_short_recording(cut, kind):
    packed = gzip.compress(cut(kind, 1.0).read_bytes())
    with (
        gzip.open(io.BytesIO(packed[: len(packed) // 2])) as unpacking,
        pytest.raises(AudioError, match="<file>: cannot be read: Compressed file ended before"),
    ):
        load_audio(unpacking)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")
@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "m4a"])
def test_ctrl_c_is_not_lost_within_a_decoder(cut, kind):
    data = cut(kind, 1.0).read_bytes()

    def read_until_interrupted(delay: float) -> bool:
        stop = time.monotonic() + 1.0
        signal.setitimer(signal.ITIMER_REAL, delay)
        try:
            while time.monotonic() < stop:
                load_audio(data)
        except KeyboardInterrupt:
            return True
        return False

    # As Ctrl-C does, but on a timer.
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        caught = sum(read_until_interrupted(0.02 + 0.0013 * turn) for turn in range(20))
        # One that comes in the instant in which soundfile's or PyAV's objects are cleared away is lost there.
        assert caught >= 17
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", ["short.wav", "film.mp4"])
def test_a_disk_that_fails_within_a_decoder(bad_file, name, monkeypatch: pytest.MonkeyPatch):
    from affectone.audio import sources

    class Failing(io.BytesIO):
        reads = 0

        def read(self, size: int | None = -1) -> bytes:
            self.reads += 1
            if self.reads > 4:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(256 if size is None or size < 0 else min(size, 256))

    monkeypatch.setattr(sources, "_plain", lambda handle: True)  # As a file of the system would.
    with pytest.raises(AudioError, match=r"<file>: cannot be read: Input/output error"):
        load_audio(Failing(bad_file(name).read_bytes()))


def test_a_closed_file_object(bad_file):
    with bad_file("short.wav").open("rb") as handle:
        pass
    with pytest.raises(AudioValueError, match=r"short\.wav: the file object is closed"):
        load_audio(handle)


def test_a_file_object_open_for_writing(tmp_path: Path):
    with (
        (tmp_path / "new.wav").open("wb") as handle,
        pytest.raises(AudioValueError, match=r"new\.wav: the file object is not open for reading"),
    ):
        load_audio(handle)


@pytest.mark.parametrize("maker", [tempfile.NamedTemporaryFile, tempfile.SpooledTemporaryFile])
def test_a_temporary_file_in_text_mode(maker):
    with maker(mode="w+") as handle:
        handle.write("hello" * 100)
        with pytest.raises(AudioValueError, match="is in text mode; open it with mode 'rb'"):
            load_audio(handle)


@pytest.mark.parametrize(
    ("given", "words"), [("text", "is in text mode"), (None, r"its read\(\) gave NoneType, not bytes")]
)
def test_a_file_object_that_gives_no_bytes(given, words):
    class Odd:
        def read(self, size: int = -1) -> object:
            return given

    with pytest.raises(AudioValueError, match=f"<file>: .*{words}"):
        load_audio(Odd())


def test_a_pipe_that_finds_no_folder_to_be_copied_to(monkeypatch):
    def none() -> object:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr("affectone.audio.sources.KEEP_IN_MEMORY", 100)
    monkeypatch.setattr(tempfile, "TemporaryFile", none)
    words = "<file>: cannot be copied to disk, where TMPDIR names the folder: No usable temporary directory"

    class Pipe:
        def read(self, size: int = -1) -> bytes:
            return b"RIFF" * 100

    with pytest.raises(AudioError, match=re.escape(words)):
        load_audio(Pipe())


def test_a_path_object_that_gives_no_path():
    class Odd:
        def __fspath__(self) -> int:
            return 5

    with pytest.raises(AudioValueError, match="Odd is no path: "):
        load_audio(Odd())


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("a\nb\r\t.wav", r"a\nb\r\t.wav"),
        ("\x1b[2J\x7f.wav", r"\x1b[2J\x7f.wav"),
        ("nel\x85.wav", r"nel\x85.wav"),
        ("line\u2028.wav", r"line\u2028.wav"),
        ("\u202egnp.wav", r"\u202egnp.wav"),
        ("\ud800.wav", r"\ud800.wav"),
        ("Gr\u00fc\u00dfe \u3042 \U0001f600 \\xe9.wav", "Gr\u00fc\u00dfe \u3042 \U0001f600 \\xe9.wav"),
    ],
)
def test_names_cannot_write_on_the_terminal(name, printed):
    assert source_name(name) == source_name(Path(name)) == printed


def test_messages_name_such_files_safely(tmp_path: Path):
    with pytest.raises(AudioNotFoundError) as caught:
        load_audio(tmp_path / "\x1b[2J\n\ud800.wav")
    assert str(caught.value).startswith(f"{tmp_path}/\\x1b[2J\\n\\ud800.wav: ")


@pytest.mark.parametrize("ending", ["wav", "mp4"])
def test_a_name_that_is_not_utf8(bad_file, ending, tmp_path: Path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9." + ending.encode()))
    try:
        path.write_bytes(bad_file({"wav": "short.wav", "mp4": "film.mp4"}[ending]).read_bytes())
    except OSError:
        pytest.skip("this file system wants UTF-8 names")
    signal = load_audio(path)
    assert signal.source.endswith(f"caf\\xe9.{ending}")
    assert signal.source.isprintable()


def test_a_missing_file_with_such_a_name_can_be_printed(tmp_path: Path):
    with pytest.raises(AudioNotFoundError) as caught:
        load_audio(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.wav"))
    assert str(caught.value).isprintable()


# --- samples without a header -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("s16le", "a raw format is written encoding:rate:channels, such as s16le:8000:1; got 's16le'"),
        ("s16le:8k:1", "got 's16le:8k:1'"),
        ("s16l:8000:1", "unknown raw encoding 's16l'; did you mean 's16le'?"),
        ("s16le:8000:0", "channels must be a whole number from 1 to 1024; got 0"),
        ("s16le:" + "9" * 5000 + ":1", "such as s16le:8000:1; got 's16le:9999"),
        (None, "such as s16le:8000:1; got None"),
        ("s16le:1:1", "sample_rate must be between 1000 and 768000 Hz; got 1"),
    ],
)
def test_a_raw_format_that_is_none_is_refused(text, words):
    with pytest.raises(AudioValueError, match=re.escape(words)):
        RawFormat.parse(text)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("s16le", 8000, "1"), "channels must be a whole number from 1 to 1024; got '1'"),
        (("s16le", 8000, 1.5), "channels must be a whole number from 1 to 1024; got 1.5"),
        ((["s16le"], 8000), "unknown raw encoding ['s16le']"),
    ],
)
def test_a_raw_format_of_wrong_types_is_refused(arguments, words):
    with pytest.raises(AudioValueError, match=re.escape(words)):
        RawFormat(*arguments)


def test_raw_as_text_is_checked_before_reading():
    with pytest.raises(AudioValueError, match="unknown raw encoding 's16'"):
        load_audio(bytes(100), raw="s16:8000:1")


def test_raw_samples_with_a_header_are_told(bad_file):
    with open_audio(bad_file("short.wav"), raw=RawFormat.parse("s16le:16000:1")) as stream:
        list(stream.blocks())
        assert stream.warnings == ("read as raw s16le:16000:1 although it holds WAV",)


def test_raw_samples_that_do_not_come_out_even_are_told():
    with open_audio(bytes([100]) * 32001, raw=RawFormat.parse("s16le:16000:1")) as stream:
        list(stream.blocks())
    assert stream.warnings == ("damaged: 1 bytes are left over: it may not be s16le:16000:1; read 1.00 s",)


def test_an_array_is_not_raw():
    with pytest.raises(AudioValueError, match="raw describes bytes without a header; an array has none"):
        load_audio((np.zeros(100), 16000), raw=RawFormat.parse("s16le:16000:1"))


def test_samples_without_a_header_are_not_guessed_to_be_sound():
    samples = (8000 * np.sin(np.arange(16000) / 5)).astype("<i2").tobytes()
    with pytest.raises(AudioDecodeError, match="is not audio in any format that is known here"):
        load_audio(samples)


def test_a_playlist_is_text_and_opens_nothing(tmp_path: Path, bad_file):
    playlist = tmp_path / "list.m4a"
    playlist.write_text(f"#EXTM3U\n#EXTINF:2,\n{bad_file('short.wav')}\n#EXT-X-ENDLIST\n", encoding="utf-8")
    with pytest.raises(AudioDecodeError, match=r"list\.m4a: is text, not audio"):
        load_audio(playlist)


@pytest.mark.corpora
def test_the_pointer_among_the_odd_files_of_the_corpora(corpora_root: Path):
    with pytest.raises(AudioDecodeError, match="is a Git LFS pointer, not audio; run git lfs pull"):
        load_audio(corpora_root / "quirks" / "1001_DFA_ANG_XX.lfs-pointer.wav")
