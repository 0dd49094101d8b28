"""Measure how far scores move when the same speech comes in another format.

``python benchmarks/formats.py --corpora ROOT`` takes every 50th clip of seven corpora, codes it in each
format, and writes results/formats.json: the share of clips that keep their label, and the largest change of
any probability (median and 95th percentile over clips), against the same samples as 16 kHz WAV.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile as sf
import soxr

from affectone import Recognizer, load_audio
from affectone.corpora import load_corpora
from affectone.recognition import Prediction

HERE = Path(__file__).resolve().parent
RATE = 16_000
STEP = 50

FloatArray = npt.NDArray[np.float32]
Encoder = Callable[[FloatArray], bytes]


def written(container: str, subtype: str, *, rate: int = RATE, channels: int = 1) -> Encoder:
    """Return an encoder by libsndfile."""

    def encode(samples: FloatArray) -> bytes:
        resampled = soxr.resample(samples, RATE, rate)
        buffer = io.BytesIO()
        sf.write(buffer, np.repeat(resampled[:, None], channels, axis=1), rate, subtype, format=container)
        return buffer.getvalue()

    return encode


def muxed(container: str, codec: str, sample_format: str, rate: int, bits: int) -> Encoder:
    """Return an encoder by FFmpeg."""

    def encode(samples: FloatArray) -> bytes:
        import av

        resampled = soxr.resample(samples, RATE, rate)
        buffer = io.BytesIO()
        with av.open(buffer, "w", format=container) as output:
            stream: Any = output.add_stream(codec, rate=rate, layout="mono")
            stream.bit_rate = bits
            stream.codec_context.open()
            frame = av.AudioFrame.from_ndarray(resampled[None].astype(np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = rate, 0
            cut = av.AudioResampler(sample_format, "mono", rate, stream.codec_context.frame_size)
            for piece in [*cut.resample(frame), *cut.resample(None)]:
                output.mux(stream.encode(piece))
            output.mux(stream.encode(None))
        return buffer.getvalue()

    return encode


FORMATS: dict[str, Encoder] = {
    "FLAC": written("FLAC", "PCM_16"),
    "WAV, 24 bits, stereo": written("WAV", "PCM_24", channels=2),
    "WAV, 48 kHz": written("WAV", "PCM_16", rate=48_000),
    "Ogg Opus, 48 kHz": written("OGG", "OPUS", rate=48_000),
    "MP3, 44.1 kHz": written("MP3", "MPEG_LAYER_III", rate=44_100),
    "m4a (AAC, 64 kbit/s)": muxed("mp4", "aac", "fltp", 44_100, 64_000),
    "WebM (Opus, 32 kbit/s)": muxed("webm", "libopus", "flt", 48_000, 32_000),
    "WAV, 8 kHz": written("WAV", "PCM_16", rate=8_000),
    "WAV, 8 kHz, mu-law": written("WAV", "ULAW", rate=8_000),
}


def change(before: Prediction, after: Prediction) -> tuple[bool, float]:
    """Return whether the label stayed, and the largest change of a probability."""
    moved = max(abs(after.scores.get(name, 0.0) - score) for name, score in before.scores.items())
    return before.label == after.label, moved


def measure(corpora: Path, model: str) -> dict[str, Any]:
    """Return the figures of every format."""
    recognizer = Recognizer(model)
    names = ("ravdess", "crema_d", "tess", "savee", "emodb", "nemo", "turev")
    manifest = load_corpora({name: corpora / name for name in names})
    clips = [load_audio(path).samples[0] for path in manifest["path"].iloc[::STEP]]
    reference = [recognizer.predict(written("WAV", "PCM_16")(clip)) for clip in clips]
    heard = [(clip, answer) for clip, answer in zip(clips, reference, strict=True) if answer.label]
    formats = {}
    for name, encode in FORMATS.items():
        changes = [change(answer, recognizer.predict(encode(clip))) for clip, answer in heard]
        moved = [amount for _, amount in changes]
        formats[name] = {
            "same_label": round(float(np.mean([same for same, _ in changes])), 4),
            "median_change": round(float(np.median(moved)), 4),
            "change_95": round(float(np.percentile(moved, 95)), 4),
        }
    return {
        "command": "python benchmarks/formats.py --corpora CORPORA",
        "model": recognizer.artefact.title,
        "sha256": recognizer.card.sha256,
        "clips": len(heard),
        "clips_without_speech": len(clips) - len(heard),
        "formats": formats,
    }


def main() -> None:
    """Measure and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpora", type=Path, required=True, help="folder with one folder a corpus")
    parser.add_argument("--model", default="base")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "formats.json")
    arguments = parser.parse_args()
    result = measure(arguments.corpora, arguments.model)
    arguments.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
