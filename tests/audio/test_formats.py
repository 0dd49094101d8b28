"""A sine of known frequency, level and channel comes back from every format as it went in."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from affectone.audio import load_audio, open_audio

BY_SOUNDFILE = [
    ("WAV", "PCM_U8", "wav", 1e-2),
    ("WAV", "PCM_16", "wav", 1e-4),
    ("WAV", "PCM_24", "wav", 1e-4),
    ("WAV", "PCM_32", "wav", 1e-4),
    ("WAV", "FLOAT", "wav", 1e-4),
    ("WAV", "DOUBLE", "wav", 1e-4),
    ("WAV", "ULAW", "wav", 1e-2),
    ("WAV", "ALAW", "wav", 1e-2),
    ("WAV", "GSM610", "wav", 5e-2),
    ("WAVEX", "PCM_16", "wav", 1e-4),
    ("RF64", "PCM_16", "rf64", 1e-4),
    ("W64", "PCM_16", "w64", 1e-4),
    ("FLAC", "PCM_16", "flac", 1e-4),
    ("FLAC", "PCM_24", "flac", 1e-4),
    ("OGG", "VORBIS", "ogg/vorbis", 3e-2),
    ("OGG", "OPUS", "ogg/opus", 3e-2),
    ("MP3", "MPEG_LAYER_III", "mp3", 3e-2),
    ("AIFF", "PCM_16", "aiff", 1e-4),
    ("AU", "PCM_16", "au", 1e-4),
    ("CAF", "PCM_16", "caf", 1e-4),
    ("VOC", "PCM_16", "voc", 1e-4),
]

BY_FFMPEG = [
    ("mp4", "aac", "mp4/aac"),
    ("ipod", "aac", "m4a/aac"),
    ("ipod", "alac", "m4a/alac"),
    ("mov", "pcm_s16le", "mov/pcm_s16le"),
    ("webm", "libopus", "webm/opus"),
    ("matroska", "aac", "matroska/aac"),
    ("3gp", "aac", "3gp/aac"),
    ("adts", "aac", "aac"),
    ("asf", "wmav2", "wma/wmav2"),
    ("avi", "libmp3lame", "avi/mp3"),
    ("flv", "libmp3lame", "flv/mp3"),
    ("mpegts", "aac", "mpeg-ts/aac"),
    ("mpeg", "mp2", "mpeg-ps/mp2"),
    ("mp2", "mp2", "mp3"),
    ("wv", "wavpack", "wavpack"),
    ("ac3", "ac3", "ac3"),
    ("wav", "pcm_s64le", "wav"),
]


@pytest.mark.parametrize(("container", "subtype", "name", "tolerance"), BY_SOUNDFILE)
def test_libsndfile_formats_keep_length_frequency_and_level(
    container, subtype, name, tolerance, tone, sndfile, hertz_of, level_of
):
    rate = 8000
    data = sndfile(tone(1000, rate), rate, container, subtype)
    with open_audio(data, sample_rate=None) as stream:
        sound = np.concatenate(list(stream.blocks()), axis=1)
    assert stream.format == name
    assert stream.warnings == ()
    assert sound.shape == (1, 2 * rate)
    assert hertz_of(sound[0], rate) == pytest.approx(1000, abs=1)
    assert level_of(sound[0]) == pytest.approx(0.5, abs=tolerance)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_ogg_files_behind_one_another_are_heard_to_the_end(subtype, tone, sndfile, hertz_of):
    rate = 48000
    low, high = (sndfile(tone(hertz, rate), rate, "OGG", subtype) for hertz in (500, 2000))
    sound = load_audio(low + high, sample_rate=None)
    # FFmpeg keeps what fills the last block of the first stream.
    assert sound.samples.shape[1] == pytest.approx(4 * rate, abs=0.05 * rate)
    assert sound.warnings == ()
    assert hertz_of(sound.samples[0, : 2 * rate], rate) == pytest.approx(500, abs=2)
    assert hertz_of(sound.samples[0, 2 * rate :], rate) == pytest.approx(2000, abs=2)


@pytest.mark.parametrize(("container", "codec", "name"), BY_FFMPEG)
def test_ffmpeg_formats_keep_length_frequency_and_level(
    container, codec, name, tone, ffmpeg, hertz_of, level_of
):
    rate = 48000 if codec in ("libopus", "mp2", "ac3") else 44100
    data = ffmpeg(tone(1000, rate), rate, container, codec)
    with open_audio(data, sample_rate=None) as stream:
        sound = np.concatenate(list(stream.blocks()), axis=1)
    assert stream.format == name
    assert stream.warnings == ()
    assert sound.shape[1] == pytest.approx(2 * rate, abs=2 * 2048)  # Lossy codecs add up to two frames.
    assert hertz_of(sound[0], rate) == pytest.approx(1000, abs=1)
    assert level_of(sound[0]) == pytest.approx(0.5, abs=0.03)


def test_amr_of_a_telephone(tone, ffmpeg, hertz_of):
    av = pytest.importorskip("av")
    if "libopencore_amrnb" not in av.codecs_available:
        pytest.skip("this PyAV was built without the AMR encoder")
    signal = load_audio(ffmpeg(tone(1000, 8000), 8000, "amr", "libopencore_amrnb", bits=12200))
    assert signal.duration == pytest.approx(2.0, abs=0.05)
    assert hertz_of(signal.samples[0], 16000) == pytest.approx(1000, abs=2)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24414, 44100, 48000, 96000])
def test_every_rate_is_brought_to_16_khz(rate, tone, sndfile, hertz_of, level_of):
    signal = load_audio(sndfile(tone(1000, rate), rate, "WAV", "PCM_16"))
    assert signal.sample_rate == 16000
    assert signal.samples.shape[1] == pytest.approx(32000, abs=1)
    assert hertz_of(signal.samples[0], 16000) == pytest.approx(1000, abs=1)
    assert level_of(signal.samples[0]) == pytest.approx(0.5, abs=1e-3)


def test_decimation_does_not_fold_12_khz_down_to_4_khz(tone, sndfile):
    signal = load_audio(sndfile(tone(12000, 48000), 48000, "WAV", "PCM_24"))
    assert np.abs(signal.samples[0, 1000:-1000]).max() < 1e-5


@pytest.mark.parametrize(("container", "codec"), [("mp4", "aac"), ("asf", "wmav2")])
def test_stereo_order_survives_ffmpeg(container, codec, tone, ffmpeg, hertz_of):
    both = np.stack([tone(500, 48000), tone(900, 48000)])
    sound = load_audio(ffmpeg(both, 48000, container, codec), channels="split").samples
    assert [round(hertz_of(channel, 16000)) for channel in sound] == [500, 900]


def test_six_channels_keep_their_order(tone, sndfile, hertz_of):
    six = np.stack([tone(300 + 200 * place, 16000) for place in range(6)])
    sound = load_audio(sndfile(six, 16000, "WAVEX", "PCM_16"), channels="split").samples
    assert [round(hertz_of(channel, 16000)) for channel in sound] == [300, 500, 700, 900, 1100, 1300]


def test_six_channels_of_aac_are_all_there(tone, ffmpeg):
    six = np.stack([tone(300, 48000)] * 6)
    with open_audio(ffmpeg(six, 48000, "mp4", "aac", bits=384000), channels="split") as stream:
        assert (stream.channels, stream.native_channels) == (6, 6)


@pytest.mark.parametrize(
    ("container", "codec", "count"),
    [("matroska", "pcm_s16le", 8), ("matroska", "pcm_f32le", 16), ("wv", "wavpack", 16)],
)
def test_eight_and_more_channels_of_ffmpeg_keep_their_order(container, codec, count, tone, ffmpeg, hertz_of):
    many = np.stack([tone(300 + 200 * place, 16000, seconds=0.5) for place in range(count)])
    sound = load_audio(ffmpeg(many, 16000, container, codec), channels="split").samples
    assert [round(hertz_of(channel, 16000)) for channel in sound] == [
        300 + 200 * place for place in range(count)
    ]


@pytest.mark.parametrize(("container", "codec"), [("mp4", "aac"), ("webm", "libopus")])
def test_eight_channels_of_lossy_codecs_are_all_there(container, codec, tone, ffmpeg, level_of):
    eight = np.stack([tone(1000, 48000, seconds=1.0)] * 8)
    sound = load_audio(ffmpeg(eight, 48000, container, codec, bits=768000), channels="split").samples
    levels = sorted(level_of(channel) for channel in sound)
    assert len(levels) == 8
    assert levels[1:] == pytest.approx(
        [0.5] * 7, abs=0.05
    )  # Codecs keep only the low end of the LFE channel.


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT"])
def test_full_scale_does_not_wrap(subtype, sndfile):
    square = np.tile(np.float32([1.0] * 8 + [-1.0] * 8), 1000)
    sound = load_audio(sndfile(square, 16000, "WAV", subtype)).samples[0]
    assert sound.max() == pytest.approx(1.0, abs=1e-4)
    assert np.array_equal(sound > 0, square > 0)


@pytest.mark.parametrize(
    ("dtype", "quarter"),
    [
        (np.uint8, 160),
        (np.int8, 32),
        (np.int16, 8192),
        (">i2", 8192),
        (np.int32, 2**29),
        (">i4", 2**29),
        (np.float64, 0.25),
        (">f4", 0.25),
    ],
)
def test_arrays_of_each_width_are_scaled(dtype, quarter):
    signal = load_audio((np.full(1000, quarter, dtype=dtype), 16000))
    assert np.all(signal.samples == np.float32(0.25))


def test_mp3_does_not_depend_on_how_much_is_read_at_once(sndfile, monkeypatch):
    # soundfile seeks after each read, and libmpg123 then loses what it needs of the frames before.
    from affectone.audio import _soundfile

    monkeypatch.setattr(_soundfile, "CHUNK_FRAMES", 1000)
    time = np.arange(160000) / 16000
    sweep = 0.3 * np.sin(2 * np.pi * 440 * time * (1 + time / 20))
    noise = 0.05 * np.random.default_rng(0).standard_normal(len(time))
    data = sndfile((sweep + noise).astype(np.float32), 16000, "MP3", "MPEG_LAYER_III")
    with open_audio(data) as stream:
        pieces = np.concatenate(list(stream.blocks()), axis=1)
    import soundfile

    whole, _ = soundfile.read(io.BytesIO(data), dtype="float32")
    assert np.abs(pieces[0] - np.clip(whole, -1, 1)).max() < 1e-6


def test_the_content_decides_not_the_name(tone, sndfile, tmp_path: Path):
    path = tmp_path / "voice.mp3"
    path.write_bytes(sndfile(tone(1000, 16000), 16000, "FLAC"))
    with open_audio(path) as stream:
        assert stream.format == "flac"
        assert stream.warnings == ("named .mp3 but holds FLAC",)


def test_a_file_without_ending_is_read_without_a_warning(tone, sndfile, tmp_path: Path):
    path = tmp_path / "voice"
    path.write_bytes(sndfile(tone(1000, 16000), 16000, "WAV"))
    assert load_audio(path).warnings == ()


def test_a_wav_named_raw_is_read_as_the_wav_it_is(tone, sndfile, tmp_path: Path):
    path = tmp_path / "voice.raw"
    path.write_bytes(sndfile(tone(1000, 16000), 16000, "WAV"))
    assert load_audio(path).duration == 2.0


def test_mp3_behind_a_large_tag_is_found(tone, sndfile):
    data = sndfile(tone(1000, 16000), 16000, "MP3")
    tag = b"ID3\x04\x00\x00" + bytes([0, 0, 0x40, 0]) + bytes(8192)
    with open_audio(tag + data) as stream:
        assert stream.format == "mp3"
        assert stream.promised_seconds == pytest.approx(2.0, abs=0.15)


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "rate", "channels", "seconds", "warnings"),
    [
        ("03-01-02-01-01-02-01.wav", 48000, 2, 3.604, ()),
        ("03-01-05-02-01-01-08.wav", 48000, 1, 3.971, ()),
        ("03a01Fa.wav", 16000, 1, 1.898, ()),
        ("1076_MTI_SAD_XX.wav", 16000, 1, 2.569, ("silent: peak 0",)),
        ("DC_a01.wav", 44100, 1, 3.648, ()),
        ("KS0_surprised_70.wav", 24000, 1, 2.850, ()),
        ("OAF_food_fear.wav", 96000, 1, 1.512, ()),
        ("YAF_germ_angry.wav", 24414, 1, 2.206, ("named .wav but holds AIFF",)),
        ("YAF_neat_fear.wav", 24414, 1, 1.645, ("named .wav but holds AIFF",)),
    ],
)
def test_odd_files_of_the_corpora(corpora_root: Path, name, rate, channels, seconds, warnings):
    with open_audio(corpora_root / "quirks" / name) as stream:
        length = sum(block.shape[1] for block in stream.blocks())
    assert (stream.native_rate, stream.native_channels) == (rate, channels)
    assert length / 16000 == pytest.approx(seconds, abs=1e-3)
    assert stream.warnings == warnings
