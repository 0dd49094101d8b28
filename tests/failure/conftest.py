"""Bad files: each fixture makes one, as it is met in the wild."""

from __future__ import annotations

import io
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

RATE = 16000


def sound(seconds: float = 2.0, rate: int = RATE) -> np.ndarray:
    """Return a swept tone with a little noise, so that encoded sizes follow the length."""
    time = np.arange(round(rate * seconds)) / rate
    noise = np.random.default_rng(7).standard_normal(len(time))
    return (0.3 * np.sin(2 * np.pi * (300 + 100 * time) * time) + 0.02 * noise).astype(np.float32)


def encoded(samples: np.ndarray, rate: int, container: str, subtype: str | None = None) -> bytes:
    """Return samples as a file's bytes."""
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=container, subtype=subtype)
    return buffer.getvalue()


def filmed(codec: str | None, title: str = "") -> bytes:
    """Return a second of black video, with two seconds of sound where `codec` names one."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as film:
        film.metadata["title"] = title
        picture = film.add_stream("mpeg4", rate=10)
        picture.width = picture.height = 64
        picture.pix_fmt = "yuv420p"
        voice = film.add_stream(codec, rate=RATE, layout="mono") if codec else None
        if voice is not None:
            voice.codec_context.open()
        for _ in range(10):
            film.mux(picture.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        film.mux(picture.encode(None))
        if voice is not None:
            frame = av.AudioFrame.from_ndarray(sound()[np.newaxis], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, 0
            maker = av.AudioResampler("fltp", "mono", RATE, voice.codec_context.frame_size)
            for piece in [*maker.resample(frame), *maker.resample(None)]:
                film.mux(voice.encode(piece))
            film.mux(voice.encode(None))
    return buffer.getvalue()


def spoken_m4a(seconds: float = 2.0, **options: str) -> bytes:
    """Return AAC in an m4a file; ``movflags="faststart"`` puts its index in front."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.m4a")  # FFmpeg reads its own file again to bring the index in front.
        _write_m4a(path, seconds, options)
        return path.read_bytes()


def _write_m4a(path: Path, seconds: float, options: dict[str, str]) -> None:
    import av

    with av.open(str(path), "w", format="ipod", options=options) as output:
        stream = output.add_stream("aac", rate=RATE, layout="mono")
        stream.codec_context.open()
        frame = av.AudioFrame.from_ndarray(sound(seconds)[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, 0
        maker = av.AudioResampler("fltp", "mono", RATE, stream.codec_context.frame_size)
        for piece in [*maker.resample(frame), *maker.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))


def streamed_wav(riff_size: int, data_size: int) -> bytes:
    """Return a WAV whose sizes were never completed, as tools that write to a pipe leave it."""
    data = bytearray(encoded(sound(), RATE, "WAV", "PCM_16"))
    data[4:8], data[40:44] = struct.pack("<I", riff_size), struct.pack("<I", data_size)
    return bytes(data)


def not_finite(value: float, container: str = "WAV") -> bytes:
    """Return a float WAV of two seconds with one such value at 1.5 s."""
    samples = sound()
    samples[24000] = value
    return encoded(samples, RATE, container, "FLOAT")


LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:c6f94b2592487c7556bd86df7df6e8f4420d1b9c11414aeec9d8e5e640b51495\nsize 83512\n"
)

