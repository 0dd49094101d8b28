"""The measures of `check_recording` against recordings whose faults are known because they were made."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import soxr

from affectone.audio import check_recording


def _with_noise(speech, snr: float):
    rng = np.random.default_rng(11)
    noise = rng.standard_normal(len(speech))
    noise *= np.sqrt(np.mean(speech**2) / np.mean(noise**2)) * 10 ** (-snr / 20)
    return (speech + noise).astype(np.float32)


@pytest.mark.parametrize("snr", [0, 5, 10, 20, 30])
def test_noise_of_known_strength_is_measured(snr, speechlike):
    report = check_recording((_with_noise(speechlike() * 0.2, snr), 16000))
    assert report.snr_db == pytest.approx(snr, abs=1.5)


@pytest.mark.corpora
@pytest.mark.parametrize("snr", [0, 10, 20])
def test_noise_on_real_speech_is_measured(snr, corpora_root: Path):
    from affectone.audio import load_audio

    clean = load_audio(corpora_root / "quirks" / "03-01-05-02-01-01-08.wav").samples[0]
    assert check_recording((_with_noise(clean * 0.2, snr), 16000)).snr_db == pytest.approx(snr, abs=1.5)


def test_a_dc_offset_is_measured_and_is_not_noise(speechlike):
    report = check_recording((_with_noise(speechlike() * 0.2, 20) + np.float32(0.05), 16000))
    assert report.dc_offset == pytest.approx(0.05, abs=1e-3)
    assert report.snr_db == pytest.approx(20, abs=1.5)
    assert "DC offset of +5.0 % of full scale" in report.problems


def test_levels_of_a_sine(tone):
    report = check_recording((tone(1000, 16000, level=0.5), 16000))
    assert report.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert report.rms_dbfs == pytest.approx(-9.03, abs=0.01)
    assert report.problems == ()


def test_flat_tops_are_clipping(tone):
    flat = np.clip(2 * tone(200, 16000, level=1.0), -1, 1)
    report = check_recording((flat, 16000))
    # Two thirds of the time |2 sin| is above 1.
    assert report.clipped_share == pytest.approx(2 / 3, abs=0.02)
    assert any(words.startswith("clipped: 6") for words in report.problems)


def test_a_sine_at_full_scale_is_not_clipping(tone, sndfile):
    report = check_recording(sndfile(tone(100, 48000, level=1.0), 48000, "WAV", "PCM_16"))
    assert report.peak_dbfs == pytest.approx(0, abs=0.01)
    assert report.clipped_share < 1e-3


def test_silence_share_counts_the_quiet_part(tone):
    speech = tone(500, 16000, seconds=3.0)
    hum = tone(100, 16000, seconds=1.0, level=0.5 * 10 ** (-40 / 20))
    assert check_recording((np.concatenate([speech, hum]), 16000)).silence_share == pytest.approx(
        0.25, abs=0.01
    )


def test_a_hum_20_db_below_speech_is_not_silence(tone):
    hum = tone(100, 16000, seconds=1.0, level=0.05)
    report = check_recording((np.concatenate([tone(500, 16000, seconds=3.0), hum]), 16000))
    assert report.silence_share == 0.0


def test_digital_silence_around_a_clip_is_not_taken_for_its_noise(speechlike):
    noisy = _with_noise(speechlike() * 0.2, 10)
    padded = np.concatenate([np.zeros(32000, np.float32), noisy, np.zeros(32000, np.float32)])
    assert check_recording((padded, 16000)).snr_db == pytest.approx(10, abs=1.5)


def test_silence_has_no_level_and_one_problem():
    report = check_recording((np.zeros(32000, np.float32), 16000))
    assert (report.peak_dbfs, report.rms_dbfs, report.snr_db, report.bandwidth_hz) == (None,) * 4
    assert report.silence_share == 1.0
    assert report.problems == ("silent: peak 0",)


def test_one_sound_on_two_channels_is_told(speechlike):
    mono = speechlike()
    report = check_recording((np.stack([mono, mono]), 16000))
    assert report.identical_channels
    assert report.problems == ("2 channels that are one and the same",)


def test_channels_that_differ_a_little_are_two(speechlike):
    mono = speechlike()
    assert not check_recording((np.stack([mono, _with_noise(mono, 30)]), 16000)).identical_channels


def test_one_channel_is_not_identical_to_itself(speechlike):
    assert not check_recording((speechlike(), 16000)).identical_channels


@pytest.mark.parametrize("gain", [1.0, 0.02])
def test_upsampled_telephone_audio_is_seen(gain, speechlike, sndfile):
    narrow = speechlike(rate=8000, top_hertz=3400.0)
    report = check_recording(sndfile(gain * soxr.resample(narrow, 8000, 48000), 48000, "WAV", "PCM_16"))
    assert report.bandwidth_hz == pytest.approx(3400, abs=300)
    assert any(words.startswith("upsampled telephone audio: 48000 Hz") for words in report.problems)


def test_a_dc_offset_does_not_hide_the_bandwidth(speechlike):
    quiet = 0.05 * speechlike(rate=48000, top_hertz=15000.0) + np.float32(0.5)
    assert check_recording((quiet, 48000)).bandwidth_hz > 10000


def test_a_recording_too_quiet_to_tell_is_not_called_telephone_audio(speechlike, sndfile):
    whisper = sndfile(2e-3 * speechlike(rate=48000, top_hertz=15000.0), 48000, "WAV", "PCM_16")
    report = check_recording(whisper)
    assert report.bandwidth_hz is None
    assert not any("telephone" in words for words in report.problems)


def test_wide_sound_has_its_bandwidth(speechlike, sndfile):
    report = check_recording(sndfile(speechlike(rate=48000, top_hertz=15000.0), 48000, "WAV", "PCM_16"))
    assert report.bandwidth_hz == pytest.approx(15000, abs=300)
    assert report.problems == ()


def test_honest_telephone_audio_is_no_problem(speechlike, sndfile):
    assert check_recording(sndfile(speechlike(8000, top_hertz=3400.0), 8000, "WAV")).problems == ()


def test_equal_sound_has_an_equal_hash_whatever_the_format(speechlike, sndfile):
    sound = (speechlike() * 32767).astype(np.int16)
    hashes = {check_recording(sndfile(sound, 16000, kind, "PCM_16")).content_hash for kind in ("WAV", "FLAC")}
    assert len(hashes) == 1
    assert check_recording(sndfile(sound[:-1], 16000, "WAV")).content_hash not in hashes


def test_quiet_and_short_are_told(tone):
    problems = check_recording((tone(500, 16000, seconds=0.5, level=0.003), 16000)).problems
    assert problems == ("short: 0.50 s", "very quiet: -53 dBFS on average")


def test_a_steady_sound_has_no_signal_to_noise_ratio(tone):
    assert all(
        check_recording((tone(500, 16000, level=level), 16000)).snr_db is None
        for level in (0.003, 0.01, 0.03, 0.1, 0.3, 0.33, 0.35, 0.37, 1.0)
    )


def test_noise_is_told(speechlike):
    problems = check_recording((_with_noise(speechlike() * 0.2, 3), 16000)).problems
    assert [words for words in problems if words.startswith("noisy: the signal-to-noise ratio is about")]


def test_warnings_of_reading_are_problems(tone, sndfile, tmp_path: Path):
    path = tmp_path / "voice.wav"
    path.write_bytes(sndfile(tone(500, 16000), 16000, "AIFF"))
    assert check_recording(path).problems == ("named .wav but holds AIFF",)


def test_a_report_is_plain_data(tone):
    report = check_recording((tone(500, 16000), 16000))
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301 - our own bytes
