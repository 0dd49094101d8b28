"""Sound in: any recording as checked samples, whole or in blocks, and what is wrong with it."""

from affectone.audio.find import find_audio
from affectone.audio.quality import RecordingReport, check_recording
from affectone.audio.raw import RawFormat
from affectone.audio.signal import FloatArray, Signal, valid_rate, valid_samples
from affectone.audio.sources import AudioSource, source_name
from affectone.audio.stream import AudioStream, Channels, load_audio, open_audio

__all__ = [
    "AudioSource",
    "AudioStream",
    "Channels",
    "FloatArray",
    "RawFormat",
    "RecordingReport",
    "Signal",
    "check_recording",
    "find_audio",
    "load_audio",
    "open_audio",
    "source_name",
    "valid_rate",
    "valid_samples",
]
