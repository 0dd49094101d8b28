"""One clip in every format: the same label, and scores that differ by no more than the format explains."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile as sf
import soxr

from affectone.models import store
from affectone.recognition import Recognizer

FloatArray = npt.NDArray[np.float32]
CLIPS = ("train.wav", "keys.flac")
PACKAGED = [name for name, folder in store.model_folders().items() if folder.parent == store.PACKAGED]


def written(container: str, subtype: str | None = None, *, to: int | None = None, channels: int = 1):
    """Return an encoder by libsndfile, with another rate or more channels of the same sound."""

    def encode(sound: FloatArray, rate: int) -> bytes:
        wanted = to or rate
        there = soxr.resample(sound, rate, wanted) if wanted != rate else sound
        buffer = io.BytesIO()
        samples = np.repeat(there[:, np.newaxis], channels, axis=1)
        sf.write(buffer, samples, wanted, format=container, subtype=subtype)
        return buffer.getvalue()

    return encode


def muxed(container: str, codec: str, sample_format: str, to: int) -> Callable[[FloatArray, int], bytes]:
    """Return an encoder by FFmpeg."""

    def encode(sound: FloatArray, rate: int) -> bytes:
        import av

        there = soxr.resample(sound, rate, to)
        buffer = io.BytesIO()
        with av.open(buffer, "w", format=container) as output:
            stream = output.add_stream(codec, rate=to, layout="mono")
            stream.codec_context.open()
            frame = av.AudioFrame.from_ndarray(there[np.newaxis].astype(np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = to, 0
            maker = av.AudioResampler(sample_format, "mono", to, stream.codec_context.frame_size)
            for piece in [*maker.resample(frame), *maker.resample(None)]:
                output.mux(stream.encode(piece))
            output.mux(stream.encode(None))
        return buffer.getvalue()

    return encode


LOSSLESS, LOSSY = 0.05, 0.15
FORMATS: dict[str, tuple[Callable[[FloatArray, int], bytes], float]] = {
    "WAV": (written("WAV", "PCM_16"), LOSSLESS),
    "FLAC": (written("FLAC", "PCM_16"), LOSSLESS),
    "AIFF": (written("AIFF", "PCM_24"), LOSSLESS),
    "48 kHz": (written("WAV", "PCM_16", to=48000), LOSSLESS),
    "stereo": (written("WAV", "PCM_16", channels=2), LOSSLESS),
    "MP3": (written("MP3"), LOSSY),
    "Opus": (written("OGG", "OPUS", to=48000), LOSSY),
    "m4a": (muxed("ipod", "aac", "fltp", 44100), LOSSY),
    "WebM": (muxed("webm", "libopus", "flt", 48000), LOSSY),
    "8 kHz": (written("WAV", "PCM_16", to=8000), LOSSY),
}


@pytest.fixture(scope="module", params=["tiny", *PACKAGED])
def model(request: pytest.FixtureRequest, tiny_model: Path) -> Recognizer:
    return Recognizer(tiny_model if request.param == "tiny" else request.param)


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("name", FORMATS)
def test_a_format_changes_no_label(model: Recognizer, repo_root: Path, clip: str, name: str) -> None:
    encode, tolerance = FORMATS[name]
    sound, rate = sf.read(repo_root / "examples" / clip, dtype="float32")
    here = model.predict(sound, sample_rate=rate)
    there = model.predict(encode(sound, rate))
    assert there.label == here.label
    assert there.scores == pytest.approx(dict(here.scores), abs=tolerance)