MAKERS: dict[str, Callable[[], bytes]] = {
    "empty.wav": lambda: b"",
    "text.wav": lambda: b"These are words, not sound.\n" * 20,
    "utf8.wav": lambda: "Das wäre schön, so viele Wörter.\n".encode() * 200,
    "page.mp3": lambda: b"\n<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "pointer.wav": lambda: LFS_POINTER,
    "zeros.wav": lambda: bytes(5000),
    "noise.wav": lambda: np.random.default_rng(1).bytes(5000),
    "picture.wav": lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "archive.wav": lambda: b"PK\x03\x04" + bytes(range(256)),
    "notes.mid": lambda: b"MThd\x00\x00\x00\x06" + bytes(20),
    "header_only.wav": lambda: encoded(sound(), RATE, "WAV", "PCM_16")[:44],
    "half_header.wav": lambda: encoded(sound(), RATE, "WAV", "PCM_16")[:20],
    "no_samples.wav": lambda: encoded(sound(0.0), RATE, "WAV", "PCM_16"),
    "aiff.wav": lambda: encoded(sound(), RATE, "AIFF", "PCM_16"),
    "nan.wav": lambda: not_finite(np.nan),
    "infinite.wav": lambda: not_finite(-np.inf),
    "silent.wav": lambda: encoded(np.zeros(2 * RATE, np.float32), RATE, "WAV", "PCM_16"),
    "short.wav": lambda: encoded(sound(0.1), RATE, "WAV", "PCM_16"),
    "film_without_sound.mp4": lambda: filmed(None),
    "film.mp4": lambda: filmed("aac"),
    "eight_khz.wav": lambda: encoded(sound(rate=8000), 8000, "WAV", "PCM_16"),
    "one_hertz.wav": lambda: encoded(sound(), 1, "WAV", "PCM_16"),
    "96_khz.wav": lambda: encoded(sound(rate=96000), 96000, "WAV", "PCM_24"),
    "stereo.wav": lambda: encoded(np.stack([sound()] * 2, axis=1), RATE, "WAV", "PCM_16"),
    "six_channels.wav": lambda: encoded(np.stack([sound()] * 6, axis=1), RATE, "WAVEX", "PCM_16"),
    "double.wav": lambda: encoded(sound(), RATE, "WAV", "DOUBLE"),
    "cut.wav": lambda: encoded(sound(10.0), RATE, "WAV", "PCM_16")[: 44 + 3 * 2 * RATE],
    "cut_to_nothing.wav": lambda: encoded(sound(10.0), RATE, "WAV", "PCM_16")[: 44 + RATE // 5],
}


@pytest.fixture
def bad_file(tmp_path: Path) -> Callable[[str], Path]:
    """Return a maker of the bad files named in `MAKERS`; each is a path in an otherwise empty folder."""

    def make(name: str) -> Path:
        path = tmp_path / name
        path.write_bytes(MAKERS[name]())
        return path

    return make


@pytest.fixture
def titled_film() -> bytes:
    """Return a film whose title is in Latin-1, which MP4 does not allow and old tools write."""
    data = filmed("aac", title="Gruesse, Gruesse")
    assert data.count(b"Gruesse, Gruesse") == 1
    return data.replace(b"Gruesse, Gruesse", "Grüüüße, Grüüüße".encode("latin-1"))


@pytest.fixture
def cut(tmp_path: Path) -> Callable[[str, float], Path]:
    """Return a maker of ten-second recordings in a format, cut after a share of their bytes."""
    formats: dict[str, Callable[[], bytes]] = {
        "wav": lambda: encoded(sound(10.0), RATE, "WAV", "PCM_16"),
        "rf64": lambda: encoded(sound(10.0), RATE, "RF64", "PCM_16"),
        "gsm.wav": lambda: encoded(sound(10.0, 8000), 8000, "WAV", "GSM610"),
        "aiff": lambda: encoded(sound(10.0), RATE, "AIFF", "PCM_16"),
        "au": lambda: encoded(sound(10.0), RATE, "AU", "PCM_16"),
        "caf": lambda: encoded(sound(10.0), RATE, "CAF", "PCM_16"),
        "flac": lambda: encoded(sound(10.0), RATE, "FLAC", "PCM_16"),
        "mp3": lambda: encoded(sound(10.0), RATE, "MP3"),
        "ogg": lambda: encoded(sound(10.0), RATE, "OGG", "VORBIS"),
        "opus": lambda: encoded(sound(10.0), RATE, "OGG", "OPUS"),
        "m4a": lambda: spoken_m4a(10.0),
        "faststart.m4a": lambda: spoken_m4a(10.0, movflags="faststart"),
    }

    def make(kind: str, share: float) -> Path:
        data = formats[kind]()
        path = tmp_path / f"cut.{kind}"
        path.write_bytes(data[: round(share * len(data))])
        return path

    return make


@pytest.fixture
def pipe_wav(tmp_path: Path) -> Callable[[int, int], Path]:
    """Return a maker of WAV files with the sizes that tools leave when they write to a pipe."""

    def make(riff_size: int, data_size: int) -> Path:
        path = tmp_path / "piped.wav"
        path.write_bytes(streamed_wav(riff_size, data_size))
        return path

    return make


@pytest.fixture
def wide_wav() -> Callable[[int], bytes]:
    """Return a maker of WAVs of some channels in 64-bit integers, which libsndfile does not know."""

    def make(channels: int) -> bytes:
        form = struct.pack("<HHIIHH", 1, channels, RATE, channels * 8 * RATE, channels * 8, 64)
        data = bytes(channels * 8 * RATE)
        chunks = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
        return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks

    return make


def _transport_stream(**options: str) -> bytes:
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mpegts", options=options) as output:
        stream = output.add_stream("aac", rate=RATE, layout="mono")
        stream.codec_context.open()
        frame = av.AudioFrame.from_ndarray(sound()[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, 0
        maker = av.AudioResampler("fltp", "mono", RATE, stream.codec_context.frame_size)
        for piece in [*maker.resample(frame), *maker.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.fixture
def late_stream() -> bytes:
    """Return an MPEG transport stream of two seconds, after which others begin."""
    later = [
        _transport_stream(
            mpegts_start_pid=str(512 + place),
            mpegts_service_id=str(2 + place),
            mpegts_pmt_start_pid=str(4096 + 16 * place),
        )
        for place in range(1, 60)
    ]
    return _transport_stream() + b"".join(later)
