"""Headerless samples: each encoding decodes as its definition says."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest

from affectone.audio import RawFormat, load_audio, open_audio

HALF = {
    "u8": bytes([192]),
    "s8": bytes([64]),
    "s16le": struct.pack("<h", 16384),
    "s16be": struct.pack(">h", 16384),
    "s24le": (2**22).to_bytes(3, "little"),
    "s32le": struct.pack("<i", 2**30),
    "f32le": struct.pack("<f", 0.5),
    "f64le": struct.pack("<d", 0.5),
}


@pytest.mark.parametrize("encoding", HALF)
def test_half_of_full_scale_in_every_linear_encoding(encoding):
    signal = load_audio(HALF[encoding] * 1600, raw=RawFormat(encoding, 16000))
    assert signal.samples.shape == (1, 1600)
    assert np.all(signal.samples == np.float32(0.5))


# Extremes and zero as tabled in ITU-T G.711, scaled by 32768.
@pytest.mark.parametrize(
    ("encoding", "byte", "value"),
    [
        ("mulaw", 0x80, 32124),
        ("mulaw", 0x00, -32124),
        ("mulaw", 0xFF, 0),
        ("alaw", 0xAA, 32256),
        ("alaw", 0x2A, -32256),
        ("alaw", 0xD5, 8),
    ],
)
def test_companded_encodings_follow_g711(encoding, byte, value):
    signal = load_audio(bytes([byte]) * 1600, raw=RawFormat(encoding, 16000))
    assert np.all(signal.samples == np.float32(value / 32768))


def test_interleaved_channels_are_taken_apart():
    data = struct.pack("<2h", 8192, -8192) * 1000
    sound = load_audio(data, raw=RawFormat.parse("s16le:16000:2"), channels="split").samples
    assert sound[:, 0].tolist() == [0.25, -0.25]
    assert sound.shape == (2, 1000)


def test_the_rate_is_the_one_told(tone, hertz_of):
    data = (tone(1000, 8000) * 32767).astype("<i2").tobytes()
    with open_audio(io.BytesIO(data), raw=RawFormat.parse("s16le:8000:1")) as stream:
        sound = next(stream.blocks())
        assert stream.native_rate == 8000
    assert hertz_of(sound[0], 16000) == pytest.approx(1000, abs=1)


def test_a_raw_format_may_be_given_as_it_is_written():
    assert load_audio(HALF["s16le"] * 1600, raw="s16le:16000:1").samples.shape == (1, 1600)


def test_a_raw_format_prints_as_it_is_written():
    assert str(RawFormat.parse("mulaw:8000:1")) == "mulaw:8000:1"
